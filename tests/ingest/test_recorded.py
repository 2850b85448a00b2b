"""Every recorded payload of CBS reads, through socket, capture and archive, to exactly what it holds.

Counted, summed and compared cell by cell with the file itself, read here by other means than the
product's: JSON by the standard library with exact numbers, Parquet by its own types.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assets.ingest.archive import Archive, Capture
from assets.ingest.capture import capture
from assets.ingest.connectors import odata_v3, odata_v4
from assets.ingest.messages import Request, Response
from assets.ingest.registry import Source, SourceTable, sources
from expectations.errors import VoorkantError
from tests.support.cbs_server import recorded
from tests.support.cbs_server.cbs import CbsSite, Table
from tests.support.cbs_server.patient_origin import unhurried
from tests.support.cbs_server.server import SourceServer
from tests.support.material import needs_material

pytestmark = needs_material

_HOME = {"v3": "cbs_jobs", "v4": "cbs_population"}
_DATA = {"v3": "TypedDataSet", "v4": "Observations"}
_READER = {"v3": odata_v3, "v4": odata_v4}
IDS = (*recorded.PARQUET_V3, "84489NED", *recorded.JSON_V4, *recorded.PARQUET_V4)


@pytest.fixture(scope="module")
def tables() -> Mapping[str, Table]:
    return {table.id: table for table in recorded.tables()}


@pytest.fixture(scope="module")
def source_server(tables: Mapping[str, Table]) -> Iterator[SourceServer]:
    with SourceServer() as server:
        server.serve(lambda _: CbsSite(tables.values()))
        yield server


def source_of(table: Table) -> Source:
    """A source with this one table: all its recorded entities, and its rows where there are any."""
    own = {"DataProperties"} if table.generation == "v3" else {"Properties"}
    listed = SourceTable.model_validate(
        {
            "id": table.id,
            "title": str(table.about["Title"]),
            "status": "confirmed",
            "entities": [name for name in table.entities if name not in own],
            "data": not isinstance(table.data, pl.DataFrame) or table.data.height > 0,
            # Nobody knows how many observations a selection has; the recording of 03759ned is one.
            "filter": "Geslacht eq 'T001038'" if table.id == "03759ned" else None,
        }
    )
    return sources()[_HOME[table.generation]].model_copy(update={"listed": (listed,)})


@pytest.fixture(scope="module", params=IDS)
def taken(
    request: pytest.FixtureRequest,
    tables: Mapping[str, Table],
    source_server: SourceServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Table, Archive, Capture]:
    """A recorded table after its way through socket, capture and archive."""
    table = tables[request.param]
    archive = Archive(tmp_path_factory.mktemp(table.id) / "archive")
    return table, archive, capture(source_server.source(source_of(table)), unhurried(), archive)


def contents(table: Table) -> Iterator[tuple[str, pl.DataFrame | bytes]]:
    """Every entity with rows, by its name."""
    if not isinstance(table.data, pl.DataFrame) or table.data.height:
        yield _DATA[table.generation], table.data
    yield from table.entities.items()


def test_every_entity_reads_to_what_was_recorded(taken: tuple[Table, Archive, Capture]) -> None:
    table, archive, captured = taken
    compared = 0
    for name, content in contents(table):
        frame = _READER[table.generation].read_entity(archive, captured, f"{table.id}/{name}")
        found = frame.drop("_capture", "_locator")
        assert frame["_locator"].n_unique() == frame.height
        if isinstance(content, bytes):
            same_as_json(found, content)
        else:
            same_as_parquet(found, content)
        compared += frame.height
    assert compared > 0


def test_a_table_comes_in_as_many_pages_as_it_fills(taken: tuple[Table, Archive, Capture]) -> None:
    table, _, captured = taken
    if isinstance(table.data, pl.DataFrame) and table.data.height:
        pages = [e.page for e in captured.named(f"{table.id}/{_DATA[table.generation]}")]
        assert pages == list(range(1, -(-table.data.height // table.size) + 1))


def test_recorded_bodies_are_archived_byte_for_byte(
    taken: tuple[Table, Archive, Capture],
) -> None:
    table, archive, captured = taken
    for name, content in contents(table):
        if isinstance(content, bytes):
            (entry,) = captured.named(f"{table.id}/{name}")
            assert archive.read(entry.sha256) == content


def same_as_json(found: pl.DataFrame, body: bytes) -> None:
    """Each cell is the text of the file; a number is the number of the file, digit by digit."""
    rows: list[dict[str, Any]] = json.loads(body, parse_float=Decimal, parse_int=Decimal)["value"]
    assert found.height == len(rows)
    assert set(found.columns) == {key for row in rows for key in row}
    for column in found.columns:
        cells = found[column].to_list()
        numbers = 0
        for cell, row in zip(cells, rows, strict=True):
            value = row.get(column)
            if isinstance(value, Decimal):
                assert Decimal(cell) == value and str(Decimal(cell)) == str(value)
                numbers += 1
            elif isinstance(value, bool | list | dict):
                assert json.loads(cell) == value
            else:
                assert cell == value
        if numbers == len(rows):
            assert sum(map(Decimal, cells)) == sum(row[column] for row in rows)


def same_as_parquet(found: pl.DataFrame, rows: pl.DataFrame) -> None:
    """Each cell has the value of the file; counts, sums and absences are equal in each column."""
    assert found.columns == rows.columns
    assert found.height == rows.height
    for column, kind in rows.schema.items():
        # A 32-bit float goes out with all its digits, and has to come back with all of them.
        exact = pl.Float64 if kind == pl.Float32 else kind
        expected = rows[column].cast(exact)
        read = found[column] == "true" if kind == pl.Boolean else found[column].cast(exact)
        assert read.null_count() == expected.null_count(), column
        assert read.equals(expected, null_equal=True), column
        if exact.is_numeric():
            # Floats add up to other last digits in other chunks.
            assert read.rechunk().sum() == expected.rechunk().sum()


def test_what_the_recordings_are_known_to_hold(tables: Mapping[str, Table]) -> None:
    """So that an empty folder or a lost file is noticed here, and not taken for success."""
    frames = {i: t.data for i, t in tables.items() if isinstance(t.data, pl.DataFrame)}
    assert frames["45012NED"].height == 435_456
    assert frames["82807NED"].height == 481_770
    assert "StringValue" not in frames["82807NED"].columns
    assert frames["83583NED"].height == 7_440


def test_an_export_of_the_portal_is_told_from_an_answer(tmp_path: Path) -> None:
    """The same name, another format: a byte order mark, and an object where rows should be a list.

    It has a reader of its own (`test_portal_exports`); the one of the service does not take it.
    """
    body = (recorded.PORTAL / "85755NED_UntypedDataSet.json").read_bytes()
    assert body.startswith(b"\xef\xbb\xbf")
    archive = Archive(tmp_path)
    request = Request("85755NED/UntypedDataSet", "https://opendata.cbs.nl/x")
    kept = archive.record("cbs", "drop", "2026-01-01", [Response(request, 200, "", body)])
    with pytest.raises(VoorkantError) as error:
        odata_v3.read_entity(archive, kept, "85755NED/UntypedDataSet")
    assert error.value.code == "VK-S004"
