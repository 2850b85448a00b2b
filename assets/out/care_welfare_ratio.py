"""The ratio of welfare to care under each named definition, national.

Grain    year × report type × numerator × basis × denominator
Unit     euros and percent
Traps    net is known only where every municipality's baten are; the denominator of a year has several
         vintages, told apart by series
"""

from __future__ import annotations

import polars as pl

from assets.places import as_reported
from assets.reference import breaks
from assets.tables import contracted_asset

_FIELDS = {
    "6.1": r"^6\.1$",
    "6.1+6.2": r"^6\.(1|2\d?)$",
    "6.1+6.2+7.1": r"^(6\.(1|2\d?)|7\.1)$",
    "social_domain": r"^6\.",
}
_GROUPS = ["welfare_narrow", "wjk", "wjk_plus_policy"]
_WIDE = pl.Decimal(38, 6)
_COLUMNS = ["year", "report_type", "numerator", "basis", "numerator_eur", "coverage_pct", "series"]


def _municipal(budgets: pl.LazyFrame) -> pl.LazyFrame:
    """National sums of municipal lasten (gross) and lasten minus baten (net) per definition."""
    parts = []
    for name, pattern in _FIELDS.items():
        mine = budgets.filter(pl.col("taakveld").str.contains(pattern))
        place = ["year", "report_type"]
        reported = pl.col("lasten_eur").is_not_null()
        # Baten are known for a year when no reported amount lacks them.
        net_known = (pl.col("net_eur").is_not_null() | ~reported).all()
        per_place = mine.group_by(*place, "municipality_code").agg(
            reported=reported.any(), inhabitants=pl.col("inhabitants").first()
        )
        covered = pl.col("inhabitants").filter("reported").sum().cast(_WIDE)
        coverage = per_place.group_by(place).agg(
            coverage_pct=covered * 100 / pl.col("inhabitants").sum().cast(_WIDE)
        )
        sums = mine.group_by(place).agg(
            gross=pl.col("lasten_eur").sum(),
            net=pl.when(net_known).then(pl.col("net_eur").sum()),
        )
        parts.append(
            sums.unpivot(index=place, variable_name="basis", value_name="numerator_eur")
            .drop_nulls("numerator_eur")
            .join(coverage, on=place, how="left")
            .with_columns(numerator=pl.lit(name), series=pl.lit(name))
            .select(_COLUMNS)
        )
    return pl.concat(parts)


def _care_groups(care: pl.LazyFrame) -> pl.LazyFrame:
    """Welfare as the care accounts count it, in the series it was published in."""
    groups = care.filter(
        (pl.col("breakdown") == "group")
        & pl.col("item").is_in(_GROUPS)
        & (pl.col("definition") == "broad")
    )
    return groups.select(
        "year",
        pl.lit("care_accounts").alias("report_type"),
        pl.col("item").alias("numerator"),
        pl.lit("gross").alias("basis"),
        pl.col("amount_eur").alias("numerator_eur"),
        pl.lit(None, _WIDE).alias("coverage_pct"),
        pl.col("revision").alias("series"),
    )


def _denominators(care: pl.LazyFrame) -> pl.LazyFrame:
    """Total care spending per definition and series; of several vintages the last published one."""
    series = ["before_2024_revision", "after_2024_revision"]
    totals = care.filter(
        (pl.col("breakdown") == "total")
        & pl.col("definition").is_in(["broad", "sha"])
        & pl.col("revision").is_in(series)
    )
    newest = totals.sort("published_at", "source_table", nulls_last=False).group_by(
        "year", "definition", "revision"
    )
    return newest.last().select(
        "year",
        pl.format("{}_{}", "definition", "revision").alias("denominator"),
        pl.col("amount_eur").alias("denominator_eur"),
        pl.col("revision").alias("denominator_series"),
        "status",
        "confidence",
        pl.col("published_at").alias("denominator_published_at"),
    )


def _breaks(ratios: pl.LazyFrame) -> pl.LazyFrame:
    """The column `breaks`: words of all breaks that touch the numerator's fields or the denominator."""
    touched = []
    for row in breaks().iter_rows(named=True):
        on_field = pl.lit(False)
        for name, pattern in _FIELDS.items():
            if pl.Series([row["series"]]).str.contains(pattern)[0]:
                on_field = on_field | (pl.col("numerator") == name)
        on_series = pl.col("denominator_series") == row["series"]
        when = pl.col("year").is_between(int(row["first_year"]), int(row["last_year"]))
        touched.append(pl.when(when & (on_field | on_series)).then(pl.lit(row["break"])))
    words = pl.concat_list(touched).list.drop_nulls().list.unique().list.sort().list.join(";")
    return ratios.with_columns(breaks=pl.when(words != "").then(words))


def care_welfare_ratio(
    social_domain_budgets: pl.LazyFrame, care_spending: pl.LazyFrame
) -> pl.LazyFrame:
    """Every numerator over every denominator of its year."""
    budgets = as_reported(social_domain_budgets)
    numerators = pl.concat([_municipal(budgets), _care_groups(care_spending)])
    ratios = numerators.join(_denominators(care_spending), on="year").filter(
        # A care-account numerator belongs to one series and is divided by that series only.
        (pl.col("report_type") != "care_accounts")
        | (pl.col("series") == pl.col("denominator_series"))
    )
    share = pl.col("numerator_eur").cast(_WIDE) * 100 / pl.col("denominator_eur").cast(_WIDE)
    return _breaks(ratios).with_columns(ratio_pct=share.round(4)).select(
        "year", "report_type", "numerator", "basis", "denominator", "numerator_eur",
        "denominator_eur", "ratio_pct", pl.col("coverage_pct").round(4), "status", "confidence",
        "denominator_published_at", "breaks",
    )  # fmt: skip


out_care_welfare_ratio = contracted_asset(
    "care_welfare_ratio.care_welfare_ratio", care_welfare_ratio
)
