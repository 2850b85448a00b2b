"""Publications as they were issued (`officiele-publicatie`): Staatscourant, and papers like it.

What belongs here: one publication's metadata, its paragraphs and the cells of its tables, as text.
What does not: consolidated text, which changes (`bwb`). A publication never changes: its id is its
version, and an amendment is a publication of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from xml.etree.ElementTree import Element

import polars as pl

from assets.ingest.archive import Archive, Capture
from assets.ingest.connectors import cals
from assets.ingest.connectors.bodies import bodies, not_its_format
from assets.ingest.connectors.xmltext import local, parse, words
from assets.ingest.messages import Answer, Fetch, Planned, Request, side_by_side
from assets.ingest.registry import Source, SourceTable

CELLS = ("publication_id", *cals.COLUMNS, "_capture", "_locator")
PARAGRAPHS = ("publication_id", "element", "text", "_capture", "_locator")
METADATA = ("publication_id", "name", "scheme", "within", "content", "_capture", "_locator")

ROOT = "officiele-publicatie"
# Elements inside a sentence: a paragraph that begins with one is still one paragraph.
_INLINE = {"nadruk", "extref", "intref", "sup", "inf", "unl", "noot", "extref-groep"}


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A piece of running text. path: where it is, e.g. `staatscourant/kop/titel[1]`."""

    element: str
    text: str
    path: str


def collect(source: Source, fetch: Fetch) -> list[Answer]:
    """Every publication; and its metadata, which tells the day of issue, where `entities` asks for it."""
    found = side_by_side(
        lambda table: _issue(source, table, fetch), source.tables, source.limits.concurrency
    )
    return [answer for answers in found for answer in answers]


def plan(source: Source) -> list[Planned]:
    """Everything that is asked: nothing here depends on an answer."""
    return [Planned(request) for table in source.tables for request in _requests(source, table)]


def _requests(source: Source, table: SourceTable) -> list[Request]:
    series, year, _ = table.id.split("-")
    address = f"{source.base_url}/{series}/{year}/{table.id}/1"
    text = Request(table.id, f"{address}/xml/{table.id}.xml", media="xml")
    if "metadata" not in table.entities:
        return [text]
    name, about = f"{table.id}/metadata", f"{address}/metadata/metadata.xml"
    return [Request(name, about, media="xml"), text]


def _issue(source: Source, table: SourceTable, fetch: Fetch) -> list[Answer]:
    """The answers about one publication, dated by its own metadata."""
    answers = []
    issued = None
    for request in _requests(source, table):
        answer = fetch(request)
        body = answer.body
        if request.name == table.id:
            publication(body, source.id, request.name, request.url)
        else:
            about = metadata(parse(body, source.id, request.name, url=request.url))
            described = {name: content for name, _, within, content in about if not within}
            if described.get("DC.identifier", table.id) != table.id:
                why = f"The answer describes {described['DC.identifier']}, not {table.id}."
                raise not_its_format(source.id, request.name, 1, body, why, request.url)
            issued = described.get("DCTERMS.available") or described.get("DCTERMS.issued")
        answers.append(answer)
    return [replace(answer, published_at=issued) for answer in answers]


def publication(body: bytes, source: str, name: str, url: str = "") -> Element:
    """The root element of a publication. Raises VK-S004 for another document."""
    root = parse(body, source, name, url=url)
    if root.tag != ROOT:
        why = f"The answer is XML, but not a publication: it begins with <{root.tag}>."
        raise not_its_format(source, name, 1, body, why, url)
    return root


def read_cells(archive: Archive, capture: Capture, publication_id: str) -> pl.DataFrame:
    """Every cell of every table of a publication, as text."""
    rows = [
        (publication_id, *cell.as_row(), digest, cell.locator)
        for digest, root in _roots(archive, capture, publication_id)
        for cell in cals.cells(root)
    ]
    return _frame(rows, CELLS)


def read_paragraphs(archive: Archive, capture: Capture, publication_id: str) -> pl.DataFrame:
    """Every paragraph outside the tables, in reading order, as text."""
    rows = [
        (publication_id, each.element, each.text, digest, each.path)
        for digest, root in _roots(archive, capture, publication_id)
        for each in paragraphs(root)
    ]
    return _frame(rows, PARAGRAPHS)


def read_metadata(archive: Archive, capture: Capture, publication_id: str) -> pl.DataFrame:
    """What a publication's metadata says, a row per statement."""
    name = f"{publication_id}/metadata"
    rows = [
        (publication_id, *statement, entry.sha256, f"statement {number}")
        for entry, body in bodies(archive, capture, name)
        for number, statement in enumerate(metadata(parse(body, capture.source, name)), start=1)
    ]
    return _frame(rows, METADATA)


def paragraphs(root: Element) -> Iterator[Paragraph]:
    """All running text of a publication, in reading order, each piece once."""
    for child in _numbered(root):
        if child[1].tag != "metadata":
            yield from _paragraphs(*child)


def metadata(root: Element, within: str = "") -> list[tuple[str, str, str, str]]:
    """name, scheme, name of the statement around it, content; in the order of the document."""
    described = []
    for child in root:
        name = child.get("name", "")
        if name:
            described.append((name, child.get("scheme", ""), within, child.get("content", "")))
        described += metadata(child, name or within)
    return described


def _paragraphs(path: str, element: Element) -> Iterator[Paragraph]:
    if element.tag == "table":
        return
    own = [element.text, *(child.tail for child in element)]
    inline = any(local(child) in _INLINE for child in element)
    if inline or any(text and text.strip() for text in own):
        if text := words(element):
            yield Paragraph(local(element), text, path)
        return
    for name, child in _numbered(element):
        yield from _paragraphs(f"{path}/{name}", child)


def _numbered(element: Element) -> Iterator[tuple[str, Element]]:
    """The child elements, each with its name and its number among those of that name."""
    seen: dict[str, int] = {}
    for child in element:
        if name := local(child):
            seen[name] = seen.get(name, 0) + 1
            yield f"{name}[{seen[name]}]", child


def _roots(archive: Archive, capture: Capture, name: str) -> Iterator[tuple[str, Element]]:
    for entry, body in bodies(archive, capture, name):
        yield entry.sha256, publication(body, capture.source, name)


def _frame(rows: Sequence[tuple[str | None, ...]], columns: tuple[str, ...]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")
