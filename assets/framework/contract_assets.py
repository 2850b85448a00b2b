"""Assets with a contract: what a transform makes, audited in the same step.

Names, descriptions, columns, owners and checks come from the contract.
"""

from __future__ import annotations

from collections.abc import Iterable

import dagster as dg
import polars as pl

from assets.corrections import CorrectionOutcome, CorrectionRecord, apply
from assets.framework.checks import rule_checks, rule_result
from assets.framework.declared_tables import Transform
from assets.framework.resources import TableStore
from assets.framework.steps import Materialized, coded_failures
from expectations import contract as contracts
from expectations.audit import audit
from expectations.contract import Table


def contracted_asset(declared: Transform) -> dg.AssetsDefinition:
    """A table of a contract, audited in the step that makes it."""
    table, reads = contracts.table(declared.table), declared.inputs
    references = {name: contracts.table(name).asset for name in table.references()}
    owner = contracts.contract(table.dataset).owner

    @dg.asset(
        name=table.asset,
        group_name=table.stage,
        deps=list(dict.fromkeys(name.partition(".")[0] for name in [*reads, *references.values()])),
        description=f"{table.title.en}\n\n{table.description.en}",
        owners=[owner],
        kinds={"polars", "parquet", "greatexpectations"},
        metadata={"dagster/column_schema": _promised_schema(table), "key": ", ".join(table.key)},
        code_version=contracts.contract(table.dataset).schema_version,
        check_specs=[
            dg.AssetCheckSpec(
                name,
                asset=table.asset,
                description=f"{rule.sentence()} {rule.reason} ({rule.severity}; {rule.source})",
                blocking=rule.severity == "critical",
            )
            for name, rule in rule_checks(table).items()
        ],
    )
    def asset(tables: TableStore) -> Materialized:
        context = dg.AssetExecutionContext.get()
        partition = context.partition_key if context.has_partition_key else None
        with coded_failures(table.asset):
            given, outcomes = _corrected(tables, reads)
            yardsticks = {name: tables.scan(asset) for name, asset in references.items()}
            judged = audit(table, declared.make(**given), yardsticks, partition)
            before = [*reads, *references.values()]
            digest = tables.save_audit(judged, _correction_records(tables, before, outcomes))
        page = dg.MetadataValue.path(tables.page(table.asset))
        return dg.MaterializeResult(
            metadata={
                "dagster/row_count": judged.kept.height,
                "read": judged.read,
                "quarantined": judged.quarantined.height,
                "report": page,
            },
            data_version=dg.DataVersion(digest),
            check_results=[rule_result(finding, page, partition) for finding in judged.findings],
        )

    return asset


def _corrected(
    tables: TableStore, reads: Iterable[str]
) -> tuple[dict[str, pl.LazyFrame], list[CorrectionOutcome]]:
    """The tables that a transform reads, raw ones with their corrections applied."""
    given: dict[str, pl.LazyFrame] = {}
    outcomes: list[CorrectionOutcome] = []
    for name in reads:
        given[name], applied = apply(tables.scan(name), tables.corrections(name))
        outcomes += applied
    return given, outcomes


def _correction_records(
    tables: TableStore, before: Iterable[str], outcomes: list[CorrectionOutcome]
) -> list[CorrectionRecord]:
    """What came of every correction that reaches a table: its own, and those of the tables before it."""
    records = [outcome.record() for outcome in outcomes]
    for name in before:
        records += (tables.evidence(name) or {}).get("corrections", [])
    return list({record["id"]: record for record in records}.values())


def _promised_schema(table: Table) -> dg.TableSchema:
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name=name,
                type=str(table.dtypes[name]),
                description=column.en + (f" ({column.unit})" if column.unit else ""),
                constraints=dg.TableColumnConstraints(
                    nullable=not column.required, unique=table.key == (name,)
                ),
            )
            for name, column in table.columns.items()
        ]
    )
