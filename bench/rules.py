"""One set of rules over a table like Iv3, judged by several engines: CPU, wall time and peak memory.

    .venv/bin/python -m bench.rules [rows in millions ...]     # 1 5 20 when none are given

The engines are in `bench/engines`, the rules in `bench/engines/rules_to_judge.py`. Each engine reads the same
Parquet file in its own process and must give the counts of the hand-written query. Of three runs the one with
the least CPU time is shown. Imports are measured separately: they cost the same for any number of rows.

The engines of other projects need an environment of their own: BENCHRULES, or /tmp/benchrules, made once
with `python -m venv /tmp/benchrules && /tmp/benchrules/bin/pip install great-expectations==1.24.1
polars==2.1.0 duckdb==2.0.0 pandas==3.1.1 pyarrow==26.0.1 duckdb-engine "pandera[polars]" pointblank
dataframely`. Without it they are skipped with a message. 20 million rows take 8 GB of memory in pandas.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.engines.rules_to_judge import RULES
from expectations.paths import ROOT

BENCHRULES = Path(os.environ.get("BENCHRULES", "/tmp/benchrules"))  # noqa: S108 (named in the docstring)
OURS, THEIRS = Path(sys.executable), BENCHRULES / "bin" / "python"
LIMIT = "polars_hash"
ENGINES = {
    LIMIT: (OURS, "one hand-written Polars query, keys by hash (the limit)"),
    "polars_steps": (OURS, "the same, one step after another"),
    "polars_group": (OURS, "one hand-written Polars query, keys as they are"),
    "gx_polars": (OURS, "Great Expectations on our Polars engine"),
    "gx_pandas": (OURS, "Great Expectations on pandas, as shipped"),
    "gx_duckdb": (THEIRS, "Great Expectations on DuckDB, adapted"),
    "pandera_polars": (THEIRS, "pandera on Polars"),
    "pointblank_polars": (THEIRS, "pointblank on Polars"),
    "dataframely_polars": (THEIRS, "dataframely"),
}
RUNS = 3


@dataclass(frozen=True, slots=True)
class Measured:
    """One run of one engine. Seconds, megabytes; counts: rule -> number of failures."""

    import_cpu: float
    cpu: float
    wall: float
    peak_mb: float
    counts: dict[str, int]


def run(python: Path, engine: str, file: Path) -> Measured:
    """This process stays small: a child's peak memory begins at that of its parent."""
    command = [str(python), "-m", "bench.engines", engine, str(file)]
    ended = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)  # noqa: S603
    if ended.returncode:
        sys.exit(f"{engine} failed:\n{ended.stderr}")
    return Measured(**json.loads(ended.stdout))


def compared(file: Path) -> dict[str, Measured]:
    """Every engine that is there, in turns, so that a busy minute of the machine hits all."""
    there = {engine: python for engine, (python, _) in ENGINES.items() if python.exists()}
    runs = [
        {engine: run(python, engine, file) for engine, python in there.items()} for _ in range(RUNS)
    ]
    best = {
        engine: min((each[engine] for each in runs), key=lambda run: run.cpu) for engine in there
    }
    expected = best[LIMIT].counts
    assert expected.keys() == set(RULES)
    for engine, measured in best.items():
        agreed = {rule: expected[rule] for rule in measured.counts}
        assert measured.counts == agreed, f"{engine}: {measured.counts} is not {agreed}"
    return best


def table(best: dict[str, Measured]) -> str:
    limit = best[LIMIT]
    lines = [
        "| engine | rules | wall s | CPU s | x limit | peak MB | x limit | import CPU s |",
        "|---|---|---|---|---|---|---|---|",
        *(
            f"| {ENGINES[engine][1]} | {len(each.counts)} | {each.wall:.2f} | {each.cpu:.2f}"
            f" | {each.cpu / limit.cpu:.2f} | {each.peak_mb:,.0f}"
            f" | {each.peak_mb / limit.peak_mb:.2f} | {each.import_cpu:.2f} |"
            for engine, each in best.items()
        ),
    ]
    return "\n".join(lines)


def main() -> None:
    absent = [name for python, name in ENGINES.values() if not python.exists()]
    if absent:
        print(f"No {THEIRS}, so without: {'; '.join(absent)}.")
    for millions in [float(each) for each in sys.argv[1:]] or [1, 5, 20]:
        rows = int(millions * 1_000_000)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "rows.parquet"
            made = [str(OURS), "-m", "bench.iv3_like", str(rows), str(file)]
            subprocess.run(made, check=True, cwd=ROOT)  # noqa: S603
            print(f"\n{rows:,} rows, {len(RULES)} rules, {file.stat().st_size:,} bytes\n")
            print(table(compared(file)), flush=True)


if __name__ == "__main__":
    main()
