"""What both generations of CBS OData share: JSON pages, the link to the next page, raw frames.

What belongs here: everything that is the same for v3 and v4. What does not: names of entities and
of properties (`odata_v3`, `odata_v4`). Numbers are never parsed: a raw frame holds the digits that
the source wrote, so no float can round them on the way.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urljoin

import polars as pl

from assets.archive import Archive, Capture
from assets.connectors.bodies import bodies, not_its_format
from assets.registry import Source, SourceTable
from assets.wire import Fetch, Request, Response
from expectations.errors import VoorkantError

Row = dict[str, Any]


def request(source: Source, table: SourceTable, entity: str, **options: str | None) -> Request:
    """The first request for an entity; options are OData system options without their `$`."""
    given = {name: value for name, value in options.items() if value is not None}
    query = "&".join(f"${name}=" + quote(value, safe="(),'") for name, value in given.items())
    url = f"{source.base_url}/{table.id}/{entity}"
    return Request(name=f"{table.id}/{entity}", url=f"{url}?{query}" if query else url)


def follow(source: Source, first: Request, fetch: Fetch, link: str) -> tuple[list[Response], int]:
    """All pages of a request, and the number of their rows.

    The source's link is used as it stands: adding our own parameters to it doubles them.
    """
    responses: list[Response] = []
    rows = 0
    asked: set[str] = set()
    request: Request | None = first
    while request is not None:
        response = fetch(request)
        document = parse(response.body, source.id, request.name, request.page)
        responses.append(response)
        rows += len(rows_of(document, response.body, source.id, request.name, request.page))
        asked.add(request.url)
        request = _next(request, document.get(link))
        if request is not None and request.url in asked:
            why = f"The next page would be one that was already read: {request.url}."
            raise not_its_format(source.id, first.name, response.request.page, response.body, why)
    return responses, rows


def _next(request: Request, link: Any) -> Request | None:
    if not link:
        return None
    return Request(request.name, urljoin(request.url, str(link)), request.page + 1)


def about(source: Source, table: SourceTable, response: Response) -> Row:
    """The one row in which a table describes itself. Raises VK-S004 when it is another table."""
    name = response.request.name
    document = parse(response.body, source.id, name, 1)
    for row in rows_of(document, response.body, source.id, name, 1)[:1]:
        same_id = str(row.get("Identifier", "")).strip().lower() == table.id.lower()
        # Ids have no pattern: a wrong one gives another year's figures without any error.
        if same_id and (table.year is None or str(table.year) in str(row.get("Title"))):
            return row
    why = f"The answer does not describe table {table.id} ({table.title})."
    raise not_its_format(source.id, name, 1, response.body, why)


def dated(responses: Iterable[Response], published_at: str | None) -> list[Response]:
    """The same responses with the source's own date of their content."""
    return [replace(response, published_at=published_at) for response in responses]


def check_count(source: Source, table: SourceTable, counted: int, promised: str | None) -> None:
    """Raises VK-S005 unless the rows received are the rows the source says it has.

    With a `$filter` the source tells no number to compare with, so nothing can be checked.
    """
    if table.filter is None and str(counted) != promised:
        raise VoorkantError(
            "VK-S005",
            problem=f"The source says {promised} rows, {counted} were received.",
            where=f"{source.id}, {table.id}",
            outcome="The capture was not recorded; the previous one stays in use.",
            remedy="Try again: the source may have been updated between two pages.",
        )


def parse(body: bytes, source: str, name: str, page: int) -> Row:
    """A JSON object with every number as its own digits. Raises VK-S004."""
    try:
        document = json.loads(body, parse_int=str, parse_float=str)
    except ValueError as error:
        why = "The answer is not JSON."
        raise not_its_format(source, name, page, body, why) from error
    if not isinstance(document, dict):
        raise not_its_format(source, name, page, body, "The answer is JSON, but not an object.")
    return document


def rows_of(document: Row, body: bytes, source: str, name: str, page: int) -> list[Row]:
    """The rows of a page: its `value`, or the object itself when it is one (`Properties`)."""
    if "value" not in document and name.endswith("/Properties"):
        return [{key: value for key, value in document.items() if not key.startswith("@")}]
    rows = document.get("value")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise not_its_format(source, name, page, body, "The answer has no list of rows in `value`.")
    return rows


def read_entity(archive: Archive, capture: Capture, name: str) -> pl.DataFrame:
    """An entity of a capture, e.g. `45063NED/TypedDataSet`: text only, padding and nulls kept."""
    pages = []
    for entry, body in bodies(archive, capture, name):
        document = parse(body, capture.source, name, entry.page)
        rows = rows_of(document, body, capture.source, name, entry.page)
        # Columns in order of first appearance; `StringValue` and others may be absent in some rows.
        columns = dict.fromkeys(key for row in rows for key in row)
        series = [
            pl.Series(key, [_text(row.get(key)) for row in rows], pl.String) for key in columns
        ]
        series += [pl.Series("_capture", [entry.sha256] * len(rows), pl.String)]
        locator = [f"page {entry.page} row {number}" for number in range(1, len(rows) + 1)]
        series += [pl.Series("_locator", locator, pl.String)]
        pages.append(pl.DataFrame(series))
    frame = pl.concat(pages, how="diagonal")
    return frame.select(pl.exclude("_capture", "_locator"), "_capture", "_locator")


def _text(value: Any) -> str | None:
    """Numbers are text already; what JSON nests or spells (`true`) stays as JSON spells it."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
