"""Deflating: every step by hand, a series that is missing gives nothing, and what a grant implies."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.core import adjustments
from assets.published.indexation_gap import indexation_gap as out
from assets.reference.municipality_map import AS_REPORTED

EUR = pl.Decimal(18, 2)
HEADER = [
    "series", "kind", "year", "value", "unit", "base_year", "bound", "status_source", "confidence",
    "source", "source_url", "published_at", "fills_from", "note", "_capture", "_locator",
]  # fmt: skip


def written(*rows: dict[str, str]) -> pl.LazyFrame:
    """Rows of `adjustment_series.csv`, as text."""
    filled = [dict.fromkeys(HEADER) | {"source": "S"} | row for row in rows]
    return pl.LazyFrame(filled, schema=dict.fromkeys(HEADER, pl.String))


def index(year: int, value: str, series: str = "prices") -> dict[str, str]:
    return {
        "series": series,
        "kind": "price_index",
        "year": str(year),
        "value": value,
        "unit": "index",
        "base_year": "2015",
        "status_source": "Definitief",
        "confidence": "seen",
    }


MISSING = {
    "series": "prices",
    "kind": "price_index",
    "unit": "index",
    "fills_from": "cbs_prices: consumer_prices",
}
NO_GRANTS = pl.LazyFrame(
    schema={
        "scheme": pl.String,
        "year": pl.Int16,
        "recipient_kind": pl.String,
        "recipient_name": pl.String,
        "amount_kind": pl.String,
        "amount_eur": EUR,
        "regulation_id": pl.String,
        "regulation_version": pl.String,
    }
)


def budget(
    year: int, euros: int, group: str = "sociale_basis", code: str = "GM1"
) -> dict[str, Any]:
    return {
        "year": year,
        "report_type": "jaarrekening",
        "municipality_code": code,
        "taakveld_group": group,
        "lasten_eur": euros,
        "inhabitants": 10,
    }


def budgets(*rows: dict[str, Any]) -> pl.LazyFrame:
    made = pl.LazyFrame(list(rows), schema_overrides={"year": pl.Int16, "lasten_eur": EUR})
    return made.with_columns(geography=pl.lit(AS_REPORTED))


def gap(series: list[dict[str, str]], *spent: dict[str, Any]) -> dict[int, dict[str, Any]]:
    found = out.series(adjustments.series(written(*series)), NO_GRANTS)
    rows = out.indexation_gap(found, budgets(*spent)).filter(
        pl.col("definition") == "sociale_basis"
    )
    return {row["year"]: row for row in rows.collect().to_dicts()}


SPENT = [budget(2018, 1000), budget(2019, 1100), budget(2020, 1300)]


def test_every_step_of_a_planted_series() -> None:
    rows = gap([index(2018, "110"), index(2020, "121")], *SPENT)
    step = rows[2020]
    assert step["nominal_per_inhabitant_eur"] == 130
    assert (step["base_year"], step["base_index"], step["index"]) == (2018, 110, 121)
    assert step["factor"] == Decimal("1.1")
    assert step["real_per_inhabitant_eur"] == Decimal("118.18")
    assert (step["base_per_inhabitant_eur"], step["indexed_per_inhabitant_eur"]) == (100, 110)
    assert (step["gap_per_inhabitant_eur"], step["gap_eur"]) == (20, 200)
    assert (step["availability"], step["index_status"]) == ("known", "definitive")


def test_a_year_without_index_gets_no_factor() -> None:
    step = gap([index(2018, "110"), index(2020, "121")], *SPENT)[2019]
    assert step["availability"] == "index_missing"
    assert [step[c] for c in ("index", "factor", "real_per_inhabitant_eur", "gap_eur")] == [
        None
    ] * 4
    assert step["nominal_per_inhabitant_eur"] == 110


def test_a_missing_series_is_there_as_missing_with_what_would_fill_it() -> None:
    rows = gap([MISSING], *SPENT)
    assert {row["availability"] for row in rows.values()} == {"index_missing"}
    assert {row["fills_from"] for row in rows.values()} == {"cbs_prices: consumer_prices"}
    assert {row["base_year"] for row in rows.values()} == {None}


def test_a_series_that_was_filled_is_no_longer_told_as_missing() -> None:
    found = out.series(adjustments.series(written(MISSING, index(2018, "110"))), NO_GRANTS)
    assert found.collect().select("year", "availability").rows() == [(2018, "known")]


def test_who_did_not_report_is_in_neither_the_amount_nor_the_inhabitants() -> None:
    silent = budget(2018, 0, code="GM2") | {"lasten_eur": None}
    step = gap([MISSING], *SPENT, silent)[2018]
    assert (step["inhabitants"], step["nominal_per_inhabitant_eur"]) == (10, 100)
    assert step["coverage_pct"] == 50


def test_other_fields_are_not_in_a_definition() -> None:
    assert gap([MISSING], *SPENT, budget(2018, 77, group="volksgezondheid"))[2018][
        "nominal_eur"
    ] == Decimal(1000)


@settings(max_examples=40, deadline=None)
@given(
    nominal=st.integers(1_000, 10**9),
    first=st.decimals("10", "200", places=1),
    second=st.decimals("10", "200", places=1),
)
def test_what_is_deflated_and_indexed_again_is_what_it_was(
    nominal: int, first: Decimal, second: Decimal
) -> None:
    rows = gap(
        [index(2018, str(first)), index(2019, str(second))],
        budget(2018, nominal),
        budget(2019, nominal),
    )
    real = rows[2019]["real_per_inhabitant_eur"]
    # A cent of rounding, blown up by the factor.
    within = Decimal("0.01") * max(1, second / first)
    assert abs(real * second / first - rows[2019]["nominal_per_inhabitant_eur"]) <= within
    assert rows[2018]["gap_per_inhabitant_eur"] == 0


def test_a_definition_is_touched_by_every_break_of_its_groups() -> None:
    """As in care_welfare_ratio: recoding youth care touches the social domain, not Wmo support."""
    spent = [budget(2023, 1, group=name) for name in ("wmo_maatwerk", "jeugd", "toegang")]
    found = out.series(adjustments.series(written(MISSING)), NO_GRANTS)
    rows = out.indexation_gap(
        found, budgets(*spent, budget(2026, 1, group="wmo_maatwerk"))
    ).collect()
    flags = {(r["year"], r["definition"]): r["flags"] for r in rows.to_dicts()}
    assert flags[2023, "wmo_maatwerk"] is None
    assert flags[2023, "social_domain"] == "recode_2023;refugee_shelter_on_6.1"
    # Personal budgets are in the definition in 2025, and apart from it in 2026.
    assert "pgb_not_split_2026" in flags[2026, "wmo_maatwerk"].split(";")


@pytest.mark.parametrize("bound", ["at_least", "unknown"])
def test_a_shortfall_is_in_euros_beside_what_was_spent_and_not_divided_by_it(bound: str) -> None:
    cited = {
        "series": "rates",
        "kind": "shortfall",
        "year": "2018",
        "value": "16.4",
        "unit": "mln euro",
        "bound": bound,
        "confidence": "secondary",
    }
    found = out.series(adjustments.series(written(cited, MISSING)), NO_GRANTS)
    spent = budgets(budget(2018, 1_640_000_000, group="wmo_maatwerk"))
    (row,) = out.shortfalls(found, spent).collect().to_dicts()
    assert (row["shortfall_eur"], row["bound"]) == (16_400_000, bound)
    assert row["lasten_eur"] == 1_640_000_000
    assert not [name for name in row if name.endswith("_pct") and name != "coverage_pct"]
    assert (row["known_series"], row["missing_series"]) == (None, "prices")


def test_two_amounts_of_one_grant_imply_an_adjustment() -> None:
    def granted(name: str, kind: str, euros: int) -> dict[str, Any]:
        return {
            "scheme": "brede_spuk",
            "year": 2026,
            "recipient_kind": "municipality",
            "recipient_name": name,
            "amount_kind": kind,
            "amount_eur": euros,
            "regulation_id": "BWB",
            "regulation_version": "2025-10-29",
        }

    rows = [
        granted("A", "allocation_excl_lpo", 1000),
        granted("A", "allocation_incl_lpo", 1040),
        granted("B", "allocation_incl_lpo", 9999),
    ]
    grants = pl.LazyFrame(rows, schema=NO_GRANTS.collect_schema())
    (row,) = out.implied_adjustment(grants).collect().to_dicts()
    assert (row["series"], row["value"], row["confidence"]) == ("lpo_brede_spuk", 4, "derived")


def test_a_value_that_cannot_be_read_is_told() -> None:
    (problem,) = adjustments.series(written(index(2018, "1,5"))).collect()["_problem"]
    assert problem == 'value: cannot read "1,5"'
