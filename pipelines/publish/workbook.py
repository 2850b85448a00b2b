"""A table as a workbook: a sheet with the rows, and a sheet that explains the columns.

Codes stay text (`0363` keeps its zero), amounts are numbers, dates are dates, missing is an empty cell.
The same rows give the same bytes: fixed properties, nothing from the clock.

A library makes the workbook, with the headings only. The rows are put into its first sheet as text that
Polars makes a column at a time: written cell by cell they took a third of a refresh.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

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
_DAY_ZERO = date(1899, 12, 30)
_CREATED = datetime(2000, 1, 1)
_WIDTHS = {"text": 40, "amount": 18}
_AT_ONCE = 20_000  # rows that are text in memory together
_ROWS_SHEET = "xl/worksheets/sheet1.xml"
_AFTER_ROWS = b"</sheetData>"
_LINE = "line of the sheet"
_PRESERVE_SPACES = ' xml:space="preserve"'
# What XML 1.0 cannot hold is written as _xHHHH_ (ECMA-376 part 1, 22.9.2.19), and so is what looks like that.
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"} | {
    chr(code): f"_x{code:04X}_"
    for code in (*range(0x20), 0xFFFE, 0xFFFF)
    if chr(code) not in "\t\n"
}


def holds(frame: pl.DataFrame) -> bool:
    """Whether a sheet can hold all rows and all texts in full."""
    texts = frame.select(pl.col(pl.String).str.len_chars().max())
    longest = max((length or 0 for row in texts.iter_rows() for length in row), default=0)
    return frame.height <= ROWS and longest <= TEXT


def write_workbook(contract: Contract, table: Table, rows: pl.DataFrame, path: Path) -> None:
    """One workbook. rows: as `canonical_rows` gives them, and such that `holds(rows)`."""
    file_made, day = _without_rows(contract, table)
    with ZipFile(file_made) as made, ZipFile(path, "w") as book:
        for part in made.infolist():
            again = ZipInfo(part.filename, part.date_time)
            again.compress_type = ZIP_DEFLATED
            with book.open(again, "w") as file:
                if part.filename != _ROWS_SHEET:
                    file.write(made.read(part))
                    continue
                before, end, after = made.read(part).partition(_AFTER_ROWS)
                file.write(_reaching(rows, before))
                file.writelines(_lines(rows, day))
                file.write(end + after)


def _without_rows(contract: Contract, table: Table) -> tuple[io.BytesIO, int | None]:
    """The workbook with its headings, its sheet about the columns and everything around them.

    With it the number of the style of a day, where there is a column of days.
    """
    import xlsxwriter

    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
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
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        _headings(book.add_worksheet(table.name[:_SHEET_NAME]), table, bold, day)
        _guide(book.add_worksheet("columns"), contract, table, bold)
    return made, day.xf_index  # known once the book is closed


def _headings(sheet: Worksheet, table: Table, bold: Format, day: Format) -> None:
    sheet.freeze_panes(1, 0)
    for place, (name, column) in enumerate(table.columns.items()):
        sheet.write_string(0, place, name, bold)
        width = _WIDTHS.get(column.type, max(12, len(name) + 2))
        sheet.set_column(place, place, width, day if column.type == "date" else None)


def _reaching(rows: pl.DataFrame, sheet: bytes) -> bytes:
    """The start of a sheet with its declared size corrected: the rows as well as the headings."""
    from xlsxwriter.utility import xl_range

    declared, actual = (
        f'<dimension ref="{xl_range(0, 0, last, rows.width - 1)}"/>'.encode()
        for last in (0, rows.height)
    )
    return sheet.replace(declared, actual)


def _lines(rows: pl.DataFrame, day: int | None) -> Iterator[bytes]:
    """The rows as elements of the sheet, some thousands together. A missing value has no cell."""
    from xlsxwriter.utility import xl_col_to_name

    cells = [
        _cell(rows[name], xl_col_to_name(place), day).fill_null("")
        for place, name in enumerate(rows.columns)
    ]
    line = pl.concat_str(
        pl.lit('<row r="'), pl.col(_LINE), pl.lit('">'), *cells, pl.lit("</row>")
    ).str.join("")
    # The first line is the heading.
    numbered = rows.with_row_index(_LINE, offset=2)
    for some in numbered.iter_slices(_AT_ONCE):
        yield some.select(line).item().encode()


def _cell(column: pl.Series, letters: str, day: int | None) -> pl.Expr:
    """The element of a cell of this column, null where the value is; nothing of the value is lost.

    A spreadsheet keeps fifteen digits of a number and knows no day before 1900. A column with a value
    beyond that is written in full as text.
    """
    value, place = pl.col(column.name), pl.concat_str(pl.lit(letters), pl.col(_LINE))
    if column.dtype == pl.Date:
        first = column.min()
        if not isinstance(first, date) or first >= _FIRST_DATE:
            number = (value - _DAY_ZERO).dt.total_days()
            return pl.format('<c r="{}" s="{}"><v>{}</v></c>', place, pl.lit(day), number)
    elif column.dtype.is_numeric():
        digits = (
            column.cast(pl.String).str.replace_all(r"[-.]", "").str.strip_chars("0").str.len_chars()
        )
        longest = digits.max()
        if not isinstance(longest, int) or longest <= _DIGITS:
            return pl.format('<c r="{}"><v>{}</v></c>', place, value)
    text = value.cast(pl.String)
    bare = text == text.str.strip_chars()
    kept = pl.when(bare).then(pl.lit("")).otherwise(pl.lit(_PRESERVE_SPACES))
    return pl.format(
        '<c r="{}" t="inlineStr"><is><t{}>{}</t></is></c>', place, kept, _escaped(text)
    )


def _escaped(text: pl.Expr) -> pl.Expr:
    literal = text.str.replace_all(r"_(x[0-9a-fA-F]{4})", "_x005F_${1}")
    return literal.str.replace_many(_ESCAPES)


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
