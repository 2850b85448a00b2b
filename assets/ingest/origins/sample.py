"""The sample: the project's own cited figures, answered as if the source itself were asked.

What belongs here: which address is which figure table. What does not: the layout of an answer
(`rendering`). The filter of a request is not carried out: the figures are already that selection.
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

import polars as pl
from pydantic import Field

from assets.ingest.connectors import figures_csv
from assets.ingest.messages import Request, Response
from assets.ingest.origins import rendering
from assets.ingest.registry import FilledText, Source, SourceTable
from expectations import yaml_models
from expectations.errors import VoorkantError
from expectations.yaml_files import DeclarationKind
from expectations.yaml_models import Found, Strict

DESCRIPTION = "sample.yaml"
KIND = DeclarationKind(
    "VK-C004",
    "The description of the sample",
    "The source was not captured.",
    "Correct the named keys, or take the file back from the repository.",
)


class Cited(Strict):
    """Where figures were read."""

    title: FilledText
    url: FilledText | None = None


class SampleTable(Strict):
    """A figure table, or several with `*`. published_at: as precise as the source gives it."""

    file: str = Field(pattern=r"^figures/[a-z0-9_*/]+\.csv$")
    title: FilledText
    sources: tuple[Cited, ...] = Field(min_length=1)
    licence: FilledText
    attribution: FilledText
    note: FilledText | None
    published_at: str | None = Field(
        default=None,
        pattern=r"^\d{4}(-\d{2}(-\d{2}(T[0-9:.]+(Z|[+-]\d{2}:\d{2})?)?)?)?$",
    )


class Sample(Strict):
    """The description of a sample: the time that its captures carry, and its figure tables."""

    retrieved_at: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$")
    tables: tuple[SampleTable, ...] = ()


def load_sample(path: Path) -> Sample:
    """Read the description of a sample. Raises VK-C004 with every problem and its line."""
    return yaml_models.load(KIND, Sample, path)


def missing_files(folder: Path, sample: Sample) -> Iterator[Found]:
    """The entries whose file is not in the sample. A capture that needs one fails by itself."""
    for number, table in enumerate(sample.tables):
        if not any(folder.glob(table.file)):
            yield ("tables", number, "file"), f"there is no file {table.file!r}"


class SampleOrigin:
    """Answers from `<folder>/figures`, with the dates of `<folder>/sample.yaml`.

    v3_rows, v4_rows: rows per page; those of CBS unless a test wants many small pages.
    """

    name = "sample"

    def __init__(self, folder: Path, v3_rows: int = 10_000, v4_rows: int = 100_000) -> None:
        self.folder = folder
        self._rows = {"odata_v3": v3_rows, "odata_v4": v4_rows}
        self._tables: dict[str, pl.DataFrame] = {}
        self._sample: Sample | None = None

    def retrieved_at(self) -> str:
        """A fixed time, so that the same sample gives the same archive everywhere."""
        return self._described().retrieved_at

    def fetch(self, source: Source, request: Request) -> Response:
        if source.kind != "csv" and source.id not in rendering.SOURCES:
            raise _no_figures(source, request)
        base, _, rest = request.url.partition(f"{source.base_url}/")
        if base or not rest:
            raise _no_answer(source, request)
        path = unquote(rest.partition("?")[0]).split("/")
        if source.kind == "csv":
            return self._csv(request, path[0])
        table = {table.id: table for table in source.tables}.get(path[0])
        if table is None:
            raise _no_answer(source, request)
        try:
            if source.kind == "bwb":
                body = self._bwb(table, path[1:])
                content_type = "application/xml"
            else:
                body = self._odata(source, table, path[-1], request.url)
                content_type = "application/json; charset=utf-8"
        except pl.exceptions.ColumnNotFoundError as error:
            raise VoorkantError(
                "VK-S006",
                problem=f"A figure table misses a column: {str(error).splitlines()[0]}",
                where=f"{self.folder / 'figures'}, for {request.name!r}",
                outcome=f"The source {source.id} was not captured.",
                remedy="Give the column back its name; sample/README.md lists the tables.",
            ) from error
        if body is None:
            raise _no_answer(source, request)
        return Response(request, 200, content_type, body)

    def read(self, name: str) -> pl.DataFrame:
        """A figure table, all text. Raises VK-C004 when the sample does not have it."""
        if name not in self._tables:
            self._tables[name] = figures_csv.parse(self._path(name).read_bytes(), "sample", name, 1)
        return self._tables[name]

    def _csv(self, request: Request, file: str) -> Response:
        name = file.removesuffix(".csv")
        return Response(request, 200, "text/csv", self._path(name).read_bytes(), self._date(name))

    def _bwb(self, table: SourceTable, path: list[str]) -> bytes | None:
        if path == ["manifest.xml"]:
            return rendering.bwb_manifest(self.read, table.id)
        for version in rendering.bwb_versions(self.read, table.id):
            if path == [f"{version}_0", "xml", f"{table.id}_{version}_0.xml"]:
                return rendering.bwb_expression(self.read, table.id, version)
        return None

    def _odata(self, source: Source, table: SourceTable, name: str, url: str) -> bytes | None:
        options = parse_qs(urlsplit(url).query)
        skip, size = int(options.get("$skip", ["0"])[0]), self._rows[source.kind]
        rest = {key: value for key, (value, *_) in options.items() if key != "$skip"}
        following = urlencode({**rest, "$skip": str(skip + size)}, safe="$")
        address = f"{url.partition('?')[0]}?{following}"
        if source.kind == "odata_v3":
            modified = self._date(f"iv3/{table.id}" if table.year else "jobs_sbi88")
            entity = rendering.v3_entity(self.read, table, name, modified)
            context, link = "odata.metadata", "odata.nextLink"
        else:
            entity = rendering.v4_entity(self.read, table, name, self._date("inhabitants"))
            context, link = "@odata.context", "@odata.nextLink"
        if entity is None:
            return None
        head = {context: f"{source.base_url}/{table.id}/$metadata#{name}"}
        if name == "Properties":
            return rendering.single(entity, head)
        return rendering.page(entity, head, skip, size, (link, address))

    def _date(self, name: str) -> str | None:
        """When the source published these figures, where the sample knows it."""
        for table in self._described().tables:
            if fnmatch(f"figures/{name}.csv", table.file) and table.published_at:
                return table.published_at
        return None

    def _described(self) -> Sample:
        if self._sample is None:
            self._sample = load_sample(self.folder / DESCRIPTION)
        return self._sample

    def _path(self, name: str) -> Path:
        path = self.folder / "figures" / f"{name}.csv"
        if not path.exists():
            raise _incomplete(path)
        return path


def _incomplete(path: Path) -> VoorkantError:
    return VoorkantError(
        "VK-C004",
        problem=f"The sample misses the file {path.name}.",
        where=str(path),
        outcome="The source was not captured.",
        remedy="Take the file back from the repository, or point the setting to a complete sample.",
    )


def _no_figures(source: Source, request: Request) -> VoorkantError:
    return VoorkantError(
        "VK-S001",
        problem=f"The sample has no figures of the source {source.id}.",
        where=request.url,
        outcome="It was not captured. No dataset needs it yet, so nothing is missing.",
        remedy="Nothing; or capture it with `--origin live` or from the drop folder.",
    )


def _no_answer(source: Source, request: Request) -> VoorkantError:
    return VoorkantError(
        "VK-S001",
        problem=f"The sample has no answer for {request.name!r}.",
        where=request.url,
        outcome=f"The source {source.id} was not captured.",
        remedy="Compare the source's tables and entities with the figures of the sample.",
    )
