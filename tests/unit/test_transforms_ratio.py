"""The ratio: every definition apart, net only where every municipality's baten are known."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl

from assets.out.care_welfare_ratio import care_welfare_ratio


def budget(
    municipality: str,
    field: str,
    lasten: int | None,
    baten: int | None,
    inhabitants: int = 50,
    year: int = 2022,
) -> dict[str, Any]:
    net = lasten - baten if lasten is not None and baten is not None else None
    return {
        "geography": "as_reported",
        "year": year,
        "report_type": "jaarrekening",
        "municipality_code": municipality,
        "taakveld": field,
        "lasten_eur": lasten,
        "net_eur": net,
        "inhabitants": inhabitants,
    }


def total(amount: int, published: str, definition: str = "broad", **more: Any) -> dict[str, Any]:
    row = {
        "year": 2022,
        "definition": definition,
        "breakdown": "total",
        "item": "total",
        "amount_eur": amount,
        "revision": "after_2024_revision",
        "published_at": published,
        "source_table": None,
        "status": "provisional",
        "confidence": "seen",
    }
    return row | more


def ratios(budgets: list[dict[str, Any]], care: list[dict[str, Any]]) -> list[dict[str, Any]]:
    amount = pl.Decimal(18, 2)
    years = {"year": pl.Int16}
    money = years | {"lasten_eur": amount, "net_eur": amount}
    spent = pl.LazyFrame(budgets, schema_overrides=money)
    texts = {"source_table": pl.String, "published_at": pl.String}
    spending = pl.LazyFrame(care, schema_overrides=years | texts | {"amount_eur": amount})
    return care_welfare_ratio(spent, spending).collect().to_dicts()


def pick(rows: list[dict[str, Any]], numerator: str, basis: str = "gross") -> dict[str, Any]:
    (row,) = [r for r in rows if (r["numerator"], r["basis"]) == (numerator, basis)]
    return row


COMPLETE = [
    budget("GM1", "6.1", 30, 10),
    budget("GM1", "6.2", 20, 0),
    budget("GM1", "6.23", 5, 0),
    budget("GM1", "7.1", 10, 4),
    budget("GM1", "6.71", 100, 1),
    budget("GM1", "totaal", 9999, 0),
    budget("GM2", "6.1", 10, 0),
]


def test_each_definition_has_its_own_numerator() -> None:
    rows = ratios(COMPLETE, [total(1000, "2024-12")])
    assert pick(rows, "6.1")["numerator_eur"] == 40
    assert pick(rows, "6.1+6.2")["numerator_eur"] == 65
    assert pick(rows, "6.1+6.2+7.1")["numerator_eur"] == 75
    assert pick(rows, "social_domain")["numerator_eur"] == 165
    assert pick(rows, "6.1")["ratio_pct"] == 4
    assert pick(rows, "6.1", "net")["numerator_eur"] == 30


def test_net_is_told_only_where_all_baten_are_known() -> None:
    known = {(r["numerator"], r["basis"]) for r in ratios(COMPLETE, [total(1000, "2024-12")])}
    assert ("6.1", "net") in known
    one_unknown = [*COMPLETE, budget("GM3", "6.1", 7, None)]
    rows = ratios(one_unknown, [total(1000, "2024-12")])
    assert ("6.1", "net") not in {(r["numerator"], r["basis"]) for r in rows}
    assert pick(rows, "6.1")["numerator_eur"] == 47


def test_who_did_not_report_lowers_coverage_and_does_not_hide_net() -> None:
    silent = [*COMPLETE, budget("GM3", "6.1", None, None, inhabitants=100)]
    rows = ratios(silent, [total(1000, "2024-12")])
    assert pick(rows, "6.1")["coverage_pct"] == 50
    assert pick(rows, "6.1", "net")["numerator_eur"] == 30


def test_of_several_publications_the_last_is_the_denominator() -> None:
    care = [total(900, "2023-06"), total(1000, "2024-12"), total(800, "2022")]
    row = pick(ratios(COMPLETE, care), "6.1")
    assert (row["denominator_eur"], row["denominator_published_at"]) == (1000, "2024-12")


def test_series_and_definitions_stay_apart() -> None:
    care = [
        total(1000, "2024-12"),
        total(500, "2023-06", revision="before_2024_revision"),
        total(700, "2024-12", definition="sha"),
        total(1, "2001", revision="old_series_71914ned"),
    ]
    rows = ratios(COMPLETE, care)
    found = {
        r["denominator"]: r["ratio_pct"]
        for r in rows
        if (r["numerator"], r["basis"]) == ("6.1", "gross")
    }
    assert found == {
        "broad_after_2024_revision": Decimal("4.0000"),
        "broad_before_2024_revision": Decimal("8.0000"),
        "sha_after_2024_revision": Decimal("5.7143"),
    }


def test_a_figure_of_the_care_accounts_is_divided_by_its_own_series_only() -> None:
    welfare = total(60, "2024-12", breakdown="group", item="welfare_narrow")
    care = [total(1000, "2024-12"), total(500, "2023", revision="before_2024_revision"), welfare]
    row = pick(ratios(COMPLETE, care), "welfare_narrow")
    assert (row["report_type"], row["denominator"]) == (
        "care_accounts",
        "broad_after_2024_revision",
    )
    assert row["ratio_pct"] == 6


def test_breaks_that_touch_a_figure_are_named_in_order() -> None:
    row = pick(ratios(COMPLETE, [total(1000, "2024-12")]), "6.1")
    words = (row["breaks"] or "").split(";")
    assert "refugee_shelter_on_6.1" in words
    assert words == sorted(words)
