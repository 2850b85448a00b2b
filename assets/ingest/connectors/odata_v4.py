"""CBS OData v4: `datasets.cbs.nl`.

What belongs here: the entities of a v4 table and what its own metadata promises. A value is only
a value together with its `ValueAttribute`, so the reader keeps both; `StringValue` is optional.
"""

from __future__ import annotations

from assets.ingest.connectors import snapshots
from assets.ingest.connectors.odata import read_entity
from assets.ingest.messages import Answer, Fetch, Planned
from assets.ingest.registry import Source

__all__ = ["collect", "plan", "read_entity"]

FORM = snapshots.Form(
    about="Properties",
    count="ObservationCount",
    state=("Modified", "Version", "ObservationsModified"),
    columns=None,
    data="Observations",
    key="Id",
    link="@odata.nextLink",
    options={},
)


def collect(source: Source, fetch: Fetch) -> list[Answer]:
    """Properties, wanted code lists and observations of every table, complete by its own count."""
    return snapshots.collect(source, fetch, FORM)


def plan(source: Source) -> list[Planned]:
    """What `collect` asks first, table by table."""
    return snapshots.plan(source, FORM)
