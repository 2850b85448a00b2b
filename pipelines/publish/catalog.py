"""The published folder for readers: which releases there are, whether they are whole, what portals read.

What belongs here: reading releases, and the descriptions of the publication as a whole. `catalog.json`
and `latest.json` are the store's, made from its log.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from assets import whole
from assets.ports import sha256_of
from expectations.contract import Bilingual, contracts
from expectations.errors import VoorkantError
from pipelines.publish.descriptions import describe_all
from pipelines.publish.descriptions.facts import Release
from pipelines.publish.descriptions.publication import publication
from pipelines.publish.store import layout
from pipelines.publish.store.local import LocalStorage
from pipelines.publish.store.log import History, Log
from pipelines.publish.store.storage import failures
from pipelines.publish.store.versions import order

Manifest = dict[str, Any]


def folder_of(published: Path, dataset: str, version: str) -> Path:
    """Where a release is."""
    return published / "data" / dataset / version


def manifests(published: Path, dataset: str) -> list[Manifest]:
    """The manifests of a dataset, oldest version first. A folder without one is no release."""
    found = (published / "data" / dataset).glob("*/manifest.json")
    read = [json.loads(path.read_text("utf-8")) for path in found]
    return sorted(read, key=lambda manifest: order(manifest["version"]))


def latest(published: Path, dataset: str) -> Manifest | None:
    """The newest manifest of a dataset that was not withdrawn, or None."""
    withdrawn = _withdrawn(published)
    kept = [m for m in manifests(published, dataset) if (dataset, m["version"]) not in withdrawn]
    return next(reversed(kept), None)


def verify(published: Path, dataset: str) -> None:
    """Compare every file of the newest release with the log; of one from before the log, with its manifest.

    Raises VK-P002 naming the first that differs, and what reading the log raises.
    """
    history = _logged(published)
    if newest := history.newest(dataset):
        layout.verify(LocalStorage(published), history, newest)
    elif manifest := latest(published, dataset):
        _compare(published, manifest)


def _compare(published: Path, manifest: Manifest) -> None:
    folder = folder_of(published, manifest["dataset"], manifest["version"])
    for name, expected in manifest["files"].items():
        path = folder / name
        if not path.exists() or sha256_of(path) != expected["sha256"]:
            raise VoorkantError(
                "VK-P002",
                problem=f"The file {name} is missing or not the one that was published.",
                where=str(path),
                outcome="Nothing new was published.",
                remedy="Restore the folder from a copy; a release is never edited.",
            )


def describe(published: Path) -> None:
    """Write the descriptions of the publication as a whole, beside `catalog.json`."""
    withdrawn = _withdrawn(published)
    releases = {
        name: (
            contract,
            [
                Release.of(each).having(withdrawn=withdrawn.get((name, each["version"])))
                for each in found
            ],
        )
        for name, contract in contracts().items()
        if (found := manifests(published, name))
    }
    for name, content in describe_all(releases, publication()).items() if releases else ():
        whole.write_bytes(published / name, content)


def _withdrawn(published: Path) -> dict[tuple[str, str], Bilingual]:
    """Dataset and version -> why, as it was said: a reason has the language of who withdrew it."""
    changes = _logged(published).withdrawals
    return {key: Bilingual(nl=each.reason, en=each.reason) for key, each in changes.items()}


def _logged(published: Path) -> History:
    """What the log says; nothing, where there is no folder. Raises VK-P001 and VK-P004."""
    if not published.is_dir():
        return History()
    with failures(str(published), "Nothing was changed."):
        return Log(LocalStorage(published)).read()
