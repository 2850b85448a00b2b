"""`catalog.json` and `latest.json`: pure functions of the log, for readers who take what is newest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from pipelines.publish.store.log import MANIFEST, History, Release
from pipelines.publish.store.versions import order

CATALOGUE = "catalog.json"
LATEST = "latest.json"
SHOWN = ("title", "schema_version", "licence", "rows", "checks")
"""The fields of a manifest that the catalogue shows besides the identity of the release."""


def about(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """What the log keeps of a manifest for the catalogue."""
    return {name: manifest[name] for name in SHOWN if name in manifest}


def pointers(history: History) -> dict[str, bytes]:
    """Key -> content of the files that are made from the log. The same releases, the same bytes."""
    names = sorted({release.dataset for release in history.releases()})
    catalogue = {
        "title": "voorkant",
        "licence": "CC-BY-4.0",
        "datasets": [_dataset(history, name) for name in names],
    }
    newest = (history.newest(name) for name in names)
    latest = {
        each.dataset: {
            "version": each.version,
            "path": f"{each.folder}/",
            "content_sha256": each.content_sha256,
            "manifest_sha256": each.files[MANIFEST].sha256,
        }
        for each in newest
        if each is not None
    }
    return {CATALOGUE: _json(catalogue), LATEST: _json(latest)}


def _dataset(history: History, name: str) -> dict[str, Any]:
    releases = sorted(history.releases(name), key=lambda release: order(release.version))
    newest = history.newest(name)
    return {
        "dataset": name,
        "title": (newest or releases[-1]).about.get("title"),
        "latest": newest.version if newest else None,
        "versions": [_version(history, release) for release in releases],
    }


def _version(history: History, release: Release) -> dict[str, Any]:
    withdrawal = history.withdrawals.get((release.dataset, release.version))
    return {
        "version": release.version,
        **{key: value for key, value in release.about.items() if key != "title"},
        "published_at": release.published_at,
        "content_sha256": release.content_sha256,
        "path": f"{release.folder}/",
        "files": {
            name: {"sha256": file.sha256, "bytes": file.bytes}
            for name, file in sorted(history.kept(release).items())
        },
        **({"withdrawn": withdrawal.reason} if withdrawal else {}),
    }


def _json(content: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(content), indent=1) + b"\n"
