"""What was captured and published, what warned, and whether every file is as it was stored.

What belongs here: gathering it, and its JSON. What does not: how it looks on a terminal (`cli`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assets.ingest.archive import Archive, Capture
from assets.ingest.registry import sources
from expectations.contract import contracts
from expectations.errors import VoorkantError
from pipelines.publish.published import Publications
from pipelines.publish.store.log import Release

_VALIDATION = "validation.json"


@dataclass(frozen=True, slots=True)
class Status:
    """The state of one archive and one place of publication.

    captured: source -> its newest capture, None when there is none. newest: dataset -> its newest release.
    all_withdrawn: datasets that have releases, but none to use. warnings: dataset -> a sentence for each.
    withdrawn: dataset, version and reason. altered: files that are not as they were stored.
    """

    captured: Mapping[str, Capture | None]
    newest: Mapping[str, Release | None]
    all_withdrawn: frozenset[str]
    warnings: Mapping[str, tuple[str, ...]]
    withdrawn: tuple[tuple[str, str, str], ...]
    altered: tuple[VoorkantError, ...]

    @property
    def exit_code(self) -> int:
        """0 fine; 1 when a file was altered."""
        return 1 if self.altered else 0

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "sources": {name: each and _capture(each) for name, each in self.captured.items()},
            "datasets": {name: each and _release(each) for name, each in self.newest.items()},
            "withdrawn": [
                {"dataset": dataset, "version": version, "reason": reason}
                for dataset, version, reason in self.withdrawn
            ],
            "altered": [error.as_dict() for error in self.altered],
        }


def status(published: Publications, state: Path) -> Status:
    """Look at everything, without writing. Raises VK-P001, VK-P004 and VK-P011."""
    archive = Archive(state / "archive")
    captured = {name: archive.latest(name) for name in sources()}
    newest = {name: published.newest(name) for name in contracts()}
    differing = _altered_releases(published, newest)
    return Status(
        captured=captured,
        newest=newest,
        all_withdrawn=frozenset(
            name for name, each in newest.items() if each is None and published.releases(name)
        ),
        warnings={
            name: tuple(_warnings(published, release))
            for name, release in newest.items()
            if release and name not in differing
        },
        withdrawn=tuple(
            (each.dataset, each.version, each.reason)
            for each in published.history.withdrawals.values()
        ),
        altered=(*_altered_bodies(archive, captured), *differing.values()),
    )


def _capture(capture: Capture) -> dict[str, Any]:
    return {
        "retrieved_at": capture.retrieved_at,
        "origin": capture.origin,
        "responses": len(capture.entries),
        "bytes": sum(entry.bytes for entry in capture.entries),
    }


def _release(release: Release) -> dict[str, Any]:
    return {
        "version": release.version,
        "published_at": release.published_at,
        "rows": release.about["rows"],
        "checks": release.about["checks"],
    }


def _altered_bodies(
    archive: Archive, captured: Mapping[str, Capture | None]
) -> Iterator[VoorkantError]:
    """Archived bodies that are no longer what was stored, the first of each capture."""
    for capture in filter(None, captured.values()):
        try:
            for entry in capture.entries:
                archive.read(entry.sha256)
        except VoorkantError as difference:
            yield difference


def _altered_releases(published: Publications, datasets: Iterable[str]) -> dict[str, VoorkantError]:
    """Dataset -> the first file of its newest release that is no longer what was published."""
    found = {}
    for dataset in datasets:
        try:
            published.verify(dataset)
        except VoorkantError as difference:
            found[dataset] = difference
    return found


def _warnings(published: Publications, release: Release) -> Iterator[str]:
    for correction, outcome in published.manifest(release).get("corrections", {}).items():
        if outcome != "applied":
            yield f"correction {correction}: {outcome}, so not applied; see docs/howto/corrections.md."
    folder = published.folder(release, _VALIDATION)
    validation = json.loads((folder / _VALIDATION).read_text("utf-8"))
    first = {failure["rule_id"]: failure["words"] for failure in reversed(validation["failure"])}
    for rule in validation["rule"]:
        if rule["failed"] and rule["severity"] == "warning":
            yield (
                f"warning {rule['rule_id']} ({rule['table']}): {rule['sentence']} "
                f"Not so for {rule['failed']} of {rule['judged']} {rule['about']}, "
                f"e.g. {first[rule['rule_id']]}. {rule['reason']}"
            )
