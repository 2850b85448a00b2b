"""The rows of a JSON page as columns of text, without taking the page apart in Python.

CBS writes every row of a page in the same way: the same keys in the same order with the same blanks
between them. Such rows are lines, cut at `{`, of cells, cut at `,`; the CSV reader of Polars does
that many times faster than a JSON decoder, and a number stays the characters that were served: no
float can round them on the way.

A page is read so only when every cell is proven to be its key and one value. Any other page (texts
with commas or escapes, rows of another form) is not guessed at: `quick` gives None, and the caller
parses it the careful way, which gives the same for every page that both read
(`tests/unit/assets/ingest/test_textrows.py`).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl
import pyarrow as pa

ColumnKind = Literal["text", "number", "null"]
"""What a column holds."""

_ROWS = re.compile(rb'"value"[ \t\r\n]*:[ \t\r\n]*\[[ \t\r\n]*(?=\{)')
_HEAD = 65_536  # bytes in which the rows must begin
_STAND_IN = b"[1]"
_QUOTE, _COMMA = b'",'
_BLANK = 0x20  # what is below it could not stand inside a text of JSON
_CELL = re.compile(
    r'(?P<before>[ \t\r\n]*"(?P<key>[^"]*)"[ \t\r\n]*:[ \t\r\n]*)'
    r'("[^"]*"|[^ \t\r\n"}]+)(?P<after>[ \t\r\n]*}?)'
)
_NUMBER = r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$"
_INSIDE = "inside "
_REST = "rest"  # what stands between the end of a row and the start of the next but its comma


def around(body: bytes) -> dict[str, Any] | None:
    """Everything of a page but its rows, e.g. the link to the next; None when that is not clear."""
    span = _span(body)
    if span is None:
        return None
    start, end = span
    try:
        document = json.loads(body[: start - 1].rstrip()[:-1] + _STAND_IN + body[end:].lstrip()[1:])
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or document.pop("value", None) != json.loads(_STAND_IN):
        return None
    return document


def quick(body: bytes) -> pl.DataFrame | None:
    """All cells of a page as text, null where null; None when the page is not of the known form."""
    span = _span(body)
    if span is None or b"\\" in body or around(body) is None:
        return None
    rows = body[slice(*span)]
    marks = pl.Series(pa.Array.from_buffers(pa.uint8(), len(rows), [None, pa.py_buffer(rows)]))
    columns = _columns(rows)
    cells = _cells(rows, columns) if columns else None
    if columns is None or cells is None or not _only_rows(marks, cells):
        return None
    empty = cells.select((pl.col(each.key) == each.null).sum() for each in columns).row(0)
    kinds = [_kind(cells[c.key], c, nulls) for c, nulls in zip(columns, empty, strict=True)]
    parsed_columns = list(zip(columns, kinds, empty, strict=True))
    read = (
        cells.lazy()
        .with_columns(column.inner(kind) for column, kind, _ in parsed_columns)
        .select(
            *(column.value(nulls) for column, _, nulls in parsed_columns),
            pl.all_horizontal(column.proof(kind, nulls) for column, kind, nulls in parsed_columns)
            .all()
            .alias(_REST),
        )
        # One page is small: no other engine is as quick to begin.
        .collect(engine="in-memory")
    )
    # A text is between two quotes, and holds none: then there are no more of them than that.
    texts = sum(cells.height - nulls for _, kind, nulls in parsed_columns if kind == "text")
    quotes = 2 * (cells.height * len(columns) + texts)
    blanks = sum(c < " " for column in columns for c in column.before + column.after)
    complete = _count(marks == _QUOTE) == quotes and _count(marks < _BLANK) == blanks * cells.height
    *values, proven = read.get_columns()
    return pl.DataFrame(values) if complete and proven.all() else None


@dataclass(frozen=True, slots=True)
class _Column:
    """How a column is written: what stands before its value and after it in every row."""

    key: str
    before: str
    after: str

    @property
    def null(self) -> str:
        """The cell that says nothing is there."""
        return f"{self.before}null{self.after}"

    @property
    def _inside(self) -> str:
        return f"{_INSIDE}{self.key}"

    def inner(self, kind: ColumnKind) -> pl.Expr:
        """What is between them, without the quotes of a text."""
        quote = '"' if kind == "text" else ""
        opened = pl.col(self.key).str.strip_prefix(self.before + quote)
        closed = opened.str.strip_suffix(quote + self.after) if quote + self.after else opened
        return closed.alias(self._inside)

    def value(self, nulls: int) -> pl.Expr:
        """The value as text."""
        inner = pl.col(self._inside)
        filled = pl.when(pl.col(self.key) != self.null).then(inner) if nulls else inner
        return filled.alias(self.key)

    def proof(self, kind: ColumnKind, nulls: int) -> pl.Expr:
        """Whether every cell is this key and a value of this kind, or null."""
        cell, inner = pl.col(self.key), pl.col(self._inside)
        if kind == "null":
            return pl.lit(True)
        # Both ends were taken off, or the cell is not as much longer than what is between them.
        marks = len((self.before + self.after).encode()) + (2 if kind == "text" else 0)
        right = cell.str.len_bytes() - inner.str.len_bytes() == marks
        if kind == "number":
            right &= inner.str.contains(_NUMBER)
        return right | (cell == self.null) if nulls else right


def _kind(cells: pl.Series, column: _Column, nulls: int) -> ColumnKind:
    """By the first cell that is more than null."""
    if nulls == cells.len():
        return "null"
    first = cells.filter(cells != column.null)[0] if nulls else cells[0]
    return "text" if first.startswith(f'{column.before}"') else "number"


def _span(body: bytes) -> tuple[int, int] | None:
    """Where the rows are: from behind the first `{` to behind the last `}`."""
    found = _ROWS.search(body, 0, _HEAD)
    close = body.rfind(b"]")
    end = body.rfind(b"}", 0, max(close, 0)) + 1
    if found is None or end <= found.end() or body[end:close].strip():
        return None
    return found.end() + 1, end


def _columns(rows: bytes) -> list[_Column] | None:
    """The columns as the first row writes them; None when it is no flat row with a name for each."""
    second = rows.find(b"{")
    columns: list[_Column] = []
    for cell in rows[: second if second > 0 else None].decode("utf-8", "replace").split(","):
        found = _CELL.fullmatch(cell)
        if found is None:
            return None
        columns.append(_Column(found["key"], found["before"], found["after"]))
        if found["after"].endswith("}"):
            names = {column.key for column in columns}
            ours = {_REST, *(f"{_INSIDE}{name}" for name in names)}
            return columns if len(names) == len(columns) and not names & ours else None
    return None


def _cells(rows: bytes, columns: list[_Column]) -> pl.DataFrame | None:
    """The rows cut at `{` and `,`: a column for each key, and one for what is left."""
    try:
        return pl.read_csv(
            rows,
            has_header=False,
            schema=dict.fromkeys([*(column.key for column in columns), _REST], pl.String),
            separator=",",
            quote_char=None,
            eol_char="{",
            missing_columns="insert",  # nothing is left behind a single row
        )
    except pl.exceptions.PolarsError:  # a row with more cells, or bytes that are no UTF-8
        return None


def _only_rows(marks: pl.Series, cells: pl.DataFrame) -> bool:
    """Whether every row has all its cells, and a comma and nothing more between it and the next."""
    *missing, rest = cells.null_count().row(0)
    commas = cells.height * (cells.width - 1) - 1
    return not any(missing) and rest == cells.height and _count(marks == _COMMA) == commas


def _count(found: pl.Series) -> int:
    return int(found.sum())
