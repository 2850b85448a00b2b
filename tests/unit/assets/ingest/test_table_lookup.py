"""Looking up a table by its title: one fits, several do, none does; and the table's own word."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from assets.ingest.messages import Request, Response
from assets.ingest.registry import SourceTable, sources
from assets.ingest.table_lookup import Resolution, confirm, look_up, normalised, requests, resolve
from expectations.errors import VoorkantError

AZW = sources()["azw_workforce"]
CARE = sources()["cbs_care_successors"]
(EMPLOYEES,) = AZW.unresolved
TITLE = "Werknemers met een baan in de zorg en welzijn"


def v3(id_: str, title: str, status: str = "Regulier", **more: str) -> dict[str, str]:
    """A row of a v3 catalogue, padded as v3 does."""
    row = {"Identifier": f"{id_}  ", "Title": title, "OutputStatus": status, "Language": "nl"}
    return {**row, "Catalog": "AZW", "Modified": "2026-07-01T02:00:00", **more}


def looked(rows: list[dict[str, str]], title: str = TITLE) -> Resolution:
    table = EMPLOYEES.model_copy(update={"resolve_title": title})
    return resolve(AZW, table, rows)


def ids(found: Resolution) -> list[str]:
    return [each.id for each in found.candidates]


@pytest.mark.parametrize(
    "title",
    [
        TITLE,
        TITLE.upper(),
        f"  {TITLE.replace(' ', '  ')} ",
        f"{TITLE}; branche, kwartaal",
        f"{TITLE}, per branche",
        f"{TITLE} (branches)",
    ],
)
def test_the_one_that_fits_is_found(title: str) -> None:
    other = v3("24114NED", "Gediplomeerden; opleiding")
    found = looked([other, v3("24999NED", title), v3("24998NED", "Vacatures in zorg en welzijn")])
    assert (found.outcome, ids(found)) == ("found", ["24999NED"])
    assert found.confirmed is None


@pytest.mark.parametrize(
    "row",
    [
        v3("24999NED", f"Aantal {TITLE.lower()}"),
        v3("24999NED", f"{TITLE}sinstellingen"),
        v3("24999NED", TITLE, Language="en"),
        v3("", TITLE),
        {},
        {"Title": None, "Identifier": None},
    ],
)
def test_another_title_does_not_fit(row: dict[str, Any]) -> None:
    assert looked([row]).outcome == "none"


def test_what_is_closed_is_told_but_never_chosen() -> None:
    rows = [v3("24998NED", TITLE, "Gediscontinueerd"), v3("24997NED", TITLE, "Vervallen")]
    found = looked(rows)
    assert (found.outcome, ids(found)) == ("none", [])
    assert [each.id for each in found.others] == ["24997NED", "24998NED"]
    assert found.sentence.endswith("nothing fits; closed: 24997NED, 24998NED")


def test_of_several_a_person_chooses() -> None:
    rows = [v3("24999NED", f"{TITLE}; regio"), v3("24998NED", f"{TITLE}; branche")]
    found = looked(rows)
    assert (found.outcome, ids(found)) == ("several", ["24998NED", "24999NED"])
    assert "choose one: 24998NED" in found.sentence
    assert looked(list(reversed(rows))) == found, "the order of a catalogue decides nothing"


def test_a_whole_title_goes_before_a_beginning() -> None:
    found = looked([v3("24998NED", f"{TITLE}; regio"), v3("24999NED", TITLE)])
    assert (found.outcome, ids(found)) == ("found", ["24999NED"])


def test_the_same_row_twice_is_one_table_and_a_known_id_is_none() -> None:
    assert looked([v3("24999NED", TITLE)] * 2).outcome == "found"
    assert looked([v3("24114ned", TITLE)]).outcome == "none"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Uitgaven gezondheids- en welzijnszorg", "uitgaven gezondheids‑ en welzijnszorg."),
        ("Zorg;kerncijfers", "Zorg ; kerncijfers"),
        ("Financiën", "FINANCIEN"),
    ],
)
def test_titles_are_compared_without_what_does_not_matter(one: str, other: str) -> None:
    assert normalised(one) == normalised(other)


@pytest.mark.parametrize(
    ("about", "confirmed", "reason"),
    [
        (v3("24999NED", f"{TITLE} ; branche"), True, "the table says the same"),
        (v3("24998NED", f"{TITLE}; branche"), False, "id: catalogue '24999NED', table '24998NED'"),
        (v3("24999NED", "Vacatures"), False, "title: "),
        (v3("24999NED", f"{TITLE}; branche", "Vervallen"), False, "status: "),
        ({}, False, "id: "),
    ],
)
def test_the_table_has_the_last_word(about: dict[str, str], confirmed: bool, reason: str) -> None:
    found = confirm(looked([v3("24999NED", f"{TITLE}; branche")]), about)
    assert found.confirmed is confirmed
    assert reason in found.reason


def answered(bodies: dict[str, Any]) -> tuple[list[str], Any]:
    sent: list[str] = []

    def fetch(request: Request) -> Response:
        sent.append(request.url)
        if request.url not in bodies:
            raise VoorkantError("VK-S001", "gone", request.url, "-", "-")
        return Response(request, 200, "application/json", json.dumps(bodies[request.url]).encode())

    return sent, fetch


def test_a_look_up_asks_the_catalogue_and_then_the_table() -> None:
    second = "https://dataderden.cbs.nl/ODataCatalog/Tables?$skiptoken=1"
    infos = "https://dataderden.cbs.nl/ODataFeed/odata/24999NED/TableInfos?$format=json"
    row = v3("24999NED", f"{TITLE}; branche")
    bodies = {
        str(AZW.catalogue): {"value": [v3("24001NED", "X")], "odata.nextLink": second},
        second: {"value": [row]},
        infos: {"value": [row]},
    }
    sent, fetch = answered(bodies)
    (found,) = look_up(AZW, fetch)
    assert sent == list(bodies)
    assert (found.outcome, ids(found), found.confirmed) == ("found", ["24999NED"], True)
    assert json.loads(json.dumps(found.as_dict()))["candidates"][0]["catalogue"] == "AZW"
    assert [each.url for each in requests(AZW)] == [AZW.catalogue]


def test_a_table_that_does_not_answer_is_not_confirmed() -> None:
    _, fetch = answered({str(AZW.catalogue): {"value": [v3("24999NED", TITLE)]}})
    (found,) = look_up(AZW, fetch)
    assert (found.confirmed, found.reason) == (False, "VK-S001: gone")


def test_an_id_that_would_change_the_address_is_not_asked() -> None:
    sent, fetch = answered({str(AZW.catalogue): {"value": [v3("../24999NED", TITLE)]}})
    (found,) = look_up(AZW, fetch)
    assert (found.confirmed, len(sent)) == (False, 1)


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"value": 1}', b"{}"])
def test_a_catalogue_that_is_something_else_is_told(body: bytes) -> None:
    with pytest.raises(VoorkantError) as error:
        look_up(AZW, lambda request: Response(request, 200, "", body))
    assert error.value.code == "VK-S004"


def test_v4_has_other_names_for_the_same() -> None:
    properties = {"Identifier": "85999NED", "Title": "Uitgaven gezondheids- en welzijnszorg; x"}
    properties |= {"Status": "Regulier", "Language": "nl"}
    bodies = {
        str(CARE.catalogue): {"value": [properties]},
        f"{CARE.base_url}/85999NED/Properties": properties,
    }
    _, fetch = answered(bodies)
    (found,) = look_up(CARE, fetch)
    assert (ids(found), found.confirmed) == (["85999NED"], True)


def test_a_source_without_a_catalogue_says_what_to_do() -> None:
    boundaries = sources()["municipal_boundaries"]
    found = look_up(boundaries, lambda _: pytest.fail("there is nothing to ask"))
    assert len(found) == len(boundaries.unresolved)
    assert {each.outcome for each in found} == {"none"}
    assert look_up(sources()["cbs_jobs"], lambda _: pytest.fail("nothing is sought")) == []


# --- the recorded catalogue


@pytest.fixture(scope="module")
def recorded(shared: Path) -> list[dict[str, str]]:
    catalogue = json.loads((shared / "data/cbs-odata-v4-recorded/_catalog.json").read_bytes())
    return list(catalogue["value"])


def test_every_regular_table_of_the_recorded_catalogue_is_found_by_its_title(
    recorded: list[dict[str, str]],
) -> None:
    regular = [row for row in recorded if row["Status"] == "Regulier" and row["Language"] == "nl"]
    titles = [normalised(row["Title"]) for row in regular]
    assert len(regular) > 20
    for row in regular:
        table = SourceTable(
            id="sought", title="t", status="unresolved", resolve_title=row["Title"].upper()
        )
        found = resolve(CARE, table, recorded)
        expected = "found" if titles.count(normalised(row["Title"])) == 1 else "several"
        assert found.outcome == expected, row["Title"]
        assert row["Identifier"] in ids(found)


def test_the_closed_tables_of_the_recorded_catalogue_are_not_found(
    recorded: list[dict[str, str]],
) -> None:
    regular = {normalised(r["Title"]) for r in recorded if r["Status"] == "Regulier"}
    closed = [row for row in recorded if row["Status"] != "Regulier"]
    assert closed
    for row in closed:
        if normalised(row["Title"]) in regular:
            continue
        table = SourceTable(id="s", title="t", status="unresolved", resolve_title=row["Title"])
        found = resolve(CARE, table, recorded)
        assert row["Identifier"] not in ids(found)
        assert row["Identifier"] in [each.id for each in found.others] or row["Language"] != "nl"


def test_what_we_seek_is_not_in_the_recorded_part_of_the_catalogue(
    recorded: list[dict[str, str]],
) -> None:
    assert [resolve(CARE, table, recorded).outcome for table in CARE.unresolved] == ["none"]
