"""Claims on the whole road: their numbers by another query, and a changed figure that changes a verdict."""

# ruff: noqa: S608 (queries are put together from the constants of this file)

from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from assets.published.claims.claims import judged, readings
from assets.reference.public_claims import claims

CARE = "care_spending.care_spending"
GRANTS = "spuk_allocations.spuk_allocations"
BUDGETS = "social_domain_budgets.social_domain_budgets"
ACCOUNTS_2023 = "year = 2023 AND report_type = 'jaarrekening' AND geography = 'as_reported'"

# Claim -> where its number comes from, written once more from the tables below the ones it asks.
AGAIN = {
    "welfare-4-of-100": f"""
        WITH welfare AS (
          SELECT sum(lasten_eur) AS amount FROM social_domain_budgets.social_domain_budgets
          WHERE year = 2018 AND report_type = 'jaarrekening' AND geography = 'as_reported'
            AND taakveld IN ('6.1', '6.2', '7.1')),
        care AS (
          SELECT any_value(amount_eur) AS amount FROM {CARE}
          WHERE year = 2018 AND definition = 'broad' AND breakdown = 'total')
        SELECT (100 * welfare.amount / care.amount)::DECIMAL(18, 3) FROM welfare, care""",
    "care-100-bn": f"SELECT (max(amount_eur) / 1e9)::DECIMAL(18, 3) FROM {CARE} WHERE year = 2018",
    "prevention-5-pct": f"""
        SELECT (100 * any_value(amount_eur) FILTER (item = 'prevention_and_public_health')
                / any_value(amount_eur) FILTER (breakdown = 'total'))::DECIMAL(18, 3)
        FROM {CARE} WHERE year = 2021 AND definition = 'broad' AND revision = 'after_2024_revision'""",
    "runway-two-years": """
        SELECT (date_diff('day', CAST(max(date_to) AS DATE), DATE '2026-01-01') / 365.25)::DECIMAL(18, 3)
        FROM spuk_allocations.milestones WHERE scheme = 'brede_spuk' AND milestone = 'decision_due'""",
    "bergen-op-zoom-cut": f"""
        SELECT sum(CASE year WHEN 2026 THEN amount_eur ELSE -amount_eur END)::DECIMAL(18, 3)
        FROM {GRANTS} WHERE recipient_name = 'Bergen op Zoom' AND regulation_version = '2025-09-12'""",
    "spuk-iza-2026-127m": f"""
        SELECT (sum(amount_eur) / 1e6)::DECIMAL(18, 3) FROM {GRANTS}
        WHERE scheme = 'spuk_iza' AND regulation_version = '2025-09-12' AND year = 2026""",
    "fewer-spuks": """
        SELECT (185 - count) FROM (
          SELECT sum(scheme_count) AS count FROM spuk_allocations.system_totals
          WHERE year = 2023 AND source LIKE 'Overzicht%')""",
}


@pytest.mark.parametrize(("claim", "query"), AGAIN.items(), ids=AGAIN)
def test_another_query_finds_the_same_number(published: Any, claim: str, query: str) -> None:
    found = published.value(f"SELECT found FROM claims.claims WHERE claim = '{claim}'")
    assert Decimal(found) == Decimal(published.value(query))


# Readings that do not decide, by claim/reading: the same number once more, from the tables below.
READINGS_AGAIN = {
    "postcode-decides/social-base-all": f"""
        SELECT (quantile_disc(x, 0.9) / quantile_disc(x, 0.1))::DECIMAL(18, 3) FROM (
          SELECT round(sum(lasten_eur) / any_value(inhabitants), 2) AS x FROM {BUDGETS}
          WHERE {ACCOUNTS_2023} AND taakveld = '6.1' AND lasten_eur IS NOT NULL
          GROUP BY municipality_code)""",
    "prevention-5-pct/municipal-2023-net": f"""
        SELECT (100 * sum(net_eur) / (SELECT any_value(amount_eur) FROM {CARE} WHERE year = 2023
            AND definition = 'broad' AND breakdown = 'total' AND revision = 'after_2024_revision')
          )::DECIMAL(18, 3) FROM {BUDGETS}
        WHERE {ACCOUNTS_2023} AND comparable_series IN ('6.1', '6.2', '7.1')""",
    "runway-two-years/to-end-in-bergen-op-zoom": """
        SELECT (date_diff('day', DATE '2024-01-30', make_date(max(year)::BIGINT + 1, 1, 1)) / 365.25
          )::DECIMAL(18, 3)
        FROM spuk_allocations.spuk_allocations WHERE recipient_name = 'Bergen op Zoom'""",
    "runway-two-years/to-first-components-that-end": """
        SELECT (date_diff('day', DATE '2024-01-30', make_date(min(last)::BIGINT + 1, 1, 1)) / 365.25
          )::DECIMAL(18, 3)
        FROM (SELECT max(year) AS last FROM spuk_allocations.spuk_allocations
              WHERE scheme = 'brede_spuk' AND amount_kind = 'ceiling' AND amount_eur > 0
              GROUP BY component)""",
    "social-work-shrank/jobs-whole-series": """
        SELECT (100 - 100 * max_by(value, period) / min_by(value, period))::DECIMAL(18, 3)
        FROM social_workforce.social_workforce WHERE indicator = 'jobs_sbi_88'""",
    "azwa-451m-2027/sum-of-parts": f"""
        SELECT (sum(amount_eur) / 2e6)::DECIMAL(18, 3) FROM {GRANTS}
        WHERE regulation_version = '2026-04-22' AND year = 2027""",
    "iza-150m/every-year": f"""
        SELECT (max(amount) / 1e6)::DECIMAL(18, 3) FROM (
          SELECT sum(amount_eur) AS amount FROM {GRANTS}
          WHERE scheme = 'spuk_iza' AND amount_kind = 'region_maximum' AND recipient_kind <> 'nation'
          GROUP BY year, regulation_version)""",
    "social-work-shrank/jobs-since-wmo-2015": """
        SELECT (100 - 100 * sum(value) FILTER (period = '2019JJ00') / sum(value) FILTER (period = '2014JJ00')
          )::DECIMAL(18, 3) FROM social_workforce.social_workforce WHERE indicator = 'jobs_sbi_88'""",
    "social-work-shrank/employees-2020-2022": """
        SELECT (100 - 100 * sum(value) FILTER (period = '2022') / sum(value) FILTER (period = '2020KW1')
          )::DECIMAL(18, 3)
        FROM social_workforce.social_workforce WHERE indicator = 'employees_social_work'""",
}


@pytest.mark.parametrize(("name", "query"), READINGS_AGAIN.items(), ids=READINGS_AGAIN)
def test_another_query_finds_the_number_of_a_reading(published: Any, name: str, query: str) -> None:
    claim, _, reading = name.partition("/")
    where = f"claim = '{claim}' AND reading = '{reading}'"
    found = published.value(f"SELECT found FROM claims.readings WHERE {where}")
    assert Decimal(found) == Decimal(published.value(query))


def test_what_is_published_is_what_the_printed_query_gives(published: Any) -> None:
    """A reader who copies the query from the row finds the number of the row."""
    rows = published.sql("SELECT query, found FROM claims.readings")
    assert len(rows) >= 50
    for query, found in rows:
        again = published.value(f"SELECT value::DECIMAL(18, 3) FROM ({query})")
        assert again == found, query


def test_verdicts(published: Any) -> None:
    reported = set(published.sql("SELECT kind, verdict FROM claims.claims"))
    of_statements = ("reproduced", "reproduced_under_definition", "not_reproducible")
    assert {verdict for kind, verdict in reported if kind == "statement"} == {
        *of_statements,
        "no_open_data",
    }
    known = dict(published.sql("SELECT claim, verdict FROM claims.claims"))
    assert known["care-100-bn"] == "reproduced_under_definition"
    assert known["bergen-op-zoom-2026"] == "reproduced"
    assert known["gala-2026-total"] == "not_reproducible"
    assert known["under-indexation-2023"] == "no_open_data"
    assert known["iza-150m"] == "reproduced_under_definition", "in 2024, not in 2026"


def test_demands_are_met_or_not(published: Any) -> None:
    query = "SELECT claim, verdict FROM claims.claims WHERE kind = 'demand'"
    assert dict(published.sql(query)) == {
        "prevention-5-pct": "met_under_definition",
        "fewer-spuks": "not_met",
        "youth-workers-times-ten": "no_open_data",
    }


@pytest.mark.parametrize(
    "claim",
    ["social-work-shrank", "no-structural-amounts", "youth-workers-1800", "azwa-451m-2027"],
)
def test_what_proves_nothing_decides_nothing(published: Any, claim: str) -> None:
    """The text of the claim itself, a series of other work, or a table that could not hold the opposite."""
    query = f"SELECT verdict, reading, would_answer IS NOT NULL FROM claims.claims WHERE claim = '{claim}'"
    assert published.sql(query) == [("no_open_data", None, True)]


def test_no_reading_with_a_reservation_that_weighs_decides(published: Any) -> None:
    flagged = "regexp_matches(flags, 'other_work_inside|not_since_the_act')"
    rows = published.sql(f"SELECT decides FROM claims.readings WHERE {flagged}")
    assert rows
    assert {decides for (decides,) in rows} == {"no"}


def test_a_changed_figure_turns_the_verdicts_that_rest_on_it_and_no_other(published: Any) -> None:
    """Care spending of 2018 is a tenth higher, and 100 billion is nowhere to be found any more."""
    tables = {
        name: pl.scan_parquet(published.folder(name.partition(".")[0]) / f"{name.split('.')[1]}.parquet")
        for name in claims().tables()
    }  # fmt: skip

    def verdicts(given: dict[str, pl.LazyFrame]) -> dict[str, str]:
        rows = judged(claims(), readings(claims(), given)).collect()
        return dict(rows.select("claim", "verdict").iter_rows())

    raised = (pl.col("amount_eur") * Decimal("1.1")).cast(pl.Decimal(18, 2))
    of_2018 = pl.when(pl.col("year") == 2018).then(raised).otherwise("amount_eur")
    before = verdicts(tables)
    after = verdicts(tables | {CARE: tables[CARE].with_columns(amount_eur=of_2018)})
    assert before == dict(published.sql("SELECT claim, verdict FROM claims.claims"))
    assert {claim: after[claim] for claim in after if after[claim] != before[claim]} == {
        "care-100-bn": "not_reproducible"
    }
