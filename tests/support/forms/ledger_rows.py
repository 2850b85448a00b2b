"""Ledger rows of SPUK from a few fields, and what else the rules read, in the shapes of the contracts."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from expectations import contract

SHAPE = contract.table("spuk_ledger.spuk_ledger").dtypes
KNOWN_ON = date(2026, 11, 20)
Row = dict[str, Any]

_EVIDENCE = {
    "applied": "grant_list",
    "granted": "grant_list",
    "advanced": "payment_list",
    "spent": "sisa_annex",
    "carried_over": "sisa_annex",
    "accounted": "sisa_annex",
    "plausible": "grant_list",
    "settled": "grant_list",
    "recovered": "grant_list",
}


def entry(state: str, recipient: str, year: int | str, amount: object = None, **more: Any) -> Row:
    """One row. recipient: GM…, NL01, or the name of a region; year: a grant year or a period.

    A date of `visible_from` may be text. Everything else has a default that fits the state.
    """
    known = {"NL01": "nation"}.get(recipient)
    kind = more.pop(
        "recipient_kind", known or ("municipality" if recipient[:2] == "GM" else "region")
    )
    coded = kind in {"nation", "municipality"}
    row: Row = {
        "scheme": "brede_spuk",
        "component": "total",
        "recipient_kind": kind,
        "recipient_code": recipient if coded else None,
        "recipient_name": recipient,
        "year": year if isinstance(year, int) else None,
        "period": str(year),
        "state": state,
        "basis": "own" if state == "spent" else "as_stated",
        "evidence": _EVIDENCE.get(state, "regulation"),
        "confidence": "seen",
        "source_sha256": "0" * 64,
        "is_newest": "yes",
    }
    row |= {
        "control": "R" if row["evidence"] == "sisa_annex" and amount is not None else None,
        "document_id": "BWBR0047862" if row["evidence"] == "regulation" else row["evidence"],
        "document_version": "2025-10-29",
        "visible_from": date(2025, 10, 29),
        "amount_eur": None if amount is None else str(amount),
    }
    row |= more
    if isinstance(row["visible_from"], str):
        row["visible_from"] = date.fromisoformat(row["visible_from"])
    return row


def ledger(*rows: Row) -> pl.LazyFrame:
    """The rows as the published table, each in a cell of its own."""
    placed = [{"source_locator": f"row {n}", **row} for n, row in enumerate(rows, start=1)]
    text = {**SHAPE, "amount_eur": pl.String()}
    return pl.LazyFrame(placed, schema=text).with_columns(
        pl.col("amount_eur").cast(SHAPE["amount_eur"])
    )


def known(day: date = KNOWN_ON) -> pl.LazyFrame:
    """The day up to which was looked."""
    return pl.LazyFrame({"known_on": [day]})


def regions(**members: list[str]) -> pl.LazyFrame:
    """Name of a region -> its municipalities, the first one holds the mandate.

    A first one that is no code is a joint authority: it holds the mandate and is no member.
    """
    rows = [
        {
            "region_name": region,
            "mandate_holder": holder,
            "mandate_holder_code": holder if holder.startswith("GM") else None,
            "municipality_code": code,
            "municipality_name": code,
        }
        for region, (holder, *rest) in members.items()
        for code in ([holder, *rest] if holder.startswith("GM") else rest)
    ]
    names = ("region_name", "mandate_holder", "mandate_holder_code", "municipality_code")
    shape = dict.fromkeys((*names, "municipality_name"), pl.String)
    return pl.LazyFrame(rows, schema=shape)


def lists(*codes: str, year: int = 2026) -> pl.LazyFrame:
    """The municipalities of a year."""
    return pl.LazyFrame(
        {"year": [year] * len(codes), "municipality_code": codes, "municipality_name": codes},
        schema={"year": pl.Int16, "municipality_code": pl.String, "municipality_name": pl.String},
    )


def transitions(*mergers: tuple[str, str, str]) -> pl.LazyFrame:
    """Mergers: day, code that goes, code that stays."""
    return pl.LazyFrame(
        [
            {
                "date": date.fromisoformat(day),
                "from_code": gone,
                "to_code": stays,
                "split_weight": "1",
            }
            for day, gone, stays in mergers
        ],
        schema={
            "date": pl.Date,
            "from_code": pl.String,
            "to_code": pl.String,
            "split_weight": pl.String,
        },
    ).with_columns(pl.col("split_weight").cast(pl.Decimal(9, 6)))
