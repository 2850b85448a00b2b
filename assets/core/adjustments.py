"""Wage and price series, and cited shortfalls, in one unit per kind.

Source   figures read by people (source cited_figures)
Grain    series × year
Unit     euros, percent or index, beside the value
Traps    a row without a value stands for a series that nobody has given us yet
"""

from __future__ import annotations

import polars as pl

from assets.calc import parse_cells
from assets.framework.declared_tables import Transform

MILLION = 1_000_000
UNITS = {"mln euro": "EUR", "euro": "EUR"}


def series(raw_cited_figures__adjustment_series: pl.LazyFrame) -> pl.LazyFrame:
    """Each figure of a series, amounts in euros."""
    unit = parse_cells.clean("unit")
    value = parse_cells.number("value")
    in_euros = pl.when(unit == "mln euro").then(value * MILLION).otherwise(value)
    texts = [
        "series", "kind", "bound", "status_source", "confidence", "source", "source_url",
        "published_at", "fills_from", "note",
    ]  # fmt: skip
    year = parse_cells.year("year")
    base = parse_cells.year("base_year")
    return raw_cited_figures__adjustment_series.select(
        *(parse_cells.clean(text).alias(text) for text in texts),
        year.alias("year"),
        in_euros.cast(parse_cells.NUMBER).alias("value"),
        unit.replace(UNITS).alias("unit"),
        base.alias("base_year"),
        "_capture",
        "_locator",
        parse_cells.problems(value=("value", value), year=("year", year), base=("base_year", base)),
    )


TABLES = (Transform("indexation_gap.cited_series", series),)
