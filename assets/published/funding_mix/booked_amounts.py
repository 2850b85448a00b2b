"""Earmarked grants as municipalities book them (Iv3 category B4.3.1), per main field.

What belongs here: which income and which lasten belong together. What does not: the other measures of
temporary money, and the nation (`funding_mix`).
"""

from __future__ import annotations

import polars as pl

from assets.calc.ratios import AMOUNT, total

# The lasten of all of main field 7 are in no source: taakvelden 7.2 to 7.5 are not carried.
WITHOUT_LASTEN = "booked_on_6_and_7"
FIELDS = {"booked_on_6": ["6"], WITHOUT_LASTEN: ["6", "7"]}
_REPORT = ["year", "report_type", "municipality_code"]


def on_6(income: pl.LazyFrame, budgets: pl.LazyFrame) -> pl.LazyFrame:
    """Grants booked on main field 6 against the lasten of all its taakvelden."""
    spent = (
        budgets.filter(pl.col("taakveld").str.starts_with("6."))
        .group_by(_REPORT)
        .agg(total(pl.col("lasten_eur")).alias("lasten_eur"))
    )
    rest = pl.col("lasten_eur") - pl.col("temporary_eur")
    return (
        _booked(income.filter(pl.col("main_field") == "6"), "booked_on_6")
        .join(spent, on=_REPORT, how="left")
        .with_columns(structural_eur=rest)
        .drop("lasten_eur")
    )


def on_6_and_7(income: pl.LazyFrame) -> pl.LazyFrame:
    """Grants booked on main fields 6 and 7; unknown when either field is.

    Nothing is called structural: lasten on all fields hold grants booked on other fields too.
    """
    return _booked(income, WITHOUT_LASTEN).with_columns(structural_eur=pl.lit(None, AMOUNT))


def _booked(income: pl.LazyFrame, measure: str) -> pl.LazyFrame:
    """Per delivery: the grants as temporary, known when every field is."""
    every = pl.col("spuk_income_eur").is_not_null().all()
    received = income.group_by(_REPORT).agg(
        pl.col("municipality_name", "inhabitants").first(),
        temporary_eur=pl.when(every).then(pl.col("spuk_income_eur").sum()),
    )
    return received.with_columns(
        measure=pl.lit(measure),
        temporary_basis=pl.lit("booked"),
        vintage=pl.format("CBS Iv3 {}, unedited delivery", "year"),
        recipient_kind=pl.lit("municipality"),
    )
