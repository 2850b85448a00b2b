"""The last tables before a release: what the rules between tables compare, one per dataset that has any.

What belongs here: which tables each of them waits for. What does not: the rules (`datasets/cross.yaml`)
and how they compare (`expectations/cross`).
"""

from __future__ import annotations

import dagster as dg
import polars as pl

from assets.framework.table_assets import contracted_asset
from expectations import contract as contracts
from expectations import cross
from expectations.contract import CrossTable


def comparisons(table: CrossTable) -> dg.AssetsDefinition:
    """The comparisons that guard one dataset."""
    names = {contracts.table(name).asset: name for name in table.references()}

    def compared(**tables: pl.LazyFrame) -> pl.LazyFrame:
        return cross.compared(table.across, {names[asset]: tables[asset] for asset in names})

    return contracted_asset(f"{table.dataset}.{table.name}", compared, reads=tuple(names))


cross_tables = [
    comparisons(table)
    for contract in contracts.contracts().values()
    for table in contract.tables.values()
    if isinstance(table, CrossTable)
]
