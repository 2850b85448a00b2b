"""Where a source may be asked, and how much it may serve: what guards against a source gone wrong.

What belongs here: the rules, as values and pure functions. What does not: enforcing them on a
connection (`origins/live.py`).
"""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, PositiveFloat, PositiveInt

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class SourceLimits(BaseModel):
    """What a source may cost. A server that sends more than this is not the source we know.

    max_response_bytes: of one answer, both as it travels and unpacked. max_seconds: for one answer
    from asking to its last byte. max_pages: of one table. concurrency: requests at the same time.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_response_bytes: PositiveInt = 256 * 1024 * 1024
    max_seconds: PositiveFloat = 600
    max_pages: PositiveInt = 2_000
    concurrency: PositiveInt = 4


def may_request(url: str, hosts: Collection[str]) -> bool:
    """Whether an address is on one of these hosts, over https on its usual port.

    A host may be listed with a port, `localhost:8000`: then that port is meant and no other. Plain http
    is for this very machine only, when its name is listed: for tests and local mirrors.
    That a listed name resolves to another machine is not looked at: its certificate would not fit.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return False
    if host is None or parts.username is not None or parts.password is not None:
        return False
    listed = host in hosts and (port in (None, 443) or host in LOOPBACK)
    listed = listed or (port is not None and f"{host}:{port}" in hosts)
    return listed and (parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK))
