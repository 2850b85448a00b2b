"""What each reconciliation rule compared, as a table with the rules as groups."""

from __future__ import annotations

import polars as pl

from pipelines.audit_pack import blocks, finding_cards, labels
from pipelines.audit_pack.blocks import Block, BlockCell
from pipelines.audit_pack.language import Localizer
from pipelines.audit_pack.uptake_tables import filled


def section(checks: pl.DataFrame, localizer: Localizer) -> list[Block]:
    """A row for each compared scheme; schemes that could not be compared share a row per reason."""
    if checks.is_empty():
        return []
    columns = ("judged", "agreed", *finding_cards.CLASSES)
    fills: dict[str, int] = {}
    rows: list[list[BlockCell] | Block] = []
    for (rule,), part in checks.sort("rule", "scheme").group_by("rule", maintain_order=True):
        rows.append(blocks.group(f"{rule}  {localizer.of(part.row(0, named=True), 'statement')}"))
        waiting: dict[str, list[str]] = {}
        for row in part.iter_rows(named=True):
            status = localizer.code("status", row["status"])
            name = labels.scheme(localizer, row["scheme"])
            if row["status"] == "judged":
                rows.append([name, status, *(localizer.number(row[column]) for column in columns)])
                continue
            if words := row[f"fills_from_{localizer.language}"]:
                status = f"{status} [{fills.setdefault(words, len(fills) + 1)}]"
            waiting.setdefault(status, []).append(name)
        rows += [
            blocks.spanning(f"{status}: {', '.join(names)}") for status, names in waiting.items()
        ]
    heads = [
        blocks.head(localizer.text("head.scheme"), "3"),
        blocks.head(localizer.text("head.status"), "2"),
        *(blocks.head(localizer.text(f"head.{name}"), right=True) for name in columns),
    ]
    return [
        blocks.heading(1, localizer.text("checks")),
        blocks.text(localizer.text("checks.note"), note=True),
        blocks.table(heads, rows),
        *filled(localizer, "checks.fills", fills),
    ]
