"""pandera on Polars; it has no rules about groups."""

from __future__ import annotations

from pathlib import Path

import pandera.polars as pa
import polars as pl

from bench.engines import rules_to_judge

CHECKS = {
    "municipality_code": [
        pa.Check.str_matches(rules_to_judge.MUNICIPALITY, name="municipality pattern"),
        pa.Check.str_length(
            rules_to_judge.MUNICIPALITY_LENGTH,
            rules_to_judge.MUNICIPALITY_LENGTH,
            name="municipality length",
        ),
    ],
    "taakveld": [pa.Check.str_matches(rules_to_judge.TAAKVELD, name="taakveld pattern")],
    "category": [pa.Check.str_matches(rules_to_judge.CATEGORY, name="category pattern")],
    "report_type": [pa.Check.isin(rules_to_judge.REPORTS, name="report in set")],
    "status": [pa.Check.isin(rules_to_judge.STATUSES, name="status in set")],
    "year": [pa.Check.in_range(*rules_to_judge.YEARS, name="year between")],
    "amount_eur": [pa.Check.in_range(*rules_to_judge.AMOUNTS, name="amount between (mostly)")],
}


def _table(name: str, holds: pl.Expr) -> pa.Check:
    return pa.Check(lambda data: data.lazyframe.select(holds), name=name)


def _rows(name: str, holds: pl.Expr) -> pa.Check:
    return pa.Check(lambda data: data.lazyframe.select(holds.fill_null(True)), name=name)


SCHEMA = pa.DataFrameSchema(
    {
        name: pa.Column(
            nullable=name not in (*rules_to_judge.REQUIRED, "amount_eur"), checks=CHECKS.get(name)
        )
        for name in rules_to_judge.COLUMNS
    },
    checks=[
        _rows(
            "final only up to a year",
            (pl.col("status") != "final") | (pl.col("year") <= rules_to_judge.LAST_FINAL_YEAR),
        ),
        _rows("part not above total", pl.col("amount_eur") >= pl.col("of_which_eur")),
        _table("number of rows", pl.len().is_between(*rules_to_judge.ROWS)),
        _table(
            "sum of population",
            pl.col("population").cast(pl.Int64).sum().is_between(*rules_to_judge.PEOPLE),
        ),
        _table(
            "number of municipalities",
            pl.col("municipality_code").drop_nulls().n_unique() == rules_to_judge.MUNICIPALITIES,
        ),
    ],
    unique=rules_to_judge.KEY,
    strict=True,
    ordered=True,
)


def counts(file: Path) -> dict[str, int]:
    found = dict.fromkeys(
        (rule for rule in rules_to_judge.RULES if rule != "no group below zero"), 0
    )
    try:
        SCHEMA.validate(pl.read_parquet(file), lazy=True)
    except pa.errors.SchemaErrors as broken:
        found |= {_rule(each): each.failure_cases.height for each in broken.schema_errors}
    return found


def _rule(broken: pa.errors.SchemaError) -> str:
    match broken.check:
        case pa.Check():
            return str(broken.check.name)
        case "multiple_fields_uniqueness":
            return "key unique"
        case "not_nullable" if broken.schema.name == "amount_eur":
            return "amount given (mostly)"
        case "not_nullable":
            return f"{broken.schema.name} given"
    return "columns in order"
