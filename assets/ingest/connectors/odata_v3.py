"""CBS OData v3: `opendata.cbs.nl`, and `dataderden.cbs.nl` for Iv3.

What belongs here: the entities of a v3 table and what its own metadata promises. Keys are padded
with blanks in v3; the reader keeps them; strip them before comparing.
"""

from __future__ import annotations

from collections import Counter

from assets.ingest.archive import Archive, Capture
from assets.ingest.connectors import snapshots
from assets.ingest.connectors.bodies import missing_column, require_columns
from assets.ingest.connectors.odata import read_entity
from assets.ingest.messages import Answer, Fetch, Planned
from assets.ingest.registry import Source

__all__ = ["collect", "columns_by_title", "plan", "read_entity", "titled"]

FORM = snapshots.Form(
    about="TableInfos",
    count="RecordCount",
    state=("Modified", "MetaDataModified"),
    columns="DataProperties",
    data="TypedDataSet",
    key="ID",
    link="odata.nextLink",
    options={"format": "json"},
)


def collect(source: Source, fetch: Fetch) -> list[Answer]:
    """Metadata, wanted entities and rows of every table, complete by the table's own count."""
    return snapshots.collect(source, fetch, FORM)


def plan(source: Source) -> list[Planned]:
    """What `collect` asks first, table by table."""
    return snapshots.plan(source, FORM)


def columns_by_title(archive: Archive, capture: Capture, table_id: str) -> dict[str, str]:
    """Title -> column of TypedDataSet. Titles are stable between vintages, column suffixes are not.

    A title that several columns share is distinguished by its group: `group / title`.
    """
    where = f"{capture.source}, {table_id}/DataProperties"
    frame = read_entity(archive, capture, f"{table_id}/DataProperties")
    rows = require_columns(frame, ("ID", "ParentID", "Key", "Title"), where).to_dicts()
    titles = {row["ID"]: (row["Title"] or "").strip() for row in rows}
    columns = [row for row in rows if row["Key"]]  # a TopicGroup has no column of its own
    shared = Counter(titles[row["ID"]] for row in columns)

    def title(row: dict[str, str]) -> str:
        own = titles[row["ID"]]
        return own if shared[own] == 1 else f"{titles.get(row['ParentID'], '')} / {own}"

    return {title(row): row["Key"] for row in columns}


def titled(columns: dict[str, str], where: str, *titles: str) -> str:
    """The column with the first of these titles that is there. Raises VK-S006 when none is."""
    for title in titles:
        if title in columns:
            return columns[title]
    raise missing_column(titles[:1], columns, where)
