"""The archive: every body once, under its sha256, as served; and an append-only log of captures.

    objects/ab/abcdef…    the bodies, never re-encoded, never overwritten
    incoming/             bodies on their way in; moved to objects/ when whole, swept when orphaned
    log.jsonl             one line per capture of a source: what was asked, what came, when

A capture is whole or absent: its line is written after all its bodies are on disk. All later steps
read the archive, never the network.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from assets.ingest.messages import Answer, Receipt, Request
from expectations.errors import VoorkantError

LOG = "log of captures"
"""The locator of what stands in no body but in the log: when a capture was taken."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One response of a capture, as the log keeps it.

    bytes: of the stored body. headers: those that matter, `content-length` counts what travelled.
    status: 304 when the source confirmed the body of an earlier capture. retries: failed tries.
    rows: as the connector counted them, where it counts. version: the state of its table then.
    The last five are absent in old lines.
    """

    name: str
    page: int
    url: str
    status: int
    content_type: str
    sha256: str
    bytes: int
    published_at: str | None
    headers: dict[str, str] = field(default_factory=dict)
    retries: int = 0
    retrieved_at: str | None = None
    rows: int | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Capture:
    """Everything that was read from one source in one go.

    accepted: required tests of the comparison that failed and that a person accepted.
    """

    source: str
    origin: str
    retrieved_at: str
    entries: tuple[Entry, ...]
    accepted: tuple[str, ...] = ()

    def named(self, name: str) -> list[Entry]:
        """The pages of one request, in order; empty when it was not captured."""
        return sorted((e for e in self.entries if e.name == name), key=lambda e: e.page)

    def content(self) -> dict[str, str]:
        """Request name and page -> sha256: what makes two captures the same."""
        return {f"{e.name}#{e.page}": e.sha256 for e in self.entries}


class Writer:
    """A body on its way into the archive: hashed while it is written, visible only once whole."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._path = archive.incoming / f"{_HOST}.{os.getpid()}.{uuid.uuid4().hex}"
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._path.open("xb")
        self._hash = hashlib.sha256()
        self.bytes = 0

    def write(self, piece: bytes) -> None:
        """Add to the body."""
        self._file.write(piece)
        self._hash.update(piece)
        self.bytes += len(piece)

    def keep(self) -> str:
        """Move the whole body to its place and give its sha256. The same body is not kept twice."""
        digest = self._hash.hexdigest()
        path = self._archive.path(digest)
        if self._archive.holds(digest, self.bytes):
            self.drop()
            return digest
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path.replace(path)
        _sync_folder(path.parent)
        return digest

    def drop(self) -> None:
        """Leave no trace of a body that did not become whole. After `keep` this does nothing."""
        self._file.close()
        self._path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.drop()


class Archive:
    """Content-addressed store under one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.log = root / "log.jsonl"
        self.incoming = root / "incoming"

    def writer(self) -> Writer:
        """A place for a body that arrives piece by piece."""
        return Writer(self)

    def store(self, body: bytes) -> str:
        """Keep a body and give its sha256. The same body again is not written again."""
        digest = hashlib.sha256(body).hexdigest()
        if not self.holds(digest, len(body)):
            with self.writer() as writer:
                writer.write(body)
                writer.keep()
        return digest

    def path(self, digest: str) -> Path:
        """Where the body with this sha256 is, when it is there."""
        return self.root / "objects" / digest[:2] / digest

    def holds(self, digest: str, size: int) -> bool:
        """Whether a body is there with its full length. A shorter one is what a crash left behind."""
        try:
            return self.path(digest).stat().st_size == size
        except FileNotFoundError:
            return False

    def read(self, digest: str) -> bytes:
        """The body with this sha256. Raises VK-A002 when it is absent or altered."""
        path = self.path(digest)
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

    def receipt(self, request: Request, entry: Entry) -> Receipt:
        """The answer that an entry tells of, its body read from here."""
        return Receipt(
            request=request,
            status=entry.status,
            content_type=entry.content_type,
            sha256=entry.sha256,
            size=entry.bytes,
            load=partial(self.read, entry.sha256),
            published_at=entry.published_at,
            headers=entry.headers,
            retries=entry.retries,
            retrieved_at=entry.retrieved_at,
            rows=entry.rows,
        )

    def entry(self, answer: Answer) -> Entry:
        """What the log says of an answer; a body that is still in memory is stored first."""
        if isinstance(answer, Receipt):
            digest, size, retrieved_at = answer.sha256, answer.size, answer.retrieved_at
        else:
            digest, size, retrieved_at = self.store(answer.body), len(answer.body), None
        return Entry(
            name=answer.request.name,
            page=answer.request.page,
            url=answer.request.url,
            status=answer.status,
            content_type=answer.content_type,
            sha256=digest,
            bytes=size,
            published_at=answer.published_at,
            headers=dict(answer.headers),
            retries=answer.retries,
            retrieved_at=retrieved_at,
            rows=answer.rows,
            version=answer.request.version,
        )

    def record(
        self,
        source: str,
        origin: str,
        retrieved_at: str,
        answers: Iterable[Answer],
        accepted: tuple[str, ...] = (),
    ) -> Capture:
        """Store what is not stored yet, then log the capture. An identical one is not logged twice."""
        entries = tuple(self.entry(answer) for answer in answers)
        capture = Capture(source, origin, retrieved_at, entries, accepted)
        self.append(capture)
        return capture

    def append(self, capture: Capture) -> None:
        """Log a capture whose bodies are all here, unless its line would say the same as the last."""
        if self.latest(capture.source) == capture:
            return
        self.root.mkdir(parents=True, exist_ok=True)
        append_line(self.log, asdict(capture))

    def captures(self, source: str) -> list[Capture]:
        """All captures of a source, oldest first."""
        return [
            Capture(
                **known_fields(Capture, line)
                | {
                    "entries": tuple(
                        Entry(**known_fields(Entry, entry)) for entry in line["entries"]
                    ),
                    "accepted": tuple(line.get("accepted", ())),
                }
            )
            for line in complete_lines(self.log)
            if line["source"] == source
        ]

    def latest(self, source: str, origin: str | None = None) -> Capture | None:
        """The newest capture of a source, or None. origin: only captures from there."""
        captures = [c for c in self.captures(source) if origin in (None, c.origin)]
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
                remedy="Run `voorkant refresh`, or put the source's files in the drop folder.",
            )
        return capture

    def sweep(self) -> None:
        """Remove what processes of this machine left in `incoming` when they were killed."""
        for path in self.incoming.glob(f"{_HOST}.*.*"):
            if not _alive(int(path.name.rsplit(".", 2)[1])):
                path.unlink(missing_ok=True)


_HOST = socket.gethostname().partition(".")[0] or "host"


def complete_lines(path: Path) -> list[dict[str, Any]]:
    """The JSON lines of a file; a last line that a crash cut short never counts."""
    if not path.exists():
        return []
    *lines, _ = path.read_bytes().split(b"\n")
    return [json.loads(line) for line in lines]


def append_line(path: Path, content: dict[str, Any]) -> None:
    """Add a line that is on disk when this returns; what a crash left of a line is cut off first."""
    with path.open("a+b") as file:
        end = file.seek(0, os.SEEK_END)
        if end and _last_byte(path) != b"\n":
            file.truncate(path.read_bytes().rfind(b"\n") + 1)
        file.write(json.dumps(content, ensure_ascii=False).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def known_fields(model: type[Any], line: dict[str, Any]) -> dict[str, Any]:
    """The part of a line this version knows: a newer one may have written more."""
    names = {each.name for each in fields(model)}
    return {name: value for name, value in line.items() if name in names}


def _last_byte(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
