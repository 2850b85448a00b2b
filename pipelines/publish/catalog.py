"""The published folder as a whole: finding releases, verifying their bytes, rebuilding the catalogue.

`catalog.json` is made from the manifests and never trusted over them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from assets import whole
from assets.ports import sha256_of
from expectations.errors import VoorkantError
from pipelines.publish.store.versions import following, order

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
    """The newest manifest of a dataset, or None."""
    return next(reversed(manifests(published, dataset)), None)


def next_version(published: Path, dataset: str, moment: str) -> str:
    """YYYY.M.N for content of this moment (ISO 8601): N counts the releases of that month, from 1.

    A version never comes before an existing one, even when older content is published later.
    """
    return following((each["version"] for each in manifests(published, dataset)), moment)


def verify(published: Path, manifest: Manifest) -> None:
    """Compare every file of a release with its manifest. Raises VK-P002 naming the first that differs."""
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


def rebuild(published: Path) -> Path:
    """Write `catalog.json` from the manifests on disk, replacing it whole."""
    datasets = sorted(path.name for path in (published / "data").iterdir() if path.is_dir())
    catalog = {
        "title": "voorkant",
        "licence": "CC-BY-4.0",
        "datasets": [
            # A folder without a manifest is no release; somebody else laid it there.
            _entry(releases)
            for name in datasets
            if (releases := manifests(published, name))
        ],
    }
    path = published / "catalog.json"
    whole.write_json(path, catalog)
    return path


def _entry(releases: list[Manifest]) -> dict[str, Any]:
    newest = releases[-1]
    return {
        "dataset": newest["dataset"],
        "title": newest["title"],
        "latest": newest["version"],
        "versions": [
            {
                "version": release["version"],
                "schema_version": release["schema_version"],
                "published_at": release["published_at"],
                "content_sha256": release["content_sha256"],
                "rows": release["rows"],
                "checks": release["checks"],
                "path": f"data/{release['dataset']}/{release['version']}/",
                "files": release["files"],
            }
            for release in releases
        ],
    }
