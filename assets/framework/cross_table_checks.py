"""The last tables before a release: what the rules between tables compare, one per dataset that has any.

What belongs here: which tables each of them waits for. What does not: the rules (`datasets/cross.yaml`)
and how they compare (`expectations/cross`).
"""

from __future__ import annotations

import polars as pl

from assets.framework.declared_tables import Transform
from expectations import contract as contracts
from expectations import cross
from expectations.contract import CrossTable


def cross_tables() -> list[Transform]:
    """The comparisons that guard each dataset which declares any."""
    return [
        _comparisons(table)
        for contract in contracts.contracts().values()
        for table in contract.tables.values()
        if isinstance(table, CrossTable)
    ]


def _comparisons(table: CrossTable) -> Transform:
    names = {contracts.table(name).asset: name for name in table.references()}

    def compared(**tables: pl.LazyFrame) -> pl.LazyFrame:
        return cross.compared(table.across, {names[asset]: tables[asset] for asset in names})

    return Transform(f"{table.dataset}.{table.name}", compared, reads=tuple(names))
