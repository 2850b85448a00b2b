"""What the engine promises beyond single answers: errors apart, one scan, nothing through pandas."""

from __future__ import annotations

import datetime as dt
import json
import math
from decimal import Decimal
from pathlib import Path
from typing import Any

import great_expectations as gx
import great_expectations.expectations as gxe
import polars as pl
import pytest
from great_expectations.exceptions import InvalidBatchRequestError
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import ColumnMapExpectation
from great_expectations.expectations.metrics.map_metric_provider import (
    ColumnMapMetricProvider,
    column_condition_partial,
)
from great_expectations.expectations.row_conditions import Column

from expectations.gx_polars import add_polars_datasource
from tests.rules.gx_polars.conftest import Judge, judged

FRAME = pl.DataFrame({"i": [1, 2, None, 2], "s": ["a", "b\n", None, "a"]})


class Palindromes(ColumnMapMetricProvider):
    """A metric that only pandas knows."""

    condition_metric_name = "column_values.palindrome"

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: Any, **kwargs: Any) -> Any:  # noqa: N805, ARG002
        return column.map(lambda text: text == text[::-1])


class ExpectColumnValuesToBePalindromes(ColumnMapExpectation):
    """Somebody's own expectation."""

    map_metric = "column_values.palindrome"


def batches(context: Any, name: str, **options: Any) -> Any:
    source = add_polars_datasource(context, name, **options)
    return source.add_frame_asset("table").add_batch_definition_whole_frame("all")


def test_a_rule_that_fails_leaves_the_others_alone(polars: Judge) -> None:
    rules = [
        gxe.ExpectColumnValuesToMatchRegex(column="s", regex="^(?!a)"),
        gxe.ExpectColumnMaxToBeBetween(column="i", max_value=1),
        gxe.ExpectColumnMeanToBeBetween(column="s", max_value=1),
        gxe.ExpectColumnValuesToMatchStrftimeFormat(column="i", strftime_format="%Y"),
        gxe.ExpectColumnValuesToBeBetween(column="s", max_value=1),
        gxe.ExpectColumnValuesToBeUnique(column="i"),
    ]
    look, largest, mean, form, between, unique = polars(FRAME, rules)
    assert look["error"].startswith(
        "VK-G002  The regular expression `^(?!a)` cannot be evaluated: "
    )
    assert "look-around" in look["error"]
    assert largest["error"] is None
    assert largest["observed_value"] == 2
    assert mean["error"] == 'Column "s" of type String holds no numbers.'
    assert "this column is not text" in form["error"]
    assert between["error"] == "Cannot compare a column of type String with 1.0."
    assert (unique["error"], unique["unexpected_list"]) == (None, [2, 2])


def test_what_has_no_rule_is_refused_by_name(context: Any) -> None:
    batch = batches(context, "strict").get_batch({"frame": FRAME})
    (found,) = judged(batch, [ExpectColumnValuesToBePalindromes(column="s")], "BASIC")
    assert found["error"].startswith(
        "VK-G001  The metric column_values.palindrome.condition has no rule in Polars."
    )
    assert not found["success"]


def test_what_has_no_rule_runs_through_pandas_only_when_asked_and_says_so(context: Any) -> None:
    definition = batches(context, "lenient", fallback="pandas")
    rules = [ExpectColumnValuesToBePalindromes(column="s"), gxe.ExpectColumnToExist(column="i")]
    with pytest.warns(
        UserWarning, match=r"palindrome.* has no rule in Polars and runs through pandas"
    ):
        found, _ = judged(definition.get_batch({"frame": FRAME}), rules, "BASIC")
    assert (found["error"], found["partial_unexpected_list"]) == (None, ["b\n"])
    engine = definition.data_asset.datasource.get_execution_engine()
    assert sorted(engine.fell_back)[0] == "column_values.palindrome.condition"
    assert not [name for name in engine.fell_back if "palindrome" not in name]


def test_a_suite_is_one_scan_and_one_more_for_the_broken_rows(
    context: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = [
        gxe.ExpectTableRowCountToEqual(value=4),
        gxe.ExpectColumnValuesToBeBetween(column="i", max_value=1),
        gxe.ExpectColumnValuesToNotBeNull(column="s"),
        gxe.ExpectColumnValuesToMatchRegex(column="s", regex="a"),
        gxe.ExpectColumnSumToBeBetween(column="i", max_value=1),
        gxe.ExpectColumnPairValuesToBeEqual(column_A="i", column_B="i"),
    ]
    scans = []
    source = FRAME.lazy().map_batches(lambda frame: (scans.append(1), frame)[1])
    found = judged(batches(context, "scans").get_batch({"frame": source}), rules, "COMPLETE")
    assert [each["success"] for each in found] == [True, False, False, False, False, False]
    assert len(scans) == 3  # the row count, which is requested first; all counts; all broken rows


@pytest.mark.parametrize("count", [3, 250])
def test_complete_is_complete_and_in_order(polars: Judge, count: int) -> None:
    frame = pl.DataFrame({"id": [f"r{n}" for n in range(count)], "i": range(count)})
    form = {"result_format": "COMPLETE", "unexpected_index_column_names": ["id"]}
    rules = [gxe.ExpectColumnValuesToBeBetween(column="i", max_value=0)]
    (found,) = polars(frame, rules, form)
    assert found["unexpected_list"] == list(range(1, count))
    assert found["unexpected_index_list"][0] == {"i": 1, "id": "r1"}
    assert len(found["unexpected_index_list"]) == count - 1
    assert found["partial_unexpected_list"] == list(range(1, min(count, 21)))
    positions = json.loads(found["unexpected_index_query"].removeprefix("df[").removesuffix("]"))
    assert frame[positions]["i"].to_list() == found["unexpected_list"]


def test_whole_rows_and_few_samples(polars: Judge) -> None:
    form = {
        "result_format": "SUMMARY",
        "partial_unexpected_count": 1,
        "include_unexpected_rows": True,
    }
    (found,) = polars(FRAME, [gxe.ExpectColumnValuesToBeUnique(column="i")], form)
    assert found["unexpected_rows"] == [{"i": 2, "s": "b\n"}]
    assert found["partial_unexpected_list"] == [2]
    assert found["unexpected_count"] == 2
    assert "unexpected_index_query" not in found
    (short,) = polars(FRAME, [gxe.ExpectColumnValuesToBeUnique(column="i")], "BOOLEAN_ONLY")
    assert short == {"success": False, "error": None}


def test_samples_of_many_rules_are_each_the_first_in_the_batch(polars: Judge) -> None:
    frame = pl.DataFrame({"i": range(5_000)})
    rules = [
        gxe.ExpectColumnValuesToBeBetween(column="i", min_value=1_000),
        gxe.ExpectColumnValuesToBeBetween(column="i", max_value=3_999.5),
        gxe.ExpectColumnValuesToBeBetween(column="i", max_value=4_996),
        gxe.ExpectColumnValuesToNotBeInSet(column="i", value_set=[7, 4_321]),
    ]
    found = polars(frame, rules, {"result_format": "BASIC", "partial_unexpected_count": 3})
    shown = [(each["unexpected_count"], each["partial_unexpected_list"]) for each in found]
    assert shown == [
        (1_000, [0, 1, 2]),
        (1_000, [4_000, 4_001, 4_002]),
        (3, [4_997, 4_998, 4_999]),
        (2, [7, 4_321]),
    ]


def test_a_bound_of_whole_numbers_may_lie_beyond_the_type_of_the_column(polars: Judge) -> None:
    frame = pl.DataFrame({"small": pl.Series([-128, None, 127], dtype=pl.Int8)})
    bounds = {"max_value": 2_000}, {"max_value": 1e30}, {"min_value": -1e30}, {"max_value": 126.5}
    rules = [gxe.ExpectColumnValuesToBeBetween(column="small", **each) for each in bounds]
    found = polars(frame, rules)
    assert [(each["error"], each["unexpected_count"]) for each in found] == [
        (None, 0),
        (None, 0),
        (None, 0),
        (None, 1),
    ]


def test_the_end_of_a_text_is_its_end(polars: Judge) -> None:
    rules = [
        gxe.ExpectColumnValuesToMatchRegex(column="s", regex="^b$"),
        gxe.ExpectColumnValuesToMatchLikePattern(column="s", like_pattern="b_"),
        gxe.ExpectColumnValuesToMatchLikePatternList(
            column="s", like_pattern_list=["a%", "b"], match_on="any"
        ),
    ]
    found = polars(FRAME, rules)
    assert [each["unexpected_list"] for each in found] == [["a", "b\n", "a"], ["a", "a"], ["b\n"]]


def test_nan_is_a_value_within_no_bounds(polars: Judge) -> None:
    frame = pl.DataFrame({"f": [1.0, math.nan, None], "g": [0.0, 0.0, 0.0]})
    rules = [
        gxe.ExpectColumnValuesToNotBeNull(column="f"),
        gxe.ExpectColumnValuesToBeBetween(column="f", min_value=0),
        gxe.ExpectColumnPairValuesAToBeGreaterThanB(column_A="f", column_B="g"),
        gxe.ExpectColumnValuesToNotBeOutliers(column="f"),
        gxe.ExpectColumnValuesToBeNull(column="f", row_condition=Column("f") > 0),
    ]
    assert [each["unexpected_count"] for each in polars(frame, rules)] == [1, 1, 2, 1, 1]
    statistics = [
        gxe.ExpectColumnSumToBeBetween(column="f", min_value=0),
        gxe.ExpectColumnMaxToBeBetween(column="f", min_value=0),
        gxe.ExpectColumnMinToBeBetween(column="f", min_value=0),
        gxe.ExpectColumnMedianToBeBetween(column="f", min_value=0),
        gxe.ExpectColumnMeanToBeBetween(column="f", min_value=0),
    ]
    assert not [each for each in polars(frame, statistics) if each["success"] or each["error"]]


def test_sums_are_exact(polars: Judge) -> None:
    frame = pl.DataFrame({"i": [2**62] * 4, "d": [Decimal("0.10")] * 4})
    integers, cents = polars(
        frame,
        [
            gxe.ExpectColumnSumToBeBetween(column="i", min_value=0),
            gxe.ExpectColumnSumToBeBetween(column="d", min_value=0.4, max_value=1),
        ],
    )
    assert (integers["observed_value"], integers["success"]) == (2**64, True)
    assert cents["observed_value"] == Decimal("0.40")
    too_much = pl.DataFrame({"d": [Decimal("9e37")] * 3}, schema={"d": pl.Decimal(38, 0)})
    (found,) = polars(too_much, [gxe.ExpectColumnSumToBeBetween(column="d", min_value=0)])
    assert "overflow" in found["error"]


@pytest.mark.parametrize(
    ("dtype", "names", "others"),
    [
        (pl.Int64(), ["Int64", "int64", "int", "BIGINT", "NUMBER"], ["Int32", "String", "float"]),
        (pl.String(), ["String", "str", "utf8", "VARCHAR"], ["Categorical", "int"]),
        (pl.Decimal(18, 2), ["Decimal", "Decimal(precision=18, scale=2)"], ["Decimal(38,2)"]),
        (pl.Datetime("us"), ["Datetime", "datetime64", "timestamp"], ["Date"]),
    ],
)
def test_types_answer_to_their_names(
    polars: Judge, dtype: pl.DataType, names: list[str], others: list[str]
) -> None:
    frame = pl.DataFrame(schema={"c": dtype})
    kinds = (gxe.ExpectColumnTypeToBe, gxe.ExpectColumnValuesToBeOfType)
    rules = [kind(column="c", type_=name) for name in (*names, *others) for kind in kinds]
    rules += [gxe.ExpectColumnValuesToBeInTypeList(column="c", type_list=[others[0], names[0]])]
    found = polars(frame, rules)
    assert [each["success"] for each in found] == [
        *([True, True] * len(names)),
        *([False, False] * len(others)),
        True,
    ]
    assert {each["observed_value"] for each in found} == {str(dtype)}


def test_an_unknown_type_is_a_mistake_in_the_suite(polars: Judge, pandas: Judge) -> None:
    (found,) = polars(FRAME, [gxe.ExpectColumnValuesToBeOfType(column="i", type_="Strin")])
    assert found["error"].startswith("Unrecognized type: Strin.")
    (theirs,) = pandas(FRAME, [gxe.ExpectColumnValuesToBeOfType(column="s", type_="str")])
    assert (theirs["success"], theirs["error"]) == (True, None), "other engines are left alone"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("s.str.len() > 1", "which is not supported"),
        ("nowhere > 1", 'names the column "nowhere"'),
        ("i >", "is not an expression"),
        ("i is None", "write isnull()"),
        ('__import__("os")', "which is not supported"),
    ],
)
def test_a_row_condition_is_never_guessed_at(polars: Judge, text: str, named: str) -> None:
    rule = gxe.ExpectColumnValuesToNotBeNull(
        column="i", row_condition=text, condition_parser="pandas"
    )
    (found,) = polars(FRAME, [rule])
    assert found["error"].startswith("VK-G003")
    assert named in found["error"]


def test_sql_sees_the_same_rows(context: Any, tmp_path: Path) -> None:
    path = tmp_path / "it's.parquet"
    FRAME.write_parquet(path)
    source = add_polars_datasource(context, "sql")
    definition = source.add_frame_asset("table").add_batch_definition_whole_frame("all")
    source.add_table("known", pl.LazyFrame({"s": ["a"]}))
    source.add_table("same", path)
    unknown = "SELECT * FROM {batch} WHERE s NOT IN (SELECT s FROM known) ORDER BY i"
    rules = [
        gxe.UnexpectedRowsExpectation(unexpected_rows_query=unknown),
        gxe.UnexpectedRowsExpectation(unexpected_rows_query="SELECT * FROM {batch} WHERE i > 9"),
        gxe.UnexpectedRowsExpectation(unexpected_rows_query="SELECT nothing FROM {batch}"),
        gxe.ExpectTableRowCountToEqualOtherTable(other_table_name="same"),
        gxe.ExpectTableRowCountToEqualOtherTable(other_table_name="nowhere"),
        gxe.ExpectQueryResultsToMatchComparison(
            base_query="SELECT DISTINCT s FROM {batch} WHERE i = 1",
            comparison_data_source_name="sql",
            comparison_query="SELECT s FROM known",
        ),
    ]
    for frame in (path, str(path), FRAME, FRAME.lazy()):
        found = judged(definition.get_batch({"frame": frame}), rules, "COMPLETE")
        assert [each["success"] for each in found] == [False, True, False, True, False, True]
        assert found[0]["details"] == {"unexpected_rows": [{"i": 2, "s": "b\n"}]}
        assert "nothing" in found[2]["error"]
        assert 'No table "nowhere" was added' in found[4]["error"]


def test_a_path_is_scanned_anew(context: Any, tmp_path: Path) -> None:
    definition, path = batches(context, "paths"), tmp_path / "t.parquet"
    rule = gxe.ExpectTableRowCountToEqual(value=4)
    FRAME.write_parquet(path)
    assert judged(definition.get_batch({"frame": path}), [rule], "BASIC")[0]["observed_value"] == 4
    FRAME.head(1).write_parquet(path)
    assert judged(definition.get_batch({"frame": path}), [rule], "BASIC")[0]["observed_value"] == 1


@pytest.mark.parametrize("options", [None, {}, {"frame": 3}, {"frame": "a", "dataframe": "b"}])
def test_what_is_no_frame_is_refused(context: Any, options: Any) -> None:
    with pytest.raises(InvalidBatchRequestError):
        batches(context, "refusing").get_batch(options)


def test_a_checkpoint_and_its_data_docs_work_unchanged(tmp_path: Path) -> None:
    context = gx.get_context(mode="file", project_root_dir=tmp_path / "gx")
    context.variables.progress_bars = {"globally": False}
    definition = batches(context, "polars")
    rules = [
        gxe.ExpectColumnValuesToBeUnique(column="i", severity="warning"),
        gxe.ExpectColumnValuesToBeBetween(column="i", max_value={"$PARAMETER": "most"}),
        gxe.ExpectColumnTypeToBe(column="i", type_="Int64"),
        gxe.ExpectColumnValuesToNotBeNull(column="s", mostly=0.7, meta={"rule_id": "R1"}),
    ]
    suite = context.suites.add(gx.ExpectationSuite(name="rules", expectations=rules))
    checked = gx.ValidationDefinition(name="checked", data=definition, suite=suite)
    context.validation_definitions.add(checked)
    update = gx.checkpoint.UpdateDataDocsAction(name="docs")
    checkpoint = context.checkpoints.add(
        gx.Checkpoint(name="point", validation_definitions=[checked], actions=[update])
    )
    path = tmp_path / "t.parquet"
    FRAME.write_parquet(path)
    for parameters in ({"frame": str(path)}, {"dataframe": FRAME.lazy()}):
        outcome = checkpoint.run(batch_parameters=parameters, expectation_parameters={"most": 2})
        (result,) = outcome.run_results.values()
        successes = {each.expectation_config.type: each.success for each in result.results}
        assert successes == {
            "expect_column_values_to_be_unique": False,
            "expect_column_values_to_be_between": True,
            "expect_column_type_to_be": True,
            "expect_column_values_to_not_be_null": True,
        }
        assert result.get_max_severity_failure() == "warning"
    pages = list((tmp_path / "gx").rglob("data_docs/**/validations/**/*.html"))
    assert len(pages) == 2
    assert "values must be unique" in pages[0].read_text("utf-8")


def test_bounds_and_sets_follow_the_type_of_the_column(polars: Judge) -> None:
    frame = pl.DataFrame(
        {
            "day": [dt.date(2024, 1, 1), dt.date(2024, 6, 1)],
            "code": pl.Series(["a", "b"], dtype=pl.Categorical),
            "kind": pl.Series(["x", "y"], dtype=pl.Enum(["x", "y"])),
            "large": [2**53, 2**53 + 1],
            "cents": [Decimal("0.10"), Decimal("0.15")],
        }
    )
    rules = [
        gxe.ExpectColumnValuesToBeInSet(column="day", value_set=["2024-01-01"]),
        gxe.ExpectColumnValuesToBeBetween(column="day", max_value=dt.date(2024, 2, 1)),
        gxe.ExpectColumnValuesToBeInSet(column="code", value_set=["a", "z"]),
        gxe.ExpectColumnValuesToBeInSet(column="kind", value_set=["x", "z"]),
        gxe.ExpectColumnValuesToBeInSet(column="large", value_set=[2**53, "x", 0.5]),
        gxe.ExpectColumnValuesToBeInSet(column="cents", value_set=[0.1, 0.155, 2]),
        gxe.ExpectColumnValuesToBeBetween(column="cents", min_value=0.05, max_value=0.125),
    ]
    found = polars(frame, rules)
    assert [each["error"] for each in found] == [None] * len(rules)
    assert [each["unexpected_index_list"] for each in found] == [[1]] * len(rules)
