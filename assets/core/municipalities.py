"""Municipalities: yearly lists, region codes with their province, inhabitants, and transfers.

Source   CBS Iv3 (`Gemeenten` of each year) and 03759ned (sources cbs_iv3, cbs_population)
Grain    year × municipality; region; year × region; date × from × to
Traps    v3 keys are padded; an abolished municipality stays in 03759ned with the value missing;
         mergers are described in prose, under the code that disappears
"""

from __future__ import annotations

import polars as pl

from assets.calc import parse_cells
from assets.framework.declared_tables import Transform
from expectations.vocabulary import PROBLEM

_DAY = r"\d{2}-\d{2}-\d{4}"
_ABOLISHED = rf"Opgeheven per ({_DAY}), overgegaan naar:\n((?:(?:- |\.\.\. ).*\n?)+)"
_ITEM = r"- .*\n?(?:\.\.\. .*\n?)*"
_PART = (
    r"- (?<to_name>.+?) \((?<to_code>GM\d{4})\),?\s+\.\.\. (?<hectares>\d+) hectare "
    r"met (?<dwellings>\d+) woning(?:en)? en (?<inhabitants>\d+) inwoners?"
)
_RENAMED = (
    rf"Naamswijziging per (?<date>{_DAY}),\s+nieuwe naam: (?<to_name>.+?) \((?<to_code>GM\d{{4}})\)"
)


def lists(raw_cbs_iv3__municipalities: pl.LazyFrame) -> pl.LazyFrame:
    """The municipalities of each year, codes without padding."""
    return raw_cbs_iv3__municipalities.select(
        parse_cells.year("year").alias("year"),
        parse_cells.clean("Key").alias("municipality_code"),
        parse_cells.clean("Title").alias("municipality_name"),
        "_capture",
        "_locator",
    )


def regions(raw_cbs_population__regions: pl.LazyFrame) -> pl.LazyFrame:
    """Region codes with the province that CBS groups a municipality under (`GMPV27` → `PV27`)."""
    return raw_cbs_population__regions.select(
        parse_cells.clean("Identifier").alias("region_code"),
        parse_cells.clean("Title").alias("region_name"),
        pl.col("DimensionGroupId").str.extract(r"^GM(PV\d{2})$").alias("province_code"),
        "_capture",
        "_locator",
    )


def inhabitants(raw_cbs_population__observations: pl.LazyFrame) -> pl.LazyFrame:
    """Inhabitants on 1 January. A municipality that did not exist has no value."""
    return raw_cbs_population__observations.select(
        parse_cells.year("Perioden").alias("year"),
        parse_cells.clean("RegioS").alias("region_code"),
        parse_cells.integer("Value").alias("inhabitants"),
        "_capture",
        "_locator",
        parse_cells.problems(value=("Value", parse_cells.integer("Value"))),
    )


def transfers(raw_cbs_population__regions: pl.LazyFrame) -> pl.LazyFrame:
    """Who went where and when, from the descriptions; boundary changes without abolition are not kept.

    Only changes since 2010, the first year of the register.
    """
    # CBS ends every line of a description with CR LF.
    described = raw_cbs_population__regions.select(
        pl.col("Identifier").str.strip_chars().alias("from_code"),
        pl.col("Title").str.strip_chars().alias("from_name"),
        pl.col("Description").str.replace_all("\r", "").alias("told"),
        "_capture",
        "_locator",
    ).filter(pl.col("from_code").str.starts_with("GM"))
    abolished = (
        described.with_columns(
            date=pl.col("told").str.extract(_ABOLISHED, 1),
            # Item by item, so that one that cannot be read is a problem of its own and not lost.
            parts=pl.col("told").str.extract(_ABOLISHED, 2).str.extract_all(_ITEM),
        )
        .drop_nulls("date")
        .explode("parts", empty_as_null=True)
        .with_columns(pl.col("parts").str.extract_groups(_PART))
        .unnest("parts")
        .with_columns(kind=pl.lit("merger"))
    )
    renamed = (
        described.with_columns(event=pl.col("told").str.extract_groups(_RENAMED))
        .unnest("event")
        .drop_nulls("date")
        .with_columns(kind=pl.lit("rename"))
    )
    counts = ["hectares", "dwellings", "inhabitants"]
    columns = ["date", "kind", "from_code", "from_name", "to_code", "to_name", *counts]
    both = pl.concat([abolished, renamed], how="diagonal")
    day = pl.col("date").str.to_date("%d-%m-%Y", strict=False)
    return (
        both.with_columns(
            day,
            pl.col(counts).cast(pl.Int64),
            pl.when(pl.col("to_code").is_null())
            .then(pl.format("Description: cannot read who {} went to", "from_code"))
            .when(day.is_null())
            .then(pl.format('Description: "{}" is no date', "date"))
            .alias(PROBLEM),
        )
        .filter((pl.col("date") > pl.date(2010, 1, 1)) | pl.col("date").is_null())
        .select(*columns, "_capture", "_locator", PROBLEM)
    )


def yearly(
    core_municipalities__lists: pl.LazyFrame,
    core_municipalities__regions: pl.LazyFrame,
    core_municipalities__inhabitants: pl.LazyFrame,
) -> pl.LazyFrame:
    """Each year's municipalities with province and inhabitants, as they were."""
    return (
        core_municipalities__lists.join(
            core_municipalities__regions.select(
                municipality_code="region_code", province_code="province_code"
            ),
            on="municipality_code",
            how="left",
        )
        .join(
            core_municipalities__inhabitants.select(
                "year", "inhabitants", municipality_code="region_code"
            ),
            on=["year", "municipality_code"],
            how="left",
        )
        .select(
            "year",
            "municipality_code",
            "municipality_name",
            "province_code",
            "inhabitants",
            "_capture",
            "_locator",
        )
    )


TABLES = (
    Transform("municipalities.lists", lists),
    Transform("municipalities.regions", regions),
    Transform("municipalities.inhabitants", inhabitants),
    Transform("municipalities.transfers", transfers),
    Transform("municipalities.yearly", yearly),
)
