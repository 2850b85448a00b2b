"""The server carries out `$filter`, so that a wrong filter in a source.yaml gives wrong rows, or none.

Compared with rows that are chosen here in another way: cell by cell, in Python.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import polars as pl
import pytest

from assets.ingest.archive import Archive
from assets.ingest.capture import capture
from assets.ingest.connectors import odata
from assets.ingest.registry import Source, sources
from expectations.errors import VoorkantError
from tests.support.cbs_server import recorded, small_tables
from tests.support.cbs_server.cbs import CbsSite, Table
from tests.support.cbs_server.filters import RefusedError, selected
from tests.support.cbs_server.patient_origin import unhurried
from tests.support.cbs_server.server import SourceServer
from tests.support.material import needs_material

ROWS = pl.DataFrame(
    {
        "Key": ["426600 ", "4266001", "425300 ", None],
        "Regio's": ["x"] * 4,
        "Perioden": ["2016JJ00", "2017JJ00", "2018JJ00", "2019JJ00"],
        "Name": ["'s-Gravenhage", "Ede or Breda", "a(b", ""],
        "Value": [1, 2, 3, 4],
    }
)


@pytest.fixture(scope="module")
def source_server() -> Iterator[SourceServer]:
    with SourceServer() as server:
        yield server


def numbers(written: str, generation: Any = "v3") -> list[int]:
    return selected(ROWS, written, generation)["Value"].to_list()


@pytest.mark.parametrize(
    ("written", "left"),
    [
        ("Key eq '426600'", []),  # padding counts
        ("Key eq '426600 '", [1]),
        ("startswith(Key,'4266')", [1, 2]),
        ("startswith( Key , '4266' )", [1, 2]),
        ("substringof('66001',Key)", [2]),
        ("substringof('.',Key)", []),  # a text, no pattern
        ("Perioden ge '2018JJ00'", [3, 4]),
        ("Perioden gt '2018JJ00' or Perioden lt '2017JJ00'", [1, 4]),
        ("Perioden gt '2016JJ00' and Perioden le '2018JJ00'", [2, 3]),
        ("Perioden eq '2016JJ00' or Perioden eq '2017JJ00'", [1, 2]),
        ("Perioden eq '2016JJ00' or Perioden eq '2017JJ00' and Key eq 'x'", [1]),
        ("(Perioden eq '2016JJ00' or Perioden eq '2017JJ00') and Key eq 'x'", []),
        ("Name eq '''s-Gravenhage'", [1]),
        ("Name eq 'Ede or Breda'", [2]),
        ("Name eq 'a(b'", [3]),
        ("Name eq ''", [4]),
        ("((Name eq ''))", [4]),
    ],
)
def test_a_filter_leaves_the_rows_that_fit(written: str, left: list[int]) -> None:
    assert numbers(written) == left


def test_the_generations_have_functions_of_their_own() -> None:
    assert numbers("contains(Key,'66001')", "v4") == [2]
    for written, generation in (("contains(Key,'6')", "v3"), ("substringof('6',Key)", "v4")):
        with pytest.raises(RefusedError):
            numbers(written, generation)


WRONG = (
    "Sleutel eq '1'",
    "Key = '426600 '",
    "Key eq 426600",
    "Key eq '426600",
    "Key eq",
    "Value eq '1'",
    "(Key eq 'x'",
    "Key eq 'x')",
    "Key eq 'x' Key eq 'y'",
    "Key ne '426600 '",
    "trim(Key) eq '426600'",
    "startswith(Key)",
    "startswith('4266',Key)",
    "Key in ('a','b')",
    "not startswith(Key,'4')",
    " ",
)


@pytest.mark.parametrize("written", WRONG)
def test_a_form_that_is_not_known_is_refused(written: str) -> None:
    with pytest.raises(RefusedError):
        numbers(written)


@pytest.mark.parametrize("generation", ["v3", "v4"])
def test_a_wrong_filter_stops_the_capture(
    source_server: SourceServer, tmp_path: Path, generation: str
) -> None:
    source_server.serve(small_tables.small_site)
    source = small_tables.small_source(generation)
    wrong = source.tables[0].model_copy(update={"filter": "Sleutel eq 'x'"})
    archive = Archive(tmp_path / "archive")
    with pytest.raises(VoorkantError) as error:
        capture(
            source_server.source(source.model_copy(update={"listed": (wrong,)})),
            unhurried(),
            archive,
        )
    assert error.value.code == "VK-S001"
    assert "status 400" in error.value.problem
    assert archive.captures(source.id) == []


@pytest.mark.parametrize("option", ["$select=Id", "$orderby=Id", "$top=1", "$search=x"])
def test_an_option_that_no_source_uses_is_refused(source_server: SourceServer, option: str) -> None:
    source_server.serve(small_tables.small_site)
    address = f"http://{source_server.host}/odata/v1/CBS/{small_tables.V4}/Observations?{option}"
    assert httpx2.get(address, trust_env=False).status_code == 400


def test_pages_of_a_selection_are_linked_with_their_filter(source_server: SourceServer) -> None:
    source_server.serve(small_tables.small_site)
    filter_ = quote("RegioS eq 'GM0363' or startswith(RegioS,'GM05')")
    link = (
        f"http://{source_server.host}/odata/v1/CBS/{small_tables.V4}/Observations?$filter={filter_}"
    )
    regions: list[str] = []
    pages = 0
    while link:
        page = json.loads(httpx2.get(link, trust_env=False).content)
        regions += [row["RegioS"] for row in page["value"]]
        link, pages = page.get("@odata.nextLink", ""), pages + 1
    assert pages == 3
    assert regions == ["GM0363"] * 3 + ["GM0518"] * 3 + ["GM0599"] * 3


# --- the filters of our own sources


FILTERED = {
    source.id: source
    for source in sources().values()
    if source.kind.startswith("odata") and any(table.filter for table in source.tables)
}


def taken(
    source_server: SourceServer, tmp_path: Path, source: Source, table: Table
) -> pl.DataFrame:
    """The rows that the product gets with the filter of its source.yaml."""
    source_server.serve(lambda _: CbsSite([table]))
    listed = source.table(table.id)
    have = tuple(name for name in listed.entities if name in table.entities)
    own = source.model_copy(update={"listed": (listed.model_copy(update={"entities": have}),)})
    archive = Archive(tmp_path / "archive")
    kept = capture(source_server.source(own), unhurried(), archive)
    entity = "TypedDataSet" if source.kind == "odata_v3" else "Observations"
    return odata.read_entity(archive, kept, f"{table.id}/{entity}")


def test_no_filter_of_a_source_goes_untried() -> None:
    assert set(FILTERED) == {"cbs_jobs", "cbs_population"}


def population_fits(row: dict[str, Any]) -> bool:
    return (
        row["Measure"] == "M000352"
        and row["Geslacht"] == "T001038"
        and row["Leeftijd"] == "10000"
        and row["BurgerlijkeStaat"] == "T001019"
        and row["RegioS"][:2] in ("NL", "GM")
        and int(row["Perioden"][:4]) >= 2017
    )


def test_the_filter_of_the_population(source_server: SourceServer, tmp_path: Path) -> None:
    """Around each row that is wanted stand rows that differ from it in one thing."""
    table = small_tables.population(1)
    assert isinstance(table.data, pl.DataFrame)
    near: list[Callable[[], pl.Expr]] = [
        lambda: pl.lit("M000365").alias("Measure"),
        lambda: pl.lit("T001019").alias("Geslacht"),
        lambda: pl.lit("10010").alias("Leeftijd"),
        lambda: pl.lit("T001020").alias("BurgerlijkeStaat"),
        lambda: pl.lit("WK036300").alias("RegioS"),
        lambda: pl.lit("2016JJ00").alias("Perioden"),
        lambda: pl.lit("NL01").alias("RegioS"),
        lambda: pl.lit("2017JJ00").alias("Perioden"),
    ]
    rows = pl.concat([table.data, *(table.data.with_columns(other()) for other in near)])
    rows = rows.with_columns(Id=pl.int_range(pl.len()))
    served = Table(table.id, "v4", table.about, rows, table.entities, page_rows=5)
    found = taken(source_server, tmp_path, FILTERED["cbs_population"], served)
    wanted = [row["Id"] for row in rows.to_dicts() if population_fits(row)]
    assert found["Id"].cast(pl.Int64).to_list() == wanted
    assert len(wanted) == 3 * small_tables.ROWS


@needs_material
def test_the_filter_of_the_jobs(source_server: SourceServer, tmp_path: Path) -> None:
    """On the recorded table with all its branches and sizes."""
    table = recorded.parquet_v3("83583NED")
    assert isinstance(table.data, pl.DataFrame)
    found = taken(source_server, tmp_path, FILTERED["cbs_jobs"], table)
    wanted = [
        row["ID"]
        for row in table.data.to_dicts()
        if row["BedrijfstakkenBranchesSBI2008"].strip() == "426600"
        and row["Bedrijfsgrootte"].strip() == "T001098"
    ]
    assert found["ID"].cast(pl.Int64).to_list() == wanted
    assert 0 < len(wanted) < table.data.height
