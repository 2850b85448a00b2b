"""One refresh: capture, look whether anything changed, build, audit, publish; told as a report.

What belongs here: the order of things and what came of them. What does not: how it is shown (`cli.py`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import dagster as dg
from dagster._core.errors import DagsterAssetCheckFailedError
from dagster._core.execution.plan.objects import StepFailureData

from assets.framework.capture_assets import OLDER_INPUT
from assets.framework.resources import TableStore
from assets.ingest.archive import Archive
from expectations.contract import Contract, contract, contracts
from expectations.errors import VoorkantError
from expectations.report.gate import refusal
from pipelines.definitions import build_defs
from pipelines.publish import portal_catalogue
from pipelines.publish.provenance import code_sha256
from pipelines.publish.published import Publications
from pipelines.publish.store.log import Release
from pipelines.publish.store.open_storage import storage_at
from pipelines.runtime.instance import instance
from pipelines.runtime.progress import LOGGERS, Told
from pipelines.runtime.settings import Settings


@dataclass(frozen=True, slots=True)
class DatasetReport:
    """What came of one dataset.

    release: its newest, None when there is none. folder: where that is, or its address.
    """

    dataset: str
    outcome: str  # "published", "unchanged" or "blocked"
    release: Release | None
    folder: str | None


@dataclass(frozen=True, slots=True)
class Problem:
    """Something a person must look at. where: the asset it happened in."""

    where: str
    text: str


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a refresh."""

    datasets: tuple[DatasetReport, ...]
    problems: tuple[Problem, ...] = ()
    older_inputs: tuple[Problem, ...] = ()
    corrections: tuple[Problem, ...] = ()
    nothing_changed: bool = False

    @property
    def exit_code(self) -> int:
        """0 fine; 1 when a dataset was not published, an input is old, or a correction no longer fits."""
        return 1 if self.problems or self.older_inputs or self.corrections else 0


@dataclass
class _Outcome:
    """What a run did, gathered from its events."""

    succeeded: set[str] = field(default_factory=set)
    failed: dict[str, str] = field(default_factory=dict)
    older: list[Problem] = field(default_factory=list)
    corrections: list[Problem] = field(default_factory=list)
    newly_published: set[str] = field(default_factory=set)


def refresh(settings: Settings, only: Iterable[str], told: Told) -> Report:
    """Do it. only: datasets; empty means all.

    Raises VK-C003 for an unknown dataset; VK-U001, VK-P001 and VK-P004 when what was published before
    cannot be read, before anything is asked of a source.
    """
    chosen = [contract(name) for name in dict.fromkeys(only)] or list(contracts().values())
    published = Publications.at(settings.published, settings.state)
    definitions = build_defs(settings, LOGGERS)
    needed = dg.AssetSelection.assets(*(_release(each) for each in chosen)).upstream()
    archives = needed & dg.AssetSelection.groups("archive")
    with instance(settings.state) as history, told:
        captured = _run(definitions, "capture", archives, history, told)
        fingerprint = _fingerprint(settings, chosen, published)
        if not captured.failed and _nothing_changed(settings, chosen, fingerprint, published):
            return _report(settings, chosen, captured, _Outcome(), nothing_changed=True)
        lost = dg.AssetSelection.assets(*captured.failed).downstream()
        tables = needed - archives - lost if captured.failed else needed - archives
        built = _run(definitions, "refresh", tables, history, told)
    report = _report(settings, chosen, captured, built)
    # A correction that no longer fits is told by every refresh until somebody looks.
    if not (report.problems or report.corrections):
        _remember(settings, chosen, fingerprint)
    return report


def _release(contract: Contract) -> str:
    return f"release_{contract.dataset}"


def _run(
    definitions: dg.Definitions,
    job: str,
    selection: dg.AssetSelection,
    history: dg.DagsterInstance,
    told: Told,
) -> _Outcome:
    keys = selection.resolve(definitions.resolve_asset_graph())
    outcome = _Outcome()
    if not keys:
        return outcome
    told.expect(len(keys))
    result = definitions.resolve_job_def(job).execute_in_process(
        instance=history,
        asset_selection=sorted(keys),
        raise_on_error=False,
        run_config={"loggers": {name: {} for name in LOGGERS}},
    )
    outcome.succeeded = {str(event.step_key) for event in result.get_step_success_events()}
    for event in result.get_step_failure_events():
        step = str(event.step_key)
        outcome.failed[step] = _words(step, event.step_failure_data, result.run_id)
    for check in result.get_asset_check_evaluations():
        if "code" not in check.metadata:
            continue
        # A check that failed with a code tells it, beside the rules that speak through the audit.
        facts = {name: str(value.value) for name, value in check.metadata.items()}
        problem = Problem(check.asset_key.to_user_string(), str(VoorkantError(**facts)))
        older = check.check_name == OLDER_INPUT
        (outcome.older if older else outcome.corrections).append(problem)
    for event in result.get_asset_materialization_events():
        made = event.step_materialization_data.materialization
        changed = made.metadata.get("changed")
        if changed is not None and changed.value:
            outcome.newly_published.add(made.asset_key.to_user_string())
    return outcome


def _words(step: str, failure: StepFailureData, run_id: str) -> str:
    """What a failed step says to a person; empty when a check blocked it, because its audit has words."""
    if failure.user_failure_data:
        return str(failure.user_failure_data.description)
    error = failure.error
    if error is None or error.cls_name == DagsterAssetCheckFailedError.__name__:
        return ""
    root = error
    while root.cause:
        root = root.cause
    return str(
        VoorkantError(
            "VK-X001",
            problem=root.message.strip().splitlines()[0],
            where=f"{step}, run {run_id}",
            outcome="The table was not written; earlier releases stay.",
            remedy="This is an error of voorkant itself: report it with the run's failure from `make ui`.",
        )
    )


def _report(
    settings: Settings,
    chosen: list[Contract],
    captured: _Outcome,
    built: _Outcome,
    nothing_changed: bool = False,
) -> Report:
    failed = {**captured.failed, **built.failed}
    published = None
    try:
        published = _afterwards(settings, built)
    except VoorkantError as error:
        failed[settings.published] = str(error)
    reports = []
    for each in chosen:
        newest = published.newest(each.dataset) if published else None
        reached = nothing_changed or _release(each) in built.succeeded
        new = _release(each) in built.newly_published
        outcome = "blocked" if not reached else "published" if new else "unchanged"
        folder = published.place(newest) if published and newest else None
        reports.append(DatasetReport(each.dataset, outcome, newest, folder))
    tables = TableStore(state=str(settings.state))
    return Report(
        datasets=tuple(reports),
        problems=tuple(
            Problem(asset, text or _blocked(tables, asset)) for asset, text in failed.items()
        ),
        older_inputs=tuple(captured.older),
        corrections=tuple(built.corrections),
        nothing_changed=nothing_changed,
    )


def _afterwards(settings: Settings, built: _Outcome) -> Publications:
    """What is published now. Whoever publishes describes it; else what a crash left is put right here."""
    storage = storage_at(settings.published)
    published = Publications.of(storage, settings.state)
    if built.newly_published or not published.history.changes:
        return published
    return portal_catalogue.describe(storage, settings.state)


def _blocked(tables: TableStore, asset: str) -> str:
    """Why an audited table stopped, in the words of its rules."""
    evidence = tables.evidence(asset)
    if evidence is None:
        return str(
            VoorkantError(
                "VK-S007",
                problem="The source answered, but with no rows at all.",
                where=asset,
                outcome="Nothing that needs this table was published; earlier releases stay.",
                remedy="Look at the source; an empty table is never what it meant to publish.",
            )
        )
    aside = evidence["rows"]["quarantined"]
    return str(refusal(asset, evidence["rules"], aside, tables.page(asset)))


def _fingerprint(settings: Settings, chosen: list[Contract], published: Publications) -> str:
    """Everything a refresh of these datasets follows from: captured content, code, what was withdrawn."""
    archive = Archive(settings.state / "archive")
    used = sorted({source for each in chosen for source in each.sources})
    captures = {source: archive.latest(source) for source in used}
    content = {name: capture.content() if capture else None for name, capture in captures.items()}
    withdrawn = sorted(published.history.withdrawals)
    told = json.dumps([code_sha256(), str(settings.published), content, withdrawn], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


def _memory(settings: Settings, chosen: list[Contract]) -> Path:
    names = hashlib.sha256(" ".join(each.dataset for each in chosen).encode()).hexdigest()[:16]
    return settings.state / "refreshed" / names


def _nothing_changed(
    settings: Settings, chosen: list[Contract], fingerprint: str, published: Publications
) -> bool:
    """Whether the last refresh of these datasets saw the same, and its releases are still intact.

    Raises VK-P002 when a published file was altered.
    """
    memory = _memory(settings, chosen)
    if not memory.exists() or memory.read_text("utf-8") != fingerprint:
        return False
    if not all(published.newest(each.dataset) for each in chosen):
        return False
    for each in chosen:
        published.verify(each.dataset)
    return True


def _remember(settings: Settings, chosen: list[Contract], fingerprint: str) -> None:
    memory = _memory(settings, chosen)
    memory.parent.mkdir(parents=True, exist_ok=True)
    memory.write_text(fingerprint, "utf-8")
