"""Which rows broke a rule: values, whole rows, row numbers.

Rules of which all broken rows are shown share one scan when those are few; every other rule stops
reading at its sample. No list is cut at 200, as Great Expectations' own engines do: COMPLETE is complete.

What belongs here: showing rows that are known to be wrong. What does not: counting them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

POSITION = "\0position"
_FEW = 10_000  # rows of one rule that are worth holding to save it a scan of its own


@dataclass(frozen=True, slots=True)
class Wanted:
    """Rows that break one rule.

    rows: the rule's expression, or the frame of its rows with POSITION, when no expression finds them.
    count: how many there are. limit: how many are shown; None for all. numbered: whether row numbers
    are asked for, which is not free.
    """

    rows: pl.Expr | pl.LazyFrame
    columns: tuple[str, ...]
    count: int
    limit: int | None
    numbered: bool

    @property
    def few(self) -> bool:
        """Whether all rows are shown and may be held together with those of other rules."""
        most = _FEW if self.limit is None else min(self.limit, _FEW)
        return isinstance(self.rows, pl.Expr) and self.count <= most

    @property
    def shown(self) -> tuple[str, ...]:
        """The columns of the answer."""
        return (POSITION, *self.columns) if self.numbered else self.columns


def gathered(frame: pl.LazyFrame, wanted: Mapping[Any, Wanted]) -> dict[Any, pl.DataFrame]:
    """The rows of each rule, in the order of the batch: POSITION (from 0, if asked) and its columns."""
    broken = {key: each for key, each in wanted.items() if each.count and each.limit != 0}
    unbroken = wanted.keys() - broken.keys()
    found = {key: pl.DataFrame(schema=list(wanted[key].shown)) for key in unbroken}
    if any(each.numbered for each in broken.values()):
        frame = frame.with_row_index(POSITION)
    few = {key: each for key, each in broken.items() if each.few}
    if len(few) > 1:
        found |= _together(frame, few)
    alone = {key: each for key, each in broken.items() if key not in found}
    queries = [_alone(frame, each) for each in alone.values()]
    return found | dict(zip(alone, pl.collect_all(queries), strict=True))


def _alone(frame: pl.LazyFrame, wanted: Wanted) -> pl.LazyFrame:
    rows = wanted.rows if isinstance(wanted.rows, pl.LazyFrame) else frame.filter(wanted.rows)
    shown = rows.select(wanted.shown)
    return shown if wanted.limit is None else shown.head(wanted.limit)


def _together(frame: pl.LazyFrame, few: Mapping[Any, Wanted]) -> dict[Any, pl.DataFrame]:
    marks = {key: f"\0{index}" for index, key in enumerate(few)}
    columns = dict.fromkeys(name for each in few.values() for name in each.shown)
    broken = (
        frame.with_columns(
            [each.rows.fill_null(False).alias(marks[key]) for key, each in few.items()]  # type: ignore[union-attr]
        )
        .filter(pl.any_horizontal(list(marks.values())))
        .select(*columns, *marks.values())
        .collect()
    )
    return {
        key: broken.filter(pl.col(marks[key]))
        .select(each.shown)
        .head(each.count if each.limit is None else each.limit)
        for key, each in few.items()
    }


def values(rows: pl.DataFrame, domain: Mapping[str, Any]) -> list[Any]:
    """Unexpected values as Great Expectations shows them: cells, pairs, or records."""
    if "column" in domain:
        return list(rows[domain["column"]].to_list())
    if "column_A" in domain:
        return rows.select(domain["column_A"], domain["column_B"]).rows()
    return rows.select(domain["column_list"]).to_dicts()


def index_list(
    rows: pl.DataFrame, names: Sequence[str] | None, shown: Iterable[str], hide_values: bool
) -> list[Any]:
    """Where the rows are: row numbers from 0, or the values of the index columns with the columns judged."""
    if not names:
        return rows[POSITION].to_list()
    if hide_values:
        return [rows.select(list(names)).to_dict(as_series=False)] if rows.height else []
    return rows.select(list(dict.fromkeys([*shown, *names]))).to_dicts()
