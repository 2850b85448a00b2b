"""The jobs and the schedule: which assets run together, and when."""

from __future__ import annotations

import dagster as dg

_ARCHIVE = dg.AssetSelection.groups("archive")
_TABLES = dg.AssetSelection.groups("raw", "core", "published", "cross")
_RELEASES = dg.AssetSelection.groups("release")
# A source that no table reads yet is captured when someone asks for it, not by a schedule.
_NEEDED = _TABLES.upstream() & _ARCHIVE

capture = dg.define_asset_job(
    "capture", _ARCHIVE, description="Ask every source and keep what it serves in the archive."
)
build = dg.define_asset_job(
    "build", _TABLES, description="Build and audit all tables from the archive; no network."
)
publish = dg.define_asset_job(
    "publish", _RELEASES, description="Publish what was audited, where its content changed."
)
refresh = dg.define_asset_job(
    "refresh",
    _NEEDED | _TABLES | _RELEASES,
    description="The whole pipeline: capture, build, audit, publish.",
)

weekly_refresh = dg.ScheduleDefinition(
    name="weekly_refresh",
    job=refresh,
    cron_schedule="0 6 * * 1",
    execution_timezone="Europe/Amsterdam",
    description="Mondays at six. Off until someone switches it on.",
    default_status=dg.DefaultScheduleStatus.STOPPED,
)

JOBS = [capture, build, publish, refresh]
SCHEDULES = [weekly_refresh]
