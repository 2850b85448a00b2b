"""Municipal budgets and accounts added up: nation, provinces, size classes and IZA regions.

Grain    geography × year × report type × area × comparable series
Unit     euros
Traps    every kind of area is the whole country again: choose one; a group is the sum of its series; what
         was not reported is in no sum, and `coverage_pct` says of how many inhabitants
"""

from __future__ import annotations

import polars as pl

from assets.calc.ratios import known_sum, percent
from assets.framework.declared_tables import Transform
from assets.reference import municipality_map
from assets.reference.size_classes import size_class
from assets.reference.taakvelden import with_breaks
from assets.reference.tables import size_classes

REPORT = ["geography", "year", "report_type"]
SERIES = ["taakveld_group", "comparable_series"]
AREA = ["area_kind", "area_code", "area_name"]
_PLACE = ["geography", "year", "municipality_code"]
UNPLACED = ("unknown", "Onbekend")


def aggregates(
    social_domain_budgets: pl.LazyFrame,
    municipalities__years: pl.LazyFrame,
    core_municipalities__regions: pl.LazyFrame,
    core_spuk_allocations__regions: pl.LazyFrame,
) -> pl.LazyFrame:
    """Sums per area of what was reported, with the inhabitants it is about."""
    areas = _areas(
        municipalities__years, core_municipalities__regions, core_spuk_allocations__regions
    )
    all_inhabitants = areas.group_by("geography", "year", *AREA).agg(
        pl.col("inhabitants").sum(), municipalities=pl.len()
    )
    # Net is known where whoever reported lasten reported baten too.
    sums = (
        _per_series(social_domain_budgets)
        .join(areas.drop("inhabitants"), on=_PLACE)
        .group_by(*REPORT, *AREA, *SERIES)
        .agg(
            known_sum(pl.col("lasten_eur")),
            known_sum(pl.col("baten_eur")),
            pl.col("inhabitants_reported").sum(),
            pl.col("net_known").all(),
            pl.col("_capture", "_locator").min(),
        )
    )
    covered = percent(pl.col("inhabitants_reported"), pl.col("inhabitants"))
    unreported = pl.col("inhabitants_reported") == 0
    some = pl.col("inhabitants_reported") < pl.col("inhabitants")
    return (
        with_breaks(sums)
        .join(all_inhabitants, on=["geography", "year", *AREA], how="left")
        .select(
            *REPORT, *AREA, *SERIES, "lasten_eur", "baten_eur",
            pl.when("net_known").then(pl.col("lasten_eur") - pl.col("baten_eur")).alias("net_eur"),
            "municipalities", "inhabitants", "inhabitants_reported",
            covered.alias("coverage_pct"),
            pl.when(unreported).then(pl.lit(municipality_map.SILENT)).when(some).then(pl.lit(municipality_map.PARTLY))
            .alias("flags"),
            "breaks", "_capture", "_locator",
        )
    )  # fmt: skip


def _per_series(budgets: pl.LazyFrame) -> pl.LazyFrame:
    """The codes of a municipality rolled up to comparable series."""
    lasten, net = pl.col("lasten_eur"), pl.col("net_eur")
    return budgets.group_by(*REPORT, "municipality_code", *SERIES).agg(
        known_sum(pl.col("lasten_eur")),
        known_sum(pl.col("baten_eur")),
        pl.col("inhabitants_reported").max(),
        pl.col("_capture", "_locator").min(),
        net_known=(net.is_not_null() | lasten.is_null()).all(),
    )


def _areas(years: pl.LazyFrame, regions: pl.LazyFrame, iza_regions: pl.LazyFrame) -> pl.LazyFrame:
    """Each municipality of each year and geography in each kind of area it is in, with inhabitants."""
    # CBS marks a province that shares its name with a municipality: "Groningen (PV)".
    provinces = regions.select(
        province_code="region_code", province_name=pl.col("region_name").str.strip_suffix(" (PV)")
    )
    placed = (
        years.join(provinces, on="province_code", how="left")
        .join(iza_regions.select("municipality_code", "region_name"), on="municipality_code", how="left")
        .with_columns(size_class().cast(pl.String))
        .join(
            size_classes().lazy().select("size_class", size_name="name_nl"),
            on="size_class",
            how="left",
        )
    )  # fmt: skip
    region = pl.col("region_name")
    kinds = {
        "nation": (pl.lit("NL01"), pl.lit("Nederland"), placed),
        "province": (pl.col("province_code"), pl.col("province_name"), placed),
        "size_class": (pl.col("size_class"), pl.col("size_name"), placed),
        # The annex names municipalities of today; no region has an official code.
        "iza_region": (region, region, municipality_map.on_map(placed)),
    }
    unknown_code, unknown_name = (pl.lit(word) for word in UNPLACED)
    return pl.concat(
        members.filter(pl.col("inhabitants").is_not_null()).select(
            *_PLACE,
            "inhabitants",
            pl.lit(kind).alias("area_kind"),
            pl.coalesce(code, unknown_code).alias("area_code"),
            pl.coalesce(name, unknown_name).alias("area_name"),
        )
        for kind, (code, name, members) in kinds.items()
    )


TABLES = (Transform("social_domain_budgets.aggregates", aggregates),)
