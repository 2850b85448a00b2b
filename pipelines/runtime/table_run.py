"""The road run apart: captures laid in a state of their own, and assets made from them; no network.

What belongs here: what making a release again (`rebuilding.py`) and building what lies between two
releases (`stepping.py`) have in common. Nothing of it touches what is there.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from assets.ingest.archive import Archive, Capture
from assets.ingest.registry import sources

if TYPE_CHECKING:
    from pipelines.runtime.settings import Settings


def used(archive: Archive, named: Mapping[str, Any]) -> Capture | None:
    """The capture in the archive that a manifest names as an input; None when it is not there."""
    content = {f"{r['name']}#{r['page']}": r["sha256"] for r in named["responses"]}
    for capture in reversed(archive.captures(named["source"])):
        if capture.content() == content and capture.retrieved_at == named["retrieved_at"]:
            return capture
    return None


def lay(archive: Archive, captures: Iterable[Capture], state: Path) -> None:
    """Lay captures in a state, oldest first; of a source that is not among them, the newest."""
    copy = state / "archive"
    copy.mkdir(parents=True)
    (copy / "objects").symlink_to((archive.root / "objects").resolve())
    laid = list(captures)
    others = sorted(set(sources()) - {each.source for each in laid})
    laid += [newest for source in others if (newest := archive.latest(source))]
    lines = [json.dumps(asdict(each), ensure_ascii=False) for each in laid]
    (copy / "log.jsonl").write_text("".join(f"{line}\n" for line in lines), "utf-8")


def run(settings: Settings, wanted: dg.AssetSelection, corrected_as: str = "") -> list[str]:
    """Make assets and all they need from the archive of a state; gives the steps that did not succeed.

    corrected_as: see `TableStore`.
    """
    # The definitions know the publisher, which asks for this.
    from pipelines.definitions import build_defs
    from pipelines.runtime.instance import instance

    definitions = build_defs(settings, _UNHEARD)
    tables = {"state": str(settings.state), "corrected_as": corrected_as}
    needed = wanted.upstream() - dg.AssetSelection.groups("archive")
    keys = needed.resolve(definitions.resolve_asset_graph())
    with instance(settings.state) as history:
        result = definitions.resolve_job_def("refresh").execute_in_process(
            instance=history,
            asset_selection=sorted(keys),
            raise_on_error=False,
            run_config={
                "loggers": {name: {} for name in _UNHEARD},
                "resources": {"tables": {"config": tables}},
            },
        )
    return [str(event.step_key) for event in result.get_step_failure_events()]


@dg.logger
def _silent(_: dg.InitLoggerContext) -> logging.Logger:
    """Nobody watches such a run; Dagster's own logger would print every event."""
    silent = logging.getLogger("voorkant.apart")
    silent.addHandler(logging.NullHandler())
    silent.propagate = False
    return silent


_UNHEARD = {"silent": _silent}
