"""Municipality names to codes: exact name in the list of a year, or an alias with evidence.

An unmatched name is a problem with the nearest candidates, never a guess.
"""

from __future__ import annotations

from difflib import get_close_matches

import polars as pl

from assets.reference.tables import municipality_aliases
from expectations.vocabulary import PROBLEM


def with_codes(
    frame: pl.LazyFrame,
    lists: pl.LazyFrame,
    *,
    name: str,
    year: int,
    code: str,
    required: bool = True,
) -> pl.LazyFrame:
    """Add the column `code`, and `_problem` where a required name is not in the list of that year.

    lists: core table municipalities.lists. required: False for columns that may name something that
    is not a municipality.
    """
    known = lists.filter(pl.col("year") == year).select("municipality_name", "municipality_code")
    # An alias holds while its municipality exists.
    aliases = (
        municipality_aliases()
        .lazy()
        .select("municipality_name", "municipality_code")
        .join(known, on="municipality_code", how="semi")
    )
    spelled = pl.concat([known, aliases]).unique(
        "municipality_name", keep="first", maintain_order=True
    )
    joined = frame.join(
        spelled.rename({"municipality_name": name, "municipality_code": code}),
        on=name,
        how="left",
        maintain_order="left",
    )
    if not required:
        return joined
    unmatched = pl.col(code).is_null() & pl.col(name).is_not_null()
    names = known.collect().get_column("municipality_name").to_list()

    def suggestion(unknown: str) -> str:
        suggestion = ", ".join(nearest(unknown, names)) or "no name that looks like it"
        return f'{name}: no municipality "{unknown}" in {year}; nearest: {suggestion}'

    # Only names that matched nothing reach Python, so this is a handful of calls at most.
    words = pl.when(unmatched).then(pl.col(name)).map_elements(suggestion, return_dtype=pl.String)
    earlier = pl.col(PROBLEM) if PROBLEM in frame.collect_schema() else pl.lit(None, pl.String)
    both = pl.concat_str([earlier, words], separator="; ", ignore_nulls=True)
    return joined.with_columns(pl.when(both != "").then(both).alias(PROBLEM))


def nearest(unknown: str, names: list[str]) -> list[str]:
    """At most three names that look like this one, the likest first."""
    # "Bergen" is the beginning of two names and likest to another.
    longer = [known for known in names if known.startswith(f"{unknown} (")]
    return list(dict.fromkeys([*longer, *get_close_matches(unknown, names, n=3)]))[:3]
