"""The archive: every body once, under its sha256, as served; and an append-only log of captures.

    objects/ab/abcdef…    the bodies, never re-encoded, never overwritten
    log.jsonl             one line per capture of a source: what was asked, what came, when

A capture is whole or absent: its line is written after all its bodies are on disk. All later steps
read the archive, never the network.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from assets.wire import Response
from expectations.errors import VoorkantError


@dataclass(frozen=True, slots=True)
class Entry:
    """One response of a capture, as the log keeps it."""

    name: str
    page: int
    url: str
    status: int
    content_type: str
    sha256: str
    bytes: int
    published_at: str | None


@dataclass(frozen=True, slots=True)
class Capture:
    """Everything that was read from one source in one go."""

    source: str
    origin: str
    retrieved_at: str
    entries: tuple[Entry, ...]

    def named(self, name: str) -> list[Entry]:
        """The pages of one request, in order; empty when it was not captured."""
        return sorted((e for e in self.entries if e.name == name), key=lambda e: e.page)

    def content(self) -> dict[str, str]:
        """Request name and page -> sha256: what makes two captures the same."""
        return {f"{e.name}#{e.page}": e.sha256 for e in self.entries}


class Archive:
    """Content-addressed store under one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.log = root / "log.jsonl"

    def store(self, body: bytes) -> str:
        """Keep a body and give its sha256. The same body again is not written again."""
        digest = hashlib.sha256(body).hexdigest()
        path = self._path(digest)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
            partial.write_bytes(body)
            partial.replace(path)
        return digest

    def read(self, digest: str) -> bytes:
        """The body with this sha256. Raises VK-A002 when it is absent or altered."""
        path = self._path(digest)
        body = path.read_bytes() if path.exists() else b""
        if hashlib.sha256(body).hexdigest() != digest:
            raise VoorkantError(
                "VK-A002",
                problem="The archived body is missing or its bytes changed.",
                where=str(path),
                outcome="Nothing was built from it.",
                remedy="Restore the archive from a copy, or delete the object and capture the source again.",
            )
        return body

    def record(
        self, source: str, origin: str, retrieved_at: str, responses: list[Response]
    ) -> Capture:
        """Store all bodies, then log the capture. An identical capture is not logged twice."""
        capture = Capture(
            source=source,
            origin=origin,
            retrieved_at=retrieved_at,
            entries=tuple(
                Entry(
                    name=response.request.name,
                    page=response.request.page,
                    url=response.request.url,
                    status=response.status,
                    content_type=response.content_type,
                    sha256=self.store(response.body),
                    bytes=len(response.body),
                    published_at=response.published_at,
                )
                for response in responses
            ),
        )
        if self.latest(source) != capture:
            self.root.mkdir(parents=True, exist_ok=True)
            with self.log.open("ab") as log:
                log.write(json.dumps(asdict(capture), ensure_ascii=False).encode() + b"\n")
                log.flush()
                os.fsync(log.fileno())
        return capture

    def captures(self, source: str) -> list[Capture]:
        """All captures of a source, oldest first."""
        if not self.log.exists():
            return []
        lines = (json.loads(line) for line in self.log.read_bytes().splitlines())
        return [
            Capture(**{**line, "entries": tuple(Entry(**entry) for entry in line["entries"])})
            for line in lines
            if line["source"] == source
        ]

    def latest(self, source: str) -> Capture | None:
        """The newest capture of a source, or None."""
        captures = self.captures(source)
        return captures[-1] if captures else None

    def require(self, source: str) -> Capture:
        """The newest capture of a source. Raises VK-A001 when there is none."""
        capture = self.latest(source)
        if capture is None:
            raise VoorkantError(
                "VK-A001",
                problem=f"Nothing was ever captured from the source {source!r}.",
                where=str(self.log),
                outcome="Tables that need this source were not built.",
                remedy="Run `voorkant refresh`, or lay the source's files in the drop folder.",
            )
        return capture

    def _path(self, digest: str) -> Path:
        return self.root / "objects" / digest[:2] / digest
