"""How a kind of source is requested and read: one module per kind.

What belongs here: `collect` (request everything the tables of a source need) and the readers that
turn archived bodies into raw frames of text. What does not: where answers come from (`origins/`),
and what the columns mean (`core/`). No reader here changes a value: text in, the same text out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from assets.ingest.archive import Archive, Capture
from assets.ingest.capture_comparison import Profile
from assets.ingest.connectors import (
    bwb,
    figures_csv,
    files,
    geojson,
    odata_profile,
    odata_v3,
    odata_v4,
    sru,
    staatscourant,
)
from assets.ingest.kinds import Kind
from assets.ingest.messages import Answer, Fetch, Page, Planned
from assets.ingest.registry import Source

Profiler = Callable[[Profile, Archive, Capture, Source, Mapping[str, Page]], Profile]


def _no_more(
    plain: Profile, archive: Archive, capture: Capture, source: Source, seen: Mapping[str, Page]
) -> Profile:
    """Nothing can be said beside the number and the size of the answers."""
    del archive, capture, source, seen
    return plain


@dataclass(frozen=True, slots=True)
class Connector:
    """What is done with sources of a kind.

    collect: requests everything its tables need; the body of an answer is read from disk each time, so do
    not keep it. plan: what `collect` will request that does not depend on an answer, and what follows from
    it. profile: adds to the plain profile of a table what its answers say; pages, by sha256, need not be
    read again.
    """

    collect: Callable[[Source, Fetch], list[Answer]]
    plan: Callable[[Source], list[Planned]]
    profile: Profiler = _no_more


_KINDS: dict[Kind, Connector] = {
    "odata_v3": Connector(odata_v3.collect, odata_v3.plan, odata_profile.profile),
    "odata_v4": Connector(odata_v4.collect, odata_v4.plan, odata_profile.profile),
    "bwb": Connector(bwb.collect, bwb.plan, bwb.profile),
    "stcrt": Connector(staatscourant.collect, staatscourant.plan),
    "sru": Connector(sru.collect, sru.plan),
    "geojson": Connector(geojson.collect, geojson.plan),
    "csv": Connector(figures_csv.collect, figures_csv.plan, figures_csv.profile),
    "files": Connector(files.collect, files.plan),
}


def connector(kind: Kind) -> Connector:
    """What is done with sources of this kind."""
    return _KINDS[kind]
