"""What a connector requests with: every answer goes into the archive, and into the journal, as it arrives.

A capture that ends early loses nothing: the next one resumes from the journal.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from assets.ingest.archive import Archive, Capture, Entry
from assets.ingest.capture_journal import Journal
from assets.ingest.messages import Earlier, Origin, Receipt, Request, StreamingOrigin
from assets.ingest.registry import Source


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a capture is. answers, bytes: so far, those of the answer under way included."""

    source: str
    request: Request
    answers: int
    bytes: int


OnProgress = Callable[[Progress], None]
"""Called for each piece that arrives, from several threads."""


class Fetcher:
    """Answers requests from the origin, or from the journal of an interrupted capture, into the archive.

    counts: what came so far, see `Attempt`.
    """

    def __init__(
        self,
        source: Source,
        origin: Origin,
        archive: Archive,
        before: Capture | None,
        on_progress: OnProgress,
    ) -> None:
        self.journal = Journal(archive, source.id, origin.name)
        self.counts: Counter[str] = Counter()
        self._source = source
        self._origin = origin
        self._archive = archive
        self._on_progress = on_progress
        self._before = before
        self._lock = threading.Lock()
        self._abandoned = threading.Event()
        self._under_way: dict[int, int] = {}

    def abandon(self) -> None:
        """No answer is waited for any more: those under way in other threads end at once."""
        self._abandoned.set()

    def __call__(self, request: Request) -> Receipt:
        """The answer to a request; its body is in the archive. Raises what the origin raises."""
        self._report(request, 0)
        entry = None if request.fresh else self.journal.lookup(request)
        if entry is not None:
            with self._lock:
                self.counts["resumed"] += 1
        elif hasattr(self._origin, "stream"):
            entry = self._streamed(cast(StreamingOrigin, self._origin), request)
            self.journal.add(request, entry)
        else:
            entry = self._archive.entry(self._origin.fetch(self._source, request))
        with self._lock:
            self.counts["answers"] += 1
            self.counts["bytes"] += entry.bytes
            self.counts["retries"] += entry.retries
            self.counts["not_modified"] += entry.status == 304
            self._under_way.pop(threading.get_ident(), None)
        self._report(request, 0)
        return self._archive.receipt(request, entry)

    def _streamed(self, origin: StreamingOrigin, request: Request) -> Entry:
        streamed = origin.stream(
            self._source,
            request,
            self._archive.writer,
            None if request.fresh else earlier_of(self._archive, self._before, request),
            lambda size: self._report(request, size),
        )
        return Entry(
            name=request.name,
            page=request.page,
            url=request.url,
            status=streamed.status,
            content_type=streamed.content_type,
            sha256=streamed.sha256,
            bytes=streamed.bytes,
            published_at=streamed.published_at,
            headers=dict(streamed.headers),
            retries=streamed.retries,
            retrieved_at=origin.retrieved_at(),
            version=request.version,
        )

    def _report(self, request: Request, size: int) -> None:
        if self._abandoned.is_set():
            raise AbandonedError
        with self._lock:
            self._under_way[threading.get_ident()] = size
            so_far = self.counts["bytes"] + sum(self._under_way.values())
            answers = self.counts["answers"]
        self._on_progress(Progress(self._source.id, request, answers, so_far))


class AbandonedError(Exception):
    """Ends an answer that is no longer waited for. Never leaves the threads of this module."""


def earlier_of(archive: Archive, before: Capture | None, request: Request) -> Earlier | None:
    """The answer of a previous capture, as long as its body is still in the archive whole.

    A page of a table that is in another state now cannot be this one, whatever a cache says of it; and
    the address counts: another page may have moved to the same number.
    """
    wanted = (request.page, request.url, request.version)
    for entry in before.named(request.name) if before else ():
        same = (entry.page, entry.url, entry.version) == wanted
        if same and archive.holds(entry.sha256, entry.bytes):
            return Earlier(entry.sha256, entry.bytes, entry.content_type, entry.headers)
    return None
