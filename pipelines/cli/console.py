"""How commands speak: tables and lines for people, JSON for programs, and what several share."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from pipelines.publish.store.log import Release
from pipelines.publish.store.open_storage import absolute, is_folder

console = Console(highlight=False)


def release_cells(release: Release) -> tuple[str, ...]:
    """Version, rows and outcomes of the rules of a release, for a table."""
    checks = release.about["checks"]
    return (
        release.version,
        f"{sum(release.about['rows'].values()):,}",
        str(checks["passed"]),
        str(checks["warned"]),
        str(checks["quarantined"]),
    )


def print_json(content: Any) -> None:
    """Anything as JSON on standard output."""
    json.dump(content, sys.stdout, ensure_ascii=False, indent=1, default=str)
    print()


def print_table(heads: Iterable[str], rows: Iterable[Iterable[str]], numbers: int = 0) -> None:
    """A plain table. numbers: so many columns at the right are numbers; then no cell is folded."""
    heads = list(heads)
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for position, head in enumerate(heads):
        right = position >= len(heads) - numbers
        table.add_column(
            head, justify="right" if right else "left", overflow="fold", no_wrap=numbers > 0
        )
    for row in rows:
        table.add_row(*row)
    console.print(table)


def print_rows(heads: list[str], rows: list[list[str]]) -> None:
    """A table where it fits the width; otherwise each row as a block, one line per filled column."""
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    if sum(widths) + 2 * len(widths) <= console.width:
        return print_table(heads, rows)
    margin = max(map(len, heads))
    for row in rows:
        for head, value in zip(heads, row, strict=True):
            if value:
                console.print(f"{head:<{margin}}  {value}", markup=False, soft_wrap=True)
        console.print()
    return None


def plain(value: Any) -> Any:
    """A value as JSON knows it; what it does not know becomes text."""
    return value if isinstance(value, (int, str)) or value is None else str(value)


def short(place: Path | str) -> str:
    """The path from here where that is shorter; an address as it is."""
    if not is_folder(place):
        return absolute(place)
    resolved = Path(place).resolve()
    here = Path.cwd()
    return str(resolved.relative_to(here)) if resolved.is_relative_to(here) else str(resolved)
