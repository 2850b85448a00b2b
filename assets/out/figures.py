"""Care spending and workforce as published: cited figures with a uniform status.

Grain    see each contract
Traps    the source's own status word stays beside the uniform one; an unknown word is `unknown`
"""

from __future__ import annotations

import re

import polars as pl

from assets.reference import statuses
from assets.tables import contracted_asset


def status(column: str) -> pl.Expr:
    """The uniform status of a source's words, by the first known word in them; `unknown` otherwise."""
    words = statuses()
    longest_first = sorted(words["status_source"].to_list(), key=len, reverse=True)
    known = "|".join(re.escape(word) for word in longest_first)
    said = pl.col(column).str.to_lowercase().str.extract(f"({known})")
    mapping = dict(words.select("status_source", "status").iter_rows())
    return said.replace_strict(mapping, default="unknown").fill_null("unknown")


def care_spending(core_care_spending__figures: pl.LazyFrame) -> pl.LazyFrame:
    """Every cited care figure with a uniform status."""
    return core_care_spending__figures.with_columns(status=status("status_source"))


def social_workforce(
    core_social_workforce__figures: pl.LazyFrame, core_social_workforce__jobs: pl.LazyFrame
) -> pl.LazyFrame:
    """Cited counts and CBS jobs in SBI 88, one below the other."""
    from_cbs = core_social_workforce__jobs.with_columns(
        indicator=pl.lit("jobs_sbi_88"),
        definition=pl.lit(
            "SBI 88, maatschappelijke dienstverlening zonder overnachting (met kinderopvang en "
            "thuiszorg), banen van werknemers in december, alle bedrijfsgrootten"
        ),
        unit=pl.lit("1000 jobs"),
        confidence=pl.lit("seen"),
        source=pl.lit("CBS 83583NED"),
    )
    both = pl.concat([core_social_workforce__figures, from_cbs], how="diagonal")
    conflicting = pl.col("conflicts_with").is_not_null()
    return both.with_columns(
        status=status("status_source"),
        flags=pl.when(conflicting).then(pl.lit("conflicting_sources")),
    )


out_care_spending = contracted_asset("care_spending.care_spending", care_spending)
out_social_workforce = contracted_asset("social_workforce.social_workforce", social_workforce)
