"""The official endpoints.

What belongs here: which answer of a server is an answer of the source, when to ask again, and how
one try goes, from the checked address to the last byte in the sink. What does not: what is asked
(`connectors/`), where bodies are kept (`archive`), and what to look for in a body (`http`).

Two promises go with it: only the hosts of the source are ever asked, also after a next link or a
redirect; and a body is kept only when it is complete.
"""

from __future__ import annotations

import hashlib
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urljoin

import httpx2

from assets.ingest import http_response
from assets.ingest.messages import Earlier, Origin, PassingError, Request, Response, Sink, Streamed
from assets.ingest.registry import Source
from assets.ingest.source_limits import may_request
from assets.version import project_version
from expectations.errors import VoorkantError

TRIES = 3
REDIRECTS = 5
FIRST_WAIT = 2.0
LONGEST_WAIT = 120.0
TIMEOUT = httpx2.Timeout(60.0, connect=20.0)


def user_agent() -> str:
    """Names the software; the README says whom to write to."""
    return f"voorkant/{project_version()} (+open data; contact in README)"


class _AgainError(PassingError):
    """A try that failed in a way that may pass. after: seconds that the source asks to wait."""

    def __init__(self, why: str, after: float | None = None, status: int | None = None) -> None:
        super().__init__(why)
        self.after = after
        self.status = status


@dataclass(frozen=True, slots=True)
class _Try:
    """One try to get one answer. earlier, received: see `StreamingOrigin.stream`. retries: tries before it.

    until: when it must be finished, by the stopwatch.
    """

    source: Source
    request: Request
    sink: Callable[[], Sink]
    earlier: Earlier | None
    received: Callable[[int], None]
    retries: int
    until: float


class LiveOrigin:
    """Answers from the sources themselves.

    own: answers for tables with status `cited`; they are the project's own, no endpoint has them.
    sleep, monotonic: the waiting and the stopwatch, for tests; without sleep a wait can be ended early.
    """

    name = "live"

    def __init__(
        self,
        own: Origin,
        clock: Callable[[], datetime],
        client: httpx2.Client | None = None,
        sleep: Callable[[float], None] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._own = own
        self._clock = clock
        self._client = client or httpx2.Client(timeout=TIMEOUT)
        self._client.headers["User-Agent"] = user_agent()
        self._sleep = sleep
        self._monotonic = monotonic
        self._turns: dict[str, threading.BoundedSemaphore] = {}
        self._lock = threading.Lock()

    def retrieved_at(self) -> str:
        return self._clock().isoformat(timespec="seconds")

    def request_to_send(
        self, source: Source, request: Request, earlier: Earlier | None = None
    ) -> httpx2.Request:
        """The request exactly as it would be sent. Raises VK-S002 for an address it would not ask."""
        return self._request(source, request, request.url, earlier)

    def _request(
        self, source: Source, request: Request, url: str, earlier: Earlier | None
    ) -> httpx2.Request:
        _check_host(source, request, url)
        headers = http_response.request_headers(source, request, earlier)
        try:
            return self._client.build_request("GET", url, headers=headers)
        except httpx2.InvalidURL:
            raise _left(source, request, url) from None

    def fetch(self, source: Source, request: Request) -> Response:
        """The complete answer in memory: for small ones."""
        memory: list[_Memory] = []

        def sink() -> _Memory:
            memory.append(_Memory())
            return memory[-1]

        streamed = self.stream(source, request, sink, None, lambda _: None)
        return Response(
            request,
            streamed.status,
            streamed.content_type,
            bytes(memory[-1].body),
            streamed.published_at,
            streamed.headers,
            streamed.retries,
        )

    def stream(
        self,
        source: Source,
        request: Request,
        sink: Callable[[], Sink],
        earlier: Earlier | None,
        received: Callable[[int], None],
    ) -> Streamed:
        """Answer into a sink. A busy or broken server may recover, a wrong address will not."""
        if source.cites(request.name):
            return self._cited(source, request, sink)
        failed: list[_AgainError] = []
        while True:
            until = self._monotonic() + source.limits.max_seconds
            attempt = _Try(source, request, sink, earlier, received, len(failed), until)
            try:
                return self._once(attempt)
            except _AgainError as error:
                failed.append(error)
                seconds = _seconds(failed)
                # To request again sooner than the source asks would be rude.
                if len(failed) == TRIES or seconds > LONGEST_WAIT:
                    raise _gave_up(source, request, error, len(failed)) from error
            self._wait(seconds, received)

    def _cited(self, source: Source, request: Request, sink: Callable[[], Sink]) -> Streamed:
        own = self._own.fetch(source, request)
        writer = sink()
        writer.write(own.body)
        digest = writer.keep()
        return Streamed(
            own.status, own.content_type, digest, len(own.body), {}, 0, own.published_at
        )

    def _once(self, attempt: _Try) -> Streamed:
        """One try, redirects followed by hand so that every hop is checked."""
        source, request = attempt.source, attempt.request
        outgoing = self.request_to_send(source, request, attempt.earlier)
        for _ in range(REDIRECTS):
            with self._turn(source, outgoing.url.host), _as_again():
                answer = self._client.send(outgoing, stream=True, follow_redirects=False)
                try:
                    if not answer.has_redirect_location:
                        return self._answered(attempt, answer)
                    url = urljoin(str(outgoing.url), answer.headers["location"])
                finally:
                    answer.close()
            outgoing = self._request(source, request, url, attempt.earlier)
        raise _no_answer(source, request, f"sent on more than {REDIRECTS} times", 0)

    def _answered(self, attempt: _Try, answer: httpx2.Response) -> Streamed:
        """What the status says, and the body when there is one."""
        status, headers = answer.status_code, http_response.kept_headers(answer.headers)
        if str(answer.url) != attempt.request.url:
            headers["redirected-to"] = str(answer.url)
        earlier = attempt.earlier
        if status == 304 and earlier:
            kept = {**earlier.headers, **headers}
            form, digest, size = earlier.content_type, earlier.sha256, earlier.bytes
            return Streamed(304, form, digest, size, kept, attempt.retries)
        if status == 429 or status >= 500:
            after = http_response.retry_after(answer.headers.get("retry-after"), self._clock())
            raise _AgainError(f"status {status}", after, status)
        if status != 200:
            did = f"answered with status {status}"
            raise _no_answer(attempt.source, attempt.request, did, attempt.retries)
        digest, size = self._body(attempt, answer)
        content_type = answer.headers.get("content-type", "")
        return Streamed(status, content_type, digest, size, headers, attempt.retries)

    def _body(self, attempt: _Try, answer: httpx2.Response) -> tuple[str, int]:
        """The sha256 and the size of a body, once it is in the sink and complete."""
        check = http_response.BodyCheck(attempt.source, attempt.request, answer.headers)
        writer, size = attempt.sink(), 0
        try:
            # In the pieces they come in: larger ones would hide a drip.
            for packed in answer.iter_raw():
                if self._monotonic() > attempt.until:
                    limit = attempt.source.limits.max_seconds
                    raise _AgainError(f"not finished after {limit:g} seconds")
                for piece in check.unpacked(packed):
                    writer.write(piece)
                    size += len(piece)
                attempt.received(size)
            if why := check.incomplete():
                raise _AgainError(why)
            return writer.keep(), size
        finally:
            writer.drop()

    def _wait(self, seconds: float, received: Callable[[int], None]) -> None:
        received(0)
        if self._sleep:
            self._sleep(seconds)
            return
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            time.sleep(min(left, 0.5))
            received(0)

    @contextmanager
    def _turn(self, source: Source, host: str) -> Iterator[None]:
        """Waits until fewer than so many answers of this host are under way."""
        with self._lock:
            turns = self._turns.setdefault(
                host, threading.BoundedSemaphore(source.limits.concurrency)
            )
        with turns:
            yield


class _Memory:
    """A sink for one small body."""

    def __init__(self) -> None:
        self.body = bytearray()

    def write(self, piece: bytes) -> None:
        self.body += piece

    def keep(self) -> str:
        return hashlib.sha256(self.body).hexdigest()

    def drop(self) -> None:
        """The body goes with this object; there is no file to remove."""


@contextmanager
def _as_again() -> Iterator[None]:
    """Whatever happens to a connection may pass."""
    try:
        yield
    except httpx2.TransportError as error:
        raise _AgainError(f"{type(error).__name__}. {_without_secrets(str(error))}") from error


def _seconds(failed: list[_AgainError]) -> float:
    """How long to wait: what the source asked for, otherwise twice as long each time."""
    requested_wait = failed[-1].after
    return FIRST_WAIT * 2 ** (len(failed) - 1) if requested_wait is None else requested_wait


def _without_secrets(text: str) -> str:
    """A proxy's address may hold a password."""
    return re.sub(r"//[^/@\s]+@", "//…@", text)


def _gave_up(source: Source, request: Request, error: _AgainError, tries: int) -> VoorkantError:
    if error.status is not None:
        later = error.after is not None and error.after > LONGEST_WAIT
        asks = f" and asks to come back in {error.after:,.0f} seconds" if later else ""
        return _no_answer(source, request, f"answered with {error}{asks}", tries - 1)
    return VoorkantError(
        "VK-S003",
        problem=f"No answer after {tries} tries: {error}",
        where=http_response.place(source, request),
        outcome=http_response.not_captured(source),
        remedy="Check the connection and the proxy; otherwise try again later.",
    )


def _no_answer(source: Source, request: Request, did: str, retries: int) -> VoorkantError:
    tries = f" after {retries + 1} tries" if retries else ""
    return VoorkantError(
        "VK-S001",
        problem=f"{source.producer} {did}{tries}.",
        where=http_response.place(source, request),
        outcome=http_response.not_captured(source),
        remedy="Look whether the table moved or was closed; otherwise try again later.",
    )


def _check_host(source: Source, request: Request, url: str) -> None:
    if not may_request(url, source.hosts):
        raise _left(source, request, url)


def _left(source: Source, request: Request, url: str) -> VoorkantError:
    return VoorkantError(
        "VK-S002",
        problem=f"The address {_without_secrets(url)} is not on {', '.join(source.hosts)} over https.",
        where=f"{source.id}, {request.name}, page {request.page}",
        outcome="Nothing was asked there, and the source was not captured.",
        remedy="When the source has moved, change `base_url` and `hosts` in its source.yaml.",
    )
