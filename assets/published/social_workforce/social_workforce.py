"""People in social work: every count beside the others, its definition, and per 1,000 inhabitants.

Grain    period × count; count
Unit     persons, 1000 jobs, vacancies or percent, beside the value
Traps    no two definitions count the same; inhabitants are those of the nearest 1 January
"""

from __future__ import annotations

import polars as pl

from assets.calc.ratios import EXACT, ratio
from assets.framework.declared_tables import Transform
from assets.published.care_spending.figures import status
from assets.reference.tables import workforce_definitions

NATION = "NL01"
# One decimal in thousands, as the metadata of 83583NED promise.
SBI_PRECISION = "0.1"
_PEOPLE = {"persons": 1, "1000 jobs": 1000}


def social_workforce(
    core_social_workforce__figures: pl.LazyFrame,
    core_social_workforce__jobs: pl.LazyFrame,
    core_municipalities__inhabitants: pl.LazyFrame,
) -> pl.LazyFrame:
    """Cited counts and CBS jobs in SBI 88, one below the other, per 1,000 inhabitants where dated."""
    from_cbs = core_social_workforce__jobs.with_columns(
        indicator=pl.lit("jobs_sbi_88"),
        definition=pl.lit(
            "SBI 88, maatschappelijke dienstverlening zonder overnachting (met kinderopvang en "
            "thuiszorg), banen van werknemers in december, alle bedrijfsgrootten"
        ),
        unit=pl.lit("1000 jobs"),
        precision=pl.lit(SBI_PRECISION).cast(pl.Decimal(18, 3)),
        confidence=pl.lit("seen"),
        source=pl.lit("CBS 83583NED"),
    )
    both = pl.concat([core_social_workforce__figures, from_cbs], how="diagonal")
    nation = core_municipalities__inhabitants.filter(pl.col("region_code") == NATION).select(
        inhabitants_on=pl.date("year", 1, 1), inhabitants="inhabitants"
    )
    people = pl.col("value").cast(EXACT) * pl.col("unit").replace_strict(
        _PEOPLE, default=None, return_dtype=pl.Int64
    )
    conflicting = pl.col("conflicts_with").is_not_null()
    counted = people.is_not_null() & pl.col("inhabitants").is_not_null()
    return (
        both.with_columns(day=reference_day())
        .with_columns(inhabitants_on=nearest_new_year(pl.col("day")))
        .join(nation, on="inhabitants_on", how="left")
        .with_columns(
            status=status("status_source"),
            per_1000_inhabitants=ratio(people * 1000, pl.col("inhabitants")).round(3),
            inhabitants=pl.when(counted).then("inhabitants"),
            inhabitants_on=pl.when(counted).then("inhabitants_on"),
            flags=pl.when(conflicting).then(pl.lit("conflicting_sources")),
        )
        .drop("day")
    )


def reference_day() -> pl.Expr:
    """The day a period stands for: the last of a quarter or of December, 1 January of a bare year."""
    year = pl.col("period").str.extract(r"^(\d{4})").cast(pl.Int32)
    quarter = pl.col("period").str.extract(r"KW0?([1-4])$").cast(pl.Int32)
    in_december = pl.col("period").str.ends_with("JJ00")
    months = pl.when(in_december).then(12).otherwise(quarter * 3)
    return pl.date(year, pl.coalesce(months, 1), 1).pipe(
        lambda first: pl.when(months.is_not_null()).then(first.dt.month_end()).otherwise(first)
    )


def nearest_new_year(day: pl.Expr) -> pl.Expr:
    """The 1 January closest to a day: of the next year from July on."""
    return pl.date(day.dt.year() + (day.dt.month() > 6).cast(pl.Int32), 1, 1)


def definitions(social_workforce: pl.LazyFrame) -> pl.LazyFrame:
    """What each count counts and holds, and for which periods it is there."""
    there = social_workforce.group_by("indicator").agg(
        counted_in=pl.col("unit").first(),
        values=pl.len().cast(pl.Int64),
        first_period=pl.col("period").min(),
        last_period=pl.col("period").max(),
    )
    return there.join(workforce_definitions().lazy(), on="indicator", how="left")


TABLES = (
    Transform("social_workforce.social_workforce", social_workforce),
    Transform("social_workforce.definitions", definitions),
)
