"""`voorkant status`: what was captured and published, what warned, and whether it is intact."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

from assets.ingest.archive import Archive, Capture
from assets.ingest.registry import sources
from expectations.contract import contracts
from expectations.errors import VoorkantError
from pipelines.cli.commands import pick_version
from pipelines.cli.console import console, print_json, print_table, release_cells
from pipelines.cli.options.status import StatusOptions
from pipelines.publish.published import Publications
from pipelines.publish.store.log import Release

_VALIDATION = "validation.json"


def run(options: StatusOptions) -> int:
    """`voorkant status`."""
    archive = Archive(options.state / "archive")
    captured = {name: archive.latest(name) for name in sources()}
    published = pick_version.publications(options)
    newest = {name: published.newest(name) for name in contracts()}
    differing = _altered_releases(published, newest)
    altered = [*_altered_bodies(archive, captured), *differing.values()]
    if options.json:
        print_json(
            {
                "sources": {
                    name: capture
                    and {
                        "retrieved_at": capture.retrieved_at,
                        "origin": capture.origin,
                        "responses": len(capture.entries),
                        "bytes": sum(entry.bytes for entry in capture.entries),
                    }
                    for name, capture in captured.items()
                },
                "datasets": {
                    name: release
                    and {
                        "version": release.version,
                        "published_at": release.published_at,
                        "rows": release.about["rows"],
                        "checks": release.about["checks"],
                    }
                    for name, release in newest.items()
                },
                "withdrawn": [
                    {"dataset": each.dataset, "version": each.version, "reason": each.reason}
                    for each in published.history.withdrawals.values()
                ],
                "altered": [error.as_dict() for error in altered],
            }
        )
        return 1 if altered else 0
    print_table(
        ("source", "captured", "origin", "answers", "bytes"),
        [
            (
                name,
                *(
                    (
                        c.retrieved_at,
                        c.origin,
                        f"{len(c.entries):,}",
                        f"{sum(e.bytes for e in c.entries):,}",
                    )
                    if c
                    else ("never", "–", "–", "–")
                ),
            )
            for name, c in captured.items()
        ],
        numbers=2,
    )
    print_table(
        ("dataset", "version", "rows", "passed", "warned", "quarantined"),
        [
            (name, *(release_cells(each) if each else (_none(published, name), "–", "–", "–", "–")))
            for name, each in newest.items()
        ],
        numbers=4,
    )
    for name, release in newest.items():
        for line in _warnings(published, release) if release and name not in differing else ():
            console.print(f"{name}: {line}", markup=False, soft_wrap=True)
    for each in published.history.withdrawals.values():
        told = f"{each.dataset} {each.version} was withdrawn: {each.reason}"
        console.print(told, markup=False, soft_wrap=True)
    for error in altered:
        console.print(f"\n{error}", markup=False, soft_wrap=True)
    if not altered and any(newest.values()):
        console.print(
            "\nEvery file of the newest captures and releases has the sha256 it was stored with."
        )
    return 1 if altered else 0


def _none(published: Publications, dataset: str) -> str:
    return "all withdrawn" if published.releases(dataset) else "never published"


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


def _warnings(published: Publications, release: Release) -> Iterable[str]:
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
