"""`voorkant capture --find-ids` over a socket: both kinds of catalogue, on one page and on several.

What goes wrong at a catalogue is in `test_faults.py`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assets.ingest.registry import Source, sources
from assets.ingest.table_lookup import Resolution, look_up
from pipelines import capture as capturing
from pipelines.cli.main import main
from tests.support.cbs_server import small_tables
from tests.support.cbs_server.cbs import CbsSite, Table
from tests.support.cbs_server.patient_origin import patient
from tests.support.cbs_server.server import SourceServer
from tests.support.cbs_server.site import Answer, IncomingRequest, Together
from tests.support.material import MATERIAL, needs_material

BOTH = pytest.mark.parametrize("generation", ["v3", "v4"])
STATUS = {"v3": "OutputStatus", "v4": "Status"}
Find = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def source_server() -> Iterator[SourceServer]:
    with SourceServer() as server:
        yield server


@pytest.fixture
def find(
    source_server: SourceServer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> Find:
    """The command itself, at the local server."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    def run(source: Source, *arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(capturing, "sources", lambda: {source.id: source_server.source(source)})
        code = main(["capture", "--find-ids", "--state", str(tmp_path / "state"), *arguments])
        reported = capsys.readouterr()
        assert not (tmp_path / "state").exists(), "looking up captures nothing"
        return code, reported.out + reported.err

    return run


def table(generation: str, **about: Any) -> Table:
    """The small table of this generation with another description of itself."""
    like = small_tables.iv3(1) if generation == "v3" else small_tables.population(1)
    reported = {**like.about, **about}
    return Table(reported["Identifier"], like.generation, reported, pl.DataFrame())


@BOTH
@pytest.mark.parametrize("rows", [None, 1], ids=["one page", "page by page"])
def test_the_id_of_a_title_is_found_and_confirmed(
    source_server: SourceServer, find: Find, generation: str, rows: int | None
) -> None:
    source_server.serve(lambda edition: small_tables.small_site(edition, rows))
    code, out = find(small_tables.sought_source(generation), "--json")
    (found,) = json.loads(out)
    assert (code, found["outcome"], found["confirmed"]) == (0, "found", True)
    assert [each["id"] for each in found["candidates"]] == [small_tables.SOUGHT[generation]]
    catalogue = [each for each in source_server.log if each.path.endswith(("/Tables", "/Datasets"))]
    assert len(catalogue) == (1 if rows is None else 2)
    assert source_server.log[-1].path.endswith(("/TableInfos", "/Properties"))


@BOTH
def test_of_two_titles_that_fit_a_person_chooses(
    source_server: SourceServer, find: Find, generation: str
) -> None:
    source = small_tables.sought_source(generation)
    title = source.unresolved[0].resolve_title
    twins = [
        table(generation, Identifier=id_, Title=f"{title}; {end}")
        for id_, end in (("45059NED", "regio"), ("84721NED", "jaar"))
    ]
    source_server.serve(lambda _: CbsSite(twins))
    code, out = find(source)
    assert code == 1
    assert "several fit, choose one: 45059NED" in out
    assert "84721NED" in out
    assert len(source_server.log) == 1, "no table is asked before someone has chosen"


@BOTH
@pytest.mark.parametrize("closed", [False, True], ids=["another title", "closed"])
def test_when_nothing_fits_it_says_so(
    source_server: SourceServer, find: Find, generation: str, closed: bool
) -> None:
    about = {STATUS[generation]: "Gediscontinueerd"} if closed else {"Title": "Iets anders"}
    source_server.serve(lambda _: CbsSite([table(generation, **about)]))
    code, out = find(small_tables.sought_source(generation))
    assert code == 1
    assert "nothing fits" in out
    assert ("closed: " + small_tables.SOUGHT[generation] in out) is closed


@BOTH
def test_a_table_that_says_otherwise_is_found_but_not_confirmed(
    source_server: SourceServer, find: Find, generation: str
) -> None:
    """The catalogue still has the title; the table itself was given another one."""

    class Renamed:
        def answer(self, requested: IncomingRequest) -> Answer | None:
            if requested.path.endswith(("/TableInfos", "/Properties")):
                return CbsSite([table(generation, Title="Iets anders")]).answer(requested)
            return None

    source_server.serve(lambda edition: Together([Renamed(), small_tables.small_site(edition)]))
    code, out = find(small_tables.sought_source(generation))
    assert code == 0
    assert "title: catalogue" in out.replace("\n", " ")


@BOTH
def test_a_catalogue_that_is_gone_is_told_without_a_traceback(
    source_server: SourceServer, find: Find, generation: str
) -> None:
    source_server.serve(lambda _: Together([]))
    code, out = find(small_tables.sought_source(generation))
    assert code == 1
    assert "VK-S001" in out
    assert source_server.address(
        small_tables.sought_source(generation).catalogue or ""
    ) in out.replace("\n", "")
    assert "Traceback" not in out


class _Recorded:
    """The catalogue of datasets.cbs.nl as it was recorded."""

    def answer(self, requested: IncomingRequest) -> Answer | None:
        if requested.path != "/odata/v1/CBS/Datasets":
            return None
        return Answer((MATERIAL / "cbs-odata-v4-recorded" / "_catalog.json").read_bytes())


@needs_material
def test_the_recorded_catalogue_is_read_in_full(source_server: SourceServer) -> None:
    """The last of its titles that is kept up to date is found under its own id."""
    source_server.serve(lambda _: _Recorded())
    source = source_server.source(sources()["cbs_population"])
    rows = json.loads((MATERIAL / "cbs-odata-v4-recorded" / "_catalog.json").read_bytes())["value"]
    last = next(row for row in reversed(rows) if row["Status"] == "Regulier")
    sought = small_tables.sought_source("v4").unresolved[0]
    sought = sought.model_copy(update={"resolve_title": last["Title"]})
    requested = source.model_copy(update={"listed": (sought,)})
    found: list[Resolution] = look_up(requested, partial(patient().fetch, requested))
    assert [each.id for each in found[0].candidates] == [last["Identifier"]]
    assert (found[0].outcome, found[0].confirmed) == ("found", False), "no table answers there"
