"""CBS OData v4: `datasets.cbs.nl`.

What belongs here: the entities of a v4 table and what its own metadata promises. A value is only
a value together with its `ValueAttribute`, so the reader keeps both; `StringValue` is optional.
"""

from __future__ import annotations

from assets.connectors import odata
from assets.connectors.odata import read_entity
from assets.registry import Source, SourceTable
from assets.wire import Fetch, Response

__all__ = ["collect", "read_entity"]

NEXT_LINK = "@odata.nextLink"


def collect(source: Source, fetch: Fetch) -> list[Response]:
    """Properties, wanted code lists and observations of every table, complete by its own count."""
    return [response for table in source.tables for response in _table(source, table, fetch)]


def _table(source: Source, table: SourceTable, fetch: Fetch) -> list[Response]:
    def pages(entity: str, **options: str | None) -> tuple[list[Response], int]:
        first = odata.request(source, table, entity, **options)
        return odata.follow(source, first, fetch, NEXT_LINK)

    responses, _ = pages("Properties")
    about = odata.about(source, table, responses[0])
    for entity in table.entities:
        responses += pages(entity)[0]
    if table.data:
        data, rows = pages("Observations", filter=table.filter)
        odata.check_count(source, table, rows, about.get("ObservationCount"))
        responses += data
    return odata.dated(responses, about.get("Modified"))
