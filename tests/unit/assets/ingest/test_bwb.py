"""BWB: the manifest, and CALS tables with everything that they may do to a cell."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from assets.ingest.archive import Archive
from assets.ingest.connectors import bwb
from assets.ingest.messages import Request, Response
from assets.ingest.registry import Source, SourceTable
from expectations.errors import VoorkantError

BASE = "https://repository.officiele-overheidspublicaties.nl/bwb"
MANIFEST = """<work label="BWBR1">
 <expression label="2023-11-11_0"><metadata>
   <datum_inwerkingtreding>2023-01-01</datum_inwerkingtreding>
   <zichtdatum_start>2023-11-11</zichtdatum_start></metadata>
  <manifestation label="xml"><item label="BWBR1_2023-11-11_0.xml" _deleted="false"/></manifestation>
  <manifestation label="pdf"><item label="BWBR1_2023-11-11_0.pdf" _deleted="false"/></manifestation>
 </expression>
 <expression label="2024-01-01_0">
  <manifestation label="xml"><item label="BWBR1_2024-01-01_0.xml" _deleted="true"/></manifestation>
 </expression>
</work>"""
TABLE = """<table><title>Tabel <nadruk type="vet">1</nadruk></title><tgroup cols="3">
 <colspec colname="a" colnum="1"/><colspec colname="b" colnum="2"/><colspec colname="c"/>
 <thead>
  <row><entry colname="a" morerows="1"><al>Naam</al></entry>
   <entry namest="b" nameend="c"><al>Bedrag</al></entry></row>
  <row><entry colname="b"><al>2023</al></entry>
   <entry colname="c"><al>20<nadruk>24</nadruk></al></entry></row>
 </thead>
 <tbody>
  <row><entry morerows="1"><al>Ameland</al></entry>
   <entry><al>€ 1<nadruk type="vet">.000</nadruk></al></entry><entry/></row>
  <row><entry><al>twee</al><al>regels</al></entry><entry><al>a<?linebreak weg?>b</al></entry></row>
  <row><entry namest="a" nameend="c"><al>over alles</al></entry></row>
 </tbody></tgroup></table>"""
DOCUMENT = f"""<toestand><artikel>{TABLE}</artikel>
 <bijlage><kop><label>Bijlage </label><nr>II</nr></kop>{TABLE}</bijlage>
 <bijlage label="Bijlage IV">{TABLE}</bijlage></toestand>"""


def source() -> Source:
    return Source(
        id="spuk",
        kind="bwb",
        producer="VWS",
        title="Regeling",
        about="",
        base_url=BASE,
        hosts=("repository.officiele-overheidspublicaties.nl",),
        licence="CC0-1.0",
        attribution="",
        cadence="",
        tables=(SourceTable(id="BWBR1", title="Regeling", status="confirmed"),),
    )


def collected(manifest: str = MANIFEST, document: str = DOCUMENT) -> list[Response]:
    bodies = {
        "BWBR1/manifest.xml": manifest,
        "BWBR1/2023-11-11_0/xml/BWBR1_2023-11-11_0.xml": document,
    }

    def fetch(request: Request) -> Response:
        body = bodies[request.url.removeprefix(f"{BASE}/")]
        return Response(request, 200, "application/xml", body.encode())

    return bwb.collect(source(), fetch)


def test_every_expression_that_was_not_deleted_is_asked() -> None:
    responses = collected()
    assert [(r.request.name, r.published_at) for r in responses] == [
        ("BWBR1/manifest", None),
        ("BWBR1/2023-11-11_0", "2023-11-11"),
    ]


def test_cells_have_an_address_a_version_and_what_is_printed_around_them(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    capture = archive.record("spuk", "test", "2026-01-01T00:00:00Z", collected())
    frame = bwb.read_cells(archive, capture, "BWBR1")
    assert tuple(frame.columns) == bwb.COLUMNS
    assert frame.height == 3 * 6
    assert frame.filter(text="€ 1.000", annex="Bijlage IV").to_dicts() == [
        {
            "regulation_id": "BWBR1",
            "label": "2023-11-11_0",
            "version": "2023-11-11",
            "visible_from": "2023-11-11",
            "visible_to": "",
            "effective_from": "2023-01-01",
            "effective_to": "",
            "annex": "Bijlage IV",
            "table": "3",
            "table_title": "Tabel 1",
            "row": "1",
            "column": "2",
            "header": "Bedrag / 2023",
            "row_label": "Ameland",
            "text": "€ 1.000",
            "_capture": capture.named("BWBR1/2023-11-11_0")[0].sha256,
            "_locator": "Bijlage IV, table 3, row 1, column 2",
        }
    ]
    assert frame["annex"].unique(maintain_order=True).to_list() == [
        None,
        "Bijlage II",
        "Bijlage IV",
    ]
    assert frame["_locator"][0] == "table 1, row 1, column 1"


def test_spans_fill_the_grid_but_a_cell_is_told_once() -> None:
    found = [
        (cell.row, cell.column, cell.header, cell.row_label, cell.text)
        for cell in bwb.cells(ElementTree.fromstring(f"<x>{TABLE}</x>"))  # noqa: S314
    ]
    assert found == [
        (1, 1, "Naam", "Ameland", "Ameland"),
        (1, 2, "Bedrag / 2023", "Ameland", "€ 1.000"),
        (1, 3, "Bedrag / 2024", "Ameland", ""),
        (2, 2, "Bedrag / 2023", "Ameland", "twee regels"),
        (2, 3, "Bedrag / 2024", "Ameland", "ab"),  # stdlib drops the line break; `parse` keeps it
        (3, 1, "Naam", "over alles", "over alles"),
    ]
    kept = list(bwb.cells(bwb.parse(f"<x>{TABLE}</x>".encode(), "s", "n")))
    assert kept[4].text == "a b"


@pytest.mark.parametrize(
    ("manifest", "document"),
    [
        ("<html><body>Fout</body></html>", DOCUMENT),
        ("geen xml", DOCUMENT),
        (MANIFEST.replace("2023-11-11_0", "../../x"), DOCUMENT),
        (MANIFEST.replace("BWBR1_2023-11-11_0.xml", "../x.xml"), DOCUMENT),
        (MANIFEST, "<toestand><artikel></toestand>"),
        (MANIFEST, ""),
    ],
)
def test_a_body_that_is_something_else_is_told(manifest: str, document: str) -> None:
    with pytest.raises(VoorkantError) as error:
        collected(manifest, document)
    assert error.value.code == "VK-S004"


def sealed(size: object = "", hashcode: str = "") -> str:
    """The manifest with what it may tell of the XML, in the place where KOOP tells it."""
    reported = f"<metadata><size>{size}</size><hashcode>{hashcode}</hashcode></metadata>"
    xml = '<manifestation label="xml">'
    return MANIFEST.replace(xml, xml + reported, 1)


SIZE = len(DOCUMENT.encode())
SHA512 = hashlib.sha512(DOCUMENT.encode()).hexdigest()


def unlike(archive: Archive, manifest: str, body: str = DOCUMENT) -> tuple[str, ...]:
    answers = collected(manifest, body)
    assert len(answers) == 2  # whatever the manifest says of it, a text is captured
    capture = archive.record("spuk", "sample", "2026-01-01T00:00:00+00:00", answers)
    return bwb.unlike_manifest(archive, capture, "BWBR1")


@pytest.mark.parametrize(
    "manifest",
    [
        sealed(SIZE, SHA512),
        sealed(SIZE, SHA512.upper()),
        sealed(SIZE),
        sealed(hashcode=SHA512),
        sealed(),
        sealed("9" * 5_000, "d41d8cd98f00b204e9800998ecf8427e"),  # of a kind that we do not know
    ],
)
def test_a_text_that_is_as_its_manifest_says_is_nothing_to_tell(
    tmp_path: Path, manifest: str
) -> None:
    assert unlike(Archive(tmp_path), manifest) == ()


@pytest.mark.parametrize(
    "manifest",
    [
        sealed(465371, SHA512),
        sealed(SIZE - 1),
        sealed(SIZE, SHA512[::-1]),
        sealed("", SHA512[::-1]),
    ],
)
def test_a_text_that_is_not_the_one_of_its_manifest_is_told(tmp_path: Path, manifest: str) -> None:
    assert unlike(Archive(tmp_path), manifest) == ("2023-11-11_0",)


@pytest.mark.parametrize("name", ["bwb_toestand_2.xml", "bwb_toestand_5.xml"])
def test_a_recorded_text_is_held_against_size_and_hash(
    tmp_path: Path, recorded: Callable[[str], bytes], name: str
) -> None:
    body = recorded(name).decode()
    size, digest = len(recorded(name)), hashlib.sha512(recorded(name)).hexdigest()
    assert unlike(Archive(tmp_path), sealed(size, digest), body) == ()
    altered = body.replace("1978", "1979", 1).replace("2011", "2012", 1)
    assert unlike(Archive(tmp_path), sealed(size, digest), altered) == ("2023-11-11_0",)


@pytest.fixture
def recorded(shared: Path) -> Callable[[str], bytes]:
    return lambda name: (shared / "data/koop-xml-samples" / name).read_bytes()


def test_the_recorded_manifest(recorded: Callable[[str], bytes]) -> None:
    found = bwb.expressions(recorded("bwb_manifest.xml"), "s", "n")
    assert [e.label for e in found] == [
        "2022-05-01_0",
        "2022-08-01_0",
        "2023-02-18_0",
        "2023-04-01_0",
    ]
    assert found[0] == bwb.Expression(
        label="2022-05-01_0",
        item="BWBR0045754_2022-05-01_0.xml",
        visible_from="2022-05-01",
        visible_to="9999-12-31",
        effective_from="2022-05-01",
        effective_to="2022-07-31",
        version="2022-05-01",
        size="465371",
        hashcode="7aa45d3962b63829df97c8c196b958ec825ae823b2e3e8f14422a2339e6e795f"
        "2db6414e180e117dda81ba43dd12d6249b6484c49e55d37ad9b1ea9d72cdbc88",
    )
    # A number of bytes and 512 bits for every expression; none of these texts was recorded with it.
    assert all(e.size.isdecimal() and re.fullmatch("[0-9a-f]{128}", e.hashcode) for e in found)


@pytest.mark.parametrize(("name", "tables"), [("bwb_toestand_2.xml", 4), ("bwb_toestand_5.xml", 6)])
def test_recorded_tables_lose_no_entry(
    recorded: Callable[[str], bytes], name: str, tables: int
) -> None:
    root = bwb.parse(recorded(name), "s", "n")
    cells = list(bwb.cells(root))
    entries = [
        entry
        for body in root.iter("tbody")
        for row in body.iter("row")
        for entry in row.iter("entry")
    ]
    assert max(cell.table for cell in cells) == tables
    assert [cell.text for cell in cells] == [bwb.words(entry) for entry in entries]
    assert len({cell.locator for cell in cells}) == len(cells)


def test_a_recorded_header_of_four_rows(recorded: Callable[[str], bytes]) -> None:
    cells = list(bwb.cells(bwb.parse(recorded("bwb_toestand_2.xml"), "s", "n")))
    third = [cell for cell in cells if cell.table == 1 and cell.row == 1]
    printed = (
        "Rijkssubsidie c.q. gemeentelijk/provinciaal subsidie indien aangepast aan rijksregeling"
    )
    assert [(cell.header, cell.text) for cell in third] == [
        ("Kolom 1 / Basisbedrag", "f 3 000"),
        (f"Kolom 2 / {printed} / a / zonder pensioen", "f 1 636"),
        (f"Kolom 2 / {printed} / b / met pensioen", "f 1 780"),
    ]
