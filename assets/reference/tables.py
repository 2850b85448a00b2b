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


def taakveld_bridge() -> pl.DataFrame:
    """taakveld, first_year, last_year, taakveld_group, parent, comparable_series, evidence.

    last_year is empty for a code that has not ended.
    """
    return _read("taakveld_bridge")


def size_classes() -> pl.DataFrame:
    """size_class, name_nl, name_en, min_inhabitants, max_inhabitants (empty: no upper bound), evidence."""
    return _read("size_classes")


def spuk_components() -> pl.DataFrame:
    """Label (as printed, lower case), component, component_name_nl, evidence."""
    return _read("spuk_components")


def statuses() -> pl.DataFrame:
    """status_source (the word a source uses), status (the project's word), evidence."""
    return _read("statuses")


def breaks() -> pl.DataFrame:
    """break, series, first_year, first_budget_year, last_year, reason, evidence.

    first_budget_year: of budgets, made in the year before; first_year: of accounts and all else.

    series: of the taakveld bridge, a series of care spending, or `municipalities`: the list of codes.
    """
    return _read("breaks")


def ratio_definitions() -> pl.DataFrame:
    """Numerators, bases, denominators, claims and bridges by name, in two languages; parts split by `;`."""
    return _read("ratio_definitions")


def funding_measures() -> pl.DataFrame:
    """Measure, what temporary and structural mean in it (nl, en), reading (exact, upper_bound), evidence."""
    return _read("funding_measures")


def funding_components() -> pl.DataFrame:
    """Scheme, component, taakveld (where Iv3 says it is booked), follows_in, evidence."""
    return _read("funding_components")


def workforce_definitions() -> pl.DataFrame:
    """Indicator, scope (social_work, wider, …), what it counts and holds (nl, en), breaks, evidence."""
    return _read("workforce_definitions")


def spuk_words() -> pl.DataFrame:
    """What (state, basis, recipient_kind), code, nl, en: the words that lists of grants may use.

    The first row of a code has its words; further rows are other words for the same.
    """
    return _read("spuk_words")


def sisa_questions() -> pl.DataFrame:
    """Pattern (of a question in lower case), takes, state, basis, status, evidence; the first one holds.

    takes: what the cell below is: amount, answer (Ja or Nee), grant_number, key (what a line is about) or
    note. status: seen in an annex or an official page, or expected: the words are ours until one is seen.
    """
    return _read("sisa_questions")


def spuk_rules() -> pl.DataFrame:
    """Reconciliation rule, what it says in Dutch, which file makes the comparison possible (nl, en).

    In English, with its severity and legal source, the rule is in the contract of spuk_ledger.
    """
    return _read("spuk_rules")


def spuk_subjects() -> pl.DataFrame:
    """Kind, code, key, nl, en: what a comparison holds against what, with {} for names, and words for codes.

    kind: subject, or the column of the ledger whose codes are words (state, basis; these have no key).
    """
    return _read("spuk_subjects")


def spuk_causes() -> pl.DataFrame:
    """Rule, cause, class, and in two languages what it means and the next step, with {placeholders}."""
    return _read("spuk_causes")
