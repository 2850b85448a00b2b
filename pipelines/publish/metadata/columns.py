"""The type of a column in the words of each standard: one row per type of the contract."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from expectations.contract import TYPES, Column


@dataclass(frozen=True, slots=True)
class ColumnType:
    """One type: Table Schema, CSVW (XML Schema), Croissant (schema.org), ODCS."""

    table_schema: str
    csvw: str
    croissant: str
    odcs: str


_TEXT = ColumnType("string", "string", "sc:Text", "string")
_DECIMAL = ColumnType("number", "decimal", "sc:Float", "number")
_INTEGER = ColumnType("integer", "integer", "sc:Integer", "integer")

KINDS: dict[str, ColumnType] = {
    "code": _TEXT,
    "text": _TEXT,
    "flags": _TEXT,
    "moment": _TEXT,
    "date": ColumnType("date", "date", "sc:Date", "date"),
    "year": ColumnType("year", "gYear", "sc:Integer", "integer"),
    "integer": _INTEGER,
    "amount": _DECIMAL,
    "number": _DECIMAL,
    "rate": _DECIMAL,
    "share": _DECIMAL,
}


def physical(column: Column) -> str:
    """The SQL type of the column in the Parquet file: `DECIMAL(18,2)`."""
    match TYPES[column.type]:
        case pl.Decimal(precision=precision, scale=scale):
            return f"DECIMAL({precision},{scale})"
        case pl.String():
            return "VARCHAR"
        case pl.Date():
            return "DATE"
        case pl.Int16():
            return "SMALLINT"
        case pl.Int64():
            return "BIGINT"
        case other:
            raise AssertionError(f"no SQL word for {other}")


def described(column: Column) -> str:
    """Both languages in one line, for standards that have room for one text."""
    return f"{column.nl} / {column.en}"
