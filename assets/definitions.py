"""Every table as an asset, from the sources to what is published.

What belongs here: the list. What does not: what ships the tables (`pipelines/publish`).
"""

from __future__ import annotations

from types import ModuleType

import dagster as dg

import assets.core
import assets.published
import assets.raw
from assets.corrections import require_tables
from assets.framework.cross_table_checks import cross_tables
from assets.framework.table_assets import archived_asset
from assets.ingest.registry import sources


def table_assets() -> list[dg.AssetsDefinition]:
    """Captures, raw, core, published and cross-table assets. Raises VK-C001, VK-C002 or VK-C005."""
    raw = _in(assets.raw)
    require_tables(key.to_user_string() for each in raw for key in each.keys)
    return [
        *(archived_asset(source) for source in sources().values()),
        *raw,
        *_in(assets.core),
        *_in(assets.published),
        *cross_tables,
    ]


def _in(package: ModuleType) -> list[dg.AssetsDefinition]:
    found = dg.load_assets_from_package_module(package)
    return [each for each in found if isinstance(each, dg.AssetsDefinition)]
