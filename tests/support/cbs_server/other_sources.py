"""What is no table of CBS, on the wire: boundaries, publications and a search, small and made up.

What belongs here: these sites, and the few values in them that a test compares with. What does not:
plain files and what all sites share (`site`). Each edition has another value, as a source that moved on.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape, quoteattr

from tests.support.cbs_server.site import Answer, IncomingRequest

XML = "application/xml"
LAYER = "gebiedsindelingen:gemeente_gegeneraliseerd"
YEAR = 2023
PUBLICATION = "stcrt-2023-17605"


# --- boundaries: a WFS that answers in GeoJSON


class FeatureSite:
    """One layer of one year. Another layer, form or projection than is served is refused."""

    _PATH = f"/cbs/gebiedsindelingen/{YEAR}/wfs/v1_0"
    _SERVED = (
        ("service", "WFS"),
        ("version", "2.0.0"),
        ("request", "GetFeature"),
        ("typeName", LAYER),
        ("outputFormat", "application/json"),
        ("srsName", "EPSG:4326"),
    )

    def __init__(self, edition: int) -> None:
        self._edition = edition

    def answer(self, incoming: IncomingRequest) -> Answer | None:
        if incoming.path != self._PATH:
            return None
        options = dict(parse_qsl(incoming.query))
        if unexpected := [name for name, value in self._SERVED if options.get(name) != value]:
            return Answer(f"<ExceptionReport>{unexpected[0]}</ExceptionReport>".encode(), XML, 400)
        found = [
            {
                "type": "Feature",
                "properties": {"statcode": code, "statnaam": name},
                "geometry": json.loads(geometry),
            }
            for code, name, geometry in boundaries(self._edition)
        ]
        collection = {"type": "FeatureCollection", "numberMatched": len(found), "features": found}
        return Answer(json.dumps(collection).encode())


def boundaries(edition: int) -> list[tuple[str, str, str]]:
    """Code, name, and geometry as GeoJSON without blanks: three squares in the Netherlands."""
    codes = (("GM0363", "Amsterdam"), ("GM0518", "'s-Gravenhage"), ("GM0599", "Rotterdam"))
    return [
        (code, name, _square(4.0 + number / 2, 51.0 + edition / 4))
        for number, (code, name) in enumerate(codes)
    ]


def _square(west: float, south: float) -> str:
    corners = ((0.0, 0.0), (0.25, 0.0), (0.25, 0.25), (0.0, 0.25), (0.0, 0.0))
    ring = ",".join(f"[{west + x},{south + y}]" for x, y in corners)
    return f'{{"type":"Polygon","coordinates":[[{ring}]]}}'


# --- publications


class PublicationSite:
    """One publication of the Staatscourant with a table, and its metadata."""

    _HOME = f"/frbr/officielepublicaties/stcrt/2023/{PUBLICATION}/1"

    def __init__(self, edition: int) -> None:
        self._bodies = {
            f"{self._HOME}/xml/{PUBLICATION}.xml": _publication(cells(edition)),
            f"{self._HOME}/metadata/metadata.xml": _metadata(
                {"DC.identifier": PUBLICATION, "DCTERMS.available": f"2023-07-{edition:02}"}
            ),
        }

    def answer(self, incoming: IncomingRequest) -> Answer | None:
        body = self._bodies.get(incoming.path)
        return None if body is None else Answer(body, XML)


def cells(edition: int) -> list[tuple[str, str]]:
    """The rows of the table, header first."""
    return [("Gemeente", "Bedrag"), ("Breda", f"€ {edition}.000"), ("Ede", "€ 2.500")]


def _publication(rows: Sequence[tuple[str, str]]) -> bytes:
    head, *body = ("".join(f"<entry><al>{escape(c)}</al></entry>" for c in row) for row in rows)
    return (
        '<?xml version="1.0" encoding="utf-8"?><officiele-publicatie><staatscourant>'
        '<table><tgroup cols="2"><colspec colname="c1"/><colspec colname="c2"/>'
        f"<thead><row>{head}</row></thead>"
        f"<tbody>{''.join(f'<row>{each}</row>' for each in body)}</tbody>"
        "</tgroup></table></staatscourant></officiele-publicatie>"
    ).encode()


def _metadata(reported: dict[str, str]) -> bytes:
    lines = "".join(
        f'<metadata name="{name}" scheme="" content={quoteattr(content)}/>'
        for name, content in reported.items()
    )
    return f'<?xml version="1.0"?><metadata_gegevens>{lines}</metadata_gegevens>'.encode()


# --- a search


@dataclass(frozen=True, slots=True)
class SearchSite:
    """The search service: one query, its records on pages of three, whatever more is asked for."""

    query: str
    edition: int
    page_records: int = 3

    def answer(self, incoming: IncomingRequest) -> Answer | None:
        if incoming.path != "/sru":
            return None
        options = dict(parse_qsl(incoming.query))
        form = (options.get("operation"), options.get("version"), options.get("query"))
        if form != ("searchRetrieve", "2.0", self.query):
            reported = "<diagnostics><diagnostic><message>Unsupported query</message></diagnostic>"
            return Answer(_response(0, f"{reported}</diagnostics>"), XML)
        every = hits(self.edition)
        first = int(options.get("startRecord", 1))
        size = min(int(options.get("maximumRecords", self.page_records)), self.page_records)
        shown = enumerate(every[first - 1 : first - 1 + size], start=first)
        records = "".join(_record(position, name) for position, name in shown)
        following = first + size
        more = f"<nextRecordPosition>{following}</nextRecordPosition>"
        inside = f"<records>{records}</records>{more if following <= len(every) else ''}"
        return Answer(_response(len(every), inside), XML)


def hits(edition: int) -> list[str]:
    """What the records are called."""
    return [f"record-{edition}-{number}" for number in range(1, 8)]


def _record(position: int, name: str) -> str:
    return (
        "<record><recordData><gzd><originalData><meta><owmskern>"
        f"<identifier>{name}</identifier></owmskern></meta></originalData></gzd></recordData>"
        f"<recordPosition>{position}</recordPosition></record>"
    )


def _response(total: int, inside: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="utf-8"?><searchRetrieveResponse>'
        f"<numberOfRecords>{total}</numberOfRecords>{inside}</searchRetrieveResponse>"
    ).encode()
