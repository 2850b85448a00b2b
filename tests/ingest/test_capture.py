"""Capturing a source over HTTP: one snapshot or none, nothing lost on the way, compared before use."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
import polars as pl
import pytest

from assets.ingest.archive import Archive
from assets.ingest.capture import capture, take
from assets.ingest.capture_attempt import summary_of
from assets.ingest.capture_fetch import Progress
from assets.ingest.connectors import connector, odata_v3
from assets.ingest.connectors.snapshots import Keys
from assets.ingest.messages import Request, side_by_side
from assets.ingest.origins.live import LiveOrigin
from assets.ingest.origins.sample import SampleOrigin
from assets.ingest.registry import Source, sources
from expectations.errors import VoorkantError
from expectations.paths import ROOT

BASE = "https://opendata.cbs.nl/ODataFeed/odata"
SIZE = 2


def source(*tables: str, kind: str = "odata_v3", base: str = BASE, **more: Any) -> Source:
    return Source.model_validate(
        {
            "id": "numbers",
            "kind": kind,
            "producer": "CBS",
            "title": "Numbers",
            "about": "",
            "base_url": base,
            "hosts": ["opendata.cbs.nl", "127.0.0.1"],
            "licence": "CC-BY-4.0",
            "attribution": "",
            "cadence": "daily",
            "tables": [
                {"id": id_, "title": id_, "status": "confirmed", "entities": ["Gemeenten"]}
                for id_ in tables or ("10000NED",)
            ],
            **more,
        }
    )


def rows(*numbers: int) -> list[dict[str, Any]]:
    return [{"ID": n, "Gemeenten": f"GM{n:04}    ", "Aantal_1": n * 1.5} for n in numbers]


@dataclass
class Cbs:
    """A table of five rows on three pages, served to anyone. before: gets each request first."""

    rows: list[dict[str, Any]] = field(default_factory=lambda: rows(1, 2, 3, 4, 5))
    modified: str = "2026-01-01"
    promised: int | None = None
    titles: tuple[str, ...] = ("Gemeenten", "Aantal")
    etag: bool = False
    requests: list[str] = field(default_factory=list)
    sent: list[int] = field(default_factory=list)
    before: Callable[[str], httpx2.Response | None] = lambda _: None

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        entity = request.url.path.rpartition("/")[2]
        page = int(request.url.params.get("$skip", 0)) // SIZE + 1
        place = f"{entity} {page}"
        self.requests.append(place)
        if answer := self.before(place):
            return answer
        body = json.dumps(self.document(request, entity, page)).encode()
        headers = {"content-type": "application/json", "set-cookie": "secret=1"}
        if self.etag:
            headers["etag"] = f'"{hash(body)}"'
            if request.headers.get("if-none-match") == headers["etag"]:
                self.sent.append(304)
                return httpx2.Response(304, headers=headers)
        self.sent.append(200)
        return httpx2.Response(200, stream=httpx2.ByteStream(body), headers=headers)

    def document(self, request: httpx2.Request, entity: str, page: int) -> dict[str, Any]:
        if entity == "TableInfos":
            count = len(self.rows) if self.promised is None else self.promised
            id_ = request.url.path.split("/")[-2]
            about = {"Identifier": id_, "Title": "Numbers", "Modified": self.modified}
            return {"value": [{**about, "RecordCount": count}]}
        if entity == "DataProperties":
            dimension, topic = self.titles
            return {
                "value": [
                    {"ID": 0, "Type": "GeoDimension", "Key": "Gemeenten", "Title": dimension},
                    {"ID": 1, "Type": "Topic", "Key": "Aantal_1", "Title": topic},
                ]
            }
        if entity == "Gemeenten":
            return {
                "value": [{"Key": row["Gemeenten"], "Title": "x"} for row in rows(1, 2, 3, 4, 5)]
            }
        first = (page - 1) * SIZE
        answer: dict[str, Any] = {"value": self.rows[first : first + SIZE]}
        if first + SIZE < len(self.rows):
            answer["odata.nextLink"] = f"{str(request.url).partition('?')[0]}?$skip={first + SIZE}"
        return answer


class Clock:
    """A day later each time it is asked."""

    def __init__(self) -> None:
        self.days = 0

    def __call__(self) -> datetime:
        self.days += 1
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=self.days)


CLOCK = Clock()


def live(cbs: Cbs, tmp_path: Path) -> LiveOrigin:
    client = httpx2.Client(transport=httpx2.MockTransport(cbs))
    return LiveOrigin(SampleOrigin(tmp_path), CLOCK, client, lambda _: None)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "state" / "archive")


def failing(cbs: Cbs, archive: Archive, where: Source | None = None) -> VoorkantError:
    with pytest.raises(VoorkantError) as error:
        capture(where or source(), live(cbs, archive.root), archive)
    assert list(archive.incoming.glob("*")) == []
    return error.value


# --- one snapshot or none


def test_pages_of_one_table_are_recorded_with_their_evidence(archive: Archive) -> None:
    cbs = Cbs(etag=True)
    taken = take(source(), live(cbs, archive.root), archive)
    pages = taken.capture.named("10000NED/TypedDataSet")
    assert [(e.page, e.rows, e.status) for e in pages] == [(1, 2, 200), (2, 2, 200), (3, 1, 200)]
    assert pages[1].url == f"{BASE}/10000NED/TypedDataSet?$skip=2"
    assert all(e.published_at == "2026-01-01" and e.retrieved_at for e in pages)
    assert set(pages[0].headers) == {"etag"}
    assert "secret" not in archive.log.read_text("utf-8")
    assert cbs.requests[-1] == "TableInfos 1"  # once more, after the last page
    assert archive.captures("numbers") == [taken.capture]
    frame = odata_v3.read_entity(archive, taken.capture, "10000NED/TypedDataSet")
    assert frame["ID"].to_list() == ["1", "2", "3", "4", "5"]


def again_and_again(page: str, change: Callable[[Cbs], None], cbs: Cbs, times: int) -> None:
    """Change the table just before this page is asked, so many times."""
    left = [change] * times

    def before(place: str) -> None:
        if place == page and left:
            left.pop()(cbs)

    cbs.before = before


def moved(cbs: Cbs) -> None:
    cbs.modified = f"2026-01-{len(cbs.requests):02}"


def doubled(cbs: Cbs) -> None:
    cbs.rows = rows(1, 2, 3, 4, 3)


def other_numbers(cbs: Cbs) -> None:
    cbs.rows = [*rows(1, 2, 3, 4), {**rows(3)[0], "ID": 9}]


def shrunk(cbs: Cbs) -> None:
    cbs.rows = rows(1, 2, 3, 4)
    cbs.promised = 5


def mended(cbs: Cbs) -> None:
    cbs.rows, cbs.promised = rows(1, 2, 3, 4, 5), None


@pytest.mark.parametrize(
    ("change", "code"),
    [(moved, "VK-S008"), (doubled, "VK-S008"), (other_numbers, "VK-S008"), (shrunk, "VK-S005")],
)
def test_a_table_that_does_not_fit_together_is_read_again_and_then_refused(
    archive: Archive, change: Callable[[Cbs], None], code: str
) -> None:
    cbs = Cbs()
    again_and_again("TypedDataSet 3", change, cbs, times=99)
    error = failing(cbs, archive)
    assert error.code == code
    assert "10000NED" in error.where
    assert cbs.requests.count("TypedDataSet 1") == 3
    assert archive.latest("numbers") is None
    summary = summary_of(archive, "numbers")
    assert summary
    assert (summary["outcome"], summary["error"]["code"]) == ("failed", code)


@pytest.mark.parametrize("change", [moved, doubled, other_numbers, shrunk])
def test_a_table_that_settles_is_taken_in_the_end(
    archive: Archive, change: Callable[[Cbs], None]
) -> None:
    cbs = Cbs()
    changes = [change]

    def before(place: str) -> None:
        if place == "TypedDataSet 3" and changes:
            changes.pop()(cbs)
        elif place == "TypedDataSet 1" and not changes:
            mended(cbs)

    cbs.before = before
    taken = capture(source(), live(cbs, archive.root), archive)
    assert cbs.requests.count("TypedDataSet 1") == 2
    frame = odata_v3.read_entity(archive, taken, "10000NED/TypedDataSet")
    assert frame["ID"].to_list() == ["1", "2", "3", "4", "5"]
    assert len(taken.named("10000NED/TypedDataSet")) == 3


def test_observations_are_unique_by_their_id() -> None:
    keys = Keys("Id", ())
    keys.add(pl.DataFrame({"Id": ["1", "2"]}))
    assert keys.twice() == ""
    keys.add(pl.DataFrame({"Id": ["2"]}))
    assert keys.twice() == "1 row numbers"


def test_a_key_that_is_not_there_is_not_judged() -> None:
    keys = Keys("ID", ("A", "B"))
    keys.add(pl.DataFrame({"A": ["1", "1"]}))
    keys.add(pl.DataFrame())
    assert keys.twice() == ""


def test_a_table_without_end_is_refused(archive: Archive) -> None:
    cbs = Cbs(rows=rows(*range(100)))
    small = source(limits={"max_pages": 3})
    assert failing(cbs, archive, small).code == "VK-S010"
    assert cbs.requests.count("TypedDataSet 4") == 0


def test_a_next_page_elsewhere_is_not_asked(archive: Archive) -> None:
    cbs = Cbs()
    link = {"value": rows(1), "odata.nextLink": "https://elsewhere.nl/next"}
    body = json.dumps(link).encode()
    cbs.before = lambda place: (
        httpx2.Response(200, stream=httpx2.ByteStream(body)) if place == "TypedDataSet 1" else None
    )
    assert failing(cbs, archive).code == "VK-S002"


# --- nothing is lost on the way


def test_the_next_run_goes_on_where_the_last_one_was(archive: Archive) -> None:
    cbs = Cbs()
    cbs.before = lambda place: httpx2.Response(503) if place == "TypedDataSet 3" else None
    assert failing(cbs, archive).code == "VK-S001"
    cbs.before, cbs.requests = (lambda _: None), []
    taken = take(source(), live(cbs, archive.root), archive)
    assert cbs.requests == ["TableInfos 1", "TypedDataSet 3", "TableInfos 1"]
    assert taken.summary["resumed"] == 4
    assert len(taken.capture.entries) == 6
    assert list((archive.root / "journal").glob("*")) == []


def test_pages_of_another_state_are_not_used(archive: Archive) -> None:
    cbs = Cbs()
    cbs.before = lambda place: httpx2.Response(503) if place == "TypedDataSet 3" else None
    failing(cbs, archive)
    cbs.before, cbs.requests, cbs.modified = (lambda _: None), [], "2026-02-01"
    assert take(source(), live(cbs, archive.root), archive).summary["resumed"] == 0
    assert cbs.requests.count("TypedDataSet 1") == 1


@pytest.mark.parametrize(
    "page",
    [b'{"value":{}}', b'{"value":[{"ID":1}],"odata.nextLink":"https://elsewhere.nl/"}'],
    ids=["no rows", "a link elsewhere"],
)
def test_a_page_that_was_refused_does_not_spoil_the_next_run(archive: Archive, page: bytes) -> None:
    cbs = Cbs()
    cbs.before = lambda place: (
        httpx2.Response(200, stream=httpx2.ByteStream(page)) if place == "TypedDataSet 2" else None
    )
    failing(cbs, archive)
    cbs.before = lambda _: None
    taken = capture(source(), live(cbs, archive.root), archive)
    assert len(taken.named("10000NED/TypedDataSet")) == 3


def test_the_summary_counts_the_attempt_that_failed_last(archive: Archive) -> None:
    """A resumed run that starts again from nothing, and fails again, has resumed nothing."""
    cbs = Cbs()
    cbs.before = lambda place: (
        httpx2.Response(200, stream=httpx2.ByteStream(b'{"value":{}}'))
        if place == "TypedDataSet 2"
        else None
    )
    failing(cbs, archive)
    first = summary_of(archive, source().id)
    failing(cbs, archive)
    second = summary_of(archive, source().id)
    assert first is not None and second is not None
    assert second["resumed"] == first["resumed"] == 0
    assert second["answers"] == first["answers"] > 0


def test_a_page_whose_body_is_gone_is_asked_again(archive: Archive) -> None:
    cbs = Cbs()
    cbs.before = lambda place: httpx2.Response(503) if place == "TypedDataSet 3" else None
    failing(cbs, archive)
    for path in (archive.root / "objects").rglob("*"):
        if path.is_file():
            path.write_bytes(b"")
    cbs.before = lambda _: None
    taken = take(source(), live(cbs, archive.root), archive)
    assert taken.summary["resumed"] == 0
    assert all(archive.read(entry.sha256) for entry in taken.capture.entries)


@pytest.mark.parametrize("tables", [("10000NED",), ("10000NED", "20000NED", "30000NED")])
def test_an_interruption_keeps_what_came(archive: Archive, tables: tuple[str, ...]) -> None:
    cbs = Cbs()

    def found(progress: Progress) -> None:
        if progress.request.name.endswith("TypedDataSet") and progress.request.page == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take(source(*tables), live(cbs, archive.root), archive, found)
    time.sleep(0.2)  # threads whose answer nobody waits for
    assert list(archive.incoming.glob("*")) == []
    assert archive.latest("numbers") is None
    assert take(source(*tables), live(cbs, archive.root), archive).summary["resumed"] >= 3


def test_what_did_not_change_is_not_sent_again(archive: Archive) -> None:
    cbs = Cbs(etag=True)
    first = take(source(), live(cbs, archive.root), archive)
    cbs.sent = []
    again = take(source(), live(cbs, archive.root), archive)
    assert cbs.sent.count(200) == 1  # the second look at TableInfos is never answered from memory
    assert again.summary["not_modified"] == 6
    assert again.summary["outcome"] == "unchanged"
    assert {entry.status for entry in again.capture.entries} == {304}
    assert again.capture.content() == first.capture.content()
    assert len(archive.captures("numbers")) == 2
    assert again.capture.entries[0].headers["etag"]


def test_tables_are_read_side_by_side_and_told_in_their_order(archive: Archive) -> None:
    now, most, lock = 0, 0, threading.Lock()

    def slow(_: str) -> None:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.01)
        with lock:
            now -= 1

    ids = tuple(f"{n}0000NED" for n in range(1, 7))
    taken = capture(
        source(*ids, limits={"concurrency": 3}), live(Cbs(before=slow), archive.root), archive
    )
    assert 1 < most <= 3
    assert list(dict.fromkeys(e.name.partition("/")[0] for e in taken.entries)) == list(ids)


def test_side_by_side_keeps_order_and_tells_the_first_failure() -> None:
    assert side_by_side(lambda n: n * 2, range(5), 3) == [0, 2, 4, 6, 8]
    assert side_by_side(lambda n: n * 2, range(5), 1) == [0, 2, 4, 6, 8]
    with pytest.raises(ZeroDivisionError):
        side_by_side(lambda n: 1 // n, [1, 0, 2], 2)


# --- compared before it is used


def test_a_required_difference_keeps_the_older_capture_in_use(archive: Archive) -> None:
    first = capture(source(), live(Cbs(), archive.root), archive)
    half = Cbs(rows=rows(1, 2, 3), modified="2026-02-01")
    error = failing(half, archive)
    assert error.code == "VK-S009"
    assert "5 rows last time, 3 now (-40.0%)" in error.problem
    assert archive.require("numbers") == first
    summary = summary_of(archive, "numbers")
    assert summary
    assert summary["outcome"] == "refused"
    assert summary["in_use"]["retrieved_at"] == first.retrieved_at
    (shrunk,) = [f for f in summary["findings"] if f["test"] == "shrinkage"]
    assert (shrunk["passed"], shrunk["required"], shrunk["severity"]) == (False, True, "critical")


def test_a_person_can_accept_it_and_the_log_says_so(archive: Archive) -> None:
    capture(source(), live(Cbs(), archive.root), archive)
    half = Cbs(rows=rows(1, 2, 3), modified="2026-02-01")
    failing(half, archive)
    taken = take(source(), live(half, archive.root), archive, accept=True)
    assert archive.require("numbers") == taken.capture
    assert taken.capture.accepted == ("shrinkage:10000NED",)


def test_a_renamed_column_must_be_judged_and_a_new_suffix_not(archive: Archive) -> None:
    capture(source(), live(Cbs(), archive.root), archive)
    renamed = Cbs(titles=("Gemeenten", "Hoeveelheid"), modified="2026-02-01")
    assert "columns" in failing(renamed, archive).problem


def test_a_capture_is_compared_with_its_own_origin(archive: Archive) -> None:
    capture(source(), live(Cbs(), archive.root), archive)

    class Other:
        name = "drop"

        def __init__(self) -> None:
            self.origin = live(Cbs(rows=rows(1)), archive.root)

        def fetch(self, source: Source, request: Request) -> Any:
            return self.origin.fetch(source, request)

        def retrieved_at(self) -> str:
            return "2026-03-01T00:00:00+00:00"

    taken = take(source(), Other(), archive)
    assert taken.summary["compared_with"] is None
    assert {f.test for f in taken.findings} == {"rows", "promised", "municipalities"}
    assert taken.summary["tables"][0]["municipalities"] == ("GM0001",)


def test_a_table_that_did_not_change_is_not_profiled_again(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    capture(source(), live(Cbs(), archive.root), archive)
    monkeypatch.setattr(
        "assets.ingest.capture_profile.connector", lambda _: pytest.fail("it was read again")
    )
    capture(source(), live(Cbs(), archive.root), archive)


# --- what will be asked


@pytest.mark.parametrize("id_", ["brede_spuk", "cbs_iv3", "cbs_jobs", "cbs_population"])
def test_the_plan_is_what_is_asked(id_: str, tmp_path: Path) -> None:
    wanted = sources()[id_]
    sample = SampleOrigin(ROOT / "sample")
    taken = capture(wanted, sample, Archive(tmp_path / "archive"))
    planned = [each.request for each in connector(wanted.kind).plan(wanted)]
    first = [(e.name, e.url) for e in taken.entries if e.page == 1]
    if wanted.kind == "bwb":
        first = [(name, url) for name, url in first if name.endswith("/manifest")]
    assert [(request.name, request.url) for request in planned] == first


# --- a whole process, killed


SERVED = """
import sys, json
from pathlib import Path
from datetime import UTC, datetime
from assets.ingest.archive import Archive
from assets.ingest.capture import take
from assets.ingest.origins.live import LiveOrigin
from assets.ingest.origins.sample import SampleOrigin
from assets.ingest.registry import Source
source = Source.model_validate(json.loads(sys.argv[1]))
origin = LiveOrigin(SampleOrigin(Path(".")), lambda: datetime.now(UTC))
print(json.dumps(take(source, origin, Archive(Path(sys.argv[2]))).summary))
"""


@contextmanager
def served(cbs: Cbs, halt: threading.Event) -> Iterator[str]:
    """The table over real HTTP; halts for ever in the middle of page 3 until told otherwise."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = f"http://{self.headers['host']}{self.path}"
            answer = cbs(httpx2.Request("GET", url))
            body = answer.read()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[:10])
            self.wfile.flush()
            if "skip=4" in self.path and not halt.is_set():
                halt.wait(30)
                return
            self.wfile.write(body[10:])

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/odata"
    finally:
        halt.set()
        server.shutdown()
        server.server_close()


def test_a_killed_process_loses_nothing_and_leaves_nothing_half(archive: Archive) -> None:
    halt, cbs = threading.Event(), Cbs()
    root = ROOT
    with served(cbs, halt) as base:
        found = source(base=base).model_dump_json(by_alias=True)
        command = [sys.executable, "-c", SERVED, found, str(archive.root)]
        first = subprocess.Popen(command, cwd=root, stdout=subprocess.DEVNULL)  # noqa: S603
        until = time.monotonic() + 30
        while "TypedDataSet 3" not in cbs.requests and time.monotonic() < until:
            time.sleep(0.05)
        time.sleep(0.2)
        first.kill()
        first.wait()
        assert archive.latest("numbers") is None
        for path in (archive.root / "objects").rglob("*"):
            if path.is_file():
                archive.read(path.name)  # each is whole
        assert len(list(archive.incoming.iterdir())) == 1  # the half page, not an object
        halt.set()
        cbs.requests = []
        second = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)  # noqa: S603
    assert json.loads(second.stdout)["resumed"] == 4
    assert cbs.requests == ["TableInfos 1", "TypedDataSet 3", "TableInfos 1"]
    assert list(archive.incoming.iterdir()) == []
    taken = archive.require("numbers")
    frame = odata_v3.read_entity(archive, taken, "10000NED/TypedDataSet")
    assert frame.select(pl.col("ID").cast(pl.Int64).sum()).item() == 15
