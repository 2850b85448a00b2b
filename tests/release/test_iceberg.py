"""Iceberg engines read the published files where they are: every version, and nothing but those rows."""

from __future__ import annotations

import copy
import hashlib
import importlib.util
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from expectations.contract import contracts
from pipelines.cli.main import main
from pipelines.publish.published import Publications
from pipelines.publish.store.log import History, Withdrawal
from tests.support.releases.handmade import Shelf, ceilings
from tests.support.validators.environments import run_in

pytest.importorskip("pyiceberg")

JANUARY, FEBRUARY, MARCH = (f"2026-0{month}-01T00:00:00+00:00" for month in (1, 2, 3))


def sums(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def opened(metadata: Path) -> Any:
    from pyiceberg.table import StaticTable

    return StaticTable.from_metadata(str(metadata))


def at(table: Any, version: str) -> pl.DataFrame:
    snapshot = table.snapshot_by_name(version)
    found = pl.from_arrow(table.scan(snapshot_id=snapshot.snapshot_id).to_arrow())
    assert isinstance(found, pl.DataFrame)
    return found


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """Three versions: an amount is revised, a row comes, a column comes."""
    made = Shelf(tmp_path / "a folder" / "published")  # addresses are not percent-encoded
    first = [("a", 2023, "1.00", None), ("b", 2023, None, "x")]
    second = [("a", 2023, "2.00", None), ("b", 2023, None, "x"), ("c", 2024, "0.00", "x")]
    made.publish("2026.1.1", {"ceilings": ceilings(*first)}, JANUARY)
    made.publish("2026.2.1", {"ceilings": ceilings(*second)}, FEBRUARY)
    made.content = copy.deepcopy(made.content)
    columns = made.content["tables"]["ceilings"]["columns"]
    columns["note"] = {"type": "text", "nl": "Noot", "en": "Note"}
    noted = ceilings(*second).with_columns(note=pl.lit("seen"))
    made.publish("2026.3.1", {"ceilings": noted}, MARCH)
    return made


def write(shelf: Shelf, out: Path) -> Any:
    from pipelines.publish import iceberg

    published = Publications.at(shelf.published, out)
    return iceberg.write(published, published.valid("ceilings"), out)


@pytest.mark.parametrize("dataset", sorted(contracts()))
def test_iceberg_holds_the_rows_of_every_published_table(
    described: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], dataset: str
) -> None:
    before = sums(described / "data" / dataset)
    options = ["--published", str(described), "--out", str(tmp_path), "--json"]
    assert main(["iceberg", dataset, *options]) == 0
    written = json.loads(capsys.readouterr().out)[dataset]
    assert set(written) == {table.name for table in contracts()[dataset].published}
    for name, about in written.items():
        (version,) = about["versions"]
        file = described / "data" / dataset / version / f"{name}.parquet"
        found = pl.from_arrow(opened(about["metadata"]).scan().to_arrow())
        assert isinstance(found, pl.DataFrame)
        # Iceberg has no integer of 16 bits.
        expected = pl.read_parquet(file).cast({pl.Int16: pl.Int32})
        assert_frame_equal(found, expected)
    assert sums(described / "data" / dataset) == before
    assert not list(tmp_path.rglob("*.parquet"))


def test_every_version_is_a_snapshot_under_its_own_name(shelf: Shelf, tmp_path: Path) -> None:
    table = opened(write(shelf, tmp_path / "out")["ceilings"].metadata)
    assert set(table.refs()) == {"main", "2026.1.1", "2026.2.1", "2026.3.1"}
    for folder in shelf.folders:
        rows = pl.read_parquet(folder / "ceilings.parquet").cast({pl.Int16: pl.Int32})
        assert_frame_equal(at(table, folder.name), rows)
    assert_frame_equal(at(table, "main"), at(table, "2026.3.1"))
    january = table.snapshot_as_of_timestamp(1_767_225_600_000)  # its first moment, in UTC
    assert january.summary["version"] == "2026.1.1"
    kept = table.scan(row_filter="ceiling_eur > 1").to_arrow().column("component").to_pylist()
    assert kept == ["a"]


def test_an_engine_that_follows_changes_sees_one_file_replace_another(
    shelf: Shelf, tmp_path: Path
) -> None:
    table = opened(write(shelf, tmp_path / "out")["ceilings"].metadata)
    entries = table.inspect.entries(table.snapshot_by_name("2026.2.1").snapshot_id).to_pylist()
    added, deleted = 1, 2
    assert {
        Path(each["data_file"]["file_path"]).parent.name: each["status"] for each in entries
    } == {
        "2026.2.1": added,
        "2026.1.1": deleted,
    }


def test_history_begins_where_a_column_last_changed_its_type(shelf: Shelf, tmp_path: Path) -> None:
    columns = shelf.content["tables"]["ceilings"]["columns"]
    columns["note"] = {"type": "integer", "unit": "words", "nl": "Noot", "en": "Note"}
    rows = ceilings(("a", 2023, "1.00", None)).with_columns(note=pl.lit(3, pl.Int64))
    shelf.publish("2026.4.1", {"ceilings": rows}, "2026-04-01T00:00:00+00:00")
    made = write(shelf, tmp_path / "out")["ceilings"]
    assert made.versions == ("2026.4.1",)
    assert at(opened(made.metadata), "main")["note"].to_list() == [3]


def test_the_same_releases_at_the_same_address_give_the_same_bytes(
    shelf: Shelf, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    write(shelf, out)
    first = sums(out)
    assert len(first) == 2 * 3 + 2
    for path in out.rglob("*.*"):
        path.unlink()
    write(shelf, out)
    assert sums(out) == first


def test_a_withdrawn_version_is_no_snapshot(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    withdrawn = {("ceilings", "2026.3.1"): Withdrawal("ceilings", "2026.3.1", "wrong")}
    monkeypatch.setattr(History, "withdrawals", withdrawn)
    made = write(shelf, tmp_path / "lake")
    assert made["ceilings"].versions == ("2026.1.1", "2026.2.1")


def test_nothing_is_written_among_the_releases(
    described: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--published", str(described), "--out", str(described / "lake")]
    assert main(["iceberg", *options]) == 2
    assert "VK-U001" in capsys.readouterr().err
    assert not (described / "lake").exists()


def test_an_address_that_iceberg_would_cut_off_is_refused(
    described: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--published", str(described), "--out", str(tmp_path / "lake#1")]
    assert main(["iceberg", *options]) == 2
    assert "cannot hold # or ?" in capsys.readouterr().err


def test_a_place_that_cannot_be_written_is_reported_in_words(
    described: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way")
    options = ["--published", str(described), "--out", str(tmp_path / "file")]
    assert main(["iceberg", "care_spending", *options]) == 2
    assert "The metadata cannot be made" in capsys.readouterr().err


def test_what_was_never_published_is_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--published", str(tmp_path / "none"), "--out", str(tmp_path / "out")]
    assert main(["iceberg", "care_spending", *options]) == 2
    assert "Nothing of care_spending is published" in capsys.readouterr().err


def test_without_the_extra_it_names_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    there = importlib.util.find_spec
    absent = lambda name, *more: None if name == "pyiceberg" else there(name, *more)  # noqa: E731
    monkeypatch.setattr("pipelines.cli.commands.iceberg.find_spec", absent)
    assert main(["iceberg", "--out", str(tmp_path / "out")]) == 2
    printed = capsys.readouterr().err
    assert printed.startswith("VK-U002") and "pip install '.[iceberg]'" in printed
    assert not (tmp_path / "out").exists()


# An installed DuckDB fetches its extensions from the network; here they come from packages.
WITH_ICEBERG = """
import importlib, sys
from pathlib import Path
import duckdb
for name in ("avro", "iceberg"):
    package = importlib.import_module(f"duckdb_extension_{name}")
    (extension,) = Path(package.__file__).parent.rglob(f"{name}.duckdb_extension")
    duckdb.execute(f"LOAD '{extension}'")
for snapshot in sys.argv[2:]:
    rows = f"FROM iceberg_scan('{sys.argv[1]}', snapshot_from_id = {snapshot})"
    query = f"SELECT string_agg(component || ceiling_eur, ' ' ORDER BY component) {rows}"
    print(duckdb.sql(query).fetchone()[0])
"""


def test_duckdb_reads_every_version(shelf: Shelf, tmp_path: Path) -> None:
    table = opened(write(shelf, tmp_path / "out")["ceilings"].metadata)
    ids = [str(snapshot.snapshot_id) for snapshot in table.snapshots()]
    answer = run_in("duckdb", "python", "-c", WITH_ICEBERG, str(tmp_path / "out/ceilings"), *ids)
    if "No module named 'duckdb_extension_" in answer.stderr:
        pytest.skip("the environment `duckdb` has no extension for Iceberg")
    assert answer.stdout.splitlines() == ["a1.00", "a2.00 c0.00", "a2.00 c0.00"], answer.stderr
