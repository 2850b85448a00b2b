"""Claims on the whole road: their numbers by another query, and a changed figure that changes a verdict."""

# ruff: noqa: S608 (queries are put together from the constants of this file)

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from assets.claims import claims
from assets.out.claims import judged, readings

CARE = "care_spending.care_spending"
GRANTS = "spuk_allocations.spuk_allocations"

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
    "social-work-shrank": """
        SELECT (100 - 100 * max_by(value, period) / min_by(value, period))::DECIMAL(18, 3)
        FROM social_workforce.social_workforce WHERE indicator = 'jobs_sbi_88'""",
    "bergen-op-zoom-cut": f"""
        SELECT sum(CASE year WHEN 2026 THEN amount_eur ELSE -amount_eur END)::DECIMAL(18, 3)
        FROM {GRANTS} WHERE recipient_name = 'Bergen op Zoom' AND regulation_version = '2025-09-12'""",
    "azwa-451m-2027": f"""
        SELECT (sum(amount_eur) / 2e6)::DECIMAL(18, 3) FROM {GRANTS}
        WHERE regulation_version = '2026-04-22' AND year = 2027""",
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


def test_what_is_published_is_what_the_printed_query_gives(published: Any) -> None:
    """A reader who copies the query from the row finds the number of the row."""
    rows = published.sql("SELECT query, found FROM claims.readings")
    assert len(rows) >= 50
    for query, found in rows:
        again = published.value(f"SELECT value::DECIMAL(18, 3) FROM ({query})")
        assert again == found, query


def test_verdicts(published: Any) -> None:
    told = Counter(verdict for (verdict,) in published.sql("SELECT verdict FROM claims.claims"))
    assert set(told) == {
        *("reproduced", "reproduced_under_definition", "not_reproducible", "no_open_data"),
    }
    known = dict(published.sql("SELECT claim, verdict FROM claims.claims"))
    assert known["care-100-bn"] == "reproduced_under_definition"
    assert known["bergen-op-zoom-2026"] == "reproduced"
    assert known["youth-workers-1800"] == "not_reproducible"
    assert known["under-indexation-2023"] == "no_open_data"


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
