"""The cells of a file by sheet and row, and the account of them: used, or told why not.

What belongs here: walking through cells, and the promise that every cell that was read is either in a
row or in the list of what did not fit. What does not: any layout.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby

import polars as pl

from assets.ingest.spreadsheets.cell_writer import a1, letters, place
from assets.ingest.spreadsheets.open_tabular import File
from expectations.errors import VoorkantError

NOTES: tuple[str, ...] = (
    "file",
    "layout",
    "sheet",
    "row",
    "column",
    "cell",
    "text",
    "kind",
    "cells",
    "problem",
)
NOTES += ("_capture", "_locator")

SET_ASIDE, REMARK = "set aside", "remark"
_PACK = 20_000
_SHOWN = 300  # characters of a cell in a told line; the archive has all of it


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell with something in it."""

    sheet: str | None
    row: int
    column: int
    kind: str
    formula: bool
    text: str

    @property
    def locator(self) -> str:
        """Where it is, in words."""
        return place(self.sheet, a1(self.row, self.column))


GridRow = dict[int, Cell]
"""Column -> cell."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a layout made of a file. rows and notes: text only. cells = used + aside, always.

    layout: the fingerprint that was recognised. notes: what was set aside, and remarks on what was used.
    """

    layout: str
    rows: pl.DataFrame
    notes: pl.DataFrame
    cells: int
    used: int
    aside: int


def sheets(file: File) -> Iterator[tuple[str | None, Iterator[tuple[int, GridRow]]]]:
    """Sheet after sheet, row after row; a sheet must be walked through before the next one."""
    wanted = file.cells.select("sheet", "row", "column", "kind", "formula", "text")
    cells = (Cell(*values) for values in wanted.iter_rows())
    for sheet, of_sheet in groupby(cells, key=lambda cell: cell.sheet):
        yield sheet, _rows(of_sheet)


def _rows(cells: Iterable[Cell]) -> Iterator[tuple[int, GridRow]]:
    for number, of_row in groupby(cells, key=lambda cell: cell.row):
        yield number, {cell.column: cell for cell in of_row}


@dataclass(slots=True)
class Account:
    """What became of each cell of a file: used, or set aside with the reason."""

    file: File
    layout: str = ""
    used: int = 0
    aside: int = 0
    _notes: list[tuple[str | None, ...]] = field(default_factory=list)

    def use(self, cells: int = 1) -> None:
        """So many cells are part of a row, or of the header of rows."""
        self.used += cells

    def set_aside(self, cells: Iterable[Cell], problem: str) -> None:
        """These cells, all of one row, are in no row. Nothing is said where there are none."""
        listed = sorted(cells, key=lambda cell: cell.column)
        if listed:
            self.aside += len(listed)
            self._note_cells(listed, SET_ASIDE, problem)

    def column_aside(self, cells: list[Cell], problem: str) -> None:
        """These cells of one column are in no row; told in one line, however many there are."""
        self.aside += len(cells)
        self._note_cells(cells, SET_ASIDE, problem)

    def remark(self, cell: Cell, problem: str) -> None:
        """This cell is used, but somebody should look at it."""
        self._note_cells([cell], REMARK, problem)

    def note(self, problem: str, sheet: str | None = None, cells: int = 0) -> None:
        """Something about the file or a sheet. cells: set aside with it, a whole sheet of them."""
        self.aside += cells
        kind = SET_ASIDE if cells else REMARK
        where = "file" if sheet is None else f"sheet {sheet}"
        note = (sheet, None, None, None, None, kind, str(cells), problem, where)
        self._add(note)

    def close(self, rows: pl.DataFrame) -> Reading:
        """The reading, once every cell is accounted for. Raises VK-F006."""
        read = self.file.cells.height
        if self.used + self.aside != read:
            raise VoorkantError(
                "VK-F006",
                problem=f"{read} cells were read, {self.used} used and {self.aside} set aside.",
                where=f"{self.file.name}, layout {self.layout}",
                outcome="Nothing was taken from this file.",
                remedy="This is an error of voorkant itself: report it with the file.",
            )
        for note in self.file.notes():
            self.note(note)
        notes = pl.DataFrame(self._notes, schema=dict.fromkeys(NOTES, pl.String), orient="row")
        return Reading(self.layout, rows, notes, read, self.used, self.aside)

    def _note_cells(self, cells: list[Cell], kind: str, problem: str) -> None:
        first, last = cells[0], cells[-1]
        address = a1(first.row, first.column)
        if last is not first:
            address += f":{a1(last.row, last.column)}"
        text = " | ".join(cell.text for cell in cells)
        if len(text) > _SHOWN:
            text = f"{text[:_SHOWN]}…"
        column = letters(first.column)
        where = place(first.sheet, address)
        counted = str(len(cells)) if kind == SET_ASIDE else "0"
        self._add(
            (first.sheet, str(first.row), column, address, text, kind, counted, problem, where)
        )

    def _add(self, note: tuple[str | None, ...]) -> None:
        *start, where = note
        self._notes.append((self.file.name, self.layout, *start, self.file.capture, where))


class RawRows:
    """Raw rows on their way to a frame: packed now and then, because a row of Python takes far more."""

    def __init__(self, columns: Iterable[str]) -> None:
        self._schema = dict.fromkeys(columns, pl.String())
        self._frames = [pl.DataFrame(schema=self._schema)]
        self._rows: list[dict[str, str | None]] = []

    def add(self, rows: Iterable[dict[str, str | None]]) -> None:
        """More rows; a column that a row does not have is empty."""
        self._rows += rows
        if len(self._rows) >= _PACK:
            self._pack()

    def frame(self) -> pl.DataFrame:
        """All rows."""
        self._pack()
        return pl.concat(self._frames)

    def _pack(self) -> None:
        if self._rows:
            self._frames.append(pl.DataFrame(self._rows, schema=self._schema))
            self._rows = []


def unknown_layout(file: File, missing: Iterable[str]) -> VoorkantError:
    """VK-F004: which cells were looked at, and what each layout misses in them."""
    return VoorkantError(
        "VK-F004",
        problem="No header of a known form: " + "; ".join(missing) + ".",
        where=file.name,
        outcome="Nothing was taken from this file; its bytes are in the archive.",
        remedy="Compare its first rows with the templates in docs/howto/drop-files.md.",
    )
