"""What to show between any two releases of a dataset.

Of neighbours, what the later one says of itself. Of releases further apart a new comparison, where each
change has the causes that the releases between them stored for it: that of the last one that touched it,
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
    way = _way(before, after)
    if len(way) == 1:
        return way[0]
    return compare(before, after, _composed(way or _way(after, before)))


def _way(older: ReleaseData, newer: ReleaseData) -> list[Changes]:
    """What each release after the older one, up to the newer, says of itself; empty where one is missing."""
    way: list[Changes] = []
    folder = newer.folder
    while folder is not None and (told := write_history.read(folder)):
        way.insert(0, told)
        if told.summary["from"] == older.version:
            return way
        folder = _neighbour(folder, told)
    return []


def _neighbour(folder: Path, told: Changes) -> Path | None:
    """The folder of the release that came before."""
    earlier = told.summary["from"]
    if earlier is None or not release_reader.is_file_name(earlier) or "/" in earlier:
        return None
    return folder.parent / earlier if order(earlier) < order(told.summary["to"]) else None


def _composed(way: list[Changes]) -> Steps:
    """The causes along a way as claims; which release each is from stands in its evidence."""
    claims = [
        each.rows.with_columns(
            evidence=pl.format("{}: {}", pl.lit(each.summary["to"]), "evidence")
        ).select(CLAIMS.names())
        for each in way
    ]
    return Steps(pl.concat(claims)) if claims else Steps()
