"""What the care accounts say, in the words of the definitions: numerators among providers, denominators.

Grain    year × revision × numerator, and year × denominator
Unit     euros
Traps    one year has several publications of one notion: the last published one counts; welfare that is
         not published as a group is the sum of its providers, where all are published
"""

from __future__ import annotations

import polars as pl

from assets.published.care_welfare_ratio.definitions import denominators, parts

BROAD = "broad"
REPORT = "care_accounts"


def newest(care: pl.LazyFrame, *by: str) -> pl.LazyFrame:
    """Of several publications the last one; of those without a date the last table."""
    ordered = care.sort("published_at", "source_table", nulls_last=False)
    return ordered.group_by(by, maintain_order=True).last()


def care_numerators(care: pl.LazyFrame) -> pl.LazyFrame:
    """`year`, `revision`, `numerator`, amount with its source, moment and confidence."""
    broad = care.filter(pl.col("definition") == BROAD)
    columns = [
        "year",
        "revision",
        "numerator",
        "amount_eur",
        "source",
        "published_at",
        "confidence",
    ]
    groups = newest(broad.filter(pl.col("breakdown") == "group"), "year", "revision", "item")
    names = parts(REPORT).select("numerator").unique()
    cited = groups.join(names, left_on="item", right_on="numerator").rename({"item": "numerator"})
    providers = newest(broad.filter(pl.col("breakdown") == "provider"), "year", "revision", "item")
    added = (
        providers.join(parts(REPORT), left_on="item", right_on="part")
        .group_by("year", "revision", "numerator")
        .agg(
            pl.col("amount_eur").sum(),
            pl.col("source").unique().sort().str.join("; "),
            pl.col("published_at").max(),
            pl.when(pl.len() > 1)
            .then(pl.lit("derived"))
            .otherwise(pl.col("confidence").first())
            .alias("confidence"),
            complete=pl.len() == pl.col("of").first(),
        )
        .filter("complete")
    )
    both = pl.concat([cited.select(columns), added.select(columns)])
    return both.unique(["year", "revision", "numerator"], keep="first", maintain_order=True)


def care_totals(care: pl.LazyFrame) -> pl.LazyFrame:
    """Total care spending per year and denominator, with status, confidence, moment and source."""
    totals = newest(
        care.filter(pl.col("breakdown") == "total"), "year", "definition", "revision"
    ).rename({"definition": "care_definition"})
    return totals.join(denominators(), on=["care_definition", "revision"]).select(
        "year", "denominator",
        pl.col("amount_eur").alias("denominator_eur"),
        pl.col("revision").alias("denominator_series"),
        "status", "confidence",
        pl.col("published_at").alias("denominator_published_at"),
        pl.col("source").alias("denominator_source"),
    )  # fmt: skip
