"""Care spending as published: cited figures with a uniform status.

Grain    see each contract
Traps    the source's own status word stays beside the uniform one; an unknown word is `unknown`
"""

from __future__ import annotations

import re

import polars as pl

from assets.framework.declared_tables import Transform
from assets.reference.tables import statuses


def status(column: str) -> pl.Expr:
    """The uniform status of a source's words, by the first known word in them; `unknown` otherwise."""
    words = statuses()
    longest_first = sorted(words["status_source"].to_list(), key=len, reverse=True)
    known = "|".join(re.escape(word) for word in longest_first)
    known_word = pl.col(column).str.to_lowercase().str.extract(f"({known})")
    mapping = dict(words.select("status_source", "status").iter_rows())
    return known_word.replace_strict(mapping, default="unknown").fill_null("unknown")


def care_spending(core_care_spending__figures: pl.LazyFrame) -> pl.LazyFrame:
    """Every cited care figure with a uniform status."""
    return core_care_spending__figures.with_columns(status=status("status_source"))


TABLES = (Transform("care_spending.care_spending", care_spending),)
