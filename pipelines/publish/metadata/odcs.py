"""`contract.odcs.yaml`: the published part of the contract in the Open Data Contract Standard 3.1.

Rules are given in words: their machine form is ours, and `validation.json` holds what they found.
"""

from __future__ import annotations

from typing import Any

from expectations.contract import Column, Contract, Table
from pipelines.publish.metadata.columns import KINDS, described, physical
from pipelines.publish.metadata.publication import Publication
from pipelines.publish.metadata.release_facts import ReleaseFacts
from pipelines.publish.metadata.text import LICENCES, as_yaml, both

_SEVERITY = {"critical": "error", "warning": "warning", "info": "info"}


def odcs(contract: Contract, release: ReleaseFacts, publication: Publication) -> bytes:
    """The contract of the published tables; its version is the version of the schema."""
    return as_yaml(
        {
            "apiVersion": "v3.1.0",
            "kind": "DataContract",
            "id": contract.dataset,
            "name": contract.title.en,
            "version": contract.schema_version,
            "status": "active" if publication.confirmed else "draft",
            "domain": "public-finance",
            "tags": list(contract.keywords),
            "description": {
                "purpose": both(contract.description),
                "limitations": "\n".join(f"{c.nl} / {c.en}" for c in contract.caveats),
                "usage": f"{contract.licence}: {LICENCES[contract.licence]['url']}",
            },
            "schema": [_table(table) for table in contract.published],
            "slaProperties": [{"property": "frequency", "value": contract.frequency}],
            "customProperties": [
                {"property": "publisher", "value": publication.publisher.name.nl},
                {"property": "datasetVersion", "value": release.version},
                {"property": "attribution", "value": "; ".join(contract.attribution)},
            ],
        }
    )


def _table(table: Table) -> dict[str, Any]:
    return {
        "name": table.name,
        "physicalName": f"{table.name}.parquet",
        "physicalType": "file",
        "logicalType": "object",
        "businessName": table.title.en,
        "description": both(table.description),
        "dataGranularityDescription": f"one row per {', '.join(table.key)}",
        "properties": [_column(table, name, column) for name, column in table.columns.items()],
        "quality": [
            {
                "name": rule.id,
                "type": "text",
                "description": f"{rule.sentence()} {rule.reason}",
                "severity": _SEVERITY[rule.severity],
            }
            for rule in table.all_rules
        ],
    }


def _column(table: Table, name: str, column: Column) -> dict[str, Any]:
    return {
        "name": name,
        "businessName": column.nl,
        "description": described(column),
        "logicalType": KINDS[column.type].odcs,
        "physicalType": physical(column),
        "required": column.required,
        **(
            {"primaryKey": True, "primaryKeyPosition": table.key.index(name) + 1}
            if name in table.key
            else {}
        ),
        **(
            {"customProperties": [{"property": "unit", "value": column.unit}]}
            if column.unit
            else {}
        ),
    }
