"""Whether a refresh can stop after capturing: the last one saw the same, and its releases are intact."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from assets.ingest.archive import Archive
from expectations.contract import Contract
from pipelines.publish.provenance import code_sha256
from pipelines.publish.published import Publications
from pipelines.runtime.settings import Settings


def fingerprint(settings: Settings, chosen: Sequence[Contract], published: Publications) -> str:
    """A sha256 of everything that a refresh follows from: captured content, code, what was withdrawn."""
    archive = Archive(settings.state / "archive")
    used = sorted({source for each in chosen for source in each.sources})
    captures = {source: archive.latest(source) for source in used}
    content = {name: capture.content() if capture else None for name, capture in captures.items()}
    withdrawn = sorted(published.history.withdrawals)
    text = json.dumps([code_sha256(), str(settings.published), content, withdrawn], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def nothing_changed(
    settings: Settings, chosen: Sequence[Contract], current: str, published: Publications
) -> bool:
    """Whether the last refresh of these datasets had this fingerprint, and its releases are still intact.

    Raises VK-P002 when a published file was altered.
    """
    path = _file(settings, chosen)
    if not path.exists() or path.read_text("utf-8") != current:
        return False
    if not all(published.newest(each.dataset) for each in chosen):
        return False
    for each in chosen:
        published.verify(each.dataset)
    return True


def remember(settings: Settings, chosen: Sequence[Contract], current: str) -> None:
    """Keep the fingerprint for the next refresh of these datasets."""
    path = _file(settings, chosen)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(current, "utf-8")


def _file(settings: Settings, chosen: Sequence[Contract]) -> Path:
    names = hashlib.sha256(" ".join(each.dataset for each in chosen).encode()).hexdigest()[:16]
    return settings.state / "refreshed" / names
