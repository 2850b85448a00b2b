"""Tables made apart from the state they belong to: from chosen captures, in a folder of their own, offline.

Two things need that: making a release again (`verify/rebuild.py`), and finding out which change between two
releases caused what (`publish/history/attribution.py`).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import dagster as dg

from assets.definitions import table_assets
from assets.framework.resources import TableStore
from assets.ingest.archive import Archive, Capture
from assets.ingest.registry import sources
from pipelines.runtime.instance import instance
from pipelines.runtime.settings import Settings

BuildTables = Callable[[TableStore, Sequence[str]], list[str]]
"""Makes these staged tables and all they need; gives the steps that did not succeed."""


def find_capture(archive: Archive, named: Mapping[str, Any]) -> Capture | None:
    """The capture in the archive that a manifest names as an input; None when it is not there."""
    content = {f"{r['name']}#{r['page']}": r["sha256"] for r in named["responses"]}
    for capture in reversed(archive.captures(named["source"])):
        if capture.content() == content and capture.retrieved_at == named["retrieved_at"]:
            return capture
    return None


def seed_archive(archive: Archive, captures: Iterable[Capture], state: Path) -> None:
    """Start the archive of a state with these captures, oldest first; of other sources, the newest."""
    copy = state / "archive"
    copy.mkdir(parents=True)
    (copy / "objects").symlink_to((archive.root / "objects").resolve())
    seeded = list(captures)
    others = sorted(set(sources()) - {each.source for each in seeded})
    seeded += [newest for source in others if (newest := archive.latest(source))]
    lines = [json.dumps(asdict(each), ensure_ascii=False) for each in seeded]
    (copy / "log.jsonl").write_text("".join(f"{line}\n" for line in lines), "utf-8")


def build_tables(tables: TableStore, names: Sequence[str]) -> list[str]:
    """Make staged tables, and all they need, from the archive of their state.

    Gives the steps that did not succeed.
    """
    state = Path(tables.state)
    definitions = dg.Definitions(
        assets=table_assets(),
        resources={"sources": Settings(state=state).source_archive(), "tables": tables},
        executor=dg.in_process_executor,
        loggers=SILENT,
    )
    return run_assets(definitions, state, dg.AssetSelection.assets(*names))


def run_assets(definitions: dg.Definitions, state: Path, wanted: dg.AssetSelection) -> list[str]:
    """Make assets and all they need, without capturing; gives the steps that did not succeed.

    definitions: with `SILENT` as loggers. state: the folder that also keeps the history of the run.
    """
    needed = wanted.upstream() - dg.AssetSelection.groups("archive")
    job = dg.define_asset_job("apart", needed)
    with instance(state) as history:
        result = (
            dg.Definitions.merge(definitions, dg.Definitions(jobs=[job]))
            .resolve_job_def("apart")
            .execute_in_process(
                instance=history,
                raise_on_error=False,
                run_config={"loggers": {name: {} for name in SILENT}},
            )
        )
    return [str(event.step_key) for event in result.get_step_failure_events()]


@dg.logger
def _silent(_: dg.InitLoggerContext) -> logging.Logger:
    """Such a run prints nothing; Dagster's own logger would print every event."""
    silent = logging.getLogger("voorkant.apart")
    silent.addHandler(logging.NullHandler())
    silent.propagate = False
    return silent


SILENT = {"silent": _silent}
