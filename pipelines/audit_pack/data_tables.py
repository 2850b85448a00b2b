"""The tables of a pack: file name -> contract and rows.

The same frames become Parquet and sheets, so the two cannot differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polars as pl
import yaml

from expectations.contract import Contract, Table
from pipelines.audit_pack import amounts, provenance
from pipelines.audit_pack.pack_data import LEDGER, UPTAKE, PackData
from pipelines.publish import canonical_files


@dataclass(frozen=True, slots=True)
class PackPart:
    """One table. contract: of its dataset, for licence and attribution. rows: as the file holds them."""

    table: Table
    contract: Contract
    rows: pl.DataFrame


def parts(data: PackData) -> dict[str, PackPart]:
    """All tables of a pack in the order of the workbook. Raises VK-D004 and VK-P010."""
    ledger, uptake = data.contracts[LEDGER], data.contracts[UPTAKE]
    summed = amounts.by_scheme(data.ledger, data.components).with_columns(
        pl.when(name).then(pl.lit("yes")).otherwise(pl.lit("no")).alias(name)
        for name in ("complete", "contested", "doubtful")
    )
    rows = {
        "amounts": (_own()["amounts"], ledger, summed),
        "ledger": (ledger.tables[LEDGER], ledger, data.ledger),
        "uptake": (uptake.tables[UPTAKE], uptake, data.uptake),
        "findings": (ledger.tables["findings"], ledger, data.findings),
        "checks": (ledger.tables["checks"], ledger, data.checks),
        "terms": (ledger.tables["terms"], ledger, data.terms),
        "sources": (_own()["sources"], ledger, provenance.documents(data)),
    }
    return {
        name: PackPart(table, contract, canonical_files.canonical_rows(table, frame))
        for name, (table, contract, frame) in rows.items()
    }


@cache
def _own() -> dict[str, Table]:
    declared = yaml.safe_load(Path(__file__).with_name("tables.yaml").read_text("utf-8"))
    return {name: Table.model_validate(table | {"name": name}) for name, table in declared.items()}
