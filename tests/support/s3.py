"""A real S3-compatible server on the loopback interface, in a process of its own.

    with S3("localbucket") as server:
        os.environ |= server.environment
        storage_at(f"s3://{server.bucket}/some/prefix")

`localbucket` and `moto` honour If-None-Match. Access is by made-up keys: neither checks them. What no
server does on demand, `Between` does: it stands between client and server and loses answers, or hides
the condition so that the server overwrites.
"""

from __future__ import annotations

import http.client
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Self

MODULES = {"localbucket": "localbucket", "moto": "moto.server"}
START = """
import runpy, socketserver, sys
# Otherwise a small answer waits 40 ms for more, and the sixth of many at once a second for its turn.
socketserver.StreamRequestHandler.disable_nagle_algorithm = True
socketserver.TCPServer.request_queue_size = 128
runpy.run_module(sys.argv.pop(1), run_name="__main__")
"""


def available(server: str) -> bool:
    """Whether the server, and the client, are installed."""
    return all(find_spec(name) for name in (server, "obstore"))


class S3:
    """The server, from `with` to its end."""

    bucket = "releases"

    def __init__(self, server: str) -> None:
        self._server = server
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self.environment = {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}",
            "AWS_ACCESS_KEY_ID": "anyone",
            "AWS_SECRET_ACCESS_KEY": "anything",  # the servers do not look at it
            "AWS_REGION": "us-east-1",
            "AWS_ALLOW_HTTP": "true",
        }

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory()
        options = {
            "localbucket": ["--port", str(self.port), self._folder.name],
            "moto": ["-p", str(self.port)],
        }
        self._process = subprocess.Popen(  # noqa: S603 (a test server)
            [sys.executable, "-c", START, MODULES[self._server], *options[self._server]],
            stdout=subprocess.DEVNULL,
            stderr=Path(self._folder.name, "errors").open("wb"),
        )
        for _ in range(300):
            try:
                requested = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                requested.request("PUT", f"/{self.bucket}")
                requested.getresponse().read()
                return self
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(Path(self._folder.name, "errors").read_text())

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._folder.cleanup()


class Between:
    """A proxy that forwards everything, except what it is set up to do.

    lose: the share of answers to a creation in the log that get lost after the server acted on it.
    hide: leave `If-None-Match` out of what is forwarded, as a server behaves that ignores it.
    """

    def __init__(self, server: S3, lose: float = 0.0, hide: bool = False) -> None:
        rng = random.Random(3)  # noqa: S311
        between = self
        self.lost = 0

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def forward(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {
                    name: value
                    for name, value in self.headers.items()
                    if not (hide and name.lower() == "if-none-match")
                }
                behind = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
                behind.request(self.command, self.path, body, headers)
                answer = behind.getresponse()
                content = answer.read()
                behind.close()
                if self.command == "PUT" and "/log/" in self.path and rng.random() < lose:
                    between.lost += 1
                    self.close_connection = True
                    return
                self.send_response_only(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in ("transfer-encoding", "connection", "content-length"):
                        self.send_header(name, value)
                length = answer.getheader("Content-Length") if self.command == "HEAD" else None
                self.send_header("Content-Length", length or str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_PUT = do_DELETE = do_HEAD = do_POST = forward  # noqa: N815

            def log_message(self, *_: object) -> None: ...

        self._front = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._front.daemon_threads = True
        self.environment = server.environment | {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self._front.server_address[1]}"
        }

    def __enter__(self) -> Self:
        threading.Thread(target=self._front.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._front.shutdown()
        self._front.server_close()
