"""pointblank on Polars."""

from __future__ import annotations

from pathlib import Path

import pointblank as pb
import polars as pl

from bench.engines import rules_to_judge


def _groups(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.group_by(rules_to_judge.GROUPS).agg(pl.col("amount_eur").sum())


def counts(file: Path) -> dict[str, int]:
    checks = pb.Validate(pl.read_parquet(file))
    for column in (*rules_to_judge.REQUIRED, "amount_eur"):
        checks = checks.col_vals_not_null(column)
    checks = (
        checks.col_vals_regex("municipality_code", rules_to_judge.MUNICIPALITY, na_pass=True)
        .col_vals_str_len(
            "municipality_code",
            min_val=rules_to_judge.MUNICIPALITY_LENGTH,
            max_val=rules_to_judge.MUNICIPALITY_LENGTH,
            na_pass=True,
        )
        .col_vals_regex("taakveld", rules_to_judge.TAAKVELD)
        .col_vals_regex("category", rules_to_judge.CATEGORY)
        .col_vals_in_set("report_type", rules_to_judge.REPORTS)
        .col_vals_in_set("status", rules_to_judge.STATUSES)
        .col_vals_between("year", *rules_to_judge.YEARS)
        .col_vals_between("amount_eur", *rules_to_judge.AMOUNTS, na_pass=True)
        .col_vals_expr(
            (pl.col("status") != "final") | (pl.col("year") <= rules_to_judge.LAST_FINAL_YEAR)
        )
        .col_vals_ge("amount_eur", pb.col("of_which_eur"), na_pass=True)
        .rows_distinct(rules_to_judge.KEY)
        .specially(lambda frame: rules_to_judge.ROWS[0] <= frame.height <= rules_to_judge.ROWS[1])
        .specially(lambda frame: frame.columns == rules_to_judge.COLUMNS)
        .specially(
            lambda frame: (
                rules_to_judge.PEOPLE[0]
                <= frame["population"].cast(pl.Int64).sum()
                <= rules_to_judge.PEOPLE[1]
            )
        )
        .specially(
            lambda frame: (
                frame["municipality_code"].drop_nulls().n_unique() == rules_to_judge.MUNICIPALITIES
            )
        )
        .col_vals_ge("amount_eur", 0, pre=_groups)
        .interrogate()
    )
    rules = (
        *(f"{column} given" for column in rules_to_judge.REQUIRED),
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
        "part not above total",
        "key unique",
        "number of rows",
        "columns in order",
        "sum of population",
        "number of municipalities",
        "no group below zero",
    )
    failed = checks.n_failed()
    return {rule: int(failed[step]) for step, rule in enumerate(rules, start=1)}
