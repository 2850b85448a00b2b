"""One run of Dagster inside this process, and what its events say happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import dagster as dg
from dagster._core.errors import DagsterAssetCheckFailedError
from dagster._core.execution.plan.objects import StepFailureData

from assets.framework.capture_assets import OLDER_INPUT
from expectations.errors import VoorkantError
from pipelines.refresh.report import Problem
from pipelines.runtime.progress import LOGGERS, ProgressHandler


@dataclass
class RunResult:
    """What a run did.

    failed: step -> its error, or None where a check blocked it: the audit of that table has the findings.
    """

    succeeded: set[str] = field(default_factory=set)
    failed: dict[str, VoorkantError | None] = field(default_factory=dict)
    older_inputs: list[Problem] = field(default_factory=list)
    corrections: list[Problem] = field(default_factory=list)
    newly_published: set[str] = field(default_factory=set)


def run(
    definitions: dg.Definitions,
    job: str,
    selection: dg.AssetSelection,
    history: dg.DagsterInstance,
    progress: ProgressHandler,
) -> RunResult:
    """Materialize a selection of assets as a run of a job."""
    keys = selection.resolve(definitions.resolve_asset_graph())
    done = RunResult()
    if not keys:
        return done
    progress.expect(len(keys))
    result = definitions.resolve_job_def(job).execute_in_process(
        instance=history,
        asset_selection=sorted(keys),
        raise_on_error=False,
        run_config={"loggers": {name: {} for name in LOGGERS}},
    )
    done.succeeded = {str(event.step_key) for event in result.get_step_success_events()}
    for event in result.get_step_failure_events():
        step = str(event.step_key)
        done.failed[step] = _error(step, event.step_failure_data, result.run_id)
    for check in result.get_asset_check_evaluations():
        # Rules are reported by the audit of their table; other checks that failed carry a coded error.
        if error := coded(check.metadata):
            problem = Problem(check.asset_key.to_user_string(), error)
            older = check.check_name == OLDER_INPUT
            (done.older_inputs if older else done.corrections).append(problem)
    for event in result.get_asset_materialization_events():
        made = event.step_materialization_data.materialization
        changed = made.metadata.get("changed")
        if changed is not None and changed.value:
            done.newly_published.add(made.asset_key.to_user_string())
    return done


def coded(metadata: Mapping[str, dg.MetadataValue[Any]]) -> VoorkantError | None:
    """The coded error that a step or a check left in its metadata, if it did."""
    if "code" not in metadata:
        return None
    return VoorkantError(**{name: str(value.value) for name, value in metadata.items()})


def _error(step: str, failure: StepFailureData, run_id: str) -> VoorkantError | None:
    """Why a step failed; None when a check blocked it."""
    if failure.user_failure_data and (error := coded(failure.user_failure_data.metadata)):
        return error
    raised = failure.error
    if raised is None or raised.cls_name == DagsterAssetCheckFailedError.__name__:
        return None
    root = raised
    while root.cause:
        root = root.cause
    return VoorkantError(
        "VK-X001",
        problem=root.message.strip().splitlines()[0],
        where=f"{step}, run {run_id}",
        outcome="The table was not written; earlier releases stay.",
        remedy="This is an error of voorkant itself: report it with the run's failure from `make ui`.",
    )
