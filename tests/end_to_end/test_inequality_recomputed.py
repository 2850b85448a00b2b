"""`social_base_inequality`, computed again in SQL from the published budgets, every row of it.

The SQL shares nothing with the code: Gini by the differences of all pairs, Theil by its definition,
quantiles by running totals, the fence from quartiles.
"""

# ruff: noqa: S608 (all text is our own)

from __future__ import annotations

from typing import Any

import pytest

# What each municipality spends, under each definition. Where both maps are published, one is chosen.
VALUES = """
CREATE OR REPLACE TEMP TABLE budgets AS
    SELECT * FROM social_domain_budgets.social_domain_budgets
    WHERE taakveld_group IN ('sociale_basis', 'toegang') {geography};
CREATE OR REPLACE TEMP TABLE spent AS
    SELECT year, report_type, municipality_code, any_value(inhabitants) AS inhabitants, fields, basis,
        CASE WHEN count(DISTINCT taakveld_group) FILTER (amount IS NOT NULL) = any_value(wanted)
             THEN sum(amount) END AS amount
    FROM (
        SELECT *, unnest(['gross', 'net']) AS basis, unnest([lasten_eur, net_eur]) AS amount FROM budgets
    ) CROSS JOIN (VALUES ('6.1', 1), ('6.1+6.2', 2)) AS definitions(fields, wanted)
    WHERE fields = '6.1+6.2' OR taakveld_group = 'sociale_basis'
    GROUP BY ALL;
CREATE OR REPLACE TEMP TABLE valued AS
    SELECT * REPLACE (round(amount / inhabitants, 2)::DOUBLE AS amount) FROM spent WHERE amount IS NOT NULL;
CREATE OR REPLACE TEMP TABLE fences AS
    SELECT year, report_type, q3 + 3 * (q3 - q1) AS fence FROM (
        SELECT year, report_type,
            (min(amount) FILTER (4 * c >= n) + min(amount) FILTER (4 * c > n)) / 2 AS q1,
            (min(amount) FILTER (4 * c >= 3 * n) + min(amount) FILTER (4 * c > 3 * n)) / 2 AS q3
        FROM (
            SELECT *, row_number() OVER (PARTITION BY year, report_type ORDER BY amount) AS c,
                count(*) OVER (PARTITION BY year, report_type) AS n
            FROM valued WHERE fields = '6.1' AND basis = 'gross'
        ) GROUP BY ALL
    );
CREATE OR REPLACE TEMP TABLE outliers AS
    SELECT DISTINCT year, report_type, municipality_code
    FROM valued JOIN fences USING (year, report_type)
    WHERE fields = '6.1' AND basis = 'gross' AND amount > fence
    UNION
    SELECT year, report_type, municipality_code FROM budgets
    WHERE taakveld = '6.1' AND contains(flags, 'out_of_scale') AND lasten_eur IS NOT NULL;
CREATE OR REPLACE TEMP TABLE chosen AS
    SELECT *, 'all' AS selection FROM valued
    UNION ALL SELECT *, 'without_outliers' FROM valued ANTI JOIN outliers
        USING (year, report_type, municipality_code);
CREATE OR REPLACE TEMP TABLE weighed AS
    SELECT * EXCLUDE inhabitants, unnest(['municipalities', 'inhabitants']) AS weighting,
        unnest([1, inhabitants])::DOUBLE AS m, amount AS x,
        CASE WHEN inhabitants < 5000 THEN 0 WHEN inhabitants < 10000 THEN 1 WHEN inhabitants < 20000 THEN 2
            WHEN inhabitants < 50000 THEN 3 WHEN inhabitants < 100000 THEN 4 WHEN inhabitants < 150000 THEN 5
            WHEN inhabitants < 250000 THEN 6 ELSE 7 END AS class
    FROM chosen;
"""
GROUP = "year, report_type, fields, basis, selection, weighting"
QUANTILES = f"""
    SELECT {GROUP}, count(*) AS municipalities,
        (min(x) FILTER (100 * c >= 10 * t) + min(x) FILTER (100 * c > 10 * t)) / 2 AS p10_eur,
        (min(x) FILTER (100 * c >= 50 * t) + min(x) FILTER (100 * c > 50 * t)) / 2 AS median_eur,
        (min(x) FILTER (100 * c >= 90 * t) + min(x) FILTER (100 * c > 90 * t)) / 2 AS p90_eur
    FROM (
        SELECT *, sum(m) OVER (PARTITION BY {GROUP} ORDER BY x, municipality_code) AS c,
            sum(m) OVER (PARTITION BY {GROUP}) AS t
        FROM weighed
    ) GROUP BY ALL
"""
PAIRS = f"""
    SELECT {GROUP}, sum(a.m * b.m * abs(a.x - b.x)) / 2 / any_value(t) / any_value(s) AS gini
    FROM weighed a JOIN weighed b USING ({GROUP})
    JOIN (SELECT {GROUP}, sum(m) AS t, sum(m * x) AS s FROM weighed GROUP BY ALL HAVING min(x) >= 0)
        USING ({GROUP})
    GROUP BY ALL
"""
THEIL = f"""
    WITH means AS (
        SELECT *, sum(m * x) OVER g / sum(m) OVER g AS mean, sum(m) OVER g AS t, min(x) OVER g AS least,
            sum(m * x) OVER k / sum(m) OVER k AS class_mean
        FROM weighed WINDOW g AS (PARTITION BY {GROUP}), k AS (PARTITION BY {GROUP}, class)
    )
    SELECT {GROUP},
        sum(m / t * x / mean * CASE WHEN x > 0 THEN ln(x / mean) ELSE 0 END) AS theil,
        sum(m / t * class_mean / mean * CASE WHEN class_mean > 0 THEN ln(class_mean / mean) ELSE 0 END)
            AS theil_between
    FROM means WHERE least >= 0 GROUP BY ALL
"""
SAME = "social_base_inequality.social_base_inequality"


@pytest.fixture(scope="module")
def valued(published: Any) -> Any:
    columns = {
        row[0] for row in published.sql("DESCRIBE social_domain_budgets.social_domain_budgets")
    }
    chosen = "AND geography = 'as_reported'" if "geography" in columns else ""
    for statement in VALUES.format(geography=chosen).split(";\n"):
        if statement.strip():
            published.sql(statement)
    return published


@pytest.mark.parametrize(
    ("query", "columns"),
    [
        (QUANTILES, {"municipalities": 0, "p10_eur": 0.005, "median_eur": 0.005, "p90_eur": 0.005}),
        (PAIRS, {"gini": 0.00005}),
        (THEIL, {"theil": 0.00005, "theil_between": 0.00005}),
    ],
    ids=["quantiles", "gini", "theil"],
)
def test_every_row_is_what_the_budgets_give(
    valued: Any, query: str, columns: dict[str, float]
) -> None:
    first = next(iter(columns))
    apart = " OR ".join(
        f"(mine.{name} IS NULL) <> (theirs.{name} IS NULL) "
        f"OR abs(mine.{name} - theirs.{name}) > {within} + 1e-9"
        for name, within in columns.items()
    )
    where = f"SELECT * FROM {SAME} WHERE {first} IS NOT NULL"
    joined = f"({where}) AS mine FULL JOIN ({query}) AS theirs USING ({GROUP})"
    ((compared, wrong),) = valued.sql(f"SELECT count(*), count(*) FILTER ({apart}) FROM {joined}")
    assert compared > 100
    assert wrong == 0


def test_who_is_left_out_is_who_lies_beyond_the_fence_or_did_not_report(valued: Any) -> None:
    listed = "social_base_inequality.left_out"
    key = "year, report_type, municipality_code"
    assert (
        valued.sql(
            f"(SELECT DISTINCT {key} FROM {listed} WHERE selection = 'without_outliers') "
            f"EXCEPT (SELECT {key} FROM outliers)"
        )
        == []
    )
    assert (
        valued.sql(
            f"(SELECT {key} FROM outliers) EXCEPT "
            f"(SELECT {key} FROM {listed} WHERE selection = 'without_outliers')"
        )
        == []
    )
    silent = f"SELECT {key}, fields FROM spent WHERE basis = 'gross' AND amount IS NULL"
    missing = f"SELECT {key}, fields FROM {listed} WHERE basis = 'gross' AND selection = 'all'"
    assert (
        valued.sql(f"(({silent}) EXCEPT ({missing})) UNION ALL (({missing}) EXCEPT ({silent}))")
        == []
    )


def test_no_euro_is_lost_between_the_selections(valued: Any) -> None:
    """All = without outliers + the outliers; and with those who are nowhere it is what was budgeted."""
    assert (
        valued.sql(f"""
        WITH lost AS (
            SELECT year, report_type, fields, basis, selection, sum(spending_eur) AS lost_eur, count(*) AS n
            FROM social_base_inequality.left_out GROUP BY ALL
        )
        SELECT * FROM {SAME} a JOIN {SAME} w USING (year, report_type, fields, basis, weighting)
        LEFT JOIN lost ON (lost.year, lost.report_type, lost.fields, lost.basis, lost.selection)
            = (a.year, a.report_type, a.fields, a.basis, w.selection)
        WHERE a.selection = 'all' AND w.selection = 'without_outliers' AND (
            a.spending_eur <> w.spending_eur + coalesce(lost_eur, 0)
            OR a.municipalities <> w.municipalities + coalesce(n, 0) OR w.outliers <> coalesce(n, 0)
        )
    """)
        == []
    )


def test_rozendaal_is_the_outlier_of_2023_and_gini_tells_it(published: Any) -> None:
    assert published.sql(
        "SELECT municipality_name, per_inhabitant_eur::VARCHAR, reason "
        "FROM social_base_inequality.left_out WHERE year = 2023 AND report_type = 'jaarrekening' "
        "AND fields = '6.1' AND basis = 'gross' AND contains(reason, 'out_of_scale')"
    ) == [("Rozendaal", "1966.93", "far_out_and_out_of_scale")]
    assert published.sql(
        f"SELECT selection, gini::VARCHAR, municipalities FROM {SAME} WHERE year = 2023 "
        "AND report_type = 'jaarrekening' AND fields = '6.1' AND basis = 'gross' "
        "AND weighting = 'municipalities' ORDER BY selection"
    ) == [("all", "0.257300", 341), ("without_outliers", "0.227700", 336)]
