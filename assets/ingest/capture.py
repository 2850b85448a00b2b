"""Capturing a source: fetch, store, profile, compare, record; all of it or nothing.

What belongs here: the order of those steps. What does not: what a kind of source needs (`connectors`), how
answers reach the archive (`capture_fetch`), and what counts as a difference (`capture_comparison`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from assets.ingest.archive import Archive, Capture
from assets.ingest.capture_attempt import Attempt, known_profiles, write_summary
from assets.ingest.capture_comparison import CaptureFinding, compare
from assets.ingest.capture_fetch import Fetcher, OnProgress
from assets.ingest.capture_profile import profiles
from assets.ingest.connectors import connector
from assets.ingest.connectors.bodies import no_table_to_request
from assets.ingest.messages import Origin, PassingError
from assets.ingest.registry import Source
from expectations.errors import VoorkantError


@dataclass(frozen=True, slots=True)
class Taken:
    """A capture that is in use. summary: the same for programs, see `capture_attempt.summary_of`."""

    capture: Capture
    findings: tuple[CaptureFinding, ...]
    summary: dict[str, Any]


def capture(source: Source, origin: Origin, archive: Archive) -> Capture:
    """Everything the tables of a source need, from this origin, in the archive."""
    return take(source, origin, archive).capture


def take(
    source: Source,
    origin: Origin,
    archive: Archive,
    on_progress: OnProgress = lambda _: None,
    accept: bool = False,
) -> Taken:
    """Capture a source and compare it with its previous capture from the same origin.

    accept: record it also when a required test fails; the log names the test. Raises VK-S009 when one
    fails and it is not accepted (for the sample it is only reported), and every error of connector and
    origin; the previous capture then stays in use. The summary is written in each case.
    """
    archive.sweep()
    attempt = Attempt(source, origin.name, archive.latest(source.id, origin.name))
    fetcher = Fetcher(source, origin, archive, attempt.before, on_progress)
    try:
        attempt = replace(attempt, counts=fetcher.counts)
        try:
            attempt = _fetched(attempt, fetcher)
        except VoorkantError as error:
            if not fetcher.counts["resumed"] or isinstance(error.__cause__, PassingError):
                raise
            # The trouble may be in an answer of the interrupted run: leave all of them out.
            fetcher.journal.close()
            fetcher = Fetcher(source, origin, archive, attempt.before, on_progress)
            attempt = replace(attempt, counts=fetcher.counts)
            attempt = _fetched(attempt, fetcher)
        candidate = _stored(attempt, archive, origin.retrieved_at())
        attempt = replace(attempt, candidate=candidate)
        attempt = _compared(attempt, candidate, archive)
        recorded = _recorded(attempt, candidate, archive, accept)
    except VoorkantError as error:
        write_summary(archive, attempt.summary(archive.latest(source.id), error))
        raise
    fetcher.journal.close()
    summary = replace(attempt, candidate=recorded).summary(recorded)
    write_summary(archive, summary)
    return Taken(recorded, attempt.findings, summary)


def _fetched(attempt: Attempt, fetcher: Fetcher) -> Attempt:
    """With every answer that the tables of the source need; their bodies are in the archive."""
    if not attempt.source.tables:
        raise no_table_to_request(attempt.source)
    try:
        answers = connector(attempt.source.kind).collect(attempt.source, fetcher)
    finally:
        fetcher.abandon()
    return replace(attempt, answers=tuple(answers))


def _stored(attempt: Attempt, archive: Archive, retrieved_at: str) -> Capture:
    """The capture that these answers make; not in use yet."""
    entries = tuple(archive.entry(answer) for answer in attempt.answers)
    return Capture(attempt.source.id, attempt.origin, retrieved_at, entries)


def _compared(attempt: Attempt, candidate: Capture, archive: Archive) -> Attempt:
    """With the profile of each table, and what differs from the previous capture."""
    source, known = attempt.source, known_profiles(archive, attempt.source.id)
    pages = {
        entry.sha256: answer.page
        for entry, answer in zip(candidate.entries, attempt.answers, strict=True)
        if answer.page
    }
    now = profiles(archive, candidate, source, known, pages)
    before = profiles(archive, attempt.before, source, known) if attempt.before else None
    return replace(attempt, profiles=tuple(now), findings=compare(before, now))


def _recorded(attempt: Attempt, candidate: Capture, archive: Archive, accept: bool) -> Capture:
    """The capture in the log, and thereby in use. Raises VK-S009."""
    # The sample is part of this repository: its maintainers have looked at it already.
    if attempt.failed and not accept and attempt.origin != "sample":
        raise _refused(attempt)
    accepted = tuple(map(str, attempt.failed)) if accept else ()
    recorded = replace(candidate, accepted=accepted)
    archive.append(recorded)
    return recorded


def _refused(attempt: Attempt) -> VoorkantError:
    source, before = attempt.source.id, attempt.before
    compared = f", compared with the capture of {before.retrieved_at}" if before else ""
    return VoorkantError(
        "VK-S009",
        problem="\n           ".join(f"{f.about}: {f.sentence}" for f in attempt.failed),
        where=f"source {source}{compared}",
        outcome="What came was not taken into use; the previous capture stays in use.",
        remedy="Look at the source. When it is right, take it with "
        f"`voorkant capture --source {source} --accept` and the same --origin.",
    )
