"""The register of municipalities, its years with inhabitants, the transitions, and the way to the newest map.

Grain    municipality; geography × year × municipality; date × from × to; year × from × to
Traps    before 2015 only years are known; 2010-01-01 means "then or earlier"
"""

from __future__ import annotations

import polars as pl

from assets.framework.declared_tables import Transform
from assets.reference import municipality_map

FIRST_YEAR = 2010


def weights(
    core_municipalities__yearly: pl.LazyFrame, municipalities__transitions: pl.LazyFrame
) -> pl.LazyFrame:
    """Where each municipality of each year lies on the map of the newest year, with names and basis."""
    names = core_municipalities__yearly.select("year", "municipality_code", "municipality_name")
    trace = core_municipalities__yearly.select(
        "year", "municipality_code", "municipality_name", "_capture", "_locator"
    )
    divided = pl.len().over("year", "from_code") > 1
    return (
        municipality_map.weights(core_municipalities__yearly, municipalities__transitions)
        .join(
            trace.rename({"municipality_code": "from_code", "municipality_name": "from_name"}),
            on=["year", "from_code"],
            how="left",
        )
        .join(
            names.rename(
                {"year": "map_year", "municipality_code": "to_code", "municipality_name": "to_name"}
            ),
            on=["map_year", "to_code"],
            how="left",
        )
        .with_columns(
            weight_basis=pl.when(divided)
            .then(pl.lit("inhabitants_at_change"))
            .otherwise(pl.lit("whole"))
        )
    )


def years(
    core_municipalities__yearly: pl.LazyFrame, municipalities__weights: pl.LazyFrame
) -> pl.LazyFrame:
    """Each year's municipalities with province and inhabitants, as they were and on the newest map."""
    yearly = core_municipalities__yearly.with_columns(flags=pl.lit(None, pl.String))
    was = yearly.with_columns(geography=pl.lit(municipality_map.AS_REPORTED))
    newest = core_municipalities__yearly.filter(pl.col("year") == pl.col("year").max())
    moved = municipality_map.recast(
        yearly, municipalities__weights, key=[], amounts=["inhabitants"]
    ).join(
        newest.select("municipality_code", "municipality_name", "province_code"),
        on="municipality_code",
        how="left",
    )
    columns = [
        "geography", "year", "municipality_code", "municipality_name", "province_code",
        "inhabitants", "flags", "_capture", "_locator",
    ]  # fmt: skip
    return pl.concat([was.select(columns), moved.select(columns)])


def register(
    core_municipalities__lists: pl.LazyFrame,
    core_municipalities__regions: pl.LazyFrame,
    core_municipalities__transfers: pl.LazyFrame,
) -> pl.LazyFrame:
    """One row per code, from the first list that has it to the last; a known transfer gives the day."""
    newest = pl.col("year").max()
    seen = (
        core_municipalities__lists.sort("year")
        .with_columns(_newest=newest)
        .group_by("municipality_code")
        .agg(
            pl.col("municipality_name", "_capture", "_locator").last(),
            first=pl.col("year").min(),
            last=pl.col("year").max(),
            newest=pl.col("_newest").first(),
        )
    )
    ended = core_municipalities__transfers.group_by("from_code").agg(
        ended=pl.col("date").filter(pl.col("kind").is_in(["merger", "rename"])).max()
    )
    started = core_municipalities__transfers.group_by("to_code").agg(started=pl.col("date").min())
    # CBS marks a province that shares its name with a municipality: "Groningen (PV)".
    provinces = core_municipalities__regions.select(
        province_code="region_code",
        province_name=pl.col("region_name").str.strip_suffix(" (PV)"),
    )
    # A transfer dates the first day only of a code that was new: a list is of 1 January, so the day
    # of a code that began during the year lies before the first list that has it.
    list_before = pl.date(pl.col("first") - 1, 1, 1)
    new_by_transfer = (pl.col("started") > list_before) & (
        pl.col("started").dt.year() <= pl.col("first")
    )
    gone = pl.col("last") < pl.col("newest")
    return (
        seen.join(ended, left_on="municipality_code", right_on="from_code", how="left")
        .join(started, left_on="municipality_code", right_on="to_code", how="left")
        .join(
            core_municipalities__regions.select(
                municipality_code="region_code", province_code="province_code"
            ),
            on="municipality_code",
            how="left",
        )
        .join(provinces, on="province_code", how="left")
        .select(
            "municipality_code",
            "municipality_name",
            pl.when((pl.col("first") > FIRST_YEAR) & new_by_transfer)
            .then(pl.col("started"))
            .otherwise(pl.date(pl.col("first"), 1, 1))
            .alias("valid_from"),
            pl.when(gone)
            .then(
                pl.coalesce(pl.col("ended") - pl.duration(days=1), pl.date(pl.col("last"), 12, 31))
            )
            .alias("valid_to"),
            "province_code",
            "province_name",
            pl.when(pl.col("first") == FIRST_YEAR)
            .then(pl.lit("existed_before_2010"))
            .alias("flags"),
            "_capture",
            "_locator",
        )
    )


def transitions(core_municipalities__transfers: pl.LazyFrame) -> pl.LazyFrame:
    """Transfers with the share of the old municipality's inhabitants that went over."""
    event = ["date", "from_code"]
    moved = pl.col("inhabitants").cast(pl.Decimal(38, 10))
    event_total = moved.sum().over(event)
    # A rename moves everybody; CBS then gives no counts.
    weight = pl.when(pl.col("kind") == "rename").then(pl.lit(1).cast(pl.Decimal(38, 10)))
    shared = pl.when(event_total > 0).then(moved / event_total)
    return core_municipalities__transfers.select(
        "date", "kind", "from_code", "from_name", "to_code", "to_name", "inhabitants",
        pl.coalesce(weight, shared).round(6).alias("split_weight"),
        pl.when(pl.col("inhabitants") == 0).then(pl.lit("uninhabited")).alias("flags"),
        "_capture", "_locator",
    )  # fmt: skip


TABLES = (
    Transform("municipalities.weights", weights),
    Transform("municipalities.years", years),
    Transform("municipalities.municipalities", register),
    Transform("municipalities.transitions", transitions),
)
