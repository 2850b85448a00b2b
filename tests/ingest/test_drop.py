"""Files put in a folder: captured as they are, read from the archive; nothing outside is reached."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from assets.ingest.archive import Archive
from assets.ingest.capture import capture
from assets.ingest.connectors import connector, files
from assets.ingest.origins import dropped_files, origin_for, origin_named
from assets.ingest.origins.dropped_files import DroppedFilesOrigin
from assets.ingest.origins.sample import SampleOrigin
from assets.ingest.registry import Source, sources
from assets.ingest.spreadsheets import layouts, statline_exports
from assets.ingest.spreadsheets.cell_grid import NOTES
from assets.raw import files as raw
from expectations.errors import VoorkantError
from expectations.paths import ROOT
from pipelines.definitions import build_defs
from pipelines.runtime.instance import instance
from pipelines.runtime.settings import Settings
from tests.ingest.test_sisa import LINGEWAARD, URK
from tests.support.forms import made_files as made

OWN = {name: source for name, source in sources().items() if source.kind == "files"}
SISA = OWN["sisa"]
LETTERS = OWN["vws_letters"]
URK_FILE = "2023/sisa_2023_060184_Bijlage verantwoording.xlsx"


LATER = timezone(timedelta(hours=1))


def clock() -> datetime:
    return datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    folder = tmp_path / "drop"
    (folder / "sisa" / "2023").mkdir(parents=True)
    (folder / "sisa" / URK_FILE).write_bytes(made.workbook({"Bijlage": URK}))
    (folder / "sisa" / "sisa_2020_061705_x.csv").write_bytes(made.text(LINGEWAARD).encode())
    return folder


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "state" / "archive")


def origin(drop: Path) -> DroppedFilesOrigin:
    return DroppedFilesOrigin(drop, SampleOrigin(ROOT / "sample"), clock)


def code_of(call: Callable[[], object]) -> VoorkantError:
    with pytest.raises(VoorkantError) as error:
        call()
    return error.value


def test_the_sources_that_are_laid_in_a_folder() -> None:
    with_layouts = [
        *("gemeentefonds", "rijksfinancien", "sisa", "spuk_grants", "spuk_payments"),
        *("vws_letters", "wie_ontvingen"),
    ]
    assert list(OWN) == [statline_exports.SOURCE, *with_layouts]
    assert set(OWN) == set(raw.SOURCES) > set(raw.EVERY)
    assert set(with_layouts) == set(layouts.READERS) == set(layouts.COLUMNS)
    for name, source in OWN.items():
        assert (source.hosts, source.base_url, len(source.tables)) == ((), f"drop/{name}", 1)
        (planned,) = connector(source.kind).plan(source)
        assert planned.request.name == source.tables[0].id


def test_files_are_captured_as_they_are(drop: Path, archive: Archive) -> None:
    taken = capture(SISA, origin(drop), archive)
    assert [entry.name for entry in taken.entries] == [
        "annexes",
        f"annexes/{URK_FILE}",
        "annexes/sisa_2020_061705_x.csv",
    ]
    assert [entry.name for entry in files.dropped_files(taken)] == [
        URK_FILE,
        "sisa_2020_061705_x.csv",
    ]
    for entry in files.dropped_files(taken):
        body = (drop / "sisa" / entry.name).read_bytes()
        assert (entry.sha256, entry.bytes) == (hashlib.sha256(body).hexdigest(), len(body))
        assert archive.read(entry.sha256) == body
        assert entry.url.startswith("drop/sisa/")
    assert taken.entries[1].url == "drop/sisa/2023/sisa_2023_060184_Bijlage%20verantwoording.xlsx"
    # The same folder again: the same content. A new file: another capture, no object twice.
    assert capture(SISA, origin(drop), archive).content() == taken.content()
    (drop / "sisa" / "copy.csv").write_bytes(archive.read(taken.entries[2].sha256))
    again = capture(SISA, origin(drop), archive)
    assert len(again.content()) == 4 and len({e.sha256 for e in again.entries}) == 4 - 1


def test_files_are_read_from_the_archive_and_not_from_the_folder(
    drop: Path, archive: Archive
) -> None:
    taken = capture(SISA, origin(drop), archive)
    for path in sorted(drop.rglob("*.*")):
        path.unlink()
    readings = layouts.read_capture(archive, taken, "sisa")
    rows = readings.rows
    assert readings.rows.columns == list(layouts.COLUMNS["sisa"])
    assert rows.group_by("file").len().sort("file").rows() == [
        (URK_FILE, 2),
        ("sisa_2020_061705_x.csv", 31),
    ]
    by_file = {entry.name: entry.sha256 for entry in files.dropped_files(taken)}
    assert set(rows.select("file", "_capture").rows()) == set(by_file.items())
    assert rows.filter(indicator="A16/01").select("text", "_locator").rows() == [
        ("€ 2.614.500", "sheet Bijlage cell D5")
    ]


def test_a_file_that_cannot_be_read_stops_no_other(drop: Path, archive: Archive) -> None:
    bad = {
        "bomb.xlsx": made.packed(made.parts(made.SPARSE)),
        "geheim.xlsx": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        "geen.csv": b"a;b\n1;2\n",
        "scan.pdf": b"%PDF-1.7",
        "zip.xlsx": made.packed({"../../evil": [b"x"]}),
    }
    for name, body in bad.items():
        (drop / "sisa" / name).write_bytes(body)
    taken = capture(SISA, origin(drop), archive)
    assert len(list(files.dropped_files(taken))) == 7  # what was received is kept, readable or not
    rows, found = layouts.read_capture(archive, taken, "sisa")
    assert rows["file"].n_unique() == 2
    refused = found.filter(kind="refused").select("file", pl.col("problem").str.slice(0, 7)).rows()
    assert sorted(refused) == [
        ("bomb.xlsx", "VK-F003"),
        ("geen.csv", "VK-F004"),
        ("geheim.xlsx", "VK-F002"),
        ("scan.pdf", "VK-F001"),
        ("zip.xlsx", "VK-F005"),
    ]


def test_an_empty_folder_is_no_failure(tmp_path: Path, archive: Archive) -> None:
    (tmp_path / "drop" / "sisa").mkdir(parents=True)
    columns = layouts.COLUMNS | {statline_exports.SOURCE: statline_exports.COLUMNS}
    for source in OWN.values():
        taken = capture(source, origin(tmp_path / "drop"), archive)
        assert (len(taken.entries), list(files.dropped_files(taken))) == (1, [])
        rows, found = raw.rows(archive, taken, source), raw.notes(archive, taken, source)
        received = ["received_on", "version"] if source.id in raw.EVERY else []
        assert (rows.height, found.height, found.columns) == (0, 0, [*NOTES, *received])
        assert rows.columns == [*columns[source.id], *received]


@pytest.mark.parametrize("name", ["sample", "live", "drop"])
def test_files_come_from_the_folder_with_every_origin(
    drop: Path, tmp_path: Path, name: str
) -> None:
    """Neither an endpoint nor the sample has these files; who put them decides when they came."""
    named = origin_named(name, ROOT / "sample", drop, clock)  # type: ignore[arg-type]
    archive = Archive(tmp_path / name / "archive")
    taken = capture(SISA, origin_for(SISA, named, drop, clock), archive)
    assert len(list(files.dropped_files(taken))) == 2
    assert (taken.origin, taken.retrieved_at) == (name, "2026-01-02T03:04:05+00:00")
    # A folder with nothing in it is the same at any time, so the sample stays the same bytes.
    empty = capture(LETTERS, origin_for(LETTERS, named, drop, clock), archive)
    assert list(files.dropped_files(empty)) == []
    assert empty.retrieved_at == named.retrieved_at()
    assert origin_for(sources()["cbs_jobs"], named, drop, clock) is named


def test_each_file_that_was_ever_laid_counts_once(drop: Path, archive: Archive) -> None:
    """A file that is replaced, renamed or taken away stays known from the day it first came."""
    first, gone = drop / "sisa" / "sisa_2020_061705_x.csv", drop / "sisa" / URK_FILE
    urk = gone.read_bytes()
    capture(SISA, origin(drop), archive)
    before, corrected = first.read_bytes(), first.read_bytes().replace(b"21.079", b"21.080")
    first.write_bytes(corrected)
    (drop / "sisa" / "copy.csv").write_bytes(before)
    gone.unlink()
    later = DroppedFilesOrigin(
        drop, SampleOrigin(ROOT / "sample"), lambda: datetime(2026, 2, 1, 0, 30, tzinfo=LATER)
    )
    taken = capture(SISA, later, archive)
    rows, found = raw.rows(archive, taken, SISA), raw.notes(archive, taken, SISA)
    content = ("file", "_capture", "received_on", "version")
    by_content = rows.group_by(content).len().sort("received_on", "file")
    assert by_content.rows() == [
        (URK_FILE, digest(urk), "2026-01-02", "001", 2),
        ("sisa_2020_061705_x.csv", digest(before), "2026-01-02", "001", 31),
        ("sisa_2020_061705_x.csv", digest(corrected), "2026-01-31", "002", 31),  # the day in UTC
    ]
    again = found.filter(pl.col("problem").str.contains("same bytes"))
    assert again.select("file", "kind", "problem", "received_on").rows() == [
        (
            "copy.csv",
            "remark",
            "The same bytes as sisa_2020_061705_x.csv, which is read; they count once.",
            "2026-01-02",
        )
    ]


def digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


# --- the folder is not trusted


def listed(folder: Path) -> list[str]:
    return dropped_files.listing(folder)


def test_what_a_team_did_not_lay_is_skipped(drop: Path) -> None:
    for name in (".DS_Store", "~$sisa.xlsx", "Thumbs.db", "desktop.ini"):
        (drop / "sisa" / name).write_bytes(b"x")
    (drop / "sisa" / ".git").mkdir()
    assert listed(drop / "sisa") == [URK_FILE, "sisa_2020_061705_x.csv"]
    assert listed(drop / "nothing") == []


LINKS: dict[str, Callable[[Path], None]] = {
    "to a file": lambda f: (f / "x.csv").symlink_to("/etc/passwd"),
    "to a folder": lambda f: (f / "map").symlink_to("/etc", target_is_directory=True),
    "that leads nowhere": lambda f: (f / "x.csv").symlink_to("/nowhere"),
    "inside": lambda f: (f / "x.csv").symlink_to("sisa_2020_061705_x.csv"),
    "a pipe": lambda f: os.mkfifo(f / "x.csv"),
}


@pytest.mark.parametrize("name", LINKS)
def test_links_and_other_things_are_refused(drop: Path, archive: Archive, name: str) -> None:
    LINKS[name](drop / "sisa")
    error = code_of(lambda: capture(SISA, origin(drop), archive))
    assert error.code == "VK-F005"
    assert str(drop / "sisa") in error.where
    assert archive.latest("sisa") is None


def test_a_folder_that_is_a_link_is_refused(drop: Path, tmp_path: Path) -> None:
    (drop / "vws_letters").symlink_to(drop / "sisa", target_is_directory=True)
    assert code_of(lambda: listed(drop / "vws_letters")).code == "VK-F005"
    complete = tmp_path / "share"
    complete.symlink_to(
        drop, target_is_directory=True
    )  # the owner may keep the whole folder elsewhere
    assert len(listed(complete / "sisa")) == 2


def test_a_path_that_leads_outside_is_refused(drop: Path) -> None:
    (drop / "secret.csv").write_text("a;b\n", "utf-8")
    for name in (
        "../secret.csv",
        "/etc/passwd",
        "2023/../../secret.csv",
        "",
        "a//b",
        "..\\x",
        "a\x00",
    ):
        assert code_of(lambda n=name: dropped_files.content(drop / "sisa", n)).code == "VK-F005", (
            name
        )
    # A link that appears after the list was made is not followed either.
    (drop / "sisa" / "later.csv").symlink_to(drop / "secret.csv")
    (drop / "sisa" / "map").symlink_to(drop, target_is_directory=True)
    for name in ("later.csv", "map/secret.csv"):
        assert code_of(lambda n=name: dropped_files.content(drop / "sisa", n)).code == "VK-F005", (
            name
        )


def test_odd_names_and_sizes(drop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unexpected = drop / "sisa" / "a\nb.csv"
    unexpected.write_bytes(b"x")
    assert code_of(lambda: listed(drop / "sisa")).code == "VK-F005"
    unexpected.unlink()
    (drop / "sisa" / "1" / "2" / "3" / "4" / "5").mkdir(parents=True)
    assert code_of(lambda: listed(drop / "sisa")).code == "VK-F003"
    monkeypatch.setattr(dropped_files, "FILES", 1)
    assert code_of(lambda: listed(drop / "sisa")).code == "VK-F003"
    limits = layouts_limits(bytes=10)
    large = code_of(lambda: dropped_files.content(drop / "sisa", "sisa_2020_061705_x.csv", limits))
    assert large.code == "VK-F003"


def layouts_limits(**more: int) -> dropped_files.FileLimits:
    return dropped_files.FileLimits(**more)


def test_a_file_that_left_between_the_list_and_the_reading(drop: Path, archive: Archive) -> None:
    source = origin(drop)
    fetch = source.fetch

    def leaving(requested: Source, request: object) -> object:
        answer = fetch(requested, request)  # type: ignore[arg-type]
        (drop / "sisa" / URK_FILE).unlink(missing_ok=True)
        return answer

    source.fetch = leaving  # type: ignore[method-assign, assignment]
    assert code_of(lambda: capture(SISA, source, archive)).code == "VK-S001"
    assert archive.latest("sisa") is None


# --- and in Dagster


def test_releases_need_the_files_of_which_each_counts_and_no_other() -> None:
    graph = build_defs().resolve_asset_graph()
    needed = dg.AssetSelection.groups("release").upstream().resolve(graph)
    names = {key.to_user_string() for key in needed}
    own = {table.name for table in raw.TABLES}
    assert len(own) == 2 * len(OWN)
    assert names & {f"archive_{name}" for name in OWN} == {f"archive_{name}" for name in raw.EVERY}


@pytest.mark.parametrize("name", ["sample", "drop"])
def test_the_assets_run_with_and_without_files(drop: Path, tmp_path: Path, name: str) -> None:
    """Also of sources whose folder is empty: the jobs that take everything must not fail on it."""
    settings = Settings(origin=name, state=tmp_path / "state", drop=drop)  # type: ignore[arg-type]
    wanted = dg.AssetSelection.assets(*(table.name for table in raw.TABLES)).upstream()
    with instance(settings.state) as history:
        definitions = build_defs(settings)
        keys = wanted.resolve(definitions.resolve_asset_graph())
        done = definitions.resolve_job_def("refresh").execute_in_process(
            instance=history, asset_selection=sorted(keys), raise_on_error=False
        )
    assert done.success
    assert all(check.passed for check in done.get_asset_check_evaluations())
    rows = pl.read_parquet(tmp_path / "state" / "tables" / "raw_sisa__rows.parquet")
    assert rows.height == 33
    assert set(rows.schema.dtypes()) == {pl.String}
