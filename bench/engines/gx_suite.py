"""The rules as one suite of Great Expectations, for every engine it runs on."""

from __future__ import annotations

import os
from typing import Any

os.environ["GX_ANALYTICS_ENABLED"] = "false"

import great_expectations as gx
import great_expectations.expectations as gxe
from great_expectations.expectations.row_conditions import Column

from bench.engines import rules_to_judge


def _between(bounds: tuple[int, int]) -> dict[str, Any]:
    return dict(zip(("min_value", "max_value"), bounds, strict=True))


EXPECTATIONS: dict[str, Any] = {
    "number of rows": gxe.ExpectTableRowCountToBeBetween(**_between(rules_to_judge.ROWS)),
    "columns in order": gxe.ExpectTableColumnsToMatchOrderedList(
        column_list=rules_to_judge.COLUMNS
    ),
    **{
        f"{column} given": gxe.ExpectColumnValuesToNotBeNull(column=column)
        for column in rules_to_judge.REQUIRED
    },
    "amount given (mostly)": gxe.ExpectColumnValuesToNotBeNull(
        column="amount_eur", mostly=0.999, severity="warning"
    ),
    "municipality pattern": gxe.ExpectColumnValuesToMatchRegex(
        column="municipality_code", regex=rules_to_judge.MUNICIPALITY
    ),
    "municipality length": gxe.ExpectColumnValueLengthsToEqual(
        column="municipality_code", value=rules_to_judge.MUNICIPALITY_LENGTH
    ),
    "taakveld pattern": gxe.ExpectColumnValuesToMatchRegex(
        column="taakveld", regex=rules_to_judge.TAAKVELD
    ),
    "category pattern": gxe.ExpectColumnValuesToMatchRegex(
        column="category", regex=rules_to_judge.CATEGORY
    ),
    "report in set": gxe.ExpectColumnValuesToBeInSet(
        column="report_type", value_set=rules_to_judge.REPORTS
    ),
    "status in set": gxe.ExpectColumnValuesToBeInSet(
        column="status", value_set=rules_to_judge.STATUSES
    ),
    "year between": gxe.ExpectColumnValuesToBeBetween(
        column="year", **_between(rules_to_judge.YEARS)
    ),
    "amount between (mostly)": gxe.ExpectColumnValuesToBeBetween(
        column="amount_eur", mostly=0.999, **_between(rules_to_judge.AMOUNTS)
    ),
    "final only up to a year": gxe.ExpectColumnValuesToBeBetween(
        column="year",
        max_value=rules_to_judge.LAST_FINAL_YEAR,
        row_condition=Column("status") == "final",
    ),
    "part not above total": gxe.ExpectColumnPairValuesAToBeGreaterThanB(
        column_A="amount_eur",
        column_B="of_which_eur",
        or_equal=True,
        ignore_row_if="either_value_is_missing",
    ),
    "key unique": gxe.ExpectCompoundColumnsToBeUnique(column_list=rules_to_judge.KEY),
    "sum of population": gxe.ExpectColumnSumToBeBetween(
        column="population", **_between(rules_to_judge.PEOPLE)
    ),
    "number of municipalities": gxe.ExpectColumnUniqueValueCountToBeBetween(
        column="municipality_code",
        min_value=rules_to_judge.MUNICIPALITIES,
        max_value=rules_to_judge.MUNICIPALITIES,
    ),
}
BELOW_ZERO = """
    SELECT municipality_code, year, sum(amount_eur) AS euros FROM {batch}
    GROUP BY municipality_code, year HAVING sum(amount_eur) < 0
"""
SQL: dict[str, Any] = {
    "no group below zero": gxe.UnexpectedRowsExpectation(unexpected_rows_query=BELOW_ZERO)
}


def quiet_context() -> Any:
    context: Any = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    return context


def validated(batch: Any, expectations: dict[str, Any]) -> dict[str, int]:
    """Rows or groups that break each rule; 1 for a whole that does."""
    suite = gx.ExpectationSuite(
        name="iv3 like",
        expectations=[
            each.copy(update={"meta": {"rule": rule}}) for rule, each in expectations.items()
        ],
    )
    results = batch.validate(suite, result_format={"result_format": "BASIC"}).results
    return {each.expectation_config.meta["rule"]: _broken(each) for each in results}


def _broken(result: Any) -> int:
    raised = [
        each
        for each in (result.exception_info or {}).values()
        if isinstance(each, dict) and each.get("raised_exception")
    ]
    assert not raised, raised[0]["exception_message"]
    if "unexpected_count" in result.result:
        return int(result.result["unexpected_count"])
    if result.expectation_config.type == "unexpected_rows_expectation":
        return int(result.result["observed_value"])
    return int(not result.success)
