"""CBS OData v3: paging, completeness, exact text, titles; on our own and on recorded payloads."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assets.ingest.archive import Archive, Capture
from assets.ingest.connectors import odata_v3
from assets.ingest.messages import Request, Response
from assets.ingest.registry import Source, SourceTable
from expectations.errors import VoorkantError
from tests.support.material import MATERIAL

BASE = "https://dataderden.cbs.nl/ODataFeed/odata"
RECORDED = MATERIAL / "cbs-odata-v3-recorded"
INFOS = {
    "Identifier": "1NED",
    "Title": "Gemeenten 2023",
    "Modified": "2024-01-01",
    "RecordCount": 3,
}
PROPERTIES = [
    {"ID": 0, "ParentID": None, "Key": "Taakveld", "Title": "Taakveld "},
    {"ID": 1, "ParentID": None, "Key": "", "Title": "Groep"},
    {"ID": 2, "ParentID": 1, "Key": "Naam_2", "Title": "Naam"},
    {"ID": 3, "ParentID": None, "Key": "Naam_4", "Title": "Naam"},
    {"ID": 4, "ParentID": None, "Key": "k_2ePlaatsing_7", "Title": "2e plaatsing"},
]


def source(**table: Any) -> Source:
    about = {"id": "1NED", "title": "Gemeenten 2023", "status": "confirmed", "year": 2023, **table}
    return Source(
        id="iv3",
        kind="odata_v3",
        producer="CBS",
        title="Iv3",
        about="",
        base_url=BASE,
        hosts=("dataderden.cbs.nl",),
        licence="CC-BY-4.0",
        attribution="",
        cadence="",
        tables=(SourceTable.model_validate(about),),
    )


def answering(bodies: dict[str, str]) -> Callable[[Request], Response]:
    """An origin that knows these addresses (after the base) only."""

    def fetch(request: Request) -> Response:
        body = bodies[request.url.removeprefix(f"{BASE}/")]
        return Response(request, 200, "application/json", body.encode())

    return fetch


def pages(rows: str = '{"A":"1 ","B":null},{"A":null}', **more: str) -> dict[str, str]:
    link = f"{BASE}/1NED/TypedDataSet?$format=json&$skip=2"
    return {
        "1NED/TableInfos?$format=json": json.dumps({"value": [INFOS]}),
        "1NED/DataProperties?$format=json": json.dumps({"value": PROPERTIES}),
        "1NED/TypedDataSet?$format=json": f'{{"value":[{rows}],"odata.nextLink":"{link}"}}',
        "1NED/TypedDataSet?$format=json&$skip=2": '{"value":[{"A":"3","B":-0.10e2}]}',
        **more,
    }


def recorded(tmp_path: Path, bodies: dict[str, str], **table: Any) -> tuple[Archive, Capture]:
    archive = Archive(tmp_path)
    responses = odata_v3.collect(source(**table), answering(bodies))
    return archive, archive.record("iv3", "test", "2026-01-01T00:00:00Z", responses)


def code_of(bodies: dict[str, str], **table: Any) -> str:
    with pytest.raises(VoorkantError) as error:
        odata_v3.collect(source(**table), answering(bodies))
    return error.value.code


def test_pages_are_followed_by_the_sources_own_link(tmp_path: Path) -> None:
    archive, capture = recorded(tmp_path, pages())
    frame = odata_v3.read_entity(archive, capture, "1NED/TypedDataSet")
    first, second = (entry.sha256 for entry in capture.named("1NED/TypedDataSet"))
    assert frame.rows() == [
        ("1 ", None, first, "page 1 row 1"),
        (None, None, first, "page 1 row 2"),
        ("3", "-0.10e2", second, "page 2 row 1"),
    ]
    assert {entry.published_at for entry in capture.entries} == {"2024-01-01"}


def test_a_relative_link_is_followed_too(tmp_path: Path) -> None:
    bodies = pages()
    complete = bodies["1NED/TypedDataSet?$format=json"]
    bodies["1NED/TypedDataSet?$format=json"] = complete.replace(f"{BASE}/1NED/", "")
    _, capture = recorded(tmp_path, bodies)
    assert len(capture.named("1NED/TypedDataSet")) == 2


def test_pages_in_a_circle_are_refused() -> None:
    circle = {"1NED/TypedDataSet?$format=json&$skip=2": pages()["1NED/TypedDataSet?$format=json"]}
    assert code_of(pages(**circle)) == "VK-S004"


def test_missing_rows_are_told() -> None:
    assert code_of(pages(rows='{"A":"1"}')) == "VK-S005"


def test_with_a_filter_there_is_no_number_to_compare_with() -> None:
    address = "1NED/TypedDataSet?$format=json&$filter=startswith(A,'1')%20and%20B%20eq%20'x'"
    bodies = pages(**{address: '{"value":[]}'})
    wanted = source(filter="startswith(A,'1') and B eq 'x'")
    assert odata_v3.collect(wanted, answering(bodies))[-1].request.url == f"{BASE}/{address}"


def test_without_data_only_metadata_is_asked() -> None:
    responses = odata_v3.collect(source(data=False), answering(pages()))
    assert [r.request.name for r in responses] == ["1NED/TableInfos", "1NED/DataProperties"]


@pytest.mark.parametrize(
    "body",
    [
        "<html><title>Onderhoud</title>",
        '{"value":[',
        '{"value":{"0":{}}}',
        "[]",
        '{"value":[1]}',
        "",
        '{"value":[]}',
        json.dumps({"value": [{**INFOS, "Identifier": "2NED"}]}),
        json.dumps({"value": [{**INFOS, "Title": "Gemeenten 2022"}]}),
    ],
)
def test_a_body_that_is_something_else_is_told_with_its_start(body: str) -> None:
    bodies = pages(**{"1NED/TableInfos?$format=json": body})
    with pytest.raises(VoorkantError) as error:
        odata_v3.collect(source(), answering(bodies))
    assert error.value.code == "VK-S004"
    assert repr(body[:80]) in error.value.problem
    address = f"{BASE}/1NED/TableInfos?$format=json"
    assert error.value.where == f"iv3, 1NED/TableInfos, page 1, {address}"


def test_columns_are_found_by_title(tmp_path: Path) -> None:
    archive, capture = recorded(tmp_path, pages())
    columns = odata_v3.columns_by_title(archive, capture, "1NED")
    assert columns == {
        "Taakveld": "Taakveld",
        "Groep / Naam": "Naam_2",
        " / Naam": "Naam_4",
        "2e plaatsing": "k_2ePlaatsing_7",
    }
    assert odata_v3.titled(columns, "x", "2de plaatsing", "2e plaatsing") == "k_2ePlaatsing_7"
    with pytest.raises(VoorkantError) as error:
        odata_v3.titled(columns, "x", "3e plaatsing")
    assert error.value.code == "VK-S006"


def test_an_entity_that_was_not_captured_is_told(tmp_path: Path) -> None:
    archive, capture = recorded(tmp_path, pages())
    with pytest.raises(VoorkantError) as error:
        odata_v3.read_entity(archive, capture, "1NED/Categorie")
    assert error.value.code == "VK-A001"


def test_a_recorded_page_of_cbs_is_read_as_it_stands(tmp_path: Path) -> None:
    path = RECORDED / "84489NED/TypedDataSet.json"
    if not path.exists():
        pytest.skip("recorded payloads are not part of the repository: ../shared/data is absent")
    archive = Archive(tmp_path)
    request = Request("84489NED/TypedDataSet", "https://opendata.cbs.nl/")
    answer = Response(request, 200, "application/json", path.read_bytes())
    capture = archive.record("s", "test", "2026-01-01T00:00:00Z", [answer])
    frame = odata_v3.read_entity(archive, capture, "84489NED/TypedDataSet")
    assert frame.height == 2500
    assert frame.select("ID", "Code_3", "Naam_4", "_locator").row(0) == (
        "0",
        "GM0141    ",
        "Overijssel               ",
        "page 1 row 1",
    )
    kept = [
        dict(zip(row, map(str, row.values()), strict=True))
        for row in json.loads(path.read_bytes())["value"]
    ]
    assert frame.drop("_capture", "_locator").to_dicts() == kept


def test_an_export_of_the_portal_is_not_the_api() -> None:
    path = RECORDED / "85755NED-portal-export/85755NED_UntypedDataSet.json"
    if not path.exists():
        pytest.skip("recorded payloads are not part of the repository: ../shared/data is absent")
    assert code_of(pages(**{"1NED/TableInfos?$format=json": path.read_text("utf-8")})) == "VK-S004"
