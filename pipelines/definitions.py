"""Everything Dagster knows: one function, used by the web server, the command line and the tests."""

from __future__ import annotations

from collections.abc import Mapping

import dagster as dg

from assets.definitions import table_assets
from expectations.contract import contracts
from pipelines import declarations
from pipelines.publish.release_assets import release_asset
from pipelines.resources import resources
from pipelines.runtime.jobs import JOBS, SCHEDULES
from pipelines.runtime.settings import Settings
from pipelines.runtime.table_run import build_tables


def build_defs(
    settings: Settings | None = None, loggers: Mapping[str, dg.LoggerDefinition] | None = None
) -> dg.Definitions:
    """All assets, jobs, schedules and resources. Raises every problem of what is declared, with its code.

    loggers: who listens to a run besides the event log.
    """
    declarations.require()
    return dg.Definitions(
        assets=[
            *table_assets(),
            *(release_asset(each, build_tables) for each in contracts().values()),
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
