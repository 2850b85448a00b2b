"""Municipalities that began or ended: rows that came or went with them are no revision.

Known from the yearly lists of municipalities: every dataset with municipal codes is built on them, so
they are among its inputs.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from assets.framework.resources import TableStore
from expectations.contract import Contract, table
from pipelines.publish.release_reader import ReleaseData

LISTS = "municipalities.lists"


def lists(contract: Contract, tables: TableStore) -> pl.DataFrame | None:
    """The yearly lists, where a dataset is built on them: only then are they of the same run."""
    referenced = {name for each in contract.tables.values() for name in each.references()}
    return tables.scan(table(LISTS).asset).collect() if LISTS in referenced else None


def moved(before: ReleaseData, after: ReleaseData, lists: pl.DataFrame) -> dict[str, str]:
    """Code -> what became of it, of municipalities that only one of two releases holds.

    lists: year, municipality_code, municipality_name; as the table LISTS.
    """
    words = _began_or_ended(lists)
    return {code: words[code] for code in sorted((_codes(before) ^ _codes(after)) & words.keys())}


def touched(moved: Mapping[str, str]) -> pl.Expr:
    """An expression over changes: for whole rows of such a municipality what became of it, else null."""
    # In a key, which is JSON, a code is quoted.
    words = {f'"{code}"': text for code, text in moved.items()}
    code = pl.col("key").str.extract_many(list(words)).list.first()
    text = code.replace_strict(words, default=None, return_dtype=pl.String)
    return pl.when(pl.col("change").is_in(["added", "removed"])).then(text)


def _began_or_ended(lists: pl.DataFrame) -> dict[str, str]:
    """Code -> in words, of municipalities that are not in the lists of all years."""
    year = pl.col("year")
    spans = lists.group_by("municipality_code").agg(
        pl.col("municipality_name").sort_by("year").last(), first=year.min(), last=year.max()
    )
    began = pl.when(pl.col("first") > lists["year"].min()).then(pl.format("from {} on", "first"))
    ended = pl.when(pl.col("last") < lists["year"].max()).then(pl.format("until {}", "last"))
    span = pl.concat_str(began, ended, separator=" ", ignore_nulls=True)
    about = pl.format(
        "{} ({}) is a municipality {}", "municipality_code", "municipality_name", span
    )
    described = spans.filter(span != "").select("municipality_code", about.alias("text"))
    return dict(described.iter_rows())


def _codes(release: ReleaseData) -> frozenset[str]:
    """All codes in the keys of a release."""
    return frozenset(
        value
        for table in release.contract.published
        for name in table.key
        if table.columns[name].type == "code"
        for value in release.rows[table.name][name].unique()
        if value is not None
    )
