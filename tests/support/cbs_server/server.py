"""A server in place of the sources: on the loopback interface, with its content and its faults.

    with SourceServer() as server:
        server.serve(lambda edition: CbsSite(...))
        server.plan(Fault("503", "*TypedDataSet*skip=3*"))
        source = server.source(sources()["cbs_iv3"])

It answers over real sockets, because truncation, drips, resets and bombs have no meaning elsewhere.
"""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable
from typing import Any, Self, cast
from urllib.parse import unquote, urlsplit

import uvicorn
from starlette.types import Receive, Scope, Send

from assets.ingest.registry import Source
from assets.ingest.source_limits import SourceLimits
from tests.support.cbs_server.faults import FAULTS, Fault, Plan, reset_socket
from tests.support.cbs_server.site import Answer, IncomingRequest, Site

Content = Callable[[int], Site]
"""The site in its first, second, … edition: a source that is replaced gets the next one."""


class SourceServer:
    """The server, running in a thread of its own from `with` to its end."""

    def __init__(self) -> None:
        self._content: Content = lambda _: _Nothing()
        self._sites: dict[int, Site] = {}
        self.edition = 1
        self._plan = Plan()
        self.log: list[IncomingRequest] = []
        # The protocol by name: only then asyncio sends small answers without waiting 40 ms for more.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        config = uvicorn.Config(
            self, http="h11", loop="asyncio", log_config=None, lifespan="off", ws="none"
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        while not self._server.started:
            time.sleep(0.005)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = self._server.force_exit = True
        self._thread.join(10)

    # --- for tests

    @property
    def host(self) -> str:
        """Host and port, as they go on a source's list."""
        return f"127.0.0.1:{self.port}"

    @property
    def other_host(self) -> str:
        """The same server under a name on nobody's list: who comes that way was led astray."""
        return f"localhost:{self.port}"

    def serve(self, content: Content) -> None:
        """Begin anew with this content, in its first edition, healthy, with an empty log."""
        self._content, self._sites, self.edition = content, {}, 1
        self.plan()

    def plan(self, *faults: Fault) -> Plan:
        """From now on these faults and no others; the log begins anew."""
        self._plan, self.log = Plan(faults), []
        return self._plan

    def source(self, source: Source, **limits: Any) -> Source:
        """The source as it is, but to be asked here. limits: those that differ."""
        return source.model_copy(
            update={
                "base_url": self.address(source.base_url),
                "catalogue": source.catalogue and self.address(source.catalogue),
                "hosts": (self.host,),
                "limits": SourceLimits.model_validate({**source.limits.model_dump(), **limits}),
            }
        )

    def address(self, url: str) -> str:
        """An official address, on this server."""
        parts = urlsplit(url)
        return parts._replace(scheme="http", netloc=self.host).geturl()

    def requests(self, part: str = "") -> list[str]:
        """What was asked since the plan was made, as path and query."""
        return [each.target for each in self.log if part in each.target]

    @property
    def astray(self) -> list[IncomingRequest]:
        """Requests that came under the other name."""
        return [each for each in self.log if self.other_host in each.base]

    # --- for the server

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
        incoming = IncomingRequest(
            base=f"http://{headers.get('host', self.host)}",
            path=scope["path"],
            query=unquote(scope["query_string"].decode("latin-1").replace("+", " ")),
            headers=headers,
        )
        self.log.append(incoming)
        exchange = _Exchange(self, incoming, receive, send)
        fault = self._plan.due(incoming)
        answer: Answer | None = exchange.healthy(incoming)
        if fault is not None and answer is not None:
            answer = await FAULTS[fault.name].act(exchange, answer)
        if answer is None:
            await exchange.gone(5)  # so that uvicorn does not answer for us
            return
        reported = {**answer.headers, "Content-Type": answer.content_type}
        if answer.status != 304:
            reported["Content-Length"] = str(len(answer.body))
        raw = [(name.lower().encode(), value.encode()) for name, value in reported.items()]
        await send({"type": "http.response.start", "status": answer.status, "headers": raw})
        await send({"type": "http.response.body", "body": answer.body})

    def healthy(self, incoming: IncomingRequest) -> Answer:
        """What the present edition answers."""
        if self.edition not in self._sites:
            self._sites[self.edition] = self._content(self.edition)
        answer = self._sites[self.edition].answer(incoming)
        return answer or Answer(b"Not found", "text/plain", 404)


class _Nothing:
    def answer(self, _: IncomingRequest) -> Answer | None:
        return None


class _Exchange:
    """See `faults.Exchange`."""

    def __init__(
        self, source_server: SourceServer, incoming: IncomingRequest, receive: Receive, send: Send
    ) -> None:
        self.incoming = incoming
        self.other_host = f"http://{source_server.other_host}"
        self._server = source_server
        self._receive = receive
        # uvicorn's own object for this request. No official way leads to the connection, and what
        # a broken server sends is exactly what the official way refuses to send.
        self._transport = cast(asyncio.Transport, cast(Any, send).__self__.transport)

    def healthy(self, incoming: IncomingRequest) -> Answer:
        return self._server.healthy(incoming)

    def raw(self, data: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(data)

    def close(self) -> None:
        self._transport.close()

    def abort(self) -> None:
        reset_socket(self._transport)

    async def gone(self, within: float) -> bool:
        async def hung_up() -> None:
            while (await self._receive())["type"] != "http.disconnect":
                pass

        try:
            await asyncio.wait_for(hung_up(), within)
        except TimeoutError:
            return self._transport.is_closing()
        return True

    def replace_source(self, edition: int) -> None:
        self._server.edition = edition or self._server.edition + 1
