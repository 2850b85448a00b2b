"""Spread of the social base: who is counted, who is left out and why, and what the row then says."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl

from assets.published.social_base_inequality.social_base_inequality import (
    left_out,
    social_base_inequality,
)

Rows = list[dict[str, Any]]


def spent(code: int, lasten: int | None, field: str = "6.1", **more: Any) -> dict[str, Any]:
    row = {
        "geography": "as_reported",
        "year": 2023,
        "report_type": "jaarrekening",
        "municipality_code": f"GM{code:04}",
        "municipality_name": f"Place {code}",
        "taakveld": field,
        "taakveld_group": "sociale_basis" if field == "6.1" else "toegang",
        "lasten_eur": lasten,
        "net_eur": None,
        "inhabitants": 10,
        "flags": None,
    }
    return row | more


def made(rows: Rows) -> tuple[pl.DataFrame, pl.DataFrame]:
    money = pl.Decimal(18, 2)
    types = {"year": pl.Int16, "lasten_eur": money, "net_eur": money, "flags": pl.String}
    budgets = pl.LazyFrame(rows, schema_overrides=types)
    out = left_out(budgets)
    return social_base_inequality(budgets, out).collect(), out.collect()


def pick(frame: pl.DataFrame, **wanted: str) -> dict[str, Any]:
    usual = {"fields": "6.1", "basis": "gross", "selection": "all", "weighting": "municipalities"}
    return frame.row(
        by_predicate=pl.all_horizontal(pl.col(k) == v for k, v in (usual | wanted).items()),
        named=True,
    )


TEN = [spent(code, 1000 + 10 * code) for code in range(1, 11)]


def test_who_did_not_report_is_counted_as_missing_and_not_as_zero() -> None:
    rows, out = made([*TEN, spent(11, None, inhabitants=100)])
    row = pick(rows)
    assert (row["municipalities"], row["not_reported"], row["coverage_pct"]) == (10, 1, 50)
    assert row["p10_eur"] == Decimal("101.50")
    assert out.select("municipality_code", "selection", "reason").row(0) == (
        "GM0011",
        "all",
        "not_reported",
    )


def test_who_lies_beyond_the_fence_is_left_out_of_one_selection_only() -> None:
    # Quartiles 103 and 108.50 with one more above: the fence is far below 900.
    rows, out = made([*TEN, spent(11, 9000)])
    assert pick(rows)["municipalities"] == 11
    without = pick(rows, selection="without_outliers")
    assert (without["municipalities"], without["outliers"]) == (10, 1)
    assert without["spending_eur"] == sum(row["lasten_eur"] for row in TEN)
    (listed,) = out.filter(pl.col("basis") == "gross").to_dicts()
    assert (listed["reason"], listed["per_inhabitant_eur"]) == ("far_out", 900)
    assert listed["limit_eur"] == Decimal("127.00")  # 109 + 3 · (109 − 103)


def test_a_flag_of_the_audit_leaves_out_too() -> None:
    flagged = [*TEN[1:], spent(1, 1010, flags="negative_baten;out_of_scale")]
    _, out = made(flagged)
    assert out["reason"].to_list() == ["out_of_scale"]


def test_a_part_that_is_not_known_leaves_out_of_the_sum_of_both_fields_only() -> None:
    access = [spent(code, 500, "6.21") for code in range(1, 10)]
    rows, out = made([*TEN, *access, spent(10, None, "6.21")])
    assert pick(rows)["municipalities"] == 10
    assert pick(rows, fields="6.1+6.2")["municipalities"] == 9
    assert out.select("fields", "reason", "spending_eur").rows() == [
        ("6.1+6.2", "part_not_reported", Decimal(1100))
    ]


def test_a_basis_of_which_nothing_is_known_has_no_rows() -> None:
    rows, _ = made(TEN)
    assert rows["basis"].unique().to_list() == ["gross"]


def test_a_negative_net_has_percentiles_and_no_gini() -> None:
    net = [row | {"net_eur": row["lasten_eur"] - 1050} for row in TEN]
    row = pick(made(net)[0], basis="net")
    assert row["median_eur"] == Decimal("0.50")
    assert row["gini"] is row["theil"] is row["theil_within_high"] is row["p90_p10"] is None
    assert row["flags"] == "negative_values;p10_not_positive"


def test_weighted_by_inhabitants_the_largest_decides() -> None:
    rows, _ = made([*TEN, spent(11, 105_000, inhabitants=1000)])
    assert pick(rows, weighting="inhabitants")["median_eur"] == Decimal("105.00")
    assert pick(rows)["theil_between"] == 0  # all in the smallest size class


def test_of_two_maps_the_reported_one_is_taken() -> None:
    both = [row | {"geography": each} for row in TEN for each in ("as_reported", "on_map_2026")]
    assert pick(made(both)[0])["municipalities"] == 10
    assert pick(made(both)[0])["breaks"] == "refugee_shelter_on_6.1"
