"""A table like Iv3 (year x report x municipality x taakveld x category), with faults, of any size.

    .venv/bin/python -m bench.iv3_like ROWS FILE

Its codes only look like the official ones. One row in 2,000 is wrong, in one of nine ways, but no key has
a gap: to SQL two of those are not equal. The same seed and number of rows give the same table.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import polars as pl

SEED = 20_261_121
MUNICIPALITIES = 345
TAAKVELDEN = 54
CATEGORIES = 42
KINDS_OF_FAULT = 9
ONE_IN = 2_000


def table(rows: int, seed: int = SEED) -> pl.LazyFrame:
    """The rows in the order of their keys, save the doubled ones; amounts in whole euros."""
    random = np.random.default_rng(seed)
    drawn = pl.LazyFrame(
        {
            "row": pl.int_range(rows, eager=True),
            "drawn": np.round(random.lognormal(10, 2, rows)).astype(np.int64),
            "fault": random.integers(1, ONE_IN * KINDS_OF_FAULT + 1, rows, dtype=np.int32),
        }
    )
    fault = pl.col("fault")
    left = pl.col("row") - pl.col("row") // 3 * (fault == 1).cast(pl.Int64)  # another row's key
    category, left = left % CATEGORIES, left // CATEGORIES
    taakveld, left = left % TAAKVELDEN, left // TAAKVELDEN
    municipality, left = left % MUNICIPALITIES, left // MUNICIPALITIES
    report, year = left % 2, 2013 + left // 2
    return drawn.select(
        year=pl.when(fault == 2).then(2100).otherwise(year).cast(pl.Int16),
        report_type=pl.when(report == 0).then(pl.lit("budget")).otherwise(pl.lit("accounts")),
        municipality_code=pl.when(fault == 3)
        .then(pl.lit("XX12"))
        .otherwise(pl.format("GM{}", (municipality + 1).cast(pl.String).str.zfill(4))),
        taakveld=pl.when(fault == 5)
        .then(pl.lit("Overig"))
        .otherwise(pl.format("{}.{}", taakveld // 6, taakveld % 6 + 1)),
        category=pl.format(
            "{}{}.{}",
            pl.when(category < CATEGORIES // 2).then(pl.lit("L")).otherwise(pl.lit("B")),
            category % 21 // 3 + 1,
            category % 3 + 1,
        ),
        status=pl.when(fault == 6)
        .then(pl.lit("unknown"))
        .when(year < 2024)
        .then(pl.lit("final"))
        .otherwise(pl.lit("provisional")),
        amount_eur=pl.when(fault == 7)
        .then(None)
        .when(fault == 8)
        .then(-(10**13))
        .otherwise(pl.col("drawn")),
        of_which_eur=pl.when(fault == 9)
        .then(pl.col("drawn") + 1)
        .otherwise(pl.when(fault == 8).then(-(10**13)).otherwise(pl.col("drawn") // 2)),
        population=pl.when(fault != 4).then(pl.col("drawn") % 100_000 + 1_000).cast(pl.Int32),
    )


def main() -> None:
    rows, file = int(sys.argv[1]), Path(sys.argv[2])
    table(rows).sink_parquet(file, compression="zstd", row_group_size=250_000)


if __name__ == "__main__":
    main()
