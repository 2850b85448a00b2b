"""Both maps, the roll-up of fields and the areas, made again in SQL from the other published tables.

Nothing is imported from the code that made them; the rules of division are written out here again.
"""

# ruff: noqa: S608 (queries are put together from the constants of this file)

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

BUDGETS = "social_domain_budgets.social_domain_budgets"
AGGREGATES = "social_domain_budgets.aggregates"
MAP = "on_map_2026"


def share(column: str, scale: int) -> str:
    """A part of an amount: the running total by weight, rounded half up, less the one before."""

    def upto(weight: str) -> str:
        twice = f"(2 * ({column} * {scale})::HUGEINT * ({weight} * 1000000)::HUGEINT + 1000000)"
        below = f"(({twice} % 2000000) + 2000000) % 2000000"
        return f"(({twice} - {below}) // 2000000)"

    return f"({upto('upto')} - {upto('(upto - weight)')})"


WAYS = """
    SELECT *, sum(weight) OVER (PARTITION BY year, from_code ORDER BY to_code) AS upto
    FROM municipalities.weights
"""


def same(published: Any, ours: str, theirs: str) -> None:
    """Both queries give the same rows, and some."""
    assert published.value(f"SELECT count(*) FROM ({ours})") > 100
    assert published.sql(f"({ours}) EXCEPT ALL ({theirs}) LIMIT 3") == []
    assert published.sql(f"({theirs}) EXCEPT ALL ({ours}) LIMIT 3") == []


# --- places --------------------------------------------------------------------------------------


def test_weights_are_the_transitions_followed_one_by_one(published: Any) -> None:
    wrong = published.sql(
        """
        WITH RECURSIVE followed AS (
            SELECT year, municipality_code AS from_code, municipality_code AS code,
                   make_date(year, 1, 1) AS day, 1::DOUBLE AS weight
            FROM municipalities.years WHERE geography = 'as_reported' AND year >= 2014
            UNION ALL
            SELECT f.year, f.from_code, t.to_code, t.date, f.weight * t.split_weight
            FROM followed f JOIN municipalities.transitions t ON t.from_code = f.code
             AND t.date > f.day AND t.date <= DATE '2026-01-01' AND t.split_weight > 0
        ), arrived AS (
            SELECT year, from_code, code AS to_code, sum(weight) AS weight FROM followed f
            WHERE NOT EXISTS (FROM municipalities.transitions t WHERE t.from_code = f.code
                              AND t.date > f.day AND t.date <= DATE '2026-01-01')
            GROUP BY ALL
        )
        SELECT * FROM arrived a FULL JOIN municipalities.weights w USING (year, from_code, to_code)
        WHERE a.weight IS NULL OR w.weight IS NULL OR abs(a.weight - w.weight) > 0.000002
        """
    )
    assert wrong == []
    assert published.value("SELECT count(*) FROM municipalities.weights") > 4000


@pytest.mark.parametrize(
    ("year", "name", "parts"),
    [
        (2020, "Haaren", {"Oisterwijk": "40.7", "Vught": "34.2", "Boxtel": "15.0", "Tilburg": "10.1"}),
        (2018, "Winsum", {"Het Hogeland": "88.5", "Westerkwartier": "11.5"}),
        (2022, "Weesp", {"Amsterdam": "100.0"}),
        (2015, "Groesbeek", {"Berg en Dal": "100.0"}),
    ],
)  # fmt: skip
def test_known_changes(published: Any, year: int, name: str, parts: dict[str, str]) -> None:
    rows = published.sql(
        "SELECT to_name, weight, weight_basis FROM municipalities.weights "
        f"WHERE year = {year} AND from_name = '{name}'"
    )
    assert {to: f"{100 * weight:.1f}" for to, weight, _ in rows} == {
        # The list of 2026 tells two places of one name apart.
        to: parts[to.split(" (")[0]]
        for to, _, _ in rows
    }
    assert len(rows) == len(parts)
    assert sum(weight for _, weight, _ in rows) == Decimal(1)
    basis = "inhabitants_at_change" if len(parts) > 1 else "whole"
    assert {each for _, _, each in rows} == {basis}


def test_budgets_on_the_map_are_those_reported_divided_by_the_published_weights(
    published: Any,
) -> None:
    theirs = f"""
        SELECT b.year, report_type, to_code, taakveld,
               (sum({share("lasten_eur", 100)})::DECIMAL(18, 0) / 100)::DECIMAL(18, 2),
               (sum({share("baten_eur", 100)})::DECIMAL(18, 0) / 100)::DECIMAL(18, 2),
               sum({share("inhabitants_reported", 1)})::BIGINT
        FROM {BUDGETS} b JOIN ({WAYS}) w ON b.year = w.year AND b.municipality_code = w.from_code
        WHERE geography = 'as_reported' GROUP BY ALL
    """
    ours = f"""
        SELECT year, report_type, municipality_code, taakveld, lasten_eur, baten_eur,
               inhabitants_reported
        FROM {BUDGETS} WHERE geography = '{MAP}'
    """
    same(published, ours, theirs)


def test_inhabitants_of_a_place_are_those_of_its_parts(published: Any) -> None:
    theirs = f"""
        SELECT y.year, to_code, sum({share("inhabitants", 1)})::BIGINT
        FROM municipalities.years y JOIN ({WAYS}) w
          ON y.year = w.year AND y.municipality_code = w.from_code
        WHERE geography = 'as_reported' GROUP BY ALL
    """
    ours = f"SELECT year, municipality_code, inhabitants FROM municipalities.years WHERE geography = '{MAP}'"
    same(published, ours, theirs)


@pytest.mark.parametrize(
    ("table", "by", "column"),
    [
        ("social_domain_budgets", "year, report_type, taakveld", "lasten_eur"),
        ("social_domain_budgets", "year, report_type, taakveld", "baten_eur"),
        ("social_domain_budgets", "year, report_type, taakveld", "inhabitants_reported"),
        ("spuk_income", "year, report_type, main_field", "spuk_income_eur"),
        ("municipal_fund", "circular, payment_year", "amount_eur"),
        ("aggregates", "year, report_type, area_kind, comparable_series", "lasten_eur"),
    ],
)
def test_municipalities_are_the_nation_on_both_maps(
    published: Any, table: str, by: str, column: str
) -> None:
    sums = published.sql(
        f"SELECT {by}, count(DISTINCT geography), count(DISTINCT total) FROM ("
        f"SELECT geography, {by}, sum({column}) AS total FROM social_domain_budgets.{table} "
        "GROUP BY ALL) GROUP BY ALL"
    )
    sums = [row for row in sums if "iza_region" not in row]
    assert {row[-2] for row in sums} == {2}
    assert {row[-1] for row in sums} <= {0, 1}, "0: nothing is known of it"
    assert 1 in {row[-1] for row in sums}


def test_weesp_reports_over_2022_and_is_amsterdam_on_the_map(published: Any) -> None:
    of = (
        "FROM {} WHERE year = 2022 AND report_type = '{}' AND taakveld = '6.1' AND geography = '{}'"
    )
    found = {}
    for report in ("begroting", "jaarrekening"):
        reported = of.format(BUDGETS, report, "as_reported")
        (found[report, "parts"],) = published.sql(
            f"SELECT sum(lasten_eur), sum(inhabitants_reported) {reported} "
            "AND municipality_name IN ('Amsterdam', 'Weesp')"
        )
        (found[report, "map"],) = published.sql(
            f"SELECT lasten_eur, inhabitants_reported {of.format(BUDGETS, report, MAP)} "
            "AND municipality_name = 'Amsterdam'"
        )
        assert found[report, "map"] == found[report, "parts"]
    # Weesp delivered no account over the year in which it ended.
    assert published.sql(
        f"SELECT flags, inhabitants - inhabitants_reported {of.format(BUDGETS, 'jaarrekening', MAP)} "
        "AND municipality_name = 'Amsterdam'"
    ) == published.sql(
        "SELECT 'merged;partly_reported', inhabitants FROM municipalities.years "
        "WHERE year = 2022 AND municipality_name = 'Weesp' AND geography = 'as_reported'"
    )


def test_net_is_lasten_less_baten_on_both_maps(published: Any) -> None:
    assert (
        published.value(f"SELECT count(net_eur) FROM {BUDGETS} WHERE geography = '{MAP}'") > 10_000
    )
    assert (
        published.sql(f"SELECT * FROM {BUDGETS} WHERE net_eur <> lasten_eur - baten_eur LIMIT 3")
        == []
    )


# --- fields --------------------------------------------------------------------------------------

# Section by section from the published manuals: letters and third digits go, 6.2x and 6.60 are 6.2 and
# 6.6, personal budgets go home, youth is one.
SERIES = r"""
    CASE WHEN taakveld = '6.791' THEN '6.71'
         WHEN taakveld IN ('6.792', '6.92') OR taakveld SIMILAR TO '6\.(72|73|74|75|76|82).?' THEN 'jeugd'
         WHEN taakveld SIMILAR TO '6\.2.?' THEN '6.2'
         WHEN taakveld SIMILAR TO '6\.60?' THEN '6.6'
         WHEN taakveld SIMILAR TO '6\.(71|81).' THEN left(taakveld, 4)
         ELSE taakveld END
"""


def test_series_follow_from_the_codes(published: Any) -> None:
    wrong = published.sql(
        f"SELECT year, taakveld, comparable_series FROM social_domain_budgets.taakvelden "
        f"WHERE comparable_series <> {SERIES}"
    )
    assert wrong == []
    assert published.value("SELECT count(*) FROM social_domain_budgets.taakvelden") > 100
    strangers = published.sql(
        f"SELECT DISTINCT b.taakveld FROM {BUDGETS} b "
        "ANTI JOIN social_domain_budgets.taakvelden t USING (year, taakveld, comparable_series)"
    )
    assert strangers == []


def test_coordination_is_never_dropped(published: Any) -> None:
    assert published.sql(
        "SELECT DISTINCT taakveld, taakveld_group, comparable_series "
        f"FROM {BUDGETS} WHERE taakveld IN ('6.91', '6.92') ORDER BY ALL"
    ) == [("6.91", "wmo_maatwerk", "6.91"), ("6.92", "jeugd", "jeugd")]


def test_rows_carry_the_breaks_that_touch_them(published: Any) -> None:
    wrong = published.sql(
        f"""
        WITH touched AS (
            SELECT t.year, t.taakveld, r.report_type,
              string_agg(DISTINCT b.break, ';' ORDER BY b.break) AS words
            FROM social_domain_budgets.taakvelden t
            CROSS JOIN (VALUES ('begroting'), ('jaarrekening')) r(report_type)
            LEFT JOIN social_domain_budgets.breaks b
              ON b.series = t.comparable_series AND t.year <= b.last_year AND t.year >=
                CASE r.report_type WHEN 'begroting' THEN b.first_budget_year ELSE b.first_year END
            GROUP BY ALL
        )
        SELECT DISTINCT year, taakveld, report_type, breaks, words
        FROM {BUDGETS} JOIN touched USING (year, taakveld, report_type)
        WHERE breaks IS DISTINCT FROM words
        """
    )
    assert wrong == []
    assert published.sql(
        f"SELECT DISTINCT year FROM {BUDGETS} WHERE breaks = 'tozo' AND taakveld = '6.3' ORDER BY 1"
    ) == [(2020,), (2021,)]


# --- areas ---------------------------------------------------------------------------------------

CLASS = """
    CASE WHEN y.inhabitants < 5000 THEN 'under_5000' WHEN y.inhabitants < 10000 THEN '5000_10000'
         WHEN y.inhabitants < 20000 THEN '10000_20000' WHEN y.inhabitants < 50000 THEN '20000_50000'
         WHEN y.inhabitants < 100000 THEN '50000_100000'
         WHEN y.inhabitants < 150000 THEN '100000_150000'
         WHEN y.inhabitants < 250000 THEN '150000_250000' ELSE '250000_or_more' END
"""


@pytest.mark.parametrize(
    ("kind", "area", "only"),
    [
        ("nation", "'NL01'", "true"),
        ("province", "y.province_code", "true"),
        ("size_class", CLASS, "true"),
        ("iza_region", "r.region_name", f"b.geography = '{MAP}'"),
    ],
)
def test_areas_are_the_sums_of_their_municipalities(
    published: Any, kind: str, area: str, only: str
) -> None:
    theirs = f"""
        WITH placed AS (
            SELECT b.*, {area} AS area, y.inhabitants AS people FROM {BUDGETS} b
            JOIN municipalities.years y USING (geography, year, municipality_code)
            LEFT JOIN spuk_allocations.iza_regions r ON r.municipality_code = b.municipality_code
            WHERE {only}
        )
        SELECT geography, year, report_type, area, {SERIES} AS series,
               sum(lasten_eur)::DECIMAL(18, 2), sum(baten_eur)::DECIMAL(18, 2),
               CASE WHEN count(*) FILTER (lasten_eur IS NOT NULL AND net_eur IS NULL) = 0
                    THEN (sum(lasten_eur) - sum(baten_eur))::DECIMAL(18, 2) END,
               count(DISTINCT municipality_code)::BIGINT
        FROM placed GROUP BY ALL
    """
    ours = f"""
        SELECT geography, year, report_type, area_code, comparable_series, lasten_eur, baten_eur,
               net_eur, municipalities
        FROM {AGGREGATES} WHERE area_kind = '{kind}'
    """
    same(published, ours, theirs)


def test_coverage_is_the_share_of_inhabitants_whose_municipality_reported(published: Any) -> None:
    off = "abs(coverage_pct - 100.0 * inhabitants_reported / inhabitants) > 0.0001"
    found = "(flags IS NULL) <> (inhabitants_reported = inhabitants)"
    assert published.sql(f"SELECT * FROM {AGGREGATES} WHERE {off} OR {found} LIMIT 3") == []
    # Almelo, Weesp, Dordrecht and Twenterand: 1.4 percent of the inhabitants.
    covered = published.sql(
        f"SELECT DISTINCT round(100 - coverage_pct, 1)::VARCHAR FROM {AGGREGATES} WHERE year = 2022 "
        "AND report_type = 'jaarrekening' AND area_kind = 'nation' AND comparable_series = '6.1'"
    )
    assert covered == [("1.4",)]
