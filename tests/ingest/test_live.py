"""What goes wrong on the way from an official endpoint, one by one: the right body, or a code."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest

from assets.ingest.archive import Archive
from assets.ingest.messages import Earlier, Request, Streamed
from assets.ingest.origins.live import LiveOrigin
from assets.ingest.origins.sample import SampleOrigin
from assets.ingest.registry import Source, sources
from assets.ingest.source_limits import SourceLimits, may_request
from expectations.errors import VoorkantError

JOBS = sources()["cbs_jobs"]
CITED = sources()["cited_figures"]
SPUK = sources()["spuk_iza"]
INFOS = Request("83583NED/TableInfos", f"{JOBS.base_url}/83583NED/TableInfos?$format=json")
JSON = {"content-type": "application/json;odata=minimalmetadata"}
Answer = Callable[[httpx2.Request], httpx2.Response]


def clock() -> datetime:
    return datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def live(
    tmp_path: Path, answer: Answer, monotonic: Callable[[], float] = time.monotonic
) -> tuple[LiveOrigin, list[float]]:
    naps: list[float] = []
    client = httpx2.Client(transport=httpx2.MockTransport(answer))
    origin = LiveOrigin(SampleOrigin(tmp_path), clock, client, naps.append, monotonic)
    return origin, naps


def answering(*answers: httpx2.Response | Exception) -> Answer:
    """Gives these answers in turn."""
    left: Iterator[httpx2.Response | Exception] = iter(answers)

    def answer(_: httpx2.Request) -> httpx2.Response:
        following = next(left)
        if isinstance(following, Exception):
            raise following
        return following

    return answer


class _Raw(httpx2.SyncByteStream):
    """Bytes as they travel, in pieces."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        yield from self.pieces


def raw(*pieces: bytes, **headers: str) -> httpx2.Response:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx2.Response(200, stream=_Raw(*pieces), headers={**JSON, **given})


def ok(body: bytes = b'{"value":[]}', **headers: str) -> httpx2.Response:
    """A whole answer, unless these headers say otherwise."""
    return raw(body, **{"content_length": str(len(body)), **headers})


def limited(**limits: float) -> Source:
    return JOBS.model_copy(update={"limits": SourceLimits.model_validate(limits)})


def error_of(call: Callable[[], object]) -> VoorkantError:
    with pytest.raises(VoorkantError) as error:
        call()
    return error.value


def code_of(tmp_path: Path, *answers: httpx2.Response | Exception, source: Source = JOBS) -> str:
    """The code of these answers, after making sure that the archive holds nothing of them."""
    origin, _ = live(tmp_path, answering(*answers))
    archive = Archive(tmp_path / "archive")
    error = error_of(lambda: origin.stream(source, INFOS, archive.writer, None, lambda _: None))
    assert [path for path in archive.root.rglob("*") if path.is_file()] == []
    assert source.id in error.where or source.id in error.outcome
    return error.code


# --- what is asked and what is kept


def test_live_gives_the_body_as_served_and_says_who_asks(tmp_path: Path) -> None:
    requests: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        requests.append(request)
        return ok(b"{}", etag='"1"', set_cookie="session=secret")

    origin, _ = live(tmp_path, answer)
    response = origin.fetch(JOBS, INFOS)
    assert (response.status, response.body) == (200, b"{}")
    assert response.content_type == JSON["content-type"]
    assert response.headers == {"etag": '"1"', "content-length": "2"}
    assert requests[0].headers["user-agent"].startswith("voorkant/")
    assert requests[0].headers["accept"] == "application/json"
    assert origin.retrieved_at() == "2026-01-02T03:04:05+00:00"


def test_live_answers_the_projects_own_tables_as_the_sample_does(tmp_path: Path) -> None:
    (tmp_path / "figures").mkdir()
    (tmp_path / "sample.yaml").write_text("retrieved_at: '2026-11-21T00:00:00Z'\n", "utf-8")
    (tmp_path / "figures/workforce.csv").write_text("a\n1\n", "utf-8")
    origin, _ = live(tmp_path, lambda _: pytest.fail("no endpoint has a cited figure"))
    request = Request("workforce", "sample/figures/workforce.csv")
    assert origin.fetch(CITED, request) == SampleOrigin(tmp_path).fetch(CITED, request)


def test_an_earlier_answer_is_confirmed_instead_of_sent_again(tmp_path: Path) -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        assert request.headers["if-none-match"] == '"1"'
        assert request.headers["if-modified-since"] == "Fri, 02 Jan 2026 00:00:00 GMT"
        return httpx2.Response(304, headers={"etag": '"1"'})

    origin, _ = live(tmp_path, answer)
    headers = {"etag": '"1"', "last-modified": "Fri, 02 Jan 2026 00:00:00 GMT"}
    earlier = Earlier("ab", 12, "application/json", headers)
    came = origin.stream(JOBS, INFOS, lambda: pytest.fail("no body"), earlier, lambda _: None)
    assert came == Streamed(304, "application/json", "ab", 12, headers, 0)


def test_a_304_that_nobody_asked_for_is_no_answer(tmp_path: Path) -> None:
    assert code_of(tmp_path, httpx2.Response(304)) == "VK-S001"


# --- where it may be asked


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.nl/x",
        "http://opendata.cbs.nl/x",
        "https://opendata.cbs.nl:8443/x",
        "https://opendata.cbs.nl@elsewhere.nl/x",
        "https://user:word@opendata.cbs.nl/x",
        "https://opendata.cbs.nl.elsewhere.nl/x",
        "https://169.254.169.254/latest",
        "https://opendata.cbs.nl:x/",
        "//opendata.cbs.nl/x",
        "file:///etc/passwd",
    ],
)
@pytest.mark.parametrize("redirected", [False, True])
def test_only_the_hosts_of_the_source_are_asked(tmp_path: Path, url: str, redirected: bool) -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        assert (request.url.host, request.url.port) == ("opendata.cbs.nl", None)
        assert request.url.scheme == "https"
        assert redirected
        return httpx2.Response(302, headers={"location": url})

    if redirected and url.startswith("//"):
        return  # relative to https: the same host
    origin, _ = live(tmp_path, answer)
    request = INFOS if redirected else Request(INFOS.name, url, page=2)
    error = error_of(lambda: origin.fetch(JOBS, request))
    assert error.code == "VK-S002"
    assert "word" not in str(error)


def test_this_machine_may_be_asked_without_https_when_the_source_says_so() -> None:
    assert may_request("http://127.0.0.1:8000/x", ("127.0.0.1",))
    assert may_request("http://localhost:8000/x", ("localhost:8000",))
    assert not may_request("http://localhost:8001/x", ("localhost:8000",))
    assert not may_request("http://127.0.0.1:8000/x", ("opendata.cbs.nl",))
    assert not may_request("http://opendata.cbs.nl/x", ("opendata.cbs.nl",))


def test_a_redirect_within_the_source_is_followed_but_not_for_ever(tmp_path: Path) -> None:
    def once(request: httpx2.Request) -> httpx2.Response:
        if request.url.path == "/moved":
            return ok(b"{}")
        return httpx2.Response(301, headers={"location": "/moved"})

    response = live(tmp_path, once)[0].fetch(JOBS, INFOS)
    assert response.body == b"{}"
    assert response.headers["redirected-to"] == "https://opendata.cbs.nl/moved"
    origin, _ = live(tmp_path, lambda _: httpx2.Response(301, headers={"location": "/again"}))
    assert error_of(lambda: origin.fetch(JOBS, INFOS)).code == "VK-S001"


# --- trying again


@pytest.mark.parametrize(("status", "tries"), [(404, 1), (204, 1), (400, 1), (429, 3), (503, 3)])
def test_a_status_other_than_200_is_no_answer(tmp_path: Path, status: int, tries: int) -> None:
    origin, naps = live(tmp_path, lambda _: httpx2.Response(status))
    error = error_of(lambda: origin.fetch(JOBS, INFOS))
    assert error.code == "VK-S001"
    assert f"status {status}" in error.problem
    assert error.where == f"cbs_jobs, 83583NED/TableInfos, page 1, {INFOS.url}"
    assert naps == [2.0, 4.0][: tries - 1]


def test_a_source_that_recovers_is_answered_in_the_end(tmp_path: Path) -> None:
    answers = answering(httpx2.ConnectError("down"), httpx2.Response(503), ok(b"{}"))
    origin, naps = live(tmp_path, answers)
    response = origin.fetch(JOBS, INFOS)
    assert (response.body, response.retries) == (b"{}", 2)
    assert naps == [2.0, 4.0]


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("Fri, 02 Jan 2026 03:04:35 GMT", 30.0),
        ("Fri, 02 Jan 2026 03:04:00 GMT", 0.0),
        ("soon", 2.0),
    ],
)
def test_the_time_that_a_source_asks_for_is_kept(
    tmp_path: Path, header: str, seconds: float
) -> None:
    busy = httpx2.Response(429, headers={"retry-after": header})
    origin, naps = live(tmp_path, answering(busy, ok()))
    assert origin.fetch(JOBS, INFOS).retries == 1
    assert naps == [seconds]


def test_a_source_that_wants_to_be_left_alone_for_long_is_left_alone(tmp_path: Path) -> None:
    busy = httpx2.Response(429, headers={"retry-after": "86400"})
    origin, naps = live(tmp_path, answering(busy, ok()))
    error = error_of(lambda: origin.fetch(JOBS, INFOS))
    assert error.code == "VK-S001"
    assert "come back in 86,400 seconds" in error.problem
    assert naps == []


def test_a_source_that_cannot_be_reached_is_told_without_secrets(tmp_path: Path) -> None:
    def answer(_: httpx2.Request) -> httpx2.Response:
        raise httpx2.ProxyError("no way through http://user:word@proxy:3128")

    origin, naps = live(tmp_path, answer)
    error = error_of(lambda: origin.fetch(JOBS, INFOS))
    assert error.code == "VK-S003"
    assert "word" not in str(error)
    assert len(naps) == 2


def test_a_wait_can_be_ended(tmp_path: Path) -> None:
    class StoppedError(Exception):
        pass

    def received(_: int) -> None:
        raise StoppedError

    client = httpx2.Client(transport=httpx2.MockTransport(lambda _: httpx2.Response(503)))
    origin = LiveOrigin(SampleOrigin(tmp_path), clock, client)
    archive = Archive(tmp_path / "archive")
    with pytest.raises(StoppedError):
        origin.stream(JOBS, INFOS, archive.writer, None, received)


# --- bodies that are not whole, or not what was asked for


@pytest.mark.parametrize(
    "half",
    [
        ok(b'{"value":[1,', content_length="12"),
        ok(b'{"value":[]}', content_length="99"),
        ok(gzip.compress(b'{"value":[]}')[:-6], content_encoding="gzip", content_length="26"),
        ok(b""),
        ok(b"  \r\n"),
    ],
    ids=["JSON without end", "fewer bytes", "gzip without end", "empty", "blank"],
)
def test_half_an_answer_is_asked_again(tmp_path: Path, half: httpx2.Response) -> None:
    complete = b'{"value":[1]}'
    origin, naps = live(tmp_path, answering(half, ok(complete)))
    assert origin.fetch(JOBS, INFOS).body == complete
    assert naps == [2.0]


def test_half_an_answer_is_never_kept(tmp_path: Path) -> None:
    assert code_of(tmp_path, *(ok(b'{"value":[') for _ in range(3))) == "VK-S003"


@pytest.mark.parametrize(
    "other",
    [
        ok(b"<!DOCTYPE html><title>Onderhoud</title>"),
        ok(b"{}", content_type="text/html; charset=utf-8"),
        ok(b"{}", content_type="image/png"),
        ok(b"ID;Naam\r\n1;x\r\n"),
        ok(b"{}", content_encoding="br"),
        ok(b"not gzip at all", content_encoding="gzip"),
    ],
    ids=["HTML with 200", "says HTML", "says image", "CSV", "unknown packing", "no gzip"],
)
def test_another_form_is_refused_at_once(tmp_path: Path, other: httpx2.Response) -> None:
    assert code_of(tmp_path, other) == "VK-S004"


def test_a_regulation_may_not_be_a_web_page(tmp_path: Path) -> None:
    page = ok(b"<html>", content_type="text/html")
    origin, _ = live(tmp_path, answering(page))
    request = Request("BWBR0048411/manifest", f"{SPUK.base_url}/BWBR0048411/manifest.xml")
    assert error_of(lambda: origin.fetch(SPUK, request)).code == "VK-S004"


def test_a_packed_answer_is_kept_unpacked(tmp_path: Path) -> None:
    body = json.dumps({"value": ["é" * 1000] * 1000}).encode()
    packed = gzip.compress(body[:500_000]) + gzip.compress(body[500_000:])
    pieces = [packed[n : n + 1000] for n in range(0, len(packed), 1000)]
    answer = raw(*pieces, content_encoding="gzip", content_length=str(len(packed)))
    response = live(tmp_path, answering(answer))[0].fetch(JOBS, INFOS)
    assert response.body == body
    assert response.headers["content-length"] == str(len(packed))


def test_a_bomb_is_stopped_at_the_limit(tmp_path: Path) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    assert len(bomb) < 100_000
    packed = [bomb[n : n + 4096] for n in range(0, len(bomb), 4096)]
    answer = raw(*packed, content_encoding="gzip")
    assert code_of(tmp_path, answer, source=limited(max_response_bytes=1_000_000)) == "VK-S010"


@pytest.mark.parametrize("found", [True, False])
def test_an_oversize_body_is_stopped_at_the_limit(tmp_path: Path, found: bool) -> None:
    body = _Raw(*[b"{" * 1000] * 1000)
    answer = raw(content_length="1000000") if found else raw()
    answer.stream = body
    assert code_of(tmp_path, answer, source=limited(max_response_bytes=10_000)) == "VK-S010"


def test_a_body_that_drips_is_given_up(tmp_path: Path) -> None:
    ticks = iter(range(0, 10_000, 10))
    slow = [raw(*[b"{"] * 100) for _ in range(3)]
    origin, naps = live(tmp_path, answering(*slow), monotonic=lambda: float(next(ticks)))
    error = error_of(lambda: origin.fetch(limited(max_seconds=60), INFOS))
    assert error.code == "VK-S003"
    assert "60 seconds" in error.problem
    assert len(naps) == 2


def test_no_more_answers_at_a_time_than_the_source_allows(tmp_path: Path) -> None:
    now, most, lock = 0, 0, threading.Lock()

    def answer(_: httpx2.Request) -> httpx2.Response:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.02)
        with lock:
            now -= 1
        return ok()

    origin, _ = live(tmp_path, answer)
    source = limited(concurrency=2)
    threads = [threading.Thread(target=origin.fetch, args=(source, INFOS)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 2


def test_a_body_goes_into_the_archive_piece_by_piece(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive")
    seen: list[int] = []
    origin, _ = live(tmp_path, answering(raw(b'{"value":', b"[1,2", b"]}")))
    came = origin.stream(JOBS, INFOS, archive.writer, None, seen.append)
    assert seen == [9, 13, 15]
    assert archive.read(came.sha256) == b'{"value":[1,2]}'
