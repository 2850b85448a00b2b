"""Hand-picked frames, and expectations that ask them the questions engines disagree about."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from typing import Any

import great_expectations.expectations as gxe
import polars as pl
from great_expectations.expectations.row_conditions import Column

D = Decimal
INF, NAN = math.inf, math.nan
COMBINED, SINGLE = "Frysla\u0302n", "Frysl\u00e2n"

FRAMES: dict[str, pl.DataFrame] = {
    "plain": pl.DataFrame(
        {
            "i": [1, 2, 3, 4, 5, 5],
            "j": [1, 2, 2, 5, 4, 5],
            "f": [0.5, 1.5, -2.0, 1.5, 1e9, 0.1],
            "s": ["GM0014", "GM0034", "gm14", "", "a b", "GM0014"],
            "b": [True, False, True, True, False, True],
        }
    ),
    "gaps": pl.DataFrame(
        {
            "i": [1, None, 3, None, 3, 9],
            "j": [None, None, 3, 4, 2, 9],
            "f": [None, 1.5, -2.0, 1.5, None, 0.1],
            "s": ["GM0014", None, "gm14", "", "a b", None],
            "b": [True, False, None, True, None, True],
        },
    ),
    "one row": pl.DataFrame({"i": [7], "j": [8], "f": [0.25], "s": ["x"], "b": [False]}),
    "empty": pl.DataFrame(
        schema={"i": pl.Int64, "j": pl.Int64, "f": pl.Float64, "s": pl.String, "b": pl.Boolean}
    ),
    "all null": pl.DataFrame(
        {"i": [None] * 3, "j": [None] * 3, "f": [None] * 3, "s": [None] * 3, "b": [None] * 3},
        schema={"i": pl.Int64, "j": pl.Int64, "f": pl.Float64, "s": pl.String, "b": pl.Boolean},
    ),
    "same content": pl.DataFrame(
        {"i": [2, 2, 2], "j": [2, 2, 2], "f": [2.0] * 3, "s": ["2"] * 3, "b": [True] * 3}
    ),
    "infinite": pl.DataFrame(
        {
            "i": [1, 2, 3],
            "j": [3, 2, 1],
            "f": [INF, -INF, 0.0],
            "s": ["inf", "-inf", "0"],
            "b": [True, True, False],
        }
    ),
    "unicode": pl.DataFrame(
        {
            "i": [1, 2, 3, 4],
            "j": [1, 2, 3, 4],
            "f": [1.0, 2.0, 3.0, 4.0],
            "s": [COMBINED, SINGLE, "\U0001f1f3\U0001f1f1", "ß\u00a0İ"],
            "b": [True] * 4,
        }
    ),
}

NUMERIC: list[Any] = [
    kind(column=column, **arguments)
    for column in ("i", "f")
    for kind, arguments in [
        (gxe.ExpectColumnValuesToBeBetween, {"min_value": 1, "max_value": 3}),
        (gxe.ExpectColumnValuesToBeBetween, {"min_value": 1.5, "strict_min": True}),
        (gxe.ExpectColumnValuesToBeBetween, {"max_value": 3, "strict_max": True, "mostly": 0.5}),
        (gxe.ExpectColumnValuesToBeInSet, {"value_set": [1, 3, 1.5]}),
        (gxe.ExpectColumnValuesToNotBeInSet, {"value_set": [1, 2.0, 0.1]}),
        (gxe.ExpectColumnValuesToBeUnique, {}),
        (gxe.ExpectColumnValuesToNotBeNull, {}),
        (gxe.ExpectColumnValuesToBeNull, {}),
        (gxe.ExpectColumnValuesToBeIncreasing, {}),
        (gxe.ExpectColumnValuesToBeIncreasing, {"strictly": True}),
        (gxe.ExpectColumnValuesToBeDecreasing, {}),
        (gxe.ExpectColumnValueZScoresToBeLessThan, {"threshold": 1, "double_sided": True}),
        (gxe.ExpectColumnValueZScoresToBeLessThan, {"threshold": 0.5, "double_sided": False}),
        (gxe.ExpectColumnValuesToNotBeOutliers, {"method": "iqr", "multiplier": 1.0}),
        (gxe.ExpectColumnValuesToNotBeOutliers, {"method": "std", "multiplier": 1.0}),
        (gxe.ExpectColumnMinToBeBetween, {"min_value": 0}),
        (gxe.ExpectColumnMaxToBeBetween, {"max_value": 5, "strict_max": True}),
        (gxe.ExpectColumnMeanToBeBetween, {"min_value": 0, "max_value": 10}),
        (gxe.ExpectColumnMedianToBeBetween, {"min_value": 0, "max_value": 3}),
        (gxe.ExpectColumnStdevToBeBetween, {"min_value": 0, "max_value": 3}),
        (gxe.ExpectColumnSumToBeBetween, {"min_value": 0, "max_value": 20}),
        (gxe.ExpectColumnUniqueValueCountToBeBetween, {"min_value": 2, "max_value": 5}),
        (gxe.ExpectColumnProportionOfUniqueValuesToBeBetween, {"min_value": 0.5}),
        (gxe.ExpectColumnProportionOfNonNullValuesToBeBetween, {"min_value": 0.6}),
        (gxe.ExpectColumnMostCommonValueToBeInSet, {"value_set": [3, 5], "ties_okay": True}),
        (gxe.ExpectColumnDistinctValuesToBeInSet, {"value_set": [1, 2, 3]}),
        (gxe.ExpectColumnDistinctValuesToContainSet, {"value_set": [1, 2, 7]}),
        (gxe.ExpectColumnDistinctValuesToEqualSet, {"value_set": [1, 2, 3, 4, 5]}),
        (
            gxe.ExpectColumnQuantileValuesToBeBetween,
            {
                "quantile_ranges": {
                    "quantiles": [0.1, 0.33, 0.9],
                    "value_ranges": [[0, 2], [None, 3], [1, None]],
                }
            },
        ),
        (
            gxe.ExpectColumnKLDivergenceToBeLessThan,
            {
                "partition_object": {"bins": [0, 2, 4, 6], "weights": [0.3, 0.3, 0.4]},
                "threshold": 0.5,
            },
        ),
    ]
]
TEXT: list[Any] = [
    gxe.ExpectColumnValuesToMatchRegex(column="s", regex=r"^GM\d{4}$"),
    gxe.ExpectColumnValuesToMatchRegex(column="i", regex=r"^\d$"),
    gxe.ExpectColumnValuesToNotMatchRegex(column="s", regex=r"\s"),
    gxe.ExpectColumnValuesToMatchRegexList(column="s", regex_list=["^G", "^g"]),
    gxe.ExpectColumnValuesToMatchRegexList(column="s", regex_list=["G", "M"], match_on="all"),
    gxe.ExpectColumnValuesToNotMatchRegexList(column="s", regex_list=["^G", "^$"]),
    gxe.ExpectColumnValueLengthsToBeBetween(column="s", min_value=1, max_value=7),
    gxe.ExpectColumnValueLengthsToBeBetween(column="s", min_value=4, strict_min=True),
    gxe.ExpectColumnValueLengthsToEqual(column="s", value=6),
    gxe.ExpectColumnValuesToBeInSet(column="s", value_set=["GM0014", SINGLE]),
    gxe.ExpectColumnValuesToBeInSet(column="s", value_set=["GM0014", 2]),
    gxe.ExpectColumnValuesToBeInSet(column="s", value_set=[]),
    gxe.ExpectColumnValuesToNotBeInSet(column="s", value_set=["", COMBINED]),
    gxe.ExpectColumnValuesToBeUnique(column="s"),
    gxe.ExpectColumnDistinctValuesToBeInSet(column="s", value_set=["GM0014", "x"]),
    gxe.ExpectColumnDistinctValuesToContainSet(column="s", value_set=["GM0014", "y"]),
    gxe.ExpectColumnMostCommonValueToBeInSet(column="s", value_set=["GM0014"]),
    gxe.ExpectColumnUniqueValueCountToBeBetween(column="s", min_value=1),
    gxe.ExpectColumnKLDivergenceToBeLessThan(
        column="s", partition_object={"values": ["GM0014", "x"], "weights": [0.5, 0.5]}, threshold=9
    ),
    gxe.ExpectColumnValuesToBeInSet(column="b", value_set=[True]),
    gxe.ExpectColumnValuesToMatchRegex(column="b", regex="^True$"),
    gxe.ExpectColumnMeanToBeBetween(column="b", min_value=0.5),
    gxe.ExpectColumnSumToBeBetween(column="b", min_value=3),
]
SEVERAL: list[Any] = [
    kind(ignore_row_if=ignored, **arguments)
    for ignored, kind, arguments in [
        (ignored, kind, arguments)
        for ignored in ("both_values_are_missing", "either_value_is_missing", "neither")
        for kind, arguments in [
            (gxe.ExpectColumnPairValuesToBeEqual, {"column_A": "i", "column_B": "j"}),
            (gxe.ExpectColumnPairValuesAToBeGreaterThanB, {"column_A": "i", "column_B": "j"}),
            (
                gxe.ExpectColumnPairValuesAToBeGreaterThanB,
                {"column_A": "i", "column_B": "f", "or_equal": True},
            ),
            (
                gxe.ExpectColumnPairValuesToBeInSet,
                {"column_A": "i", "column_B": "s", "value_pairs_set": [(1, "GM0014"), (7, "x")]},
            ),
        ]
    ]
    + [
        (ignored, kind, arguments)
        for ignored in ("all_values_are_missing", "any_value_is_missing", "never")
        for kind, arguments in [
            (gxe.ExpectCompoundColumnsToBeUnique, {"column_list": ["i", "b"]}),
            (gxe.ExpectMulticolumnSumToEqual, {"column_list": ["i", "j"], "sum_total": 4}),
            (gxe.ExpectMulticolumnValuesToBeEqual, {"column_list": ["i", "j"]}),
            (
                gxe.ExpectSelectColumnValuesToBeUniqueWithinRecord,
                {"column_list": ["i", "j", "f"]},
            ),
        ]
    ]
]
TABLE: list[Any] = [
    gxe.ExpectTableRowCountToEqual(value=6),
    gxe.ExpectTableRowCountToBeBetween(min_value=1, max_value=5),
    gxe.ExpectTableColumnCountToEqual(value=5),
    gxe.ExpectTableColumnCountToBeBetween(min_value=6),
    gxe.ExpectTableColumnsToMatchOrderedList(column_list=["i", "j", "f", "s", "b"]),
    gxe.ExpectTableColumnsToMatchOrderedList(column_list=["j", "i", "f"]),
    gxe.ExpectTableColumnsToMatchSet(column_set=["b", "s", "f", "j", "i"], exact_match=True),
    gxe.ExpectColumnToExist(column="i", column_index=0),
    gxe.ExpectColumnToExist(column="nowhere"),
    gxe.ExpectColumnMaxToBeBetween(column="nowhere", max_value=1),
    gxe.ExpectColumnValuesToNotBeNull(column="nowhere"),
]
CONDITIONED: list[Any] = [
    kind(row_condition=condition, **arguments, **parser)
    for condition, parser in [
        (Column("i") >= 3, {}),
        ((Column("i") >= 2) & (Column("s") == "gm14"), {}),
        ((Column("i") < 2) | Column("s").is_in(["x", "2"]), {}),
        (Column("i").is_not_null(), {}),
        (Column("i").is_null(), {}),
        ('i > 1 and s == "GM0014"', {"condition_parser": "pandas"}),
        ("1 < i <= 5 or s in ['x', '2']", {"condition_parser": "pandas"}),
        ('col("i") > 2', {"condition_parser": "great_expectations"}),
    ]
    for kind, arguments in [
        (gxe.ExpectColumnValuesToBeBetween, {"column": "i", "max_value": 3}),
        (gxe.ExpectColumnValuesToNotBeNull, {"column": "j"}),
        (gxe.ExpectColumnValuesToBeUnique, {"column": "s"}),
        (gxe.ExpectColumnMaxToBeBetween, {"column": "i", "max_value": 3}),
        (gxe.ExpectColumnValuesToBeIncreasing, {"column": "j"}),
        (gxe.ExpectCompoundColumnsToBeUnique, {"column_list": ["i", "s"]}),
        (gxe.ExpectColumnPairValuesToBeEqual, {"column_A": "i", "column_B": "j"}),
        (gxe.ExpectColumnUniqueValueCountToBeBetween, {"column": "s", "max_value": 2}),
        (gxe.ExpectTableRowCountToBeBetween, {"max_value": 2}),
    ]
]
# What is judged on which frame; every pair runs through two engines, so none is needless.
_ALL = ("numbers", "text", "several columns", "table")
MEASURE_KEY: dict[str, tuple[str, ...]] = {
    "plain": (*_ALL, "row conditions"),
    "gaps": (*_ALL, "row conditions"),
    "one row": ("numbers", "several columns"),
    "empty": _ALL,
    "all null": ("numbers", "text", "several columns"),
    "same content": ("numbers", "several columns"),
    "infinite": ("numbers",),
    "unicode": ("text",),
}
EXPECTATIONS: dict[str, list[Any]] = {
    "numbers": NUMERIC,
    "text": TEXT,
    "several columns": SEVERAL,
    "table": TABLE,
    "row conditions": CONDITIONED,
}

# Frames and expectations of their own.
DAYS = pl.DataFrame(
    {
        "d": [dt.date(2023, 1, 1), dt.date(2024, 2, 29), None, dt.date(2023, 1, 1)],
        "t": [dt.datetime(2023, 1, 1, 12), dt.datetime(2024, 2, 29), None, dt.datetime(2022, 5, 5)],
        "s": ["2023-01-01", "29/02/2024", None, "soon"],
        "json": ['{"a": 1}', "[1,", None, "3"],
        "records": ['{"a": 1}', '{"a": "x"}', None, "{}"],
    }
)
ABOUT_DAYS: list[Any] = [
    gxe.ExpectColumnValuesToBeBetween(
        column="t", min_value="2022-12-31", max_value=dt.datetime(2023, 12, 31)
    ),
    gxe.ExpectColumnValuesToBeBetween(column="d", min_value=dt.date(2023, 6, 1)),
    gxe.ExpectColumnValuesToBeInSet(column="d", value_set=[dt.date(2023, 1, 1)]),
    gxe.ExpectColumnValuesToBeInSet(column="t", value_set=["2024-02-29"]),
    gxe.ExpectColumnValuesToNotBeInSet(column="t", value_set=["2024-02-29"]),
    gxe.ExpectColumnMaxToBeBetween(column="t", max_value=dt.datetime(2024, 1, 1)),
    gxe.ExpectColumnMinToBeBetween(column="d", min_value=dt.date(2023, 1, 1)),
    gxe.ExpectColumnValuesToBeIncreasing(column="t"),
    gxe.ExpectColumnValuesToBeUnique(column="d"),
    gxe.ExpectColumnDistinctValuesToBeInSet(column="d", value_set=[dt.date(2023, 1, 1)]),
    gxe.ExpectColumnValuesToMatchStrftimeFormat(column="s", strftime_format="%Y-%m-%d"),
    gxe.ExpectColumnValuesToBeDateutilParseable(column="s"),
    gxe.ExpectColumnValuesToBeJsonParseable(column="json"),
    gxe.ExpectColumnValuesToMatchJsonSchema(
        column="records",
        json_schema={"properties": {"a": {"type": "integer"}}, "required": ["a"]},
    ),
]
AMOUNTS = pl.DataFrame(
    {
        "d": [D("0.10"), D("0.20"), None, D("0.30"), D("12345678901234567890.12")],
        "e": [D("0.20"), D("0.20"), D("1.00"), None, D("0.00")],
    },
    schema={"d": pl.Decimal(38, 2), "e": pl.Decimal(38, 2)},
)
ABOUT_AMOUNTS: list[Any] = [
    gxe.ExpectColumnValuesToBeBetween(column="d", min_value=D("0.10"), max_value=D("0.20")),
    gxe.ExpectColumnValuesToBeBetween(column="d", min_value=0, max_value=1),
    gxe.ExpectColumnValuesToBeInSet(column="d", value_set=[D("0.1"), D("0.3")]),
    gxe.ExpectColumnValuesToBeUnique(column="e"),
    gxe.ExpectColumnPairValuesAToBeGreaterThanB(column_A="d", column_B="e", or_equal=True),
    gxe.ExpectColumnMaxToBeBetween(column="e", max_value=1),
    gxe.ExpectColumnMinToBeBetween(column="e", max_value=1),
    gxe.ExpectMulticolumnValuesToBeEqual(column_list=["d", "e"]),
]
