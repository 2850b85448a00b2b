"""Column and table metrics: one expression, one value.

An entry gives an expression of height one, so that all metrics of a level fit in one select, and how
the cell becomes the value Great Expectations works with.

What belongs here: a column or table as a whole. What does not: single rows (`predicates.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import polars as pl
from great_expectations.constants import MAX_DISTINCT_VALUES
from great_expectations.expectations.metrics.column_aggregate_metrics.column_outlier_statistics import (
    OutlierStatistics,
    _to_float,
    validate_method,
)

from expectations.gx_polars.literals import IMPOSSIBLE, among, as_text, same
from expectations.gx_polars.metric_request import MetricRequest
from expectations.gx_polars.predicates import within


class Aggregate(NamedTuple):
    """expression: of height one. value: the answer, from the expression's only cell."""

    expression: pl.Expr
    value: Callable[[Any], Any] = lambda cell: cell


def _number(request: MetricRequest) -> pl.Expr:
    """The selected cells as numbers; raises TypeError when they are none."""
    dtype = request.dtype
    if not (dtype.is_numeric() or dtype == pl.Boolean):
        raise TypeError(f'Column "{request.columns[0]}" of type {dtype} holds no numbers.')
    return request.selected


def _average(request: MetricRequest) -> pl.Expr:
    return request.selected if request.dtype.is_temporal() else _number(request)


def _with_nan(request: MetricRequest, statistic: pl.Expr) -> pl.Expr:
    """A statistic that is NaN when some cell is, for those that Polars takes of the other cells."""
    if not request.dtype.is_float():
        return statistic
    return pl.when(~request.selected.is_nan().any()).then(statistic).otherwise(float("nan"))


def _sum(request: MetricRequest) -> Aggregate:
    if isinstance(request.dtype, pl.Duration):
        return Aggregate(request.selected.sum())
    column, dtype = _number(request), request.dtype
    if dtype in (pl.Int64, pl.UInt64):
        column = column.cast(pl.Int128)  # a sum of Int64 wraps around without a word
    elif dtype.is_integer():
        column = column.cast(pl.Int64)
    return Aggregate(column.sum())


def _float(cell: Any) -> Any:
    return float(cell) if isinstance(cell, Decimal | int) else cell


def _outside_set(request: MetricRequest) -> pl.Expr:
    """Distinct values outside the set."""
    # Filtered first: the order of `unique` is not the same twice.
    values, cells = request.values.get("value_set") or [], request.selected.drop_nulls()
    return cells.filter(~among(cells, values, request.dtype)).unique()


def _not_in_set(request: MetricRequest) -> Aggregate:
    limit = request.values.get("limit") or MAX_DISTINCT_VALUES
    return Aggregate(_outside_set(request).sort().head(limit).implode(), _listed)


def _missing(request: MetricRequest) -> Aggregate:
    """The values of a set that the column lacks, sorted when they can be."""
    wanted = {value: same(value, request.dtype) for value in request.values.get("value_set") or []}
    cells = request.selected.drop_nulls()
    held = cells.filter(among(cells, wanted, request.dtype)).unique().implode()

    def lacking(cell: Any) -> list[Any]:
        present = set(_listed(cell))
        lacked = [
            value if cell is IMPOSSIBLE else cell
            for value, cell in wanted.items()
            if value is not None and (cell is IMPOSSIBLE or cell not in present)
        ]
        try:
            return sorted(lacked)
        except TypeError:  # values of several types
            return lacked

    return Aggregate(held, lacking)


def _missing_from_column(request: MetricRequest) -> Aggregate:
    expression, lacking = _missing(request)
    limit = request.values.get("limit") or MAX_DISTINCT_VALUES
    return Aggregate(expression, lambda cell: lacking(cell)[:limit])


def _missing_count(request: MetricRequest) -> Aggregate:
    expression, lacking = _missing(request)
    return Aggregate(expression, lambda cell: len(lacking(cell)))


def _listed(cell: Any) -> list[Any]:
    return cell.to_list() if isinstance(cell, pl.Series) else list(cell or [])


def _quantiles(request: MetricRequest) -> Aggregate:
    """Cells at positions, or between two; halfway, "nearest" takes the even position, as numpy does."""
    how: Any = request.values.get("allow_relative_error") or "nearest"
    if how not in ("linear", "lower", "higher", "midpoint", "nearest"):
        raise ValueError(f"allow_relative_error must be an interpolation, not {how!r}.")
    quantiles, column = list(request.values["quantiles"]), _average(request)
    ordered, last = column.drop_nulls().sort(), column.count().cast(pl.Int64) - 1
    nearest = [
        ordered.get((q * last).round(mode="half_to_even").cast(pl.Int64), null_on_oob=True)
        for q in quantiles
    ]
    interpolated = [column.quantile(q, interpolation=how) for q in quantiles]
    cells = nearest if how == "nearest" else interpolated
    return Aggregate(pl.concat_list([_with_nan(request, cell) for cell in cells]), _listed)


def _histogram(request: MetricRequest) -> Aggregate:
    """Counts between edges; a bin holds its lower edge, the last one both (as numpy's histogram)."""
    column, edges = _number(request), list(request.values["bins"])
    bins = list(pairwise(edges))
    within_bins = [(column >= low) & (column < high) for low, high in bins]
    if bins:
        within_bins[-1] = within_bins[-1] | (column == edges[-1])
    return Aggregate(pl.concat_list([each.sum() for each in within_bins]), _listed)


def _value_counts(request: MetricRequest) -> Aggregate:
    """Counts by value, as the pandas series the expectations built on it work with."""
    if request.values.get("sort", "value") not in ("value", "count", "none"):
        raise ValueError("sort must be either 'value', 'count', or 'none'")
    if request.values.get("collate") is not None:
        raise ValueError("collate is not supported")
    column = request.selected.drop_nulls()
    counted = column.alias("value").value_counts(name="count").implode()

    def series(cell: Any) -> Any:
        rows = sorted(_listed(cell), key=lambda row: row["value"])
        if request.values.get("sort") == "count":
            rows.sort(key=lambda row: -row["count"])
        index = pd.Index([row["value"] for row in rows], name="value")
        return pd.Series([row["count"] for row in rows], index=index, name="count", dtype="int64")

    return Aggregate(counted, series)


def _outlier_statistics(request: MetricRequest) -> Aggregate:
    method, column = request.values.get("method") or "iqr", _number(request)
    if request.dtype.is_float():
        column = column.filter(column.is_not_nan())
    validate_method(method)
    if method == "std":
        pair = [column.mean(), column.std()]
        return Aggregate(
            pl.concat_list([each.cast(pl.Float64) for each in pair]),
            lambda cell: OutlierStatistics.symmetric(*map(_to_float, _listed(cell))),
        )
    ends = [column.quantile(q, interpolation="linear").cast(pl.Float64) for q in (0.25, 0.75)]

    def fences(cell: Any) -> OutlierStatistics:
        low, high = map(_to_float, _listed(cell))
        return OutlierStatistics(low, high, None if low is None or high is None else high - low)

    return Aggregate(pl.concat_list(ends), fences)


def _between_count(request: MetricRequest) -> Aggregate:
    # A number of numpy: the expectation divides it by the number of rows, also when there are none.
    return Aggregate(within(request.selected, request.dtype, request.values).sum(), np.int64)


def _length(request: MetricRequest) -> pl.Expr:
    return as_text(request.selected, request.dtype).str.len_chars()


def _rows(request: MetricRequest) -> Aggregate:
    rows = request.rows
    return Aggregate(pl.len() if rows is None else rows.sum(), int)


AGGREGATES: dict[str, Callable[[MetricRequest], Aggregate]] = {
    "table.row_count": _rows,
    "column.min": lambda q: Aggregate(_with_nan(q, q.selected.min())),
    "column.max": lambda q: Aggregate(_with_nan(q, q.selected.max())),
    "column.sum": _sum,
    "column.mean": lambda q: Aggregate(_average(q).mean(), _float),
    "column.median": lambda q: Aggregate(_with_nan(q, _average(q).median()), _float),
    "column.standard_deviation": lambda q: Aggregate(_number(q).std(), _float),
    "column.non_null_count": lambda q: Aggregate(q.selected.count()),
    "column.distinct_values": lambda q: Aggregate(
        q.selected.drop_nulls().unique().implode(), lambda cell: set(_listed(cell))
    ),
    "column.distinct_values.count": lambda q: Aggregate(q.selected.drop_nulls().n_unique()),
    "column.distinct_values.count.under_threshold": lambda q: Aggregate(
        q.selected.drop_nulls().n_unique() < q.values["threshold"]
    ),
    "column.distinct_values.not_in_set": _not_in_set,
    "column.distinct_values.not_in_set.count": lambda q: Aggregate(_outside_set(q).len()),
    "column.distinct_values.missing_from_column": _missing_from_column,
    "column.distinct_values.missing_from_column.count": _missing_count,
    "column.most_common_value": lambda q: Aggregate(
        q.selected.drop_nulls().mode().sort().implode(), _listed
    ),
    "column.quantile_values": _quantiles,
    "column.histogram": _histogram,
    "column.value_counts": _value_counts,
    "column.outlier_statistics": _outlier_statistics,
    "column_values.between.count": _between_count,
    "column_values.length.min": lambda q: Aggregate(_length(q).min()),
    "column_values.length.max": lambda q: Aggregate(_length(q).max()),
}
