"""What it costs to be sure: the audit of the largest table against its bare predicates.

Needs a finished `make run`. Baseline: all row predicates of the table in one Polars select.
"""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.measure import cpu_seconds, show
from expectations import great
from expectations.audit import audit
from expectations.contract import table

TABLES = Path(".state/tables")


def main() -> None:
    judged = table("social_domain_budgets.lines")
    frame = pl.read_parquet(TABLES / f"{judged.asset}.parquet")
    references = {
        name: pl.scan_parquet(TABLES / f"{table(name).asset}.parquet")
        for name in judged.references()
    }
    rows = [rule for rule in judged.all_rules if rule.about == "rows"]

    def bare() -> pl.DataFrame:
        measured = frame.lazy()
        for rule in rows:
            measured = rule.measured(measured, references)
        return measured.select(rule.fails().sum().alias(rule.id) for rule in rows).collect()

    measured = frame.lazy()
    for rule in rows:
        measured = rule.measured(measured, references)
    complete = measured.collect()
    suite = {rule.id: rule.expectation(references) for rule in rows}

    print(f"{judged.asset}: {frame.height:,} rows, {len(rows)} row rules")
    show(
        [
            ("bare Polars predicates", cpu_seconds(bare)),
            (
                "Great Expectations alone",
                cpu_seconds(lambda: great.validate("bench", complete, suite)),
            ),
            ("whole audit", cpu_seconds(lambda: audit(judged, frame.lazy(), references))),
        ]
    )


if __name__ == "__main__":
    main()
