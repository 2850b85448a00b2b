"""Exact shares and amounts per head: decimals all the way, missing where there is nothing to divide by.

What belongs here: arithmetic on two columns. What does not: which columns, and of whom.
"""

from __future__ import annotations

import polars as pl

EXACT = pl.Decimal(38, 6)
RATE = pl.Decimal(9, 4)
AMOUNT = pl.Decimal(18, 2)
# So many places that rounding a quotient to cents or to RATE rounds it once: at six places 4.7053498 became
# 4.70535 and then 4.7054, and so did one percentage in 200.
_QUOTIENT = pl.Decimal(38, 18)


def ratio(part: pl.Expr, total_of: pl.Expr) -> pl.Expr:
    """Part divided by whole before rounding; missing where the whole is zero or missing."""
    total_of = total_of.cast(_QUOTIENT)
    return part.cast(_QUOTIENT) / pl.when(total_of != 0).then(total_of)


def percent(part: pl.Expr, total_of: pl.Expr) -> pl.Expr:
    """Part in percent of whole, at four decimals."""
    return ratio(part.cast(EXACT) * 100, total_of).round(4).cast(RATE)


def per_head(amount: pl.Expr, people: pl.Expr) -> pl.Expr:
    """Euros per inhabitant, in whole cents."""
    return ratio(amount, people).round(2).cast(AMOUNT)


def known_sum(amounts: pl.Expr) -> pl.Expr:
    """A sum that stays missing when nothing was there to add."""
    return pl.when(amounts.count() > 0).then(amounts.sum())


def total(amounts: pl.Expr) -> pl.Expr:
    """The same in cents."""
    return known_sum(amounts).cast(AMOUNT)
