"""The way from one definition, basis or publication to another, amount by amount.

A bridge starts at a published amount, takes steps, and ends at another published amount. What no
publication splits is a step of its own: `rounding`, or `unexplained` with the cause that is known.

What belongs here: the frame of every bridge, and the bridges inside the municipal figures. The bridges
that leave them are in `crossings`.

Grain    bridge × definition × year × report type × series × position
Unit     euros
Traps    the end is never computed from the steps, so steps that do not reach it fail a critical rule
"""

from __future__ import annotations

import polars as pl

from assets.calc.ratios import AMOUNT
from assets.published.care_welfare_ratio.municipal import sides
from assets.published.care_welfare_ratio.national import national_sums
from assets.reference.municipality_map import as_reported

KEY = ["bridge", "definition", "year", "report_type", "series"]
IV3 = "iv3"
# Places behind every step that is known.
REST, AFTER_REST, END = 900, 901, 999
# From the social base outwards. 7.1 is no part of the social domain, so it goes out again.
_FIELDS = {
    "sociale_basis": "6.1",
    "toegang": "6.1+6.2",
    "volksgezondheid": "6.1+6.2+7.1",
    "volksgezondheid_out": "6.1+6.2",
    "inkomen": None,
    "participatie": None,
    "wmo_maatwerk": None,
    "wmo_opvang": None,
    "jeugd": None,
    "pgb_wmo_en_jeugd": None,
}
_DOMAIN_CODES = r"^6\."


def steps(frame: pl.LazyFrame, **constants: str) -> pl.LazyFrame:
    """Steps in one shape: KEY, `step`, `amount_eur`, `position`, `reaches`, `explained`.

    frame: at least `year`, `step` and `amount_eur`; what it lacks comes from constants or is usual.
    """
    usual = {
        "definition": "all", "report_type": "", "series": IV3, "position": None, "reaches": None,
        "explained": "known",
    } | constants  # fmt: skip
    have = frame.collect_schema()
    labelled = frame.with_columns(
        pl.lit(value, pl.Int64 if name == "position" else pl.String).alias(name)
        for name, value in usual.items()
        if name not in have
    )
    return labelled.select(
        *KEY, "step", pl.col("amount_eur").cast(AMOUNT), pl.col("position").cast(pl.Int64),
        "reaches", "explained",
    )  # fmt: skip


def ordered(names: list[str], first: int = 1) -> pl.Expr:
    """The place of a step in a list of names."""
    places = {name: place for place, name in enumerate(names, first)}
    return pl.col("step").replace_strict(places, return_dtype=pl.Int64)


def spanned(
    way: pl.LazyFrame,
    ends: pl.LazyFrame,
    rest: pl.Expr | None = None,
    rest_reaches: str | None = None,
) -> pl.LazyFrame:
    """Bridges with role and running total. The step at position 0 is the start.

    way, ends: what `steps` gives. rest: what to call the part that the steps leave, and rest_reaches what
    it reaches; without it the steps must reach the end by themselves. Ways without an end, and ends
    without a way, are no bridge.
    """
    goal = ends.select(*KEY, goal=pl.col("amount_eur").cast(AMOUNT))
    way = way.join(goal.select(KEY), on=KEY, how="semi")
    if rest is not None:
        left = way.group_by(KEY).agg(pl.col("amount_eur").sum(), known=pl.len()).join(goal, on=KEY)
        remaining = left.with_columns(
            amount_eur=pl.col("goal") - pl.col("amount_eur"), explained=rest
        ).filter(pl.col("amount_eur") != 0)
        named = remaining.with_columns(
            step=pl.col("explained"), position=pl.lit(REST), reaches=pl.lit(rest_reaches, pl.String)
        )
        way = pl.concat([way, steps(named)])
    along = way.sort(*KEY, "position").with_columns(
        running_eur=pl.col("amount_eur").cum_sum().over(KEY).cast(AMOUNT),
        role=pl.when(pl.col("position") == 0).then(pl.lit("start")).otherwise(pl.lit("step")),
    )
    end = steps(ends.join(way.select(KEY).unique(), on=KEY, how="semi")).with_columns(
        pl.lit(END, pl.Int64).alias("position"),
        running_eur=pl.col("amount_eur"),
        role=pl.lit("end"),
    )
    return pl.concat([along, end.select(along.collect_schema().names())])


def fields(budgets: pl.LazyFrame) -> pl.LazyFrame:
    """From 6.1 to the whole social domain, group by group; the end is added up by code, not by group."""
    reported = as_reported(budgets).drop_nulls("lasten_eur")
    known = ["year", "report_type"]
    groups = reported.group_by(*known, step="taakveld_group").agg(pl.col("lasten_eur").sum())
    out = groups.filter(pl.col("step") == "volksgezondheid").with_columns(
        pl.lit("volksgezondheid_out").alias("step"), -pl.col("lasten_eur")
    )
    walked = (
        pl.concat([groups, out])
        .filter(pl.col("step").is_in(list(_FIELDS)))
        .with_columns(
            amount_eur="lasten_eur",
            position=ordered(list(_FIELDS), 0),
            reaches=pl.col("step").replace_strict(_FIELDS, return_dtype=pl.String),
        )
    )
    domain = reported.filter(pl.col("taakveld").str.contains(_DOMAIN_CODES))
    ends = domain.group_by(known).agg(amount_eur=pl.col("lasten_eur").sum())
    named = {"bridge": "fields", "definition": "gross"}
    arrived = {"step": "social_domain", "reaches": "social_domain"}
    return spanned(steps(walked, **named), steps(ends, **named, **arrived))


def gross_to_net(
    budgets: pl.LazyFrame, lines: pl.LazyFrame, municipal: pl.LazyFrame
) -> pl.LazyFrame:
    """From gross to net per numerator: all baten, split in grants and other income where that is known."""
    what = ["year", "report_type", "numerator"]
    sums = national_sums(municipal).drop_nulls("amount_eur")
    ends = sums.filter(pl.col("basis") == "net")
    split = sums.filter(pl.col("basis") == "net_of_other_income").select(*what, split=pl.lit(True))
    known = (
        as_reported(sides(budgets, lines))
        .group_by(what)
        .agg(pl.col("lasten_eur", "baten_eur", "grants_eur").sum())
        .join(split, on=what, how="left")
    )
    unsplit = pl.col("split").is_null()
    amounts = {
        "gross": pl.col("lasten_eur"),
        "other_income": pl.when(~unsplit).then(pl.col("grants_eur") - pl.col("baten_eur")),
        "specific_grants": pl.when(~unsplit).then(-pl.col("grants_eur")),
        "baten": pl.when(unsplit).then(-pl.col("baten_eur")),
    }
    reaches = {"gross": "gross", "other_income": "net_of_other_income"}
    walked = (
        known.with_columns(**amounts)
        .unpivot(list(amounts), index=what, variable_name="step", value_name="amount_eur")
        .drop_nulls("amount_eur")
        .with_columns(
            definition="numerator",
            position=ordered(list(amounts), 0),
            reaches=pl.col("step").replace_strict(reaches, default=None, return_dtype=pl.String),
        )
    )
    net = ends.with_columns(definition="numerator", step=pl.lit("net"), reaches=pl.lit("net"))
    return spanned(steps(walked, bridge="gross_to_net"), steps(net, bridge="gross_to_net"))
