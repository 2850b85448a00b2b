"""Measures of spread: cases computed by hand, what must hold for any values, and draws that stay the same."""

from __future__ import annotations

import hashlib
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.calc import inequality

CENTS = st.integers(0, 500_000)


def once(*values: float) -> tuple[inequality.Numbers, inequality.Counts]:
    """Values in order, each with a mass of one, as one row of masses."""
    return np.sort(np.array(values, dtype=float)), np.ones((1, len(values)), dtype=np.int64)


def of(
    values: list[int], masses: list[int] | None = None, classes: list[int] | None = None
) -> dict[str, float]:
    order = np.argsort(values, kind="stable")
    every = np.array(values, dtype=float)[order]
    mass = np.array(masses or [1] * len(values), dtype=np.int64)[None, order]
    group = np.array(classes or [0] * len(values), dtype=np.int64)[order]
    return {
        name: float(found[0]) for name, found in inequality.measures(every, mass, group).items()
    }


@pytest.mark.parametrize(
    ("percent", "expected"),
    [(10, 1.5), (25, 3), (50, 5.5), (90, 9.5)],
)
def test_quantiles_of_one_to_ten_by_hand(percent: int, expected: float) -> None:
    assert inequality.quantile(*once(*range(1, 11)), percent)[0] == expected


def test_the_median_of_an_odd_number_is_the_middle_one() -> None:
    assert inequality.quantile(*once(30, 10, 20), 50)[0] == 20


def test_quantiles_by_mass_skip_what_has_none() -> None:
    values, masses = np.array([10.0, 20.0, 30.0]), np.array([[5, 0, 5]])
    assert inequality.quantile(values, masses, 50)[0] == 20  # the mean of 10 and 30
    assert inequality.quantile(values, masses, 51)[0] == 30


def test_gini_by_hand() -> None:
    # Pairs of 1, 2, 3: |differences| add up to 8 over 9 pairs; half of 8/9 over a mean of 2.
    assert of([1, 2, 3])["gini"] == pytest.approx(8 / 9 / 2 / 2)
    assert of([0, 0, 0, 8])["gini"] == pytest.approx(3 / 4)


def test_theil_by_hand() -> None:
    # Mean 2: the mean of 1/2 · ln(1/2) and 3/2 · ln(3/2).
    assert of([1, 3])["theil"] == pytest.approx((0.5 * math.log(0.5) + 1.5 * math.log(1.5)) / 2)
    assert of([0, 0, 0, 8])["theil"] == pytest.approx(math.log(4))


def test_theil_lies_wholly_between_classes_that_are_equal_inside() -> None:
    found = of([1, 1, 3, 3], classes=[0, 0, 1, 1])
    assert found["theil_between"] == pytest.approx(found["theil"])
    assert found["theil_within"] == pytest.approx(0)


def test_shares_of_values_below_zero_are_undefined() -> None:
    found = of([-1, 5, 9])
    assert all(math.isnan(found[name]) for name in ("gini", "theil", "theil_between", "p90_p10"))
    assert found["median"] == 5


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(CENTS, st.integers(1, 10**6), st.integers(0, 4)), min_size=2, max_size=30)
)
def test_what_holds_for_any_values(rows: list[tuple[int, int, int]]) -> None:
    values, masses, classes = (list(column) for column in zip(*rows, strict=True))
    found = of(values, masses, classes)
    assert found["p10"] <= found["median"] <= found["p90"]
    if not sum(values):
        assert math.isnan(found["gini"])
        return
    assert found["theil"] == pytest.approx(found["theil_between"] + found["theil_within"], abs=1e-9)
    assert found["gini"] > -1e-12
    assert found["gini"] < 1
    tripled = of([3 * value for value in values], masses, classes)
    shared = ("gini", "theil", "theil_between", "theil_within")
    assert [tripled[n] for n in shared] == pytest.approx([found[n] for n in shared], abs=1e-9)
    # A value that counts twice is the same as two of them.
    doubled = of(values * 2, [*masses] * 2, [*classes] * 2)
    assert [doubled[n] for n in shared] == pytest.approx([found[n] for n in shared], abs=1e-9)


@given(CENTS.filter(bool), st.integers(2, 30))
def test_nobody_differs(value: int, size: int) -> None:
    found = of([value] * size, classes=[number % 3 for number in range(size)])
    assert [found[n] for n in ("gini", "theil", "theil_between")] == pytest.approx(
        [0, 0, 0], abs=1e-12
    )
    assert found["p90_p10"] == 1


def test_the_draws_are_these_in_every_version_and_on_every_platform() -> None:
    drawn = inequality.draws(342)
    assert drawn.shape == (inequality.REPLICATES, 342)
    assert set(drawn.sum(axis=1)) == {342}
    digest = hashlib.sha256(drawn.astype("<i8").tobytes()).hexdigest()
    assert digest.startswith("a805ecbd5e631082")


def test_an_interval_holds_the_value_and_is_the_same_twice() -> None:
    values = np.random.RandomState(1).randint(5_000, 60_000, 300).astype(float)
    classes = np.arange(300, dtype=np.int64) % 8
    masses = np.ones(300, dtype=np.int64)
    first = inequality.estimates(values, masses, classes)
    assert first == inequality.estimates(values.copy(), masses, classes)
    for name in ("median", "gini", "theil"):
        assert first[name].low < first[name].value < first[name].high
