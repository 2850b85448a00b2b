"""CALS tables, as regulations and publications of KOOP hold them: one cell after the other.

What belongs here: names of columns, spans over columns and rows, headers, and the annex a table is in.
What does not: what a cell means. A cell that spans is given once, at its first row and column, so
that no amount can be counted twice; headers and row labels do reach all that they span.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from assets.ingest.connectors.xmltext import words

COLUMNS = (
    "annex",
    "table",
    "table_title",
    "row",
    "column",
    "header",
    "row_label",
    "text",
)
"""The columns of a cell in a raw table, in the order of `Cell.as_row`."""


@dataclass(frozen=True, slots=True)
class TableCell:
    """A cell of a table body. row and column are counted from 1."""

    annex: str | None
    table: int
    table_title: str | None
    row: int
    column: int
    header: str | None
    row_label: str
    text: str

    @property
    def locator(self) -> str:
        place = f"table {self.table}, row {self.row}, column {self.column}"
        return f"{self.annex}, {place}" if self.annex else place

    def as_row(self) -> tuple[str | None, ...]:
        """The cell as text, for the columns `COLUMNS`."""
        return (
            self.annex,
            str(self.table),
            self.table_title,
            str(self.row),
            str(self.column),
            self.header,
            self.row_label,
            self.text,
        )


def cells(root: Element) -> Iterator[TableCell]:
    """All body cells of all tables of a document, in reading order."""
    for number, (annex, table) in enumerate(_tables(root, None), start=1):
        title = table.find("title")
        table_title = None if title is None else words(title)
        row_number = 0
        for group in table.iter("tgroup"):
            header = _header(group)
            grid = _Grid(group)
            parts = [*group.iter("tbody"), *group.iter("tfoot")]
            for row in (row for part in parts for row in grid.rows(part)):
                row_number += 1
                label = row[min(row)].text if row else ""
                for column, placed in sorted(row.items()):
                    if placed.first:
                        yield TableCell(
                            annex,
                            number,
                            table_title,
                            row_number,
                            column,
                            header.get(column),
                            label,
                            placed.text,
                        )


def _tables(element: Element, annex: str | None) -> Iterator[tuple[str | None, Element]]:
    """Tables in reading order, each with the label of the annex around it."""
    for child in element:
        if child.tag == "table":
            yield annex, child
        else:
            yield from _tables(child, _annex_label(child) if child.tag == "bijlage" else annex)


def _annex_label(annex: Element) -> str | None:
    printed = " ".join(annex.findtext(part, "") for part in ("kop/label", "kop/nr"))
    return " ".join(annex.get("label", printed).split()) or None


def _header(group: Element) -> dict[int, str]:
    """Column -> its header; rows of a header above each other are joined with ` / `."""
    lines: dict[int, list[str]] = {}
    for row in _Grid(group).rows(group.find("thead")):
        for column, placed in row.items():
            texts = lines.setdefault(column, [])
            if placed.text and placed.text not in texts[-1:]:
                texts.append(placed.text)
    return {column: " / ".join(texts) for column, texts in lines.items() if texts}


@dataclass(frozen=True, slots=True)
class _Placed:
    """A text at one place of the grid. first: the place where its cell starts."""

    text: str
    first: bool


@dataclass(slots=True)
class _Grid:
    """Gives every entry of a `tgroup` its columns, through column names, spans and cells above."""

    group: Element
    numbers: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        specs = enumerate(self.group.iter("colspec"), start=1)
        self.numbers = {spec.get("colname", ""): _int(spec.get("colnum"), n) for n, spec in specs}

    def rows(self, part: Element | None) -> Iterator[dict[int, _Placed]]:
        """Row after row: column -> text, spanned places included."""
        above: dict[int, tuple[str, int]] = {}  # column -> text and rows that it still reaches into
        for row in () if part is None else part.iter("row"):
            placed = {column: _Placed(text, first=False) for column, (text, _) in above.items()}
            above = {column: (text, left - 1) for column, (text, left) in above.items() if left > 1}
            free = 1
            for entry in row.iter("entry"):
                while free in placed:
                    free += 1
                start = self._number(entry, "namest", self._number(entry, "colname", free))
                while start in placed and placed[start].first:
                    start += 1  # two cells claim one place: both are told, none replaces the other
                end = max(start, self._number(entry, "nameend", start))
                text = words(entry)
                for column in range(start, end + 1):
                    if column in placed and placed[column].first:
                        continue
                    placed[column] = _Placed(text, first=column == start)
                    if more := _int(entry.get("morerows"), 0):
                        above[column] = (text, more)
                free = end + 1
            yield placed

    def _number(self, entry: Element, attribute: str, otherwise: int) -> int:
        return self.numbers.get(entry.get(attribute, ""), otherwise)


def _int(text: str | None, otherwise: int) -> int:
    return int(text) if text is not None and text.isdecimal() else otherwise
