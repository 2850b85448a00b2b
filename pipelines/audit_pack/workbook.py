"""The workbook of a pack: conclusions, one sheet per table, and the meaning of the columns.

Texts are written as texts, so a formula or an address in the data stays inert. Codes stay text, amounts are
numbers, dates are dates, a missing value is an empty cell. The same rows give the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from pipelines.audit_pack import finding_cards
from pipelines.audit_pack.data_tables import PackPart
from pipelines.audit_pack.language import Localizer
from pipelines.publish import workbook

ABOUT, COLUMNS = "conclusions", "columns"
_FORMATS = {
    "amount": "#,##0.00",
    "rate": '0.00"%"',
    "number": "#,##0.###",
    "integer": "#,##0",
    "year": "0",
    "date": "yyyy-mm-dd",
}
_WIDTHS = {"text": 40, "amount": 18, "date": 12, "year": 8}
_WIDEST = 60
_A4, _ON_A_PAGE = 9, 14
_LINE, _HEIGHT = 110, 15  # characters on a line, height of a line in points
_DIGITS = 15  # that a spreadsheet keeps of a number
# A workbook has no century before this; an earlier date is written as text.
_FIRST_DATE = date(1900, 3, 1)


def write(
    report: dict[str, Any], parts: Mapping[str, PackPart], localizer: Localizer, path: Path
) -> None:
    """One workbook. report: the data of the report, for its conclusions."""
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with Workbook(str(path), options) as book:
        book.set_properties(
            {
                "title": report["title"],
                "subject": report["subject"],
                "author": report["author"],
                "keywords": ", ".join(report["keywords"]),
                "comments": report["state_of"],
                "created": datetime(*report["date"]),
            }
        )
        bold = book.add_format({"bold": True})
        _conclusions(book, report, bold)
        forms = {kind: book.add_format({"num_format": form}) for kind, form in _FORMATS.items()}
        for name, part in parts.items():
            sheet = book.add_worksheet(name)
            if not workbook.holds(part.rows):
                sheet.write_string(0, 0, localizer.text("sheet.too_large", file=f"{name}.parquet"))
                continue
            rows = finding_cards.worst_first(part.rows) if name == "findings" else part.rows
            _fill(sheet, part, rows, bold, forms)
        _columns(book, parts, bold)


def _fill(
    sheet: Worksheet, part: PackPart, rows: pl.DataFrame, bold: Format, forms: Mapping[str, Format]
) -> None:
    """The rows, below a frozen header with filters."""
    sheet.freeze_panes(1, 0)
    _printable(sheet, len(part.table.columns))
    for place, (name, column) in enumerate(part.table.columns.items()):
        width = _WIDTHS.get(column.type) or _wide_enough(name, rows[name])
        # A cell without a form of its own takes that of its column.
        sheet.set_column(place, place, width, forms.get(column.type))
        sheet.write_string(0, place, name, bold)
    columns = [_column(sheet, rows[name], forms["date"]) for name in part.table.columns]
    writers = [write for write, _ in columns]
    for line, row in enumerate(zip(*(values for _, values in columns), strict=True), start=1):
        for place, value in enumerate(row):
            if value is not None:
                writers[place](line, place, value)
    sheet.autofilter(0, 0, rows.height, len(columns) - 1)


def _wide_enough(name: str, column: pl.Series) -> int:
    """Wide enough for its name with the filter button and for its longest value, within limits."""
    longest = column.cast(pl.String).str.len_chars().max()
    return min(_WIDEST, max(12, len(name) + 4, (longest if isinstance(longest, int) else 0) + 2))


def _column(sheet: Worksheet, column: pl.Series, day: Format) -> tuple[Any, list[Any]]:
    """How to write the values of a column, and the values in that form.

    A column with a value that a spreadsheet would round is written as text.
    """
    if column.dtype == pl.Date:
        first = column.min()
        if not isinstance(first, date) or first >= _FIRST_DATE:
            return partial(_day, sheet, day), column.to_list()
    elif column.dtype.is_numeric():
        digits = column.cast(pl.String).str.replace_all(r"[-.]", "").str.strip_chars("0")
        longest = digits.str.len_chars().max()
        if not isinstance(longest, int) or longest <= _DIGITS:
            return sheet.write_number, column.cast(pl.Float64).to_list()
    return sheet.write_string, column.cast(pl.String).to_list()


def _day(sheet: Worksheet, form: Format, line: int, place: int, value: date) -> None:
    sheet.write_datetime(line, place, value, form)


def _printable(sheet: Worksheet, columns: int) -> None:
    """Print layout: header on every page, sheet and page number, few columns fitted to the page width."""
    sheet.set_paper(_A4)
    sheet.set_landscape()
    sheet.repeat_rows(0)
    if columns <= _ON_A_PAGE:
        sheet.fit_to_pages(1, 0)
    sheet.set_footer("&L&A&R&P / &N")


def _conclusions(book: Workbook, report: dict[str, Any], bold: Format) -> None:
    sheet = book.add_worksheet(ABOUT)
    _printable(sheet, 2)
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 1, _LINE, book.add_format({"text_wrap": True, "valign": "top"}))
    lines = [(report["title"], ""), ("", report["subject"]), *report["about"]]
    for question, answer in pairwise(report["blocks"]):
        if answer["kind"] == "table":  # the amounts are a sheet of their own
            break
        if answer["kind"] == "list":
            lines += [("", ""), (question["text"], ""), *(("", item) for item in answer["items"])]
    for line, (label, words) in enumerate(lines):
        # Programs do not compute the height of wrapped text when they open a file.
        sheet.set_row(line, _HEIGHT * (1 + len(words) // _LINE))
        sheet.write_string(line, 0, label, bold)
        sheet.write_string(line, 1, words)


def _columns(book: Workbook, parts: Mapping[str, PackPart], bold: Format) -> None:
    sheet = book.add_worksheet(COLUMNS)
    sheet.freeze_panes(1, 0)
    _printable(sheet, 6)
    for place, width in enumerate((12, 24, 10, 14, 60, 60)):
        sheet.set_column(place, place, width)
    lines = [("sheet", "column", "type", "unit", "betekenis", "meaning")] + [
        (name, column, about.type, about.unit or "", about.nl, about.en)
        for name, part in parts.items()
        for column, about in part.table.columns.items()
    ]
    for line, cells in enumerate(lines):
        for place, cell in enumerate(cells):
            sheet.write_string(line, place, cell, bold if line == 0 else None)
    sheet.autofilter(0, 0, len(lines) - 1, len(lines[0]) - 1)
