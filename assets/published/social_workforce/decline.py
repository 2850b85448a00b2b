"""Did social work shrink by 10 to 20 % since the Wmo? Every series, from every start, judged by rule.

Grain    count × start; and one row for all of them
Unit     percent of the first value
Traps    a figure is known to half its printed unit, so each change is an interval; a series that holds other
         work cannot prove a claim about social work, only be consistent with it
"""

from __future__ import annotations

from datetime import date

import polars as pl

from assets.calc.ratios import EXACT, RATE, percent, ratio
from assets.framework.declared_tables import Transform
from assets.published.social_workforce.social_workforce import reference_day
from assets.reference.tables import workforce_definitions

# Days on which the two acts called Wmo came into force; the text of the claim does not say which.
ACTS = {"wmo_2007": date(2007, 1, 1), "wmo_2015": date(2015, 1, 1)}
SINCE_FIRST = "first_published"
# A count within a year of the act may stand for its start.
_WITHIN_DAYS = 366
_UNSETTLED = ["provisional", "revised_provisional"]
_ALL = "all"


def decline_test(social_workforce: pl.LazyFrame) -> pl.LazyFrame:
    """A verdict per series and start, and one over all series that count social work and nothing else."""
    tested = _changes(social_workforce).join(_claim(social_workforce), how="cross")
    judged = tested.with_columns(verdict=_verdict(), flags=_flags(), reason=_reason())
    return pl.concat([judged, _overall(judged)], how="diagonal_relaxed").drop(
        "act", "breaks", "day", "first_day"
    )


def _claim(counts: pl.LazyFrame) -> pl.LazyFrame:
    """The bounds of the claim, as changes: `claim_from_pct` (-20) and `claim_to_pct` (-10)."""

    def claimed(indicator: str) -> pl.Expr:
        return -pl.col("value").filter(pl.col("indicator") == indicator).first().cast(RATE)

    return counts.select(
        claim_from_pct=claimed("social_work_decline_towards"),
        claim_to_pct=claimed("social_work_decline_at_least"),
    )


def _changes(counts: pl.LazyFrame) -> pl.LazyFrame:
    """Per series and start the first and last value, and the change with its interval."""
    series = workforce_definitions().lazy().filter(pl.col("scope").is_in(["social_work", "wider"]))
    starts = pl.LazyFrame(
        {"since": [*ACTS, SINCE_FIRST], "act": [*ACTS.values(), None]},
        schema_overrides={"act": pl.Date},
    )
    pairs = series.select("indicator", "scope", "breaks").join(starts, how="cross")
    measured = (
        counts.with_columns(day=reference_day())
        .filter(pl.col("precision").is_not_null() & pl.col("day").is_not_null())
        .select("indicator", "day", "period", "value", "precision", "unit", "status")
    )
    away = (pl.col("day") - pl.col("act")).dt.total_days().abs()
    first = (
        pairs.join(measured, on="indicator")
        .with_columns(away=away)
        .filter(pl.col("act").is_null() | (pl.col("away") <= _WITHIN_DAYS))
        .sort("away", "day", nulls_last=True)
        .group_by("indicator", "since")
        .agg(
            first_day=pl.col("day").first(),
            first_period=pl.col("period").first(),
            first_value=pl.col("value").first(),
            first_precision=pl.col("precision").first(),
            first_status=pl.col("status").first(),
        )
    )
    last = (
        measured.sort("day")
        .group_by("indicator")
        .agg(
            pl.col("day", "unit").last(),
            last_period=pl.col("period").last(),
            last_value=pl.col("value").last(),
            last_precision=pl.col("precision").last(),
            last_status=pl.col("status").last(),
        )
    )
    # One value is no change.
    both = first.join(last, on="indicator").filter(pl.col("first_day") < pl.col("day"))
    start, end = pl.col("first_value").cast(EXACT), pl.col("last_value").cast(EXACT)
    half_first = pl.col("first_precision").cast(EXACT) / 2
    half_last = pl.col("last_precision").cast(EXACT) / 2
    return pairs.join(both, on=["indicator", "since"], how="left").with_columns(
        change_pct=percent(end - start, start),
        change_low_pct=_change(end - half_last, start + half_first),
        change_high_pct=_change(end + half_last, start - half_first),
    )


def _change(end: pl.Expr, start: pl.Expr) -> pl.Expr:
    return (ratio(end * 100, start) - 100).round(4).cast(RATE)


def _broken() -> pl.Expr:
    """A known break of the series lies between the first and the last value, or may lie there.

    A bare year has no day, so a break within that year may come before its count.
    """
    when = pl.col("breaks").str.extract(r"(\d{4}-\d{2}-\d{2})$").str.to_date("%Y-%m-%d")
    bare = pl.col("last_period").str.contains(r"^\d{4}$")
    latest = pl.when(bare).then(pl.col("day").dt.offset_by("1y")).otherwise("day")
    return when.is_between("first_day", latest).fill_null(value=False)


def _verdict() -> pl.Expr:
    low, high = pl.col("change_low_pct"), pl.col("change_high_pct")
    inside = (low >= pl.col("claim_from_pct")) & (high < pl.col("claim_to_pct"))
    outside = (low >= pl.col("claim_to_pct")) | (high < pl.col("claim_from_pct"))
    return (
        pl.when(pl.col("change_pct").is_null())
        .then(pl.lit("no_open_data"))
        .when(_broken() | ~(inside | outside))
        .then(pl.lit("undecided"))
        .when(outside)
        .then(pl.lit("not_reproducible"))
        .when(pl.col("scope") == "social_work")
        .then(pl.lit("reproduced"))
        .otherwise(pl.lit("reproduced_under_definition"))
    )


def _flags() -> pl.Expr:
    """What weakens a verdict, in alphabetical order."""
    found = pl.col("change_pct").is_not_null()
    unsettled = pl.any_horizontal(pl.col("first_status", "last_status").is_in(_UNSETTLED))
    words = {
        "break_in_series": _broken(),
        "not_since_the_act": found & pl.col("act").is_null(),
        "other_work_inside": pl.col("scope") == "wider",
        "provisional": unsettled,
        "starts_after_the_act": pl.col("first_day") > pl.col("act"),
    }
    listed = pl.concat_list(pl.when(when).then(pl.lit(word)) for word, when in words.items())
    joined = listed.list.drop_nulls().list.join(";")
    return pl.when(joined != "").then(joined)


def _reason() -> pl.Expr:
    sentence = pl.format(
        "{} ({}) to {} ({}): between {} and {} percent; claimed: between {} and {}",
        "first_value", "first_period", "last_value", "last_period", "change_low_pct",
        "change_high_pct", "claim_from_pct", "claim_to_pct",
    )  # fmt: skip
    return pl.coalesce(sentence, pl.lit("no two dated counts from this start on"))


def _overall(judged: pl.LazyFrame) -> pl.LazyFrame:
    """Only series of social work and nothing else, from the start of an act, speak about the claim."""
    speaks = (pl.col("scope") == "social_work") & pl.col("act").is_not_null()
    order = ["reproduced", "undecided", "not_reproducible"]
    found = [(pl.col("verdict").filter(speaks) == word).any() for word in order]
    verdict = pl.coalesce(
        *(pl.when(when).then(pl.lit(word)) for word, when in zip(order, found, strict=True)),
        pl.lit("no_open_data"),
    )
    wider = (pl.col("scope") == "wider") & pl.col("act").is_not_null()
    outside = (pl.col("verdict").filter(wider) == "not_reproducible").sum()
    return judged.select(
        pl.lit(_ALL).alias("indicator"),
        pl.lit(_ALL).alias("since"),
        pl.lit("social_work").alias("scope"),
        pl.col("claim_from_pct", "claim_to_pct").first(),
        verdict.alias("verdict"),
        pl.format(
            "of {} tests on social work alone {} have two counts; of {} on wider work {} have, "
            "and {} lie outside the claim",
            speaks.sum(),
            (speaks & pl.col("change_pct").is_not_null()).sum(),
            wider.sum(),
            (wider & pl.col("change_pct").is_not_null()).sum(),
            outside,
        ).alias("reason"),
    )


TABLES = (Transform("social_workforce.decline_test", decline_test),)
