"""A table of CBS as one snapshot: all its pages, or a refusal.

What belongs here: in which order a table is asked, and when its pages may be taken for one table.
What does not: names of entities (`odata_v3`, `odata_v4`) and parsing (`odata`).

A page is whole, but a table of many pages can change between two of them: a row would be there
twice, or not at all, and nothing in the pages would say so. Such a table is accepted only if its
keys are unique, if its pages have the same columns, if its rows are as many as it says before and
after, and if its date and version are the same before and after. Otherwise it is read again from the
start, and in the end refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import polars as pl

from assets.ingest.connectors import odata
from assets.ingest.connectors.bodies import missing_column
from assets.ingest.connectors.odata import Row
from assets.ingest.messages import Answer, Fetch, Page, Planned, Request, side_by_side
from assets.ingest.registry import Source, SourceTable
from expectations.errors import VoorkantError

READINGS = 3


@dataclass(frozen=True, slots=True)
class Form:
    """What differs between the generations.

    about: the entity in which a table describes itself; count: its number of rows; state: what moves
    when the table does. columns: the entity that lists its columns. data: its rows; key: their number.
    """

    about: str
    count: str
    state: tuple[str, ...]
    columns: str | None
    data: str
    key: str
    link: str
    options: dict[str, str]


class UnsettledError(Exception):
    """These pages are not one table; reading again may help. error: what to tell when it does not."""

    def __init__(self, error: VoorkantError) -> None:
        super().__init__(str(error))
        self.error = error


def collect(source: Source, fetch: Fetch, form: Form) -> list[Answer]:
    """All tables of a source, independent ones at the same time, in the order of its description."""
    tables = source.tables
    at_once = source.limits.concurrency
    # One table alone has its code lists read at the same time instead.
    inner = at_once if len(tables) == 1 else 1
    found = side_by_side(lambda table: read(source, table, fetch, form, inner), tables, at_once)
    return [answer for answers in found for answer in answers]


def plan(source: Source, form: Form) -> list[Planned]:
    """What `collect` will ask first, and what follows."""
    planned = []
    for table in source.tables:
        metadata = [each for each in (form.about, form.columns, *table.entities) if each]
        for entity in metadata:
            request = odata.request(source, table, entity, **form.options)
            planned.append(Planned(request, f"then follows {form.link}, where there is one"))
        if table.data:
            request = odata.request(source, table, form.data, **form.options, filter=table.filter)
            then = (
                f"then follows {form.link}, page after page; after several pages {form.about} again"
            )
            planned.append(Planned(request, then))
    return planned


def read(
    source: Source, table: SourceTable, fetch: Fetch, form: Form, at_once: int = 1
) -> list[Answer]:
    """The answers that make up a table. Raises VK-S005 or VK-S008 when they never fit together."""
    for reading in range(1, READINGS + 1):
        try:
            return _read(source, table, fetch, form, at_once, fresh=reading > 1)
        except UnsettledError as unsettled:
            if reading == READINGS:
                raise unsettled.error from None
    raise AssertionError("the last reading returns or raises")


def _read(
    source: Source, table: SourceTable, fetch: Fetch, form: Form, at_once: int, fresh: bool
) -> list[Answer]:
    about_request = odata.request(source, table, form.about, **form.options)
    described, _ = odata.follow(source, replace(about_request, fresh=fresh), fetch, form.link)
    about = odata.about(source, table, described[0])
    state = _state(about, form)

    def pages(
        entity: str,
        each: Callable[[Request, pl.DataFrame], Page | None] = lambda _request, _rows: None,
        filter: str | None = None,  # noqa: A002 (its OData name)
    ) -> tuple[list[Answer], int]:
        first = odata.request(source, table, entity, **form.options, filter=filter)
        first = replace(first, version=state, fresh=fresh)
        return odata.follow(source, first, fetch, form.link, each)

    entities = [each for each in (form.columns, *table.entities) if each]
    answers = [
        *described,
        *(answer for got, _ in side_by_side(pages, entities, at_once) for answer in got),
    ]
    if table.data:
        dimensions = _dimensions(answers, form, source)
        keys = Keys(form.key, dimensions)
        columns: list[str] = []

        def each(request: Request, rows: pl.DataFrame) -> Page:
            keys.add(rows)
            _same_columns(source, request, rows.columns, columns)
            return odata.page(rows, dimensions)

        data, rows = pages(form.data, each, table.filter)
        after = about
        if len(data) > 1:
            again, _ = odata.follow(source, replace(about_request, fresh=True), fetch, form.link)
            after = odata.about(source, table, again[0])
            _settled(source, table, form, keys, state, _state(after, form))
        for promised in (about.get(form.count), after.get(form.count)):
            try:
                odata.check_count(source, table, rows, promised)
            except VoorkantError as error:
                raise UnsettledError(error) from None
        answers += data
    return odata.dated(answers, about.get("Modified"))


def _state(about: Row, form: Form) -> str | None:
    """What tells one state of a table from the next; None when the source tells nothing."""
    parts = [f"{name} {about[name]}" for name in form.state if about.get(name) is not None]
    return ", ".join(parts) or None


def _settled(
    source: Source,
    table: SourceTable,
    form: Form,
    keys: Keys,
    before: str | None,
    after: str | None,
) -> None:
    why = None
    if before != after:
        why = (
            f"The table was in the state “{before}” before its rows were read, in “{after}” after."
        )
    elif twice := keys.twice():
        why = f"{twice} are there more than once, on different pages or on one."
    if why:
        raise UnsettledError(
            VoorkantError(
                "VK-S008",
                problem=f"{why} It was read {READINGS} times.",
                where=f"{source.id}, {table.id}, {source.base_url}/{table.id}/{form.data}",
                outcome="The capture was not recorded; the previous one stays in use.",
                remedy="The source is being refreshed: try again in an hour. When it stays so, "
                "report it to the source; its pages do not make up one table.",
            )
        )


def _same_columns(source: Source, request: Request, present: list[str], columns: list[str]) -> None:
    """Every page has the columns of the first one; columns: those, filled when it comes."""
    columns += [] if columns else present
    lost = [each for each in columns if each not in present and each not in odata.OPTIONAL]
    if lost and present:
        where = f"{source.id}, {request.name}, page {request.page}, {request.url}"
        raise UnsettledError(missing_column(lost, present, where))


def _dimensions(answers: Iterable[Answer], form: Form, source: Source) -> tuple[str, ...]:
    """The columns that together say what a row is about; v3 names them, v4 has `Id` for it."""
    found = []
    for answer in answers:
        if form.columns and answer.request.name.endswith(f"/{form.columns}"):
            where = (source.id, answer.request.name, answer.request.page, answer.body)
            rows = odata.rows_of(odata.parse(*where), *where)
            found += [str(row["Key"]) for row in rows if "Dimension" in str(row.get("Type"))]
    return tuple(found)


class Keys:
    """The keys of all rows of a table, as eight bytes each, so that a table need not be in memory."""

    def __init__(self, number: str, dimensions: tuple[str, ...]) -> None:
        self._columns = {"row numbers": (number,), "keys": dimensions}
        self._hashes: dict[str, list[pl.Series]] = {name: [] for name in self._columns}

    def add(self, rows: pl.DataFrame) -> None:
        """Take in a page. A key that its rows do not have is not judged: then there is none."""
        for name, columns in self._columns.items():
            if columns and set(columns) <= set(rows.columns):
                self._hashes[name].append(rows.select(columns).hash_rows())

    def twice(self) -> str:
        """Which of the keys are not unique, in words; empty when all are."""
        parts = []
        for name, pages in self._hashes.items():
            if pages:
                hashes = pl.concat(pages)
                if repeated := hashes.len() - hashes.n_unique():
                    parts.append(f"{repeated:,} {name}")
        return " and ".join(parts)
