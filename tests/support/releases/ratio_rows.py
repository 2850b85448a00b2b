"""Budgets, grants and care figures of a few rows, for the transforms of the ratio and its family."""

from __future__ import annotations

from typing import Any

import polars as pl

from assets.reference.municipality_map import AS_REPORTED
from assets.reference.tables import taakveld_bridge

AMOUNT = pl.Decimal(18, 2)
GROUPS = dict(taakveld_bridge().select("taakveld", "taakveld_group").iter_rows())
Rows = list[dict[str, Any]]


def budget(
    municipality: str,
    field: str,
    lasten: int | None,
    baten: int | None = None,
    inhabitants: int = 50,
    year: int = 2022,
    flags: str | None = None,
) -> dict[str, Any]:
    return {
        "geography": AS_REPORTED,
        "year": year,
        "report_type": "jaarrekening",
        "municipality_code": municipality,
        "municipality_name": municipality,
        "taakveld": field,
        "taakveld_group": GROUPS[field],
        "lasten_eur": lasten,
        "baten_eur": baten,
        "inhabitants": inhabitants,
        "flags": flags,
    }


def grant(municipality: str, field: str, amount: int | None, year: int = 2022) -> dict[str, Any]:
    return {
        "year": year,
        "report_type": "jaarrekening",
        "municipality_code": municipality,
        "taakveld": field,
        "category": "B4.3.1",
        "amount_eur": amount,
    }


def total(amount: int, published: str, definition: str = "broad", **more: Any) -> dict[str, Any]:
    row = {
        "year": 2022,
        "definition": definition,
        "breakdown": "total",
        "item": "total",
        "item_name_nl": "totaal",
        "amount_eur": amount,
        "revision": "after_2024_revision",
        "published_at": published,
        "source_table": None,
        "source": "CBS",
        "status": "provisional",
        "confidence": "seen",
    }
    return row | more


def budgets_of(rows: Rows) -> pl.LazyFrame:
    money = {"year": pl.Int16, "lasten_eur": AMOUNT, "baten_eur": AMOUNT, "flags": pl.String}
    return pl.LazyFrame(rows, schema_overrides=money)


def lines_of(rows: Rows) -> pl.LazyFrame:
    return pl.LazyFrame(
        rows or [grant("none", "6.1", None)],
        schema_overrides={"year": pl.Int16, "amount_eur": AMOUNT},
    )


def care_of(rows: Rows) -> pl.LazyFrame:
    texts = {"source_table": pl.String, "published_at": pl.String}
    return pl.LazyFrame(rows, schema_overrides={"year": pl.Int16, "amount_eur": AMOUNT} | texts)


COMPLETE = [
    budget("GM1", "6.1", 30, 10),
    budget("GM1", "6.2", 20, 0),
    budget("GM1", "6.23", 5, 0),
    budget("GM1", "7.1", 10, 4),
    budget("GM1", "6.71", 100, 1),
    budget("GM1", "totaal", 9999, 0),
    budget("GM2", "6.1", 10, 0),
]
CARE = [total(1000, "2024-12")]
