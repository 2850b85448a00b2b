"""Iv3 deliveries: lasten and baten of each municipality per taakveld, as it reported them.

Grain    year × report type × municipality × taakveld
Unit     euros
Traps    a municipality that did not report is missing, not zero; a parent code beside its parts holds
         only what was booked on the parent itself
"""

from __future__ import annotations

import polars as pl

from assets.calc.ratios import known_sum
from assets.framework.declared_tables import Transform
from assets.reference.taakvelden import ALL_TAAKVELDEN

PLACE = ["year", "report_type", "municipality_code"]
# Movements of reserves and the result are not spending.
NOT_SPENDING = ["0.10", "0.11"]
SOCIAL = r"^(6\.|7\.1$)"
_FIELD = r"^\d\.\d"


def sum_of(side: str) -> pl.Expr:
    """Sum of a side's categories; missing when no category has a value."""
    return known_sum(pl.col("amount_eur").filter(pl.col("category").str.starts_with(side)))


def with_municipality(frame: pl.LazyFrame, yearly: pl.LazyFrame) -> pl.LazyFrame:
    """Add the name and the inhabitants of the year."""
    named = yearly.select("year", "municipality_code", "municipality_name", "inhabitants")
    return frame.join(named, on=["year", "municipality_code"], how="left")


def totals(lines: pl.LazyFrame) -> pl.LazyFrame:
    """The lines that make up the total of a delivery, all under the code `totaal`."""
    fields = lines.filter(pl.col("taakveld").str.contains(_FIELD))
    stated = lines.filter(pl.col("taakveld") == ALL_TAAKVELDEN)
    summed = fields.filter(~pl.col("taakveld").is_in(NOT_SPENDING)).with_columns(
        taakveld=pl.lit(ALL_TAAKVELDEN)
    )
    # A source that states its total (the sample) is taken at its word; otherwise fields are added up.
    return pl.concat([stated, summed.join(stated.select(PLACE).unique(), on=PLACE, how="anti")])


def fields(
    core_social_domain_budgets__lines: pl.LazyFrame,
    core_social_domain_budgets__codes: pl.LazyFrame,
    core_municipalities__yearly: pl.LazyFrame,
) -> pl.LazyFrame:
    """Lasten and baten per taakveld; a delivery without amounts keeps its rows, empty."""
    social = core_social_domain_budgets__lines.filter(pl.col("taakveld").str.contains(SOCIAL))
    amounts = (
        pl.concat([social, totals(core_social_domain_budgets__lines)])
        .group_by(*PLACE, "taakveld")
        .agg(
            sum_of("L").alias("lasten_eur"),
            sum_of("B").alias("baten_eur"),
            pl.col("_capture", "_locator").min(),
        )
    )
    parents = _parents_with_parts(core_social_domain_budgets__codes)
    return (
        with_municipality(amounts, core_municipalities__yearly)
        .join(parents, on=["year", "taakveld"], how="left")
        .select(
            *PLACE, "municipality_name", "taakveld", "lasten_eur", "baten_eur", "inhabitants",
            pl.when(pl.col("has_parts")).then(pl.lit("parent_after_split")).alias("flags"),
            "_capture", "_locator",
        )
    )  # fmt: skip


def _parents_with_parts(codes: pl.LazyFrame) -> pl.LazyFrame:
    """Codes whose parts (6.71a, 6.711) are in the list of the same year too."""
    parts = codes.select(
        "year", pl.col("taakveld").str.extract(r"^(\d\.\d\d)(?:[a-z]|\d)$").alias("taakveld")
    )
    return parts.drop_nulls("taakveld").unique().with_columns(has_parts=pl.lit(True))


TABLES = (Transform("social_domain_budgets.fields", fields),)
