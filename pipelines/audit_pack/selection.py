"""The rows that a request selects from everything that is known.

What belongs here: filters. What does not: reading the tables (`pack_data.py`), what their rows mean
(`assets/published/spuk_*`), how they are shown (`report.py`, `letter.py`, `workbook.py`).
"""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from assets.reference.municipality_names import nearest
from assets.reference.tables import municipality_aliases
from expectations.errors import usage
from pipelines.audit_pack.pack_data import Municipality, PackData, PackRequest


def select(data: PackData, request: PackRequest) -> PackData:
    """The rows that a request is about. Raises VK-U001 for an unknown scheme or municipality.

    For a municipality: its own rows and those of its region. `checks` counts comparisons per scheme,
    so only the scheme narrows it.
    """
    _known_schemes(data, request.schemes)
    where = [_of_schemes(request.schemes)]
    periods = [*where, _in_years(request.years)]
    found = _municipality(data, request.municipality) if request.municipality else None
    about = [_about(found)] if found else []
    area = [_area(found)] if found else []
    return replace(
        data,
        ledger=data.ledger.filter(*periods, *about),
        findings=data.findings.filter(*periods, *about),
        checks=data.checks.filter(*where),
        terms=data.terms.filter(*periods),
        schemes=data.schemes.filter(*where),
        uptake=data.uptake.filter(*periods, *area),
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
    # What is not published is unknown for one municipality too; the national row names the missing file.
    unknown = (pl.col("area_kind") == "nation") & (pl.col("availability") != "measured")
    return own | region.fill_null(False) | unknown


def _known_schemes(data: PackData, schemes: tuple[str, ...]) -> None:
    known = sorted({*data.schemes["scheme"], *data.ledger["scheme"]})
    for scheme in schemes:
        if scheme not in known:
            near = ", ".join(nearest(scheme, known) or known)
            raise usage(f'There is no scheme "{scheme}".', f"Choose one of: {near}.")


def _municipality(data: PackData, given: str) -> Municipality:
    """The municipality with this code, name or printed name. Raises VK-U001 with the nearest names."""
    listed = (
        data.ledger.filter(
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
        return Municipality(code, name, _region(data.regions, code))
    names = dict(zip(listed["name"], listed["code"], strict=True))
    near = [f"{name} ({names[name]})" for name in nearest(given.strip(), list(names))]
    if found.height:
        near = [f"{name} ({code})" for code, name, _ in found.iter_rows()]
    raise usage(
        f'The ledger has no municipality "{given}".'
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
