"""`voorkant capture`: what it shows, what it keeps, and what it would ask."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

from pipelines.cli.main import main


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*arguments: str) -> tuple[int, str]:
        code = main(["capture", "--state", str(tmp_path / "state"), *arguments])
        found = capsys.readouterr()
        return code, found.out + found.err

    return run


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        pytest.fail("a dry run sent a request")

    monkeypatch.setattr(httpx2.HTTPTransport, "handle_request", refuse)


def test_a_source_is_captured_and_told(run: Any, tmp_path: Path) -> None:
    code, out = run("--source", "cbs_jobs")
    assert code == 0
    assert out.split()[:2] == ["cbs_jobs", "captured"]
    code, out = run("--source", "cbs_jobs", "--json")
    (summary,) = json.loads(out)
    assert summary["outcome"] == "unchanged"
    kept = tmp_path / "state" / "captures" / "cbs_jobs.json"
    assert json.loads(kept.read_text("utf-8")) == summary


def test_a_failure_stops_that_source_only(run: Any, tmp_path: Path) -> None:
    (tmp_path / "drop" / "cbs_jobs").mkdir(parents=True)
    code, out = run(
        "--origin", "drop", "--drop", str(tmp_path / "drop"), "--source", "cbs_jobs", "--source",
        "cited_figures",
    )  # fmt: skip
    assert code == 1
    assert "VK-S001" in out
    assert "never captured" in out
    assert "cited_figures" in out
    assert "captured" in out.splitlines()[-1]


def test_the_drop_folder_says_which_sources_are_meant(run: Any, tmp_path: Path) -> None:
    (tmp_path / "drop" / "cited_figures").mkdir(parents=True)
    code, out = run("--origin", "drop", "--drop", str(tmp_path / "drop"), "--json")
    assert code == 0
    assert [summary["source"] for summary in json.loads(out)] == ["cited_figures"]


@pytest.mark.usefixtures("no_network")
def test_a_source_of_which_no_id_is_known_is_told_and_not_asked(run: Any, tmp_path: Path) -> None:
    code, out = run("--origin", "live", "--source", "cbs_care_successors")
    assert code == 1
    assert "VK-S011" in out
    assert "nothing: this source was never captured" in out
    summary = json.loads((tmp_path / "state/captures/cbs_care_successors.json").read_text("utf-8"))
    assert summary["outcome"] == "failed"


@pytest.mark.usefixtures("no_network")
def test_a_dry_run_tells_the_requests_and_sends_none(run: Any, tmp_path: Path) -> None:
    code, out = run("--origin", "live", "--dry-run", "--source", "cbs_population", "--json")
    assert code == 0
    requested = json.loads(out)
    assert [each["name"] for each in requested][:2] == [
        "03759ned/Properties",
        "03759ned/RegioSCodes",
    ]
    last = requested[-1]
    assert last["url"].startswith(
        "https://datasets.cbs.nl/odata/v1/CBS/03759ned/Observations?$filter="
    )
    assert last["headers"]["accept"] == "application/json"
    assert last["headers"]["user-agent"].startswith("voorkant/")
    assert "@odata.nextLink" in last["then"]
    assert not (tmp_path / "state").exists()


@pytest.mark.usefixtures("no_network")
def test_a_dry_run_of_all_sources_reads_well(run: Any) -> None:
    code, out = run("--origin", "live", "--dry-run")
    assert code == 0
    assert "GET https://dataderden.cbs.nl/ODataFeed/odata/45063NED/TypedDataSet?$format=json" in out
    assert "then follows every expression" in out
    assert "a file of this project" in out
    assert out.rstrip().endswith("none was sent.")


@pytest.mark.parametrize(
    ("arguments", "expected_text"),
    [(["--source", "cbs"], "cbs_jobs"), (["--accept"], "--source")],
    ids=["unknown source", "accept without looking"],
)
def test_a_wrong_command_says_what_to_do(
    run: Any, arguments: list[str], expected_text: str
) -> None:
    code, out = run(*arguments)
    assert code == 2
    assert out.startswith("VK-U001")
    assert expected_text in out
