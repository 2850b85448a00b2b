"""Assets of the raw layer: rows as text, exactly as served."""

from __future__ import annotations

import inspect

import dagster as dg

from assets.corrections import apply, corrections
from assets.framework.checks import correction_check, correction_result
from assets.framework.declared_tables import RawTable
from assets.framework.resources import SourceArchive, TableStore
from assets.framework.steps import Materialized, coded_failures
from assets.ingest import registry

HAS_ROWS = "has_rows"


def raw_asset(table: RawTable) -> dg.AssetsDefinition:
    """A raw table, read from the newest capture of its source."""
    source, name = registry.source(table.source), table.name
    guarded = corrections().get(name, ())

    @dg.asset(
        name=name,
        group_name="raw",
        deps=[f"archive_{source.id}"],
        description=inspect.getdoc(table.read) or "",
        owners=["team:voorkant"],
        kinds={"polars", "parquet"},
        check_specs=[
            dg.AssetCheckSpec(
                HAS_ROWS,
                asset=name,
                description="The source answered with at least one row"
                + (", or there was nothing to answer with." if table.may_be_empty else "."),
                blocking=not table.may_be_empty,
            ),
            *(
                dg.AssetCheckSpec(correction_check(each), asset=name, description=each.sentence())
                for each in guarded
            ),
        ],
    )
    def asset(sources: SourceArchive, tables: TableStore) -> Materialized:
        with coded_failures():
            archive = sources.archive()
            frame = table.read(archive, archive.require(source.id), source)
        digest = tables.save(name, frame)
        _, outcomes = apply(frame.lazy(), guarded)
        return dg.MaterializeResult(
            metadata={
                "dagster/row_count": frame.height,
                "dagster/column_schema": dg.TableSchema(
                    columns=[
                        dg.TableColumn(name=n, type=str(kind)) for n, kind in frame.schema.items()
                    ]
                ),
                **{correction_check(each.correction): each.outcome for each in outcomes},
            },
            data_version=dg.DataVersion(digest),
            check_results=[
                dg.AssetCheckResult(
                    check_name=HAS_ROWS,
                    passed=frame.height > 0 or table.may_be_empty,
                    metadata={"rows": frame.height},
                ),
                *map(correction_result, outcomes),
            ],
        )

    return asset
