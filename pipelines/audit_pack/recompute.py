"""Ledger, findings, checks and uptake of another day, by the functions that made the releases.

Nothing here judges: the rows of that day, and the other releases that those functions read, are passed to
`assets/published`. Municipalities, regions and schemes are those known now.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from inspect import signature

import polars as pl

from assets.published.spuk_ledger.findings import checks, findings
from assets.published.spuk_ledger.spuk_ledger import spuk_ledger
from assets.published.spuk_uptake.spuk_uptake import spuk_uptake
from pipelines.audit_pack.pack_data import LEDGER, Recompute, Recomputed
from pipelines.publish.release_reader import ReleaseData

Recomputation = Callable[..., pl.LazyFrame]
_LINEAGE = ("_capture", "_locator")
_KNOWN = "core_spuk_ledger__known"
# The core table is not published; the published table of all years has the same rows.
_LISTS, _YEARS = "core_municipalities__lists", "municipalities__years"


def recompute(*releases: ReleaseData) -> Recompute:
    """A function that computes the tables of a day. releases: the ledger and all others that it reads."""
    published = {
        table.asset: release.rows[table.name].lazy()
        for release in releases
        for table in release.contract.published
    }
    lists = published[_YEARS].filter(pl.col("geography") == "as_reported")

    def of(visible: pl.DataFrame, day: date) -> Recomputed:
        entries = visible.with_columns(pl.lit(None, pl.String).alias(name) for name in _LINEAGE)
        none = entries.clear().lazy()
        made = spuk_ledger(entries.lazy(), none, none, none).select(visible.columns).collect()
        # Flags were set when the row was published; rows keep their order.
        ledger = made.with_columns(visible["flags"])
        known = pl.LazyFrame({"known_on": [day]}, schema={"known_on": pl.Date})
        tables = {**published, _LISTS: lists, _KNOWN: known, LEDGER: ledger.lazy()}
        return (
            ledger,
            _made(findings, tables),
            _made(checks, tables),
            _made(spuk_uptake, tables),
        )

    return of


def _made(transform: Recomputation, tables: Mapping[str, pl.LazyFrame]) -> pl.DataFrame:
    """The result of a transform, given the tables that its parameters name."""
    return transform(**{name: tables[name] for name in signature(transform).parameters}).collect()
