"""One context for all, with both engines in it, and one way of saying what an engine found."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from typing import Any

import pytest

Judge = Callable[..., list[dict[str, Any]]]


@pytest.fixture(scope="session")
def context() -> Any:
    import great_expectations as gx

    made = gx.get_context(mode="ephemeral")
    made.variables.progress_bars = {"globally": False}
    return made


@pytest.fixture(scope="session")
def polars(context: Any) -> Judge:
    """Judge a frame by this project's engine: one dictionary an expectation, in their order."""
    from expectations.gx_polars import add_polars_datasource

    asset = add_polars_datasource(context, "polars").add_frame_asset("table")
    batches = asset.add_batch_definition_whole_frame("all")
    return lambda frame, expectations, form="COMPLETE": judged(
        batches.get_batch({"frame": frame}), expectations, form
    )


@pytest.fixture(scope="session")
def pandas(context: Any) -> Judge:
    """Judge the same frame by the engine that Great Expectations ships."""
    asset = context.data_sources.add_pandas("pandas").add_dataframe_asset("table")
    batches = asset.add_batch_definition_whole_dataframe("all")
    return lambda frame, expectations, form="COMPLETE": judged(
        batches.get_batch({"dataframe": frame.to_pandas()}), expectations, form
    )


def judged(batch: Any, expectations: list[Any], form: Any) -> list[dict[str, Any]]:
    """success, the result's fields in plain Python, and error: why it could not be judged."""
    import great_expectations as gx

    named = [e.copy(update={"meta": {"n": n}}) for n, e in enumerate(expectations)]
    found = batch.validate(gx.ExpectationSuite(name="s", expectations=named), result_format=form)
    by_number = {each.expectation_config.meta["n"]: each for each in found.results}
    return [
        {
            "success": bool(each.success),
            **{key: plain(value) for key, value in each.result.items()},
            "error": error(each.exception_info),
        }
        for each in (by_number[number] for number in range(len(named)))
    ]


def error(info: Any) -> str | None:
    """The message of whatever was raised."""
    many = [info] if "raised_exception" in info else list(info.values())
    messages = [each["exception_message"] for each in many if each["raised_exception"]]
    return messages[0] if messages else None


def plain(value: Any) -> Any:
    """A value without numpy and pandas; NaN and NaT become None, floats are rounded at 12 digits."""
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(each) for each in value]
    if hasattr(value, "to_pydatetime"):
        return None if str(value) == "NaT" else value.to_pydatetime()
    value = getattr(value, "item", lambda: value)()
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return dt.datetime.combine(value, dt.time())
    if isinstance(value, float):
        return None if math.isnan(value) else float(f"{value:.12g}")
    return None if str(value) in ("NaT", "<NA>") else value
