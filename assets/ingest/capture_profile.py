"""What a capture holds, table by table, in few enough words to compare two captures.

What belongs here: which answers belong to a table, and what can be said of any table. What does not: what a
kind of source says of its own (`connectors`), and judging the result (`capture_comparison`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from assets.ingest.archive import Archive, Capture, Entry
from assets.ingest.capture_comparison import Profile, fingerprint
from assets.ingest.connectors import connector
from assets.ingest.messages import Page
from assets.ingest.registry import Source


def profiles(
    archive: Archive,
    capture: Capture,
    source: Source,
    known: Mapping[str, Profile],
    pages: Mapping[str, Page] = MappingProxyType({}),
) -> list[Profile]:
    """A profile for each table of a capture.

    known: by fingerprint, those need not be made again. pages: by sha256, those need not be read again.
    """
    tables: dict[str, list[Entry]] = {}
    for entry in capture.entries:
        tables.setdefault(entry.name.partition("/")[0], []).append(entry)
    found = []
    for table, entries in tables.items():
        plain = _plain(table, entries)
        if plain.fingerprint in known:
            found.append(known[plain.fingerprint])
        else:
            found.append(connector(source.kind).profile(plain, archive, capture, source, pages))
    return found


def _plain(table: str, entries: Iterable[Entry]) -> Profile:
    """What can be said of any table: the number, the size and the version of its answers."""
    entries = list(entries)
    digests = (f"{entry.name}#{entry.page} {entry.sha256}" for entry in entries)
    return Profile(
        table=table,
        fingerprint=fingerprint(digests),
        answers=len(entries),
        bytes=sum(entry.bytes for entry in entries),
        rows=sum(e.rows or 0 for e in entries) if any(e.rows for e in entries) else None,
        version=next((e.published_at for e in entries if e.published_at), None),
    )
