"""What a release says about itself, derived from its contract: `datapackage.json` and `README.md`."""

from __future__ import annotations

from typing import Any

import polars as pl

from expectations.contract import Column, Contract, Table
from expectations.report import frames

_TYPES = {
    "code": {"type": "string"},
    "text": {"type": "string"},
    "flags": {"type": "string"},
    "moment": {"type": "string"},
    "date": {"type": "date"},
    "year": {"type": "year"},
    "integer": {"type": "integer"},
    "amount": {"type": "number"},
    "number": {"type": "number"},
    "rate": {"type": "number"},
    "share": {"type": "number"},
}
_LICENCES = {
    "CC-BY-4.0": {
        "name": "CC-BY-4.0",
        "path": "https://creativecommons.org/licenses/by/4.0/",
        "title": "Creative Commons Attribution 4.0",
    }
}
_REPORT = {"run": frames.RUN, "rule": frames.RULE, "failure": frames.FAILURE}
_REPORT_WORDS = {
    "run": ("Validatie: tabellen", "Validation: per table the rows read, kept and set aside"),
    "rule": ("Validatie: regels", "Validation: per rule what it judged and how much of it fails"),
    "failure": ("Validatie: wat niet klopt", "Validation: every row or group that fails a rule"),
}
_REPORT_TYPES: dict[type[pl.DataType], str] = {
    pl.String: "string",
    pl.Int64: "integer",
    pl.Decimal: "number",
    pl.Boolean: "boolean",
}


def datapackage(
    contract: Contract, version: str, created: str, files: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    """Data Package v2. files: file name -> {"sha256", "bytes"} of everything in the release so far."""
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": contract.dataset.replace("_", "-"),
        "title": contract.title.nl,
        "description": f"{contract.description.nl}\n\n{contract.description.en}",
        "version": version,
        "created": created,
        "licenses": [_LICENCES[contract.licence]],
        "sources": [{"title": line} for line in contract.attribution],
        "keywords": list(contract.keywords),
        "resources": [
            _resource(table, f"{table.name}.{kind}", files)
            for table in contract.published
            for kind in ("csv", "parquet")
        ]
        + [_report(name, schema, files) for name, schema in _REPORT.items()],
    }


def _report(name: str, schema: pl.Schema, files: dict[str, dict[str, Any]]) -> dict[str, Any]:
    path = f"validation/{name}.parquet"
    nl, en = _REPORT_WORDS[name]
    return {
        "name": f"validation-{name}",
        "path": path,
        "title": nl,
        "description": en,
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        "bytes": files[path]["bytes"],
        "hash": f"sha256:{files[path]['sha256']}",
        "schema": {
            "fields": [
                {"name": column, "type": _REPORT_TYPES[kind.base_type()]}
                for column, kind in schema.items()
            ],
            "missingValues": [""],
        },
    }


def _resource(table: Table, path: str, files: dict[str, dict[str, Any]]) -> dict[str, Any]:
    kind = path.rpartition(".")[2]
    csv = kind == "csv"
    return {
        "name": path.replace("_", "-").replace(".", "-"),
        "path": path,
        "title": table.title.nl,
        "description": f"{table.description.nl}\n\n{table.description.en}",
        "format": kind,
        "mediatype": "text/csv" if csv else "application/vnd.apache.parquet",
        **({"type": "table", "encoding": "utf-8"} if csv else {}),
        "bytes": files[path]["bytes"],
        "hash": f"sha256:{files[path]['sha256']}",
        "schema": table_schema(table),
    }


def table_schema(table: Table) -> dict[str, Any]:
    """The columns of a table as Table Schema."""
    return {
        "fields": [_field(name, column) for name, column in table.columns.items()],
        "primaryKey": list(table.key),
        "missingValues": [""],
    }


def _field(name: str, column: Column) -> dict[str, Any]:
    constraints: dict[str, Any] = {}
    if column.required:
        constraints["required"] = True
    if column.values:
        constraints["enum"] = list(column.values)
    return {
        "name": name,
        **_TYPES[column.type],
        "description": f"{column.nl} / {column.en}",
        **({"unit": column.unit} if column.unit else {}),
        **({"constraints": constraints} if constraints else {}),
    }


def readme(
    contract: Contract, version: str, rows: dict[str, int], inputs: list[dict[str, Any]]
) -> str:
    """The page that travels with the files: what it is, columns, inputs, caveats, how to use and cite."""
    out = [
        f"# {contract.title.en} ({contract.title.nl})",
        "",
        f"Dataset `{contract.dataset}`, version {version}, licence {contract.licence}.",
        "",
        contract.description.en,
        "",
        contract.description.nl,
        "",
    ]
    if contract.caveats:
        out += ["## Before you use a number", ""]
        out += [f"* {caveat.en} / {caveat.nl}" for caveat in contract.caveats] + [""]
    for table in contract.published:
        out += [
            f"## {table.name}: {table.title.en}",
            "",
            f"{table.description.en} {rows[table.name]:,} rows; key: {', '.join(table.key)}.",
            "",
            "| column | type | unit | meaning | betekenis |",
            "|---|---|---|---|---|",
            *(
                f"| `{name}` | {column.type} | {column.unit or ''} | {column.en} | {column.nl} |"
                for name, column in table.columns.items()
            ),
            "",
        ]
    first = contract.published[0].name
    out += [
        "## Inputs",
        "",
        "| source | origin | captured | published by the source |",
        "|---|---|---|---|",
        *(
            f"| `{each['source']}` | {each['origin']} | {each['retrieved_at']} | "
            f"{each['published_at'] or 'not stated'} |"
            for each in inputs
        ),
        "",
        "`live`: the official endpoint. `drop`: files that somebody received and laid in a folder.",
        "`sample`: cited public figures that travel with voorkant, in the source's own format.",
        "Every answer is in `manifest.json` with its sha256.",
        "",
        "## Load",
        "",
        "```sql",
        f"FROM '{first}.parquet' LIMIT 10;  -- DuckDB",
        "```",
        "```python",
        f'import polars as pl; pl.read_parquet("{first}.parquet")',
        "```",
        "",
        "## Cite",
        "",
        f"voorkant, *{contract.title.nl}*, version {version}. "
        + "; ".join(contract.attribution)
        + ".",
        "",
        "Check your copy with `sha256sum -c SHA256SUMS`. What every rule found, with every row or group",
        "that fails: `validation.en.html` (`validation.nl.html`) to read, `validation/` and",
        "`validation.json` as data. Rows that were set aside are in `quarantine.parquet`, corrected",
        "source cells in `corrections.parquet`.",
        "",
    ]
    return "\n".join(out)
