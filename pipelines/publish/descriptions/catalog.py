"""`catalog.json`: every dataset, every version, every file, for programs; and its JSON Schema.

Addresses are relative to the place of the catalogue, so that a copy of the whole tree works as it is.
What belongs here: the model, which is the schema too. What does not: which releases there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import Field

from expectations.contract import Bilingual, Contract
from expectations.declared import Strict
from pipelines.publish.descriptions.facts import Release, table_files
from pipelines.publish.descriptions.publication import Publication
from pipelines.publish.descriptions.text import as_json

Status = Literal["current", "superseded", "withdrawn"]
_SHA256 = r"^[0-9a-f]{64}$"


class CatalogFile(Strict):
    """A file of a version. url: relative. table, format and rows: only where it holds a table."""

    url: str
    bytes: int = Field(ge=0)
    sha256: str = Field(pattern=_SHA256)
    table: str | None = None
    format: str | None = None
    rows: int | None = Field(default=None, ge=0)


class CatalogVersion(Strict):
    """A version. status: `current`, `superseded` or `withdrawn`; reason: why it was withdrawn."""

    version: str = Field(pattern=r"^[0-9]{4}\.[0-9]{1,2}\.[0-9]+$")
    published_at: str
    schema_version: str
    status: Status
    reason: Bilingual | None = None
    coverage: tuple[int, int] | None = None
    path: str = Field(pattern=r"^data/.+/$")
    manifest: str
    content_sha256: str | None = Field(default=None, pattern=_SHA256)
    checks: dict[str, int] = Field(default_factory=dict)
    rows: dict[str, int]
    files: dict[str, CatalogFile]


class CatalogDataset(Strict):
    """A dataset. latest: the current version; None when all were withdrawn."""

    dataset: str
    title: Bilingual
    description: Bilingual
    licence: str
    attribution: tuple[str, ...]
    keywords: tuple[str, ...]
    themes: tuple[str, ...]
    frequency: str
    schema_version: str
    latest: str | None
    versions: tuple[CatalogVersion, ...]


class Catalog(Strict):
    """The whole. base_url: where the tree can be had; None while that is not known."""

    catalog_version: Literal["1.0.0"]
    title: Bilingual
    publisher: Bilingual
    base_url: str | None
    modified: str
    datasets: tuple[CatalogDataset, ...]


def catalog(
    releases: Mapping[str, tuple[Contract, Sequence[Release]]], publication: Publication
) -> bytes:
    """releases: dataset -> its contract and its versions, oldest first. Each has at least one."""
    whole = Catalog(
        catalog_version="1.0.0",
        title=publication.title,
        publisher=publication.publisher.name,
        base_url=publication.base_url if publication.confirmed else None,
        modified=max(each.published_at for _, versions in releases.values() for each in versions),
        datasets=tuple(
            _dataset(contract, versions, publication)
            for _, (contract, versions) in sorted(releases.items())
        ),
    )
    return as_json(whole.model_dump(exclude_defaults=True))


def catalog_schema() -> bytes:
    """The JSON Schema of `catalog.json` (2020-12)."""
    schema = Catalog.model_json_schema(mode="serialization")
    return as_json({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})


def _dataset(
    contract: Contract, releases: Sequence[Release], publication: Publication
) -> CatalogDataset:
    kept = [each.version for each in releases if not each.withdrawn]
    latest = kept[-1] if kept else None
    return CatalogDataset(
        dataset=contract.dataset,
        title=contract.title,
        description=contract.description,
        licence=contract.licence,
        attribution=contract.attribution,
        keywords=contract.keywords,
        themes=publication.about(contract.dataset).themes,
        frequency=contract.frequency,
        schema_version=contract.schema_version,
        latest=latest,
        versions=tuple(_version(contract, each, latest) for each in releases),
    )


def _version(contract: Contract, release: Release, latest: str | None) -> CatalogVersion:
    held = {each.file.name: each for each in table_files(contract, release)}
    files = {}
    for name, file in sorted(release.files.items()):
        of = held.get(name)
        files[name] = CatalogFile(
            url=release.path + name,
            bytes=file.bytes,
            sha256=file.sha256,
            table=of.table.name if of else None,
            format=of.format.suffix.lstrip(".") if of else None,
            rows=release.rows[of.table.name] if of else None,
        )
    status: Status = "current" if release.version == latest else "superseded"
    return CatalogVersion(
        version=release.version,
        published_at=release.published_at,
        schema_version=release.schema_version,
        status="withdrawn" if release.withdrawn else status,
        reason=release.withdrawn,
        coverage=release.coverage,
        path=release.path,
        manifest=f"{release.path}manifest.json",
        content_sha256=release.content_sha256,
        checks=dict(release.checks),
        rows=dict(release.rows),
        files=files,
    )
