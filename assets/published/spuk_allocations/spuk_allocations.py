"""SPUK amounts as published, the regions, the reconciliation of ceilings, deadlines and national counts.

Grain    see each contract
Unit     euros
Traps    allocated is not spent; municipalities with a floor get more than their share of the ceiling,
         so that municipalities together exceed it
"""

from __future__ import annotations

import polars as pl

from assets.framework.declared_tables import Transform

SHARE_COMPONENT = "welzijn_op_recept"
SCOPE = ["scheme", "year", "regulation_version"]
# Each printed share is rounded to a cent; a euro over the share is no rounding any more.
ROUNDING_EUR = 1
_WIDE = pl.Decimal(38, 6)


def _above_share(allocations: pl.LazyFrame) -> pl.LazyFrame:
    """Municipal totals (excl. LPO) beside what their share of the ceiling would be.

    The share is constant over components (regulation facts), so one complete component gives it:
    share = component amount / component ceiling. Only scopes where that component is complete.
    """
    of_component = pl.col("component") == SHARE_COMPONENT
    ceilings = allocations.filter(pl.col("amount_kind") == "ceiling")
    total_ceiling = ceilings.group_by(SCOPE).agg(ceiling=pl.col("amount_eur").cast(_WIDE).sum())
    share_ceiling = ceilings.filter(of_component).select(
        *SCOPE, share_ceiling=pl.col("amount_eur").cast(_WIDE)
    )
    parts = allocations.filter((pl.col("amount_kind") == "component_allocation") & of_component)
    complete = parts.group_by(SCOPE).agg(_parts=pl.col("amount_eur").cast(_WIDE).sum())
    part = parts.select(*SCOPE, "recipient_name", part=pl.col("amount_eur").cast(_WIDE))
    totals = allocations.filter(pl.col("amount_kind") == "allocation_excl_lpo")
    by_share = pl.col("part") * pl.col("ceiling") / pl.col("share_ceiling")
    return (
        totals.join(part, on=[*SCOPE, "recipient_name"])
        .join(total_ceiling, on=SCOPE)
        .join(share_ceiling, on=SCOPE)
        .join(complete, on=SCOPE)
        .filter((pl.col("_parts") - pl.col("share_ceiling")).abs() < 2 * ROUNDING_EUR)
        .with_columns(above=pl.col("amount_eur").cast(_WIDE) - by_share.cast(_WIDE))
        .with_columns(on_floor=pl.col("above") > ROUNDING_EUR)
    )


def spuk_allocations(core_spuk_allocations__allocations: pl.LazyFrame) -> pl.LazyFrame:
    """All amounts, with their place in the source; what is odd about one, the rules say."""
    return core_spuk_allocations__allocations.select(
        pl.exclude("_capture", "_locator", "_problem"),
        pl.col("_locator").alias("source_locator"),
        pl.lit(None, pl.String).alias("flags"),
        "_capture",
        "_locator",
    )


def iza_regions(core_spuk_allocations__regions: pl.LazyFrame) -> pl.LazyFrame:
    """Municipalities with their region and mandate holder."""
    return core_spuk_allocations__regions.with_columns(flags=pl.lit(None, pl.String))


def reconciliation(core_spuk_allocations__allocations: pl.LazyFrame) -> pl.LazyFrame:
    """Ceiling against the sum of municipalities, and what floors explain of the difference."""
    floor_names = pl.col("recipient_name").filter(pl.col("on_floor")).sort().str.join("; ")
    return (
        _above_share(core_spuk_allocations__allocations)
        .group_by(SCOPE)
        .agg(
            ceiling_eur=pl.col("ceiling").first(),
            allocated_eur=pl.col("amount_eur").cast(_WIDE).sum(),
            floor_top_up_eur=pl.col("above").filter(pl.col("on_floor")).sum(),
            floor_municipalities=floor_names,
        )
        .with_columns(difference_eur=pl.col("allocated_eur") - pl.col("ceiling_eur"))
        .with_columns(
            pl.col("ceiling_eur", "allocated_eur", "difference_eur", "floor_top_up_eur")
            .round(2)
            .cast(pl.Decimal(18, 2))
        )
        .with_columns(unexplained_eur=pl.col("difference_eur") - pl.col("floor_top_up_eur"))
    )


def milestones(core_spuk_allocations__cited_milestones: pl.LazyFrame) -> pl.LazyFrame:
    """Windows and deadlines."""
    return core_spuk_allocations__cited_milestones


def system_totals(core_spuk_allocations__cited_counts: pl.LazyFrame) -> pl.LazyFrame:
    """Yearly numbers of schemes and their amount."""
    return core_spuk_allocations__cited_counts


TABLES = (
    Transform("spuk_allocations.spuk_allocations", spuk_allocations),
    Transform("spuk_allocations.iza_regions", iza_regions),
    Transform("spuk_allocations.reconciliation", reconciliation),
    Transform("spuk_allocations.milestones", milestones),
    Transform("spuk_allocations.system_totals", system_totals),
)
