"""Capturing a source: ask for everything it needs, compare with last time, then log all or nothing.

What belongs here: the order of those steps, and what is told about them. How a source is asked is
the connectors' work; what counts as a difference is in `comparison`.

Every answer is in the archive before a connector sees it, and in the journal when it belongs to a
table in a known state. A capture that ends early loses nothing: the next one goes on from there.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, cast

from assets import atomic_files
from assets.ingest.archive import Archive, Capture, Entry
from assets.ingest.capture_comparison import Finding, Profile, compare
from assets.ingest.capture_journal import Journal
from assets.ingest.capture_profile import profiles
from assets.ingest.connectors import connector
from assets.ingest.connectors.bodies import nothing_to_ask
from assets.ingest.messages import (
    Answer,
    Earlier,
    Origin,
    PassingError,
    Receipt,
    Request,
    StreamingOrigin,
)
from assets.ingest.registry import Source
from expectations.errors import VoorkantError


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a capture is. answers, bytes: so far, those of the answer under way included."""

    source: str
    request: Request
    answers: int
    bytes: int


Told = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a capture. summary: the same for programs, as kept in `captures/<source>.json`."""

    capture: Capture
    findings: tuple[Finding, ...]
    summary: dict[str, Any]


def capture(source: Source, origin: Origin, archive: Archive) -> Capture:
    """Everything the tables of a source need, from this origin, in the archive."""
    return take(source, origin, archive).capture


def take(
    source: Source,
    origin: Origin,
    archive: Archive,
    told: Told = lambda _: None,
    accept: bool = False,
) -> Taken:
    """Capture a source and compare it with its previous capture from the same origin.

    accept: record it also when a required test fails; the log tells which. Raises VK-S009 when one
    fails and it is not accepted (for the sample it is only told), and every error of connector and
    origin; the previous capture then stays in use. The summary is written in each case.
    """
    archive.sweep()
    before = archive.latest(source.id, origin.name)
    road = _Road(source, origin, archive, before, told)
    findings: tuple[Finding, ...] = ()
    now: list[Profile] = []
    candidate: Capture | None = None
    try:
        try:
            answers = _collected(source, road)
        except VoorkantError as error:
            if not road.counts["resumed"] or isinstance(error.__cause__, PassingError):
                raise
            # The trouble may be in an answer of the interrupted run: leave all of them out.
            road.journal.close()
            road = _Road(source, origin, archive, before, told)
            answers = _collected(source, road)
        entries = tuple(archive.entry(answer) for answer in answers)
        candidate = Capture(source.id, origin.name, origin.retrieved_at(), entries)
        known = _known_profiles(archive, source)
        seen = {e.sha256: a.page for e, a in zip(entries, answers, strict=True) if a.page}
        now = profiles(archive, candidate, source, known, seen)
        earlier = profiles(archive, before, source, known) if before else None
        findings = compare(earlier, now)
        failed = tuple(str(f) for f in findings if f.required and not f.passed)
        # The sample is part of this repository: whoever changes it has looked already.
        if failed and not accept and origin.name != "sample":
            raise _refused(source, findings, before)
        candidate = replace(candidate, accepted=failed if accept else ())
        archive.append(candidate)
    except VoorkantError as error:
        in_use = archive.latest(source.id)
        summary = _summary(source, origin, candidate, before, in_use, findings, now, road, error)
        atomic_files.write_json(summary_path(archive, source.id), summary)
        raise
    road.journal.close()
    summary = _summary(source, origin, candidate, before, candidate, findings, now, road, None)
    atomic_files.write_json(summary_path(archive, source.id), summary)
    return Taken(candidate, findings, summary)


def summary_path(archive: Archive, source: str) -> Path:
    """Where the summary of the newest attempt to capture a source is."""
    return archive.root.parent / "captures" / f"{source}.json"


def summary_of(archive: Archive, source: str) -> dict[str, Any] | None:
    """The summary of the newest attempt, or None when there never was one."""
    path = summary_path(archive, source)
    return json.loads(path.read_text("utf-8")) if path.exists() else None


def earlier_of(archive: Archive, before: Capture | None, request: Request) -> Earlier | None:
    """The answer of a previous capture, as long as its body is still in the archive whole.

    A page of a table that is in another state now cannot be this one, whatever a cache says of it; and
    the address counts: another page may have moved to the same number.
    """
    asked = (request.page, request.url, request.version)
    for entry in before.named(request.name) if before else ():
        same = (entry.page, entry.url, entry.version) == asked
        if same and archive.holds(entry.sha256, entry.bytes):
            return Earlier(entry.sha256, entry.bytes, entry.content_type, entry.headers)
    return None


class _Road:
    """What a connector asks with: origin, archive and journal of one capture in one call."""

    def __init__(
        self, source: Source, origin: Origin, archive: Archive, before: Capture | None, told: Told
    ) -> None:
        self.journal = Journal(archive, source.id, origin.name)
        self.counts: Counter[str] = Counter()
        self._source = source
        self._origin = origin
        self._archive = archive
        self._notes = told
        self._before = before
        self._lock = threading.Lock()
        self._left = threading.Event()
        self._under_way: dict[int, int] = {}

    def leave(self) -> None:
        """Nobody waits for answers any more: those under way in other threads end at once."""
        self._left.set()

    def __call__(self, request: Request) -> Receipt:
        self._tell(request, 0)
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
        self._tell(request, 0)
        return self._archive.receipt(request, entry)

    def _streamed(self, origin: StreamingOrigin, request: Request) -> Entry:
        came = origin.stream(
            self._source,
            request,
            self._archive.writer,
            None if request.fresh else earlier_of(self._archive, self._before, request),
            lambda size: self._tell(request, size),
        )
        return Entry(
            name=request.name,
            page=request.page,
            url=request.url,
            status=came.status,
            content_type=came.content_type,
            sha256=came.sha256,
            bytes=came.bytes,
            published_at=came.published_at,
            headers=dict(came.headers),
            retries=came.retries,
            retrieved_at=origin.retrieved_at(),
            version=request.version,
        )

    def _tell(self, request: Request, size: int) -> None:
        if self._left.is_set():
            raise LeftError
        with self._lock:
            self._under_way[threading.get_ident()] = size
            so_far = self.counts["bytes"] + sum(self._under_way.values())
            answers = self.counts["answers"]
        self._notes(Progress(self._source.id, request, answers, so_far))


class LeftError(Exception):
    """Ends an answer that nobody waits for any more. Never leaves this module's threads."""


def _collected(source: Source, road: _Road) -> list[Answer]:
    if not source.tables:
        raise nothing_to_ask(source)
    try:
        return connector(source.kind).collect(source, road)
    finally:
        road.leave()


def _refused(
    source: Source, findings: tuple[Finding, ...], before: Capture | None
) -> VoorkantError:
    failed = [f"{f.about}: {f.sentence}" for f in findings if f.required and not f.passed]
    compared = f", compared with the capture of {before.retrieved_at}" if before else ""
    return VoorkantError(
        "VK-S009",
        problem="\n           ".join(failed),
        where=f"source {source.id}{compared}",
        outcome="What came was not taken into use; the previous capture stays in use.",
        remedy="Look at the source. When it is right, take it with "
        f"`voorkant capture --source {source.id} --accept` and the same --origin.",
    )


def _known_profiles(archive: Archive, source: Source) -> dict[str, Profile]:
    """Fingerprint -> profile, from the last summary: a table that did not change is not read again."""
    summary = summary_of(archive, source.id) or {}
    try:
        found = [Profile.from_dict(each) for each in summary.get("tables", ())]
    except (KeyError, TypeError):  # written by another version: it only costs reading again
        return {}
    return {profile.fingerprint: profile for profile in found}


def _summary(
    source: Source,
    origin: Origin,
    candidate: Capture | None,
    before: Capture | None,
    in_use: Capture | None,
    findings: tuple[Finding, ...],
    now: list[Profile],
    road: _Road,
    error: VoorkantError | None,
) -> dict[str, Any]:
    same = before and candidate and before.content() == candidate.content()
    outcome = "failed" if error else "unchanged" if same else "captured"
    return {
        "source": source.id,
        "origin": origin.name,
        "outcome": "refused" if error and error.code == "VK-S009" else outcome,
        "retrieved_at": candidate.retrieved_at if candidate else None,
        "answers": road.counts["answers"],
        "bytes": road.counts["bytes"],
        "retries": road.counts["retries"],
        "not_modified": road.counts["not_modified"],
        "resumed": road.counts["resumed"],
        "compared_with": before and {"retrieved_at": before.retrieved_at, "origin": before.origin},
        "in_use": in_use and {"retrieved_at": in_use.retrieved_at, "origin": in_use.origin},
        "accepted": list(candidate.accepted) if candidate else [],
        "findings": [asdict(finding) for finding in findings],
        "error": error and error.as_dict(),
        "tables": [asdict(profile) for profile in now],
    }
