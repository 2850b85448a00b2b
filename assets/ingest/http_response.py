"""What an answer over HTTP must be before anyone takes it for an answer: pure checks of its parts.

What belongs here: headers to send and to keep, `Retry-After`, unpacking within limits, and telling a
whole body of the right form from half a one or an error page. What does not: connections and
tries (`origins/live.py`).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from assets.ingest.connectors.bodies import not_its_format
from assets.ingest.kinds import KINDS, Media
from assets.ingest.messages import Earlier, Request
from assets.ingest.registry import Source
from expectations.errors import VoorkantError

KEPT = ("etag", "last-modified", "content-length", "content-encoding")

_NEUTRAL = ("", "text/plain", "application/octet-stream", "binary/octet-stream")
_PIECE = 1 << 18
_HEAD = 400


def media(source: Source, request: Request) -> Media:
    """The form that an answer must have."""
    return KINDS[source.kind].media if request.media == "any" else request.media


def request_headers(source: Source, request: Request, earlier: Earlier | None) -> dict[str, str]:
    """What is sent besides the names of host and client. earlier: is its body still the answer?"""
    headers = {
        "Accept": "application/json" if media(source, request) == "json" else "*/*",
        "Accept-Encoding": "gzip",  # the one packing that is undone here, within limits
    }
    known = earlier.headers if earlier else {}
    if "etag" in known:
        headers["If-None-Match"] = known["etag"]
    if "last-modified" in known:
        headers["If-Modified-Since"] = known["last-modified"]
    return headers


def kept_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers that matter later; others may hold cookies and are never kept."""
    return {name: headers[name] for name in KEPT if name in headers}


def retry_after(header: str | None, now: datetime) -> float | None:
    """The seconds that a source asks to wait, told as seconds or as a date; None when it is neither."""
    if header is None:
        return None
    if header.strip().isdecimal():
        return float(header)
    try:
        then = parsedate_to_datetime(header)
    except ValueError:
        return None
    aware = then if then.tzinfo else then.replace(tzinfo=UTC)
    return max(0.0, (aware - now).total_seconds())


def place(source: Source, request: Request) -> str:
    """Where something went wrong: source, name, page and address."""
    return f"{source.id}, {request.name}, page {request.page}, {request.url}"


def not_captured(source: Source) -> str:
    """What every failure of an origin means."""
    return f"The source {source.id} was not captured; the previous capture stays in use."


class BodyCheck:
    """Looks at a body while it passes: its size, its form, and whether it is whole.

    Raises VK-S010 when there is too much of it and VK-S004 when it is something else.
    """

    def __init__(self, source: Source, request: Request, headers: Mapping[str, str]) -> None:
        self._source = source
        self._request = request
        self._type = headers.get("content-type", "").partition(";")[0].strip().lower()
        self._media = media(source, request)
        self._packed = 0
        self._size = 0
        self._head = b""
        self._tail = b""
        length = headers.get("content-length", "")
        self._promised = int(length) if length.isdecimal() else None
        coding = headers.get("content-encoding", "identity").strip().lower()
        self._gzip = zlib.decompressobj(31) if coding in ("gzip", "x-gzip") else None
        if self._gzip is None and coding not in ("identity", ""):
            raise self._wrong(f"The answer is packed as {coding}, which was not asked for.")
        self._limit(self._promised or 0)

    def unpacked(self, packed: bytes) -> Iterator[bytes]:
        """The body itself, in pieces of bounded size whatever is packed in them."""
        self._packed += len(packed)
        self._limit(self._packed)
        for piece in self._pieces(packed):
            self._size += len(piece)
            self._limit(self._size)
            seen = len(self._head)
            self._head += piece[: _HEAD - seen]
            self._tail = (self._tail + piece)[-64:]
            if seen < _HEAD <= len(self._head):
                self._look()
            yield piece

    def incomplete(self) -> str:
        """After the last byte: why this is not the whole body; empty when it is."""
        if self._promised is not None and self._packed != self._promised:
            return f"{self._packed:,} of {self._promised:,} bytes came"
        if self._gzip is not None and self._packed and not self._gzip.eof:
            return "the packed answer ends before its end"
        end = self._tail.rstrip()
        if not end:
            return "the answer is empty"
        self._look()
        ends = {"json": (b"}", b"]"), "xml": (b">",)}.get(self._media)
        if ends and not end.endswith(ends):
            return f"the answer ends before its end, with {end[-20:].decode('utf-8', 'replace')!r}"
        return ""

    def _pieces(self, packed: bytes) -> Iterator[bytes]:
        if self._gzip is None:
            yield packed
            return
        piece = b""
        while packed or len(piece) == _PIECE:  # a full piece may have more behind it
            try:
                piece = self._gzip.decompress(packed, _PIECE)
            except zlib.error as error:
                raise self._wrong("The answer says it is gzip and is not.") from error
            if piece:
                yield piece
            packed = self._gzip.unconsumed_tail
            if self._gzip.eof and self._gzip.unused_data:  # several members make one body
                packed = self._gzip.unused_data
                self._gzip = zlib.decompressobj(31)

    def _look(self) -> None:
        """Whether the start of the body can be what was asked for."""
        start = self._head.removeprefix(b"\xef\xbb\xbf").lstrip()
        page = start[:15].lower().startswith((b"<!doctype html", b"<html"))
        wanted = self._media
        if page and wanted != "any":
            raise self._wrong("The answer is a web page.")
        if wanted in ("json", "xml") and self._type not in _NEUTRAL and wanted not in self._type:
            raise self._wrong(f"The answer is {self._type}, not {wanted}.")
        begins = {"json": (b"{", b"["), "xml": (b"<", b"\xff\xfe", b"\xfe\xff")}.get(wanted)
        if begins and start and not start.startswith(begins):
            raise self._wrong(f"The answer is not {wanted.upper()}.")

    def _limit(self, size: int) -> None:
        most = self._source.limits.max_response_bytes
        if size > most:
            raise VoorkantError(
                "VK-S010",
                problem=f"The answer is larger than {most:,} bytes.",
                where=place(self._source, self._request),
                outcome=not_captured(self._source),
                remedy="Look what is served there. When the table has grown so much, raise "
                "`limits: {max_response_bytes: …}` in its source.yaml.",
            )

    def _wrong(self, why: str) -> VoorkantError:
        source, request = self._source, self._request
        return not_its_format(source.id, request.name, request.page, self._head, why, request.url)
