"""A cell of a file that a team laid: XLSX or CSV, read in the sandbox as every such file is.

What belongs here: one cell and those around it. What does not: reading a workbook; that is done by the one
reader that may touch a file of a stranger (`files/tabular`), in a process of its own.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from assets.files import sandbox
from assets.files.cells import CELLS, a1
from assets.opening.fragment import Fragment, marked, short

_ROWS, _COLUMNS = 2, 3


def cell(body: bytes, name: str, sheet: str | None, letters: str, row: int) -> Fragment | None:
    """The cell `letters``row` of a sheet; None when nothing stands there.

    Raises what reading a laid file raises: VK-F001, VK-F002, VK-F003, VK-F005.
    """
    column = _number(letters)
    cells = {
        place: text
        for place, text in _sheets(body, name).get(sheet, {}).items()
        if abs(place[0] - row) <= _ROWS and abs(place[1] - column) <= _COLUMNS
    }
    if (row, column) not in cells:
        return None
    numbers = sorted({place[0] for place in cells})
    lines = []
    for number in numbers:
        told = [
            f"[{a1(*place)} {short(text)}]" if place == (row, column) else
            f"{a1(*place)} {short(text)}"
            for place, text in sorted(cells.items())
            if place[0] == number
        ]  # fmt: skip
        lines.append(" | ".join(told))
    return Fragment(cells[row, column], marked(lines, numbers.index(row)), {})


@lru_cache(maxsize=1)  # a process is started for each reading
def _sheets(body: bytes, name: str) -> dict[str | None, dict[tuple[int, int], str]]:
    """Sheet -> row and column -> text."""

    def collect(_: dict[str, Any], folder: Path) -> dict[str | None, dict[tuple[int, int], str]]:
        found: dict[str | None, dict[tuple[int, int], str]] = {}
        with (folder / CELLS).open(encoding="ascii") as lines:
            for told in map(json.loads, lines):
                place = int(told["row"]), int(told["column"])
                found.setdefault(told["sheet"], {})[place] = str(told["text"])
        return found

    return sandbox.run("assets.files.tabular:read_cells", body, name, collect)


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number
