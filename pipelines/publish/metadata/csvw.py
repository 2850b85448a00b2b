"""`csv-metadata.json`: CSV on the Web, over the CSV files; this standard does not cover Parquet.

A compressed file is described as what it is after unpacking.
"""

from __future__ import annotations

from typing import Any

from expectations.contract import Column, Contract
from pipelines.publish.metadata.columns import KINDS
from pipelines.publish.metadata.publication import Publication
from pipelines.publish.metadata.release_facts import ReleaseFacts, TableFile, table_files
from pipelines.publish.metadata.text import LICENCES, as_json


def csvw(contract: Contract, release: ReleaseFacts, publication: Publication) -> bytes:
    """The tables that are there as CSV."""
    return as_json(
        {
            "@context": ["http://www.w3.org/ns/csvw", {"@language": "nl"}],
            "dc:title": contract.title.nl,
            "dc:description": {"nl": contract.description.nl, "en": contract.description.en},
            "dc:license": {"@id": LICENCES[contract.licence]["url"]},
            "dc:publisher": publication.publisher.name.nl,
            "dc:issued": release.published_at,
            "tables": [
                _table(each)
                for each in table_files(contract, release)
                if each.format.media_type == "text/csv"
            ],
        }
    )


def _table(each: TableFile) -> dict[str, Any]:
    table = each.table
    return {
        "url": each.file.name.removesuffix(".gz"),
        "dc:title": table.title.nl,
        "dc:description": {"nl": table.description.nl, "en": table.description.en},
        "dialect": {"encoding": "utf-8", "delimiter": ",", "header": True, "lineTerminators": "\n"},
        "tableSchema": {
            "columns": [_column(name, column) for name, column in table.columns.items()],
            "primaryKey": list(table.key),
        },
    }


def _column(name: str, column: Column) -> dict[str, Any]:
    return {
        "name": name,
        "titles": name,
        "dc:description": {"nl": column.nl, "en": column.en},
        "datatype": _datatype(column),
        "required": column.required,
        **({"schema:unitText": column.unit} if column.unit else {}),
    }


def _datatype(column: Column) -> Any:
    if column.values:
        return {"base": "string", "format": "|".join(map(_literally, column.values))}
    return KINDS[column.type].csvw


def _literally(value: str) -> str:
    """The value as a regular expression; only what the standard's dialect knows is escaped."""
    return "".join(rf"\{c}" if c in r".\?*+{}()[]|^$" else c for c in value)
