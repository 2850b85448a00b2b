"""A table as a workbook: a sheet with the rows, and a sheet that says what the columns mean.

Codes stay text (`0363` keeps its zero), amounts are numbers, dates are dates, missing is an empty cell.
The same rows give the same bytes: fixed properties, nothing from the clock.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from expectations.contract import Contract, Table

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

ROWS = 1_048_575  # of a sheet, after its heading
TEXT = 32_767  # characters of a cell
_DIGITS = 15  # that a spreadsheet keeps of a number
_SHEET_NAME = 31
# A workbook has no century before this; an earlier date is written as text.
_FIRST_DATE = date(1900, 3, 1)
_CREATED = datetime(2000, 1, 1)
_WIDTHS = {"text": 40, "amount": 18}


def holds(frame: pl.DataFrame) -> bool:
    """Whether a sheet can hold all rows and all texts whole."""
    texts = frame.select(pl.col(pl.String).str.len_chars().max())
    longest = max((length or 0 for row in texts.iter_rows() for length in row), default=0)
    return frame.height <= ROWS and longest <= TEXT


def write(contract: Contract, table: Table, rows: pl.DataFrame, path: Path) -> None:
    """One workbook. rows: as laid out for publication, and such that `holds(rows)`."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        book.set_properties(
            {
                "title": table.title.nl,
                "subject": contract.title.nl,
                "author": "voorkant",
                "comments": f"{contract.licence}; {'; '.join(contract.attribution)}",
                "created": _CREATED,
            }
        )
        bold = book.add_format({"bold": True})
        data = book.add_worksheet(table.name[:_SHEET_NAME])
        _data(data, table, rows, bold, book.add_format({"num_format": "yyyy-mm-dd"}))
        _guide(book.add_worksheet("columns"), contract, table, bold)


def _data(sheet: Worksheet, table: Table, rows: pl.DataFrame, bold: Format, day: Format) -> None:
    sheet.freeze_panes(1, 0)
    for place, (name, column) in enumerate(table.columns.items()):
        sheet.set_column(place, place, _WIDTHS.get(column.type, max(12, len(name) + 2)))
        sheet.write_string(0, place, name, bold)
    columns = [_column(sheet, rows[name], day) for name in rows.columns]
    writers = [write for write, _ in columns]
    # A workbook is written cell by cell; there is no faster way in.
    for line, row in enumerate(zip(*(values for _, values in columns), strict=True), start=1):
        for place, value in enumerate(row):
            if value is not None:
                writers[place](line, place, value)


def _column(sheet: Worksheet, column: pl.Series, day: Format) -> tuple[Any, list[Any]]:
    """How to write the values of a column, and the values in that form; nothing of them is lost.

    A spreadsheet keeps fifteen digits of a number and knows no day before 1900. A column with a value
    beyond that is written as text, whole.
    """
    if column.dtype == pl.Date:
        first = column.min()
        if not isinstance(first, date) or first >= _FIRST_DATE:
            return partial(_day, sheet, day), column.to_list()
    elif column.dtype.is_numeric():
        digits = (
            column.cast(pl.String).str.replace_all(r"[-.]", "").str.strip_chars("0").str.len_chars()
        )
        longest = digits.max()
        if not isinstance(longest, int) or longest <= _DIGITS:
            return sheet.write_number, column.cast(pl.Float64).to_list()
    return sheet.write_string, column.cast(pl.String).to_list()


def _day(sheet: Worksheet, style: Format, line: int, place: int, value: date) -> None:
    sheet.write_datetime(line, place, value, style)


def _guide(sheet: Worksheet, contract: Contract, table: Table, bold: Format) -> None:
    about = (
        (f"{table.title.nl} / {table.title.en}", ""),
        (table.description.nl, ""),
        (table.description.en, ""),
        ("licentie / licence", contract.licence),
        ("bron / source", "; ".join(contract.attribution)),
        *(("let op / note", f"{each.nl} / {each.en}") for each in contract.caveats),
    )
    heads = ("column", "type", "unit", "filled", "values", "betekenis", "meaning")
    columns = [
        (
            name,
            column.type,
            column.unit or "",
            "always" if column.required else "",
            ", ".join(column.values),
            column.nl,
            column.en,
        )
        for name, column in table.columns.items()
    ]
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 4, 16)
    sheet.set_column(5, 6, 60)
    lines = [*about, (), heads, *columns]
    for line, cells in enumerate(lines):
        style = bold if line == 0 or cells is heads else None
        for place, cell in enumerate(cells):
            sheet.write_string(line, place, cell, style)
