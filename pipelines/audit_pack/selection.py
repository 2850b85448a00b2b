"""What is in a pack: of all that is known, the part that was asked.

What belongs here: choosing rows. What does not: reading them (`gathering.py`), what they mean
(`assets/published/spuk_*.py`), how they are shown (`report.py`, `letter.py`, `workbook.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import polars as pl

from assets.reference.municipality_names import nearest
from assets.reference.tables import municipality_aliases
from expectations.contract import Contract
from expectations.errors import usage

LEDGER, UPTAKE = "spuk_ledger", "spuk_uptake"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a pack is to be about; what is empty or None is not asked, and then all is in."""

    schemes: tuple[str, ...] = ()
    years: tuple[int, ...] = ()
    municipality: str | None = None
    as_of: date | None = None

    def told(self) -> dict[str, Any]:
        """The same for a manifest."""
        return {
            "schemes": list(self.schemes),
            "years": list(self.years),
            "municipality": self.municipality,
            "as_of": self.as_of and self.as_of.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class Municipality:
    """The one that was asked. region: its IZA region, where that is published."""

    code: str
    name: str
    region: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that a pack is made from.

    ledger, findings, checks, terms, schemes, uptake: tables of the two datasets. regions: members of IZA
    regions, may be empty. components: how many there are, of the whole ledger. known_on: the last day that
    was looked at. manifests, contracts: dataset -> those of its release. municipality: the one that was
    asked, once chosen.
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


def chosen(evidence: Evidence, asked: Asked) -> Evidence:
    """The part of it that was asked. Raises VK-U001 where something asked does not exist.

    Of a municipality: what is said of itself and of its region. What a rule compared (`checks`) is told of a
    scheme as a whole; that cannot be cut.
    """
    _known_schemes(evidence, asked.schemes)
    where = [_of_schemes(asked.schemes)]
    periods = [*where, _in_years(asked.years)]
    found = _municipality(evidence, asked.municipality) if asked.municipality else None
    about = [_about(found)] if found else []
    area = [_area(found)] if found else []
    return replace(
        evidence,
        ledger=evidence.ledger.filter(*periods, *about),
        findings=evidence.findings.filter(*periods, *about),
        checks=evidence.checks.filter(*where),
        terms=evidence.terms.filter(*periods),
        schemes=evidence.schemes.filter(*where),
        uptake=evidence.uptake.filter(*periods, *area),
        municipality=found,
    )


def _of_schemes(schemes: tuple[str, ...]) -> pl.Expr:
    return pl.col("scheme").is_in(schemes) if schemes else pl.lit(True)


def _in_years(years: tuple[int, ...]) -> pl.Expr:
    """Periods such as 2026 or 2024-2028 that hold one of the years."""
    if not years:
        return pl.lit(True)
    first = pl.col("period").str.extract(r"^(\d{4})").cast(pl.Int32)
    last = pl.col("period").str.extract(r"(\d{4})$").cast(pl.Int32)
    return pl.any_horizontal(pl.lit(year).is_between(first, last) for year in years)


def _about(municipality: Municipality) -> pl.Expr:
    kind = pl.col("recipient_kind")
    own = (kind == "municipality") & (
        (pl.col("recipient_code") == municipality.code)
        | (pl.col("recipient_code").is_null() & (pl.col("recipient_name") == municipality.name))
    )
    named = pl.lit(municipality.region, pl.String)
    region = (kind == "region") & (pl.col("recipient_name") == named)
    return own | region.fill_null(False)


def _area(municipality: Municipality) -> pl.Expr:
    own = (pl.col("area_kind") == "municipality") & (pl.col("area") == municipality.code)
    region = pl.col("area_kind").is_in(["region", "iza_region"]) & (
        pl.col("area_name") == pl.lit(municipality.region, pl.String)
    )
    # What nobody published is not known of one municipality either; the nation's row says which file tells.
    unknown = (pl.col("area_kind") == "nation") & (pl.col("availability") != "measured")
    return own | region.fill_null(False) | unknown


def _known_schemes(evidence: Evidence, schemes: tuple[str, ...]) -> None:
    known = sorted({*evidence.schemes["scheme"], *evidence.ledger["scheme"]})
    for scheme in schemes:
        if scheme not in known:
            near = ", ".join(nearest(scheme, known) or known)
            raise usage(f'There is no scheme "{scheme}".', f"Choose one of: {near}.")


def _municipality(evidence: Evidence, given: str) -> Municipality:
    """By its code, its name, or a name that a source prints. Raises VK-U001 with the nearest names."""
    listed = (
        evidence.ledger.filter(
            pl.col("recipient_kind") == "municipality", pl.col("recipient_code").is_not_null()
        )
        .select(code="recipient_code", name="recipient_name", seen="visible_from")
        .sort("code", "seen", "name", descending=[False, True, False])
        .unique(["code"], keep="first", maintain_order=True)
    )
    found = listed.filter(
        (pl.col("code") == given.strip().upper())
        | (pl.col("name").str.to_lowercase() == given.strip().lower())
        | pl.col("code").is_in(_printed_as(given.strip()))
    )
    if found.height == 1:
        code, name, _ = found.row(0)
        return Municipality(code, name, _region(evidence.regions, code))
    names = dict(zip(listed["name"], listed["code"], strict=True))
    near = [f"{name} ({names[name]})" for name in nearest(given.strip(), list(names))]
    if found.height:
        near = [f"{name} ({code})" for code, name, _ in found.iter_rows()]
    raise usage(
        f'No municipality "{given}" stands in the ledger.'
        if found.is_empty()
        else f'"{given}" names more than one municipality.',
        f"Nearest: {', '.join(near)}." if near else "Give the name or the CBS code (GM…).",
    )


def _printed_as(name: str) -> list[str]:
    """The code of the municipality that some source prints under this name."""
    printed = pl.col("municipality_name").str.to_lowercase() == name.lower()
    return municipality_aliases().filter(printed)["municipality_code"].to_list()


def _region(regions: pl.DataFrame, code: str) -> str | None:
    found = regions.filter(pl.col("municipality_code") == code).sort("year")
    return found["region_name"].to_list()[-1] if found.height else None
