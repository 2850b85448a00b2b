"""What both generations of CBS OData share: an entity of text, and its pages as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import polars as pl

ReadFigures = Callable[[str], pl.DataFrame]
"""Gives a figure table by its name, all text."""

_JSON_NUMBER = r"^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$"


@dataclass(frozen=True, slots=True)
class Entity:
    """An OData entity: rows of text, and the columns whose text is to go out as a number."""

    rows: pl.DataFrame
    numbers: frozenset[str] = frozenset()


def page(
    entity: Entity, context: dict[str, str], skip: int, size: int, link: tuple[str, str]
) -> bytes:
    """One page of an entity. link: name and address of the next page, used when there is one."""
    head = json.dumps(context, ensure_ascii=False)[1:-1]
    rows = ",".join(_objects(entity, skip, size))
    more = skip + size < entity.rows.height
    tail = f",{json.dumps(link[0])}:{json.dumps(link[1])}" if more else ""
    return f'{{\r\n  {head},"value":[\r\n{rows}\r\n  ]{tail}\r\n}}'.encode()


def single(entity: Entity, context: dict[str, str]) -> bytes:
    """An entity that is one object, not a list: the v4 `Properties`."""
    head = json.dumps(context, ensure_ascii=False)[1:-1]
    return f"{{{head},{_objects(entity, 0, 1)[0].strip()[1:]}".encode()


def _objects(entity: Entity, skip: int, size: int) -> pl.Series:
    parts: list[pl.Expr] = []
    for name in entity.rows.columns:
        parts.append(pl.lit(f"{',' if parts else '{'}{json.dumps(name)}:"))
        parts.append(_number(pl.col(name)) if name in entity.numbers else _string(pl.col(name)))
    rows = entity.rows.slice(skip, size)
    return rows.select(pl.concat_str(*parts, pl.lit("}")).alias("row")).to_series()


def _string(column: pl.Expr) -> pl.Expr:
    """The column as JSON: escaped and quoted, null when null."""
    # A struct of one field encodes to {"x":…}; what stands between is the JSON of the text.
    return pl.struct(x=column).struct.json_encode().str.slice(5).str.head(-1)


def _number(column: pl.Expr) -> pl.Expr:
    """The digits as they stand; what is no number goes out as text, nothing as null."""
    return (
        pl.when(column.str.contains(_JSON_NUMBER))
        .then(column)
        .when(column == "")
        .then(pl.lit("null"))
        .otherwise(_string(column))
    )


def small(numbers: Iterable[str], rows: list[dict[str, Any]]) -> Entity:
    """An entity of a few rows, written out here."""
    text = [{k: None if v is None else str(v) for k, v in row.items()} for row in rows]
    return Entity(pl.DataFrame(text, schema=dict.fromkeys(rows[0], pl.String)), frozenset(numbers))
