"""Small tables the project keeps itself: how names, codes and fields hang together.

Each row says why (`evidence`). Nothing here is a figure about money.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import polars as pl

_FOLDER = Path(__file__).parent


@cache
def _read(name: str) -> pl.DataFrame:
    return pl.read_csv(_FOLDER / f"{name}.csv", infer_schema=False)


def municipality_aliases() -> pl.DataFrame:
    """municipality_name (as printed somewhere), municipality_code, evidence."""
    return _read("municipality_aliases")


def taakveld_groups() -> pl.DataFrame:
    """taakveld, taakveld_group, evidence: the group that is comparable through the years."""
    return _read("taakveld_groups")


def spuk_components() -> pl.DataFrame:
    """Label (as printed, lower case), component, component_name_nl, evidence."""
    return _read("spuk_components")


def statuses() -> pl.DataFrame:
    """status_source (the word a source uses), status (the project's word), evidence."""
    return _read("statuses")


def sisa_codes() -> pl.DataFrame:
    """Code, scheme_nl, ministry, status (seen in an annex or official page), evidence."""
    return _read("sisa_codes")


def breaks() -> pl.DataFrame:
    """break, series (numerator or denominator), first_year, last_year, reason, evidence."""
    return _read("breaks")


def funding_measures() -> pl.DataFrame:
    """Measure, what temporary and structural mean in it (nl, en), reading (exact, upper_bound), evidence."""
    return _read("funding_measures")


def funding_components() -> pl.DataFrame:
    """Scheme, component, taakveld (where Iv3 says it is booked), follows_in, evidence."""
    return _read("funding_components")


def workforce_definitions() -> pl.DataFrame:
    """Indicator, scope (social_work, wider, …), what it counts and holds (nl, en), breaks, evidence."""
    return _read("workforce_definitions")
