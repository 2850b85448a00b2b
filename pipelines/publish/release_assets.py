"""The last assets of the pipeline: one release per dataset."""

from __future__ import annotations

import dagster as dg

from assets.framework.resources import SourceArchive, TableStore
from assets.framework.steps import Materialized, coded_failures
from expectations.contract import Contract
from pipelines.publish.publisher import Publisher
from pipelines.runtime.table_run import BuildTables


def release_asset(contract: Contract, build_tables: BuildTables) -> dg.AssetsDefinition:
    """Publishes a dataset when all its tables passed and its content is new."""

    @dg.asset(
        name=f"release_{contract.dataset}",
        group_name="release",
        deps=[table.asset for table in contract.tables.values() if table.stage != "core"],
        description=f"Immutable release of {contract.dataset}.\n\n{contract.description.en}",
        owners=[contract.owner],
        kinds={"parquet", "csv"},
        metadata={"licence": contract.licence, "frequency": contract.frequency},
    )
    def asset(
        publisher: Publisher,
        tables: TableStore,
        sources: SourceArchive,
    ) -> Materialized:
        with coded_failures():
            published = publisher.publish(
                contract,
                tables,
                sources,
                attempt=dg.AssetExecutionContext.get().run_id,
                build_tables=build_tables,
            )
        release = published.release
        return dg.MaterializeResult(
            metadata={
                "version": release.version,
                "changed": published.changed,
                "folder": dg.MetadataValue.path(published.place),
                "dagster/row_count": sum(release.about["rows"].values()),
                **{f"checks {name}": count for name, count in release.about["checks"].items()},
            },
            data_version=dg.DataVersion(release.content_sha256),
        )

    return asset
