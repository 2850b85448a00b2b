"""What each recipient has: a numerator and a denominator for every measure, from the rows of the ledger.

Grain    measure × scheme × component × window × round × period × recipient
Unit     as the measure: euros, recipients or components
Traps    a list of decisions names all components of a grant; a SiSa annex may lack one, which is unknown and
         not zero
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import polars as pl

from assets.calc.ratios import known_sum
from assets.published.spuk_uptake.entries import RECIPIENT, SCOPE, amounts, periods, spans
from assets.published.spuk_uptake.participation import component_take_up, participation
from assets.reference.spuk_components import TOTAL
from assets.reference.spuk_schemes import Scheme

# Per measure in euros the state that is counted and the state it is held against.
STATES = {
    "allocation": ("granted", "allocatable"),
    "spending": ("spent", "granted"),
    "realised": ("settled", "granted"),
    "recovery": ("recovered", "advanced"),
}

_PLACE = ["scheme", "round", "period", *RECIPIENT]


def cells(
    rows: pl.LazyFrame,
    offered: pl.LazyFrame,
    schemes: Mapping[str, Scheme],
    reported_once: Collection[str],
) -> pl.LazyFrame:
    """SUBJECT, RECIPIENT, numerator, denominator, denominator_known, taken, denominator_is, vintage, sure.

    numerator and denominator_known: only where both sides are known. taken: the numerator whether or not
    there is something to hold it against. offered: as `ceilings` gives it. whole: as `at_once` gives it.
    Rows of the nation are in it.
    """
    stated = amounts(rows).collect().lazy()
    count = (
        offered.filter(pl.col("component") != TOTAL)
        .group_by("scheme", "period")
        .agg(offered=pl.len())
    )
    together = stated.with_columns(round=pl.lit(None, pl.String))
    # A round is of the scheme and never of one of its years.
    by_round = periods(stated.drop_nulls("round"), spans(schemes))
    parts = [
        participation(rows, schemes),
        component_take_up(rows, offered, spans(schemes, "component_take_up", reported_once)),
        _ratio(by_round, "allocation", count),
        *(
            _ratio(periods(together, spans(schemes, measure, reported_once)), measure, count)
            for measure in STATES
        ),
    ]
    return pl.concat(pl.collect_all(parts), how="diagonal_relaxed").lazy()


def _ratio(stated: pl.LazyFrame, measure: str, offered: pl.LazyFrame) -> pl.LazyFrame:
    """Numerator and denominator per recipient, of each component and of the whole."""
    top, bottom = STATES[measure]
    used = [top, bottom, "carried_over"] if measure == "spending" else [top, bottom]
    # Part of the years is no denominator for all of them.
    stated = stated.filter(
        pl.col("state").is_in(used) & (pl.col("all_years") | (pl.col("state") != bottom))
    )

    def of(state: str) -> pl.Expr:
        return known_sum(pl.col("amount").filter(pl.col("state") == state))

    basis = pl.col("basis").filter(pl.col("state") == bottom).min()
    each = (
        stated.group_by(*SCOPE, *RECIPIENT)
        .agg(
            taken=of(top),
            carried=of("carried_over"),
            denominator=of(bottom),
            denominator_is=pl.format("{}_{}", pl.lit(bottom), basis),
            no_carry_over=~(pl.col("state") == "carried_over").any(),
            vintage=pl.col("vintage").max(),
            sure=pl.col("sure").max(),
        )
        .with_columns(taken=pl.col("taken") + pl.col("carried").fill_null(0))
    )
    return _with_totals(each.drop("carried"), measure, offered).with_columns(
        measure=pl.lit(measure),
        window=pl.lit(None, pl.String),
        denominator_is=pl.when(pl.lit(measure == "allocation"))
        .then(pl.col("denominator_is").str.strip_suffix("_as_stated"))
        .otherwise(pl.lit(bottom)),
        no_carry_over=pl.col("no_carry_over") if measure == "spending" else pl.lit(False),
    )


def _with_totals(each: pl.LazyFrame, measure: str, offered: pl.LazyFrame) -> pl.LazyFrame:
    """The cells, with a total per recipient: the printed one, or what its components say together."""
    taken, denominator = pl.col("taken"), pl.col("denominator")
    both = taken.is_not_null() & denominator.is_not_null()
    parts = each.filter(pl.col("component") != TOTAL)
    # Decisions name every component of a grant; the most that can be had is known only when all are.
    listed = measure == "allocation"
    summed = (
        parts.group_by(_PLACE)
        .agg(
            p_taken=known_sum(taken),
            p_matched=known_sum(taken.filter(both)),
            p_denominator=known_sum(denominator),
            p_known=known_sum(denominator.filter(both)),
            p_count=denominator.count().cast(pl.Int64),
            p_no_carry_over=pl.col("no_carry_over").all(),
            p_vintage=pl.col("vintage").max(),
            p_sure=pl.col("sure").max(),
        )
        .join(offered, on=["scheme", "period"], how="left")
        .with_columns(
            p_denominator=pl.when(
                pl.lit(not listed) | (pl.col("p_count") >= pl.col("offered"))
            ).then("p_denominator")
        )
    )
    printed = each.filter(pl.col("component") == TOTAL).drop("component")
    total_denominator = pl.coalesce("denominator", "p_denominator")
    # A total that was reported, or cannot be held against anything, is not made of the parts that can.
    has_value = pl.lit(True) if listed else taken.is_not_null()
    total_numerator = pl.coalesce("taken", "p_taken") if listed else taken
    known = total_numerator.is_not_null() & total_denominator.is_not_null()
    totals = printed.join(summed, on=_PLACE, how="full", coalesce=True, nulls_equal=True).select(
        *_PLACE,
        component=pl.lit(TOTAL),
        numerator=pl.when(known).then(total_numerator).when(~has_value).then("p_matched"),
        denominator=total_denominator,
        denominator_known=pl.when(known).then(total_denominator).when(~has_value).then("p_known"),
        taken=pl.coalesce("taken", "p_taken"),
        denominator_is="denominator_is",
        no_carry_over=pl.when(has_value).then("no_carry_over").otherwise("p_no_carry_over"),
        vintage=pl.max_horizontal("vintage", "p_vintage"),
        sure=pl.max_horizontal("sure", "p_sure"),
    )
    own = parts.with_columns(
        numerator=pl.when(both).then(taken), denominator_known=pl.when(both).then(denominator)
    )
    return pl.concat([totals, own], how="diagonal")
