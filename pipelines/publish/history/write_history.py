"""What a release adds to the history of its dataset: its changes and its vintages.

    changes.json               how it differs from the release before, and why
    changes.parquet            the same, row by row
    <table>.vintages.parquet   every state the table ever had, with when it was known

Written into the folder of a release before its manifest. What belongs here: the files, and reading them
back. What does not: their content (`changes.py`, `vintages.py`).
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import polars as pl

from assets import atomic_files
from pipelines.publish import canonical_files, release_reader
from pipelines.publish.history import municipal_reorganisation, vintages
from pipelines.publish.history.causes import Steps
from pipelines.publish.history.changes import CHANGES, Changes, compare
from pipelines.publish.release_reader import ReleaseData

SUMMARY = "changes.json"
ROWS = "changes.parquet"


def write_history(
    folder: Path,
    release: ReleaseData,
    previous: Path | None,
    steps: Steps | None = None,
    municipalities: pl.DataFrame | None = None,
) -> Changes:
    """Write the files of the history into the folder of a release, and return the changes.

    release: about to be published; its manifest needs version, schema_version, published_at,
    inputs and code. previous: the folder of the release before. steps: what is known of the causes
    in between. municipalities: the yearly lists, see `municipal_reorganisation.moved`. Raises VK-P011.
    """
    before = release_reader.read(previous) if previous else None
    moved = {}
    if before is not None and municipalities is not None:
        moved = municipal_reorganisation.moved(before, release, municipalities)
    known = vintages.known(release.manifest, _known_from(previous) if previous else None)
    differences = compare(before, release, steps, moved)
    differences.summary["known_from"] = f"{known.known_from.isoformat()}+00:00"
    atomic_files.write_json(folder / SUMMARY, differences.summary)
    about = canonical_files.origin(release.contract)
    canonical_files.write_rows(differences.rows, folder / ROWS, about)
    for table in release.contract.published:
        name = vintages.file_name(table)
        earlier = previous and previous / name
        canonical_files.write_rows(
            vintages.extended(
                table,
                pl.read_parquet(earlier) if earlier and earlier.exists() else None,
                release.rows[table.name],
                known,
            ),
            folder / name,
            about | {"table": table.name},
        )
    return differences


def _known_from(folder: Path) -> datetime:
    """When a release was known: as its history states, else when it was published."""
    changes = read_changes(folder)
    known_from = changes and changes.summary.get("known_from")
    return vintages.moment_of(known_from or release_reader.read_manifest(folder)["published_at"])


def read_changes(folder: Path) -> Changes | None:
    """The changes stored in a release; None when there are none that can be read."""
    try:
        summary = json.loads((folder / SUMMARY).read_text("utf-8"))
        rows = pl.read_parquet(folder / ROWS).select(CHANGES.names()).cast(CHANGES)
    except (OSError, ValueError, pl.exceptions.PolarsError):
        return None
    return Changes(summary, rows)
