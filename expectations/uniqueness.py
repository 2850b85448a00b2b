"""Which keys occur more than once, by two methods that share no code.

`with_copies` compares hashes and is what the engine of Great Expectations counts with. `in_copies` sorts the
keys and compares neighbours; the split marks rows with it. A fault in one of the two, or in what Polars does
for it, makes the counts differ, and different counts stop the run (VK-D003).

What belongs here: both methods. What does not: what follows from a repeated key.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

_HASH = "\0hash"
_POSITION = "\0position"


def with_copies(frame: pl.LazyFrame, columns: Sequence[str], counted: str) -> pl.DataFrame:
    """The keys that occur more than once, sorted, and in `counted` the number of rows that hold each.

    Null equals null, NaN equals NaN and -0.0 equals 0.0. No text is normalised: "e" with a combining accent
    differs from the single character. The frame is read once, and a second time when some hash repeats: two
    different keys with one hash are distinguished then. Memory: 8 bytes a row (16 while sorting), plus the
    repeated keys.
    """
    hashed = pl.struct(columns).hash()
    hashes = frame.select(hashed.alias(_HASH)).collect().to_series().sort()
    later, earlier = hashes.slice(1), hashes.slice(0, max(len(hashes) - 1, 0))  # no copies
    repeated = later.filter(later == earlier).unique()
    del hashes, later, earlier
    rows = frame.select(columns)
    candidates = rows.filter(hashed.is_in(repeated.implode())) if len(repeated) else rows.clear()
    keys = candidates.group_by(columns).agg(pl.len().alias(counted)).filter(pl.col(counted) > 1)
    return keys.sort(columns).collect()


def in_copies(frame: pl.LazyFrame, columns: Sequence[str], marked: str) -> pl.LazyFrame:
    """The frame with a column `marked`: whether another row holds the same key.

    Equal means the same as in `with_copies`. The order of the rows is kept. Memory: the key and 4 bytes of
    every row, sorted.
    """
    in_order = frame.select(columns).with_row_index(_POSITION).sort(columns)
    as_next = pl.all_horizontal(pl.col(c).eq_missing(pl.col(c).shift(-1)) for c in columns)
    last = (
        pl.int_range(pl.len()) == pl.len() - 1
    )  # nothing follows it; null would equal a missing key
    same = (as_next & ~last).alias(marked)
    marks = in_order.with_columns(same).with_columns(
        pl.col(marked) | pl.col(marked).shift(1, fill_value=False)
    )
    return pl.concat([frame, marks.sort(_POSITION).select(marked)], how="horizontal")
