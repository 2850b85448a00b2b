"""Making a release again: the archive and the code give the same bytes, or the differences are listed."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines.cli.main import main
from pipelines.publish import canonical_files
from pipelines.verify.rebuild import compared
from tests.support.releases.handmade import Shelf, ceilings

SMALL = "care_spending"


@pytest.fixture(scope="module")
def first(refresh_into: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """One small release with its archive. Tests work in a copy of its folders."""
    return refresh_into(tmp_path_factory.mktemp("first"), only=[SMALL])


@pytest.fixture
def folder(first: Any, tmp_path: Path) -> Path:
    shutil.copytree(first.published, tmp_path / "published")
    shutil.copytree(first.state / "archive", tmp_path / "state/archive")
    return tmp_path


def hashes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def rebuilt(folder: Path, capsys: Any) -> tuple[int, dict[str, Any]]:
    (release,) = (folder / "published/data" / SMALL).iterdir()
    code = main(["verify", str(release), "--rebuild", "--json", "--state", str(folder / "state")])
    (checks,) = json.loads(capsys.readouterr().out)["releases"].values()
    return code, next(check for check in checks if check["check"] == "rebuild")


def test_the_archive_gives_the_same_bytes_and_nothing_is_touched(folder: Path, capsys: Any) -> None:
    before = hashes(folder)
    code, check = rebuilt(folder, capsys)
    assert (code, check["problems"]) == (0, [])
    assert "have the same bytes" in check["sentence"]
    assert hashes(folder) == before


def test_a_capture_that_is_gone_is_reported(folder: Path, capsys: Any) -> None:
    (folder / "state/archive/log.jsonl").write_text("")
    code, check = rebuilt(folder, capsys)
    assert (code, check["outcome"]) == (1, "failed")
    assert check["problems"] == ["cited_figures: this capture is not there"]


def test_an_address_cannot_be_made_again(capsys: Any) -> None:
    assert main(["verify", "https://voorkant.invalid/x", "--rebuild"]) == 2
    assert "VK-U001" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("wider", "problem"), [(False, "same data, new bytes"), (True, "other bytes")]
)
def test_another_writer_is_distinguished_from_other_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wider: bool, problem: str
) -> None:
    pytest.importorskip("securesystemslib")
    rows = ceilings(*((f"{n:04}", 2020, f"{n}.00", None) for n in range(3_000)))
    one, two = Shelf(tmp_path / "one"), Shelf(tmp_path / "two")
    one.publish("2026.1.1", {"ceilings": rows})
    assert compared(one.folders[0], one.folders[0]).problems == ()
    # As another version of the writer would: the same rows, written differently.
    monkeypatch.setattr(canonical_files, "row_group", lambda _: 1_000)
    other = rows.with_columns(status=pl.lit("definitive")) if wider else rows
    two.publish("2026.1.1", {"ceilings": other})
    found = compared(one.folders[0], two.folders[0])
    assert f"ceilings.parquet: {problem}" in found.problems
    assert any("ceilings.csv.gz" in each for each in found.problems) == wider
