"""`datapackage.json`: Data Package v2 with a Table Schema per file.

`fieldsMatch` is left out: the profile wants a list there and the specification a text.
"""

from __future__ import annotations

import re
from typing import Any

from expectations.contract import Column, Contract, Table
from pipelines.publish.metadata.columns import KINDS, described
from pipelines.publish.metadata.publication import Publication
from pipelines.publish.metadata.release_facts import (
    PARQUET,
    ReleaseFacts,
    ReleaseFile,
    TableFile,
    besides,
    table_files,
)
from pipelines.publish.metadata.text import LICENCES, as_json, both

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"


def datapackage(contract: Contract, release: ReleaseFacts, publication: Publication) -> bytes:
    """The package of one release."""
    licence = LICENCES[contract.licence]
    return as_json(
        {
            "$schema": PROFILE,
            "name": contract.dataset.replace("_", "-"),
            **({"id": publication.dataset(contract.dataset)} if publication.confirmed else {}),
            "title": contract.title.nl,
            "description": both(contract.description),
            "version": release.version,
            "created": release.published_at,
            "licenses": [
                {"name": contract.licence, "path": licence["url"], "title": licence["title"]}
            ],
            "contributors": [{"title": publication.publisher.name.nl, "roles": ["publisher"]}],
            "sources": [{"title": line} for line in contract.attribution],
            "keywords": list(contract.keywords),
            "resources": [
                *(_resource(each) for each in table_files(contract, release)),
                *(
                    _file(file, PARQUET.suffix[1:], PARQUET.media_type)
                    | {"title": words.nl, "description": both(words)}
                    for file, words in besides(release)
                    if file.name.endswith(PARQUET.suffix)
                ),
            ],
        }
    )


def _file(file: ReleaseFile, kind: str, media_type: str) -> dict[str, Any]:
    return {
        "name": re.sub(r"[_./]", "-", file.name.lower()),
        "path": file.name,
        "format": kind,
        "mediatype": media_type,
        "bytes": file.bytes,
        "hash": f"sha256:{file.sha256}",
    }


def _resource(each: TableFile) -> dict[str, Any]:
    table, form = each.table, each.format
    return {
        **_file(each.file, form.suffix.split(".")[1], form.media_type),
        **({"type": "table", "encoding": "utf-8"} if form.media_type == "text/csv" else {}),
        "title": table.title.nl,
        "description": both(table.description),
        # What programs that follow the recipe for compressed files look for.
        **({"compression": "gz"} if form.compressed else {}),
        "schema": table_schema(table),
    }


def table_schema(table: Table) -> dict[str, Any]:
    """The columns of a table as Table Schema."""
    return {
        "fields": [_field(name, column) for name, column in table.columns.items()],
        **_key(table),
        "missingValues": [""],
    }


def _key(table: Table) -> dict[str, Any]:
    """A primary key admits no empty cells; a key with columns that may be empty is a unique key."""
    if all(table.columns[name].required for name in table.key):
        return {"primaryKey": list(table.key)}
    return {"uniqueKeys": [list(table.key)]}


def _field(name: str, column: Column) -> dict[str, Any]:
    constraints = {
        **({"required": True} if column.required else {}),
        **({"enum": list(column.values)} if column.values else {}),
    }
    return {
        "name": name,
        "type": KINDS[column.type].table_schema,
        "title": column.nl,
        "description": described(column),
        **({"unit": column.unit} if column.unit else {}),
        **({"constraints": constraints} if constraints else {}),
    }
