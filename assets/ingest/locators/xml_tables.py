"""A cell of a table in a regulation or publication (XML of KOOP), with the markup around it.

What belongs here: walking the bytes with their positions, and placing the cells of one table on its grid.
What does not: parsing that trusts nobody: a body from which a raw row was made has been through that.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from xml.parsers import expat

from assets.ingest.locators.excerpt import Fragment, marked, short

_LINES = {"al", "lijst", "li", "noot", "noot.nr", "noot.al"}
_AROUND = 1
_LONG = 600


@dataclass(slots=True)
class _Entry:
    """A cell as written. start, end: its bytes. head: in the header of the table."""

    attributes: dict[str, str]
    start: int
    end: int = 0
    words: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())

    def number(self, attribute: str) -> int:
        value = self.attributes.get(attribute, "")
        return int(value) if value.isdecimal() else 0


@dataclass(slots=True)
class _Row:
    """A row of a table. names: column name -> number, in its group. group, part: which of them."""

    group: int
    part: str
    names: dict[str, int]
    entries: list[_Entry] = field(default_factory=list)


@dataclass(slots=True)
class _Walk:
    """Goes through a body once and keeps the rows of one of its tables, counted from 1."""

    wanted: int
    tables: int = 0
    depth: int = 0
    group: int = 0
    part: str = ""
    silent: int = 0
    names: dict[str, int] = field(default_factory=dict)
    rows: list[_Row] = field(default_factory=list)
    open: _Entry | None = None
    parser: expat.XMLParserType = field(default_factory=expat.ParserCreate)

    def over(self, body: bytes) -> list[_Row]:
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._add_text
        self.parser.ProcessingInstructionHandler = lambda *_: self._add_text(" ")
        self.parser.Parse(body, True)
        return self.rows

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "table":
            self.depth += 1
            self.tables += self.depth == 1
        if self.depth == 0 or self.tables != self.wanted:
            return
        if tag == "tgroup":
            self.group, self.names = self.group + 1, {}
        elif tag == "colspec":
            number = attributes.get("colnum", "")
            name = attributes.get("colname", "")
            self.names[name] = int(number) if number.isdecimal() else len(self.names) + 1
        elif tag in ("thead", "tbody", "tfoot"):
            self.part = tag
        elif tag == "row":
            self.rows.append(_Row(self.group, self.part, self.names))
        elif tag == "entry" and self.rows:
            self.open = _Entry(attributes, self.parser.CurrentByteIndex)
            self.rows[-1].entries.append(self.open)
        elif tag == "meta-data":
            self.silent += 1
        elif tag in _LINES:
            self._add_text(" ")

    def _end(self, tag: str) -> None:
        if tag == "table":
            self.depth -= 1
        if self.open is None:
            return
        if tag == "entry":
            self.open.end, self.open = self.parser.CurrentByteIndex, None
        elif tag == "meta-data":
            self.silent -= 1
        elif tag in _LINES:
            self._add_text(" ")

    def _add_text(self, words: str) -> None:
        if self.open is not None and not self.silent:
            self.open.words.append(words)


def cell(body: bytes, table: int, row: int, column: int) -> Fragment | None:
    """The cell that starts at a row and column of a table, all counted from 1; None without one."""
    rows, grids = _table(body, table)
    if not 1 <= row <= len(grids) or column not in grids[row - 1]:
        return None
    target = grids[row - 1][column]
    shown = range(max(row - _AROUND, 1), min(row + _AROUND, len(grids)) + 1)
    lines = [" | ".join(short(each.text) for each in head.entries) for head in rows[:3]
             if head.part == "thead"]  # fmt: skip
    at = len(lines) + row - shown.start
    for number in shown:
        texts = [
            f"[{short(each.text)}]" if each is target else short(each.text)
            for each in grids[number - 1].values()
        ]
        lines.append(f"row {number}  " + " | ".join(texts))
    close = body.find(b">", target.end) + 1
    written = body[target.start : close].decode("utf-8", "replace")
    lines.append("XML: " + (written if len(written) <= _LONG else f"{written[:_LONG]}…"))
    return Fragment(target.text, marked(lines, at), {})


@lru_cache(maxsize=16)
def _table(body: bytes, table: int) -> tuple[list[_Row], list[dict[int, _Entry]]]:
    rows = _Walk(table).over(body)
    return rows, _placed(rows)


def _placed(rows: list[_Row]) -> list[dict[int, _Entry]]:
    """Row after row of the body: the column in which each cell starts. Footers come after bodies."""
    order = {"tbody": 0, "tfoot": 1}
    body = [row for row in rows if row.part in order]
    body.sort(key=lambda row: (row.group, order[row.part]))
    grids: list[dict[int, _Entry]] = []
    reach: dict[int, int] = {}  # column -> rows below that a cell above still takes
    before: tuple[int, str] | None = None
    for row in body:
        if (row.group, row.part) != before:
            before, reach = (row.group, row.part), {}
        taken = {column for column, left in reach.items() if left}
        reach = {column: left - 1 for column, left in reach.items() if left > 1}
        starts: dict[int, _Entry] = {}
        free = 1
        for entry in row.entries:
            while free in taken:
                free += 1
            named = entry.attributes.get("namest") or entry.attributes.get("colname") or ""
            start = row.names.get(named, free)
            while start in starts:
                start += 1
            end = max(start, row.names.get(entry.attributes.get("nameend", ""), start))
            starts[start] = entry
            for column in range(start, end + 1):
                if column in starts and column != start:
                    continue  # another cell claims this place already
                taken.add(column)
                if more := entry.number("morerows"):
                    reach[column] = more
            free = end + 1
        grids.append(dict(sorted(starts.items())))
    return grids
