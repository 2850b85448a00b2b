"""What travels between a source and the archive: a request, an answer, an origin that gives it.

An origin is one of three interchangeable ways to get an answer: `sample`, `live`, `drop`.
Everything after it (connector, archive, reader) is the same code for all three.

An answer has one of two forms with the same attributes. A `Response` carries its body in memory:
small origins and tests make those. A `Receipt` stands for a body that is in the archive already and
reads it from there when asked: connectors get those, so that never more than a page is in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from assets.ingest.kinds import Media

if TYPE_CHECKING:  # it brings pydantic, which `voorkant explain` need not wait for
    from assets.ingest.registry import Source


@dataclass(frozen=True, slots=True)
class Request:
    """Something to ask a source for.

    name: stable within its source, e.g. `45063NED/TypedDataSet`. page: counted from 1.
    version: the state of the table this belongs to, as its metadata told it. An interrupted capture
    goes on with the pages it has of the same state; None means that there is no way to know.
    fresh: nothing that was fetched before may be used for it.
    media: the form an answer must have; `any` leaves it to the kind of the source.
    """

    name: str
    url: str
    page: int = 1
    version: str | None = None
    fresh: bool = False
    media: Media = "any"


@dataclass(frozen=True, slots=True)
class Page:
    """What a page of rows holds, in few words: its columns, and the codes of rows that have a value."""

    columns: tuple[str, ...]
    codes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Response:
    """A body exactly as served. published_at: the source's own date of this content, ISO 8601.

    headers: those that matter for evidence and for asking again, names in lower case.
    retries: how many tries before this one failed. rows: how many the connector counted in it.
    page: what it found there, when it looked.
    """

    request: Request
    status: int
    content_type: str
    body: bytes
    published_at: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict, compare=False)
    retries: int = field(default=0, compare=False)
    rows: int | None = field(default=None, compare=False)
    page: Page | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Receipt:
    """An answer whose body is in the archive. load: reads it from there.

    status: 304 when the source said that the body of an earlier capture is still its answer.
    """

    request: Request
    status: int
    content_type: str
    sha256: str
    size: int
    load: Callable[[], bytes] = field(repr=False, compare=False)
    published_at: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict, compare=False)
    retries: int = field(default=0, compare=False)
    retrieved_at: str | None = None
    rows: int | None = field(default=None, compare=False)
    page: Page | None = field(default=None, compare=False)

    @property
    def body(self) -> bytes:
        """The body, read anew each time: do not keep it."""
        return self.load()


Answer = Response | Receipt

Fetch = Callable[[Request], Answer]
"""An origin bound to one source: what a connector asks with."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A request that a capture will make, and what follows from its answer, in words."""

    request: Request
    then: str = ""


class Origin(Protocol):
    """Answers requests.

    Raises VK-S001 (no such thing there), VK-S002 (host not allowed), VK-S003 (unreachable).
    """

    name: str

    def fetch(self, source: Source, request: Request) -> Response:
        """The response to a request of this source, in memory."""
        ...

    def retrieved_at(self) -> str:
        """The time to log, ISO 8601 with zone: the clock for live, a fixed date for sample."""
        ...


class Sink(Protocol):
    """Where a body goes piece by piece. Nobody can see it there until it is kept."""

    def write(self, piece: bytes) -> None:
        """Add to the body."""
        ...

    def keep(self) -> str:
        """The body is whole: make it visible, and give its sha256."""
        ...

    def drop(self) -> None:
        """The body will not become whole: leave no trace of it. After `keep` this does nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Earlier:
    """What is known of an earlier answer to the same request, for asking whether it still holds."""

    sha256: str
    bytes: int
    content_type: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Streamed:
    """How a body came that went into a sink: everything of an answer but the body itself."""

    status: int
    content_type: str
    sha256: str
    bytes: int
    headers: Mapping[str, str]
    retries: int
    published_at: str | None = None


class PassingError(Exception):
    """The cause of an error that may pass by itself: a connection, or a server that is too busy."""


class StreamingOrigin(Origin, Protocol):
    """An origin with bodies too large for memory: it writes them into a sink as they arrive."""

    def stream(
        self,
        source: Source,
        request: Request,
        sink: Callable[[], Sink],
        earlier: Earlier | None,
        received: Callable[[int], None],
    ) -> Streamed:
        """Answer into a sink, a new one for each try.

        earlier: ask whether this is still the answer. received: told the bytes so far after each
        piece and before each wait; what it raises ends the answer.
        """
        ...


T = TypeVar("T")
R = TypeVar("R")


def side_by_side(do: Callable[[T], R], items: Iterable[T], at_once: int) -> list[R]:
    """The results in the order of the items, at most so many at the same time.

    The first failure, and an interruption, end the waiting: what has not begun will not begin.
    """
    todo: Sequence[T] = list(items)
    if at_once <= 1 or len(todo) <= 1:
        return [do(item) for item in todo]
    pool = ThreadPoolExecutor(at_once, thread_name_prefix="capture")
    try:
        running: list[Any] = [pool.submit(do, item) for item in todo]
        return [each.result() for each in running]
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
