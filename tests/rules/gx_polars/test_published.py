"""Great Expectations' own published cases give their published results."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from expectations.gx_polars import add_polars_datasource
from tests.rules.gx_polars.conftest import judged, plain
from tests.rules.gx_polars.published import Published, published

_SQL_SERVER = "written for LIKE of SQL Server, where [a] is a set of characters"
_BY_TYPE = "printed for an engine that counts values; here the type is observed"
# name -> (what is wrong with the print, whether at least `success` is as printed)
NOT_AS_PRINTED = {
    "ExpectColumnMinToBeBetween-failing": ("asks for the median", False),
    "ExpectColumnPairValuesToBeInSet-failing": ("is no Python: a comma is missing", False),
    "ExpectColumnQuantileValuesToBeBetween-failing": ("prints .6667 for .667", True),
    "ExpectColumnQuantileValuesToBeBetween-passing": ("prints .6667 for .667", True),
    "ExpectColumnTypeToBe-failing": ("printed for SQLite's types", True),
    "ExpectColumnTypeToBe-passing": ("printed for SQLite's types", True),
    "ExpectColumnValuesToBeInTypeList-failing": (_BY_TYPE, True),
    "ExpectColumnValuesToBeInTypeList-passing": (_BY_TYPE, True),
    "ExpectColumnValuesToBeOfType-failing": (_BY_TYPE, True),
    "ExpectColumnValuesToBeOfType-passing": (_BY_TYPE, True),
    "ExpectColumnValuesToBeUnique-failing": ("prints success for a failure", False),
    "ExpectColumnValuesToMatchLikePattern-failing": (_SQL_SERVER, True),
    "ExpectColumnValuesToMatchLikePattern-passing": (_SQL_SERVER, False),
    "ExpectColumnValuesToMatchLikePatternList-failing": (_SQL_SERVER, True),
    "ExpectColumnValuesToMatchLikePatternList-passing": (_SQL_SERVER, False),
    "ExpectColumnValuesToMatchRegexList-failing": ("prints the other column", True),
    "ExpectColumnValuesToNotMatchLikePattern-failing": (_SQL_SERVER, False),
    "ExpectColumnValuesToNotMatchLikePattern-passing": (_SQL_SERVER, True),
    "ExpectColumnValuesToNotMatchLikePatternList-failing": (_SQL_SERVER, False),
    "ExpectColumnValuesToNotMatchLikePatternList-passing": (_SQL_SERVER, True),
    "ExpectColumnValuesToNotMatchRegexList-failing": ("counts one of two", True),
    "ExpectTableColumnsToMatchOrderedList-failing": ("printed with a column too many", True),
    "ExpectTableRowCountToEqualOtherTable-failing": ("prints one of two counts", True),
    "ExpectTableRowCountToEqualOtherTable-passing": ("prints one of two counts", True),
}
CASES = published()


@pytest.fixture(scope="module")
def batches(context: Any) -> Any:
    source = add_polars_datasource(context, "published")
    source.add_table("test_table_two", pl.DataFrame({"test": [1.0, 2.3, 4.33]}))
    source.add_table("test_table_three", pl.DataFrame({"test": [1.0, 2.3]}))
    return source.add_frame_asset("table").add_batch_definition_whole_frame("all")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_published_case_gives_its_published_result(case: Published, batches: Any) -> None:
    _, succeeds = NOT_AS_PRINTED.get(case.name, ("", True))
    if case.expectation is None:
        assert not succeeds, "cannot be read"
        return
    batch = batches.get_batch({"frame": case.frame})
    (found,) = judged(batch, [case.expectation], "SUMMARY")
    assert found["error"] is None
    as_printed = all(found.get(field) == plain(value) for field, value in case.result.items())
    assert (found["success"] == case.success) == succeeds
    assert (succeeds and as_printed) == (case.name not in NOT_AS_PRINTED)


def test_nearly_every_expectation_publishes_cases() -> None:
    assert len(CASES) == 104
    assert {case.name for case in CASES} > NOT_AS_PRINTED.keys()
