"""What the server serves: a site answers an address, or does not know it.

What belongs here: the seam between a server and its content, and the sites that need no format of
their own. What does not: CBS tables (`cbs`), sockets (`server`), things that go wrong (`faults`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from assets.ingest.messages import Request
from assets.ingest.origins.sample import SampleOrigin
from assets.ingest.registry import Source
from expectations.errors import VoorkantError


@dataclass(frozen=True, slots=True)
class IncomingRequest:
    """A request as it came in. base: scheme and host as the asker wrote them, for links back."""

    base: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def target(self) -> str:
        """Path and query, decoded as far as people write them: what a fault is aimed at."""
        return f"{self.path}?{self.query}" if self.query else self.path


@dataclass(frozen=True, slots=True)
class Answer:
    """What a healthy server gives back."""

    body: bytes
    content_type: str = "application/json; charset=utf-8"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class Site(Protocol):
    """Content of a server."""

    def answer(self, incoming: IncomingRequest) -> Answer | None:
        """The answer to a request; None when there is no such thing here."""
        ...


class FiguresSite:
    """The rendered sample: what SampleOrigin answers for these sources, over a socket."""

    def __init__(self, origin: SampleOrigin, sources: Collection[Source]) -> None:
        self._origin = origin
        self._sources = [source for source in sources if source.kind != "csv"]

    def answer(self, incoming: IncomingRequest) -> Answer | None:
        for source in self._sources:
            parts = urlsplit(source.base_url)
            if not incoming.path.startswith(f"{parts.path}/"):
                continue
            official = f"{parts.scheme}://{parts.netloc}"
            try:
                response = self._origin.fetch(source, Request("asked", official + incoming.target))
            except VoorkantError:
                continue  # several sources share a path; another one may know it
            # A link back leads to where the question came from, as a server's own links do.
            body = response.body.replace(official.encode(), incoming.base.encode())
            return Answer(body, response.content_type)
        return None


class FilesSite:
    """Plain files below a folder, under their own paths."""

    _TYPES: Mapping[str, str] = {
        ".json": "application/json",
        ".geojson": "application/geo+json",
        ".xml": "application/xml",
        ".csv": "text/csv",
    }

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    def answer(self, incoming: IncomingRequest) -> Answer | None:
        path = (self._folder / incoming.path.lstrip("/")).resolve()
        if not path.is_relative_to(self._folder) or not path.is_file():
            return None
        kind = self._TYPES.get(path.suffix, "application/octet-stream")
        return Answer(path.read_bytes(), kind)


@dataclass(frozen=True, slots=True)
class Validated:
    """A site that tells when its content changed, and answers 304 to who has it already.

    etag: whether it tells one. modified: the date it tells, as HTTP writes it; None when it tells none.
    A date holds for the whole site: give a site of another edition another one.
    """

    site: Site
    etag: bool = True
    modified: str | None = "Tue, 30 Jun 2026 02:00:00 GMT"

    def answer(self, incoming: IncomingRequest) -> Answer | None:
        answer = self.site.answer(incoming)
        if answer is None or answer.status != 200:
            return answer
        reported = {"ETag": _tag(answer.body)} if self.etag else {}
        if self.modified:
            reported["Last-Modified"] = self.modified
        headers = {**answer.headers, **reported}
        if self._known(incoming.headers, reported.get("ETag")):
            return Answer(b"", answer.content_type, 304, headers)
        return replace(answer, headers=headers)

    def _known(self, incoming: Mapping[str, str], tag: str | None) -> bool:
        """RFC 9110, 13.2.2: who names a tag is answered by tag, also when the date would fit."""
        if (named := incoming.get("if-none-match")) is not None:
            bare = (each.strip().removeprefix("W/") for each in named.split(","))
            return tag is not None and any(each in ("*", tag) for each in bare)
        since = incoming.get("if-modified-since")
        if since is None or self.modified is None:
            return False
        return parsedate_to_datetime(self.modified) <= parsedate_to_datetime(since)


@dataclass(frozen=True, slots=True)
class Together:
    """Several sites on one server: the first that knows an address answers."""

    sites: Collection[Site]

    def answer(self, incoming: IncomingRequest) -> Answer | None:
        return next((found for each in self.sites if (found := each.answer(incoming))), None)


def _tag(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[:16]}"'
