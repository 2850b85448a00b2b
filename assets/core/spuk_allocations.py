"""SPUK amounts in one shape: scheme, component, year, recipient, kind of amount, version.

Source   core cells of the regulations, and the letters of VWS
Grain    amount of a recipient in a version
Unit     euros
Traps    components and municipalities are spelled differently between blocks of one annex
"""

from __future__ import annotations

import polars as pl

from assets.calc import parse_cells
from assets.core.spuk_annexes import BREDE_SPUK, LIST_YEAR, SPUK_IZA, iza_rows
from assets.framework.declared_tables import Transform
from assets.reference.municipality_names import with_codes
from assets.reference.spuk_components import with_component
from expectations.vocabulary import PROBLEM

LETTER_2025 = ("4190863-1084972-DMO", "2025-09-12")
LETTER_AZWA = ("1097348-DMO", "2026-04-22")
TRACE = ("_capture", "_locator")


def allocations(
    core_spuk_allocations__cells: pl.LazyFrame,
    core_spuk_allocations__letter_municipalities: pl.LazyFrame,
    core_spuk_allocations__letter_regions: pl.LazyFrame,
    core_spuk_allocations__azwa: pl.LazyFrame,
    core_municipalities__lists: pl.LazyFrame,
) -> pl.LazyFrame:
    """Every amount in one shape."""
    brede = core_spuk_allocations__cells.filter(
        (pl.col("regulation_id") == BREDE_SPUK) & (pl.col("column_number") > 1)
    )
    parts = [
        _ceilings(brede.filter(pl.col("annex") == "Bijlage III")),
        with_codes(
            _municipal(brede.filter(pl.col("annex") == "Bijlage IV")),
            core_municipalities__lists,
            name="recipient_name",
            year=LIST_YEAR,
            code="recipient_code",
        ),
        _iza_maxima(core_spuk_allocations__cells),
        _announced(core_spuk_allocations__letter_municipalities).with_columns(
            scheme=pl.lit("brede_spuk"),
            recipient_kind=pl.lit("municipality"),
            amount_kind=pl.lit("announced_incl_lpo"),
        ),
        _announced(core_spuk_allocations__letter_regions).with_columns(
            scheme=pl.lit("spuk_iza"),
            recipient_kind=pl.lit("region"),
            amount_kind=pl.lit("announced"),
        ),
        core_spuk_allocations__azwa.select(
            pl.lit("spuk_azwa").alias("scheme"),
            "component",
            "component_name_nl",
            "year",
            pl.lit("nation").alias("recipient_kind"),
            pl.lit("NL01").alias("recipient_code"),
            pl.lit("Nederland").alias("recipient_name"),
            pl.lit("announced").alias("amount_kind"),
            "amount_eur",
            pl.lit(LETTER_AZWA[0]).alias("regulation_id"),
            pl.lit(LETTER_AZWA[1]).alias("regulation_version"),
            *TRACE,
        ),
    ]
    return pl.concat(parts, how="diagonal")


def _ceilings(annex_iii: pl.LazyFrame) -> pl.LazyFrame:
    """Annex III: components in the rows, years in the columns."""
    typed = annex_iii.select(
        pl.lit("brede_spuk").alias("scheme"),
        pl.col("row_label").alias("label"),
        parse_cells.year("header").alias("year"),
        pl.lit("nation").alias("recipient_kind"),
        pl.lit("NL01").alias("recipient_code"),
        pl.lit("Nederland").alias("recipient_name"),
        pl.lit("ceiling").alias("amount_kind"),
        "amount_eur",
        "regulation_id",
        "regulation_version",
        *TRACE,
    )
    return with_component(typed).drop("label")


def _municipal(annex_iv: pl.LazyFrame) -> pl.LazyFrame:
    """Annex IV: municipalities in the rows, components and totals in the columns, the year in the corner."""
    heading = pl.col("header").str.to_lowercase()
    total = heading.str.starts_with("totaalbedrag")
    kind = (
        pl.when(heading.str.starts_with("totaalbedrag excl"))
        .then(pl.lit("allocation_excl_lpo"))
        .when(total)
        .then(pl.lit("allocation_incl_lpo"))
        .otherwise(pl.lit("component_allocation"))
    )
    typed = annex_iv.select(
        pl.lit("brede_spuk").alias("scheme"),
        pl.when(total).then(pl.lit("total")).otherwise(pl.col("header")).alias("label"),
        parse_cells.year("table_label").alias("year"),
        pl.lit("municipality").alias("recipient_kind"),
        pl.col("row_label").alias("recipient_name"),
        kind.alias("amount_kind"),
        "amount_eur",
        "regulation_id",
        "regulation_version",
        *TRACE,
    )
    return with_component(typed).drop("label")


def _iza_maxima(cells: pl.LazyFrame) -> pl.LazyFrame:
    """The maximum per region and year; one printed amount stands for each of 2023, 2024 and 2025."""
    row = ["regulation_id", "regulation_version", "table_number", "row_number"]
    names = iza_rows(cells).select(*row, "region_name")
    first = pl.col("header").str.extract(r"(20\d\d)").cast(pl.Int16)
    last = pl.col("header").str.extract(r"20\d\d.*(20\d\d)").cast(pl.Int16)
    return (
        cells.filter(
            (pl.col("regulation_id") == SPUK_IZA) & pl.col("header").str.contains(r"20\d\d")
        )
        .join(names, on=row, how="left", maintain_order="left")
        .select(
            pl.lit("spuk_iza").alias("scheme"),
            pl.lit("total").alias("component"),
            pl.lit("Totaal").alias("component_name_nl"),
            pl.int_ranges(first, pl.coalesce(last, first) + 1, dtype=pl.Int16).alias("year"),
            pl.lit("region").alias("recipient_kind"),
            pl.col("region_name").alias("recipient_name"),
            pl.lit("region_maximum").alias("amount_kind"),
            "amount_eur",
            "regulation_id",
            "regulation_version",
            *TRACE,
        )
        .explode("year")
    )


def _announced(letter: pl.LazyFrame) -> pl.LazyFrame:
    """Amounts of the letter of 12 September 2025."""
    return letter.with_columns(
        component=pl.lit("total"),
        component_name_nl=pl.lit("Totaal"),
        regulation_id=pl.lit(LETTER_2025[0]),
        regulation_version=pl.lit(LETTER_2025[1]),
    ).drop(PROBLEM)


TABLES = (Transform("spuk_allocations.allocations", allocations),)
