"""Which breaks in series touch rows that count several groups of taakvelden.

What belongs here: the column of words for such rows. What does not: rows with a series of their own
(`assets.reference.taakvelden`), and which groups a dataset counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

from assets.reference.taakvelden import words_of
from assets.reference.tables import taakveld_bridge


def groups_of(main_field: str) -> list[str]:
    """The groups of all taakvelden of a main field: `6` gives those of 6.1, 6.2 and on."""
    codes = taakveld_bridge().filter(pl.col("taakveld").str.starts_with(f"{main_field}."))
    return sorted(codes["taakveld_group"].unique())


def with_breaks(
    rows: pl.LazyFrame, column: str, counted: Mapping[str, Iterable[str]]
) -> pl.LazyFrame:
    """Rows with `year`, `report_type` and a column; adds `breaks`, missing where nothing touches.

    counted: value of the column -> the groups of taakvelden that rows with it count. A break touches
    them when it touches a series of one of the groups.
    """
    groups = [(value, group) for value, names in counted.items() for group in names]
    made_of = (
        pl.LazyFrame(groups, dict.fromkeys(("touched", "taakveld_group"), pl.String), orient="row")
        .join(taakveld_bridge().lazy(), on="taakveld_group")
        .select("touched", series="comparable_series")
        .unique()
    )
    place = ["report_type", "year"]
    return rows.join(
        words_of(made_of), left_on=[column, *place], right_on=["touched", *place], how="left"
    )
