"""Which of the published SPUK amounts counts: the newest version, and one kind of amount per year.

What belongs here: choosing among amounts of `spuk_allocations`. What does not: what they are held
against (`funding_mix`) and when they end (`runway`).
"""

from __future__ import annotations

import polars as pl

from assets.calc.ratios import total
from assets.reference.spuk_components import TOTAL

BREDE, IZA, AZWA = "brede_spuk", "spuk_iza", "spuk_azwa"
SUM_OF_COMPONENTS = "sum_of_components"
# The order in which kinds of municipal amounts are preferred when they are known for as many.
_PREFERRED = {
    "allocation_incl_lpo": 0,
    "announced_incl_lpo": 1,
    "allocation_excl_lpo": 2,
    SUM_OF_COMPONENTS: 3,
}


def newest(allocations: pl.LazyFrame) -> pl.LazyFrame:
    """The amounts of the last version that says anything of this kind about the scheme and year."""
    scope = ["scheme", "year", "recipient_kind", "amount_kind"]
    return allocations.filter(
        pl.col("regulation_version") == pl.col("regulation_version").max().over(scope)
    )


def vintage() -> pl.Expr:
    """The regulation or letter with its version: `BWBR0047862, 2025-10-29`."""
    return pl.format("{}, {}", "regulation_id", "regulation_version")


def by_municipality(allocations: pl.LazyFrame) -> pl.LazyFrame:
    """The Brede SPUK of a municipality in a year: year, code, amount_eur, basis, vintage.

    Every municipality of a year has the same kind of amount (`basis`), the one that is known for most.
    Components are added up only where a municipality has all that have a ceiling.
    """
    brede = newest(allocations).filter(pl.col("scheme") == BREDE)
    offered = brede.filter((pl.col("amount_kind") == "ceiling") & (pl.col("amount_eur") > 0))
    municipal = brede.filter(pl.col("recipient_kind") == "municipality")
    place = ["year", "recipient_code"]
    summed = (
        municipal.filter(pl.col("amount_kind") == "component_allocation")
        .drop_nulls("amount_eur")
        .join(offered.select("year", "component"), on=["year", "component"])
        .group_by(place)
        .agg(pl.col("amount_eur").sum(), vintage().first().alias("vintage"), parts=pl.len())
        .join(offered.group_by("year").agg(offered=pl.len()), on="year")
        .filter(pl.col("parts") == pl.col("offered"))
        .select(*place, pl.lit(SUM_OF_COMPONENTS).alias("basis"), "amount_eur", "vintage")
    )
    totals = municipal.filter(pl.col("component") == TOTAL).select(
        *place, pl.col("amount_kind").alias("basis"), "amount_eur", vintage().alias("vintage")
    )
    order = pl.col("basis").replace_strict(_PREFERRED, return_dtype=pl.Int64)
    known = pl.len().over("year", "basis").cast(pl.Int64)
    return (
        pl.concat([totals, summed], how="vertical_relaxed")
        .drop_nulls("amount_eur")
        .with_columns(rank=known * len(_PREFERRED) - order)
        .filter(pl.col("rank") == pl.col("rank").max().over("year"))
        .select("year", pl.col("recipient_code").alias("code"), "amount_eur", "basis", "vintage")
    )


def nationwide(allocations: pl.LazyFrame) -> pl.LazyFrame:
    """What was made available nationally: scheme, component, year, amount_eur, basis, vintage.

    Brede SPUK: its ceilings; SPUK IZA: the sum of the regions; SPUK AZWA: its announced parts. The
    component `total` is the sum of the parts of a scheme.
    """
    chosen = newest(allocations).filter(
        ((pl.col("scheme") == BREDE) & (pl.col("amount_kind") == "ceiling"))
        | ((pl.col("scheme") == IZA) & (pl.col("amount_kind") == "region_maximum"))
        | ((pl.col("scheme") == AZWA) & (pl.col("component") != "total"))
    )
    columns = [
        total(pl.col("amount_eur")).alias("amount_eur"),
        pl.col("amount_kind").first().alias("basis"),
        vintage().first().alias("vintage"),
    ]
    parts = chosen.group_by("scheme", "component", "component_name_nl", "year").agg(columns)
    scheme_totals = chosen.group_by("scheme", "year").agg(columns)
    return pl.concat(
        [
            parts.filter(pl.col("component") != "total"),
            scheme_totals.with_columns(
                component=pl.lit("total"), component_name_nl=pl.lit("Totaal")
            ),
        ],
        how="diagonal",
    )
