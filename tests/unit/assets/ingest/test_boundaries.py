"""Boundaries: every feature with the digits of the source, and the order of rings that fools a map."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assets.ingest.archive import Archive
from assets.ingest.capture import capture
from assets.ingest.connectors import geojson
from assets.ingest.messages import Request, Response
from assets.ingest.origins.sample import SampleOrigin
from assets.ingest.registry import Source, SourceTable, sources
from expectations.errors import VoorkantError

# Counter-clockwise outside, clockwise hole; digits that no float would print again.
OUTER = "[[5.10,52.0],[5.30,52.0],[5.30,52.20],[5.10,52.20],[5.10,52.0]]"
HOLE = "[[5.15,52.05],[5.15,52.1],[5.2,52.1],[5.2,52.050000000000001],[5.15,52.05]]"


def polygon(*rings: str) -> str:
    return f'{{"type":"Polygon","coordinates":[{",".join(rings)}]}}'


def feature(geometry: str, code: str = "GM0001", name: str = "Eén") -> str:
    properties = json.dumps({"statcode": code, "statnaam": name, "id": 1}, ensure_ascii=False)
    return f'{{"type":"Feature","properties":{properties},"geometry":{geometry}}}'


def collection(*features: str, **more: int) -> bytes:
    head = "".join(f'"{key}":{value},' for key, value in more.items())
    inside = ",".join(features)
    return f'{{"type":"FeatureCollection",{head}"features":[{inside}]}}'.encode()


def read(tmp_path: Path, body: bytes) -> pl.DataFrame:
    archive = Archive(tmp_path / "archive")
    answer = Response(Request("y2023", "https://x"), 200, "application/json", body)
    capture = archive.record("b", "test", "2026-01-01T00:00:00Z", [answer])
    return geojson.read_boundaries(archive, capture, "y2023")


def test_a_feature_is_read_with_the_digits_of_the_source(tmp_path: Path) -> None:
    frame = read(tmp_path, collection(feature(polygon(OUTER, HOLE)), numberMatched=1))
    assert tuple(frame.columns) == geojson.COLUMNS
    (row,) = frame.to_dicts()
    assert row["geometry"] == polygon(OUTER, HOLE)
    assert (row["code"], row["name"], row["geometry_type"]) == ("GM0001", "Eén", "Polygon")
    assert (row["outer_rings"], row["_locator"]) == ("counter-clockwise", "feature 1")


def test_rings_are_turned_for_the_map_that_needs_them_so() -> None:
    given = polygon(OUTER, HOLE)
    for_vega = geojson.rewound(given, "clockwise")
    rings = json.loads(for_vega)["coordinates"]
    assert rings == [ring[::-1] for ring in json.loads(given)["coordinates"]]
    assert "52.050000000000001" in for_vega, "no digit changes"
    assert geojson.rewound(for_vega, "counter-clockwise") == given
    assert geojson.rewound(given, "counter-clockwise") == given
    several = f'{{"type":"MultiPolygon","coordinates":[[{OUTER}],[{OUTER},{HOLE}]]}}'
    assert geojson.rewound(geojson.rewound(several, "clockwise"), "counter-clockwise") == several


def test_rings_of_both_kinds_are_told(tmp_path: Path) -> None:
    backwards = json.dumps(json.loads(OUTER)[::-1])
    several = f'{{"type":"MultiPolygon","coordinates":[[{OUTER}],[{backwards}]]}}'
    frame = read(tmp_path, collection(feature(polygon(backwards)), feature(several, "GM0002")))
    assert frame["outer_rings"].to_list() == ["clockwise", "mixed"]


RD = polygon("[[155000,463000],[156000,463000],[156000,464000],[155000,463000]]")
SWAPPED = polygon("[[52.0,5.1],[52.0,5.3],[52.2,5.3],[52.0,5.1]]")


@pytest.mark.parametrize(
    ("body", "code", "found"),
    [
        (b"<html>Onderhoud</html>", "VK-S004", "not JSON"),
        (b"[]", "VK-S004", "collection of features"),
        (b'{"features":{}}', "VK-S004", "collection of features"),
        (b'{"features":[1]}', "VK-S004", "collection of features"),
        (collection('{"properties":{}}'), "VK-S004", "no properties or no geometry"),
        (collection(feature("null")), "VK-S004", "no properties or no geometry"),
        (collection(feature('{"type":"Point","coordinates":[5,52]}')), "VK-S004", "a Point"),
        (collection(feature('{"type":"Polygon"}')), "VK-S004", "unknown form"),
        (collection(feature(polygon('["x"]'))), "VK-S004", "unknown form"),
        (collection(feature('{"type":"Polygon","coordinates":[]}')), "VK-S004", "degrees"),
        (collection(feature(RD)), "VK-S004", "degrees"),
        (collection(feature(SWAPPED)), "VK-S004", "degrees"),
        (collection(feature(polygon(OUTER), code="x").replace("statcode", "c")), "VK-S006", "c"),
        (collection(feature(polygon(OUTER)), numberMatched=342), "VK-S005", "342 features, 1"),
    ],
)
def test_what_would_draw_another_country_is_refused(body: bytes, code: str, found: str) -> None:
    with pytest.raises(VoorkantError) as error:
        geojson.features(body, "b", "y2023")
    assert error.value.code == code
    assert found in error.value.problem


def test_a_confirmed_year_is_asked_in_degrees_and_an_unresolved_one_is_not(
    tmp_path: Path,
) -> None:
    registered = sources()["municipal_boundaries"]
    assert registered.tables == ()
    sought = registered.unresolved[0]
    year = SourceTable(
        id=sought.id, title="T", status="confirmed", year=sought.year, entities=sought.entities
    )
    source = Source.model_validate(
        registered.model_dump(by_alias=True) | {"tables": [year.model_dump()]}
    )
    requests: list[str] = []

    def fetch(request: Request) -> Response:
        requests.append(request.url)
        return Response(request, 200, "application/json", collection(feature(polygon(OUTER))))

    with pytest.raises(VoorkantError) as error:
        capture(registered, SampleOrigin(tmp_path), Archive(tmp_path / "archive"))
    assert error.value.code == "VK-S011"
    assert [each.rows for each in geojson.collect(source, fetch)] == [1]
    assert requests == [
        f"https://service.pdok.nl/cbs/gebiedsindelingen/{sought.year}/wfs/v1_0?service=WFS"
        "&version=2.0.0&request=GetFeature&typeName=gebiedsindelingen:gemeente_gegeneraliseerd"
        "&outputFormat=application/json&srsName=EPSG:4326"
    ]


def numbers(value: Any) -> list[float]:
    return (
        [value] if isinstance(value, float | int) else [n for each in value for n in numbers(each)]
    )


def test_the_recorded_boundaries_read_to_every_point(shared: Path, tmp_path: Path) -> None:
    body = (shared / "data/geo/nl_gemeenten_2023_simplified.geojson").read_bytes()
    frame = read(tmp_path, body)
    found = json.loads(body)["features"]
    assert frame.height == len(found) == 342
    assert frame["code"].to_list() == [each["properties"]["statcode"] for each in found]
    assert frame["name"].to_list() == [each["properties"]["statnaam"] for each in found]
    geometries = [json.loads(text) for text in frame["geometry"]]
    assert geometries == [each["geometry"] for each in found]
    points = [number for each in geometries for number in numbers(each["coordinates"])]
    dots = body.count(b".") - sum(name.count(".") for name in frame["name"])
    assert len(points) == dots > 10_000
    assert all(text.encode() in body for text in frame["geometry"]), "to the digit"
    # The recorded file has the order of RFC 7946, which d3-geo would fill the globe with.
    assert frame["outer_rings"].unique().to_list() == ["counter-clockwise"]
    turned = [geojson.rewound(text, "clockwise") for text in frame["geometry"]]
    back = [geojson.rewound(text, "counter-clockwise") for text in turned]
    assert turned != back == frame["geometry"].to_list()
