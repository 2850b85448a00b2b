"""Letters of VWS on SPUK: what was announced to municipalities and regions, and for the SPUK AZWA.

Source   letters of 12 September 2025 and 22 April 2026 (source cited_figures)
Grain    year × recipient; component × year
Unit     euros; millions in the letter on SPUK AZWA
Traps    one letter has two amounts swapped: they stay as printed, a rule tells
"""

from __future__ import annotations

import polars as pl

from assets.calc import parse_cells
from assets.core.spuk_annexes import LIST_YEAR
from assets.framework.declared_tables import Transform
from assets.reference.municipality_names import with_codes
from assets.reference.spuk_components import with_component

MILLION = 1_000_000
TRACE = ("_capture", "_locator")


def letter_municipalities(
    raw_cited_figures__brede_spuk_letter_2025: pl.LazyFrame,
    core_municipalities__lists: pl.LazyFrame,
) -> pl.LazyFrame:
    """Annex 2A of the letter, one row per year and municipality."""
    long = _years(raw_cited_figures__brede_spuk_letter_2025, "municipality")
    return with_codes(
        long,
        core_municipalities__lists,
        name="recipient_name",
        year=LIST_YEAR,
        code="recipient_code",
    )


def letter_regions(raw_cited_figures__spuk_iza_letter_2025: pl.LazyFrame) -> pl.LazyFrame:
    """Annex 2B of the letter, one row per year and region; the swapped amounts stay as printed."""
    return _years(raw_cited_figures__spuk_iza_letter_2025, "region")


def azwa(raw_cited_figures__spuk_azwa: pl.LazyFrame) -> pl.LazyFrame:
    """Intended amounts of the SPUK AZWA in euros."""
    amount = parse_cells.euros("amount_mln_eur", MILLION)
    typed = raw_cited_figures__spuk_azwa.select(
        parse_cells.clean("component").alias("label"),
        parse_cells.year("year").alias("year"),
        amount.alias("amount_eur"),
        *TRACE,
        parse_cells.problems(amount=("amount_mln_eur", amount)),
    )
    return with_component(typed).drop("label")


def _years(raw: pl.LazyFrame, name: str) -> pl.LazyFrame:
    """Two columns of amounts (2025 and 2026) to one row per year."""
    parts = []
    for year in (2025, 2026):
        column = f"amount_{year}_eur"
        amount = parse_cells.euros(column, 1)
        parts.append(
            raw.select(
                pl.lit(year).alias("year"),
                parse_cells.clean(name).alias("recipient_name"),
                amount.alias("amount_eur"),
                "_capture",
                pl.format("{} column {}", "_locator", pl.lit(column)).alias("_locator"),
                parse_cells.problems(amount=(column, amount)),
            )
        )
    return pl.concat(parts)


TABLES = (
    Transform("spuk_allocations.letter_municipalities", letter_municipalities),
    Transform("spuk_allocations.letter_regions", letter_regions),
    Transform("spuk_allocations.azwa", azwa),
)
