"""Uptake in a report: a table for every measure, never two measures in one number."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import polars as pl

from pipelines.audit_pack import blocks, labels
from pipelines.audit_pack.blocks import Block, BlockCell
from pipelines.audit_pack.language import Localizer

MEASURES = (
    "participation", "component_take_up", "allocation", "spending", "realised", "recovery",
)  # fmt: skip
_ROWS = 60
_HUNDRED = Decimal(100)


def section(rows: pl.DataFrame, localizer: Localizer, *, own: Sequence[str] | None) -> list[Block]:
    """The section. own: schemes of the requested municipality, in every area; None: national rows only."""
    made = [blocks.heading(1, localizer.text("uptake")), blocks.text(localizer.text("uptake.note"))]
    if rows.is_empty():
        return [*made, blocks.text(localizer.text("uptake.none"))]
    shown = rows.filter(
        pl.col("area_kind") == "nation" if own is None else pl.col("scheme").is_in(own),
        (pl.col("component") == "total") | (pl.col("availability") == "measured"),
        pl.col("geography") == "as_reported",
    )
    for measure in MEASURES:
        made += _measure(
            localizer, measure, rows, shown.filter(pl.col("measure") == measure), own is not None
        )
    return made


def _measure(
    localizer: Localizer, measure: str, rows: pl.DataFrame, shown: pl.DataFrame, areas: bool
) -> list[Block]:
    every = rows.filter(pl.col("measure") == measure).height
    if not every:
        return []
    fills: dict[str, int] = {}
    order = ["component", "window", "round", "period", "area_kind", "area_name"]
    short = _shorter(shown.sort("scheme", pl.col("component") != "total", *order)).head(_ROWS)
    bars = short["rate_pct"].is_not_null().any()
    lines: list[list[BlockCell] | Block] = []
    for (scheme,), part in short.group_by("scheme", maintain_order=True):
        lines.append(blocks.group(labels.scheme(localizer, str(scheme))))
        lines += [_row(localizer, row, fills, areas, bars) for row in part.iter_rows(named=True)]
    heads = [
        blocks.head(localizer.text("head.what"), "2"),
        blocks.head(localizer.text("head.period")),
        blocks.head(localizer.text("head.numerator"), right=True),
        blocks.head(localizer.text("head.denominator"), right=True),
        blocks.head(localizer.text("head.rate"), right=True),
        *([blocks.head("", "1")] if bars else []),
        blocks.head(localizer.text("head.coverage"), right=True),
        blocks.head(localizer.text("head.availability"), "3"),
    ]
    made = [blocks.heading(2, localizer.text(f"measure.{measure}"))]
    if lines:
        made.append(blocks.table(heads, lines))
    made += filled(localizer, "uptake.fills", fills)
    if more := every - int(short["rows"].sum()):
        made.append(blocks.text(localizer.text("more_rows", n=localizer.number(more)), note=True))
    return made


def _shorter(rows: pl.DataFrame) -> pl.DataFrame:
    """Merges periods in which the same values are unknown into one row; `rows` counts what it covers."""
    bare = pl.all_horizontal(pl.col("numerator", "denominator").is_null())
    # Rows with a value are never merged: their position makes each of them unique.
    apart = pl.when(~bare).then(pl.int_range(pl.len()))
    same = [name for name in rows.columns if name not in ("period", "vintage", "flags")]
    return (
        rows.with_columns(apart=apart)
        .group_by(*same, "apart", maintain_order=True)
        .agg(pl.col("period").str.join(", "), pl.len().alias("rows"))
    )


def filled(localizer: Localizer, key: str, fills: dict[str, int]) -> list[Block]:
    """The files behind the numbers in brackets."""
    if not fills:
        return []
    notes = [blocks.text(f"[{n}] {words}", note=True) for words, n in fills.items()]
    return [blocks.text(f"{localizer.text(key)}:", note=True), *notes]


def _row(
    localizer: Localizer, row: dict[str, Any], fills: dict[str, int], areas: bool, bars: bool
) -> list[BlockCell]:
    parts = [
        labels.component(row["component"]),
        row["window"] and localizer.text("window", id=row["window"]),
        row["round"] and localizer.text("round", id=row["round"]),
        _area(localizer, row) if areas else None,
    ]
    known = localizer.code("availability", row["availability"])
    if row["availability"] != "measured":
        if row["due_date"]:
            due = localizer.text(f"due.{row['availability']}", day=localizer.day(row["due_date"]))
            known = f"{known}, {due}"
        if words := row[f"fills_from_{localizer.language}"]:
            known = f"{known} [{fills.setdefault(words, len(fills) + 1)}]"
    counted = 2 if row["unit"] == "EUR" else 0
    return [
        ", ".join(part for part in parts if part) or localizer.text("whole_scheme"),
        labels.period(localizer, row["period"]),
        localizer.number(row["numerator"], counted),
        localizer.number(row["denominator"], counted),
        localizer.percent(row["rate_pct"]),
        *([blocks.bar(row["rate_pct"], _HUNDRED) if row["rate_pct"] is not None else ""] * bars),
        localizer.percent(row["coverage_pct"] if row["availability"] == "measured" else None),
        known,
    ]


def _area(localizer: Localizer, row: dict[str, Any]) -> str:
    return (
        localizer.code("recipient", "nation")
        if row["area_kind"] == "nation"
        else str(row["area_name"])
    )
