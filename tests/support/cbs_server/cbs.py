"""CBS tables on the wire: OData v3 and v4, written independently of the product's own rendering.

What belongs here: addresses, paging, layout, padding and null markers of both generations, as
recorded (`../shared/domain/sources-cbs.md` §1). A bug that the product and this server shared would stay
hidden, so nothing of `assets.ingest.origins.rendering` is used here.

Options are `$format`, `$skip`, `$count` and `$filter` (`filters`). Any other option of OData, and a
filter of an unknown form, is answered with status 400, so that a wrong request shows.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode

import polars as pl

from tests.support.cbs_server.filters import RefusedError, selected
from tests.support.cbs_server.site import Answer, IncomingRequest

V3_ROOTS = ("/ODataFeed/odata", "/ODataApi/odata")
V3_CATALOGUE = "/ODataCatalog/Tables"
V4_ROOT = "/odata/v1/CBS"
V4_CATALOGUES = ("/odata/v1/Datasets", f"{V4_ROOT}/Datasets")
API_ROWS = 10_000  # ODataApi serves no more, and says nothing about it
OPTIONS = frozenset({"$format", "$skip", "$count", "$filter"})

Content = pl.DataFrame | bytes
"""An entity: rows to be put on pages, or a body to be served exactly as it was recorded."""

JSON = "application/json; odata=minimalmetadata; streaming=true; charset=utf-8"


@dataclass(frozen=True)
class Table:
    """One table of CBS.

    about: the row of TableInfos (v3) or the object Properties (v4). data: TypedDataSet or
    Observations. entities: every other entity by its name. page_rows: rows on a page of data.
    """

    id: str
    generation: Literal["v3", "v4"]
    about: Mapping[str, Any]
    data: Content
    entities: Mapping[str, Content] = field(default_factory=dict)
    page_rows: int | None = None

    @property
    def size(self) -> int:
        """Rows per page: those of CBS unless a test wants many small pages."""
        return self.page_rows or (10_000 if self.generation == "v3" else 100_000)

    def entity(self, name: str) -> Content | None:
        """An entity of this table by its name."""
        if name == ("TypedDataSet" if self.generation == "v3" else "Observations"):
            return self.data
        if name == "UntypedDataSet" and isinstance(self.data, pl.DataFrame):
            return untyped(self.data)
        if name == "TableInfos" and self.generation == "v3":
            return pl.DataFrame([dict(self.about)], infer_schema_length=None)
        return self.entities.get(name)

    @property
    def names(self) -> list[str]:
        """What the service document lists."""
        own = ["TableInfos", "UntypedDataSet", "TypedDataSet"]
        return [*(own if self.generation == "v3" else ["Observations"]), *self.entities]


class CbsSite:
    """The tables of both generations, their service documents and their catalogues.

    catalogue_rows: on a page of a catalogue; CBS gives all of them in one.
    """

    def __init__(self, tables: Collection[Table], catalogue_rows: int | None = None) -> None:
        self._catalogue_rows = catalogue_rows
        # v3 takes any case of an id; v4 does not.
        self._v3 = {table.id.lower(): table for table in tables if table.generation == "v3"}
        self._v4 = {table.id: table for table in tables if table.generation == "v4"}
        self._kept: dict[tuple[str, str, int, str], bytes] = {}

    def answer(self, incoming: IncomingRequest) -> Answer | None:
        try:
            return self._answer(incoming)
        except RefusedError as error:
            found = {"odata.error": {"code": "", "message": {"lang": "en-US", "value": str(error)}}}
            return Answer(json.dumps(found).encode(), JSON, 400)

    def _answer(self, incoming: IncomingRequest) -> Answer | None:
        if unknown := [
            name for name in _options(incoming) if name[0] == "$" and name not in OPTIONS
        ]:
            raise RefusedError(f"unknown options: {', '.join(unknown)}")
        if incoming.path == V3_CATALOGUE:
            return self._page(incoming, "Tables", self._rows(self._v3), self._catalogue_rows)
        if incoming.path in V4_CATALOGUES:
            return self._page(incoming, "Datasets", self._rows(self._v4), self._catalogue_rows)
        for root in (*V3_ROOTS, V4_ROOT):
            if incoming.path.startswith(f"{root}/"):
                id_, _, name = incoming.path.removeprefix(f"{root}/").partition("/")
                table = self._v4.get(id_) if root == V4_ROOT else self._v3.get(id_.lower())
                return None if table is None else self._entity(incoming, root, table, name)
        return None

    def _rows(self, tables: Mapping[str, Table]) -> pl.DataFrame:
        found = [{k: v for k, v in t.about.items() if k[0] != "@"} for t in tables.values()]
        columns = found[0] if found else {"Identifier": "", "Title": ""}
        rows = [{key: row.get(key) for key in columns} for row in found]
        return pl.DataFrame(rows, infer_schema_length=None)

    def _entity(
        self, incoming: IncomingRequest, root: str, table: Table, name: str
    ) -> Answer | None:
        home = f"{incoming.base}{root}/{table.id}"
        if not name:
            rows = [{"name": each, "url": f"{home}/{each}"} for each in table.names]
            return self._page(incoming, "", pl.DataFrame(rows), None)
        if table.generation == "v4" and name == "Properties":
            about = {"@odata.context": f"{home}/$metadata#Properties", **table.about}
            return Answer(json.dumps(about, ensure_ascii=False).encode(), JSON)
        content = table.entity(name)
        if content is None:
            return None
        if written := _options(incoming).get("$filter"):
            every = _read(content) if isinstance(content, bytes) else content
            left = selected(every, written, table.generation)
            # What was recorded is a selection already: when all of it is asked for, it stays as it is.
            content = content if left.height == every.height else left
        if isinstance(content, bytes):
            return Answer(content, JSON)
        if root == "/ODataApi/odata":
            return self._page(incoming, name, content.head(API_ROWS), None)
        return self._page(incoming, name, content, table.size)

    def _page(
        self, incoming: IncomingRequest, name: str, rows: pl.DataFrame, size: int | None
    ) -> Answer:
        """One page; rendered once, because a benchmark of readers must not time this server."""
        options = _options(incoming)
        skip = int(options.get("$skip", 0))
        size = size or max(rows.height, 1)
        key = (incoming.base, incoming.path, skip, incoming.query)
        if key not in self._kept:
            v4 = incoming.path.startswith("/odata/v1")
            dialect = "@odata" if v4 else "odata"
            home = f"{incoming.base}{incoming.path.removesuffix(f'/{name}')}/$metadata#"
            head: dict[str, Any] = (
                {"@odata.context": home + name}
                if v4
                else {"odata.metadata": f"{home}Cbs.OData.WebAPI.{name}"}
            )
            if v4 and options.get("$count") == "true":
                head["@odata.count"] = rows.height
            link = None
            if skip + size < rows.height:
                following = urlencode({**options, "$skip": skip + size}, safe="$'(),")
                link = (f"{dialect}.nextLink", f"{incoming.base}{incoming.path}?{following}")
            body = (_v4_body if v4 else _v3_body)(head, rows.slice(skip, size), link)
            self._kept[key] = body
        return Answer(self._kept[key], JSON)


def _options(incoming: IncomingRequest) -> dict[str, str]:
    return dict(parse_qsl(incoming.query, keep_blank_values=True))


def _read(body: bytes) -> pl.DataFrame:
    """The rows of a recorded body."""
    return pl.DataFrame(json.loads(body)["value"], infer_schema_length=None)


def untyped(data: pl.DataFrame) -> pl.DataFrame:
    """The UntypedDataSet: every measure a text aligned to the right, a point where it is absent."""
    numbers = [n for n, t in data.schema.items() if n != "ID" and t.is_numeric()]
    return data.with_columns(
        _precise(pl.col(name)).cast(pl.String).fill_null(".").str.pad_start(10) for name in numbers
    )


def _precise(column: pl.Expr) -> pl.Expr:
    """CBS keeps 32-bit floats and writes all their digits: 374.3999938964844."""
    return column.cast(pl.Float64)


def _objects(rows: pl.DataFrame) -> Iterator[str]:
    exact = rows.with_columns(
        _precise(pl.col(name)) for name, kind in rows.schema.items() if kind == pl.Float32
    )
    # A line break inside a text is escaped in JSON, so each line is one row.
    return (line[1:-1] for line in exact.write_ndjson().splitlines())


def _v3_body(head: Mapping[str, Any], rows: pl.DataFrame, link: tuple[str, str] | None) -> bytes:
    """v3 breaks lines around each row, as recorded in 84489NED."""
    row = "\r\n    },{\r\n      ".join(_objects(rows))
    value = f"[\r\n    {{\r\n      {row}\r\n    }}\r\n  ]" if rows.height else "[\r\n    \r\n  ]"
    tail = f',"{link[0]}":{json.dumps(link[1])}' if link else ""
    return f'{{\r\n  {json.dumps(dict(head))[1:-1]},"value":{value}{tail}\r\n}}'.encode()


def _v4_body(head: Mapping[str, Any], rows: pl.DataFrame, link: tuple[str, str] | None) -> bytes:
    """v4 writes everything on one line."""
    value = ",".join(f"{{{row}}}" for row in _objects(rows))
    tail = f',"{link[0]}":{json.dumps(link[1])}' if link else ""
    return f'{{{json.dumps(dict(head))[1:-1]},"value":[{value}]{tail}}}'.encode()
