"""The registry of sources: one folder `assets/sources/<id>/source.yaml` per source.

What belongs here: the strict model of that file and its loader. What does not: how a kind of
source is requested or read (`connectors`), and how an unknown id is looked up (`table_lookup`).
Adding a source of a known kind touches one folder.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints, model_validator

from assets.ingest.kinds import KINDS, Kind
from assets.ingest.source_limits import SourceLimits, may_request
from expectations import yaml_models
from expectations.paths import ROOT
from expectations.yaml_files import DeclarationKind, DeclarationProblem
from expectations.yaml_models import Found, Strict

SOURCES = ROOT / "assets" / "sources"
KIND = DeclarationKind(
    "VK-C002",
    "The source description",
    "Nothing was captured.",
    "Correct the named keys; compare with another source.yaml.",
)

IdStatus = Literal["confirmed", "unresolved", "closed", "cited"]

FilledText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]

_OWN_NAME = r"[a-z][a-z0-9_]*"


class ExpectedRelease(Strict):
    """When the producer brings out figures about a year.

    day: month and day (`07-14`), in the year that lies years_after the year the figures are about;
    plus_days: days after that day. until: end of the window, where the producer names no day.
    evidence: where this was read.
    """

    what: FilledText
    day: str = Field(pattern=r"^(0[1-9]|1[0-2])-[0-3][0-9]$")
    years_after: int = 1
    plus_days: int = Field(default=0, ge=0)
    until: str | None = Field(default=None, pattern=r"^(0[1-9]|1[0-2])-[0-3][0-9]$")
    evidence: FilledText

    def window(self, year: int) -> tuple[date, date]:
        """First and last day on which figures about this year are expected."""
        first = self._in(year, self.day)
        return first, self._in(year, self.until) if self.until else first

    def _in(self, year: int, day: str) -> date:
        return date.fromisoformat(f"{year + self.years_after}-{day}") + timedelta(self.plus_days)

    @model_validator(mode="after")
    def _days_exist(self) -> Self:
        first, last = self.window(2023)  # not a leap year: 29 February is not a day of every year
        if last < first:
            raise ValueError("until: the window ends before it begins")
        return self


class SourceTable(Strict):
    """One table (or regulation, publication, query, file) of a source.

    status: `confirmed` = the id was seen at the source or in its own pages; `closed` = confirmed, and
    the source adds nothing to it any more; `unresolved` = the id is not known: `id` is our own name,
    and the id is to be found under `resolve_title` in the catalogue; `cited` = figures read from
    a publication by people, kept in this repository.
    title_exact: whether the title is in the source's own words; False for a description by us.
    entities: OData entities to fetch besides the data, e.g. dimensions. data: whether its rows are fetched.
    filter: OData `$filter`, or the CQL query of an SRU search, sent as it stands.
    year: the year the table is about, where it is about one. closed: the day or month it was closed.
    """

    id: FilledText
    title: FilledText
    status: IdStatus
    title_exact: bool = True
    resolve_title: FilledText | None = None
    closed: str | None = Field(default=None, pattern=r"^\d{4}-\d{2}(-\d{2})?$")
    year: int | None = Field(default=None, ge=1900, le=2100)
    entities: tuple[FilledText, ...] = ()
    data: bool = True
    filter: FilledText | None = None
    reference: str | None = None

    @model_validator(mode="after")
    def _status_has_what_it_needs(self) -> Self:
        if (self.status == "unresolved") != (self.resolve_title is not None):
            raise ValueError("resolve_title: needed for status unresolved, and for no other")
        if (self.status == "closed") != (self.closed is not None):
            raise ValueError("closed: needed for status closed, and for no other")
        return self


class Source(Strict):
    """A producer's publication and how it is reached.

    listed: all tables of `source.yaml`, also those whose id is not known (there the key is `tables`).
    catalogue: the address where the producer lists its tables with their titles.
    releases: when new figures are expected; empty where the producer keeps no calendar.
    """

    id: FilledText
    kind: Kind
    producer: FilledText
    title: FilledText
    about: str
    base_url: FilledText
    catalogue: str | None = None
    hosts: tuple[str, ...]
    licence: FilledText
    attribution: str
    cadence: str
    releases: tuple[ExpectedRelease, ...] = ()
    traps: tuple[FilledText, ...] = ()
    limits: SourceLimits = SourceLimits()
    listed: tuple[SourceTable, ...] = Field(alias="tables")

    @property
    def tables(self) -> tuple[SourceTable, ...]:
        """The tables that can be asked for: all whose id is known."""
        return tuple(table for table in self.listed if table.status != "unresolved")

    @property
    def unresolved(self) -> tuple[SourceTable, ...]:
        """The tables whose id is still to be found in the catalogue."""
        return tuple(table for table in self.listed if table.status == "unresolved")

    def table(self, table_id: str) -> SourceTable:
        """The table with this id. KeyError for a programming mistake, not for bad data."""
        return {table.id: table for table in self.tables}[table_id]

    def cites(self, request_name: str) -> bool:
        """Whether no endpoint serves this request: figures that people wrote down, files they dropped."""
        if self.kind == "files":
            return True
        table_id = request_name.partition("/")[0]
        return any(table.id == table_id and table.status == "cited" for table in self.tables)

    @model_validator(mode="after")
    def _ids_differ(self) -> Self:
        ids = [table.id for table in self.listed]
        if twice := sorted({id_ for id_ in ids if ids.count(id_) > 1}):
            raise ValueError(f"tables: the id {twice[0]} is there twice")
        return self

    @model_validator(mode="after")
    def _unresolved_can_be_looked_up(self) -> Self:
        if self.unresolved and self.catalogue is None and self.kind.startswith("odata"):
            raise ValueError("catalogue: needed, because a table is unresolved")
        return self


def load_source(folder: Path) -> Source:
    """Read one `source.yaml`. Raises VK-C002 with every problem and its line."""
    return yaml_models.load(
        KIND, Source, folder / "source.yaml", lambda source: _judged(source, folder.name)
    )


def _judged(source: Source, folder: str) -> Iterator[Found]:
    """What the model does not know: addresses outside the hosts, ids out of form, the name of the folder."""
    for key, address in (("base_url", source.base_url), ("catalogue", source.catalogue)):
        if address and urlsplit(address).scheme and not may_request(address, source.hosts):
            yield (key,), f"{address} is not on one of `hosts` over https"
    for number, table in enumerate(source.listed):
        unresolved = table.status == "unresolved"
        form = _OWN_NAME if unresolved else KINDS[source.kind].id_pattern
        if not re.fullmatch(form, table.id):
            what = "a name of this project" if unresolved else f"an id of the kind {source.kind}"
            yield ("tables", number, "id"), f"{table.id!r} does not have the form of {what}"
    if source.id != folder:
        yield ("id",), f"{source.id!r} differs from its folder {folder!r}"


def source(source_id: str) -> Source:
    """The source with this id. Raises VK-C002 when it has no folder."""
    if source_id not in sources():
        text = f"there is no source {source_id!r}"
        raise KIND.error([DeclarationProblem(SOURCES / source_id / "source.yaml", 1, text)])
    return sources()[source_id]


@cache
def sources() -> dict[str, Source]:
    """All sources by id, in the order of their ids. Raises VK-C002 with the problems of all."""
    folders = sorted(path.parent for path in SOURCES.glob("*/source.yaml"))
    return yaml_models.load_all(KIND, {folder.name: folder for folder in folders}, load_source)
