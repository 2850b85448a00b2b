"""From the text of a cell to a typed value, and the words for a cell that could not be read.

Every function is a Polars expression. A text that cannot be read becomes null in its column and a
sentence in `_problem`, so that the row is set aside whole and nothing is silently lost.
"""

from __future__ import annotations

import polars as pl

from expectations.vocabulary import PROBLEM

NUMBER = pl.Decimal(18, 3)
_PLAIN_NUMBER = r"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$"


def clean(column: str) -> pl.Expr:
    """Text without padding; an empty text is missing."""
    text = pl.col(column).str.strip_chars()
    return pl.when(text != "").then(text)


def number(column: str) -> pl.Expr:
    """A plain number (point as decimal mark) as an exact decimal with three places."""
    text = clean(column)
    return pl.when(text.str.contains(_PLAIN_NUMBER)).then(text.cast(NUMBER, strict=False))


def integer(column: str) -> pl.Expr:
    """A plain whole number; `5.0` is whole, `5.5` is not."""
    exact = number(column)
    return pl.when(exact == exact.floor()).then(exact).cast(pl.Int64, strict=False)


def euros(column: str, unit: int) -> pl.Expr:
    """A plain number in units of so many euros, as euros with cents."""
    return (number(column) * unit).cast(pl.Decimal(18, 2), strict=False)


def date(column: str) -> pl.Expr:
    """An ISO date."""
    return clean(column).str.to_date("%Y-%m-%d", strict=False)


def year(column: str) -> pl.Expr:
    """The first four digits of a period code or date as a year."""
    return clean(column).str.extract(r"^(\d{4})").cast(pl.Int16, strict=False)


def problems(**read: tuple[str, pl.Expr]) -> pl.Expr:
    """The column `_problem`: a sentence for every filled cell that gave no value; null when all did.

    read: any name = (source column, the expression that should have read it).
    """
    sentences = [
        pl.when(clean(column).is_not_null() & value.is_null()).then(
            pl.format('{}: cannot read "{}"', pl.lit(column), clean(column))
        )
        for column, value in read.values()
    ]
    joined = pl.concat_str(sentences, separator="; ", ignore_nulls=True)
    return pl.when(joined != "").then(joined).alias(PROBLEM)
