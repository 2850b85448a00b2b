"""The rules as a hand-written Polars query: the baseline of all other engines."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from bench.engines import rules_to_judge

CELL = pl.col
MEASURED = {
    "number of rows": ~pl.len().is_between(*rules_to_judge.ROWS),
    **{f"{column} given": CELL(column).null_count() for column in rules_to_judge.REQUIRED},
    "amount given (mostly)": CELL("amount_eur").null_count(),
    "municipality pattern": (
        ~CELL("municipality_code").str.contains(rules_to_judge.MUNICIPALITY)
    ).sum(),
    "municipality length": (
        CELL("municipality_code").str.len_chars() != rules_to_judge.MUNICIPALITY_LENGTH
    ).sum(),
    "taakveld pattern": (~CELL("taakveld").str.contains(rules_to_judge.TAAKVELD)).sum(),
    "category pattern": (~CELL("category").str.contains(rules_to_judge.CATEGORY)).sum(),
    "report in set": (~CELL("report_type").is_in(rules_to_judge.REPORTS)).sum(),
    "status in set": (~CELL("status").is_in(rules_to_judge.STATUSES)).sum(),
    "year between": (~CELL("year").is_between(*rules_to_judge.YEARS)).sum(),
    "amount between (mostly)": (~CELL("amount_eur").is_between(*rules_to_judge.AMOUNTS)).sum(),
    "final only up to a year": (
        (CELL("status") == "final") & (CELL("year") > rules_to_judge.LAST_FINAL_YEAR)
    ).sum(),
    "part not above total": (CELL("of_which_eur") > CELL("amount_eur")).sum(),
    "sum of population": ~CELL("population")
    .cast(pl.Int64)
    .sum()
    .is_between(*rules_to_judge.PEOPLE),
    "number of municipalities": CELL("municipality_code").drop_nulls().n_unique()
    != rules_to_judge.MUNICIPALITIES,
}


def queries(file: Path, copies: pl.LazyFrame) -> list[pl.LazyFrame]:
    """All counts; copies: one cell, the rows that share their key."""
    frame = pl.scan_parquet(file)
    measured = frame.select(each.cast(pl.Int64).alias(name) for name, each in MEASURED.items())
    euros = frame.group_by(rules_to_judge.GROUPS).agg(CELL("amount_eur").sum())
    below = euros.filter(CELL("amount_eur") < 0).select(pl.len())
    order = pl.LazyFrame({"broken": [frame.collect_schema().names() != rules_to_judge.COLUMNS]})
    return [measured, copies, below, order]


def answers(found: list[pl.DataFrame]) -> dict[str, int]:
    """Rule -> number of failures, from the results of the queries."""
    measured, copies, below, order = found
    return measured.row(0, named=True) | {
        "key unique": copies.item(),
        "no group below zero": below.item(),
        "columns in order": int(order.item()),
    }


def copies_by_hash(file: Path) -> pl.LazyFrame:
    """Keys compared by their sorted 64-bit hashes."""
    key = CELL("key")
    hashes = pl.scan_parquet(file).select(key=pl.struct(rules_to_judge.KEY).hash()).sort("key")
    return hashes.select(((key == key.shift(1)) | (key == key.shift(-1))).sum())


def copies_by_group(file: Path) -> pl.LazyFrame:
    """Keys compared by value."""
    groups = pl.scan_parquet(file).group_by(rules_to_judge.KEY).len("rows")
    return groups.filter(CELL("rows") > 1).select(CELL("rows").sum())
