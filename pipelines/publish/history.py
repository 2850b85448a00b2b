"""What a release adds to the history of its dataset: its changes and its vintages.

    changes.json               how it differs from the release before, and why
    changes.parquet            the same, row by row
    <table>.vintages.parquet   every state the table ever had, with when it was known

Written into the folder of a release before its manifest. What belongs here: the files. What does not:
what is in them (`changes.py`, `vintages.py`).
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from assets import whole
from pipelines.publish import edition, files, vintages
from pipelines.publish.changes import Changes, compare
from pipelines.publish.edition import Edition

SUMMARY = "changes.json"
ROWS = "changes.parquet"


def write(
    folder: Path,
    release: Edition,
    previous: Path | None,
    claims: pl.DataFrame | None = None,
    municipalities: pl.DataFrame | None = None,
) -> Changes:
    """Write the files of the history into the folder of a release, and tell the changes.

    release: what is about to be published; its manifest needs version, schema_version, published_at,
    inputs and code. previous: the folder of the release before. claims: see `causes.CLAIMS`.
    municipalities: the register, which says who began and ended. Raises VK-P011.
    """
    before = edition.read(previous) if previous else None
    gone = moved(before, release, municipalities) if before else frozenset()
    differences = compare(before, release, claims, gone)
    whole.write_json(folder / SUMMARY, differences.summary)
    about = files.origin(release.contract)
    files.write_rows(differences.rows, folder / ROWS, about)
    for table in release.contract.published:
        name = vintages.file_name(table)
        earlier = previous and previous / name
        files.write_rows(
            vintages.extended(
                table,
                pl.read_parquet(earlier) if earlier and earlier.exists() else None,
                release.rows[table.name],
                vintages.known(release.manifest),
            ),
            folder / name,
            about | {"table": table.name},
        )
    return differences


def moved(before: Edition, after: Edition, municipalities: pl.DataFrame | None) -> frozenset[str]:
    """The codes that only one of two releases holds, of municipalities that began or ended.

    municipalities: municipality_code, valid_from, valid_to, as the table of that name.
    """
    if municipalities is None:
        return frozenset()
    always = pl.col("valid_to").is_null() & (pl.col("valid_from") == pl.col("valid_from").min())
    passing = municipalities.filter(~always)["municipality_code"]
    one_sided = _texts(before) ^ _texts(after)
    return frozenset(passing) & one_sided


def _texts(release: Edition) -> frozenset[str]:
    """Everything that stands as a code in the keys of a release."""
    return frozenset(
        value
        for table in release.contract.published
        for name in table.key
        if table.columns[name].type == "code"
        for value in release.rows[table.name][name].unique()
        if value is not None
    )
