"""The changes between any two releases of a dataset.

Of consecutive releases: the changes that the later one stores. Of others: a new comparison, where each
change has the causes that the releases in between stored for it: that of the last one that changed it,
with the evidence of all.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from pipelines.publish import release_reader
from pipelines.publish.history import write_history
from pipelines.publish.history.causes import CLAIMS, Steps
from pipelines.publish.history.changes import Changes, compare
from pipelines.publish.release_reader import ReleaseData
from pipelines.publish.store.versions import order


def compare_releases(before: ReleaseData, after: ReleaseData) -> Changes:
    """The changes from one release to another, older or newer."""
    chain = _chain(before, after)
    if len(chain) == 1:
        return chain[0]
    return compare(before, after, _composed(chain or _chain(after, before)))


def _chain(older: ReleaseData, newer: ReleaseData) -> list[Changes]:
    """The stored changes of each release after the older one, up to the newer; empty where one is missing."""
    chain: list[Changes] = []
    folder = newer.folder
    while folder is not None and (changes := write_history.read_changes(folder)):
        chain.insert(0, changes)
        if changes.summary["from"] == older.version:
            return chain
        folder = _neighbour(folder, changes)
    return []


def _neighbour(folder: Path, changes: Changes) -> Path | None:
    """The folder of the release that came before."""
    earlier = changes.summary["from"]
    if earlier is None or not release_reader.is_file_name(earlier) or "/" in earlier:
        return None
    return folder.parent / earlier if order(earlier) < order(changes.summary["to"]) else None


def _composed(chain: list[Changes]) -> Steps:
    """The causes along a chain of releases as claims; the evidence of each names its release."""
    claims = [
        each.rows.with_columns(
            evidence=pl.format("{}: {}", pl.lit(each.summary["to"]), "evidence")
        ).select(CLAIMS.names())
        for each in chain
    ]
    return Steps(pl.concat(claims)) if claims else Steps()
