"""The same suite on the same data through Great Expectations' pandas engine and through this one.

A difference is either one of those explained here, each of which is a row of docs/gx-polars.md, or a
fault. An explained difference that is no difference any more fails too.
"""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from tests.rules.gx_polars.cases import (
    ABOUT_AMOUNTS,
    ABOUT_DAYS,
    AMOUNTS,
    DAYS,
    EXPECTATIONS,
    FRAMES,
    MEASURE_KEY,
)
from tests.rules.gx_polars.conftest import Judge

# Great Expectations divides by the number of rows, also when there are none.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

COMPARED = (
    "success",
    "element_count",
    "unexpected_count",
    "missing_count",
    "missing_percent",
    "unexpected_percent",
    "unexpected_percent_total",
    "partial_unexpected_list",
    "partial_unexpected_index_list",
    "partial_missing_list",
    "unexpected_list",
    "unexpected_index_list",
    "observed_value",
    "details",
)
# (frame, expectation, column, pandas is wrong about)
EXPLAINED = {
    ("gaps", "ExpectColumnValuesToMatchRegex", "i"): "whole numbers with gaps",
    ("infinite", "ExpectColumnValueZScoresToBeLessThan", "f"): "z-scores with infinity or NaN",
    ("days", "ExpectColumnValuesToBeBetween", "d"): "dates",
    ("days", "ExpectColumnMinToBeBetween", "d"): "dates",
    ("days", "ExpectColumnValuesToBeInSet", "d"): "dates",
    ("days", "ExpectColumnValuesToBeInSet", "t"): "dates",
    ("days", "ExpectColumnDistinctValuesToBeInSet", "d"): "dates",
    ("amounts", "ExpectColumnValuesToBeBetween", "d"): "bounds for decimals",
}


def differences(expectations: list[Any], ours: list[Any], theirs: list[Any]) -> list[Any]:
    """(expectation, column, {field: (here, pandas)}) for each one that differs."""
    found = []
    for expectation, here, there in zip(expectations, ours, theirs, strict=True):
        apart = {
            field: (here.get(field), there.get(field))
            for field in COMPARED
            if here.get(field) != there.get(field)
            # pandas lists a Python set, in whatever order that has today
            and not (field == "partial_missing_list" and here[field] == sorted(there[field]))
        }
        if bool(here["error"]) != bool(there["error"]):
            apart["error"] = (here["error"], there["error"])
        if apart:
            column = expectation.configuration.kwargs.get("column")
            found.append((type(expectation).__name__, column, apart))
    return found


@pytest.mark.parametrize(
    ("name", "frame", "expectations"),
    [
        *(
            pytest.param(name, FRAMES[name], EXPECTATIONS[subject], id=f"{name}, {subject}")
            for name, subjects in MEASURE_KEY.items()
            for subject in subjects
        ),
        pytest.param("days", DAYS, ABOUT_DAYS, id="days"),
        pytest.param("amounts", AMOUNTS, ABOUT_AMOUNTS, id="amounts"),
    ],
)
def test_both_engines_find_the_same(
    name: str, frame: pl.DataFrame, expectations: list[Any], polars: Judge, pandas: Judge
) -> None:
    found = differences(expectations, polars(frame, expectations), pandas(frame, expectations))
    unexplained = [each for each in found if (name, *each[:2]) not in EXPLAINED]
    assert not unexplained
    requested = {
        (name, type(each).__name__, each.configuration.kwargs.get("column"))
        for each in expectations
    }
    still = {(name, *each[:2]) for each in found}
    assert requested & EXPLAINED.keys() == still


def test_every_explanation_stands_in_the_page(pytestconfig: pytest.Config) -> None:
    page = (pytestconfig.rootpath / "docs" / "gx-polars.md").read_text("utf-8")
    assert not [why for why in EXPLAINED.values() if f"\n| {why} |" not in page]
