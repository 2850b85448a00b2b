"""Layouts with one header row: which columns say what a row is about, and which hold its figures.

What belongs here: the form of such a layout, recognising it by its header, and reading it: one raw row
for every figure, with all that its row and header say. What does not: the layouts themselves
(`layouts`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

import polars as pl

from assets.ingest.spreadsheets.cell_grid import (
    Account,
    Cell,
    GridRow,
    RawRows,
    Reading,
    sheets,
    unknown_layout,
)
from assets.ingest.spreadsheets.cell_writer import a1, place
from assets.ingest.spreadsheets.number_notation import EXAMPLES, Notation, is_nothing, is_number
from assets.ingest.spreadsheets.open_tabular import File

_HEADER_WITHIN = 30  # rows; above a header stand titles and letterheads


@dataclass(frozen=True, slots=True)
class Field:
    """A column that says what a row is about. headers: as in `bare`. required: without it no layout.

    filled: a row where it is empty does not fit. derive: a second column made from its text.
    """

    name: str
    headers: tuple[str, ...]
    required: bool = True
    filled: bool = True
    derive: tuple[str, Callable[[str], str | None]] | None = None


Measure = Callable[[str], Mapping[str, str] | None]
"""A header -> what is known of its figures, or None when the column holds none."""


@dataclass(frozen=True, slots=True)
class Layout:
    """One form of a table. measures: names of what a measure says of itself.

    notation: of figures that are text; figures of a workbook always have a point. unit: of its figures.
    total: whether the fields of a row say that it is a sum. file: named groups in the name of the file.
    only: a last look at the whole header. listing: a row is a fact of its own, which may have no figure, and
    tells in `places` in which cell each of its fields stands.
    """

    id: str
    fields: tuple[Field, ...]
    measure: Measure
    unit: str
    measures: tuple[str, ...] = ()
    notation: Notation = "dutch"
    total: Callable[[Mapping[str, str]], bool] = lambda _: False
    file: re.Pattern[str] | None = None
    only: Callable[[frozenset[str]], bool] = lambda _: True
    listing: bool = False

    def columns(self) -> tuple[str, ...]:
        """The columns of its raw rows."""
        fields = [
            name
            for each in self.fields
            for name in (each.name, *(each.derive[:1] if each.derive else ()))
        ]
        named = tuple(self.file.groupindex) if self.file else ()
        places = ("places",) if self.listing else ()
        return (*HEAD, *named, *fields, *self.measures, *places, *TAIL)


HEAD = ("file", "layout", "sheet", "row")
TAIL = ("is_total", "header", "text", "state", "notation", "unit", "other", "_capture", "_locator")


class _Header(NamedTuple):
    """A recognised header: column -> field, column -> measure, column -> any other header; all as printed.

    headless: cells of columns that have none; first_rows: texts of a row of a list -> the first row
    with them. Both are gathered while the rows are read.
    """

    layout: Layout
    row: int
    fields: dict[int, Field]
    measures: dict[int, tuple[str, Mapping[str, str]]]
    others: dict[int, str]
    headless: dict[int, list[Cell]]
    printed: Mapping[int, str]
    first_rows: dict[tuple[tuple[int, str], ...], int]


def bare(header: str) -> str:
    """A header without case, blanks and signs: `Totaal (J/N)` -> `totaaljn`."""
    return "".join(c for c in header.casefold() if c.isalnum())


def read(file: File, layouts: tuple[Layout, ...]) -> Reading:
    """All rows of all sheets that have a known header. Raises VK-F004 when none has."""
    account = Account(file)
    ragged = {int(row): width for row, width in file.facts.get("ragged", {}).items()}
    columns = tuple(dict.fromkeys(name for layout in layouts for name in layout.columns()))
    rows = RawRows([*(c for c in columns if c not in TAIL), *TAIL])
    found: list[Layout] = []
    missing: list[str] = []
    for sheet, grid in sheets(file):
        header, above, nearest = _find(grid, layouts)
        if header is None:
            left = sum(map(len, above)) + sum(len(row) for _, row in grid)
            account.note("No header of a known form in this sheet; it was not read.", sheet, left)
            missing.append(nearest)
            continue
        found.append(header.layout)
        account.layout = header.layout.id
        for each in above:
            account.set_aside(each.values(), "Above the header.")
        account.use(len(header.printed))
        width = file.facts.get("width", 0)
        expected = ragged.get(header.row, width)
        for number, row in grid:
            if expected and ragged.get(number, width) != expected:
                problem = f"The row has {ragged.get(number, width)} fields, the header {expected}."
                account.set_aside(row.values(), problem)
            else:
                rows.add(_figures(file, header, number, row, account))
        for cells in header.headless.values():
            account.column_aside(cells, "The column has no header.")
    if not found:
        raise unknown_layout(file, missing or ["the file has no cells"])
    account.layout = "+".join(dict.fromkeys(layout.id for layout in found))
    named = _named(file, found[0], account)
    frame = rows.frame().with_columns(
        pl.lit(value, dtype=pl.String).alias(name) for name, value in named.items()
    )
    return account.close(frame)


def _find(
    grid: Iterator[tuple[int, GridRow]], layouts: tuple[Layout, ...]
) -> tuple[_Header | None, list[GridRow], str]:
    """The header, the rows above it, and what is missing where there is none."""
    above: list[GridRow] = []
    nearest = ""
    for number, row in islice(grid, _HEADER_WITHIN):
        header, nearest = _recognise(row, number, layouts, nearest)
        if header:
            return header, above, ""
        above.append(row)
    return None, above, nearest


def _named(file: File, layout: Layout, account: Account) -> dict[str, str | None]:
    """What the name of the file says, or a note that it does not say it."""
    if layout.file is None:
        return {}
    found = layout.file.search(file.name)
    if found is None:
        account.note(f"The name of the file does not have the form {layout.file.pattern}.")
        return dict.fromkeys(layout.file.groupindex)
    return dict(found.groupdict())


def _recognise(
    row: GridRow, number: int, layouts: tuple[Layout, ...], nearest: str
) -> tuple[_Header | None, str]:
    """The first layout whose header this row is; else the best description of what is missing."""
    printed = {column: cell.text for column, cell in row.items()}
    headers = frozenset(bare(text) for text in printed.values())
    for layout in layouts:
        fields: dict[int, Field] = {}
        for each in layout.fields:
            for column in printed:
                if column not in fields and bare(printed[column]) in each.headers:
                    fields[column] = each
                    break
        absent = [e.name for e in layout.fields if e.required and e not in fields.values()]
        rest = {column: text for column, text in printed.items() if column not in fields}
        measures = {c: (t, m) for c, t in rest.items() if (m := layout.measure(t)) is not None}
        if not absent and measures and layout.only(headers):
            others = {column: text for column, text in rest.items() if column not in measures}
            return _Header(layout, number, fields, measures, others, {}, printed, {}), ""
        if fields and not nearest:
            cells = ", ".join(f"{a1(number, c)} {f.name}" for c, f in sorted(fields.items()))
            lacks = ", ".join(absent) or ("" if measures else "a column with figures")
            other = f"lacks {lacks}" if lacks else "has a column that only another form has"
            nearest = f"row {number} looks like {layout.id} ({cells}) but {other}"
    if not nearest and number == 1:
        first = ", ".join(f"{a1(number, c)} {t[:40]!r}" for c, t in sorted(printed.items())[:6])
        known = ", ".join(layout.id for layout in layouts)
        nearest = f"{first} fit none of {known}"
    return None, nearest


def _figures(
    file: File, header: _Header, number: int, row: GridRow, account: Account
) -> Iterator[dict[str, str | None]]:
    """The raw rows of one row; its cells are accounted for."""
    layout = header.layout
    about = {f.name: row[column].text for column, f in header.fields.items() if column in row}
    figures = {column: cell for column, cell in row.items() if column in header.measures}
    empty = _empty(header, number, about)
    if empty or not (figures or layout.listing):
        problem = f"Nothing in {', '.join(empty)}." if empty else "No figures in this row."
        account.set_aside(row.values(), problem)
        return
    good, rest = _sorted(header, row, figures, account)
    if not good and (figures or not layout.listing):
        account.set_aside(rest.values(), "No figures in this row.")
        return
    common = {
        "file": file.name,
        "layout": layout.id,
        "row": str(number),
        **about,
        **_derived(header, row, about, account),
        "is_total": "true" if layout.total(about) else "false",
        "unit": layout.unit,
        "other": _other(header, rest, account),
        "_capture": file.capture,
    }
    if layout.listing:
        common["places"] = _listed(header, number, row, account)
    if not good:  # a fact without a figure is located by all of its row
        first, last = row[min(row)], row[max(row)]
        address = f"{a1(number, first.column)}:{a1(number, last.column)}"
        yield common | {"sheet": first.sheet, "_locator": place(first.sheet, address)}
    for column, (cell, state) in good.items():
        printed, measure = header.measures[column]
        account.use()
        yield common | {
            "sheet": cell.sheet,
            **measure,
            "header": printed,
            "text": cell.text,
            "state": state,
            "notation": _notation(cell, layout),
            "_locator": cell.locator,
        }


def _empty(header: _Header, number: int, about: Mapping[str, str]) -> list[str]:
    """The cells of this row that must be filled and are not, each with its header."""
    return [
        f"{a1(number, column)} under {header.printed[column]!r}"
        for column, field in sorted(header.fields.items())
        if field.filled and not about.get(field.name, "").strip()
    ]


def _derived(
    header: _Header, row: GridRow, about: Mapping[str, str], account: Account
) -> dict[str, str | None]:
    """What is made from fields of this row; a remark where nothing can be made."""
    made: dict[str, str | None] = {}
    for column, field in header.fields.items():
        if field.derive and field.name in about:
            name, make = field.derive
            made[name] = make(about[field.name])
            if made[name] is None and not header.layout.total(about):
                account.remark(row[column], f"No {name} can be made from this.")
    return made


def _other(header: _Header, rest: GridRow, account: Account) -> str | None:
    """The cells under headers that the layout does not know, as JSON; those under none wait for the end."""
    other = {header.others[c]: cell.text for c, cell in rest.items() if c in header.others}
    headless = {c for c in rest if c not in header.fields and c not in header.others}
    for column in headless:
        header.headless.setdefault(column, []).append(rest[column])
    account.use(len(rest) - len(headless))
    return json.dumps(other, ensure_ascii=False) if other else None


def _listed(header: _Header, number: int, row: GridRow, account: Account) -> str:
    """Where each field of a row of a list is; a remark when an earlier row has the same texts."""
    texts = tuple((column, cell.text) for column, cell in row.items())
    first_row = header.first_rows.setdefault(texts, number)
    if first_row != number:
        same = f"The row says the same as row {first_row}; both are used."
        account.remark(row[min(row)], same)
    return json.dumps({f.name: a1(number, column) for column, f in header.fields.items()})


def _sorted(
    header: _Header, row: GridRow, figures: GridRow, account: Account
) -> tuple[dict[int, tuple[Cell, str]], GridRow]:
    """The figures that are figures, and all cells that are none; what should be one is set aside."""
    good: dict[int, tuple[Cell, str]] = {}
    rest = {column: cell for column, cell in row.items() if column not in figures}
    for column, cell in figures.items():
        notation = _notation(cell, header.layout)
        if cell.kind not in ("error", "boolean") and is_number(cell.text, notation):
            good[column] = cell, "amount"
        elif is_nothing(cell.text):
            good[column] = cell, "no amount"
        else:
            problem = f"Not a figure as {EXAMPLES[notation]}, under {header.measures[column][0]!r}."
            account.set_aside([cell], problem)
    return good, rest


def _notation(cell: Cell, layout: Layout) -> Notation:
    return "point" if cell.kind == "number" else layout.notation
