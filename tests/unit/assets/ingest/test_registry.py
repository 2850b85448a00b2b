"""The registry: what a description of a source must say, and which key is wrong when it does not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from assets.ingest.connectors import connector
from assets.ingest.registry import SOURCES, ExpectedRelease, load_source, sources
from expectations.contract import contracts
from expectations.errors import VoorkantError

GOOD: dict[str, Any] = {
    "id": "example",
    "kind": "odata_v3",
    "producer": "P",
    "title": "T",
    "about": "A",
    "base_url": "https://opendata.cbs.nl/ODataFeed/odata",
    "catalogue": "https://opendata.cbs.nl/ODataCatalog/Tables",
    "hosts": ["opendata.cbs.nl"],
    "licence": "CC-BY-4.0",
    "attribution": "B",
    "cadence": "yearly",
    "releases": [{"what": "figures", "day": "07-14", "plus_days": 10, "evidence": "E"}],
    "tables": [
        {"id": "12345NED", "title": "One", "status": "confirmed"},
        {"id": "two", "title": "Two", "status": "unresolved", "resolve_title": "Two; of it"},
        {"id": "12346ned", "title": "Three", "status": "closed", "closed": "2024-12"},
    ],
}
# Written out from the facts, so that the registry is not its own judge.
IV3 = {
    2010: "45007NED",
    2011: "45008NED",
    2012: "45001NED",
    2013: "45004NED",
    2014: "45005NED",
    2015: "45006NED",
    2016: "45031NED",
    2017: "45038NED",
    2018: "45042NED",
    2019: "45046NED",
    2020: "45050NED",
    2021: "45054NED",
    2022: "45059NED",
    2023: "45063NED",
    2024: "45067NED",
    2025: "45071NED",
    2026: "45078NED",
}
REGIONS = {
    2015: "82949NED",
    2016: "83287NED",
    2017: "83553NED",
    2018: "83859NED",
    2019: "84378NED",
    2020: "84721NED",
    2021: "84929NED",
    2022: "85067NED",
    2023: "85385NED",
    2024: "85755NED",
    2025: "86059NED",
    2026: "86247NED",
}
Write = Callable[[dict[str, Any]], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(description: dict[str, Any]) -> Path:
        folder = tmp_path / "example"
        folder.mkdir(exist_ok=True)
        (folder / "source.yaml").write_text(yaml.safe_dump(description), "utf-8")
        return folder

    return written


def test_only_tables_with_a_known_id_can_be_asked_for(write: Write) -> None:
    source = load_source(write(GOOD))
    assert [table.id for table in source.tables] == ["12345NED", "12346ned"]
    assert [table.id for table in source.unresolved] == ["two"]
    assert [table.id for table in source.listed] == ["12345NED", "two", "12346ned"]


def first_table(**change: Any) -> dict[str, Any]:
    return {"tables": [{"id": "12345NED", "title": "One", "status": "confirmed"} | change]}


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"colour": "red"}, "colour: Extra inputs"),
        ({"producer": None}, "producer: Input should be"),
        ({"licence": " "}, "licence: String should have at least 1"),
        ({"kind": "excel"}, "kind: Input should be 'odata_v3'"),
        ({"base_url": "https://elsewhere.nl/x"}, "base_url: https://elsewhere.nl/x is not on"),
        ({"base_url": "http://opendata.cbs.nl/x"}, "base_url: http://opendata.cbs.nl/x is not on"),
        ({"catalogue": "https://elsewhere.nl"}, "catalogue: https://elsewhere.nl is not on"),
        ({"catalogue": None}, "catalogue: needed, because a table is unresolved"),
        ({"releases": [{"what": "x", "day": "14-07", "evidence": "E"}]}, "releases.1.day: "),
        ({"releases": [{"what": "x", "day": "02-30", "evidence": "E"}]}, "releases.1: "),
        ({"releases": [{"what": "x", "day": "07-14"}]}, "releases.1.evidence: Field required"),
        (
            {"releases": [{"what": "x", "day": "07-14", "until": "07-01", "evidence": "E"}]},
            "releases.1: until: the window ends before it begins",
        ),
        (first_table(status="guessed"), "tables.1.status: Input should be 'confirmed'"),
        (first_table(status="unresolved"), "tables.1: resolve_title: needed"),
        (first_table(resolve_title="x"), "tables.1: resolve_title: needed"),
        (first_table(status="closed"), "tables.1: closed: needed"),
        (first_table(closed="2024-12"), "tables.1: closed: needed"),
        (first_table(status="closed", closed="dec"), "tables.1.closed: String should match"),
        (first_table(id="../x"), "tables.1.id: '../x' does not have the form of an id"),
        (first_table(id="123NED"), "tables.1.id: '123NED' does not have the form of an id"),
        (
            first_table(id="99999NED", status="unresolved", resolve_title="x"),
            "tables.1.id: '99999NED' does not have the form of a name of this project",
        ),
        (first_table(year=20), "tables.1.year: Input should be greater"),
        (
            {"tables": [*GOOD["tables"], GOOD["tables"][0]]},
            "tables: the id 12345NED is there twice",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_key(
    write: Write, change: dict[str, Any], found: str
) -> None:
    with pytest.raises(VoorkantError) as error:
        load_source(write(GOOD | change))
    assert error.value.code == "VK-C002"
    assert found in error.value.problem
    assert "example/source.yaml:" in error.value.where


@pytest.mark.parametrize("content", [b"", b"[1]", b"id: [", b"\xff\xfe"])
def test_a_file_that_is_no_description_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "source.yaml").write_bytes(content)
    with pytest.raises(VoorkantError) as error:
        load_source(tmp_path)
    assert error.value.code == "VK-C002"


def test_a_release_is_a_day_or_a_window_around_the_year_it_is_about() -> None:
    account = ExpectedRelease(what="account", day="07-14", plus_days=70, evidence="E")
    assert account.window(2023) == (date(2024, 9, 22), date(2024, 9, 22))
    budget = ExpectedRelease(what="budget", day="11-14", years_after=-1, plus_days=70, evidence="E")
    assert budget.window(2026) == (date(2026, 1, 23), date(2026, 1, 23))
    vague = ExpectedRelease(what="care", day="05-01", until="06-30", evidence="E")
    assert vague.window(2024) == (date(2025, 5, 1), date(2025, 6, 30))


def test_every_folder_is_a_source_with_a_connector() -> None:
    assert set(sources()) == {path.parent.name for path in SOURCES.glob("*/source.yaml")}
    for source in sources().values():
        assert callable(connector(source.kind).collect)
        assert source.traps, source.id
    needed = {name for contract in contracts().values() for name in contract.sources}
    assert needed <= set(sources())


def test_the_ids_of_the_yearly_tables_are_those_of_the_facts() -> None:
    assert {table.year: table.id for table in sources()["cbs_iv3"].tables} == IV3
    regions = sources()["cbs_regions_yearly"].tables
    assert {table.year: table.id for table in regions} == REGIONS
    for table in (*regions, *sources()["cbs_iv3"].tables):
        assert str(table.year) in table.title


@pytest.mark.parametrize(
    ("source", "ids"),
    [
        ("cbs_municipal_budgets", ["83641NED"]),
        ("cbs_municipal_accounts", ["84413NED"]),
        ("cbs_wmo", ["84580NED"]),
        ("cbs_care_history", ["84053NED", "84047NED"]),
        ("cbs_welfare_finances", ["81278ned"]),
        ("cbs_key_figures", ["70072ned"]),
        ("cbs_population", ["03759ned"]),
        ("cbs_jobs", ["83583NED"]),
        ("brede_spuk", ["BWBR0047862"]),
        ("spuk_iza", ["BWBR0048411"]),
        ("spuk_transformatie", ["BWBR0049737"]),
        (
            "kansrijke_wijk",
            ["stcrt-2023-17605", "stcrt-2023-25879", "stcrt-2025-20924", "stcrt-2025-32385"],
        ),
        # What nobody confirmed is asked nowhere.
        ("cbs_care_successors", []),
        ("cbs_prices", []),
        ("azw_workforce", ["24114NED"]),
        ("municipal_boundaries", []),
    ],
)
def test_the_ids_of_the_other_sources(source: str, ids: list[str]) -> None:
    assert [table.id for table in sources()[source].tables] == ids


def test_a_closed_table_and_a_sought_one_say_so() -> None:
    assert {t.status for t in sources()["cbs_care_history"].tables} == {"closed"}
    sought = {
        (source.id, table.id): table.resolve_title
        for source in sources().values()
        if source.kind.startswith("odata")
        for table in source.unresolved
    }
    assert sought == {
        ("azw_workforce", "employees_by_branch"): "Werknemers met een baan in de zorg en welzijn",
        (
            "cbs_care_successors",
            "spending_by_type_of_care",
        ): "Uitgaven gezondheids- en welzijnszorg",
        ("cbs_prices", "cao_wages"): "Cao-lonen",
        ("cbs_prices", "consumer_prices"): "Consumentenprijzen",
    }
