"""From the newest releases to the evidence of a pack, and back to what was known on an earlier day.

A ledger is append-only, so the rows that were visible on a day are the ledger of that day; findings and
uptake follow from them by the very functions that made the releases (`recomputing.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import polars as pl

from expectations.errors import usage
from pipelines.audit_pack import amounts
from pipelines.audit_pack.selection import LEDGER, UPTAKE, Evidence
from pipelines.publish.release_reader import Edition

Recomputed = tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, pl.DataFrame]
Recompute = Callable[[pl.DataFrame, date], Recomputed]
REGIONS = pl.Schema({"year": pl.Int16, "region_name": pl.String, "municipality_code": pl.String})


def gathered(ledger: Edition, uptake: Edition, regions: pl.DataFrame | None) -> Evidence:
    """What two releases say. regions: `iza_regions` of spuk_allocations, where that is published."""
    known_on = date.fromisoformat(str(ledger.manifest["published_at"])[:10])
    return Evidence(
        ledger=ledger.rows[LEDGER],
        findings=ledger.rows["findings"],
        checks=ledger.rows["checks"],
        terms=ledger.rows["terms"],
        schemes=ledger.rows["schemes"],
        uptake=uptake.rows[UPTAKE],
        regions=pl.DataFrame(schema=REGIONS) if regions is None else regions,
        components=amounts.components(ledger.rows[LEDGER]),
        known_on=known_on,
        manifests={LEDGER: ledger.manifest, UPTAKE: uptake.manifest},
        contracts={LEDGER: ledger.contract, UPTAKE: uptake.contract},
    )


def as_of(evidence: Evidence, day: date, again: Recompute) -> Evidence:
    """The same as it was known at the end of a day. again: ledger, findings, checks and uptake of a day.

    Raises VK-U001 for a day after the newest capture: of that nothing is known yet.
    """
    if day > evidence.known_on:
        raise usage(
            f"The sources were last read on {evidence.known_on}; what was known on {day} is not known here.",
            f"Take a day up to {evidence.known_on}, or capture and publish again.",
        )
    visible = evidence.ledger.filter(pl.col("visible_from") <= day)
    ledger, findings, checks, uptake = again(visible, day)
    return replace(
        evidence,
        ledger=ledger,
        findings=findings,
        checks=checks,
        uptake=uptake,
        components=amounts.components(ledger),
        known_on=day,
    )
