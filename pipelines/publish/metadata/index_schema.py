"""The JSON Schema of `catalog.json`: every dataset, every version, every file, for programs.

The store makes the catalogue from its log (`store/index_files.py`). Addresses are relative to the place of
the catalogue, so that a copy of the whole tree works as it is. What belongs here: the model.
"""

from __future__ import annotations

from pydantic import Field

from expectations.contract import Bilingual
from expectations.yaml_models import Strict
from pipelines.publish.metadata.text import as_json

_SHA256 = r"^[0-9a-f]{64}$"


class CatalogFile(Strict):
    """A file of a version."""

    sha256: str = Field(pattern=_SHA256)
    bytes: int = Field(ge=0)


class CatalogVersion(Strict):
    """A version. withdrawn: the reason not to use it; only where it was withdrawn."""

    version: str = Field(pattern=r"^[0-9]{4}\.[0-9]{1,2}\.[0-9]+$")
    schema_version: str
    licence: str
    rows: dict[str, int]
    checks: dict[str, int]
    published_at: str
    content_sha256: str = Field(pattern=_SHA256)
    path: str = Field(pattern=r"^data/.+/$")
    files: dict[str, CatalogFile]
    withdrawn: str | None = None


class CatalogDataset(Strict):
    """A dataset. latest: the current version; None when all were withdrawn."""

    dataset: str
    title: Bilingual
    latest: str | None
    versions: tuple[CatalogVersion, ...]


class Catalog(Strict):
    """The whole file."""

    title: str
    licence: str
    datasets: tuple[CatalogDataset, ...]


def catalog_schema() -> bytes:
    """The JSON Schema (2020-12)."""
    schema = Catalog.model_json_schema(mode="serialization")
    return as_json({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})
