"""Funding, indexation and workforce recomputed: independent SQL on the published files they are made of.

Nothing is imported from the code that made them. Where two answers differ, the difference is in rows.
"""

# ruff: noqa: S608 (queries are put together from the constants of this file)

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

MIX = "funding_mix.funding_mix"
RUNWAY = "funding_mix.runway"
NEXT = "funding_mix.transition_2027"
GRANTS = "spuk_allocations.spuk_allocations"
BUDGETS = "(FROM social_domain_budgets.social_domain_budgets WHERE geography = 'as_reported')"
INCOME = "(FROM social_domain_budgets.spuk_income WHERE geography = 'as_reported')"
GAP = "indexation_gap.indexation_gap"
PEOPLE = "social_workforce.social_workforce"


def same(published: Any, one: str, other: str) -> int:
    """The number of rows of two queries that must give the same; asserts that they do."""
    assert published.sql(f"({one}) EXCEPT ALL ({other})")[:5] == []
    assert published.sql(f"({other}) EXCEPT ALL ({one})")[:5] == []
    return int(published.value(f"SELECT count(*) FROM ({one})"))


# --- temporary and structural ---------------------------------------------------------------------


def test_what_municipalities_are_granted(published: Any) -> None:
    """2025 from the letter, 2026 from the regulation, both with the LPO of 2024."""
    ours = f"""
        SELECT year, municipality_code, temporary_eur FROM {MIX}
        WHERE measure = 'granted_to_municipalities' AND recipient_kind = 'municipality'
          AND temporary_eur IS NOT NULL"""
    again = f"""
        SELECT year, recipient_code, amount_eur FROM {GRANTS}
        WHERE recipient_kind = 'municipality' AND component = 'total'
          AND ((year = 2025 AND amount_kind = 'announced_incl_lpo')
            OR (year = 2026 AND amount_kind = 'allocation_incl_lpo'))"""
    assert same(published, ours, again) == 2 * 342


def test_bergen_op_zoom_and_the_nation(published: Any) -> None:
    rows = published.sql(
        f"SELECT year, municipality_name, temporary_eur FROM {MIX} WHERE year IN (2025, 2026) AND "
        "measure = 'granted_to_municipalities' AND municipality_name IN ('Bergen op Zoom', 'Nederland')"
        " ORDER BY ALL"
    )
    assert rows == [
        (2025, "Bergen op Zoom", Decimal(1_305_986)),
        (2025, "Nederland", Decimal(310_475_334)),
        (2026, "Bergen op Zoom", Decimal(1_111_997)),
        (2026, "Nederland", Decimal(264_423_052)),
    ]


def test_the_fund_of_the_last_circular(published: Any) -> None:
    ours = f"""
        SELECT year, municipality_code, structural_eur FROM {MIX}
        WHERE measure = 'granted_to_municipalities' AND recipient_kind = 'municipality'
          AND structural_eur IS NOT NULL"""
    again = """
        SELECT payment_year, municipality_code, amount_eur FROM social_domain_budgets.municipal_fund
        WHERE circular = 'septembercirculaire 2024' AND geography = 'as_reported'"""
    assert same(published, ours, again) == 2 * 342


def test_booked_grants_against_lasten(published: Any) -> None:
    ours = f"""
        SELECT year, report_type, municipality_code, measure, temporary_eur, structural_eur
        FROM {MIX} WHERE report_type != 'toedeling'"""
    again = f"""
        WITH fields AS (
            SELECT year, report_type, municipality_code,
                   sum(spuk_income_eur) FILTER (main_field = '6') AS six,
                   sum(spuk_income_eur) FILTER (main_field = '7') AS seven
            FROM {INCOME} GROUP BY ALL),
        spent AS (
            SELECT year, report_type, municipality_code,
                   sum(lasten_eur) FILTER (taakveld LIKE '6.%') AS on_six
            FROM {BUDGETS} GROUP BY ALL),
        each AS (
            SELECT year, report_type, municipality_code, 'booked_on_6' AS measure,
                   six AS granted, on_six - six AS rest
            FROM fields JOIN spent USING (year, report_type, municipality_code)
            UNION ALL
            SELECT year, report_type, municipality_code, 'booked_on_6_and_7',
                   six + seven, NULL
            FROM fields JOIN spent USING (year, report_type, municipality_code))
        SELECT * FROM each
        UNION ALL
        SELECT year, report_type, 'NL01', measure, sum(granted), sum(rest) FROM each GROUP BY ALL"""
    assert same(published, ours, again) > 12_000


def test_shares_and_coverage_are_those_of_their_columns(published: Any) -> None:
    wrong = published.sql(
        f"SELECT * FROM {MIX} WHERE availability = 'known' AND "
        "abs(temporary_pct - 100 * temporary_eur / (temporary_eur + structural_eur)) > 0.0001"
    )
    assert wrong == []
    assert published.value(f"SELECT count(*) FROM {MIX} WHERE temporary_pct IS NOT NULL") > 6_000
    wrong = published.sql(
        f"""
        WITH known AS (
            SELECT year, measure, report_type,
                   100 * sum(inhabitants) FILTER (temporary_eur IS NOT NULL AND
                           (structural_eur IS NOT NULL OR measure = 'booked_on_6_and_7'))
                       / sum(inhabitants) AS pct
            FROM {MIX} WHERE recipient_kind = 'municipality' GROUP BY ALL)
        SELECT * FROM {MIX} AS ours JOIN known USING (year, measure, report_type)
        WHERE recipient_kind = 'nation' AND temporary_basis != 'ceiling'
          AND abs(coalesce(coverage_pct, 0) - coalesce(pct, 0)) > 0.0001"""
    )
    assert wrong == []


def test_what_the_state_announced_for_2027_is_known_for_the_nation_only(published: Any) -> None:
    rows = published.sql(
        f"SELECT measure, recipient_kind, availability, temporary_eur, count(*) FROM {MIX} "
        "WHERE year = 2027 GROUP BY ALL ORDER BY ALL"
    )
    assert rows == [
        ("granted_at_all_levels", "nation", "structural_missing", Decimal(451_000_000), 1),
        ("granted_to_municipalities", "municipality", "not_published", None, 342),
        ("granted_to_municipalities", "nation", "structural_missing", Decimal(231_000_000), 1),
    ]


# --- what ends ------------------------------------------------------------------------------------


def test_the_last_amount_of_every_component(published: Any) -> None:
    ours = f"""
        SELECT component, last_year, amount_eur, of_scheme_pct FROM {RUNWAY}
        WHERE scheme = 'brede_spuk' AND amount_kind = 'ceiling' AND component != 'total'"""
    again = f"""
        WITH now AS (
            SELECT component, year, amount_eur FROM {GRANTS}
            WHERE amount_kind = 'ceiling' AND regulation_version = '2025-10-29' AND amount_eur > 0),
        last AS (FROM now QUALIFY row_number() OVER (PARTITION BY component ORDER BY year DESC) = 1),
        whole AS (SELECT year, sum(amount_eur) AS total_eur FROM now GROUP BY year)
        SELECT component, year, amount_eur,
               CAST(round(100 * CAST(amount_eur AS DECIMAL(38, 12)) / total_eur, 4) AS DECIMAL(9, 4))
        FROM last JOIN whole USING (year)"""
    assert same(published, ours, again) == 15


def test_who_loses_what_in_2027(published: Any) -> None:
    rows = published.sql(
        f"SELECT recipient_name, ends_on, amount_eur, expires_on FROM {RUNWAY} "
        "WHERE component = 'total' AND amount_kind IN ('allocation_incl_lpo', 'region_maximum') "
        "AND recipient_name IN ('Bergen op Zoom', 'Nederland') ORDER BY ALL"
    )
    assert [(name, str(day), euros, end) for name, day, euros, end in rows] == [
        ("Bergen op Zoom", "2027-01-01", Decimal(1_111_997), "2027-07-16"),
        ("Nederland", "2027-01-01", Decimal(153_213_599), "2027-07-16"),
        ("Nederland", "2027-01-01", Decimal(264_423_052), "2027-07-16"),
    ]


def test_the_transition_to_the_spuk_azwa(published: Any) -> None:
    rows = published.sql(
        f"SELECT level, item, year, amount_2026_eur, amount_eur, difference_eur, availability FROM {NEXT}"
        " WHERE level = 'total' OR item IN ('lokaal', 'regionaal') AND year = 2027 ORDER BY ALL"
    )
    brede, iza, combinatiefuncties = 254_000_001, 153_213_599, 77_697_053
    like = brede - combinatiefuncties
    assert rows == [
        ("like_with_like", "lokaal", 2027, like, 231_000_000, 231_000_000 - like, "known"),
        ("recipients", "lokaal", 2027, brede, 231_000_000, None, "not_comparable"),
        ("recipients", "regionaal", 2027, iza, 194_000_000, 194_000_000 - iza, "known"),
        ("total", "total", 2027, brede + iza, 451_000_000, None, "not_comparable"),
        ("total", "total", 2028, brede + iza, 547_000_000, None, "not_comparable"),
        ("total", "total", 2029, brede + iza, 532_000_000, None, "not_comparable"),
    ]


# --- indexation -----------------------------------------------------------------------------------


def test_spending_per_inhabitant(published: Any) -> None:
    ours = f"""
        SELECT DISTINCT year, report_type, definition, nominal_eur, inhabitants,
               nominal_per_inhabitant_eur FROM {GAP}"""
    again = f"""
        WITH definitions(definition, field) AS (
            VALUES ('sociale_basis', 'sociale_basis'), ('sociale_basis_en_toegang', 'sociale_basis'),
                   ('sociale_basis_en_toegang', 'toegang'), ('wmo_maatwerk', 'wmo_maatwerk')
            UNION ALL
            SELECT DISTINCT 'social_domain', taakveld_group FROM {BUDGETS}
            WHERE taakveld_group NOT IN ('volksgezondheid', 'totaal')),
        each AS (
            SELECT year, report_type, definition, municipality_code, sum(lasten_eur) AS lasten,
                   any_value(inhabitants) AS people
            FROM {BUDGETS} JOIN definitions ON taakveld_group = field GROUP BY ALL)
        SELECT year, report_type, definition, sum(lasten), sum(people),
               CAST(round(CAST(sum(lasten) AS DECIMAL(38, 12)) / sum(people), 2) AS DECIMAL(18, 2))
        FROM each WHERE lasten IS NOT NULL GROUP BY ALL"""
    assert same(published, ours, again) == 4 * 18


def test_without_a_series_nothing_is_deflated_and_the_reader_is_told_what_is_missing(
    published: Any,
) -> None:
    assert published.sql(f"SELECT DISTINCT availability, factor, gap_eur FROM {GAP}") == [
        ("index_missing", None, None)
    ]
    found = dict(
        published.sql("SELECT series, fills_from FROM indexation_gap.series WHERE value IS NULL")
    )
    assert found["consumer_prices"] == "cbs_prices: consumer_prices"
    assert set(found) == {
        "cao_social_work",
        "cao_wages",
        "consumer_prices",
        "lpo_central_government",
    }


def test_the_adjustment_that_the_regulation_implies(published: Any) -> None:
    rows = published.sql(
        "SELECT year, value FROM indexation_gap.series WHERE series = 'lpo_brede_spuk' ORDER BY year"
    )
    again = published.sql(
        f"""
        WITH pairs AS (
            SELECT year, recipient_code,
                   any_value(amount_eur) FILTER (amount_kind = 'allocation_incl_lpo') AS more,
                   any_value(amount_eur) FILTER (amount_kind = 'allocation_excl_lpo') AS less
            FROM {GRANTS} GROUP BY ALL)
        SELECT year, CAST(round(100 * (sum(more) / sum(less) - 1), 3) AS DECIMAL(18, 3))
        FROM pairs WHERE more + less IS NOT NULL GROUP BY year ORDER BY year"""
    )
    assert rows == again == [(2025, Decimal("3.998")), (2026, Decimal("3.994"))]


def test_the_cited_shortfalls(published: Any) -> None:
    rows = published.sql(
        f"""
        SELECT year, shortfall_eur, bound, confidence,
               lasten_eur = (SELECT sum(lasten_eur) FROM {BUDGETS} AS b
                             WHERE b.year = s.year AND report_type = 'jaarrekening'
                               AND taakveld_group = 'wmo_maatwerk')
        FROM indexation_gap.shortfalls AS s ORDER BY year"""
    )
    assert rows == [
        (2022, Decimal(16_400_000), "unknown", "secondary", True),
        (2023, Decimal(31_000_000), "at_least", "secondary", True),
    ]


def test_a_planted_series_is_carried_through_the_whole_road(
    refresh_into: Any, sample_copy: Path, edit: Any, tmp_path: Path
) -> None:
    """Made up figures of an index, in a copy of the sample: 2018 = 100, 2023 = 125."""

    def planted(rows: list[dict[str, str]]) -> list[dict[str, str]]:
        empty = dict.fromkeys(rows[0], "")
        about = {"series": "consumer_prices", "kind": "price_index", "unit": "index"}
        values = {"2018": "100", "2023": "125"}
        return rows + [
            empty
            | about
            | {"year": year, "value": value, "source": "planted", "confidence": "seen"}
            for year, value in values.items()
        ]

    edit(sample_copy / "figures/adjustment_series.csv", planted)
    refreshed = refresh_into(tmp_path / "now", sample=sample_copy, only=["indexation_gap"])
    assert refreshed.outcomes == {"indexation_gap": "published"}, refreshed.problems
    rows = refreshed.sql(
        f"""
        SELECT year, factor, abs(real_per_inhabitant_eur - nominal_per_inhabitant_eur / factor) < 0.01
        FROM {GAP} WHERE series = 'consumer_prices' AND availability = 'known'
          AND report_type = 'jaarrekening' AND definition = 'social_domain' ORDER BY year"""
    )
    assert rows == [(2018, Decimal(1), True), (2023, Decimal("1.25"), True)]
    assert refreshed.value(
        f"SELECT count(*) FROM {GAP} WHERE series = 'cao_wages' AND factor IS NOT NULL"
    ) == 0  # fmt: skip


# --- people ---------------------------------------------------------------------------------------


def test_counts_per_1000_inhabitants(published: Any) -> None:
    ours = f"""
        SELECT indicator, period, per_1000_inhabitants FROM {PEOPLE}
        WHERE per_1000_inhabitants IS NOT NULL"""
    again = f"""
        WITH dated AS (
            SELECT *, left(period, 4)::SMALLINT
                      + (period LIKE '%JJ00' OR period LIKE '%KW3' OR period LIKE '%KW4')::SMALLINT AS y,
                   value * CASE unit WHEN 'persons' THEN 1 WHEN '1000 jobs' THEN 1000 END AS heads
            FROM {PEOPLE} WHERE period IS NOT NULL),
        nation AS (SELECT year, sum(inhabitants) AS n FROM municipalities.years
                   WHERE geography = 'as_reported' GROUP BY year)
        SELECT indicator, period,
               CAST(round(1000 * CAST(heads AS DECIMAL(38, 9)) / n, 3) AS DECIMAL(18, 3))
        FROM dated JOIN nation ON y = year WHERE n IS NOT NULL AND heads IS NOT NULL"""
    assert same(published, ours, again) == 11


def test_the_claim_that_social_work_shrank(published: Any) -> None:
    """SBI 88 grew from 307.7 (December 2014) to 331.0 (December 2019), but holds much other work."""
    rows = published.sql(
        """
        SELECT first_value, last_value, change_pct, verdict FROM social_workforce.decline_test
        WHERE indicator = 'jobs_sbi_88' ORDER BY since"""
    )
    assert rows == [
        (Decimal("374.4"), Decimal("331.0"), Decimal("-11.5919"), "reproduced_under_definition"),
        (None, None, None, "no_open_data"),
        (Decimal("307.7"), Decimal("331.0"), Decimal("7.5723"), "not_reproducible"),
    ]
    again = published.sql(
        """
        SELECT indicator, since FROM social_workforce.decline_test
        WHERE abs(change_low_pct - 100 * ((last_value - last_precision / 2)
                                          / (first_value + first_precision / 2) - 1)) > 0.0001
           OR abs(change_high_pct - 100 * ((last_value + last_precision / 2)
                                           / (first_value - first_precision / 2) - 1)) > 0.0001"""
    )
    assert again == []
    verdict = "SELECT verdict FROM social_workforce.decline_test WHERE indicator = 'all'"
    assert published.value(verdict) == "no_open_data"
