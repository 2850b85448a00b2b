"""SPUK annexes: every cell of every version of the regulations, and the regions of SPUK IZA.

Source   BWBR0047862 (Brede SPUK), BWBR0048411 (SPUK IZA)
Grain    cell of a version of a regulation; municipality of a region
Unit     euros, printed in Dutch
Traps    annexes change retroactively, so the version is part of the key; there are no CBS codes
"""

from __future__ import annotations

import polars as pl

from assets.calc import dutch_amounts, parse_cells
from assets.framework.declared_tables import Transform
from assets.reference.municipality_names import with_codes
from expectations.vocabulary import PROBLEM

BREDE_SPUK = "BWBR0047862"
SPUK_IZA = "BWBR0048411"
# The regulations of 2023–2026 name the municipalities of 2023 and later; that list has not changed.
LIST_YEAR = 2026
TRACE = ("_capture", "_locator")


def cells(raw_brede_spuk__cells: pl.LazyFrame, raw_spuk_iza__cells: pl.LazyFrame) -> pl.LazyFrame:
    """All cells, with the amount where the column holds amounts."""
    brede, iza = pl.col("regulation_id") == BREDE_SPUK, pl.col("regulation_id") == SPUK_IZA
    holds_amounts = (brede & (pl.col("column") != "1")) | (
        iza & pl.col("header").str.contains(r"20\d\d")
    )
    printed = pl.when(holds_amounts).then(pl.col("text"))
    place = ["regulation_id", "version", "table"]
    both = pl.concat([raw_brede_spuk__cells, raw_spuk_iza__cells])
    first_headers = (
        both.filter(pl.col("column") == "1")
        .group_by(place)
        .agg(table_label=pl.col("header").first())
    )
    return both.join(first_headers, on=place, how="left", maintain_order="left").select(
        "regulation_id",
        pl.col("version").alias("regulation_version"),
        parse_cells.date("visible_from").alias("visible_from"),
        parse_cells.date("visible_to").alias("visible_to"),
        parse_cells.date("effective_from").alias("effective_from"),
        parse_cells.date("effective_to").alias("effective_to"),
        pl.col("annex").fill_null("").alias("annex"),
        parse_cells.integer("table").alias("table_number"),
        parse_cells.integer("row").alias("row_number"),
        parse_cells.integer("column").alias("column_number"),
        "table_label",
        "header",
        "row_label",
        "text",
        dutch_amounts.amount(printed).alias("amount_eur"),
        *TRACE,
        pl.when(dutch_amounts.unreadable(printed))
        .then(pl.format('{}: cannot read the amount "{}"', "header", "text"))
        .alias(PROBLEM),
    )


def regions(
    core_spuk_allocations__cells: pl.LazyFrame, core_municipalities__lists: pl.LazyFrame
) -> pl.LazyFrame:
    """The municipalities of each region, from the newest version of annex 1."""
    rows = iza_rows(core_spuk_allocations__cells)
    newest = rows.filter(pl.col("regulation_version") == pl.col("regulation_version").max())
    members = newest.select(
        pl.lit(LIST_YEAR).alias("year"),
        "region_name",
        "mandate_holder",
        # Printed with commas in the regulation, with semicolons in our own table of figures.
        pl.col("municipalities")
        .str.replace_all(";", ",")
        .str.split(",")
        .alias("municipality_name"),
        *TRACE,
    ).explode("municipality_name")
    named = members.with_columns(pl.col("municipality_name").str.strip_chars())
    coded = with_codes(
        named,
        core_municipalities__lists,
        name="municipality_name",
        year=LIST_YEAR,
        code="municipality_code",
    )
    # A joint authority (Openbaar Lichaam SamenTwente) holds a mandate too and is no municipality.
    return with_codes(
        coded,
        core_municipalities__lists,
        name="mandate_holder",
        year=LIST_YEAR,
        code="mandate_holder_code",
        required=False,
    )


def iza_rows(cells: pl.LazyFrame) -> pl.LazyFrame:
    """Annex 1 of SPUK IZA, one row per region: its cells by the meaning of their heading."""
    heading = pl.col("header").str.to_lowercase()
    meaning = (
        pl.when(heading.str.contains("mandaat"))
        .then(pl.lit("mandate_holder"))
        .when(heading.str.contains(r"20\d\d"))
        .then(pl.lit("amount"))
        # "Gemeenten in de samenwerkingsregio" names both; it lists municipalities.
        .when(heading.str.contains("gemeent"))
        .then(pl.lit("municipalities"))
        .when(heading.str.contains("regio"))
        .then(pl.lit("region_name"))
    )
    iza = cells.filter(pl.col("regulation_id") == SPUK_IZA).with_columns(meaning=meaning)
    names = [
        pl.col("text").filter(pl.col("meaning") == name).first().alias(name)
        for name in ("region_name", "mandate_holder", "municipalities")
    ]
    return iza.group_by(
        "regulation_id", "regulation_version", "table_number", "row_number", maintain_order=True
    ).agg(*names, *(pl.col(c).filter(pl.col("meaning") == "region_name").first() for c in TRACE))


TABLES = (
    Transform("spuk_allocations.cells", cells),
    Transform("spuk_allocations.regions", regions),
)
