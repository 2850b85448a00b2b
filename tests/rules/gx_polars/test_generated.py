"""Both engines agree on frames that are generated.

Where pandas itself changes the data (whole numbers with gaps, NaN) there is nothing to agree on, so the
frames have gaps only in floats and text, and no NaN.
"""

from __future__ import annotations

import great_expectations.expectations as gxe
import polars as pl
from great_expectations.expectations.row_conditions import Column
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rules.gx_polars.conftest import Judge
from tests.rules.gx_polars.test_conformance import differences

integers = st.integers(-3, 3) | st.integers(-(2**40), 2**40)
real = st.sampled_from([None, -1.5, -0.0, 0.0, 0.1, 2.0, 1e12])
text = st.none() | st.sampled_from(["", "GM0014", "gm0014", "a b", "\u00e9", "e\u0301", "%_"])
rows = st.lists(st.tuples(integers, integers, real, text, st.booleans()), max_size=8)
SCHEMA = {"i": pl.Int64, "j": pl.Int64, "f": pl.Float64, "s": pl.String, "b": pl.Boolean}

RULES = [
    gxe.ExpectColumnValuesToBeBetween(column="i", min_value=-2, max_value=2.5, strict_min=True),
    gxe.ExpectColumnValuesToBeBetween(column="f", max_value=0.1, mostly=0.5),
    gxe.ExpectColumnValuesToBeInSet(column="f", value_set=[0, 2, 0.1]),
    gxe.ExpectColumnValuesToNotBeInSet(column="s", value_set=["", "\u00e9"]),
    gxe.ExpectColumnValuesToBeUnique(column="s"),
    gxe.ExpectColumnValuesToBeUnique(column="f"),
    gxe.ExpectColumnValuesToBeIncreasing(column="f", strictly=True),
    gxe.ExpectColumnValuesToNotBeNull(column="s", row_condition=Column("b") == True),  # noqa: E712
    gxe.ExpectColumnValueLengthsToEqual(column="s", value=2, row_condition=Column("i") >= 0),
    gxe.ExpectColumnValuesToMatchRegex(column="s", regex=r"(?i)^gm\d+$"),
    gxe.ExpectColumnValuesToNotBeOutliers(column="i", method="iqr", multiplier=1.5),
    gxe.ExpectColumnSumToBeBetween(column="i", min_value=0),
    gxe.ExpectColumnMeanToBeBetween(column="f", min_value=0),
    gxe.ExpectColumnMedianToBeBetween(column="i", min_value=0),
    gxe.ExpectColumnMinToBeBetween(column="f", min_value=0),
    gxe.ExpectColumnUniqueValueCountToBeBetween(column="f", min_value=2),
    gxe.ExpectColumnDistinctValuesToBeInSet(column="s", value_set=["GM0014", ""]),
    gxe.ExpectColumnPairValuesAToBeGreaterThanB(column_A="i", column_B="f"),
    gxe.ExpectColumnPairValuesToBeEqual(
        column_A="i", column_B="j", ignore_row_if="either_value_is_missing"
    ),
    gxe.ExpectCompoundColumnsToBeUnique(column_list=["f", "s"], ignore_row_if="never"),
    gxe.ExpectMulticolumnSumToEqual(column_list=["i", "j", "f"], sum_total=0),
    gxe.ExpectSelectColumnValuesToBeUniqueWithinRecord(column_list=["i", "j"]),
]


@given(rows)
@settings(max_examples=12, deadline=None)
def test_both_engines_agree_on_generated_frames(
    polars: Judge, pandas: Judge, drawn: list[tuple[object, ...]]
) -> None:
    frame = pl.DataFrame(drawn, schema=SCHEMA, orient="row")
    assert not differences(RULES, polars(frame, RULES), pandas(frame, RULES))
