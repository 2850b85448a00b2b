"""What travels between a source and the archive: a request, a response, an origin that answers.

An origin is one of three interchangeable ways to get a response: `sample`, `live`, `drop`.
Everything after it (connector, archive, reader) is the same code for all three.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from assets.registry import Source


@dataclass(frozen=True, slots=True)
class Request:
    """name: stable within its source, e.g. `45063NED/TypedDataSet`. page: counted from 1."""

    name: str
    url: str
    page: int = 1


@dataclass(frozen=True, slots=True)
class Response:
    """A body exactly as served. published_at: the source's own date of this content, ISO 8601."""

    request: Request
    status: int
    content_type: str
    body: bytes
    published_at: str | None = None


Fetch = Callable[[Request], Response]
"""An origin bound to one source: what a connector asks with."""


class Origin(Protocol):
    """Answers requests.

    Raises VK-S001 (no such thing there), VK-S002 (host not allowed), VK-S003 (unreachable).
    """

    name: str

    def fetch(self, source: Source, request: Request) -> Response:
        """The response to a request of this source."""
        ...

    def retrieved_at(self) -> str:
        """The time to log, ISO 8601 with zone: the clock for live, a fixed date for sample."""
        ...
