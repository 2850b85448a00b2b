"""Who took part: applied in a window, and for which of the components.

What belongs here: recipients and components, counted. What does not: amounts (`cells`).

Traps    a list of decisions names all components of a grant: who names some did not apply for the others;
         who is in no list is not known, and is not somebody who did not apply
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from assets.published.spuk_uptake.entries import NUMBER, RECIPIENT, within
from assets.published.spuk_uptake.measures import period_of, span
from assets.reference.spuk_components import TOTAL
from assets.reference.spuk_schemes import Scheme

TOOK_PART = ["applied", "partly_applied", "granted", "amended", "rejected", "withdrawn"]
DID_NOT = "not_applied"


def participation(rows: pl.LazyFrame, schemes: Mapping[str, Scheme]) -> pl.LazyFrame:
    """Who applied in a window: one recipient each, of all years of the window together."""
    windows = pl.LazyFrame(
        [
            (each.id, one.id, period_of(one.years) or span(each))
            for each in schemes.values()
            for one in each.windows
        ],
        {"scheme": pl.String, "window": pl.String, "period": pl.String},
        orient="row",
    )
    return (
        _took_part(rows)
        .drop("period")
        .join(windows, on=["scheme", "window"])
        .group_by("scheme", "window", "period", *RECIPIENT)
        .agg(*_counted())
        .with_columns(
            measure=pl.lit("participation"),
            component=pl.lit(TOTAL),
            round=pl.lit(None, pl.String),
            denominator_is=pl.lit("eligible"),
            no_carry_over=pl.lit(False),
        )
    )


def component_take_up(
    rows: pl.LazyFrame, offered: pl.LazyFrame, reported_at_once: pl.LazyFrame
) -> pl.LazyFrame:
    """Which of the offered components a recipient applied for, of recipients that name any."""
    recipient = ["scheme", "period", *RECIPIENT]
    named = (
        _took_part(rows)
        .filter((pl.col("component") != TOTAL) & pl.col("taken").is_not_null())
        .join(reported_at_once, on="scheme", how="left")
        .with_columns(period=pl.when(within()).then("_span").otherwise("period"))
        .group_by(*recipient, "component")
        .agg(*_counted())
    )
    components = offered.filter(pl.col("component") != TOTAL).select(
        "scheme", "period", "component"
    )
    sides = ["taken", "numerator", "denominator", "denominator_known"]
    each = (
        named.group_by(recipient)
        .agg(pl.col("vintage", "sure").max())
        .join(components, on=["scheme", "period"])
        .join(
            named.select(*recipient, "component", "taken"),
            on=[*recipient, "component"],
            how="left",
            nulls_equal=True,
        )
        # Who names components did not apply for the others.
        .with_columns(pl.col("taken").fill_null(0))
        .with_columns(
            numerator="taken",
            denominator=pl.lit(1).cast(NUMBER),
            denominator_known=pl.lit(1).cast(NUMBER),
        )
    )
    totals = each.group_by(recipient).agg(
        pl.lit(TOTAL).alias("component"), pl.col(sides).sum(), pl.col("vintage", "sure").max()
    )
    return pl.concat([each, totals], how="diagonal").with_columns(
        measure=pl.lit("component_take_up"),
        window=pl.lit(None, pl.String),
        round=pl.lit(None, pl.String),
        denominator_is=pl.lit("offered"),
        no_carry_over=pl.lit(False),
    )


def _took_part(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Rows that say whether a recipient took part; one applied for with nothing is not applied for."""
    some = pl.col("state").is_in(TOOK_PART) & (pl.col("amount").is_null() | (pl.col("amount") > 0))
    # How many of a nation did is text in the ledger and a number in the declaration of the scheme.
    taken = pl.when(pl.col("recipient_kind") != "nation").then(some.cast(pl.Int8).cast(NUMBER))
    return rows.filter(pl.col("state").is_in([*TOOK_PART, DID_NOT])).with_columns(taken=taken)


def _counted() -> list[pl.Expr]:
    """A recipient as one of those that could."""
    taken = pl.col("taken").max()
    one = pl.when(taken.is_not_null()).then(1).cast(NUMBER)
    return [
        taken,
        taken.alias("numerator"),
        one.alias("denominator"),
        one.alias("denominator_known"),
        pl.col("vintage", "sure").max(),
    ]
