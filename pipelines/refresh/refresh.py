"""The order of a refresh.

What belongs here: what runs after what, and the report that follows. What does not: one run (`run.py`), when
there is nothing to do (`unchanged.py`), how a report is shown (`cli`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import dagster as dg

from assets.framework.resources import TableStore
from expectations.contract import Contract, contract, contracts
from expectations.errors import VoorkantError
from expectations.report.gate import refusal
from pipelines.definitions import build_defs
from pipelines.publish import portal_catalogue
from pipelines.publish.published import Publications
from pipelines.publish.store.open_storage import storage_at
from pipelines.refresh.report import DatasetReport, Problem, RefreshReport
from pipelines.refresh.run import RunResult, run
from pipelines.refresh.unchanged import fingerprint, nothing_changed, remember
from pipelines.runtime.instance import instance
from pipelines.runtime.progress import LOGGERS, ProgressHandler
from pipelines.runtime.settings import Settings


def refresh(settings: Settings, only: Iterable[str], progress: ProgressHandler) -> RefreshReport:
    """Capture, build, audit and publish what changed. only: datasets; empty means all.

    Raises VK-C003 for an unknown dataset; VK-U001, VK-P001 and VK-P004 when what was published before
    cannot be read, before anything is asked of a source.
    """
    chosen = [contract(name) for name in dict.fromkeys(only)] or list(contracts().values())
    published = Publications.at(settings.published, settings.state)
    definitions = build_defs(settings, LOGGERS)
    needed = dg.AssetSelection.assets(*(_release(each) for each in chosen)).upstream()
    archives = needed & dg.AssetSelection.groups("archive")
    with instance(settings.state) as history, progress:
        captured = run(definitions, "capture", archives, history, progress)
        current = fingerprint(settings, chosen, published)
        if not captured.failed and nothing_changed(settings, chosen, current, published):
            return _report(settings, chosen, captured, None)
        lost = dg.AssetSelection.assets(*captured.failed).downstream()
        tables = needed - archives - lost if captured.failed else needed - archives
        built = run(definitions, "refresh", tables, history, progress)
    report = _report(settings, chosen, captured, built)
    # A correction that no longer fits is reported by every refresh until somebody looks.
    if not (report.problems or report.corrections):
        remember(settings, chosen, current)
    return report


def _release(contract: Contract) -> str:
    return f"release_{contract.dataset}"


def _report(
    settings: Settings, chosen: Sequence[Contract], captured: RunResult, built: RunResult | None
) -> RefreshReport:
    """What happened. built: None when nothing had changed, so that nothing was built."""
    done = built or RunResult()
    failed = {**captured.failed, **done.failed}
    published = None
    try:
        published = _afterwards(settings, done)
    except VoorkantError as error:
        failed[settings.published] = error
    tables = TableStore(state=str(settings.state))
    return RefreshReport(
        datasets=tuple(_dataset(each, published, built) for each in chosen),
        problems=tuple(
            Problem(where, error or _blocked(tables, where)) for where, error in failed.items()
        ),
        older_inputs=tuple(captured.older_inputs),
        corrections=tuple(done.corrections),
        nothing_changed=built is None,
    )


def _dataset(
    contract: Contract, published: Publications | None, built: RunResult | None
) -> DatasetReport:
    newest = published.newest(contract.dataset) if published else None
    folder = published.place(newest) if published and newest else None
    if built is None or _release(contract) in built.succeeded:
        new = built is not None and _release(contract) in built.newly_published
        return DatasetReport(contract.dataset, "published" if new else "unchanged", newest, folder)
    return DatasetReport(contract.dataset, "blocked", newest, folder)


def _afterwards(settings: Settings, built: RunResult) -> Publications:
    """What is published now; when nothing was, the descriptions that a crash left behind are repaired."""
    storage = storage_at(settings.published)
    published = Publications.of(storage, settings.state)
    if built.newly_published or not published.history.changes:
        return published
    return portal_catalogue.describe(storage, settings.state)


def _blocked(tables: TableStore, asset: str) -> VoorkantError:
    """Why a check blocked a table: what its audit found, or that it has no rows."""
    evidence = tables.evidence(asset)
    if evidence is None:
        return VoorkantError(
            "VK-S007",
            problem="The source answered, but with no rows at all.",
            where=asset,
            outcome="Nothing that needs this table was published; earlier releases stay.",
            remedy="Look at the source; an empty table is never what it meant to publish.",
        )
    aside = evidence["rows"]["quarantined"]
    return refusal(asset, evidence["rules"], aside, tables.page(asset))
