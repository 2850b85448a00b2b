"""`voorkant status`: what was captured and published, what warned, and whether it is intact."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Iterable, Mapping
from pathlib import Path

from assets.archive import Archive, Capture
from assets.registry import sources
from expectations.contract import contracts
from expectations.errors import VoorkantError
from pipelines.console import console, print_json, print_table, release_cells
from pipelines.publish import catalog


def run(options: Namespace) -> int:
    """`voorkant status`."""
    archive = Archive(options.state / "archive")
    captured = {name: archive.latest(name) for name in sources()}
    newest = {name: catalog.latest(options.published, name) for name in contracts()}
    altered = _altered(archive, captured, options.published, newest)
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
                    name: manifest
                    and {
                        key: manifest[key] for key in ("version", "published_at", "rows", "checks")
                    }
                    for name, manifest in newest.items()
                },
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
            (name, *(release_cells(m) if m else ("never published", "–", "–", "–", "–")))
            for name, m in newest.items()
        ],
        numbers=4,
    )
    for name, manifest in newest.items():
        for line in _warnings(options.published, manifest) if manifest else ():
            console.print(f"{name}: {line}", markup=False, soft_wrap=True)
    for error in altered:
        console.print(f"\n{error}", markup=False, soft_wrap=True)
    if not altered and any(newest.values()):
        console.print(
            "\nEvery file of the newest captures and releases has the sha256 it was stored with."
        )
    return 1 if altered else 0


def _altered(
    archive: Archive,
    captured: Mapping[str, Capture | None],
    published: Path,
    datasets: Iterable[str],
) -> list[VoorkantError]:
    """Archived bodies and published files that are no longer what was stored, the first of each."""
    found = []
    for capture in filter(None, captured.values()):
        try:
            for entry in capture.entries:
                archive.read(entry.sha256)
        except VoorkantError as difference:
            found.append(difference)
    for dataset in datasets:
        try:
            catalog.verify(published, dataset)
        except VoorkantError as difference:
            found.append(difference)
    return found


def _warnings(published: Path, manifest: catalog.Manifest) -> Iterable[str]:
    for correction, outcome in manifest.get("corrections", {}).items():
        if outcome != "applied":
            yield f"correction {correction}: {outcome}, so not applied; see docs/howto/corrections.md."
    folder = catalog.folder_of(published, manifest["dataset"], manifest["version"])
    validation = json.loads((folder / "validation.json").read_text("utf-8"))
    first = {failure["rule_id"]: failure["words"] for failure in reversed(validation["failure"])}
    for rule in validation["rule"]:
        if rule["failed"] and rule["severity"] == "warning":
            yield (
                f"warning {rule['rule_id']} ({rule['table']}): {rule['sentence']} "
                f"Not so for {rule['failed']} of {rule['judged']} {rule['about']}, "
                f"e.g. {first[rule['rule_id']]}. {rule['reason']}"
            )
