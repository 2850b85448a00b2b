"""What part of care spending goes to prevention under each definition, beside the 5 % that is asked for.

Grain    year × report type × definition × basis × denominator; targets: year × denominator
Unit     euros, percent and percentage points
Traps    nobody fixed what counts as prevention, so no row is `the` answer; a denominator without a
         known spending keeps its target, and says what is missing
"""

from __future__ import annotations

import polars as pl

from assets.calc.ratios import EXACT, ratio
from assets.framework.declared_tables import Transform
from assets.published.care_welfare_ratio.care import care_totals
from assets.published.care_welfare_ratio.definitions import of_kind

_KEY = ["year", "report_type", "numerator", "basis", "denominator"]


def targets(care_spending: pl.LazyFrame) -> pl.LazyFrame:
    """What the target is in euros, for every published total of care spending."""
    wanted = of_kind("target").select(
        target="definition", target_pct="at_least_pct", target_provenance="provenance",
        target_source="source",
    )  # fmt: skip
    euros = ratio(pl.col("care_eur").cast(EXACT) * pl.col("target_pct"), pl.lit(100))
    return (
        care_totals(care_spending)
        .rename({"denominator_eur": "care_eur"})
        .join(wanted, how="cross")
        .select(
            "target", "year", "denominator", "care_eur", "target_pct",
            euros.round(2).cast(pl.Decimal(18, 2)).alias("target_eur"),
            "status", "confidence", "denominator_published_at", "denominator_source",
            "target_provenance", "target_source",
        )
    )  # fmt: skip


def prevention_share(
    prevention_share__targets: pl.LazyFrame,
    care_welfare_ratio: pl.LazyFrame,
    care_welfare_ratio__availability: pl.LazyFrame,
) -> pl.LazyFrame:
    """Spending under every definition of prevention, and its distance to the target."""
    counted = of_kind("numerator").filter(pl.col("prevention") == "true")
    spent = care_welfare_ratio.select(
        *_KEY, "numerator_eur", "ratio_pct", "coverage_pct", "numerator_confidence",
        "numerator_published_at", "numerator_source", "breaks",
    )  # fmt: skip
    missing = pl.col("availability") != "available"
    return (
        care_welfare_ratio__availability.join(
            counted, left_on="numerator", right_on="definition", how="semi"
        )
        .join(prevention_share__targets, on=["year", "denominator"])
        .join(spent, on=_KEY, how="left")
        .select(
            "year", "report_type", pl.col("numerator").alias("definition"), "basis", "denominator",
            "care_eur", "target_pct", "target_eur",
            pl.col("numerator_eur").alias("spent_eur"),
            pl.col("ratio_pct").alias("spent_pct"),
            (pl.col("numerator_eur") - pl.col("target_eur")).alias("distance_eur"),
            (pl.col("ratio_pct") - pl.col("target_pct")).alias("distance_pct"),
            pl.when(missing).then(pl.col("availability")).alias("missing"),
            "coverage_pct", "status", "confidence", "denominator_published_at",
            "denominator_source", "numerator_confidence", "numerator_published_at",
            "numerator_source", "target_provenance", "target_source", "breaks",
        )
    )  # fmt: skip


TABLES = (
    Transform("prevention_share.targets", targets),
    Transform("prevention_share.prevention_share", prevention_share),
)
