"""The journal of a capture that is not finished: which answers are in the archive already.

What belongs here: remembering them on disk, one line each as they come, so that an interrupted
capture can go on where it was. What does not: whether an answer may be used again; `lookup` only
gives those of the same table in the same state, a connector that wants none says `fresh`.
"""

from __future__ import annotations

import threading
from dataclasses import asdict

from assets.ingest.archive import Archive, Entry, append_line, complete_lines, known_fields
from assets.ingest.messages import Request


class Journal:
    """The finished answers of one source from one origin, below `journal/` of the archive."""

    def __init__(self, archive: Archive, source: str, origin: str) -> None:
        self._archive = archive
        self._path = archive.root / "journal" / f"{source}.{origin}.jsonl"
        self._lock = threading.Lock()
        self._known: dict[tuple[str, int], tuple[str, Entry]] = {}
        for line in complete_lines(self._path):
            self._learn(line["version"], Entry(**known_fields(Entry, line["entry"])))

    def lookup(self, request: Request) -> Entry | None:
        """The answer to this very request, when its body is still there."""
        with self._lock:
            version, entry = self._known.get((request.name, request.page), (None, None))
        same = entry and version == request.version and entry.url == request.url
        return entry if entry and same and self._archive.holds(entry.sha256, entry.bytes) else None

    def add(self, request: Request, entry: Entry) -> None:
        """Remember an answer. Without a version it could never be used again, so it is not kept."""
        if request.version is None:
            return
        with self._lock:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            append_line(self._path, {"version": request.version, "entry": asdict(entry)})
            self._learn(request.version, entry)

    def close(self) -> None:
        """The capture is complete: nothing is left to go on with."""
        with self._lock:
            self._path.unlink(missing_ok=True)
            self._known.clear()

    def _learn(self, version: str, entry: Entry) -> None:
        if entry.page == 1:  # read again from the start: the pages after it are of another reading
            for key in [key for key in self._known if key[0] == entry.name]:
                del self._known[key]
        self._known[entry.name, entry.page] = (version, entry)
