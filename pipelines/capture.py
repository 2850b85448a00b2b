"""`voorkant capture` without its display: capture sources one by one, or list the requests it would send.

What belongs here: which sources, in which order, and that a failure of one stops that one only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from assets.ingest.archive import Archive
from assets.ingest.capture import take
from assets.ingest.capture_attempt import summary_of
from assets.ingest.capture_fetch import OnProgress, earlier_of
from assets.ingest.connectors import connector
from assets.ingest.messages import Origin, Request
from assets.ingest.origins.live import LiveOrigin
from assets.ingest.registry import Source, sources
from assets.ingest.table_lookup import Resolution, look_up, requests
from expectations.contract import contracts
from expectations.errors import VoorkantError
from pipelines.runtime.settings import Settings


@dataclass(frozen=True, slots=True)
class PlannedRequest:
    """A request as it would be sent. sent: False for a file of this project. then: what follows."""

    source: str
    name: str
    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    sent: bool
    then: str


def chosen(settings: Settings, only: Iterable[str]) -> list[Source]:
    """The sources with these ids. Raises VK-U001 for an unknown one.

    When none is named: all for live, those that datasets are made of for the sample, and those with
    files in the folder for drop. The other sources could only fail there.
    """
    known = sources()
    if settings.origin == "sample":
        there = {source for each in contracts().values() for source in each.sources}
    else:
        live = settings.origin == "live"
        there = {name for name in known if live or (settings.drop / name).is_dir()}
    names = list(dict.fromkeys(only))
    for name in names:
        if name not in known:
            raise VoorkantError(
                "VK-U001",
                problem=f"There is no source {name!r}.",
                where="--source",
                outcome="Nothing was done.",
                remedy=f"Choose one of: {', '.join(known)}.",
            )
    return [known[name] for name in names or known if names or name in there]


def capture(
    settings: Settings,
    only: Iterable[str],
    accept: bool,
    on_progress: OnProgress,
    done: Callable[[dict[str, Any]], None],
) -> list[dict[str, Any]]:
    """Capture each source and give the summaries. done: called with each summary as soon as it is there."""
    port = settings.source_archive()
    archive = port.archive()
    summaries = []
    for source in chosen(settings, only):
        try:
            summary = take(source, port.source_origin(source), archive, on_progress, accept).summary
        except VoorkantError:  # the summary reports it; the next source goes on
            summary = summary_of(archive, source.id) or {}
        summaries.append(summary)
        done(summary)
    return summaries


def request_to_send(settings: Settings, only: Iterable[str]) -> Iterator[PlannedRequest]:
    """The requests that a live capture would send now, without sending any."""
    port = settings.source_archive()
    origin, archive = port.source_origin(), port.archive()
    for source in chosen(settings, only):
        for planned in connector(source.kind).plan(source):
            yield _planned(source, planned.request, planned.then, origin, archive)
        for request in requests(source) if source.unresolved else ():
            then = "only with --find-ids; then the description of each table that fits the title"
            yield _planned(source, request, then, origin, archive)


def find_ids(settings: Settings, only: Iterable[str]) -> list[Resolution]:
    """What the live catalogues say about tables whose id is not known; nothing is captured."""
    origin = replace(settings, origin="live").source_archive().source_origin()
    return [
        found
        for source in chosen(replace(settings, origin="live"), only)
        if source.unresolved
        for found in look_up(source, partial(origin.fetch, source))
    ]


def _planned(
    source: Source, request: Request, then: str, origin: Origin, archive: Archive
) -> PlannedRequest:
    if not isinstance(origin, LiveOrigin) or source.cites(request.name):
        return PlannedRequest(source.id, request.name, "GET", request.url, (), False, then)
    before = archive.latest(source.id, origin.name)
    sent = origin.request_to_send(source, request, earlier_of(archive, before, request))
    headers = tuple((name, value) for name, value in sent.headers.items())
    return PlannedRequest(source.id, request.name, sent.method, str(sent.url), headers, True, then)
