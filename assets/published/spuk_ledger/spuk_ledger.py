"""The ledger: every entry of regulations, letters, lists and annexes below each other, all versions.

Grain    scheme × component × recipient × period × state × source cell
Unit     euros
Traps    states of one euro stand below each other, so never add over states or bases; what was replaced
         stays, and is_newest tells it apart
"""

from __future__ import annotations

import polars as pl

from assets.framework.declared_tables import Transform
from assets.published.spuk_ledger.audit_rules.rule_inputs import RECEIVED
from expectations import contract as contracts

# What a document says one thing about. Two versions of it that speak of the same cell replace each other;
# a dropped file is replaced as a whole.
CELL = [
    "document_id", "scheme", "component", "recipient_kind", "recipient_name", "period", "state",
    "basis", "window", "round", "instalment", "grant_number",
]  # fmt: skip


def spuk_ledger(
    core_spuk_ledger__official: pl.LazyFrame,
    core_spuk_ledger__grants: pl.LazyFrame,
    core_spuk_ledger__payments: pl.LazyFrame,
    core_spuk_ledger__accounts: pl.LazyFrame,
) -> pl.LazyFrame:
    """All entries, and which of them are of the newest version of their document."""
    columns = [*contracts.table("spuk_ledger.official").columns, "_capture", "_locator"]
    entries = [
        core_spuk_ledger__official,
        core_spuk_ledger__grants,
        core_spuk_ledger__payments,
        core_spuk_ledger__accounts,
    ]
    return pl.concat([each.select(columns) for each in entries]).with_columns(
        is_newest=pl.when(_newest()).then(pl.lit("yes")).otherwise(pl.lit("no")),
        flags=pl.lit(None, pl.String),
    )


def _newest() -> pl.Expr:
    """Whether no later version of the document speaks of the same cell; of a dropped file, whether none came.

    Of versions that became visible on one day, as a retroactive one may, the later in force is the newest.
    """
    version = pl.struct(
        "visible_from", pl.col("valid_from").fill_null(pl.col("visible_from")), "document_version"
    )
    place = version.rank("dense", descending=True)
    of_file = place.over("evidence", "document_id")
    return (
        pl.when(pl.col("evidence").is_in(RECEIVED)).then(of_file).otherwise(place.over(CELL)) == 1
    )


TABLES = (Transform("spuk_ledger.spuk_ledger", spuk_ledger),)
