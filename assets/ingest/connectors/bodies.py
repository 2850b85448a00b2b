"""What all readers share: the bodies of a request, and the two ways a body can be unusable.

What belongs here: steps no single format owns. What does not: parsing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import polars as pl

from assets.ingest.archive import Archive, Capture, Entry
from assets.ingest.registry import Source
from expectations.errors import VoorkantError


def bodies(archive: Archive, capture: Capture, name: str) -> Iterator[tuple[Entry, bytes]]:
    """The archived pages of one request, in order. Raises VK-A001 when it was never captured."""
    entries = capture.named(name)
    if not entries:
        raise VoorkantError(
            "VK-A001",
            problem=f"The capture of {capture.source!r} does not hold {name!r}.",
            where=f"capture of {capture.source} at {capture.retrieved_at} ({capture.origin})",
            outcome="Tables that need it were not built.",
            remedy="Capture the source again: its description asks for more than it did then.",
        )
    for entry in entries:
        yield entry, archive.read(entry.sha256)


def not_its_format(
    source: str, name: str, page: int, body: bytes, why: str, url: str = ""
) -> VoorkantError:
    """VK-S004, with the first 80 characters: usually enough to see an error page for what it is."""
    start = " ".join(body[:400].decode("utf-8", "replace").split())[:80]
    return VoorkantError(
        "VK-S004",
        problem=f"{why} It starts with: {start!r}",
        where=", ".join(filter(None, (source, name, f"page {page}", url))),
        outcome="Nothing was taken from this answer.",
        remedy="Open the address in a browser; during maintenance of the source, try again later.",
    )


def no_table_to_request(source: Source) -> VoorkantError:
    """VK-S011: every table of the source is unresolved, so a capture of it would be empty."""
    sought = ", ".join(f'{each.id} ("{each.resolve_title}")' for each in source.unresolved)
    return VoorkantError(
        "VK-S011",
        problem=f"No table of this source has a known id. Sought by title: {sought}.",
        where=f"{source.id}, {source.catalogue or source.base_url}",
        outcome="Nothing was asked, and the source was not captured.",
        remedy="Look it up (docs/errors/VK-S011.md), then put the id into its source.yaml.",
    )


def require_columns(frame: pl.DataFrame, columns: Iterable[str], where: str) -> pl.DataFrame:
    """The frame itself, once it is sure that it has these columns. Raises VK-S006."""
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise missing_column(missing, frame.columns, where)
    return frame


def missing_column(missing: Iterable[str], present: Iterable[str], where: str) -> VoorkantError:
    """VK-S006: what was needed, and what is there instead."""
    return VoorkantError(
        "VK-S006",
        problem=f"Not in the source: {', '.join(missing)}. It has: {', '.join(present)}.",
        where=where,
        outcome="The tables that need it were not built.",
        remedy="Look whether the source renamed a column, and adapt its reader.",
    )
