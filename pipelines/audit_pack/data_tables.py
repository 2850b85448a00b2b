"""The tables of a pack: name of the file -> what it promises, and its rows.

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
from pipelines.audit_pack.selection import LEDGER, UPTAKE, Evidence
from pipelines.publish import canonical_files


@dataclass(frozen=True, slots=True)
class Part:
    """One table. contract: of its dataset, for licence and attribution. rows: as the file holds them."""

    table: Table
    contract: Contract
    rows: pl.DataFrame


def parts(evidence: Evidence) -> dict[str, Part]:
    """All tables of a pack in the order of the workbook. Raises VK-D004 and VK-P010."""
    ledger, uptake = evidence.contracts[LEDGER], evidence.contracts[UPTAKE]
    summed = amounts.by_scheme(evidence.ledger, evidence.components).with_columns(
        pl.when(name).then(pl.lit("yes")).otherwise(pl.lit("no")).alias(name)
        for name in ("whole", "contested", "doubtful")
    )
    rows = {
        "amounts": (_own()["amounts"], ledger, summed),
        "ledger": (ledger.tables[LEDGER], ledger, evidence.ledger),
        "uptake": (uptake.tables[UPTAKE], uptake, evidence.uptake),
        "findings": (ledger.tables["findings"], ledger, evidence.findings),
        "checks": (ledger.tables["checks"], ledger, evidence.checks),
        "terms": (ledger.tables["terms"], ledger, evidence.terms),
        "sources": (_own()["sources"], ledger, provenance.documents(evidence)),
    }
    return {
        name: Part(table, contract, canonical_files.laid_out(table, frame))
        for name, (table, contract, frame) in rows.items()
    }


@cache
def _own() -> dict[str, Table]:
    told = yaml.safe_load(Path(__file__).with_name("tables.yaml").read_text("utf-8"))
    return {name: Table.model_validate(table | {"name": name}) for name, table in told.items()}
