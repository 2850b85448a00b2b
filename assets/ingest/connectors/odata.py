"""What both generations of CBS OData share: JSON pages, the link to the next page, raw frames.

What belongs here: everything that is the same for v3 and v4. What does not: names of entities and
of properties (`odata_v3`, `odata_v4`). Numbers are never parsed: a raw frame holds the digits that
the source wrote, so no float can round them on the way.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urljoin

import polars as pl

from assets.ingest.archive import Archive, Capture, Entry
from assets.ingest.connectors import textrows
from assets.ingest.connectors.bodies import bodies, missing_column, not_its_format
from assets.ingest.messages import Answer, Fetch, Page, Request
from assets.ingest.registry import Source, SourceTable
from expectations.errors import VoorkantError

Row = dict[str, Any]

VALUES = ("Value", "StringValue")
OBSERVATION = ("Id", "Measure", "ValueAttribute", *VALUES)
OPTIONAL = ("StringValue",)  # absent where there are no texts, also on one page of several


def request(source: Source, table: SourceTable, entity: str, **options: str | None) -> Request:
    """The first request for an entity; options are OData system options without their `$`."""
    given = {name: value for name, value in options.items() if value is not None}
    query = "&".join(f"${name}=" + quote(value, safe="(),'") for name, value in given.items())
    url = f"{source.base_url}/{table.id}/{entity}"
    return Request(name=f"{table.id}/{entity}", url=f"{url}?{query}" if query else url)


def follow(
    source: Source,
    first: Request,
    fetch: Fetch,
    link: str,
    each: Callable[[Request, pl.DataFrame], Page | None] = lambda _request, _rows: None,
) -> tuple[list[Answer], int]:
    """All pages of a request, and the number of their rows. The next page comes while one is read.

    each: told every request and its rows as text; what it gives is kept with the answer. The source's
    link is used as it stands: adding our own parameters to it doubles them.
    """
    answers: list[Answer] = []
    total = 0
    requested: set[str] = set()
    ahead = ThreadPoolExecutor(1, thread_name_prefix="next-page")
    coming: Future[Answer] | None = ahead.submit(fetch, first)
    try:
        while coming is not None:
            answer = coming.result()
            request, body = answer.request, answer.body
            where = (source.id, request.name, request.page, body)
            around = textrows.around(body)
            document = parse(*where, request.url) if around is None else around
            requested.add(request.url)
            following = _next(source, request, body, document.get(link), requested)
            coming = ahead.submit(fetch, following) if following else None
            if around is None:
                rows = _frame(rows_of(document, *where, request.url))
            else:
                rows = text_page(*where, request.url)
            answers.append(replace(answer, rows=rows.height, page=each(request, rows)))
            total += rows.height
    except Exception:
        if coming is not None:
            wait([coming])  # an error leaves nothing running behind it
        raise
    finally:
        ahead.shutdown(wait=False, cancel_futures=True)
    return answers, total


def _next(
    source: Source, request: Request, body: bytes, link: Any, requested: set[str]
) -> Request | None:
    """The request for the page after this one. Raises VK-S004 for one that was read, VK-S010 for too many."""
    if not link:
        return None
    following = replace(request, url=urljoin(request.url, str(link)), page=request.page + 1)
    if following.url in requested:
        why = f"The next page would be one that was already read: {following.url}."
        raise not_its_format(source.id, request.name, request.page, body, why, request.url)
    if following.page > source.limits.max_pages:
        raise _too_many_pages(source, following)
    return following


def _too_many_pages(source: Source, request: Request) -> VoorkantError:
    return VoorkantError(
        "VK-S010",
        problem=f"There are more than {source.limits.max_pages:,} pages.",
        where=f"{source.id}, {request.name}, page {request.page}, {request.url}",
        outcome="The capture was not recorded; the previous one stays in use.",
        remedy="When the table has grown so much, raise `limits: {max_pages: …}` in its source.yaml.",
    )


def about(source: Source, table: SourceTable, response: Answer) -> Row:
    """The one row in which a table describes itself. Raises VK-S004 when it is another table."""
    name = response.request.name
    url, body = response.request.url, response.body
    where = (source.id, name, 1, body, url)
    for row in rows_of(parse(*where), *where)[:1]:
        same_id = str(row.get("Identifier", "")).strip().lower() == table.id.lower()
        # Ids have no pattern: a wrong one gives another year's figures without any error.
        if same_id and (table.year is None or str(table.year) in str(row.get("Title"))):
            return row
    why = f"The answer does not describe table {table.id} ({table.title})."
    raise not_its_format(source.id, name, 1, body, why, url)


def dated(responses: Iterable[Answer], published_at: str | None) -> list[Answer]:
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
            where=f"{source.id}, {table.id}, {source.base_url}/{table.id}",
            outcome="The capture was not recorded; the previous one stays in use.",
            remedy="Try again: the source may have been updated between two pages.",
        )


def parse(source: str, name: str, page: int, body: bytes, url: str = "") -> Row:
    """A JSON object with every number as its own digits. Raises VK-S004."""
    try:
        document = json.loads(body, parse_int=str, parse_float=str)
    except (ValueError, RecursionError) as error:
        why = "The answer is not JSON."
        raise not_its_format(source, name, page, body, why, url) from error
    if not isinstance(document, dict):
        why = "The answer is JSON, but not an object."
        raise not_its_format(source, name, page, body, why, url)
    return document


def rows_of(
    document: Row, source: str, name: str, page: int, body: bytes, url: str = ""
) -> list[Row]:
    """The rows of a page: its `value`, or the object itself when it is one (`Properties`)."""
    if "value" not in document and name.endswith("/Properties"):
        return [{key: value for key, value in document.items() if not key.startswith("@")}]
    rows = document.get("value")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        why = "The answer has no list of rows in `value`."
        raise not_its_format(source, name, page, body, why, url)
    return rows


def read_entity(archive: Archive, capture: Capture, name: str) -> pl.DataFrame:
    """An entity of a capture, e.g. `45063NED/TypedDataSet`: text only, padding and nulls kept.

    Raises VK-S006 when a page has other columns than the page before it: the table was changed, or the
    pages are not of one table, and empty cells would hide it.
    """
    pages: list[pl.DataFrame] = []
    for entry, body in bodies(archive, capture, name):
        frame = _page(body, capture.source, name, entry)
        if pages and frame.height:
            where = f"{capture.source}, {name}, page {entry.page}, {entry.url}"
            _require_same(pages[-1].columns, frame.columns, where)
        if frame.height or not pages:
            pages.append(frame)
    frame = pl.concat(pages, how="diagonal")
    return frame.select(pl.exclude("_capture", "_locator"), "_capture", "_locator")


def _require_same(before: list[str], now: list[str], where: str) -> None:
    for earlier, later in ((before, now), (now, before)):
        if lost := [c for c in earlier if c not in later and c not in OPTIONAL]:
            raise missing_column(lost, later, where)


def _page(body: bytes, source: str, name: str, entry: Entry) -> pl.DataFrame:
    """The rows of one page as text, each with the place it comes from."""
    return text_page(source, name, entry.page, body).with_columns(
        pl.lit(entry.sha256).alias("_capture"),
        pl.format(f"page {entry.page} row {{}}", pl.int_range(1, pl.len() + 1)).alias("_locator"),
    )


def text_page(source: str, name: str, page: int, body: bytes, url: str = "") -> pl.DataFrame:
    """The rows of one page as text and nothing else. Raises VK-S004."""
    frame = textrows.quick(body)
    return carefully(source, name, page, body, url) if frame is None else frame


def page(rows: pl.DataFrame, dimensions: Collection[str]) -> Page:
    """What the rows of a page of data tell for comparing captures.

    dimensions: of v3; a v4 observation has its own names for everything that is no dimension.
    """
    named = dimensions or [each for each in rows.columns if each not in OBSERVATION]
    keys = [each for each in rows.columns if each in named]
    values = [
        each
        for each in rows.columns
        if (each in VALUES if not dimensions else each not in (*keys, "ID"))
    ]
    used = rows.lazy()
    if values:
        used = used.filter(pl.any_horizontal(pl.col(values).is_not_null()))
    found = used.select(pl.col(keys).unique().implode()).collect(engine="in-memory")
    codes = {code.strip() for key in keys for code in found[key].explode().drop_nulls()}
    return Page(tuple(rows.columns), frozenset(codes))


def carefully(source: str, name: str, page: int, body: bytes, url: str = "") -> pl.DataFrame:
    """The same for a page of any form. Raises VK-S004."""
    where = (source, name, page, body, url)
    return _frame(rows_of(parse(*where), *where))


def _frame(rows: list[Row]) -> pl.DataFrame:
    """Rows as text. Columns stand in the order of their first appearance."""
    columns = dict.fromkeys(key for row in rows for key in row)
    return pl.DataFrame(
        [pl.Series(k, [_text(row.get(k)) for row in rows], pl.String) for k in columns]
    )


def _text(value: Any) -> str | None:
    """Numbers are text already; what JSON nests or spells (`true`) stays as JSON spells it."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
