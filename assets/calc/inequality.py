"""How far values lie apart: quantiles, Gini and Theil, and how sure that is.

What belongs here: pure functions of numbers. What does not: what the numbers are, and rounding.

Every measure takes *masses*: how often each value counts. With masses of one every municipality counts
once; with its inhabitants every inhabitant does; with the counts of a draw it is a bootstrap. Masses are
whole numbers in rows, so that thousands of draws are one calculation.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Counts = NDArray[np.int64]

REPLICATES = 1000
SEED = 20260101
CONFIDENCE_PCT = (2.5, 97.5)


class Estimate(NamedTuple):
    """A measure of all values, and the interval that 95 % of the draws lie in; NaN is undefined."""

    value: float
    low: float
    high: float


def quantile(values: Numbers, masses: Counts, percent: int) -> Numbers:
    """The value below which so many percent of the mass lies, for each row of masses.

    values: ascending. It is the smallest value at which the cumulated mass exceeds the percentage; where a
    value hits it exactly, the mean of that value and the next one. (Type 2 of Hyndman and Fan; 50 percent
    is the usual median.)
    """
    cumulated = 100 * masses.cumsum(axis=1)
    wanted = percent * masses.sum(axis=1, keepdims=True)
    reached, exceeded = (cumulated >= wanted).argmax(axis=1), (cumulated > wanted).argmax(axis=1)
    middle: Numbers = (values[reached] + values[exceeded]) / 2
    return middle


def gini(values: Numbers, masses: Counts) -> Numbers:
    """Half the mean absolute difference over the mean, for each row of masses; values ascending.

    The mean is over all pairs, also of a value with itself: one value that has everything among n gives
    1 − 1/n. Undefined with a negative value or without any amount.
    """
    amounts = masses * values
    total_mass, total = masses.sum(axis=1), amounts.sum(axis=1)
    rank = 2 * masses.cumsum(axis=1) - masses - total_mass[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        result: Numbers = (amounts * rank).sum(axis=1) / (total_mass * total)
    return _where_defined(result, values, total)


class Theil(NamedTuple):
    """Theil's T and its parts: between the means of classes, and within classes. Their sum is total."""

    total: Numbers
    between: Numbers
    within: Numbers


def theil(values: Numbers, masses: Counts, classes: Counts) -> Theil:
    """The mean of x/μ · ln(x/μ), in natural logarithms, for each row of masses.

    classes: of each value, 0 up. The part within is that of each class, weighted by its share of the
    amounts. Undefined with a negative value or without any amount; a zero adds nothing.
    """
    positive = np.maximum(values, 0)
    logs = np.log(np.where(positive > 0, positive, 1))
    member = np.eye(int(classes.max()) + 1)[classes]
    per_class = [
        masses @ (column[:, None] * member) for column in (_ones(values), positive, positive * logs)
    ]
    mass, amount, logged = per_class
    total_mass, total, total_logged = (each.sum(axis=1) for each in per_class)
    with np.errstate(divide="ignore", invalid="ignore"):
        overall = total_logged / total - np.log(total / total_mass)
        # A class that was not drawn, or has nothing, adds nothing.
        share, there = amount / total[:, None], amount > 0
        mean_log = np.log(np.where(there, amount / mass, 1))
        between = (share * mean_log).sum(axis=1) - np.log(total / total_mass)
        within = (share * (np.where(there, logged / amount, 0) - mean_log)).sum(axis=1)
    return Theil(*(_where_defined(each, values, total) for each in (overall, between, within)))


def measures(values: Numbers, masses: Counts, classes: Counts) -> dict[str, Numbers]:
    """Every measure by its name, for each row of masses; values ascending."""
    p10, median, p90 = (quantile(values, masses, percent) for percent in (10, 50, 90))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(p10 > 0, p90 / p10, np.nan)
    of_theil = theil(values, masses, classes)
    return {
        "p10": p10,
        "median": median,
        "p90": p90,
        "p90_p10": ratio,
        "gini": gini(values, masses),
        "theil": of_theil.total,
        "theil_between": of_theil.between,
        "theil_within": of_theil.within,
    }


def estimates(values: Numbers, masses: Counts, classes: Counts) -> dict[str, Estimate]:
    """Every measure with its interval by bootstrap over the values.

    values, masses, classes: of each municipality, in any order that is always the same. A draw takes as
    many as there are, with replacement, each with its mass and its class; draws without a defined measure
    make its interval undefined.
    """
    order = np.argsort(values, kind="stable")
    values, masses, classes = values[order], masses[order], classes[order]
    observed = measures(values, masses[None, :], classes)
    drawn = measures(values, draws(len(values)) * masses, classes)
    found = {}
    for name, value in observed.items():
        # Interval bounds are values that were drawn, not between two of them.
        low, high = np.percentile(drawn[name], CONFIDENCE_PCT, method="inverted_cdf")
        found[name] = Estimate(float(value[0]), float(low), float(high))
    return found


@cache
def draws(size: int) -> Counts:
    """How often each of so many is drawn, in each replicate: (replicates, size), rows sum to size.

    The legacy generator of NumPy is the one whose stream is frozen (NEP 19): the same draws in every
    version and on every platform.
    """
    chosen = np.random.RandomState(SEED).randint(0, size, (REPLICATES, size), dtype=np.int64)
    chosen += size * np.arange(REPLICATES)[:, None]
    return np.bincount(chosen.ravel(), minlength=REPLICATES * size).reshape(REPLICATES, size)


def _ones(values: Numbers) -> Numbers:
    return np.ones_like(values)


def _where_defined(result: Numbers, values: Numbers, total: Numbers) -> Numbers:
    """Shares of a total mean nothing when some are negative, or when there is none."""
    defined: Numbers = np.where((total > 0) & bool((values >= 0).all()), result, np.nan)
    return defined
