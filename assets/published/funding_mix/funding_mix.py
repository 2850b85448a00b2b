"""Temporary against structural money in the social domain, per municipality and for the nation.

Grain    year × measure × report type × municipality, and the nation as NL01
Unit     euros and percent
Traps    measures stand side by side and are never added: what was granted and what was booked differ;
         booked grants (B4.3.1) hold lasting budgets too, so that share is an upper bound
"""

from __future__ import annotations

import polars as pl

from assets.calc.ratios import per_head, percent, total
from assets.framework.declared_tables import Transform
from assets.published.funding_mix import affected_fields, booked_amounts, grants
from assets.reference.municipality_map import as_reported
from assets.reference.spuk_components import TOTAL
from assets.reference.tables import funding_measures

NATION = "NL01"
ALLOCATION = "toedeling"
_PLACE = ["year", "municipality_code"]
_MONTHS = {"mei": 5, "september": 9, "december": 12}
_PRICE_CHANGED = "price_level_changed"


def funding_mix(
    spuk_allocations: pl.LazyFrame,
    social_domain_budgets: pl.LazyFrame,
    social_domain_budgets__spuk_income: pl.LazyFrame,
    social_domain_budgets__municipal_fund: pl.LazyFrame,
    municipalities__years: pl.LazyFrame,
) -> pl.LazyFrame:
    """Every measure of every municipality, and of the nation."""
    years = as_reported(municipalities__years)
    budgets = as_reported(social_domain_budgets)
    income = as_reported(social_domain_budgets__spuk_income)
    fund = _fund(as_reported(social_domain_budgets__municipal_fund))
    granted = _granted(spuk_allocations, fund, years)
    received = pl.concat([booked_amounts.on_6(income, budgets), booked_amounts.on_6_and_7(income)])
    municipal = pl.concat([granted, received], how="diagonal_relaxed")
    nation = _nation(municipal)
    offered = _offered(spuk_allocations, fund, years)
    # Where municipalities do not add up to a nation, the nation is what was made available to it.
    summed = nation.filter((pl.col("measure") != "granted_to_municipalities") | _all_known())
    rest = offered.join(summed, on=["year", "measure"], how="anti")
    return _finished(pl.concat([municipal, summed, rest], how="diagonal_relaxed"))


def measures(funding_mix: pl.LazyFrame) -> pl.LazyFrame:
    """What temporary and structural mean in each measure, and for which years it is known."""
    known = (
        funding_mix.filter(pl.col("availability") == "known")
        .group_by("measure")
        .agg(first_year=pl.col("year").min(), last_year=pl.col("year").max())
    )
    return funding_measures().lazy().join(known, on="measure", how="left")


def _fund(fund: pl.LazyFrame) -> pl.LazyFrame:
    """The fund cluster of a payment year according to its last circular."""
    month, year = (
        pl.col("circular").str.extract(rf"^({'|'.join(_MONTHS)})"),
        pl.col("circular").str.extract(r"(\d{4})$").cast(pl.Int64),
    )
    issued = year * 12 + month.replace_strict(_MONTHS, return_dtype=pl.Int64)
    return (
        fund.with_columns(issued=issued)
        .filter(pl.col("issued") == pl.col("issued").max().over("payment_year"))
        .select(
            pl.col("payment_year").alias("year"),
            "municipality_code",
            pl.col("amount_eur").alias("structural_eur"),
            "circular",
        )
    )


def _places(years: pl.LazyFrame, wanted: pl.LazyFrame) -> pl.LazyFrame:
    """The municipalities of each wanted year; of a year that has no list yet, those of the newest."""
    newest = pl.col("year").max()
    listed = years.select(
        pl.col("year").alias("list_year"), "municipality_code", "municipality_name"
    )
    inhabitants = years.select(*_PLACE, "inhabitants")
    return (
        wanted.select("year")
        .unique()
        .join(years.select(newest.alias("newest")), how="cross")
        .with_columns(list_year=pl.min_horizontal("year", "newest"))
        .join(listed, on="list_year")
        .join(inhabitants, on=_PLACE, how="left")
        .drop("list_year", "newest")
    )


def _granted(allocations: pl.LazyFrame, fund: pl.LazyFrame, years: pl.LazyFrame) -> pl.LazyFrame:
    """Brede SPUK against the fund; of a year with national amounts only, municipal ones are unpublished."""
    brede = grants.by_municipality(allocations).select(
        "year",
        pl.col("code").alias("municipality_code"),
        pl.col("amount_eur").alias("temporary_eur"),
        pl.col("basis").alias("temporary_basis"),
        "vintage",
    )
    printed = allocations.filter(pl.col("recipient_kind") == "municipality").select(
        "year", unpublished=pl.lit(value=False)
    )
    return (
        _places(years, grants.nationwide(allocations))
        .join(printed.unique(), on="year", how="left")
        .join(brede, on=_PLACE, how="left")
        .join(fund, on=_PLACE, how="left")
        .with_columns(
            _vintages("vintage", "circular"),
            pl.col("unpublished").fill_null(value=True),
            measure=pl.lit("granted_to_municipalities"),
            report_type=pl.lit(ALLOCATION),
            recipient_kind=pl.lit("municipality"),
        )
        .drop("circular")
    )


def _offered(allocations: pl.LazyFrame, fund: pl.LazyFrame, years: pl.LazyFrame) -> pl.LazyFrame:
    """What was made available to the nation, for municipalities and at all levels."""
    offered = grants.nationwide(allocations)
    is_total = pl.col("component") == TOTAL
    for_municipalities = ((pl.col("scheme") == grants.BREDE) & is_total) | (
        (pl.col("scheme") == grants.AZWA) & (pl.col("component") == "lokaal")
    )
    structural = fund.group_by("year").agg(
        total(pl.col("structural_eur")).alias("structural_eur"), pl.col("circular").first()
    )
    inhabitants = years.group_by("year").agg(pl.col("inhabitants").sum())
    sums = [
        offered.filter(which)
        .group_by("year")
        .agg(
            total(pl.col("amount_eur")).alias("temporary_eur"),
            pl.col("basis").unique().sort().str.join("+").alias("temporary_basis"),
            pl.col("vintage").unique().sort().str.join("; ").alias("vintage"),
        )
        .with_columns(measure=pl.lit(measure))
        for measure, which in (
            ("granted_to_municipalities", for_municipalities),
            ("granted_at_all_levels", is_total),
        )
    ]
    return (
        pl.concat(sums)
        .join(structural, on="year", how="left")
        .join(inhabitants, on="year", how="left")
        .with_columns(_vintages("vintage", "circular"), **_of_the_nation(ALLOCATION))
        .drop("circular")
    )


def _of_the_nation(report_type: str | None = None) -> dict[str, pl.Expr]:
    named = {
        "municipality_code": pl.lit(NATION),
        "municipality_name": pl.lit("Nederland"),
        "recipient_kind": pl.lit("nation"),
    }
    return named | ({"report_type": pl.lit(report_type)} if report_type else {})


def _nation(municipal: pl.LazyFrame) -> pl.LazyFrame:
    """Sums over municipalities, with the share of inhabitants for whom the measure is known."""
    without = pl.col("measure") == booked_amounts.WITHOUT_LASTEN
    both = pl.col("temporary_eur").is_not_null() & (
        pl.col("structural_eur").is_not_null() | without
    )
    return (
        municipal.group_by("year", "measure", "report_type")
        .agg(
            total(pl.col("temporary_eur")).alias("temporary_eur"),
            total(pl.col("structural_eur")).alias("structural_eur"),
            pl.col("temporary_basis", "vintage").max(),
            pl.col("inhabitants").sum(),
            municipalities=pl.len(),
            temporary_known=pl.col("temporary_eur").count(),
            structural_known=pl.col("structural_eur").count(),
            both_known=both.sum(),
            covered=pl.col("inhabitants").filter(both).sum(),
            heads=pl.col("inhabitants").filter(pl.col("temporary_eur").is_not_null()).sum(),
        )
        .with_columns(
            coverage_pct=pl.when(pl.col("both_known") > 0).then(
                percent(pl.col("covered"), pl.col("inhabitants"))
            ),
            **_of_the_nation(),
        )
    )


def _all_known() -> pl.Expr:
    return pl.col("temporary_known") == pl.col("municipalities")


def _vintages(*columns: str) -> pl.Expr:
    """What is known of the sources, joined; missing when nothing is."""
    joined = pl.concat_str(columns, separator="; ", ignore_nulls=True)
    return pl.when(joined != "").then(joined).alias("vintage")


def _finished(rows: pl.LazyFrame) -> pl.LazyFrame:
    """The share where both amounts are of the same municipalities, and how each row is known."""
    temporary = pl.col("temporary_eur")
    structural = pl.col("structural_eur")
    same = (
        (pl.col("temporary_known") == pl.col("both_known"))
        & (pl.col("structural_known") == pl.col("both_known"))
    ).fill_null(value=True)
    reports = pl.col("report_type") != ALLOCATION
    availability = (
        pl.when(temporary.is_not_null() & structural.is_not_null() & same)
        .then(pl.lit("known"))
        .when(temporary.is_not_null() & structural.is_not_null())
        .then(pl.lit("different_municipalities"))
        .when(reports & temporary.is_null())
        .then(pl.lit("not_reported"))
        .when(pl.col("unpublished"))
        .then(pl.lit("not_published"))
        .when(temporary.is_not_null())
        .then(pl.lit("structural_missing"))
        .when(structural.is_not_null())
        .then(pl.lit("temporary_missing"))
        .otherwise(pl.lit("both_missing"))
    )
    announced = pl.col("temporary_basis").str.contains("announced")
    status = (
        pl.when(pl.col("report_type") == "begroting")
        .then(pl.lit("budgeted"))
        .when(pl.col("report_type") == "jaarrekening")
        .then(pl.lit("realised"))
        .when(announced)
        .then(pl.lit("announced"))
        .when(temporary.is_not_null())
        .then(pl.lit("in_force"))
        .otherwise(pl.lit("unknown"))
    )
    # The SPUK AZWA does not say; ceilings and components of the Brede SPUK are without LPO.
    price_level = (
        pl.when(reports | temporary.is_null())
        .then(None)
        .when(pl.col("temporary_basis").str.contains("incl_lpo"))
        .then(pl.lit("with_lpo"))
        .when(announced)
        .then(pl.lit("not_stated"))
        .otherwise(pl.lit("without_lpo"))
    )
    summed = pl.col("temporary_basis").is_in([grants.SUM_OF_COMPONENTS, "booked"])
    derived = structural.is_not_null() | (summed & temporary.is_not_null())
    share = percent(temporary, temporary + structural)
    counted = {
        measure: [group for field in fields for group in affected_fields.groups_of(field)]
        for measure, fields in booked_amounts.FIELDS.items()
    }
    return affected_fields.with_breaks(rows, "measure", counted).with_columns(
        availability=availability,
        status=status,
        confidence=pl.when(derived).then(pl.lit("derived")).otherwise(pl.lit("seen")),
        temporary_pct=pl.when(availability == "known").then(share),
        temporary_per_inhabitant_eur=per_head(temporary, pl.coalesce("heads", "inhabitants")),
        price_level=price_level,
    ).with_columns(flags=_flags()).select(
        "year", "measure", "report_type", "municipality_code", "municipality_name",
        "recipient_kind", "temporary_eur", "structural_eur", "temporary_pct", "temporary_basis",
        "price_level", "availability", "inhabitants", "temporary_per_inhabitant_eur",
        "coverage_pct", "status", "confidence", "vintage", "flags",
    )  # fmt: skip


def _flags() -> pl.Expr:
    """The words of breaks, with one more where the amount has another price level than the last."""
    before = (
        pl.col("price_level")
        .forward_fill()
        .shift(1)
        .over("measure", "municipality_code", order_by="year")
    )
    changed = pl.when(before != pl.col("price_level")).then(pl.lit(_PRICE_CHANGED))
    joined = pl.concat_str("breaks", changed, separator=";", ignore_nulls=True)
    return pl.when(joined != "").then(joined)


TABLES = (
    Transform("funding_mix.funding_mix", funding_mix),
    Transform("funding_mix.measures", measures),
)
