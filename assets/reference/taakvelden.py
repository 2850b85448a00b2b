"""Fields through time: the comparable series and group of a taakveld in its year, and breaks in series.

What belongs here: what the bridge and the breaks in `assets/reference/` say about a row. What does not:
amounts; they are added up where tables are made.
"""

from __future__ import annotations

import polars as pl

from assets.reference.tables import breaks, taakveld_bridge

ALL_TAAKVELDEN = "totaal"
_YEARS = ["first_year", "last_year"]
# What the first year of a break is, for each kind of report.
_FIRST = {
    "begroting": "first_budget_year",
    "jaarrekening": "first_year",
    "care_accounts": "first_year",
}


def bridged(frame: pl.LazyFrame) -> pl.LazyFrame:
    """Rows with `year` and `taakveld`, with what the bridge says of the code in that year.

    Adds `taakveld_group`, `parent`, `comparable_series`, `first_year`, `last_year` and `evidence`; all
    empty for a code that the bridge does not know in that year.
    """
    bridge = taakveld_bridge().lazy().with_columns(pl.col(_YEARS).cast(pl.Int16))
    stated = [name for name in bridge.collect_schema() if name != "taakveld"]
    holds = _holds(pl.col("year"))
    return frame.join(bridge, on="taakveld", how="left", maintain_order="left").with_columns(
        pl.when(holds).then(pl.col(name)).alias(name) for name in stated
    )


def breaks_table() -> pl.LazyFrame:
    """Every break with the years it touches, as numbers."""
    return breaks().lazy().with_columns(pl.col(*_YEARS, "first_budget_year").cast(pl.Int16))


def breaks_by_year() -> pl.LazyFrame:
    """`break`, `series`, `report_type`, `year`: a row for each year and report that is touched.

    A budget is made in the year before: what nobody foresaw is in the accounts a year earlier.
    """
    known = breaks_table()
    return pl.concat(
        known.select(
            "break", "series",
            report_type=pl.lit(report),
            year=pl.int_ranges(first, pl.col("last_year") + 1, dtype=pl.Int16),
        ).explode("year")
        for report, first in _FIRST.items()
    )  # fmt: skip


def breaks_of(made_of: pl.LazyFrame) -> pl.LazyFrame:
    """`touched`, `report_type`, `year`, `break`: a break touches what holds one of its series.

    made_of: `touched`, `series`.
    """
    affected = breaks_by_year().join(made_of, on="series")
    return affected.select("touched", "report_type", "year", "break").unique()


def in_words() -> pl.Expr:
    """Breaks of a group as the column that tables have: each word once, in order, with `;` between."""
    return pl.col("break").unique().sort().str.join(";").alias("breaks")


def words_of(made_of: pl.LazyFrame) -> pl.LazyFrame:
    """`touched`, `report_type`, `year`, `breaks`: as `breaks_of`, in words."""
    return breaks_of(made_of).group_by("touched", "report_type", "year").agg(in_words())


def with_breaks(frame: pl.LazyFrame) -> pl.LazyFrame:
    """Rows with `year` and `comparable_series`; adds `breaks`, the words of those that touch the row.

    Rows with a `report_type` get what touches that report, others what touches any.
    """
    have = frame.collect_schema()
    own = [name for name in ("year", "report_type", "comparable_series") if name in have]
    touched = (
        frame.select(own)
        .unique()
        .join(breaks_by_year().rename({"series": "comparable_series"}), on=own)
        .group_by(own)
        .agg(in_words())
    )
    return frame.join(touched, on=own, how="left", maintain_order="left")


def _holds(year: pl.Expr) -> pl.Expr:
    """Whether a year lies in the validity of a row; without a last year it has not ended."""
    first, last = (pl.col(name) for name in _YEARS)
    return (year >= first) & ((year <= last) | last.is_null())
