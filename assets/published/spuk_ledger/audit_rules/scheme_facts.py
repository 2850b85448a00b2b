"""What the schemes provide, as small tables to join to: floors, carry-over, shifts, accounts, advances.

What belongs here: facts of scheme files in rows. What does not: a fact that is in no scheme file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from assets.calc.ratios import AMOUNT
from assets.reference.spuk_schemes import Scheme

Schemes = Mapping[str, Scheme]
_RATE = pl.Decimal(9, 4)


def floors(schemes: Schemes) -> pl.LazyFrame:
    """`scheme`, `recipient_name`, `period`, `floor_eur`, `spread`: one row per year of a floor."""
    return _table(
        (
            {
                "scheme": scheme.id,
                "recipient_name": name,
                "period": str(year),
                "floor_eur": amount,
                "spread": floor.spread,
            }
            for scheme in schemes.values()
            for floor in scheme.floors
            for name in floor.municipalities
            for year in floor.years
            for amount in [Decimal(floor.amount_eur)]
        ),
        {
            "scheme": pl.String,
            "recipient_name": pl.String,
            "period": pl.String,
            "floor_eur": AMOUNT,
            "spread": pl.Boolean,
        },
    )


def carry_over(schemes: Schemes) -> pl.LazyFrame:
    """`scheme`, `period` (the year the money leaves), `max_pct`, `within`."""
    return _table(
        (
            {
                "scheme": scheme.id,
                "period": str(carry.from_year),
                "max_pct": Decimal(carry.max_pct),
                "within": carry.within,
            }
            for scheme in schemes.values()
            for carry in scheme.carry_over
        ),
        {"scheme": pl.String, "period": pl.String, "max_pct": _RATE, "within": pl.String},
    )


def shifts(schemes: Schemes) -> pl.LazyFrame:
    """`scheme`, `period`, `shift_pct`: how much of a component may go to another one of that year.

    Only of years that account for each component: elsewhere there is no component to compare.
    """
    accounted = {
        (scheme.id, year)
        for scheme in schemes.values()
        for account in scheme.accountability
        if account.lines == "component"
        for year in account.years
    }
    limited = {
        (scheme.id, year): Decimal(shift.max_pct)
        for scheme in schemes.values()
        for shift in scheme.shifts
        if shift.max_pct is not None
        for year in shift.years
    }
    return _table(
        (
            {
                "scheme": scheme,
                "period": str(year),
                "shift_pct": limited.get((scheme, year), Decimal(0)),
            }
            for scheme, year in sorted(accounted)
        ),
        {"scheme": pl.String, "period": pl.String, "shift_pct": _RATE},
    )


def accounts_due(schemes: Schemes) -> pl.LazyFrame:
    """`scheme`, `period`, `due` (of who holds the grant), `members_due` (of others that spend of it)."""
    return _table(
        (
            {
                "scheme": scheme.id,
                "period": str(year),
                "due": account.due(year),
                "members_due": account.members_due(year),
            }
            for scheme in schemes.values()
            for account in scheme.accountability
            for year in account.years
        ),
        {"scheme": pl.String, "period": pl.String, "due": pl.Date, "members_due": pl.Date},
    )


def settlements_due(schemes: Schemes) -> pl.LazyFrame:
    """`scheme`, `period`, `settled_by`: once at the end, or so many weeks after the account of a year."""
    return _table(
        (
            {"scheme": scheme.id, "period": str(year), "settled_by": day}
            for scheme in schemes.values()
            for year in scheme.years
            if (day := settled_by(scheme, year)) is not None
        ),
        {"scheme": pl.String, "period": pl.String, "settled_by": pl.Date},
    )


def settled_by(scheme: Scheme, year: int) -> date | None:
    """The last day for the settlement of a grant year; nothing where the scheme does not tell."""
    settlement, accounted = scheme.settlement, account_due(scheme, year)
    if settlement is None:
        return None
    return settlement.due if accounted is None else settlement.due_after(accounted)


def account_due(scheme: Scheme, year: int) -> date | None:
    """The last day for the account of a grant year by who holds the grant."""
    return next((each.due(year) for each in scheme.accountability if year in each.years), None)


def advances(schemes: Schemes) -> pl.LazyFrame:
    """`scheme`, `advance_pct`: what part of a grant is paid in advance."""
    return _table(
        (
            {"scheme": scheme.id, "advance_pct": Decimal(scheme.advance_pct)}
            for scheme in schemes.values()
            if scheme.advance_pct is not None
        ),
        {"scheme": pl.String, "advance_pct": _RATE},
    )


def first_years(schemes: Schemes) -> pl.LazyFrame:
    """`scheme`, `period` of the first grant year: before it nothing can have been spent."""
    return _table(
        (
            {"scheme": scheme.id, "period": str(min(scheme.years))}
            for scheme in schemes.values()
            if scheme.years
        ),
        {"scheme": pl.String, "period": pl.String},
    )


def _table(rows: Iterable[dict[str, Any]], schema: dict[str, Any]) -> pl.LazyFrame:
    return pl.LazyFrame(list(rows), schema=schema, orient="row")
