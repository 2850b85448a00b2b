"""Uptake in a report: a table for every measure, never two measures in one number."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import polars as pl

from pipelines.audit_pack import blocks, labels
from pipelines.audit_pack.blocks import Block, Cell
from pipelines.audit_pack.language import Speech

MEASURES = (
    "participation", "component_take_up", "allocation", "spending", "realised", "recovery",
)  # fmt: skip
_ROWS = 60
_WHOLE = Decimal(100)


def section(rows: pl.DataFrame, speech: Speech, *, own: Sequence[str] | None) -> list[Block]:
    """The section. own: schemes of the municipality that was asked, in every area; None: the nation only."""
    made = [blocks.heading(1, speech.say("uptake")), blocks.text(speech.say("uptake.note"))]
    if rows.is_empty():
        return [*made, blocks.text(speech.say("uptake.none"))]
    shown = rows.filter(
        pl.col("area_kind") == "nation" if own is None else pl.col("scheme").is_in(own),
        (pl.col("component") == "total") | (pl.col("availability") == "measured"),
        pl.col("geography") == "as_reported",
    )
    for measure in MEASURES:
        made += _measure(
            speech, measure, rows, shown.filter(pl.col("measure") == measure), own is not None
        )
    return made


def _measure(
    speech: Speech, measure: str, rows: pl.DataFrame, shown: pl.DataFrame, areas: bool
) -> list[Block]:
    every = rows.filter(pl.col("measure") == measure).height
    if not every:
        return []
    fills: dict[str, int] = {}
    order = ["component", "window", "round", "period", "area_kind", "area_name"]
    short = _shorter(shown.sort("scheme", pl.col("component") != "total", *order)).head(_ROWS)
    bars = short["rate_pct"].is_not_null().any()
    lines: list[list[Cell] | Block] = []
    for (scheme,), part in short.group_by("scheme", maintain_order=True):
        lines.append(blocks.group(labels.scheme(speech, str(scheme))))
        lines += [_row(speech, row, fills, areas, bars) for row in part.iter_rows(named=True)]
    heads = [
        blocks.head(speech.say("head.what"), "2"),
        blocks.head(speech.say("head.period")),
        blocks.head(speech.say("head.numerator"), right=True),
        blocks.head(speech.say("head.denominator"), right=True),
        blocks.head(speech.say("head.rate"), right=True),
        *([blocks.head("", "1")] if bars else []),
        blocks.head(speech.say("head.coverage"), right=True),
        blocks.head(speech.say("head.availability"), "3"),
    ]
    made = [blocks.heading(2, speech.say(f"measure.{measure}"))]
    if lines:
        made.append(blocks.table(heads, lines))
    made += filled(speech, "uptake.fills", fills)
    if more := every - int(short["rows"].sum()):
        made.append(blocks.text(speech.say("more_rows", n=speech.number(more)), note=True))
    return made


def _shorter(rows: pl.DataFrame) -> pl.DataFrame:
    """Periods of which the same is not known are one row; `rows` counts what a row stands for."""
    bare = pl.all_horizontal(pl.col("numerator", "denominator").is_null())
    # What is known stays apart: its own place makes it differ from every other row.
    apart = pl.when(~bare).then(pl.int_range(pl.len()))
    same = [name for name in rows.columns if name not in ("period", "vintage", "flags")]
    return (
        rows.with_columns(apart=apart)
        .group_by(*same, "apart", maintain_order=True)
        .agg(pl.col("period").str.join(", "), pl.len().alias("rows"))
    )


def filled(speech: Speech, key: str, fills: dict[str, int]) -> list[Block]:
    """The files that the numbers in brackets stand for."""
    if not fills:
        return []
    told = [blocks.text(f"[{n}] {words}", note=True) for words, n in fills.items()]
    return [blocks.text(f"{speech.say(key)}:", note=True), *told]


def _row(
    speech: Speech, row: dict[str, Any], fills: dict[str, int], areas: bool, bars: bool
) -> list[Cell]:
    parts = [
        labels.component(row["component"]),
        row["window"] and speech.say("window", id=row["window"]),
        row["round"] and speech.say("round", id=row["round"]),
        _area(speech, row) if areas else None,
    ]
    known = speech.code("availability", row["availability"])
    if row["availability"] != "measured":
        if row["due_date"]:
            due = speech.say(f"due.{row['availability']}", day=speech.day(row["due_date"]))
            known = f"{known}, {due}"
        if words := row[f"fills_from_{speech.language}"]:
            known = f"{known} [{fills.setdefault(words, len(fills) + 1)}]"
    counted = 2 if row["unit"] == "EUR" else 0
    return [
        ", ".join(part for part in parts if part) or speech.say("whole_scheme"),
        labels.period(speech, row["period"]),
        speech.number(row["numerator"], counted),
        speech.number(row["denominator"], counted),
        speech.percent(row["rate_pct"]),
        *([blocks.bar(row["rate_pct"], _WHOLE) if row["rate_pct"] is not None else ""] * bars),
        speech.percent(row["coverage_pct"] if row["availability"] == "measured" else None),
        known,
    ]


def _area(speech: Speech, row: dict[str, Any]) -> str:
    return (
        speech.code("recipient", "nation")
        if row["area_kind"] == "nation"
        else str(row["area_name"])
    )
