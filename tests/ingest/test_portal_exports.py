"""Recorded exports of the CBS portal, put in the drop folder: cell by cell what the files hold.

The files are read here by other means than the product's: the CSV is cut by its own quotes, which is
enough for a file in which no cell has one; the JSON by the standard library, as it stands.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from assets.ingest.archive import Archive, Capture
from assets.ingest.capture import capture
from assets.ingest.connectors import files, portal
from assets.ingest.origins.dropped_files import DroppedFilesOrigin
from assets.ingest.origins.sample import SampleOrigin
from assets.ingest.registry import sources
from assets.ingest.spreadsheets import statline_exports
from expectations.paths import ROOT
from tests.support.cbs_server.recorded import PORTAL
from tests.support.material import needs_material

SOURCE = sources()[statline_exports.SOURCE]
CSV, JSON = "85755NED_UntypedDataSet.csv", "85755NED_UntypedDataSet.json"
COLUMNS = ["ID", "RegioS", "Naam_2", "SorteringNaam_3", "Naam_29"]
MUNICIPALITIES = 342  # on 1 January 2024

Taken = tuple[Archive, Capture]


def taken_from(drop: Path) -> Taken:
    origin = DroppedFilesOrigin(
        drop, SampleOrigin(ROOT / "sample"), lambda: datetime(2026, 1, 2, tzinfo=UTC)
    )
    archive = Archive(drop.parent / "state" / "archive")
    return archive, capture(SOURCE, origin, archive)


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Taken:
    """Both recorded files after their way through drop folder, capture and archive."""
    drop = tmp_path_factory.mktemp("portal") / "drop"
    (drop / SOURCE.id).mkdir(parents=True)
    for name in (CSV, JSON):
        (drop / SOURCE.id / name).write_bytes((PORTAL / name).read_bytes())
    return taken_from(drop)


def printed(name: str) -> list[dict[str, str]]:
    """What the file itself holds."""
    text = (PORTAL / name).read_text("utf-8-sig")
    if name == JSON:
        return [{k: str(v) for k, v in row.items()} for row in json.loads(text)["value"].values()]
    header, *lines = (re.findall('"([^"]*)"', line) for line in text.splitlines())
    return [dict(zip(header, line, strict=True)) for line in lines]


@needs_material
@pytest.mark.parametrize("name", [CSV, JSON])
def test_an_export_reads_to_what_it_holds(taken: Taken, name: str) -> None:
    archive, captured = taken
    frame = portal.read_export(archive, captured, f"exports/{name}")
    assert frame.columns == [*COLUMNS, "_capture", "_locator"]
    assert frame.height == MUNICIPALITIES
    assert frame.drop("_capture", "_locator").to_dicts() == printed(name)
    assert sum(map(int, frame["ID"])) == MUNICIPALITIES * (MUNICIPALITIES - 1) // 2
    assert set(frame["RegioS"].str.len_chars()) == {10}  # padding is kept
    assert frame["_locator"].n_unique() == MUNICIPALITIES


@needs_material
def test_both_forms_hold_the_same(taken: Taken) -> None:
    of_csv, of_json = (
        portal.read_export(*taken, f"exports/{name}").drop("_capture", "_locator")
        for name in (CSV, JSON)
    )
    assert of_csv.equals(of_json)


@needs_material
def test_bodies_are_archived_byte_for_byte(taken: Taken) -> None:
    archive, captured = taken
    kept = {entry.name: archive.read(entry.sha256) for entry in files.dropped_files(captured)}
    assert kept == {name: (PORTAL / name).read_bytes() for name in (CSV, JSON)}


@needs_material
def test_every_cell_is_in_the_raw_table_with_its_place(taken: Taken) -> None:
    rows, found = statline_exports.read_capture(*taken)
    assert found.height == 0
    assert rows.columns == list(statline_exports.COLUMNS)
    assert set(rows.schema.dtypes()) == {pl.String}
    assert set(rows.select("table_id", "entity").rows()) == {("85755NED", "UntypedDataSet")}
    for name in (CSV, JSON):
        cells = rows.filter(file=name).select("row", "column", "text", "_locator").rows()
        assert cells == [
            (str(number), column, text, f"row {number} column {column}")
            for number, row in enumerate(printed(name), 1)
            for column, text in row.items()
        ]


def test_what_is_no_export_stops_no_other_file(tmp_path: Path) -> None:
    folder = tmp_path / "drop" / SOURCE.id
    folder.mkdir(parents=True)
    (folder / "gebieden.csv").write_bytes(b'"ID";"Naam_2"\r\n"7";"Ameland   "\r\n')
    (folder / "84489NED_TypedDataSet.json").write_bytes(b'{"value":[{"ID":0}]}')
    (folder / "tabel.ods").write_bytes(b"PK\x03\x04\xff")
    rows, found = statline_exports.read_capture(*taken_from(tmp_path / "drop"))
    assert rows.select("file", "table_id", "row", "column", "text").rows() == [
        ("gebieden.csv", None, "1", "ID", "7"),
        ("gebieden.csv", None, "1", "Naam_2", "Ameland   "),
    ]
    assert found.select("file", "kind", pl.col("problem").str.slice(0, 7)).rows() == [
        ("84489NED_TypedDataSet.json", "refused", "VK-F004"),
        ("gebieden.csv", "remark", "Its nam"),
        ("tabel.ods", "refused", "VK-F004"),
    ]


def test_the_templates_of_the_page_are_read() -> None:
    page = (ROOT / "docs/howto/drop-files.md").read_text("utf-8")
    template = r"As \w+, `(85755NED\S+)`:\n\n```\w+\n(.*?)```"
    frames = {
        name: portal.parse(text.encode(), name)
        for name, text in re.findall(template, page, re.DOTALL)
    }
    assert list(frames) == [CSV, JSON]
    assert frames[CSV].equals(frames[JSON])
    assert frames[CSV].row(0) == ("0", "GM1680    ", "Aa en Hunze ")
