"""dataframely on Polars: it judges rows, so rules about the table as a whole and groups are left out."""

from __future__ import annotations

from pathlib import Path

import dataframely as dy
import polars as pl

from bench.engines import rules_to_judge


class Rows(dy.Schema):
    year = dy.Int16(primary_key=True, min=rules_to_judge.YEARS[0], max=rules_to_judge.YEARS[1])
    report_type = dy.String(primary_key=True, check=lambda cell: cell.is_in(rules_to_judge.REPORTS))
    municipality_code = dy.String(
        primary_key=True,
        regex=rules_to_judge.MUNICIPALITY,
        min_length=rules_to_judge.MUNICIPALITY_LENGTH,
        max_length=rules_to_judge.MUNICIPALITY_LENGTH,
    )
    taakveld = dy.String(primary_key=True, regex=rules_to_judge.TAAKVELD)
    category = dy.String(primary_key=True, regex=rules_to_judge.CATEGORY)
    status = dy.String(nullable=False, check=lambda cell: cell.is_in(rules_to_judge.STATUSES))
    amount_eur = dy.Int64(
        nullable=False, min=rules_to_judge.AMOUNTS[0], max=rules_to_judge.AMOUNTS[1]
    )
    of_which_eur = dy.Int64(nullable=True)
    population = dy.Int32(nullable=False)

    @dy.rule()
    def final_only_up_to_a_year(cls) -> pl.Expr:  # noqa: N805 (called with the class)
        return (pl.col("status") != "final") | (pl.col("year") <= rules_to_judge.LAST_FINAL_YEAR)

    @dy.rule()
    def part_not_above_total(cls) -> pl.Expr:  # noqa: N805 (called with the class)
        return pl.col("amount_eur") >= pl.col("of_which_eur")


NAMES = {
    **{f"{column}|nullability": f"{column} given" for column in rules_to_judge.REQUIRED},
    "amount_eur|nullability": "amount given (mostly)",
    "municipality_code|regex": "municipality pattern",
    "municipality_code|min_length": "municipality length",
    "taakveld|regex": "taakveld pattern",
    "category|regex": "category pattern",
    "report_type|check": "report in set",
    "status|check": "status in set",
    "year|max": "year between",
    "amount_eur|min": "amount between (mostly)",
    "final_only_up_to_a_year": "final only up to a year",
    "part_not_above_total": "part not above total",
    "primary_key": "key unique",
}


def counts(file: Path) -> dict[str, int]:
    _, failed = Rows.filter(pl.read_parquet(file))
    return dict.fromkeys(NAMES.values(), 0) | {
        NAMES[name]: rows for name, rows in failed.counts().items()
    }
