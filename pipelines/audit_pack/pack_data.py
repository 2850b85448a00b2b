"""What a pack is made from: the request, the tables of the newest releases, or those of an earlier day.

A ledger is append-only, so the rows that were visible on a day are the ledger of that day; findings and
uptake follow from them by the very functions that made the releases (`recompute.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import polars as pl

from expectations.contract import Contract
from expectations.errors import usage
from pipelines.audit_pack import amounts
from pipelines.publish.release_reader import ReleaseData

LEDGER, UPTAKE = "spuk_ledger", "spuk_uptake"
Recomputed = tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, pl.DataFrame]
Recompute = Callable[[pl.DataFrame, date], Recomputed]
REGIONS = pl.Schema({"year": pl.Int16, "region_name": pl.String, "municipality_code": pl.String})


@dataclass(frozen=True, slots=True)
class PackRequest:
    """What a pack is to be about. Empty or None: no restriction."""

    schemes: tuple[str, ...] = ()
    years: tuple[int, ...] = ()
    municipality: str | None = None
    as_of: date | None = None

    def as_dict(self) -> dict[str, Any]:
        """The same for a manifest."""
        return {
            "schemes": list(self.schemes),
            "years": list(self.years),
            "municipality": self.municipality,
            "as_of": self.as_of and self.as_of.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class Municipality:
    """The municipality of a pack. region: its IZA region, where that is published."""

    code: str
    name: str
    region: str | None = None


@dataclass(frozen=True, slots=True)
class PackData:
    """The tables that a pack is made from.

    ledger, findings, checks, terms, schemes, uptake: tables of the two datasets. regions: members of IZA
    regions, may be empty. components: how many there are, counted in the whole ledger. known_on: the last day
    on which the sources were read. manifests, contracts: dataset -> those of its release. municipality: the
    requested one, once selected.
    """

    ledger: pl.DataFrame
    findings: pl.DataFrame
    checks: pl.DataFrame
    terms: pl.DataFrame
    schemes: pl.DataFrame
    uptake: pl.DataFrame
    regions: pl.DataFrame
    components: pl.DataFrame
    known_on: date
    manifests: Mapping[str, Mapping[str, Any]]
    contracts: Mapping[str, Contract]
    municipality: Municipality | None = None


def collect(ledger: ReleaseData, uptake: ReleaseData, regions: pl.DataFrame | None) -> PackData:
    """The tables of two releases. regions: `iza_regions` of spuk_allocations, where that is published."""
    known_on = date.fromisoformat(str(ledger.manifest["published_at"])[:10])
    return PackData(
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


def as_of(data: PackData, day: date, recompute: Recompute) -> PackData:
    """The same as it was known at the end of a day. recompute: gives the tables of that day.

    Raises VK-U001 for a day after the newest capture: nothing is known of it yet.
    """
    if day > data.known_on:
        raise usage(
            f"The sources were last read on {data.known_on}; what was known on {day} is not known here.",
            f"Take a day up to {data.known_on}, or capture and publish again.",
        )
    visible = data.ledger.filter(pl.col("visible_from") <= day)
    ledger, findings, checks, uptake = recompute(visible, day)
    return replace(
        data,
        ledger=ledger,
        findings=findings,
        checks=checks,
        uptake=uptake,
        components=amounts.components(ledger),
        known_on=day,
    )
