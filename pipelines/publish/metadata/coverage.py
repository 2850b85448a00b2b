"""The years a release is about, read from its own rows."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from expectations.contract import Contract
from pipelines.publish.metadata.publication import About


def coverage(
    contract: Contract, about: About, tables: Mapping[str, pl.LazyFrame]
) -> tuple[int, int] | None:
    """First and last year of the rows; of the main table if that one knows years.

    tables: published table -> its rows. The year of a row is in its columns of type `year`, or begins the
    declared column of periods. None when there is no such column, or nothing is in it.
    """
    for table in contract.published:
        years = [
            pl.col(name).cast(pl.String).str.slice(0, 4).cast(pl.Int32, strict=False)
            for name, column in table.columns.items()
            if column.type == "year" or name == about.period
        ]
        if not years:
            continue
        frame = tables[table.name].select(years)
        first, last = (
            frame.select(
                first=pl.min_horizontal(pl.all().min()), last=pl.max_horizontal(pl.all().max())
            )
            .collect()
            .row(0)
        )
        if first is not None:
            return int(first), int(last)
    return None
