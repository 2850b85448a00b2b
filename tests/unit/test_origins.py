"""The three origins answer the same requests, each with its own failures; and the CSV connector."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest

from assets.archive import Archive
from assets.capture import capture
from assets.connectors import connector, figures_csv
from assets.origins import origin_named
from assets.origins.drop import DropOrigin
from assets.origins.live import LiveOrigin
from assets.origins.sample import SampleOrigin
from assets.registry import Source, sources
from assets.wire import Request, Response
from expectations.errors import VoorkantError

JOBS = sources()["cbs_jobs"]
CITED = sources()["cited_figures"]
INFOS = Request("83583NED/TableInfos", f"{JOBS.base_url}/83583NED/TableInfos?$format=json")


def clock() -> datetime:
    return datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def sample(tmp_path: Path) -> SampleOrigin:
    (tmp_path / "figures").mkdir()
    (tmp_path / "sample.yaml").write_text("retrieved_at: '2026-11-21T00:00:00Z'\n", "utf-8")
    figures = "year,jobs_x1000,period_status\n2010,374.4,Definitief\n2011,,Voorlopig\n"
    (tmp_path / "figures/jobs_sbi88.csv").write_text(figures, "utf-8")
    return SampleOrigin(tmp_path)


def code_of(call: Callable[[], object]) -> str:
    with pytest.raises(VoorkantError) as error:
        call()
    return error.value.code


def live(
    sample: SampleOrigin, answer: Callable[[httpx2.Request], httpx2.Response]
) -> tuple[LiveOrigin, list[float]]:
    naps: list[float] = []
    client = httpx2.Client(transport=httpx2.MockTransport(answer))
    return LiveOrigin(sample, clock, client, naps.append), naps


def test_the_sources_of_the_project_are_described_and_have_a_connector() -> None:
    assert list(sources()) == [
        "brede_spuk",
        "cbs_iv3",
        "cbs_jobs",
        "cbs_population",
        "cited_figures",
        "spuk_iza",
    ]
    assert [t.year for t in sources()["cbs_iv3"].tables] == list(range(2010, 2027))
    for source in sources().values():
        assert callable(connector(source.kind).collect)


def test_an_origin_is_chosen_by_its_name(tmp_path: Path) -> None:
    for name in ("sample", "live", "drop"):
        assert origin_named(name, tmp_path, tmp_path, clock).name == name


# --- sample


def test_the_sample_answers_as_the_source_would(sample: SampleOrigin, tmp_path: Path) -> None:
    taken = capture(JOBS, sample, Archive(tmp_path / "archive"))
    assert taken.retrieved_at == "2026-11-21T00:00:00Z"
    assert taken.entries[-1].name == "83583NED/TypedDataSet"


def test_a_figure_table_that_is_absent_is_named(tmp_path: Path) -> None:
    sample = SampleOrigin(tmp_path)
    assert code_of(lambda: sample.fetch(CITED, Request("x", "sample/figures/x.csv"))) == "VK-C004"
    assert code_of(sample.retrieved_at) == "VK-C004"


@pytest.mark.parametrize(
    ("source", "url"),
    [
        (JOBS, f"{JOBS.base_url}/83583NED/Nonsense?$format=json"),
        (JOBS, f"{JOBS.base_url}/00000NED/TableInfos?$format=json"),
        (JOBS, "https://elsewhere.nl/83583NED/TableInfos"),
        (
            sources()["spuk_iza"],
            f"{sources()['spuk_iza'].base_url}/BWBR0048411/2001-01-01_0/xml/x.xml",
        ),
    ],
)
def test_an_unknown_address_has_no_answer(sample: SampleOrigin, source: Source, url: str) -> None:
    assert code_of(lambda: sample.fetch(source, Request("x", url))) == "VK-S001"


# --- live


def test_live_gives_the_body_as_served_and_says_who_asks(sample: SampleOrigin) -> None:
    asked: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        return httpx2.Response(200, content=b"{}", headers={"content-type": "application/json"})

    origin, _ = live(sample, answer)
    assert origin.fetch(JOBS, INFOS) == Response(INFOS, 200, "application/json", b"{}")
    assert asked[0].headers["user-agent"].startswith("voorkant/")
    assert origin.retrieved_at() == "2026-01-02T03:04:05+00:00"


def test_live_answers_the_projects_own_tables_as_the_sample_does(
    sample: SampleOrigin, tmp_path: Path
) -> None:
    (tmp_path / "figures/workforce.csv").write_text("a\n1\n", "utf-8")
    origin, _ = live(sample, lambda _: pytest.fail("no endpoint has a cited figure"))
    request = Request("workforce", "sample/figures/workforce.csv")
    assert origin.fetch(CITED, request) == sample.fetch(CITED, request)


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.nl/x",
        "http://opendata.cbs.nl/x",
        "https://opendata.cbs.nl@elsewhere.nl/x",
        "https://opendata.cbs.nl.elsewhere.nl/x",
        "file:///etc/passwd",
    ],
)
@pytest.mark.parametrize("redirected", [False, True])
def test_only_the_hosts_of_the_source_are_asked(
    sample: SampleOrigin, url: str, redirected: bool
) -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        assert request.url.host == "opendata.cbs.nl"
        return httpx2.Response(302, headers={"location": url})

    origin, _ = live(sample, answer)
    request = INFOS if redirected else Request(INFOS.name, url, page=2)
    assert code_of(lambda: origin.fetch(JOBS, request)) == "VK-S002"


def test_a_redirect_within_the_source_is_followed_but_not_for_ever(sample: SampleOrigin) -> None:
    def once(request: httpx2.Request) -> httpx2.Response:
        if request.url.path == "/moved":
            return httpx2.Response(200, content=b"here")
        return httpx2.Response(301, headers={"location": "/moved"})

    assert live(sample, once)[0].fetch(JOBS, INFOS).body == b"here"
    origin, _ = live(sample, lambda _: httpx2.Response(301, headers={"location": "/again"}))
    assert code_of(lambda: origin.fetch(JOBS, INFOS)) == "VK-S001"


@pytest.mark.parametrize(("status", "tries"), [(404, 1), (204, 1), (429, 3), (503, 3)])
def test_a_status_other_than_200_is_no_answer(
    sample: SampleOrigin, status: int, tries: int
) -> None:
    origin, naps = live(sample, lambda _: httpx2.Response(status))
    assert code_of(lambda: origin.fetch(JOBS, INFOS)) == "VK-S001"
    assert len(naps) == tries - 1


def test_a_source_that_recovers_is_answered_in_the_end(sample: SampleOrigin) -> None:
    answers: Iterator[Exception | int] = iter([httpx2.ConnectError("down"), 503, 200])

    def answer(_: httpx2.Request) -> httpx2.Response:
        next_one = next(answers)
        if isinstance(next_one, Exception):
            raise next_one
        return httpx2.Response(next_one, content=b"ok")

    origin, naps = live(sample, answer)
    assert origin.fetch(JOBS, INFOS).body == b"ok"
    assert naps == [2.0, 4.0]


def test_a_source_that_cannot_be_reached_is_told(sample: SampleOrigin) -> None:
    def answer(_: httpx2.Request) -> httpx2.Response:
        raise httpx2.ReadTimeout("too slow")

    origin, naps = live(sample, answer)
    assert code_of(lambda: origin.fetch(JOBS, INFOS)) == "VK-S003"
    assert len(naps) == 2


# --- drop


def test_a_dropped_file_is_found_by_the_name_of_the_request(tmp_path: Path) -> None:
    folder = tmp_path / "cbs_jobs/83583NED"
    folder.mkdir(parents=True)
    (folder / "TableInfos.json").write_bytes(b"1")
    (folder / "TypedDataSet.1.json").write_bytes(b"2")
    (folder / "TypedDataSet.2.json").write_bytes(b"3")
    origin = DropOrigin(tmp_path, SampleOrigin(tmp_path), clock)
    assert origin.fetch(JOBS, INFOS) == Response(INFOS, 200, "application/json", b"1")
    for page, body in ((1, b"2"), (2, b"3")):
        request = Request("83583NED/TypedDataSet", "https://opendata.cbs.nl/", page)
        assert origin.fetch(JOBS, request).body == body
    assert origin.retrieved_at() == "2026-01-02T03:04:05+00:00"


def test_a_file_that_is_absent_is_named(tmp_path: Path) -> None:
    with pytest.raises(VoorkantError) as error:
        DropOrigin(tmp_path, SampleOrigin(tmp_path), clock).fetch(JOBS, INFOS)
    assert error.value.code == "VK-S001"
    assert error.value.where == str(tmp_path / "cbs_jobs/83583NED/TableInfos.json")


def test_a_name_cannot_lead_out_of_the_drop_folder(tmp_path: Path) -> None:
    (tmp_path / "cbs_jobs").mkdir()
    (tmp_path / "secret.json").write_bytes(b"1")
    origin = DropOrigin(tmp_path, SampleOrigin(tmp_path), clock)
    assert code_of(lambda: origin.fetch(JOBS, Request("../secret", "x"))) == "VK-S001"


# --- csv


def test_a_csv_is_read_as_text_with_an_address(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    body = '\ufeffcode,amount\n0363,"1,50"\nGM1,\n'.encode()
    answer = Response(Request("t", "t.csv"), 200, "text/csv", body)
    taken = archive.record("s", "test", "2026-01-01T00:00:00Z", [answer])
    frame = figures_csv.read_table(archive, taken, "t")
    assert frame.drop("_capture").to_dicts() == [
        {"code": "0363", "amount": "1,50", "_locator": "row 1"},
        {"code": "GM1", "amount": None, "_locator": "row 2"},
    ]


@pytest.mark.parametrize(
    "body", [b"", b"<!doctype html>", b"a,b\n1,2,3\n", "a\né".encode("latin-1")]
)
def test_a_body_that_is_no_csv_is_told(body: bytes) -> None:
    assert code_of(lambda: figures_csv.parse(body, "s", "t", 1)) == "VK-S004"
