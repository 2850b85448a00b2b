"""Which keys occur more than once, exactly and without holding the keys of the whole table.

Eight bytes a row: hash every key, sort the hashes, and only look at the keys whose hash occurs twice.
Two different keys with one hash are told apart in that second look, so the answer is exact.

What belongs here: the one way in which uniqueness is judged. What does not: what follows from it.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

_HASH = "\0hash"


def duplicated(frame: pl.LazyFrame, columns: Sequence[str]) -> pl.DataFrame:
    """The keys that occur more than once; one row a key, only the key columns, sorted.

    Null equals null, NaN equals NaN and -0.0 equals 0.0. No text is normalised: "e" with a combining
    accent differs from the single character. The frame is read once, and once more when some hash
    repeats. Memory: 8 bytes a row (16 while sorting), plus the repeated keys.
    """
    return with_copies(frame, columns, "\0copies").select(columns)


def with_copies(frame: pl.LazyFrame, columns: Sequence[str], counted: str) -> pl.DataFrame:
    """As `duplicated`, with the number of rows that hold each key in the column `counted`."""
    hashed = pl.struct(columns).hash()
    hashes = frame.select(hashed.alias(_HASH)).collect().to_series().sort()
    later, earlier = hashes.slice(1), hashes.slice(0, max(len(hashes) - 1, 0))  # no copies
    repeated = later.filter(later == earlier).unique()
    del hashes, later, earlier
    rows = frame.select(columns)
    candidates = rows.filter(hashed.is_in(repeated.implode())) if len(repeated) else rows.clear()
    keys = candidates.group_by(columns).agg(pl.len().alias(counted)).filter(pl.col(counted) > 1)
    return keys.sort(columns).collect()
