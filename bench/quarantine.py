"""The cost of quarantining rows, compared with the pass that writes a staged file, at 20 million rows.

    .venv/bin/python -m bench.quarantine [rows in millions]

The staged file is written once bare and once with the mask of 16 rules about rows. Everything that
follows (counts per rule, rows set aside, kept = read - set aside) is read from that file. Needs about
4 GB of disk in the temporary folder.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import polars as pl

from bench import iv3_like
from bench.measure import cpu_seconds, show
from expectations.contract import TRACE, Table
from expectations.quarantine import Mask
from expectations.uniqueness import with_copies

TEXTS = ("report_type", "municipality_code", "taakveld", "category", "status")
SERVED = ("year", *TEXTS, "amount_eur")
RULES = (
    {"id": "BM-01", "kind": "matches", "column": "municipality_code", "pattern": "^GM[0-9]{4}$"},
    {"id": "BM-02", "kind": "excludes", "column": "municipality_code", "pattern": "^NL.*$"},
    {"id": "BM-03", "kind": "matches", "column": "taakveld", "pattern": r"^[0-9]\.[0-9]{1,2}$"},
    {"id": "BM-04", "kind": "in_set", "column": "report_type", "values": ["budget", "accounts"]},
    {"id": "BM-05", "kind": "in_set", "column": "status", "values": ["final", "provisional"]},
    {"id": "BM-06", "kind": "between", "column": "year", "min": 2000, "max": 2100},
    {"id": "BM-07", "kind": "between", "column": "amount_eur", "max": 100_000_000_000},
    {"id": "BM-08", "kind": "between", "column": "amount_eur", "min": 0, "severity": "warning"},
)  # fmt: skip
TABLE = Table.model_validate(
    {
        "stage": "core",
        "title": {"nl": "", "en": ""},
        "description": {"nl": "", "en": ""},
        "key": ["year", "report_type", "municipality_code", "taakveld", "category"],
        "columns": {
            "year": {"type": "year", "nl": "", "en": "", "required": True},
            **{name: {"type": "code", "nl": "", "en": "", "required": True} for name in TEXTS},
            "amount_eur": {"type": "amount", "nl": "", "en": "", "required": True},
            "flags": {"type": "flags", "nl": "", "en": ""},
        },
        "rules": [rule | {"reason": "A benchmark."} for rule in RULES],
        "dataset": "bench",
        "name": "rows",
        "rule_prefix": "BM-rows",
    }
)


def served(rows: int) -> pl.LazyFrame:
    """Rows as a source serves them, all text."""
    return iv3_like.table(rows).select(pl.col(name).cast(pl.String) for name in SERVED)


def typed(file: Path) -> pl.LazyFrame:
    """The staging of a file: text to the types of the contract, each row with its place."""
    raw = pl.scan_csv(file, infer_schema=False, row_index_name="row", row_index_offset=1)
    return raw.with_columns(
        pl.col("year").cast(pl.Int16),
        pl.col("amount_eur").str.to_decimal(scale=2).cast(pl.Decimal(18, 2)),
        flags=pl.lit(None, pl.String),
        _capture=pl.lit("0" * 64),
        _locator=pl.format("row {}", "row"),
        _problem=pl.lit(None, pl.String),
    ).select([*TABLE.dtypes, *TRACE])


def main() -> None:
    millions = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    key, *others = [rule for rule in TABLE.all_rules if rule.about == "rows"]
    mask = Mask(tuple(others))
    with tempfile.TemporaryDirectory() as name:
        raw, bare, staged, aside = (
            Path(name) / each
            for each in ("raw.csv", "bare.parquet", "staged.parquet", "aside.parquet")
        )
        served(millions * 1_000_000).sink_csv(raw)
        scanned = pl.scan_parquet(staged)
        print(f"{millions} million rows, {len(others)} rules about rows")

        def stage() -> None:
            """One pass: the staged file, and beside it the rows that the mask sets aside."""
            marked = mask.applied(typed(raw), {})
            leaving = mask.quarantined(TABLE, marked)
            pl.collect_all(
                [marked.sink_parquet(staged, lazy=True), leaving.sink_parquet(aside, lazy=True)]
            )

        def accounted() -> int:
            kept = mask.kept(TABLE, scanned).select(pl.len()).collect()
            return int(kept.item() + pl.scan_parquet(aside).select(pl.len()).collect().item())

        def apart() -> int:
            return mask.quarantined(TABLE, scanned).collect().height

        show(
            [
                ("staging pass with mask and split", cpu_seconds(stage, 2)),
                (
                    "  the same with the mask only",
                    cpu_seconds(lambda: mask.applied(typed(raw), {}).sink_parquet(bare), 2),
                ),
                (
                    "  the same with neither",
                    cpu_seconds(lambda: typed(raw).sink_parquet(bare), 2),
                ),
                ("counts per rule, from the mask", cpu_seconds(lambda: mask.tally(scanned), 2)),
                ("conservation, from the mask", cpu_seconds(accounted, 2)),
                ("rows set aside, in a pass of its own", cpu_seconds(apart, 2)),
                (
                    f"{key.id}, exactly, by hashes first",
                    cpu_seconds(lambda: with_copies(scanned, TABLE.key, "copies"), 2),
                ),
            ]
        )
        tally = mask.tally(scanned)
        print(f"read {tally.read:,} = kept {tally.kept:,} + set aside {tally.aside:,}")
        print(
            f"staged file {staged.stat().st_size:,} bytes, without the mask {bare.stat().st_size:,}"
        )
        assert tally.read == accounted()


if __name__ == "__main__":
    main()
