"""How a value from a suite becomes a value of a column's type, without losing a digit.

Suites are JSON: a bound for a Decimal column comes as 0.1, a date as text. A float is taken for the
number as it is written (0.1 is one tenth), so that no amount is ever compared as a float.

What belongs here: conversion of single values. What does not: the comparisons themselves.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import polars as pl
from dateutil.parser import parse

IMPOSSIBLE = object()  # a value that no cell of the column can equal
_INT64 = range(-(2**63), 2**63)


def bound(value: Any, dtype: pl.DataType) -> pl.Expr:
    """A literal to compare a column with, by `<`, `>=` and so on.

    Raises TypeError when text meets numbers, as Great Expectations does.
    """
    value = getattr(value, "item", lambda: value)()  # numpy scalars
    if isinstance(dtype, pl.Date | pl.Datetime):
        return pl.lit(_moment(value, dtype))
    if isinstance(value, str) != _is_text(dtype):
        raise TypeError(f"Cannot compare a column of type {dtype} with {value!r}.")
    if isinstance(value, float) and math.isfinite(value) and not dtype.is_float():
        value = Decimal(repr(value))
    if isinstance(value, Decimal) and dtype.is_float():
        value = float(value)
    # Great Expectations turns every bound into a float; compared with 2000.0, all cells would be too.
    if isinstance(value, Decimal) and dtype.is_integer() and value == int(value) in _INT64:
        value = int(value)
    return pl.lit(value)


def same(value: Any, dtype: pl.DataType) -> Any:
    """The cell of a column of this type that equals a value, or IMPOSSIBLE."""
    value = getattr(value, "item", lambda: value)()
    if isinstance(dtype, pl.Date | pl.Datetime):
        try:
            return _moment(value, dtype)
        except (TypeError, ValueError, OverflowError):
            return IMPOSSIBLE
    if _is_text(dtype):
        return value if isinstance(value, str) else IMPOSSIBLE
    if dtype.is_numeric() or dtype == pl.Boolean:
        return _number(value, dtype)
    return value


def among(column: pl.Expr, values: Iterable[Any], dtype: pl.DataType) -> pl.Expr:
    """Whether a cell equals one of the values; null for a null cell."""
    cells = [same(value, dtype) for value in values if value is not None]
    possible = [cell for cell in cells if cell is not IMPOSSIBLE]
    kind = pl.String() if _is_text(dtype) else dtype
    text = column.cast(pl.String) if kind != dtype else column
    return text.is_in(pl.Series(possible, dtype=kind).implode())


def as_text(column: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """A column as text; True and False as Python writes them."""
    if dtype == pl.String:
        return column
    if dtype == pl.Boolean:
        return pl.when(column).then(pl.lit("True")).when(~column).then(pl.lit("False"))
    return column.cast(pl.String)


def _is_text(dtype: pl.DataType) -> bool:
    return isinstance(dtype, pl.String | pl.Categorical | pl.Enum)


def _number(value: Any, dtype: pl.DataType) -> Any:
    if not isinstance(value, bool | int | float | Decimal):
        return IMPOSSIBLE
    if dtype.is_float():
        return float(value)
    if not math.isfinite(value):
        return IMPOSSIBLE
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if dtype == pl.Boolean:
        return bool(exact) if exact in (0, 1) else IMPOSSIBLE
    if isinstance(dtype, pl.Decimal):
        cell = pl.Series([exact]).cast(dtype, strict=False).item()
        return exact if cell == exact else IMPOSSIBLE
    cell = pl.Series([int(exact)], dtype=pl.Int128).cast(dtype, strict=False).item()
    return cell if cell == exact else IMPOSSIBLE


def _moment(value: Any, dtype: pl.DataType) -> dt.date | dt.datetime:
    moment: Any = parse(value) if isinstance(value, str) else value
    if not isinstance(moment, dt.date):
        raise TypeError(f"Cannot compare a column of type {dtype} with {value!r}.")
    if isinstance(dtype, pl.Date) and isinstance(moment, dt.datetime):
        moment = moment.date() if moment.time() == dt.time() else moment
    elif isinstance(dtype, pl.Datetime):
        if not isinstance(moment, dt.datetime):
            moment = dt.datetime.combine(moment, dt.time())
        if dtype.time_zone and moment.tzinfo is None:
            moment = moment.replace(tzinfo=dt.UTC)
    found: dt.date | dt.datetime = moment
    return found
