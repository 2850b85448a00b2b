"""Everything KOOP serves: regulations, publications and search answers, and XML that means harm.

The recorded documents are counted by another parser (minidom, on paths of its own), so that a cell the
reader loses is missed here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from xml.dom import minidom
from xml.sax.saxutils import escape, quoteattr

import polars as pl
import pytest

from assets.calc import dutch_amounts
from assets.core import spuk_annexes
from assets.ingest.archive import Archive, Capture
from assets.ingest.connectors import bwb, sru, staatscourant
from assets.ingest.connectors.xmltext import parse
from assets.ingest.messages import Request, Response
from assets.ingest.registry import Source, SourceTable, sources
from assets.reference.municipality_names import with_codes
from assets.reference.spuk_components import with_component
from assets.reference.tables import spuk_components
from expectations.errors import VoorkantError
from expectations.paths import ROOT
from expectations.vocabulary import PROBLEM

BOM = b"\xef\xbb\xbf"


@pytest.fixture(scope="module")
def samples(shared: Path) -> Path:
    return shared / "data/koop-xml-samples"


@pytest.fixture
def captured(tmp_path: Path) -> Callable[..., tuple[Archive, Capture]]:
    """An archive with these bodies by request name; a list is several pages."""

    def record(source: str, bodies: dict[str, bytes | list[bytes]]) -> tuple[Archive, Capture]:
        archive = Archive(tmp_path / "archive")
        answers = [
            Response(Request(name, f"https://x/{name}", page=number), 200, "application/xml", body)
            for name, pages in bodies.items()
            for number, body in enumerate(pages if isinstance(pages, list) else [pages], start=1)
        ]
        return archive, archive.record(source, "test", "2026-01-01T00:00:00Z", answers)

    return record


def answers(bodies: dict[str, bytes]) -> Callable[[Request], Response]:
    def fetch(request: Request) -> Response:
        return Response(request, 200, "application/xml", bodies[request.url])

    return fetch


def code_of(call: Callable[[], object]) -> str:
    with pytest.raises(VoorkantError) as error:
        call()
    return error.value.code


# --- XML that means harm


LAUGHS = (
    "<!DOCTYPE a [<!ENTITY l 'ha'>"
    + "".join(f"<!ENTITY l{n} '{f'&l{n - 1 or str()};' * 10}'>" for n in range(1, 10))
    + "]><a>&l9;</a>"
)


@pytest.mark.parametrize(
    "document",
    [
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a/>',
        '<!DOCTYPE a [<!ENTITY % x SYSTEM "https://elsewhere.nl/x"> %x;]><a/>',
        "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
        LAUGHS,
    ],
    ids=["external", "external, unused", "parameter", "internal", "expansion"],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_with_entities_of_its_own_is_refused(document: str, encoding: str) -> None:
    with pytest.raises(VoorkantError) as error:
        parse(document.encode(encoding), "s", "n")
    assert error.value.code == "VK-S004"
    assert "declares an entity" in error.value.problem
    assert "root:" not in str(error.value)


def test_a_document_type_alone_does_no_harm() -> None:
    body = (
        b'<!DOCTYPE toestand SYSTEM "https://elsewhere.nl/toestand.dtd"><toestand>&amp;</toestand>'
    )
    assert parse(body, "s", "n").text == "&"
    # An entity that only the absent definition knows cannot be read, and is not guessed.
    assert code_of(lambda: parse(body.replace(b"&amp;", b"&eacute;"), "s", "n")) == "VK-S004"


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"<a>", b"<a></b>", b"\xff\xfe<", b'<?xml version="1.0" encoding="x"?><a/>'],
)
def test_what_is_no_xml_is_told(body: bytes) -> None:
    assert code_of(lambda: parse(body, "s", "n")) == "VK-S004"


def test_a_document_that_nests_without_end_is_refused() -> None:
    """Walking through it would otherwise run out of stack."""
    body = b"<a>" * 100_000 + b"</a>" * 100_000
    assert code_of(lambda: parse(body, "s", "n")) == "VK-S004"


def test_a_byte_order_mark_and_instructions_are_no_content() -> None:
    body = "<a>één<?redactie weg?>twee<!-- weg --><b>drie</b></a>".encode()
    assert bwb.words(parse(BOM + body, "s", "n")) == "één tweedrie"


# --- recorded documents, counted independently


def texts(node: minidom.Node) -> Iterator[str]:
    if node.nodeType in (node.TEXT_NODE, node.CDATA_SECTION_NODE):
        yield node.data
    for child in node.childNodes:
        yield from texts(child)


def letters(text: str) -> str:
    return "".join(text.split())


def bare(node: minidom.Node) -> str:
    return letters("".join(texts(node)))


@pytest.mark.parametrize(("name", "tables"), [("bwb_toestand_2.xml", 4), ("bwb_toestand_5.xml", 6)])
def test_recorded_regulations_read_to_every_cell(
    samples: Path,
    captured: Callable[..., tuple[Archive, Capture]],
    name: str,
    tables: int,
) -> None:
    body = (samples / name).read_bytes()
    manifest = (
        '<work><expression label="2011-01-01_0"><manifestation label="xml">'
        '<item label="x.xml"/></manifestation></expression></work>'
    )
    archive, capture = captured(
        "s", {"BWBR1/manifest": manifest.encode(), "BWBR1/2011-01-01_0": body}
    )
    frame = bwb.read_cells(archive, capture, "BWBR1")
    document = minidom.parseString(body)  # noqa: S318 (our own copy)
    bodies = document.getElementsByTagName("tbody")
    counted = [each for part in bodies for each in part.getElementsByTagName("entry")]
    lines = [each for part in bodies for each in part.getElementsByTagName("row")]
    assert frame.height == len(counted) > 0
    assert [letters(text) for text in frame["text"]] == [bare(each) for each in counted]
    assert frame.select("table", "row").n_unique() == len(lines)
    assert frame["table"].n_unique() == len(document.getElementsByTagName("table")) == tables
    assert frame["_locator"].n_unique() == frame.height
    # What a reader of the page sees above a column is there too, and nothing else.
    heads = {
        bare(each)
        for part in document.getElementsByTagName("thead")
        for each in part.getElementsByTagName("entry")
    }
    reported = {part for text in frame["header"].drop_nulls() for part in text.split(" / ")}
    assert {letters(text) for text in reported} <= heads | {""}


def test_the_recorded_manifest_tells_both_pairs_of_days(samples: Path) -> None:
    found = bwb.expressions((samples / "bwb_manifest.xml").read_bytes(), "s", "n")
    assert [(e.version, e.visible_to, e.effective_from, e.effective_to) for e in found] == [
        ("2022-05-01", "9999-12-31", "2022-05-01", "2022-07-31"),
        ("2022-08-01", "9999-12-31", "2022-08-01", "2023-02-17"),
        ("2023-02-18", "9999-12-31", "2023-02-18", "2023-03-31"),
        ("2023-04-01", "9999-12-31", "2023-04-01", "9999-12-31"),
    ]
    assert not any(each.retroactive for each in found)


@pytest.mark.parametrize("name", ["stcrt.xml", "gmb.xml"])
def test_recorded_publications_lose_no_letter(
    samples: Path, captured: Callable[..., tuple[Archive, Capture]], name: str
) -> None:
    body = (samples / name).read_bytes()
    archive, capture = captured("s", {"x-1-1": body})
    frame = staatscourant.read_paragraphs(archive, capture, "x-1-1")
    (root,) = minidom.parseString(body).childNodes  # noqa: S318 (our own copy)
    for about in root.getElementsByTagName("metadata"):
        about.parentNode.removeChild(about)
    assert letters("".join(frame["text"])) == bare(root)
    assert frame["_locator"].n_unique() == frame.height > 3
    assert frame["text"].str.len_chars().min() > 0
    assert staatscourant.read_cells(archive, capture, "x-1-1").is_empty()


def test_a_recorded_publication_in_the_order_of_the_page(
    samples: Path, captured: Callable[..., tuple[Archive, Capture]]
) -> None:
    body = (samples / "stcrt.xml").read_bytes()
    assert body.startswith(BOM), "the recorded file is the case of the byte order mark"
    archive, capture = captured("s", {"stcrt-2015-47076": body})
    frame = staatscourant.read_paragraphs(archive, capture, "stcrt-2015-47076")
    assert frame.select("element", "text").rows()[2:6] == [
        ("titel", "Ter inzage: omgevingsvergunning"),
        ("al", "•Vennewatersweg 29, 1935 AS, Egmond-Binnen - bouw bedrijfswoning."),
        ("al", frame["text"][4]),
        ("tussenkop", "Bergen, 2 3 december 2015"),
    ]
    assert frame["_locator"][2] == "staatscourant[1]/kop[1]/titel[1]"


def test_recorded_metadata_reads_to_every_statement(
    samples: Path, captured: Callable[..., tuple[Archive, Capture]]
) -> None:
    body = (samples / "opmeta1.xml").read_bytes()
    archive, capture = captured("s", {"gmb-2024-216934/metadata": body})
    frame = staatscourant.read_metadata(archive, capture, "gmb-2024-216934")
    statements = minidom.parseString(body).getElementsByTagName("metadata")  # noqa: S318
    assert frame.select("name", "scheme", "content").rows() == [
        tuple(each.getAttribute(key) for key in ("name", "scheme", "content"))
        for each in statements
    ]
    inside = frame.filter(within="OVERHEIDop.gebiedsmarkering")
    assert inside["content"].to_list()[0] == "POINT(61309 389557)"


def test_a_recorded_search_record_reads_to_every_filled_element(
    samples: Path, captured: Callable[..., tuple[Archive, Capture]]
) -> None:
    record = (samples / "searchrec.xml").read_bytes()
    archive, capture = captured("s", {"q": found(record, total=1)})
    fields = sru.read_fields(archive, capture, "q")
    leaves = [
        each
        for each in minidom.parseString(record).getElementsByTagName("*")  # noqa: S318
        if bare(each) and not any(c.nodeType == c.ELEMENT_NODE for c in each.childNodes)
    ]
    inside = [each for each in leaves if each.tagName not in OUTSIDE]
    assert [letters(text) for text in fields["value"]] == [bare(each) for each in inside]
    assert [path.rpartition("/")[2] for path in fields["path"]] == [e.tagName for e in inside]
    assert fields.filter(path="enrichedData/itemUrl", attribute="manifestation=xml").height == 1
    (reported,) = sru.read_records(archive, capture, "q").to_dicts()
    assert reported["identifier"] == "gmb-2023-174296"
    assert (reported["available"], reported["publication"], reported["position"]) == (
        "2023-04-20",
        "Gemeenteblad",
        "641420",
    )
    assert reported["url"].endswith("/gmb-2023-174296/1/xml/gmb-2023-174296.xml")
    assert reported["_locator"] == "page 1 record 1"


OUTSIDE = {"recordSchema", "recordPacking", "recordPosition"}


# --- searching


SEARCH = sources()["koop_search"]


def found(*records: bytes, total: int, following: int | None = None, space: str = "") -> bytes:
    more = f"<nextRecordPosition>{following}</nextRecordPosition>" if following else ""
    inside = f"<records>{b''.join(records).decode()}</records>{more}"
    return (
        f"<searchRetrieveResponse{space}><numberOfRecords>{total}</numberOfRecords>"
        f"{inside}</searchRetrieveResponse>"
    ).encode()


def record(identifier: str, position: int = 1) -> bytes:
    kern = f"<identifier>{identifier}</identifier>"
    return (
        f"<record><recordData><gzd><originalData><meta><owmskern>{kern}</owmskern></meta>"
        f"</originalData></gzd></recordData><recordPosition>{position}</recordPosition></record>"
    ).encode()


def collected(*pages: bytes) -> list[Response]:
    left = list(pages)
    return list(sru.collect(SEARCH, lambda r: Response(r, 200, "application/xml", left.pop(0))))


def test_a_search_goes_on_until_the_service_has_no_more() -> None:
    taken = collected(
        found(record("a"), record("b", 2), total=3, following=3), found(record("c", 3), total=3)
    )
    assert [(each.request.page, each.rows) for each in taken] == [(1, 2), (2, 1)]
    assert "startRecord=3&maximumRecords=1000" in taken[1].request.url
    assert "publicatienaam%3D%3D%22Staatscourant%22" in taken[0].request.url
    assert taken[0].request.url.startswith("https://repository.overheid.nl/sru?operation=search")


def test_a_search_with_namespaces_or_without_hits_is_read() -> None:
    space = ' xmlns="http://docs.oasis-open.org/ns/search-ws/sruResponse"'
    assert [r.rows for r in collected(found(record("a"), total=1, space=space))] == [1]
    assert [r.rows for r in collected(found(total=0))] == [0]


@pytest.mark.parametrize(
    "pages",
    [
        [found(record("a"), total=2, following=2), found(record("a"), total=2)],
        [found(record("a"), record("a"), total=2)],
        [found(record("a"), total=2, following=2), found(record("b"), total=3)],
        [found(record("a"), total=2)],
        [found(record("a"), total=2, following=1)],
        [found(total=2, following=2)],
        [found(record("a"), record("b"), total=1)],
    ],
    ids=["twice", "twice on a page", "moved", "too few", "back to the start", "empty", "too many"],
)
def test_a_search_that_may_miss_something_is_refused(pages: list[bytes]) -> None:
    assert code_of(lambda: collected(*pages)) == "VK-S005"


@pytest.mark.parametrize(
    "page",
    [
        b"<html/>",
        b"<searchRetrieveResponse/>",
        b"<searchRetrieveResponse><numberOfRecords>0</numberOfRecords><diagnostics><diagnostic>"
        b"<message>Unsupported index</message></diagnostic></diagnostics></searchRetrieveResponse>",
    ],
)
def test_an_answer_that_is_no_search_result_is_told(page: bytes) -> None:
    assert code_of(lambda: collected(page)) == "VK-S004"


# --- publications


DISTRICT = sources()["kansrijke_wijk"]
CALS = (
    '<table><tgroup cols="2"><colspec colname="c1"/><colspec colname="c2"/><thead><row>'
    "<entry><al>Gemeente</al></entry><entry><al>Bedrag</al></entry></row></thead><tbody>"
    "<row><entry><al>Breda</al></entry><entry><al>€ 1.000</al></entry></row></tbody></tgroup></table>"
)


def publication(id_: str) -> dict[str, bytes]:
    base = f"{DISTRICT.base_url}/stcrt/{id_.split('-')[1]}/{id_}/1"
    about = (
        f'<metadata_gegevens><metadata name="DC.identifier" content="{id_}"/>'
        '<metadata name="DCTERMS.available" content="2023-06-26"/></metadata_gegevens>'
    )
    text = (
        "<officiele-publicatie><staatscourant><regeling><al>Voor <nadruk>tabel</nadruk></al>"
        f"<bijlage><kop><label>Bijlage</label><nr>1</nr></kop>{CALS}</bijlage></regeling>"
        "</staatscourant></officiele-publicatie>"
    )
    return {
        f"{base}/metadata/metadata.xml": about.encode(),
        f"{base}/xml/{id_}.xml": BOM + text.encode(),
    }


def test_publications_are_asked_at_their_address_and_dated(tmp_path: Path) -> None:
    bodies: dict[str, bytes] = {}
    for table in DISTRICT.tables:
        bodies |= publication(table.id)
    taken = staatscourant.collect(DISTRICT, answers(bodies))
    assert [each.request.url for each in taken] == list(bodies)
    assert {each.published_at for each in taken} == {"2023-06-26"}
    assert taken[1].request.url.endswith(
        "/officielepublicaties/stcrt/2023/stcrt-2023-17605/1/xml/stcrt-2023-17605.xml"
    )
    archive = Archive(tmp_path)
    capture = archive.record(DISTRICT.id, "test", "2026-01-01T00:00:00Z", taken)
    cells = staatscourant.read_cells(archive, capture, "stcrt-2023-17605")
    assert tuple(cells.columns) == staatscourant.CELLS
    assert cells.filter(header="Bedrag").select("annex", "row_label", "text").rows() == [
        ("Bijlage 1", "Breda", "€ 1.000")
    ]
    paragraphs = staatscourant.read_paragraphs(archive, capture, "stcrt-2023-17605")
    assert paragraphs["text"].to_list() == ["Voor tabel", "Bijlage", "1"], (
        "tables are read as cells"
    )


@pytest.mark.parametrize(
    ("part", "body"),
    [
        ("xml/stcrt-2023-17605.xml", b"<html/>"),
        ("xml/stcrt-2023-17605.xml", b"Onderhoud"),
        ("metadata/metadata.xml", b'<m><metadata name="DC.identifier" content="stcrt-1-1"/></m>'),
    ],
)
def test_another_document_is_told(part: str, body: bytes) -> None:
    bodies = publication("stcrt-2023-17605")
    (address,) = [url for url in bodies if url.endswith(part)]
    fetch = answers(bodies | {address: body})
    assert code_of(lambda: staatscourant.collect(DISTRICT, fetch)) == "VK-S004"


def test_a_search_has_a_limit_of_pages() -> None:
    limits = SEARCH.limits.model_copy(update={"max_pages": 1})
    narrow = SEARCH.model_copy(update={"limits": limits})
    page = found(record("a"), total=2, following=2)
    fetch = lambda request: Response(request, 200, "application/xml", page)  # noqa: E731
    with pytest.raises(VoorkantError) as error:
        sru.collect(narrow, fetch)
    assert error.value.code == "VK-S010"
    assert "page 2, https://repository.overheid.nl/sru?" in error.value.where


def test_what_will_be_asked_is_known_beforehand() -> None:
    assert [each.request.url for each in staatscourant.plan(DISTRICT)] == [
        url for table in DISTRICT.tables for url in publication(table.id)
    ]
    (planned,) = sru.plan(SEARCH)
    assert planned.request == sru.request(SEARCH, SEARCH.tables[0])


# --- versions of a regulation


def work(*states: tuple[str, str, str]) -> bytes:
    """A manifest: label, first visible day, first day of effect."""
    return (
        "<work>"
        + "".join(
            f'<expression label="{label}"><metadata><zichtdatum_start>{visible}</zichtdatum_start>'
            f"<datum_inwerkingtreding>{effective}</datum_inwerkingtreding></metadata>"
            f'<manifestation label="xml"><item label="BWBR1_{label}.xml"/></manifestation>'
            "</expression>"
            for label, visible, effective in states
        )
        + "</work>"
    ).encode()


def versions(*states: tuple[str, str, str]) -> list[str]:
    return [each.version for each in bwb.expressions(work(*states), "s", "n")]


def test_a_version_is_the_day_it_became_visible_whatever_the_label_says() -> None:
    retroactive = ("2023-01-01_1", "2023-11-11", "2023-01-01")
    assert versions(("2023-01-01_0", "2023-02-09", "2023-01-01"), retroactive) == [
        "2023-02-09",
        "2023-11-11",
    ]
    assert bwb.expressions(work(retroactive), "s", "n")[0].retroactive


def test_several_texts_of_one_day_keep_apart() -> None:
    assert versions(
        ("2023-01-01_1", "2023-11-11", "2023-01-01"),
        ("2024-01-01_0", "2023-11-11", "2024-01-01"),
        ("2025-01-01_0", "2025-01-01", "2025-01-01"),
    ) == ["2023-11-11 (2023-01-01)", "2023-11-11 (2024-01-01)", "2025-01-01"]
    # The same days twice: only the labels tell them apart.
    assert versions(
        ("2023-01-01_1", "2023-11-11", "2023-01-01"), ("2023-01-01_2", "2023-11-11", "2023-01-01")
    ) == ["2023-11-11 (2023-01-01_1)", "2023-11-11 (2023-01-01_2)"]
    assert versions(("2023-01-01_1", "", "")) == ["2023-01-01_1"]


@pytest.mark.parametrize(
    "manifest",
    [
        work(("2023-01-01_1", "11-11-2023", "2023-01-01")),
        work(("2023-01-01_1", "2023-01-01", "1 januari")),
        work(("2023-01-01_1", "", ""), ("2023-01-01_1", "", "")),
    ],
    ids=["visible", "effective", "label twice"],
)
def test_a_manifest_that_cannot_be_told_apart_is_refused(manifest: bytes) -> None:
    assert code_of(lambda: bwb.expressions(manifest, "s", "n")) == "VK-S004"


def test_two_cells_that_claim_one_place_are_both_told() -> None:
    table = (
        '<x><table><tgroup cols="2"><colspec colname="a"/><colspec colname="b"/><tbody><row>'
        '<entry colname="a">1</entry><entry colname="a">2</entry>'
        '<entry namest="a" nameend="b">3</entry></row></tbody>'
        "<tfoot><row><entry>4</entry></row></tfoot></tgroup></table></x>"
    )
    reported = [(c.row, c.column, c.text) for c in bwb.cells(parse(table.encode(), "s", "n"))]
    assert reported == [(1, 1, "1"), (1, 2, "2"), (1, 3, "3"), (2, 1, "4")]


# --- the annexes of the Brede SPUK, as transcribed


@dataclass(frozen=True, slots=True)
class Block:
    """A block of the transcription: its section, its header (none when it was not seen), its rows."""

    letter: str
    header: list[str]
    rows: list[list[str]]

    @property
    def annex(self) -> str:
        return "III" if self.letter == "A" else "IV"


OLD, NEW = "2023-11-11", "2025-10-29"
# Which state a section is of: as its heading says (`toestand z=…`).
BREDE = Source.model_validate(
    sources()["brede_spuk"].model_dump(by_alias=True)
    | {"tables": [SourceTable(id="BWBR0047862", title="R", status="confirmed").model_dump()]}
)


@pytest.fixture(scope="module")
def blocks(shared: Path) -> dict[str, list[Block]]:
    """State -> its blocks."""
    text = (shared / "data/brede-spuk-regeling/bijlage4_raw_fixture.md").read_text("utf-8")
    states: dict[str, list[Block]] = {OLD: [], NEW: []}
    for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        heading, _, rest = section.partition("\n")
        lines = [line for line in rest.splitlines() if line.startswith("|")]
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
        ruled = len(rows) > 1 and set(rows[1]) == {"---"}
        header, body = (rows[0], rows[2:]) if ruled else ([], rows)
        (state,) = re.findall(r"z=(\d{4}-\d{2}-\d{2})", heading)
        states[state].append(Block(heading[0], header, body))
    assert [len(each) for each in states.values()] == [3, 6]
    return states


def cals(block: Block) -> str:
    def entry(text: str) -> str:
        bold = re.fullmatch(r"\*\*(.*)\*\*", text)
        inner = f'<nadruk type="vet">{escape(bold[1])}</nadruk>' if bold else escape(text)
        return f"<entry><al>{inner}</al></entry>"

    def row(cells: list[str]) -> str:
        return f"<row>{''.join(map(entry, cells))}</row>"

    width = len(block.rows[0])
    specs = "".join(f"<colspec colname={quoteattr(f'c{n}')}/>" for n in range(1, width + 1))
    head = f"<thead>{row(block.header)}</thead>" if block.header else ""
    body = "".join(map(row, block.rows))
    return f'<table><tgroup cols="{width}">{specs}{head}<tbody>{body}</tbody></tgroup></table>'


def regulation(blocks: list[Block]) -> bytes:
    annexes = {each.annex: "" for each in blocks}
    for each in blocks:
        annexes[each.annex] += cals(each)
    inside = "".join(
        f"<bijlage><kop><label>Bijlage</label><nr>{number}</nr></kop>{tables}</bijlage>"
        for number, tables in annexes.items()
    )
    return f"<toestand><regeling>{inside}</regeling></toestand>".encode()


@pytest.fixture(scope="module")
def annexes(
    blocks: dict[str, list[Block]], tmp_path_factory: pytest.TempPathFactory
) -> pl.DataFrame:
    """The raw cells: captured from a manifest and two states, archived, read."""
    base = f"{BREDE.base_url}/BWBR0047862"
    labels = {OLD: ("2023-01-01_1", "2023-01-01"), NEW: ("2025-10-29_0", NEW)}
    manifest = work(*((label, state, day) for state, (label, day) in labels.items()))
    bodies = {f"{base}/manifest.xml": manifest}
    for state, (label, _) in labels.items():
        bodies[f"{base}/{label}/xml/BWBR1_{label}.xml"] = regulation(blocks[state])
    archive = Archive(tmp_path_factory.mktemp("archive"))
    taken = bwb.collect(BREDE, answers(bodies))
    assert [each.published_at for each in taken] == [None, OLD, NEW]
    capture = archive.record(BREDE.id, "test", "2026-01-01T00:00:00Z", taken)
    return bwb.read_cells(archive, capture, "BWBR0047862")


@pytest.fixture(scope="module")
def core(annexes: pl.DataFrame) -> pl.DataFrame:
    return spuk_annexes.cells(annexes.lazy(), annexes.clear().lazy()).collect()


def euros(printed: str) -> Decimal:
    """Read by another rule than ours: digits only, two of them cents when a comma is before them."""
    cents = re.search(r",(\d\d)\D*$", printed)
    digits = re.sub(r"\D", "", printed)
    return Decimal(digits) / (100 if cents else 1)


def test_the_annexes_read_to_every_cell_as_printed(
    blocks: dict[str, list[Block]], annexes: pl.DataFrame
) -> None:
    printed = [
        (state, f"Bijlage {block.annex}", str(column), text.strip("*"))
        for state, each in blocks.items()
        for block in each
        for row in block.rows
        for column, text in enumerate(row, start=1)
    ]
    assert len(printed) > 500
    assert annexes.select("version", "annex", "column", "text").rows() == printed


def test_the_annexes_parse_completely_quirks_included(
    blocks: dict[str, list[Block]], core: pl.DataFrame
) -> None:
    assert core.filter(pl.col(PROBLEM).is_not_null()).is_empty()
    amounts = core.filter(pl.col("column_number") > 1)
    assert amounts["amount_eur"].null_count() == 0
    printed = [
        euros(text)
        for each in blocks.values()
        for block in each
        for row in block.rows
        for text in row[1:]
    ]
    assert amounts["amount_eur"].to_list() == printed
    assert amounts["amount_eur"].sum() == sum(printed)


@pytest.mark.parametrize(
    ("state", "row", "column", "text", "amount"),
    [
        (OLD, "Lokaal Sportakkoord", 2, "€ 12.978.290,", "12978290"),  # a stray comma
        (NEW, "Voorne aan Zee", 5, "40.354", "40354"),  # no euro sign
        (NEW, "Voorne aan Zee", 2, "€ 40.354", "40354"),  # in the same row, with one
        (NEW, "'s-Gravenhage", 7, "€ 8.507.582,00", "8507582"),  # bold, cents
        (NEW, "Vlieland", 4, "€ 0,00", "0"),  # zero is an amount
        (OLD, "Vlieland", 2, "€ 0", "0"),
    ],
)
def test_a_quirk_of_the_print(
    core: pl.DataFrame, state: str, row: str, column: int, text: str, amount: str
) -> None:
    (found,) = core.filter(
        regulation_version=state, row_label=row, column_number=column, text=text
    ).to_dicts()[:1]
    assert found["amount_eur"] == Decimal(amount)


def test_both_versions_of_ameland_2023_are_kept_with_their_validity(core: pl.DataFrame) -> None:
    ameland = core.filter(row_label="Ameland", header="Lokaal Sportakkoord", table_label="2023")
    days = pl.col("effective_from", "visible_from").cast(pl.String)
    assert ameland.select("regulation_version", days, "amount_eur").rows() == [
        (OLD, "2023-01-01", OLD, Decimal("2431.00")),
        (NEW, NEW, NEW, Decimal("6000.00")),
    ]
    # A key of the contract tells the two apart.
    key = ["regulation_id", "regulation_version", "table_number", "row_number", "column_number"]
    assert core.select(key).is_duplicated().sum() == 0


def test_a_floor_is_the_total_and_not_the_sum(core: pl.DataFrame) -> None:
    total = core.filter(pl.col("header").str.starts_with("Totaalbedrag excl"))
    floors = total.filter(pl.col("amount_eur").is_in([Decimal(87500), Decimal(70000)]))
    assert floors.select("row_label", "table_label").rows() == [
        ("Ameland", "2026"),
        ("Renswoude", "2026"),
    ]


def test_every_component_has_its_name_however_it_is_spelled(blocks: dict[str, list[Block]]) -> None:
    printed = {
        label
        for each in blocks.values()
        for block in each
        for label in (block.header[1:] if block.annex == "IV" else [row[0] for row in block.rows])
        if not label.startswith("Totaalbedrag")
    }
    # The spellings that the transcription names in its headings.
    printed |= {
        "Eén tegen Eenzaamheid",
        "Eén tegen eenzaamheid",
        "Versterking kennis- en adviesfunctie GGD",
        "Versterken kennis- en adviesfunctie GGD",
        "Coördinatiekosten regionale aanpak en preventie",
        "Coördinatie-kosten regionale aanpak en preventie",
        "Coördinatie-kosten regionale aanpak preventie",
        "Coördinatiekosten regionale aanpak preventie",
        "Welzijn op Recept",
    }
    frame = with_component(pl.LazyFrame({"label": sorted(printed)})).collect()
    assert frame.height == len(printed)
    assert frame.filter(pl.col("component").is_null())["label"].to_list() == []
    assert frame["component"].is_in(spuk_components()["component"].to_list()).all()
    unknown = with_component(pl.LazyFrame({"label": ["Onbekend"]})).collect()
    assert "is in no list of components" in unknown[PROBLEM][0]


def test_every_municipality_of_the_annexes_has_its_code(blocks: dict[str, list[Block]]) -> None:
    lists = pl.read_csv(ROOT / "sample/figures/municipalities_by_year.csv", infer_schema=False)
    years = lists.lazy().select(
        pl.col("year").cast(pl.Int16), "municipality_code", municipality_name="name"
    )
    names = {row[0] for each in blocks.values() for b in each if b.annex == "IV" for row in b.rows}
    assert {"Bergen (L.)", "Bergen (NH.)", "Hengelo", "'s-Gravenhage"} <= names
    coded = with_codes(
        pl.LazyFrame({"name": sorted(names)}), years, name="name", year=2026, code="code"
    ).collect()
    assert coded[PROBLEM].drop_nulls().to_list() == []
    assert coded["code"].n_unique() == len(names)


def test_the_printed_styles_are_one_rule() -> None:
    printed = ["€ 12.978.290,", "40.354", "€ 15.685,24", "€ 0,00", "**€ 341.674,00**"]
    frame = pl.DataFrame({"text": printed}).select(dutch_amounts.amount(pl.col("text")))
    assert frame["text"].to_list() == [euros(text) for text in printed]
