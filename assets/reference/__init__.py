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


def size_classes() -> pl.DataFrame:
    """size_class, name_nl, name_en, min_inhabitants, max_inhabitants (empty: no upper bound), evidence."""
    return _read("size_classes")


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
