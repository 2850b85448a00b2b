"""A row of JSON (OData pages, exports of the CBS portal, GeoJSON) or of CSV.

What belongs here: the exact characters of one row, and its cells. What does not: types.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from assets.ingest.locators.excerpt import Fragment, marked, one_line

_ARRAY = re.compile(r'"(?:value|features)"\s*:\s*([\[{])')
_GAP = re.compile(r"[\s,]*")
_NAME = re.compile(r'"[^"]*"\s*:\s*')
_AROUND = 1
_HEAD = 64  # bytes in which a body shows what it is


def record(body: bytes, kind: str, row: int, column: str | None) -> Fragment | None:
    """Row number `row`, counted from 1; of a CSV the header is none. None when it is not there."""
    if body[:_HEAD].decode("utf-8-sig", "replace").lstrip()[:1] == "{":
        return _json(body, row, column)
    return _csv(body.decode("utf-8-sig", "replace"), row, column) if kind == "row" else None


def _json(body: bytes, row: int, column: str | None) -> Fragment | None:
    first = max(row - _AROUND, 1)
    rows = _rows_of(body)[first - 1 : row + _AROUND]
    if not 0 <= row - first < len(rows):
        return None
    record_text = rows[row - first]
    cells = json.loads(record_text, parse_int=str, parse_float=str)
    if isinstance(cells.get("properties"), dict):  # a feature: its outline is no cell
        cells = cells["properties"]
    if column is not None and column not in cells:
        return None
    columns = {name: _text(value) for name, value in cells.items()}
    lines = [f"row {number}  {one_line(each)}" for number, each in enumerate(rows, first)]
    shown_text = record_text if column is None else columns[column] or ""
    return Fragment(shown_text, marked(lines, row - first), columns)


@lru_cache(maxsize=16)  # who looks at one row of a page often looks at another
def _rows_of(body: bytes) -> tuple[str, ...]:
    return tuple(_rows(body.decode("utf-8-sig", "replace")))


def _rows(text: str) -> Iterator[str]:
    """The characters of each row, one after the other."""
    found = _ARRAY.search(text)
    if found is None:
        return
    decoder = json.JSONDecoder()
    place, numbered = found.end(), found[1] == "{"
    while True:
        gap = _GAP.match(text, place)
        place = gap.end() if gap else place
        name = _NAME.match(text, place) if numbered else None
        place = name.end() if name else place
        if text[place : place + 1] != "{":
            return
        _, end = decoder.raw_decode(text, place)
        yield text[place:end]
        place = end


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _csv(text: str, row: int, column: str | None) -> Fragment | None:
    separator = ";" if text[:4_096].split("\n", 1)[0].count(";") else ","
    written = io.StringIO(text, newline="").readlines()
    reader = csv.reader(written, delimiter=separator)
    header = next(reader, [])
    spans: list[tuple[int, int]] = [(0, reader.line_num)]  # lines of each row; 0 is the header
    cells: list[str] = []
    for number, each in enumerate((each for each in reader if each), start=1):
        spans.append((spans[-1][1], reader.line_num))
        if number == row:
            cells = each
        if number == row + _AROUND:
            break
    if not cells or (column is not None and column not in header):
        return None
    columns = dict(zip(header, cells, strict=False))
    shown = sorted({0, *range(max(row - _AROUND, 1), min(row + _AROUND, len(spans) - 1) + 1)})
    lines = [
        f"line {spans[number][0] + 1}  " + "".join(written[slice(*spans[number])]).rstrip("\r\n")
        for number in shown
    ]
    shown_text = "".join(written[slice(*spans[row])]).rstrip("\r\n")
    return Fragment(
        shown_text if column is None else columns[column],
        marked(lines, shown.index(row)),
        dict(columns),
    )
