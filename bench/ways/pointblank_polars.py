"""pointblank on Polars."""

from __future__ import annotations

from pathlib import Path

import pointblank as pb
import polars as pl

from bench.ways.asked import (
    AMOUNTS,
    CATEGORY,
    COLUMNS,
    GROUPS,
    KEY,
    LAST_FINAL_YEAR,
    MUNICIPALITIES,
    MUNICIPALITY,
    MUNICIPALITY_LENGTH,
    PEOPLE,
    REPORTS,
    REQUIRED,
    ROWS,
    STATUSES,
    TAAKVELD,
    YEARS,
)


def _groups(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.group_by(GROUPS).agg(pl.col("amount_eur").sum())


def counts(file: Path) -> dict[str, int]:
    asked = pb.Validate(pl.read_parquet(file))
    for column in (*REQUIRED, "amount_eur"):
        asked = asked.col_vals_not_null(column)
    asked = (
        asked.col_vals_regex("municipality_code", MUNICIPALITY, na_pass=True)
        .col_vals_str_len(
            "municipality_code",
            min_val=MUNICIPALITY_LENGTH,
            max_val=MUNICIPALITY_LENGTH,
            na_pass=True,
        )
        .col_vals_regex("taakveld", TAAKVELD)
        .col_vals_regex("category", CATEGORY)
        .col_vals_in_set("report_type", REPORTS)
        .col_vals_in_set("status", STATUSES)
        .col_vals_between("year", *YEARS)
        .col_vals_between("amount_eur", *AMOUNTS, na_pass=True)
        .col_vals_expr((pl.col("status") != "final") | (pl.col("year") <= LAST_FINAL_YEAR))
        .col_vals_ge("amount_eur", pb.col("of_which_eur"), na_pass=True)
        .rows_distinct(KEY)
        .specially(lambda frame: ROWS[0] <= frame.height <= ROWS[1])
        .specially(lambda frame: frame.columns == COLUMNS)
        .specially(lambda frame: PEOPLE[0] <= frame["population"].cast(pl.Int64).sum() <= PEOPLE[1])
        .specially(
            lambda frame: frame["municipality_code"].drop_nulls().n_unique() == MUNICIPALITIES
        )
        .col_vals_ge("amount_eur", 0, pre=_groups)
        .interrogate()
    )
    rules = (
        *(f"{column} given" for column in REQUIRED),
        "amount given (mostly)",
        "municipality pattern",
        "municipality length",
        "taakveld pattern",
        "category pattern",
        "report in set",
        "status in set",
        "year between",
        "amount between (mostly)",
        "final only up to a year",
        "part not above whole",
        "key unique",
        "number of rows",
        "columns in order",
        "sum of population",
        "number of municipalities",
        "no group below zero",
    )
    failed = asked.n_failed()
    return {rule: int(failed[step]) for step, rule in enumerate(rules, start=1)}
