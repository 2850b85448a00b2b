"""pointblank on Polars."""

from __future__ import annotations

from pathlib import Path

import pointblank as pb
import polars as pl

from bench.ways import asked


def _groups(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.group_by(asked.GROUPS).agg(pl.col("amount_eur").sum())


def counts(file: Path) -> dict[str, int]:
    checks = pb.Validate(pl.read_parquet(file))
    for column in (*asked.REQUIRED, "amount_eur"):
        checks = checks.col_vals_not_null(column)
    checks = (
        checks.col_vals_regex("municipality_code", asked.MUNICIPALITY, na_pass=True)
        .col_vals_str_len(
            "municipality_code",
            min_val=asked.MUNICIPALITY_LENGTH,
            max_val=asked.MUNICIPALITY_LENGTH,
            na_pass=True,
        )
        .col_vals_regex("taakveld", asked.TAAKVELD)
        .col_vals_regex("category", asked.CATEGORY)
        .col_vals_in_set("report_type", asked.REPORTS)
        .col_vals_in_set("status", asked.STATUSES)
        .col_vals_between("year", *asked.YEARS)
        .col_vals_between("amount_eur", *asked.AMOUNTS, na_pass=True)
        .col_vals_expr((pl.col("status") != "final") | (pl.col("year") <= asked.LAST_FINAL_YEAR))
        .col_vals_ge("amount_eur", pb.col("of_which_eur"), na_pass=True)
        .rows_distinct(asked.KEY)
        .specially(lambda frame: asked.ROWS[0] <= frame.height <= asked.ROWS[1])
        .specially(lambda frame: frame.columns == asked.COLUMNS)
        .specially(
            lambda frame: (
                asked.PEOPLE[0] <= frame["population"].cast(pl.Int64).sum() <= asked.PEOPLE[1]
            )
        )
        .specially(
            lambda frame: frame["municipality_code"].drop_nulls().n_unique() == asked.MUNICIPALITIES
        )
        .col_vals_ge("amount_eur", 0, pre=_groups)
        .interrogate()
    )
    rules = (
        *(f"{column} given" for column in asked.REQUIRED),
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
    failed = checks.n_failed()
    return {rule: int(failed[step]) for step, rule in enumerate(rules, start=1)}
