"""The ratio under every named definition, national, and for what there is no ratio and why.

Grain    year × report type × numerator × basis × denominator
Unit     euros and percent
Traps    a sum net of anything is known only where it is for every municipality that reported; the
         denominator of a year has several vintages, distinguished by series
"""

from __future__ import annotations

import polars as pl

from assets.calc.ratios import RATE, per_head, percent
from assets.framework.declared_tables import Transform
from assets.ingest.registry import sources
from assets.published.care_welfare_ratio.care import REPORT, care_numerators, care_totals
from assets.published.care_welfare_ratio.definitions import (
    denominators,
    of_kind,
    one,
    outside,
    parts,
    with_breaks,
)
from assets.reference.municipality_map import as_reported

CLAIM = "claim_96_4"
KEY = ["year", "report_type", "numerator", "basis", "denominator"]
_COLUMNS = [
    *KEY[:4], "numerator_eur", "per_inhabitant_eur", "coverage_pct", "numerator_confidence",
    "numerator_published_at", "numerator_source", "series",
]  # fmt: skip


def national_sums(municipal: pl.LazyFrame) -> pl.LazyFrame:
    """Sums over municipalities per year, report, numerator and basis; missing where somebody's is.

    reporting: municipalities with lasten. covered: their inhabitants, of all `inhabitants`.
    """
    known = pl.col("amount_eur").is_not_null()
    what = ["year", "report_type", "numerator"]
    sums = (
        as_reported(municipal)
        .group_by(*what, "basis")
        .agg(
            pl.col("amount_eur").sum(),
            known=known.sum(),
            covered=pl.col("inhabitants").filter(known).sum(),
            inhabitants=pl.col("inhabitants").sum(),
        )
    )
    gross = sums.filter(pl.col("basis") == "gross").select(*what, reporting="known")
    complete = (pl.col("known") == pl.col("reporting")) & (pl.col("known") > 0)
    return sums.join(gross, on=what).with_columns(
        amount_eur=pl.when(complete).then(pl.col("amount_eur"))
    )


def _municipal(municipal: pl.LazyFrame) -> pl.LazyFrame:
    """National sums of what municipalities reported, with coverage and the table they are from."""
    tables = [(t.year, f"CBS {t.id}") for t in sources()["cbs_iv3"].tables if t.year is not None]
    named = pl.LazyFrame(
        tables, schema={"year": pl.Int16, "numerator_source": pl.String}, orient="row"
    )
    sums = national_sums(municipal).drop_nulls("amount_eur").join(named, on="year", how="left")
    return sums.with_columns(
        numerator_eur=pl.col("amount_eur"),
        per_inhabitant_eur=per_head(pl.col("amount_eur"), pl.col("covered")),
        coverage_pct=percent(pl.col("covered"), pl.col("inhabitants")),
        numerator_confidence=pl.lit("seen"),
        numerator_published_at=pl.lit(None, pl.String),
        series=pl.lit(None, pl.String),
    ).select(_COLUMNS)


def _care(care: pl.LazyFrame) -> pl.LazyFrame:
    """Welfare as the care accounts count it, in the series it was published in."""
    return (
        care_numerators(care)
        .with_columns(
            report_type=pl.lit(REPORT),
            basis=pl.lit("gross"),
            numerator_eur=pl.col("amount_eur"),
            per_inhabitant_eur=pl.lit(None, pl.Decimal(18, 2)),
            coverage_pct=pl.lit(None, RATE),
            numerator_confidence=pl.col("confidence"),
            numerator_published_at=pl.col("published_at"),
            numerator_source=pl.col("source"),
            series=pl.col("revision"),
        )
        .select(_COLUMNS)
    )


def _reproduces_claim() -> pl.Expr:
    """Whether a ratio rounds to the claimed share: `yes` where the claim can be about it, else why not."""
    claim = one(CLAIM)
    fits = pl.col("ratio_pct").is_between(
        pl.lit(claim["at_least_pct"]), pl.lit(claim["below_pct"]), closed="left"
    )
    of_claim = pl.col("year").is_between(claim["first_year"], claim["last_year"]) & pl.col(
        "denominator"
    ).str.starts_with(f"{claim['parts']}_")
    return (
        pl.when(~fits)
        .then(pl.lit("no"))
        .when(of_claim)
        .then(pl.lit("yes"))
        .otherwise(pl.lit("elsewhere"))
    )


def care_welfare_ratio(
    care_welfare_ratio__municipal: pl.LazyFrame, care_spending: pl.LazyFrame
) -> pl.LazyFrame:
    """Every numerator over every denominator of its year."""
    numerators = pl.concat([_municipal(care_welfare_ratio__municipal), _care(care_spending)])
    ratios = (
        numerators.join(care_totals(care_spending), on="year")
        .filter(
            # A figure of the care accounts belongs to one series and is divided by that series only.
            pl.col("series").is_null() | (pl.col("series") == pl.col("denominator_series"))
        )
        .join(outside(), on=["numerator", "denominator"], how="anti")
    )
    share = percent(pl.col("numerator_eur"), pl.col("denominator_eur"))
    shares = ratios.with_columns(ratio_pct=share)
    return with_breaks(
        shares.with_columns(reproduces_claim=_reproduces_claim()), "numerator", "denominator_series"
    ).select(
        *KEY, "numerator_eur", "denominator_eur", "ratio_pct", "per_inhabitant_eur",
        "coverage_pct", "reproduces_claim", "status", "confidence", "denominator_published_at",
        "denominator_source", "numerator_confidence", "numerator_published_at", "numerator_source",
        "breaks",
    )  # fmt: skip


def availability(
    care_welfare_ratio__municipal: pl.LazyFrame,
    care_spending: pl.LazyFrame,
    care_welfare_ratio: pl.LazyFrame,
) -> pl.LazyFrame:
    """Every combination that a reader may look for, and why there is no ratio where there is none."""
    reports = as_reported(care_welfare_ratio__municipal).select("year", "report_type").unique()
    bases = of_kind("basis").select(basis="definition")
    from_municipalities = (
        reports.join(parts("municipal").select("numerator").unique(), how="cross")
        .join(bases, how="cross")
        .with_columns(lacks=pl.concat_str(pl.lit("no_"), "basis"))
    )
    from_accounts = (
        reports.select("year").unique()
        .join(parts(REPORT).select("numerator").unique(), how="cross")
        .with_columns(report_type=pl.lit(REPORT), basis=pl.lit("gross"))
        .with_columns(lacks=pl.lit("no_providers"))
    )  # fmt: skip
    columns = [*KEY[:4], "lacks"]
    looked_for = (
        pl.concat([from_municipalities.select(columns), from_accounts.select(columns)])
        .join(denominators(), how="cross")
        .filter(pl.col("year").is_between(pl.col("first_year"), pl.col("last_year")))
    )
    present = care_welfare_ratio.select(*KEY, there=pl.lit(True))
    totals = care_totals(care_spending).select("year", "denominator", total=pl.lit(True))
    outsiders = outside().with_columns(outsider=pl.lit(True))
    has_ratio, has_total = pl.col("there").is_not_null(), pl.col("total").is_not_null()
    return (
        looked_for.join(present, on=KEY, how="left")
        .join(totals, on=["year", "denominator"], how="left")
        .join(outsiders, on=["numerator", "denominator"], how="left")
        .select(
            *KEY,
            pl.when(has_ratio)
            .then(pl.lit("available"))
            .when(~has_total)
            .then(pl.lit("no_denominator"))
            .when("outsider")
            .then(pl.lit("numerator_outside_denominator"))
            .otherwise("lacks")
            .alias("availability"),
        )
    )


TABLES = (
    Transform("care_welfare_ratio.care_welfare_ratio", care_welfare_ratio),
    Transform("care_welfare_ratio.availability", availability),
)
