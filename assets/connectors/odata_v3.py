"""CBS OData v3: `opendata.cbs.nl`, and `dataderden.cbs.nl` for Iv3.

What belongs here: the entities of a v3 table and what its own metadata promises. Keys are padded
with blanks in v3; the reader keeps them, whoever compares must strip.
"""

from __future__ import annotations

from collections import Counter

from assets.archive import Archive, Capture
from assets.connectors import odata
from assets.connectors.bodies import missing_column, require_columns
from assets.connectors.odata import read_entity
from assets.registry import Source, SourceTable
from assets.wire import Fetch, Response

__all__ = ["collect", "columns_by_title", "read_entity", "titled"]

NEXT_LINK = "odata.nextLink"


def collect(source: Source, fetch: Fetch) -> list[Response]:
    """Metadata, wanted entities and rows of every table, complete by the table's own count."""
    return [response for table in source.tables for response in _table(source, table, fetch)]


def _table(source: Source, table: SourceTable, fetch: Fetch) -> list[Response]:
    def pages(entity: str, **options: str | None) -> tuple[list[Response], int]:
        first = odata.request(source, table, entity, format="json", **options)
        return odata.follow(source, first, fetch, NEXT_LINK)

    responses, _ = pages("TableInfos")
    about = odata.about(source, table, responses[0])
    for entity in ("DataProperties", *table.entities):
        responses += pages(entity)[0]
    if table.data:
        data, rows = pages("TypedDataSet", filter=table.filter)
        odata.check_count(source, table, rows, about.get("RecordCount"))
        responses += data
    return odata.dated(responses, about.get("Modified"))


def columns_by_title(archive: Archive, capture: Capture, table_id: str) -> dict[str, str]:
    """Title -> column of TypedDataSet. Titles are stable between vintages, column suffixes are not.

    A title that several columns share is told apart by its group: `group / title`.
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
