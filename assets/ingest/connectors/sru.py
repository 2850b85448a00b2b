"""The search service of KOOP (SRU 2.0): pages of records about publications.

What belongs here: asking page after page, and reading records, as text. What does not: the
publications themselves (`staatscourant`). A record has what the producer told (`originalData`) and what
KOOP added to it (`enrichedData`): the addresses of the publication in each form.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlencode
from xml.etree.ElementTree import Element

import polars as pl

from assets.ingest.archive import Archive, Capture
from assets.ingest.connectors.bodies import bodies, not_its_format
from assets.ingest.connectors.xmltext import local, parse, words
from assets.ingest.messages import Answer, Fetch, Planned, Request
from assets.ingest.registry import Source, SourceTable
from expectations.errors import VoorkantError

PAGE = 1000
"""The most records that the service gives in one page."""

FIELDS = ("position", "identifier", "path", "attribute", "value", "_capture", "_locator")
# What a record is told by, in a table of one row per record: column -> its place in the record.
_RECORD = {
    "identifier": "originalData/meta/owmskern/identifier",
    "title": "originalData/meta/owmskern/title",
    "type": "originalData/meta/owmskern/type",
    "creator": "originalData/meta/owmskern/creator",
    "modified": "originalData/meta/owmskern/modified",
    "available": "originalData/meta/owmsmantel/available",
    "publication": "originalData/meta/tpmeta/publicatienaam",
    "year": "originalData/meta/tpmeta/jaargang",
    "number": "originalData/meta/tpmeta/publicatienummer",
    "url": "enrichedData/url",
    "preferred_url": "enrichedData/preferredUrl",
}
RECORDS = ("position", *_RECORD, "_capture", "_locator")


@dataclass(frozen=True, slots=True)
class RecordField:
    """A filled element of a record. attribute: `name=value` of the element, blank when it has none."""

    path: str
    attribute: str
    value: str


@dataclass(frozen=True, slots=True)
class SearchRecord:
    """One hit. position: its number among all hits, as the service counts them."""

    position: str
    fields: tuple[RecordField, ...]

    @property
    def identifier(self) -> str:
        return self.value(_RECORD["identifier"])

    def value(self, path: str) -> str:
        """The first value at this place, or nothing."""
        return next((field.value for field in self.fields if field.path == path), "")


@dataclass(frozen=True, slots=True)
class SearchPage:
    """An answer of the service. following: the position of the record to ask for next."""

    total: int
    records: tuple[SearchRecord, ...]
    following: int | None


def collect(source: Source, fetch: Fetch) -> list[Answer]:
    """All pages of every query, complete by the service's own count and without a record twice."""
    return [answer for table in source.tables for answer in _pages(source, table, fetch)]


def plan(source: Source) -> list[Planned]:
    """The first page of each query."""
    then = "then follow the records after it, until all that the service counted are there"
    return [Planned(request(source, table), then) for table in source.tables]


def request(source: Source, table: SourceTable, start: int = 1, page: int = 1) -> Request:
    """The request for the records from this position on."""
    query = {
        "operation": "searchRetrieve",
        "version": "2.0",
        "query": table.filter or "",
        "startRecord": str(start),
        "maximumRecords": str(PAGE),
    }
    return Request(table.id, f"{source.base_url}?{urlencode(query)}", page=page, media="xml")


def page_of(body: bytes, source: str, name: str, page: int, url: str = "") -> SearchPage:
    """What an answer holds. Raises VK-S004 when it is something else, or tells of a wrong query."""

    def malformed(why: str) -> VoorkantError:
        return not_its_format(source, name, page, body, why, url)

    root = parse(body, source, name, page, url)
    if local(root) != "searchRetrieveResponse":
        raise malformed("The answer is XML, but not that of a search.")
    if diagnostics := _first(root, "diagnostics"):
        raise malformed(f"The service refuses the query: {words(diagnostics[0])[:300]}.")
    total = _number(root, "numberOfRecords")
    if total is None:
        raise malformed("The answer does not count its records.")
    found = tuple(record_of(each) for each in root.iter() if local(each) == "record")
    return SearchPage(total, found, _number(root, "nextRecordPosition"))


def record_of(element: Element) -> SearchRecord:
    """A `record`, with or without namespaces."""
    position = _first(element, "recordPosition")
    data = _first(element, "gzd")
    fields = tuple(_fields(data[0], "")) if data else ()
    return SearchRecord(words(position[0]) if position else "", fields)


def read_fields(archive: Archive, capture: Capture, query: str) -> pl.DataFrame:
    """Every filled element of every record of a query: its place, its attribute, its text."""
    rows = [
        (record.position, record.identifier, each.path, each.attribute, each.value, digest, place)
        for digest, place, record in _records(archive, capture, query)
        for each in record.fields
    ]
    return pl.DataFrame(rows, schema=dict.fromkeys(FIELDS, pl.String), orient="row")


def read_records(archive: Archive, capture: Capture, query: str) -> pl.DataFrame:
    """One row per record of a query, with what identifies a publication and where it is."""
    rows = [
        (record.position, *map(record.value, _RECORD.values()), digest, place)
        for digest, place, record in _records(archive, capture, query)
    ]
    return pl.DataFrame(rows, schema=dict.fromkeys(RECORDS, pl.String), orient="row")


def _pages(source: Source, table: SourceTable, fetch: Fetch) -> list[Answer]:
    answers: list[Answer] = []
    seen: set[str] = set()
    totals: set[int] = set()
    start: int | None = 1
    while start is not None:
        page_request = request(source, table, start, len(answers) + 1)
        if page_request.page > source.limits.max_pages:
            raise _too_many_pages(source, page_request)
        answer = fetch(page_request)
        page = page_of(answer.body, source.id, table.id, page_request.page, page_request.url)
        names = [record.identifier for record in page.records]
        twice = sorted({name for name in names if name in seen or names.count(name) > 1})
        totals.add(page.total)
        seen.update(names)
        if twice:
            raise _uncertain(source, page_request, f"The record {twice[0]} came twice")
        if len(totals) > 1:
            raise _uncertain(source, page_request, f"The number of records moved: {sorted(totals)}")
        answers.append(replace(answer, rows=len(names)))
        if page.following is not None and page.following <= start:
            raise _uncertain(
                source, page_request, f"The next page would begin at {page.following} again"
            )
        # What is following is told by the service; a page without records would go on for ever.
        start = page.following if names and len(seen) < page.total else None
        if start is None and len(seen) != page.total:
            counted = f"The service counts {page.total} records, {len(seen)} were received"
            raise _uncertain(source, page_request, counted)
    return answers


def _too_many_pages(source: Source, page_request: Request) -> VoorkantError:
    return VoorkantError(
        "VK-S010",
        problem=f"There are more than {source.limits.max_pages:,} pages.",
        where=f"{source.id}, {page_request.name}, page {page_request.page}, {page_request.url}",
        outcome="The capture was not recorded; the previous one stays in use.",
        remedy="Make the query narrower, or raise `limits: {max_pages: …}` in its source.yaml.",
    )


def _uncertain(source: Source, page_request: Request, why: str) -> VoorkantError:
    return VoorkantError(
        "VK-S005",
        problem=f"{why}.",
        where=f"{source.id}, {page_request.name}, page {page_request.page}, {page_request.url}",
        outcome="The capture was not recorded; the previous one stays in use.",
        remedy="Try again: publications may have been added between two pages.",
    )


def _records(
    archive: Archive, capture: Capture, query: str
) -> Iterator[tuple[str, str, SearchRecord]]:
    for entry, body in bodies(archive, capture, query):
        page = page_of(body, capture.source, query, entry.page)
        for number, record in enumerate(page.records, start=1):
            yield entry.sha256, f"page {entry.page} record {number}", record


def _fields(element: Element, path: str) -> Iterator[RecordField]:
    children = [child for child in element if local(child)]
    for child in children:
        place = f"{path}/{local(child)}" if path else local(child)
        attribute = " ".join(f"{name}={value}" for name, value in child.attrib.items())
        if not any(local(each) for each in child):
            if text := words(child):
                yield RecordField(place, attribute, text)
        else:
            yield from _fields(child, place)


def _first(element: Element, name: str) -> list[Element]:
    """The first element of this name below, if there is one; namespaces do not matter."""
    found = next((each for each in element.iter() if local(each) == name), None)
    return [] if found is None else [found]


def _number(root: Element, name: str) -> int | None:
    found = _first(root, name)
    text = words(found[0]) if found else ""
    return int(text) if text.isdecimal() else None
