"""Capturing a source: ask for everything it needs, then archive all of it or nothing.

What belongs here: the order of those two steps. Reading what was captured is the connectors' work.
"""

from __future__ import annotations

from functools import partial

from assets.archive import Archive, Capture
from assets.connectors import connector
from assets.registry import Source
from assets.wire import Origin


def capture(source: Source, origin: Origin, archive: Archive) -> Capture:
    """Everything the tables of a source need, from this origin, in the archive."""
    responses = connector(source.kind).collect(source, partial(origin.fetch, source))
    return archive.record(source.id, origin.name, origin.retrieved_at(), responses)
