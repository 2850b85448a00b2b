"""One set of rules over a table like Iv3, asked in every way: CPU, wall time and peak memory.

    .venv/bin/python bench/rules.py [rows in millions ...]     # 1 5 20 when none are given

The ways are in `bench/engines`, the rules in `bench/engines/rules_to_judge.py`. Each way reads the same
Parquet file in a
process of its own and must count what the hand-written query counts; the smallest CPU time, and with it
the other figures, of three runs is shown. Imports are apart: they cost the same for any number of rows.

The ways that are not ours live in an environment of their own: BENCHRULES, or /tmp/benchrules, made once
with `python -m venv /tmp/benchrules && /tmp/benchrules/bin/pip install great-expectations==1.24.1
polars==2.1.0 duckdb==2.0.0 pandas==3.1.1 pyarrow==26.0.1 duckdb-engine "pandera[polars]" pointblank
dataframely`. Without it they are left out, and that is said. 20 million rows take 8 GB of memory in pandas.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from expectations.paths import ROOT

sys.path[:0] = [str(ROOT)]

from bench.engines.rules_to_judge import RULES  # noqa: E402 (found through the line above)

BENCHRULES = Path(os.environ.get("BENCHRULES", "/tmp/benchrules"))  # noqa: S108 (told above)
OURS, THEIRS = Path(sys.executable), BENCHRULES / "bin" / "python"
LIMIT = "polars_hash"
WAYS = {
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
    """One run of one way. Seconds, megabytes; counts: rule -> what breaks it."""

    import_cpu: float
    cpu: float
    wall: float
    peak_mb: float
    counts: dict[str, int]


def run(python: Path, way: str, file: Path) -> Measured:
    """This process stays small: a child's peak memory begins at that of its parent."""
    asked = [str(python), "-m", "bench.engines", way, str(file)]
    ended = subprocess.run(asked, capture_output=True, text=True, cwd=ROOT)  # noqa: S603
    if ended.returncode:
        sys.exit(f"{way} did not end well:\n{ended.stderr}")
    return Measured(**json.loads(ended.stdout))


def compared(file: Path) -> dict[str, Measured]:
    """Every way that is there, in turns, so that a busy minute of the machine hits all."""
    there = {way: python for way, (python, _) in WAYS.items() if python.exists()}
    runs = [{way: run(python, way, file) for way, python in there.items()} for _ in range(RUNS)]
    best = {way: min((each[way] for each in runs), key=lambda run: run.cpu) for way in there}
    expected = best[LIMIT].counts
    assert expected.keys() == set(RULES)
    for way, measured in best.items():
        agreed = {rule: expected[rule] for rule in measured.counts}
        assert measured.counts == agreed, f"{way}: {measured.counts} is not {agreed}"
    return best


def table(best: dict[str, Measured]) -> str:
    limit = best[LIMIT]
    lines = [
        "| way | rules | wall s | CPU s | x limit | peak MB | x limit | import CPU s |",
        "|---|---|---|---|---|---|---|---|",
        *(
            f"| {WAYS[way][1]} | {len(each.counts)} | {each.wall:.2f} | {each.cpu:.2f}"
            f" | {each.cpu / limit.cpu:.2f} | {each.peak_mb:,.0f}"
            f" | {each.peak_mb / limit.peak_mb:.2f} | {each.import_cpu:.2f} |"
            for way, each in best.items()
        ),
    ]
    return "\n".join(lines)


def main() -> None:
    absent = [name for python, name in WAYS.values() if not python.exists()]
    if absent:
        print(f"No {THEIRS}, so without: {'; '.join(absent)}.")
    for millions in [float(each) for each in sys.argv[1:]] or [1, 5, 20]:
        rows = int(millions * 1_000_000)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "rows.parquet"
            made = [str(OURS), "bench/iv3_like.py", str(rows), str(file)]
            subprocess.run(made, check=True, cwd=ROOT)  # noqa: S603
            print(f"\n{rows:,} rows, {len(RULES)} rules, {file.stat().st_size:,} bytes\n")
            print(table(compared(file)), flush=True)


if __name__ == "__main__":
    main()
