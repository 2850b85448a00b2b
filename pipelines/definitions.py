"""Everything Dagster knows: one function, used by the web server, the command line and the tests."""

from __future__ import annotations

from collections.abc import Mapping

import dagster as dg

import assets.core
import assets.out
import assets.raw
from assets.corrections import require_tables
from assets.cross import cross_tables
from assets.registry import sources
from assets.tables import archived_asset
from expectations.contract import contracts
from pipelines.jobs import JOBS, SCHEDULES
from pipelines.publish.assets import release_asset
from pipelines.resources import Settings, resources


def build_defs(
    settings: Settings | None = None, loggers: Mapping[str, dg.LoggerDefinition] | None = None
) -> dg.Definitions:
    """All assets, jobs, schedules and resources. Raises VK-C001, -C002 or -C005 for a wrong declaration.

    loggers: who listens to a run besides the event log.
    """
    raw = dg.load_assets_from_package_module(assets.raw)
    require_tables(
        key.to_user_string()
        for each in raw
        if isinstance(each, dg.AssetsDefinition)
        for key in each.keys
    )
    return dg.Definitions(
        assets=[
            *(archived_asset(source) for source in sources().values()),
            *raw,
            *dg.load_assets_from_package_module(assets.core),
            *dg.load_assets_from_package_module(assets.out),
            *cross_tables,
            *(release_asset(contract) for contract in contracts().values()),
        ],
        jobs=JOBS,
        schedules=SCHEDULES,
        resources=resources(settings or Settings.from_environment()),
        loggers=loggers,
        # Steps are short; a process per step would cost two seconds each.
        executor=dg.in_process_executor,
    )


@dg.definitions
def defs() -> dg.Definitions:
    """What `dg` and `dagster` load."""
    return build_defs()
