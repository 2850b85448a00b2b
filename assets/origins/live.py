"""The official endpoints.

What belongs here: HTTP, and the two promises that go with it: only the hosts of the source are ever
asked (also after a next link or a redirect), and a failure is told as one of three codes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from urllib.parse import urljoin, urlsplit

import httpx2

from assets.registry import Source
from assets.version import project_version
from assets.wire import Origin, Request, Response
from expectations.errors import VoorkantError

TRIES = 3
REDIRECTS = 5
TIMEOUT = httpx2.Timeout(120.0, connect=20.0)


def user_agent() -> str:
    """Says who asks; the README says whom to write to."""
    return f"voorkant/{project_version()} (+open data; contact in README)"


class LiveOrigin:
    """Answers from the sources themselves.

    own: answers for tables with status `cited`; they are the project's own, no endpoint has them.
    """

    name = "live"

    def __init__(
        self,
        own: Origin,
        clock: Callable[[], datetime],
        client: httpx2.Client | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._own = own
        self._clock = clock
        self._client = client or httpx2.Client(timeout=TIMEOUT)
        self._client.headers["User-Agent"] = user_agent()
        self._sleep = sleep

    def retrieved_at(self) -> str:
        return self._clock().isoformat(timespec="seconds")

    def fetch(self, source: Source, request: Request) -> Response:
        if source.cites(request.name):
            return self._own.fetch(source, request)
        answer = self._ask(source, request)
        if answer.status_code != 200:
            raise VoorkantError(
                "VK-S001",
                problem=f"{source.producer} answered with status {answer.status_code}.",
                where=request.url,
                outcome=_not_captured(source),
                remedy="Look whether the table moved or was closed; otherwise try again later.",
            )
        content_type = answer.headers.get("content-type", "")
        return Response(request, answer.status_code, content_type, answer.content)

    def _ask(self, source: Source, request: Request) -> httpx2.Response:
        """Up to three tries: a busy or broken server may recover, a wrong address will not."""
        for attempt in range(1, TRIES + 1):
            try:
                answer = self._get(source, request.url)
            except httpx2.RequestError as error:
                if attempt == TRIES:
                    raise VoorkantError(
                        "VK-S003",
                        problem=f"No answer after {TRIES} tries: {type(error).__name__}. {error}",
                        where=request.url,
                        outcome=_not_captured(source),
                        remedy="Check the connection and the proxy; otherwise try again later.",
                    ) from error
            else:
                if attempt == TRIES or not (answer.status_code == 429 or answer.status_code >= 500):
                    return answer
            self._sleep(2.0**attempt)
        raise AssertionError("the last try returns or raises")

    def _get(self, source: Source, url: str) -> httpx2.Response:
        """One try, redirects followed by hand so that every hop is checked."""
        for _ in range(REDIRECTS):
            _check_host(source, url)
            answer = self._client.get(url, follow_redirects=False)
            if not answer.is_redirect:
                return answer
            url = urljoin(url, answer.headers["location"])
        return answer


def _not_captured(source: Source) -> str:
    return f"The source {source.id} was not captured; the previous capture stays in use."


def _check_host(source: Source, url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" or parts.hostname not in source.hosts:
        raise VoorkantError(
            "VK-S002",
            problem=f"The address {url} is not on {', '.join(source.hosts)} over https.",
            where=f"source {source.id}",
            outcome="Nothing was asked there, and the source was not captured.",
            remedy="When the source has moved, change `base_url` and `hosts` in its source.yaml.",
        )
