"""Boundaries as GeoJSON from a WFS (PDOK): one feature per municipality.

What belongs here: asking for a layer of a year, and reading code, name and geometry as text, with
the digits of the source. What does not: drawing. But one trap is reported here, because nobody sees it
in the numbers: RFC 7946 wants the outer ring counter-clockwise, while Vega and d3-geo take such a
ring for the rest of the globe and fill that. `rewound` gives a geometry for either.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Literal
from urllib.parse import urlencode

import polars as pl

from assets.ingest.archive import Archive, Capture
from assets.ingest.connectors.bodies import bodies, missing_column, not_its_format
from assets.ingest.messages import Answer, Fetch, Planned, Request
from assets.ingest.registry import Source, SourceTable
from expectations.errors import VoorkantError

COLUMNS = (
    "code",
    "name",
    "geometry_type",
    "outer_rings",
    "geometry",
    "_capture",
    "_locator",
)
CODE, NAME = "statcode", "statnaam"
Turn = Literal["clockwise", "counter-clockwise"]

# Around the European Netherlands in degrees: metres, and latitude first, fall outside.
_WEST, _EAST, _SOUTH, _NORTH = 3.0, 7.5, 50.5, 54.0
_AREAS = {"Polygon": 0, "MultiPolygon": 1}


class _Digits(str):
    """A number as the source wrote it."""

    __slots__ = ()


def collect(source: Source, fetch: Fetch) -> list[Answer]:
    """The layer of every year, complete by the service's own count."""
    answers: list[Answer] = []
    for table in source.tables:
        for layer in table.entities:
            layer_request = request(source, table, layer)
            answer = fetch(layer_request)
            found = features(answer.body, source.id, layer_request.name, layer_request.url)
            answers.append(replace(answer, rows=len(found)))
    return answers


def plan(source: Source) -> list[Planned]:
    """One request for each layer of each year."""
    return [
        Planned(request(source, table, layer))
        for table in source.tables
        for layer in table.entities
    ]


def request(source: Source, table: SourceTable, layer: str) -> Request:
    """All features of a layer, in degrees, as GeoJSON. `{year}` in the base address is the table's."""
    query = {
        "service": "WFS",
        "version": "2.0.0",
        "request": "GetFeature",
        "typeName": layer,
        "outputFormat": "application/json",
        "srsName": "EPSG:4326",
    }
    address = source.base_url.replace("{year}", str(table.year or ""))
    return Request(table.id, f"{address}?{urlencode(query, safe=':/')}", media="json")


def read_boundaries(archive: Archive, capture: Capture, table_id: str) -> pl.DataFrame:
    """Code, name and geometry of every feature. The geometry is GeoJSON text, as served.

    outer_rings: how the outer rings turn, `mixed` when they differ from each other.
    """
    rows: list[tuple[str, ...]] = []
    for entry, body in bodies(archive, capture, table_id):
        for number, feature in enumerate(features(body, capture.source, table_id), start=1):
            geometry = feature["geometry"]
            turns = {_turn(polygon[0]) for polygon in _polygons(geometry)}
            rows.append(
                (
                    str(feature["properties"][CODE]),
                    str(feature["properties"][NAME]),
                    geometry["type"],
                    turns.pop() if len(turns) == 1 else "mixed",
                    _written(geometry),
                    entry.sha256,
                    f"feature {number}",
                )
            )
    return pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String), orient="row")


def rewound(geometry: str, outer: Turn) -> str:
    """The same geometry with its outer rings turning so, and its holes the other way.

    RFC 7946: counter-clockwise. Vega and d3-geo: clockwise. No digit of it is changed.
    """
    read = json.loads(geometry, parse_float=_Digits, parse_int=_Digits)
    for polygon in _polygons(read):
        for number, ring in enumerate(polygon):
            if (_turn(ring) == outer) != (number == 0):
                ring.reverse()
    return _written(read)


def features(body: bytes, source: str, name: str, url: str = "") -> list[dict[str, Any]]:
    """The features of an answer, numbers as the source wrote them.

    Raises VK-S004 for something else, and for coordinates that are not degrees; VK-S005 when the
    service says there are more; VK-S006 without code and name.
    """

    def malformed(why: str) -> VoorkantError:
        return not_its_format(source, name, 1, body, why, url)

    try:
        document = json.loads(body.decode("utf-8-sig"), parse_float=_Digits, parse_int=_Digits)
    except ValueError as error:
        raise malformed("The answer is not JSON.") from error
    found = document.get("features") if isinstance(document, dict) else None
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise malformed("The answer is JSON, but not a collection of features.")
    for number, feature in enumerate(found, start=1):
        properties, geometry = feature.get("properties"), feature.get("geometry")
        if not isinstance(properties, dict) or not isinstance(geometry, dict):
            raise malformed(f"Feature {number} has no properties or no geometry.")
        if missing := [each for each in (CODE, NAME) if properties.get(each) is None]:
            raise missing_column(missing, properties, f"{source}, {name}, feature {number}")
        if geometry.get("type") not in _AREAS:
            raise malformed(f"Feature {number} is a {geometry.get('type')}, not an area.")
        try:
            points = [
                point for polygon in _polygons(geometry) for ring in polygon for point in ring
            ]
            inside = points and all(map(_in_the_netherlands, points))
        except (TypeError, ValueError, KeyError, IndexError) as error:
            raise malformed(f"Feature {number} has coordinates in an unknown form.") from error
        if not inside:
            why = "is not given in degrees of longitude and latitude within the Netherlands."
            raise malformed(f"Feature {number} {why}")
    promised = document.get("numberMatched", document.get("totalFeatures"))
    if isinstance(promised, _Digits) and int(promised) != len(found):
        raise VoorkantError(
            "VK-S005",
            problem=f"The service says {promised} features, {len(found)} were received.",
            where=", ".join(filter(None, (source, name, url))),
            outcome="The capture was not recorded; the previous one stays in use.",
            remedy="The service gives features in pages: ask it for more at a time.",
        )
    return found


def _polygons(geometry: dict[str, Any]) -> Iterator[list[list[list[str]]]]:
    """The polygons of an area: each a list of rings, the outer ring first."""
    coordinates = geometry["coordinates"]
    yield from coordinates if _AREAS[geometry["type"]] else [coordinates]


def _turn(ring: list[list[str]]) -> Turn:
    """Which way a ring turns, by the sign of its area; a ring without area counts as clockwise."""
    points = [(float(point[0]), float(point[1])) for point in ring]
    following = [*points[1:], *points[:1]]
    doubled = sum(x * v - u * y for (x, y), (u, v) in zip(points, following, strict=True))
    return "counter-clockwise" if doubled > 0 else "clockwise"


def _in_the_netherlands(point: list[str]) -> bool:
    east, north = float(point[0]), float(point[1])
    return _WEST < east < _EAST and _SOUTH < north < _NORTH


def _written(value: Any) -> str:
    """JSON without blanks, numbers with the digits they came with."""
    if isinstance(value, _Digits):
        return str(value)
    if isinstance(value, list):
        return f"[{','.join(map(_written, value))}]"
    if isinstance(value, dict):
        pairs = (f"{json.dumps(key, ensure_ascii=False)}:{_written(value[key])}" for key in value)
        return f"{{{','.join(pairs)}}}"
    return json.dumps(value, ensure_ascii=False)
