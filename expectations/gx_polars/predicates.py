"""Map metrics: when a row holds what an expectation says, as a Polars expression.

One entry a metric of Great Expectations; no entry ever looks at more than one row, except those that
compare a value with the one before it. NaN is a value: it is never null, and within no bounds.

What belongs here: one row, true or false. What does not: columns as a whole (`aggregates.py`) and
uniqueness over rows (`expectations/uniqueness.py`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import combinations
from typing import Any

import polars as pl
import polars.exceptions as plx

from expectations.errors import VoorkantError
from expectations.gx_polars import parsing
from expectations.gx_polars.literals import among, as_text, bound
from expectations.gx_polars.metric_request import MetricRequest

Predicate = Callable[[MetricRequest], pl.Expr]


def _number_free(column: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Whether a cell is NaN; false for every type but floats."""
    return column.is_nan() if dtype.is_float() else pl.lit(False)


def within(column: pl.Expr, dtype: pl.DataType, values: Any) -> pl.Expr:
    """Whether a cell is between `min_value` and `max_value`, each strict or not."""
    low, high = values.get("min_value"), values.get("max_value")
    if low is None and high is None:
        raise ValueError("min_value and max_value cannot both be None")
    if low is not None and high is not None and low > high:
        raise ValueError("min_value cannot be greater than max_value")
    tests = []
    if low is not None:
        least = bound(low, dtype)
        tests.append(column > least if values.get("strict_min") else column >= least)
    if high is not None:
        most = bound(high, dtype)
        tests.append(column < most if values.get("strict_max") else column <= most)
    if dtype.is_float():
        tests.append(column.is_not_nan())
    inside = tests[0]
    for test in tests[1:]:
        inside = inside & test
    return inside


def _in_set(request: MetricRequest) -> pl.Expr:
    values = request.values.get("value_set")
    if values is None:
        return pl.lit(True)
    return among(request.column, values, request.dtype)


def _not_in_set(request: MetricRequest) -> pl.Expr:
    values = request.values.get("value_set")
    if values is None:
        return pl.lit(True)
    return ~among(request.column, values, request.dtype)


@lru_cache(maxsize=256)
def _checked(pattern: str) -> str:
    try:
        pl.Series([""]).str.contains(pattern)
    except plx.ComputeError as error:
        raise VoorkantError(
            "VK-G002",
            problem=f"The regular expression `{pattern}` cannot be evaluated: {_reason(error)}.",
            where="regex of an expectation",
            outcome="The expectation was not judged; the others were.",
            remedy="Look-around and back-references do not exist in linear-time regular expressions;"
            " write the pattern without them, or as two expectations.",
        ) from error
    return pattern


def _reason(error: Exception) -> str:
    errors = [line for line in str(error).splitlines() if line.startswith("error: ")]
    return errors[0].removeprefix("error: ") if errors else str(error).splitlines()[0]


def _matches(request: MetricRequest, pattern: str) -> pl.Expr:
    return as_text(request.column, request.dtype).str.contains(_checked(pattern))


def _matched(request: MetricRequest, patterns: Iterable[str], match_on: str | None) -> pl.Expr:
    found = [_matches(request, pattern) for pattern in patterns]
    if match_on not in (None, "any", "all"):
        raise ValueError("match_on must be either 'any' or 'all'")
    return pl.all_horizontal(found) if match_on == "all" else pl.any_horizontal(found)


def like(pattern: str, escape: str | None = None) -> str:
    """A LIKE pattern as a regular expression over the whole text: `%` any text, `_` one character."""
    out, taken = [], False
    for char in pattern:
        if taken or char not in ("%", "_", escape):
            out.append(parsing.quoted(char))
            taken = False
        elif char == escape:
            taken = True
        else:
            out.append(".*" if char == "%" else ".")
    return rf"(?s)\A{''.join(out)}\z"


def _likes(request: MetricRequest, patterns: Iterable[str]) -> pl.Expr:
    escape, match_on = request.values.get("escape"), request.values.get("match_on")
    return _matched(request, [like(each, escape) for each in patterns], match_on)


def _length(request: MetricRequest) -> pl.Expr:
    return as_text(request.column, request.dtype).str.len_chars().cast(pl.Int64)


def _after_previous(request: MetricRequest, rising: bool) -> pl.Expr:
    column, rows = request.column, request.rows
    seen = column if rows is None else pl.when(rows).then(column)
    previous = seen.forward_fill().shift(1)
    low, high = (previous, column) if rising else (column, previous)
    ordered = low < high if request.values.get("strictly") else low <= high
    return ordered.fill_null(True)


def _usual(request: MetricRequest) -> pl.Expr:
    mean, deviation = request.known["column_values.z_score.map"]
    if mean is None or not deviation:
        return pl.lit(True)
    if not (math.isfinite(mean) and math.isfinite(deviation)):
        raise ValueError("No z-score: the column holds NaN or infinity, so its mean says nothing.")
    score: pl.Expr = (request.column.cast(pl.Float64) - mean) / deviation
    threshold: float = request.values["threshold"]
    if request.values.get("double_sided", True):
        score, threshold = score.abs(), abs(threshold)
    return score < threshold


def _no_outlier(request: MetricRequest) -> pl.Expr:
    low, high, iqr = request.known["column.outlier_statistics"]
    if low is None or high is None or iqr is None:
        return pl.lit(True)
    column: pl.Expr = request.column.cast(pl.Float64)
    threshold: float = request.values.get("multiplier", 1.5) * iqr
    if request.values.get("method", "iqr") == "iqr":
        return column.is_between(low - threshold, high + threshold) & column.is_not_nan()
    return column.eq(low) if threshold <= 0 else (column - low).abs().lt(threshold)


def _pair(request: MetricRequest) -> tuple[pl.Expr, pl.Expr]:
    first, second = request.columns
    return pl.col(first), pl.col(second)


def _greater(request: MetricRequest) -> pl.Expr:
    first, second = _pair(request)
    larger = first >= second if request.values.get("or_equal") else first > second
    nans = [_number_free(pl.col(name), request.schema[name]) for name in request.columns]
    return larger & ~pl.any_horizontal(nans)


def _pair_in_set(request: MetricRequest) -> pl.Expr:
    pairs = request.values.get("value_pairs_set")
    if pairs is None:
        return pl.lit(True)
    seconds: dict[Any, list[Any]] = {}
    for first, second in pairs:
        seconds.setdefault(first, []).append(second)

    def equal(name: str, values: list[Any]) -> pl.Expr:
        found = among(pl.col(name), values, request.schema[name]).fill_null(False)
        return found | pl.col(name).is_null() if None in values else found

    left, right = request.columns
    return pl.any_horizontal(
        [equal(left, [first]) & equal(right, rest) for first, rest in seconds.items()]
    )


def _sum_equals(request: MetricRequest) -> pl.Expr:
    names = request.columns
    total = pl.sum_horizontal([pl.col(name) for name in names], ignore_nulls=False)
    kinds = [request.schema[name] for name in names]
    wanted = next((kind for kind in kinds if kind.is_float() or kind.is_decimal()), kinds[0])
    return total == bound(request.values.get("sum_total"), wanted)


def _all_equal(request: MetricRequest) -> pl.Expr:
    first, *rest = [pl.col(name) for name in request.columns]
    return pl.all_horizontal([first.eq_missing(other) for other in rest])


def _all_different(request: MetricRequest) -> pl.Expr:
    columns = [pl.col(name) for name in request.columns]
    return pl.all_horizontal([a.ne_missing(b) for a, b in combinations(columns, 2)])


def _parses(test: Callable[[Any], bool]) -> Predicate:
    return lambda request: parsing.by_distinct_value(request.column, test)


PREDICATES: dict[str, Predicate] = {
    "column_values.nonnull": lambda q: q.column.is_not_null(),
    "column_values.null": lambda q: q.column.is_null(),
    "column_values.between": lambda q: within(q.column, q.dtype, q.values),
    "column_values.in_set": _in_set,
    "column_values.not_in_set": _not_in_set,
    "column_values.match_regex": lambda q: _matches(q, q.values["regex"]),
    "column_values.not_match_regex": lambda q: ~_matches(q, q.values["regex"]),
    "column_values.match_regex_list": lambda q: _matched(
        q, q.values["regex_list"], q.values.get("match_on")
    ),
    "column_values.not_match_regex_list": lambda q: ~_matched(q, q.values["regex_list"], "any"),
    "column_values.match_like_pattern": lambda q: _likes(q, [q.values["like_pattern"]]),
    "column_values.not_match_like_pattern": lambda q: ~_likes(q, [q.values["like_pattern"]]),
    "column_values.match_like_pattern_list": lambda q: _likes(q, q.values["like_pattern_list"]),
    "column_values.not_match_like_pattern_list": lambda q: (
        ~_likes(q, q.values["like_pattern_list"])
    ),
    "column_values.value_length.equals": lambda q: _length(q) == q.values["value"],
    "column_values.value_length.between": lambda q: within(_length(q), pl.Int64(), q.values),
    "column_values.increasing": lambda q: _after_previous(q, rising=True),
    "column_values.decreasing": lambda q: _after_previous(q, rising=False),
    "column_values.z_score.under_threshold": _usual,
    "column_values.not_outliers": _no_outlier,
    "column_values.json_parseable": _parses(parsing.is_json),
    "column_values.dateutil_parseable": _parses(parsing.is_date),
    "column_values.match_strftime_format": lambda q: parsing.by_distinct_value(
        q.column, parsing.of_format(q.values["strftime_format"])
    ),
    "column_values.match_json_schema": lambda q: parsing.by_distinct_value(
        q.column, parsing.of_json_schema(q.values["json_schema"])
    ),
    "column_pair_values.equal": lambda q: pl.Expr.eq(*_pair(q)),
    "column_pair_values.a_greater_than_b": _greater,
    "column_pair_values.in_set": _pair_in_set,
    "multicolumn_sum.equal": _sum_equals,
    "multicolumn_values.equal": _all_equal,
    "select_column_values.unique.within_record": _all_different,
}


def unexpected(metric: str, request: MetricRequest) -> pl.Expr:
    """The rows that break a map metric; null counts as false.

    A null cell breaks no rule about one column, except the rules about nulls. In a rule about several
    columns it does: it cannot be judged, unless `ignore_row_if` leaves the row out.
    """
    request.columns  # noqa: B018 (raises for a column that is not there)
    holds = PREDICATES[metric](request)
    if "column" not in request.domain:
        holds = holds.fill_null(False)
    rows = request.rows
    return ~holds if rows is None else ~holds & rows
