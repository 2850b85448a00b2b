"""National rows: what was asked, beside what recipients have together and what is said of the nation at once.

What belongs here: which of these stands. What does not: rates, and why a number is not there.
"""

from __future__ import annotations

import polars as pl

from assets.published.spuk_uptake.areas import NATION
from assets.published.spuk_uptake.entries import CONFIDENCE, NUMBER
from assets.published.spuk_uptake.measures import SUBJECT
from assets.reference.spuk_components import TOTAL

MEASURE_KEY = ["measure", "scheme", "window", "round", "period"]
TERMS = ["eligible", "due_date", "measure_confidence", "may_carry_over"]


def terms_of(wanted: pl.LazyFrame) -> pl.LazyFrame:
    """What holds for every component of a measure: a list may name one that no regulation offers."""
    return wanted.group_by(MEASURE_KEY).agg(pl.col(TERMS).first())


def nation_rows(wanted: pl.LazyFrame, areas: pl.LazyFrame, offered: pl.LazyFrame) -> pl.LazyFrame:
    """National rows: of recipients together, held against the ceiling where not all of them are known.

    What the scheme or a document says of the nation at once stands where recipients do not say it all.
    """
    at_once = areas.filter(pl.col("area_kind") == "national").select(
        *SUBJECT, n_taken="taken", n_vintage="vintage", n_sure="sure"
    )
    components = (
        offered.filter(pl.col("component") != TOTAL)
        .group_by("scheme", "period")
        .agg(components=pl.len())
        .with_columns(measure=pl.lit("component_take_up"), component=pl.lit(TOTAL))
    )
    everyone = pl.col("eligible").is_not_null() & (pl.col("bounded") >= pl.col("eligible"))
    all_took = pl.col("takers") >= pl.col("eligible")
    counted = pl.col("measure").is_in(["participation", "component_take_up"])
    capped = pl.col("ceiling").is_not_null() & ~everyone.fill_null(False)
    total = (
        pl.when(counted)
        .then(pl.coalesce(pl.col("eligible") * pl.col("components").fill_null(1), "denominator"))
        .when(capped)
        .then("ceiling")
        .otherwise("denominator")
        .cast(NUMBER)
    )
    declared = pl.col("declared").is_not_null() & ~all_took.fill_null(False)
    # One published sum for the nation, or everybody's sum, can be held against the ceiling.
    summed = capped & all_took.fill_null(False)
    at_once_only = (pl.col("takers").fill_null(0) == 0) & pl.col("n_taken").is_not_null()
    as_total = declared | summed | at_once_only
    return (
        wanted.drop(TERMS)
        .join(
            areas.filter(pl.col("area_kind") == "nation"),
            on=SUBJECT,
            how="full",
            coalesce=True,
            nulls_equal=True,
        )
        .join(terms_of(wanted), on=MEASURE_KEY, how="left", nulls_equal=True)
        .join(at_once, on=SUBJECT, how="left", nulls_equal=True)
        .join(components, on=["scheme", "period", "measure", "component"], how="left")
        .with_columns(
            denominator=total,
            numerator=pl.when(declared)
            .then("declared")
            .when(summed)
            .then("taken")
            .when(at_once_only)
            .then("n_taken")
            .otherwise("numerator"),
            denominator_known=pl.when(as_total).then(total).otherwise("denominator_known"),
            denominator_is=pl.when(capped).then(pl.lit("ceiling")).otherwise("denominator_is"),
            recipients=pl.coalesce("eligible", "recipients"),
            recipients_known=pl.when(as_total)
            .then("eligible")
            .otherwise(pl.col("recipients_known").fill_null(0)),
            sure=pl.when(declared)
            .then(pl.coalesce("n_sure", rank("measure_confidence")))
            .otherwise(pl.coalesce("sure", "n_sure")),
            vintage=pl.when(declared)
            .then(pl.coalesce("n_vintage", "declared_by"))
            .otherwise(pl.coalesce("vintage", "n_vintage")),
            geography=pl.lit("as_reported"),
            area_kind=pl.lit("nation"),
            area=pl.lit(NATION[0]),
            area_name=pl.lit(NATION[1]),
        )
    )


def rank(column: str) -> pl.Expr:
    """A confidence as a number: the higher, the less sure."""
    return pl.col(column).replace_strict(
        {name: place for place, name in enumerate(CONFIDENCE)}, return_dtype=pl.UInt8
    )
