"""Everything that goes wrong at a source, as declarations: which fault, at which request, how often.

Three families. A wire fault breaks the connection or the pace of an otherwise right answer. An answer
fault is a complete answer with wrong content. A state fault changes the source itself, from that
request on. Each has one sentence, which becomes a row of `docs/faults.md`.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
import struct
import zlib
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from functools import cache
from typing import Any, Protocol
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from tests.support.cbs_server.site import Answer, IncomingRequest

ALWAYS = 1_000_000
OVERSIZE = 8 * 1024 * 1024
BOMB = 64 * 1024 * 1024
DRIP = 0.02  # seconds between bytes: never a read timeout, never an end


@dataclass(frozen=True, slots=True)
class Fault:
    """One plan for trouble. where: pattern for path and query. times: how many requests it hits,
    once `after` matching requests were let through."""

    name: str
    where: str
    times: int = 1
    after: int = 0

    def __post_init__(self) -> None:
        if self.name not in FAULTS:
            raise ValueError(f"no such fault: {self.name}")


class Exchange(Protocol):
    """The server's side of one request, for faults that need it."""

    incoming: IncomingRequest
    other_host: str  # the same server under a name that is on nobody's list

    def healthy(self, incoming: IncomingRequest) -> Answer: ...  # the answer as it should be
    def raw(self, data: bytes) -> None: ...  # straight onto the connection
    def close(self) -> None: ...
    def abort(self) -> None: ...
    async def gone(self, within: float) -> bool: ...  # whether the asker hung up
    def replace_source(self, edition: int) -> None: ...


Act = Callable[[Exchange, Answer], Awaitable[Answer | None]]
"""Gives the answer to send, or None when the fault has dealt with the connection itself."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a fault does. about: one sentence."""

    about: str
    act: Act


FAULTS: dict[str, Kind] = {}


def _fault(name: str, about: str) -> Callable[[Act], Act]:
    def add(act: Act) -> Act:
        FAULTS[name] = Kind(about, act)
        return act

    return add


def _answer(name: str, about: str, change: Callable[[Exchange, Answer], Answer]) -> None:
    async def act(exchange: Exchange, answer: Answer) -> Answer:
        return change(exchange, answer)

    FAULTS[name] = Kind(about, act)


class Plan:
    """The faults in force, and how often each was met."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._faults = list(faults)
        self._met = [0] * len(self._faults)

    def due(self, incoming: IncomingRequest) -> Fault | None:
        """The fault that this request meets, if any."""
        for number, fault in enumerate(self._faults):
            if fnmatch(incoming.target, fault.where):
                self._met[number] += 1
                if fault.after < self._met[number] <= fault.after + fault.times:
                    return fault
        return None

    @property
    def unmet(self) -> list[Fault]:
        """Faults that no request ran into: a test with one of these proves nothing."""
        each = zip(self._faults, self._met, strict=True)
        return [fault for fault, met in each if met <= fault.after]


# --- the connection


def _head(answer: Answer, *more: str) -> bytes:
    lines = (f"HTTP/1.1 {answer.status} X", f"Content-Type: {answer.content_type}", *more)
    return "\r\n".join((*lines, "", "")).encode()


@_fault("connection reset", "The connection is reset before any answer.")
async def _reset(exchange: Exchange, answer: Answer) -> None:
    exchange.abort()


@_fault("reset in the body", "The connection is reset half-way through the body.")
async def _reset_later(exchange: Exchange, answer: Answer) -> None:
    half = answer.body[: len(answer.body) // 2]
    exchange.raw(_head(answer, f"Content-Length: {len(answer.body)}") + half)
    await asyncio.sleep(0.02)  # so that the half arrives before the reset does
    exchange.abort()


@_fault("no answer", "The server accepts the request and stays silent.")
async def _hang(exchange: Exchange, answer: Answer) -> None:
    await exchange.gone(60)
    exchange.abort()


@_fault("slow drip", "The body comes byte by byte, too fast for a read timeout, and never ends.")
async def _drip(exchange: Exchange, answer: Answer) -> None:
    exchange.raw(_head(answer, "Transfer-Encoding: chunked") + b"1\r\n%b\r\n" % answer.body[:1])
    while not await exchange.gone(DRIP):
        exchange.raw(b"1\r\n \r\n")


@_fault("cut, length known", "The body ends early; Content-Length promised more.")
async def _cut_length(exchange: Exchange, answer: Answer) -> None:
    half = answer.body[: len(answer.body) // 2]
    exchange.raw(_head(answer, f"Content-Length: {len(answer.body)}") + half)
    exchange.close()


@_fault("cut, chunked", "A chunked body ends without its last chunk.")
async def _cut_chunked(exchange: Exchange, answer: Answer) -> None:
    half = answer.body[: len(answer.body) // 2]
    exchange.raw(_head(answer, "Transfer-Encoding: chunked") + b"%x\r\n%b\r\n" % (len(half), half))
    exchange.close()


@_fault("gzip, cut", "A compressed body ends early, inside its stream.")
async def _cut_gzip(exchange: Exchange, answer: Answer) -> Answer:
    packed = _gzip(answer.body)
    return replace(
        answer,
        body=packed[: len(packed) // 2],
        headers={**answer.headers, "Content-Encoding": "gzip"},
    )


@_fault("gzip bomb", f"{BOMB // 2**20} MiB of blanks, packed to a thousandth of it.")
async def _bomb(exchange: Exchange, answer: Answer) -> Answer:
    return replace(
        answer, body=_bomb_body(), headers={**answer.headers, "Content-Encoding": "gzip"}
    )


@_fault("oversize body", f"A body of {OVERSIZE // 2**20} MiB where a few KiB are usual, chunked.")
async def _oversize(exchange: Exchange, answer: Answer) -> None:
    exchange.raw(_head(answer, "Transfer-Encoding: chunked"))
    piece = b" " * 65_536
    for _ in range(OVERSIZE // len(piece)):
        exchange.raw(b"%x\r\n%b\r\n" % (len(piece), piece))
        if await exchange.gone(0.001):
            return
    exchange.raw(b"0\r\n\r\n")


# --- the status


def _status(status: int, **headers: str) -> Callable[[Exchange, Answer], Answer]:
    found = {name.replace("_", "-"): value for name, value in headers.items()}

    def change(exchange: Exchange, answer: Answer) -> Answer:
        return Answer(b"later", "text/plain", status, found)

    return change


_answer("429", "Too many requests, without a word on when to come back.", _status(429))
_answer(
    "429, Retry-After", "Too many requests; come back in a second.", _status(429, Retry_After="1")
)
_answer(
    "429, Retry-After a day",
    "Too many requests; come back tomorrow.",
    _status(429, Retry_After="86400"),
)
_answer("500", "The server failed.", _status(500))
_answer("503", "The server is closed for maintenance.", _status(503))
_answer("404", "There is nothing at this address.", _status(404))
_answer("304, not asked", "Not modified, to a request without conditions.", _status(304))


def _tag_moved(exchange: Exchange, answer: Answer) -> Answer:
    """A client that sends the tag of last time gets the same body under a new tag."""
    total = exchange.healthy(replace(exchange.incoming, headers={}))
    earlier = exchange.incoming.headers.get("if-none-match", '"0"').strip('"')
    return replace(total, headers={**total.headers, "ETag": f'"{earlier}0"'})


_answer("ETag moved", "The ETag is another one each time, while the body is the same.", _tag_moved)


# --- the content


_HTML = b"<!DOCTYPE html><html><head><title>Onderhoud</title></head><body>Even geduld</body></html>"


def _document(change: Callable[[Exchange, dict[str, Any]], None]) -> Callable[..., Answer]:
    def edit(exchange: Exchange, answer: Answer) -> Answer:
        document = json.loads(answer.body)
        change(exchange, document)
        return replace(answer, body=json.dumps(document).encode())

    return edit


def _link(document: dict[str, Any]) -> str:
    """The name of the link to the next page; a fault at the last page would be no fault."""
    return next(key for key in document if key.endswith("nextLink"))


def _moved(link: str, rows: int) -> str:
    parts = urlsplit(link)
    options = dict(parse_qsl(parts.query))
    options["$skip"] = str(int(options["$skip"]) + rows)
    return parts._replace(query=urlencode(options, safe="$'(),")).geturl()


def _page_twice(exchange: Exchange, document: dict[str, Any]) -> None:
    incoming = exchange.incoming
    base = _moved(f"{incoming.base}{incoming.target}", -len(document["value"]))
    earlier = exchange.healthy(replace(incoming, query=urlsplit(base).query))
    document["value"] = json.loads(earlier.body)["value"]


def _page_lost(exchange: Exchange, document: dict[str, Any]) -> None:
    name = _link(document)
    document[name] = _moved(document[name], len(document["value"]))


def _row_lost(exchange: Exchange, document: dict[str, Any]) -> None:
    del document["value"][1]


def _renamed(exchange: Exchange, document: dict[str, Any]) -> None:
    for row in document["value"]:
        name = "Value" if "Value" in row else list(row)[-1]
        row["Renamed"] = row.pop(name)


def _other_type(exchange: Exchange, document: dict[str, Any]) -> None:
    for row in document["value"]:
        for name, value in row.items():
            if isinstance(value, int | float):
                row[name] = str(value)


def _count_moved(exchange: Exchange, document: dict[str, Any]) -> None:
    about = document["value"][0] if "value" in document else document
    name = next(each for each in about if each in ("RecordCount", "ObservationCount"))
    about[name] += 1


def _no_list(exchange: Exchange, document: dict[str, Any]) -> None:
    document["value"] = {str(n): row for n, row in enumerate(document["value"])}


def _feature_lost(exchange: Exchange, document: dict[str, Any]) -> None:
    del document["features"][0]


def _swapped(exchange: Exchange, document: dict[str, Any]) -> None:
    for feature in document["features"]:
        for ring in feature["geometry"]["coordinates"]:
            for point in ring:
                point.reverse()


def _link_to(link: Callable[[Exchange, str], str]) -> Callable[..., Answer]:
    def change(exchange: Exchange, document: dict[str, Any]) -> None:
        name = _link(document)
        document[name] = link(exchange, document[name])

    return _document(change)


def _redirect(place: Callable[[Exchange], str]) -> Callable[[Exchange, Answer], Answer]:
    def change(exchange: Exchange, answer: Answer) -> Answer:
        return Answer(b"", "text/plain", 302, {"Location": place(exchange)})

    return change


_MOVED = "moved=1"


def _moved_on(exchange: Exchange) -> str:
    incoming = exchange.incoming
    return f"{incoming.path}?{quote(incoming.query, safe='=&$')}&{_MOVED}"


def _cut(exchange: Exchange, answer: Answer) -> Answer:
    return replace(answer, body=answer.body[: len(answer.body) // 2])


_answer("cut, length right", "Half the text, with a Content-Length that fits the half.", _cut)
_answer(
    "HTML with 200",
    "A maintenance page in HTML, with status 200.",
    lambda _, __: Answer(_HTML, "text/html"),
)
_answer(
    "HTML as data",
    "A maintenance page in HTML, with status 200 and the content type of data.",
    lambda _, a: replace(a, body=_HTML),
)
_answer(
    "wrong content type",
    "The right body under the content type of a web page.",
    lambda _, a: replace(a, content_type="text/html"),
)
_answer("empty body", "Status 200 and nothing else.", lambda _, a: replace(a, body=b""))
_answer(
    "deep nesting",
    "100,000 brackets inside each other.",
    lambda _, a: replace(a, body=b'{"value":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
)
_answer("page twice", "A page holds the rows of the page before it.", _document(_page_twice))
_answer("page lost", "The link to the next page passes over one.", _document(_page_lost))
_answer("row lost", "A page misses a row.", _document(_row_lost))
_answer("column renamed", "A column has another name on one page.", _document(_renamed))
_answer("other type", "The numbers of one page come as text.", _document(_other_type))
_answer("count moved", "The table tells of one row more than it has.", _document(_count_moved))
_answer(
    "object, no list",
    "The rows of a page are an object instead of a list, as in exports of the portal.",
    _document(_no_list),
)
_answer(
    "link to another host",
    "The link to the next page leads to another host.",
    _link_to(lambda e, link: e.other_host + link[len(e.incoming.base) :]),
)
_answer(
    "link to plain http",
    "The link to the next page is plain http, on the source's official host.",
    _link_to(lambda e, link: "http://opendata.cbs.nl" + link[len(e.incoming.base) :]),
)
_answer(
    "link to a file",
    "The link to the next page is a path on the reader's own machine.",
    _link_to(lambda _, __: "file:///etc/passwd"),
)
_answer(
    "link with a user",
    "The link to the next page puts the right host where a user name goes.",
    _link_to(lambda e, _: e.incoming.base + "@" + e.other_host.partition("//")[2] + "/x"),
)
_answer(
    "link in a circle",
    "The link to the next page leads to the page itself.",
    _link_to(lambda e, _: e.incoming.base + e.incoming.target),
)
_answer(
    "links without end",
    "The link to the next page leads to the same page under ever another address.",
    _link_to(lambda e, _: f"{e.incoming.base}{e.incoming.path}?{e.incoming.query}&again=1"),
)
_answer(
    "redirect to another host",
    "A redirect leads to another host.",
    _redirect(lambda e: e.other_host + e.incoming.target),
)
_answer(
    "redirect to plain http",
    "A redirect leads to plain http, on the source's official host.",
    _redirect(lambda e: "http://opendata.cbs.nl" + e.incoming.target),
)
_answer(
    "redirect on the host",
    "A redirect leads to another address on the same host, which has the answer.",
    lambda e, a: a if _MOVED in e.incoming.query else _redirect(_moved_on)(e, a),
)
_answer(
    "redirect in a circle",
    "A redirect leads to the same address.",
    _redirect(lambda e: e.incoming.target),
)
_answer(
    "feature lost", "A feature is missing, while the count still has it.", _document(_feature_lost)
)
_answer("latitude first", "Coordinates come with latitude before longitude.", _document(_swapped))


# --- the source itself


@_fault("table replaced", "From this request on the table is a newer one.")
async def _replaced(exchange: Exchange, answer: Answer) -> Answer:
    exchange.replace_source(2)
    return exchange.healthy(exchange.incoming)


@_fault("table replaced each time", "The table is replaced again during each reading.")
async def _replaced_always(exchange: Exchange, answer: Answer) -> Answer:
    exchange.replace_source(0)
    return exchange.healthy(exchange.incoming)


# --- XML


_RECORD = re.compile(rb"<record>.*?</record>", re.DOTALL)


def _first_record(again: bytes) -> Callable[[Exchange, Answer], Answer]:
    """A page of a search whose first record is written differently."""
    return lambda _, a: replace(a, body=_RECORD.sub(again, a.body, count=1))


_answer("record lost", "A page of a search misses a record.", _first_record(b""))
_answer("record twice", "A page of a search has a record twice.", _first_record(rb"\g<0>\g<0>"))


def _with_doctype(doctype: str, text: str) -> Callable[[Exchange, Answer], Answer]:
    """The entity is used at the start of the root element, where every reader meets it."""

    def change(exchange: Exchange, answer: Answer) -> Answer:
        xml = answer.body.decode()
        declaration, _, rest = xml.partition("?>")
        root, bracket, content = rest.partition(">")
        return replace(
            answer, body=f"{declaration}?>{doctype}{root}{bracket}{text}{content}".encode()
        )

    return change


_LOL = "".join(
    f'<!ENTITY {name} "{f"&{part};" * 10}">'
    for part, name in zip("abcdefgh", "bcdefghi", strict=True)
)
_answer(
    "entity expansion",
    "Entities that unfold to gigabytes (billion laughs).",
    _with_doctype(f'<!DOCTYPE x [<!ENTITY a "{"A" * 1000}">{_LOL}]>', "&i;"),
)
_answer(
    "external entity",
    "An entity that stands for a file of the reader's own machine.",
    _with_doctype('<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname">]>', "&f;"),
)
_answer(
    "external DTD",
    "A document type that is to be fetched from elsewhere.",
    lambda e, a: _with_doctype(f'<!DOCTYPE x SYSTEM "{e.other_host}/x.dtd">', "")(e, a),
)


def reset_socket(transport: asyncio.Transport) -> None:
    """Close so that the other side sees a reset, not an end."""
    sock = transport.get_extra_info("socket")
    if sock is not None and sock.fileno() >= 0:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def _gzip(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=31)
    return packer.compress(body) + packer.flush()


@cache
def _bomb_body() -> bytes:
    packer, blanks = zlib.compressobj(wbits=31), b" " * 2**20
    start = packer.compress(b'{"value":[')
    pieces = [packer.compress(blanks) for _ in range(BOMB // len(blanks))]
    return b"".join((start, *pieces, packer.flush()))
