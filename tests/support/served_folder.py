"""A folder over HTTP on the loopback interface, with range requests, as a publication is served."""

from __future__ import annotations

import socket
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import uvicorn
from starlette.staticfiles import StaticFiles
from starlette.types import Message, Receive, Scope, Send


@dataclass(slots=True)
class Served:
    """One answer: the path that was asked, the status, how many bytes of body went out."""

    path: str
    status: int = 0
    bytes: int = 0


class FilesServed:
    """The server, running in a thread of its own from `with` to its end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._files = StaticFiles(directory=folder)
        self.log: list[Served] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.bind(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}/"
        config = uvicorn.Config(self, log_config=None, lifespan="off", ws="none")
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
        self._server.should_exit = True
        self._thread.join(10)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. What went out is noted first: a reader may be ready before we are."""
        answer = Served(scope["path"].lstrip("/"))
        self.log.append(answer)

        async def noted(message: Message) -> None:
            answer.status = message.get("status", answer.status)
            answer.bytes += len(message.get("body", b""))
            await send(message)

        await self._files(scope, receive, noted)
