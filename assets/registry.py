"""The registry of sources: one folder `assets/sources/<id>/source.yaml` per source.

What belongs here: the strict model of that file and its loader. What does not: how a kind of
source is asked or read (see `connectors/`). Adding a source of a known kind touches one folder.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from expectations.errors import VoorkantError

SOURCES = Path(__file__).parent / "sources"

Kind = Literal["odata_v3", "odata_v4", "bwb", "csv"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceTable(_Strict):
    """One table (or regulation, or file) of a source.

    status: `confirmed` = the id was seen at the source; `unresolved` = found by title at first live run;
    `cited` = figures read from a publication by people, kept in this repository.
    entities: OData entities to fetch besides the data, e.g. dimensions. data: whether its rows are fetched.
    filter: OData `$filter`, sent as it stands. year: the year the table is about, where it is about one.
    """

    id: str
    title: str
    status: Literal["confirmed", "unresolved", "cited"]
    year: int | None = None
    entities: tuple[str, ...] = ()
    data: bool = True
    filter: str | None = None
    reference: str | None = None


class Source(_Strict):
    """A producer's publication and how it is reached."""

    id: str
    kind: Kind
    producer: str
    title: str
    about: str
    base_url: str
    hosts: tuple[str, ...]
    licence: str
    attribution: str
    cadence: str
    traps: tuple[str, ...] = ()
    tables: tuple[SourceTable, ...]

    def table(self, table_id: str) -> SourceTable:
        """The table with this id. KeyError for a programming mistake, not for bad data."""
        return {table.id: table for table in self.tables}[table_id]

    def cites(self, request_name: str) -> bool:
        """Whether a request is for figures that people read and wrote down: no endpoint has them."""
        table_id = request_name.partition("/")[0]
        return any(table.id == table_id and table.status == "cited" for table in self.tables)


def load_source(folder: Path) -> Source:
    """Read one `source.yaml`. Raises VK-C002 with the file and the key that is wrong."""
    path = folder / "source.yaml"
    try:
        source = Source.model_validate(yaml.safe_load(path.read_text("utf-8")))
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise VoorkantError(
            "VK-C002",
            problem=f"The source description cannot be used: {error}",
            where=str(path),
            outcome="Nothing was captured.",
            remedy="Mend the named key; compare with another source.yaml.",
        ) from error
    if source.id != folder.name:
        raise VoorkantError(
            "VK-C002",
            problem=f"The id {source.id!r} differs from its folder {folder.name!r}.",
            where=str(path),
            outcome="Nothing was captured.",
            remedy="Give folder and id the same name.",
        )
    return source


@cache
def sources() -> dict[str, Source]:
    """All sources by id, in the order of their ids."""
    folders = sorted(path.parent for path in SOURCES.glob("*/source.yaml"))
    return {folder.name: load_source(folder) for folder in folders}
