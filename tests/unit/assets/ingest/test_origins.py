"""The three origins answer the same requests, each with its own failures; and the CSV connector."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from assets.ingest.archive import Archive
from assets.ingest.capture import capture
from assets.ingest.connectors import connector, figures_csv
from assets.ingest.messages import Request, Response
from assets.ingest.origins import origin_named
from assets.ingest.origins.drop_folder import DropOrigin
from assets.ingest.origins.sample import SampleOrigin
from assets.ingest.registry import Source, sources
from expectations.errors import VoorkantError
from expectations.paths import ROOT

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


def test_the_sources_of_the_project_are_described_and_have_a_connector() -> None:
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


def test_a_series_that_somebody_laid_goes_before_the_cited_one(tmp_path: Path) -> None:
    """The way an index that is missing comes in; nobody else's figures are touched by it."""
    request = Request("adjustment_series", "sample/figures/adjustment_series.csv")
    drop = DropOrigin(tmp_path, SampleOrigin(ROOT / "sample"), clock)
    cited = drop.fetch(CITED, request).body
    folder = tmp_path / "cited_figures"
    folder.mkdir()
    (folder / "adjustment_series.csv").write_bytes(cited + b"planted,price_index,2018,100,index\n")
    assert drop.fetch(CITED, request).body == cited + b"planted,price_index,2018,100,index\n"


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
