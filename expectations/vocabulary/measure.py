"""Small expressions that rules share: which rows, their sum, their name.

What belongs here: pure pieces of a measurement. What does not: anything that knows a rule.
"""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Annotated

import polars as pl
from pydantic import Field

Filter = dict[str, str | tuple[str, ...]]
"""Column -> the text, or one of the texts, it must equal."""

MEASURE = pl.Decimal(38, 4)
"""What amounts and deviations are counted in."""

Tolerance = Annotated[Decimal, Field(ge=0, decimal_places=4)]

Times = Annotated[Decimal, Field(gt=1, decimal_places=4)]
"""How many times too large, or better, is too much."""


def where(conditions: Filter) -> pl.Expr:
    """All columns equal (or one of) the named text."""
    terms = [
        pl.col(column).cast(pl.String).is_in([wanted] if isinstance(wanted, str) else list(wanted))
        for column, wanted in sorted(conditions.items())
    ]
    return pl.all_horizontal(terms) if terms else pl.lit(True)


def known(columns: tuple[str, ...]) -> pl.Expr:
    """Every one of the columns is filled."""
    return (
        pl.all_horizontal(pl.col(column).is_not_null() for column in columns)
        if columns
        else pl.lit(True)
    )


def within_group(value: pl.Expr, by: tuple[str, ...]) -> pl.Expr:
    """An aggregate repeated on every row of its group; of all rows without grouping."""
    return value.over(by) if by else value


def named(by: tuple[str, ...]) -> pl.Expr:
    """The group in words: "year 2023, report_type begroting"; "all rows" without grouping."""
    if not by:
        return pl.lit("all rows")
    parts = [pl.format(f"{column} {{}}", pl.col(column).cast(pl.String)) for column in by]
    return pl.concat_str(parts, separator=", ", ignore_nulls=True)


def keyed(by: tuple[str, ...]) -> pl.Expr:
    """The group as JSON, by its columns: `{"year":2023}`; `{}` without grouping."""
    return pl.struct(by).struct.json_encode() if by else pl.lit("{}")


def not_below(bound: Decimal) -> float:
    """The nearest float that does not cut a bound short: Great Expectations knows bounds as floats.

    The float nearest to 0.7 is less than it, so that a deviation of exactly 0.7 would fail there.
    """
    near = float(bound)
    return near if Decimal(near) >= bound else math.nextafter(near, math.inf)


def percentage(part: pl.Expr, total: pl.Expr) -> pl.Expr:
    """Part in percent of the total; missing where the total is zero."""
    return (part * 100 / pl.when(total != 0).then(total)).cast(MEASURE)


def sum_if_any(values: pl.Expr) -> pl.Expr:
    """Sum that stays missing when nothing was there to add: missing is not zero."""
    values = values.cast(MEASURE)
    return pl.when(values.count() > 0).then(values.sum())


def positive(column: str) -> pl.Expr:
    """An amount as a float where it has a size: missing where it is zero or negative."""
    return pl.when(pl.col(column) > 0).then(pl.col(column).cast(pl.Float64))
