"""CBS OData v4, on our own and on recorded payloads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from assets.ingest.archive import Archive, Capture
from assets.ingest.connectors import odata_v4
from assets.ingest.messages import Request, Response
from assets.ingest.registry import Source, SourceTable
from expectations.errors import VoorkantError
from tests.support.material import MATERIAL

BASE = "https://datasets.cbs.nl/odata/v1/CBS"
RECORDED = MATERIAL / "cbs-odata-v4-recorded/03759ned"
FILES = {
    "Properties": "properties.json",
    "RegioSCodes": "codes-RegioS.json",
    "PeriodenCodes": "codes-Perioden.json",
    "MeasureCodes": "measure-codes.json",
    "Observations": "observations-page-1.json",
}


def source(**table: Any) -> Source:
    about = {"id": "1ned", "title": "Bevolking", "status": "confirmed", **table}
    return Source(
        id="population",
        kind="odata_v4",
        producer="CBS",
        title="Bevolking",
        about="",
        base_url=BASE,
        hosts=("datasets.cbs.nl",),
        licence="CC-BY-4.0",
        attribution="",
        cadence="",
        tables=(SourceTable.model_validate(about),),
    )


def captured(tmp_path: Path, bodies: dict[str, Any], **table: Any) -> tuple[Archive, Capture]:
    def fetch(request: Request) -> Response:
        body = bodies[request.url.removeprefix(f"{BASE}/")]
        return Response(request, 200, "application/json", json.dumps(body).encode())

    archive = Archive(tmp_path)
    responses = odata_v4.collect(source(**table), fetch)
    return archive, archive.record("population", "test", "2026-01-01T00:00:00Z", responses)


def bodies(count: int) -> dict[str, Any]:
    row = {"Id": 1, "ValueAttribute": "None", "Value": 5}
    absent = {"Id": 2, "ValueAttribute": "Impossible", "Value": None, "StringValue": None}
    about = {"Identifier": "1ned", "Modified": "2026-06-23T00:00:00+02:00", "Nested": [{"a": True}]}
    return {
        "1ned/Properties": {"@odata.context": "x", "ObservationCount": count, **about},
        "1ned/Observations": {"value": [row], "@odata.nextLink": "Observations?$skip=1"},
        "1ned/Observations?$skip=1": {"value": [absent]},
    }


def test_pages_attributes_and_optional_columns(tmp_path: Path) -> None:
    archive, capture = captured(tmp_path, bodies(2))
    frame = odata_v4.read_entity(archive, capture, "1ned/Observations").drop("_capture")
    assert frame.columns == ["Id", "ValueAttribute", "Value", "StringValue", "_locator"]
    assert frame.rows() == [
        ("1", "None", "5", None, "page 1 row 1"),
        ("2", "Impossible", None, None, "page 2 row 1"),
    ]
    properties = odata_v4.read_entity(archive, capture, "1ned/Properties")
    assert properties.select("Identifier", "Nested").row(0) == ("1ned", '[{"a": true}]')
    assert {entry.published_at for entry in capture.entries} == {"2026-06-23T00:00:00+02:00"}


def test_missing_observations_are_told(tmp_path: Path) -> None:
    with pytest.raises(VoorkantError) as error:
        captured(tmp_path, bodies(3))
    assert error.value.code == "VK-S005"


def test_another_table_is_told(tmp_path: Path) -> None:
    with pytest.raises(VoorkantError) as error:
        captured(tmp_path, {"2ned/Properties": bodies(2)["1ned/Properties"]}, id="2ned")
    assert error.value.code == "VK-S004"


def test_recorded_answers_of_cbs_are_read_as_they_stand(tmp_path: Path) -> None:
    if not RECORDED.exists():
        pytest.skip("recorded payloads are not part of the repository: ../shared/data is absent")

    def fetch(request: Request) -> Response:
        entity = request.name.removeprefix("03759ned/")
        return Response(request, 200, "application/json", (RECORDED / FILES[entity]).read_bytes())

    entities = ("RegioSCodes", "PeriodenCodes", "MeasureCodes")
    wanted = source(id="03759ned", entities=entities, filter="Perioden ge '2019JJ00'")
    archive = Archive(tmp_path)
    responses = odata_v4.collect(wanted, fetch)
    capture = archive.record("population", "test", "2026-01-01T00:00:00Z", responses)
    assert {entry.published_at for entry in capture.entries} == {"2026-06-23T00:00:00+02:00"}
    for entity in (*entities, "Observations"):
        frame = odata_v4.read_entity(archive, capture, f"03759ned/{entity}")
        rows = json.loads((RECORDED / FILES[entity]).read_bytes())["value"]
        found = [{k: None if v is None else str(v) for k, v in row.items()} for row in rows]
        assert frame.drop("_capture", "_locator").to_dicts() == found
    observations = odata_v4.read_entity(archive, capture, "03759ned/Observations")
    assert observations.height == 13568
    impossible = observations.filter(ValueAttribute="Impossible")
    assert (impossible.height, impossible["Value"].null_count()) == (8165, 8165)
