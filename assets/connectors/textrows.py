"""The rows of a JSON page as columns of text, in one go.

CBS writes every row of a page with the same keys. Such a page is decoded straight into rows of a
fixed shape, where a number stays the bytes that were served: no float can round them on the way.
A page of any other shape is not guessed at: `quick` gives None and the caller parses it the careful
way. For every page it does read it gives what the careful way gives (`tests/unit/test_textrows.py`).
"""

from __future__ import annotations

import json
from functools import cache
from operator import attrgetter
from typing import Any, Literal

import msgspec
import polars as pl

Kind = Literal["text", "number"] | None
"""What a column holds, as far as two rows tell; None where both are empty."""

_VALUE = b'"value":['
_FIRST = 65_536  # characters in which the first row must end


def quick(body: bytes) -> pl.DataFrame | None:
    """All cells of a page as text, null where null; None when the page is not of the known form."""
    shape = _shape(body)
    if shape is None:
        return None
    # A column that is empty in the first and the last row is mostly empty in all.
    rows = _rows(body, shape)
    if rows is None and None in shape.values():
        shape = {key: kind or "number" for key, kind in shape.items()}
        rows = _rows(body, shape)
    if rows is None:
        return None
    columns = []
    for number, (key, kind) in enumerate(shape.items()):
        if kind is None:
            columns.append(pl.Series(key, [None], pl.String).new_from_index(0, len(rows)))
            continue
        cells = map(attrgetter(f"c{number}"), rows)
        column = pl.Series(key, list(cells), pl.String) if kind == "text" else _served(key, cells)
        if column is None or column.len() != len(rows):
            return None
        columns.append(column)
    return pl.DataFrame(columns)


def _shape(body: bytes) -> dict[str, Kind] | None:
    """The keys of the first row, and what their values are."""
    start = body.find(_VALUE)
    if start < 0:
        return None
    start += len(_VALUE)
    try:
        text = body[start : start + _FIRST].decode("utf-8", "ignore").lstrip()
        pairs, _ = json.JSONDecoder(object_pairs_hook=list).raw_decode(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(pairs, list) or not all(isinstance(pair, tuple) for pair in pairs):
        return None
    shape = {key: _kind(body, key, value) for key, value in pairs}
    return shape if shape and len(shape) == len(pairs) else None


def _kind(body: bytes, key: str, value: Any) -> Kind:
    """By the first row and, where that is empty, by the last one."""
    if isinstance(value, str):
        return "text"
    mark = json.dumps(key, ensure_ascii=False).encode("utf-8", "replace") + b":"
    last = body[body.rfind(mark) + len(mark) :][:5].lstrip()
    return None if value is None and last.startswith(b"null") else "number"


def _rows(body: bytes, shape: dict[str, Kind]) -> list[Any] | None:
    """The rows of a page in which all have this shape."""
    try:
        rows: list[Any] = _decoder(tuple(shape.items())).decode(body).value
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    return rows


@cache
def _decoder(shape: tuple[tuple[str, Kind], ...]) -> msgspec.json.Decoder[Any]:
    """A decoder for rows of this shape: no key more, none less, and texts where texts are due."""
    types: dict[Kind, Any] = {"text": str | None, "number": msgspec.Raw, None: None}
    names = {f"c{number}": key for number, (key, _) in enumerate(shape)}
    row = msgspec.defstruct(
        "Row",
        [(name, types[kind]) for name, (_, kind) in zip(names, shape, strict=True)],
        rename=names,
        forbid_unknown_fields=True,
        gc=False,  # rows hold no other objects, so they cannot be part of a circle
    )
    # The row type is made at run time, which a type checker cannot follow.
    page = msgspec.defstruct("Page", [("value", list[row])])  # type: ignore[valid-type]
    return msgspec.json.Decoder(page)


def _served(key: str, cells: Any) -> pl.Series | None:
    """The values exactly as their bytes say; None when one of them is more than a number."""
    joined = b"\n".join(cells)
    if any(mark in joined for mark in (b'"', b"{", b"[")):
        return None
    column = pl.Series(key, [joined]).cast(pl.String).str.split("\n").explode()
    if b"null" in joined:
        return column.to_frame().select(pl.when(pl.col(key) != "null").then(key).alias(key))[key]
    return column
