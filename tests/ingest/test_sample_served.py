"""Every rendered source of the sample, served over a socket, reads cell by cell as the sample does.

The sample answers in memory; here its answers go through a server, the live origin, limits, checks and
links that lead back to the server. That the sample itself is right is `test_sample_round_trip.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from assets.ingest.archive import Archive, Capture
from assets.ingest.capture import capture
from assets.ingest.connectors import bwb, odata
from assets.ingest.origins import rendering
from assets.ingest.origins.sample import SampleOrigin
from assets.ingest.registry import Source, sources
from expectations.paths import ROOT
from tests.support.cbs_server.filters import selected
from tests.support.cbs_server.patient_origin import patient
from tests.support.cbs_server.server import SourceServer
from tests.support.cbs_server.site import FiguresSite

SAMPLE = ROOT / "sample"
RENDERED = [sources()[id_] for id_ in sorted(rendering.SOURCES)]


@pytest.fixture(scope="module")
def sample() -> SampleOrigin:
    """Pages small enough that most tables need several."""
    return SampleOrigin(SAMPLE, v3_rows=5_000, v4_rows=1_000)


@pytest.fixture(scope="module")
def source_server(sample: SampleOrigin) -> Iterator[SourceServer]:
    with SourceServer() as server:
        server.serve(lambda _: FiguresSite(sample, RENDERED))
        yield server


def tables(source: Source, archive: Archive, taken: Capture) -> Iterator[tuple[str, pl.DataFrame]]:
    """Everything that a reader gives of a capture; where it stood, but not in which body."""
    if source.kind == "bwb":
        for table in source.tables:
            yield table.id, bwb.read_cells(archive, taken, table.id).drop("_capture")
        return
    for name in dict.fromkeys(entry.name for entry in taken.entries):
        yield name, odata.read_entity(archive, taken, name).drop("_capture")


@pytest.mark.parametrize("source", RENDERED, ids=lambda source: source.id)
def test_what_is_served_reads_as_the_sample(
    source_server: SourceServer, sample: SampleOrigin, tmp_path: Path, source: Source
) -> None:
    archive = Archive(tmp_path / "archive")
    reported = capture(source, sample, archive)
    source_server.plan()
    served = capture(source_server.source(source), patient(), archive)
    assert served.origin == "live"
    assert len(source_server.log) >= len(served.entries)
    assert [(e.name, e.page, e.rows) for e in served.entries] == [
        (e.name, e.page, e.rows) for e in reported.entries
    ]
    expected = dict(tables(source, archive, reported))
    found = dict(tables(source, archive, served))
    assert found.keys() == expected.keys()
    assert sum(frame.height for frame in expected.values()) > 0
    for name, frame in expected.items():
        assert found[name].equals(frame), name


@pytest.mark.parametrize(
    "source",
    [each for each in RENDERED if any(table.filter for table in each.tables)],
    ids=lambda source: source.id,
)
def test_the_filter_of_a_source_takes_every_row_of_its_sample(
    sample: SampleOrigin, tmp_path: Path, source: Source
) -> None:
    """The sample does not carry filters out: its figures are the selection, and must be."""
    archive = Archive(tmp_path / "archive")
    taken = capture(source, sample, archive)
    v3 = source.kind == "odata_v3"
    for table in source.tables:
        if table.filter:
            name = f"{table.id}/{'TypedDataSet' if v3 else 'Observations'}"
            rows = odata.read_entity(archive, taken, name)
            assert selected(rows, table.filter, "v3" if v3 else "v4").equals(rows)
            assert rows.height
