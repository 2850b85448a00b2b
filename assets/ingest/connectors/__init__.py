"""How a kind of source is asked and read: one module per kind.

What belongs here: `collect` (ask for everything the tables of a source need) and the readers that
turn archived bodies into raw frames of text. What does not: where answers come from (`origins/`),
and what the columns mean (`core/`). No reader here changes a value: text in, the same text out.
"""

from __future__ import annotations

from typing import Protocol

from assets.ingest.connectors import (
    bwb,
    figures_csv,
    files,
    geojson,
    odata_v3,
    odata_v4,
    sru,
    staatscourant,
)
from assets.ingest.messages import Answer, Fetch, Planned
from assets.ingest.registry import Kind, Source


class Connector(Protocol):
    """What every module of this package offers."""

    def collect(self, source: Source, fetch: Fetch) -> list[Answer]:
        """Everything its tables need. An answer's body is read from disk each time: do not keep it."""
        ...

    def plan(self, source: Source) -> list[Planned]:
        """What `collect` will ask that does not depend on an answer, and what follows from it."""
        ...


_KINDS: dict[Kind, Connector] = {
    "odata_v3": odata_v3,
    "odata_v4": odata_v4,
    "bwb": bwb,
    "stcrt": staatscourant,
    "sru": sru,
    "geojson": geojson,
    "csv": figures_csv,
    "files": files,
}


def connector(kind: Kind) -> Connector:
    """The module that asks sources of this kind."""
    return _KINDS[kind]
