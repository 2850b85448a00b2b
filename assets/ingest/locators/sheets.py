"""A cell of a dropped file: XLSX or CSV, read in the sandbox as every such file is.

What belongs here: one cell, or those between two, and what is around. What does not: reading a workbook;
that is done by the one reader that may touch a received file (`spreadsheets/open_tabular`), in a process
of its own.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from assets.ingest.locators.excerpt import Fragment, marked, short
from assets.ingest.spreadsheets import sandbox
from assets.ingest.spreadsheets.cell_writer import CELLS, a1

_ROWS, _COLUMNS = 2, 3


def cell(
    body: bytes, name: str, sheet: str | None, first: str, last: str | None = None
) -> Fragment | None:
    """The cell of a sheet at an address, or all from the first to the last; None when nothing is there.

    Raises what reading a dropped file raises: VK-F001, VK-F002, VK-F003, VK-F005.
    """
    top, left = _place(first)
    bottom, right = _place(last or first)
    cells = {
        (row, column): text
        for (row, column), text in sorted(_sheets(body, name).get(sheet, {}).items())
        if top - _ROWS <= row <= bottom + _ROWS and left - _COLUMNS <= column <= right + _COLUMNS
    }
    meant = [at for at in cells if top <= at[0] <= bottom and left <= at[1] <= right]
    if not meant:
        return None
    lines: dict[int, list[str]] = {}
    for at, text in cells.items():
        item = f"{a1(*at)} {short(text)}"
        lines.setdefault(at[0], []).append(f"[{item}]" if at in meant else item)
    shown = marked([" | ".join(item) for item in lines.values()], list(lines).index(meant[0][0]))
    return Fragment(" | ".join(cells[at] for at in meant), shown, {})


@lru_cache(maxsize=1)  # a process is started for each reading
def _sheets(body: bytes, name: str) -> dict[str | None, dict[tuple[int, int], str]]:
    """Sheet -> row and column -> text."""

    def collect(_: dict[str, Any], folder: Path) -> dict[str | None, dict[tuple[int, int], str]]:
        found: dict[str | None, dict[tuple[int, int], str]] = {}
        with (folder / CELLS).open(encoding="ascii") as lines:
            for item in map(json.loads, lines):
                place = int(item["row"]), int(item["column"])
                found.setdefault(item["sheet"], {})[place] = str(item["text"])
        return found

    return sandbox.run("assets.ingest.spreadsheets.open_tabular:read_cells", body, name, collect)


def _place(address: str) -> tuple[int, int]:
    """Row and column of an address such as C14, from 1."""
    letters = address.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = 26 * column + ord(letter) - ord("A") + 1
    return int(address.removeprefix(letters)), column
