"""Exports of the CBS portal: what a person gets who clicks instead of asks.

What belongs here: the two forms of a downloaded file, and how each becomes a raw frame of text. What
does not: how a file comes into a capture (`files`), and answers of the service (`odata`), which look
alike but have rows in a list and links to further pages.

JSON has a byte order mark, and in `value` an object in which every row has its number for a name:
`{"value":{"0":{…},"1":{…}}}`. CSV has a byte order mark, semicolons and quotes around every field.
Both pad keys and names with blanks; the reader keeps them, as it does a value of `.` (no figure).
An export names neither its table nor the number of its rows: only the name of the file tells the
first, and nothing would tell of rows that are missing at the end of a CSV.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import polars as pl

from assets.ingest.archive import Archive, Capture
from assets.ingest.connectors.bodies import bodies
from expectations.errors import VoorkantError

KEY = "ID"  # of a row; the first column of every table of the portal

_COLUMN = re.compile(r"[A-Za-z]\w*", re.ASCII)
_NAMED = re.compile(r"(?:.*/)?(\d{5}[A-Za-z]{3})_([A-Za-z]\w*)(?: ?\(\d+\))?\.\w+", re.ASCII)


def read_export(archive: Archive, capture: Capture, name: str) -> pl.DataFrame:
    """An archived export, e.g. `exports/85755NED_UntypedDataSet.json`: text only, padding kept.

    Rows are counted from 1, the header of a CSV is not a row. Raises VK-A001 when it was not captured,
    VK-F004 when it is not in the form of an export.
    """
    frames = []
    for entry, body in bodies(archive, capture, name):
        frame = parse(body, name)
        rows = pl.int_range(1, pl.len() + 1, dtype=pl.Int64)
        frames.append(
            frame.with_columns(_capture=pl.lit(entry.sha256), _locator=pl.format("row {}", rows))
        )
    return pl.concat(frames)


def table_of(name: str) -> tuple[str, str] | None:
    """Table and entity of a file as the portal names it; None for another name.

    `85755NED_UntypedDataSet.json` -> (`85755NED`, `UntypedDataSet`). A browser adds ` (1)` to a second
    download.
    """
    named = _NAMED.fullmatch(name)
    return (named[1], named[2]) if named else None


def parse(body: bytes, name: str) -> pl.DataFrame:
    """The rows of an export as text; null is what JSON calls null. Raises VK-F004."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        why = f"It is not UTF-8 from byte {error.start} on; the portal writes nothing else."
        raise not_an_export(name, why) from error
    columns, rows = (_json if text.lstrip().startswith("{") else _csv)(text, name)
    try:
        frame = pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")
    except UnicodeEncodeError as error:  # JSON can spell half a character
        raise not_an_export(name, "A cell holds half a character.") from error
    if repeated := frame.height - frame[KEY].n_unique():
        raise not_an_export(name, f"{repeated:,} rows have the {KEY} of another row.")
    return frame


def not_an_export(name: str, why: str) -> VoorkantError:
    """VK-F004: why this file is not what the portal exports."""
    return VoorkantError(
        "VK-F004",
        problem=f"This is not an export of the CBS portal. {why}",
        where=name,
        outcome="Nothing was taken from this file; its bytes are in the archive.",
        remedy="Export the table again, as JSON or CSV, and put the file in the folder as it came.",
    )


def _require_columns(columns: list[str], text: str, name: str) -> None:
    if columns[:1] != [KEY]:
        start = " ".join(text[:400].split())[:80]
        raise not_an_export(name, f"Its first column is not {KEY}. It starts with: {start!r}")
    if unknown := [each for each in columns if not _COLUMN.fullmatch(each)]:
        raise not_an_export(name, f"No column of CBS is called {unknown[0]!r}.")
    if twice := _twice(columns):
        raise not_an_export(name, f"The column {twice!r} is there twice.")


PortalRows = tuple[list[str], list[Sequence[str | None]]]
"""Columns, and rows of as many cells."""


def _csv(text: str, name: str) -> PortalRows:
    """Read by the standard library: Polars fills up a row that is too short, and renames a column."""
    try:
        read = csv.reader(io.StringIO(text, newline=""), delimiter=";", strict=True)
        columns, *rows = [*read] or [[]]
    except csv.Error as error:
        raise not_an_export(name, f"It cannot be split into fields: {error}.") from error
    _require_columns(columns, text, name)
    for number, row in enumerate(rows, 1):
        if len(row) != len(columns):
            why = f"Row {number} has {len(row)} fields, the header has {len(columns)}."
            raise not_an_export(name, why)
    return columns, list(rows)


def _json(text: str, name: str) -> PortalRows:
    """Every number stays its own digits. The names of the rows must be 0, 1, 2, … without a gap."""
    try:
        document = json.loads(text, parse_int=str, parse_float=str, object_pairs_hook=_object)
    except RecursionError as error:
        raise not_an_export(name, "It nests without end.") from error
    except ValueError as error:
        raise not_an_export(name, f"It is not whole JSON: {error}.") from error
    value = document.get("value")
    if isinstance(value, list):
        why = "Its rows are a list: an answer of the service, which has a place of its own."
        raise not_an_export(name, why)
    if set(document) != {"value"} or not isinstance(value, dict):
        raise not_an_export(name, "It has no object of rows in `value`, or more than that.")
    for number, (key, row) in enumerate(value.items()):
        if key != str(number):
            raise not_an_export(name, f"After {number} rows comes one that is called {key!r}.")
        if not isinstance(row, dict) or not all(map(_is_cell, row.values())):
            raise not_an_export(name, f"The row {key!r} is not an object of texts and numbers.")
        if list(row) != list(value["0"]):
            raise not_an_export(name, f"The row {key!r} has other columns than the first one.")
    columns = list(value.get("0", ()))
    _require_columns(columns, text, name)
    return columns, [tuple(row.values()) for row in value.values()]


def _is_cell(value: Any) -> bool:
    return value is None or isinstance(value, str)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; a name that is there twice would take the place of the first without a word."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError(f"the name {_twice([key for key, _ in pairs])!r} is there twice")
    return found


def _twice(names: list[str]) -> str | None:
    return next((name for name, number in Counter(names).items() if number > 1), None)
