"""The bridge to Great Expectations: run a suite on a frame and count.

What belongs here: everything that imports `great_expectations`, lazily, because its import costs two
seconds. What does not: what the rules are (`vocabulary/`) and what follows from a failure (`audit.py`).
"""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import polars as pl

from expectations.gx_polars import add_polars_datasource
from expectations.vocabulary import Expectation


@dataclass(frozen=True, slots=True)
class RuleOutcome:
    """What Great Expectations found: rows that break a rule, -1 when it could not judge."""

    success: bool
    unexpected: int


@cache
def _gx() -> Any:
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    # A pattern with brackets is no mistake.
    warnings.filterwarnings("ignore", "This pattern is interpreted as a regular expression")
    import great_expectations as gx  # two seconds

    return gx


@cache
def _frame_batch_definition() -> Any:
    """What every frame is a batch of: each asset that is added has all of them written down again."""
    context = _gx().get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = add_polars_datasource(context, "voorkant").add_frame_asset("frame")
    return asset.add_batch_definition_whole_frame("all")


def validate(
    name: str, frame: pl.DataFrame, expectations: Mapping[str, Expectation]
) -> dict[str, RuleOutcome]:
    """Run one suite over a frame; rule id -> outcome.

    The frame must hold the columns the expectations name. It is judged as it is: decimals stay
    decimals, integers with gaps stay integers.
    """
    gx = _gx()
    suite = gx.ExpectationSuite(
        name=name,
        expectations=[
            getattr(gx.expectations, expectation.name)(
                **expectation.arguments, meta={"rule_id": rule_id}
            )
            for rule_id, expectation in expectations.items()
        ],
    )
    batch = _frame_batch_definition().get_batch({"frame": frame})
    results = batch.validate(suite, result_format={"result_format": "BASIC"})
    return {
        result.expectation_config.meta["rule_id"]: RuleOutcome(
            success=bool(result.success),
            unexpected=int(result.result.get("unexpected_count", -1)),
        )
        for result in results.results
    }
