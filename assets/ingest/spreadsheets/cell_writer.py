"""Cells on their way out of the child: counted, addressed, written in batches.

What belongs here: the form of a cell and the account of how many there are. Memory is bounded by a
batch, not by the file. The form is JSON in ASCII: a child that was taken over can say nothing else in
it, and needs no library to write it, so it starts in a twentieth of a second.
"""

from __future__ import annotations

from json.encoder import encode_basestring_ascii as quoted
from pathlib import Path
from types import TracebackType

from assets.ingest.spreadsheets.file_limits import FileLimits, too_large, unreadable

CELLS = "cells.ndjson"
KINDS = ("text", "number", "date", "boolean", "error")

_BATCH = 50_000


def letters(column: int) -> str:
    """1 -> A, 27 -> AA."""
    column_letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        column_letters = chr(ord("A") + rest) + column_letters
    return column_letters


def a1(row: int, column: int) -> str:
    """Row 14, column 3 -> C14."""
    return f"{letters(column)}{row}"


class CellWriter:
    """Writes cells to `cells.arrow`. Cells of a sheet come in reading order, each once."""

    def __init__(self, folder: Path, file: str, limits: FileLimits) -> None:
        self._file = file
        self._limits = limits
        self._sink = (folder / CELLS).open("w", encoding="ascii", newline="")
        self._lines: list[str] = []
        self._name: str | None = None
        self._sheet = "null"
        self._last = (0, 0)
        self.count = 0

    def __enter__(self) -> CellWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        if kind is None:
            self._flush()
        self._sink.close()

    def new_sheet(self, name: str) -> None:
        """The next cells belong to this sheet, so addresses start again."""
        self._last = (0, 0)
        self._name, self._sheet = name, quoted(name)

    def add(self, row: int, column: int, kind: str, formula: bool, text: str) -> None:
        """One cell with something in it. Raises VK-F001 when it comes twice, VK-F003 for one too many."""
        limits = self._limits
        if (row, column) <= self._last:
            why = "A cell comes twice, or cells are not in the order of their addresses."
            raise unreadable(self._file, why, place(self._name, a1(row, column)))
        self._last = (row, column)
        self.count += 1
        if row > limits.rows or column > limits.columns:
            why = f"A sheet may have {limits.rows:,} rows and {limits.columns:,} columns."
            raise too_large(self._file, why, place(self._name, a1(row, column)))
        if self.count > limits.cells:
            why = f"It has more than {limits.cells:,} cells with something in them."
            raise too_large(self._file, why, place(self._name, a1(row, column)))
        if len(text) > limits.text:
            why = f"A cell holds {len(text):,} characters; {limits.text:,} is the most."
            raise too_large(self._file, why, place(self._name, a1(row, column)))
        self._lines.append(
            f'{{"sheet":{self._sheet},"row":{row},"column":{column},"kind":"{kind}",'
            f'"formula":{"true" if formula else "false"},"text":{quoted(text)}}}\n'
        )
        if len(self._lines) >= _BATCH:
            self._flush()

    def _flush(self) -> None:
        self._sink.writelines(self._lines)
        self._lines.clear()


def place(sheet: str | None, cell: str) -> str:
    """`sheet Blad1 cell C14`, or `cell C14` where a file has no sheets."""
    return f"cell {cell}" if sheet is None else f"sheet {sheet} cell {cell}"
