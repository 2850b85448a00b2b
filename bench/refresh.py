"""A refresh into empty folders, compared with only reading and writing the same rows.

    .venv/bin/python -m bench.refresh

Baseline: read every archived body's tables into raw frames and write the published ones, with no types,
rules, Dagster or Great Expectations in between.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

from expectations.paths import ROOT

BARE = """
import sys
from pathlib import Path
import polars as pl
from assets.ingest.archive import Archive
from assets.raw import cbs, figures, regulations
from assets.ingest.registry import sources
archive = Archive(Path(sys.argv[1]))
for source, readers in {
    "cbs_iv3": [cbs.iv3_municipalities, cbs.iv3_taakvelden, cbs.iv3_amounts],
    "cbs_population": [cbs.regions, cbs.population],
    "cbs_jobs": [cbs.jobs],
    "brede_spuk": [regulations.cells],
    "spuk_iza": [regulations.cells],
    "cited_figures": [figures.reader(t) for t in sources()["cited_figures"].tables],
}.items():
    for reader in readers:
        reader(archive, archive.require(source), sources()[source])
for path in Path(sys.argv[2]).glob("data/*/*/*.parquet"):
    pl.read_parquet(path).write_parquet(Path(sys.argv[3]) / path.name)
"""


def _cpu(*command: str) -> tuple[float, float]:
    before, start = getrusage(RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, *command], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)  # noqa: S603
    after = getrusage(RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return spent, time.perf_counter() - start


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        state, published, scratch = (Path(folder) / name for name in ("state", "published", "bare"))
        scratch.mkdir()
        where = ("--state", str(state), "--published", str(published))
        first = _cpu("-m", "pipelines.cli.main", "refresh", *where)
        again = _cpu("-m", "pipelines.cli.main", "refresh", *where)
        bare = _cpu("-c", BARE, str(state / "archive"), str(published), str(scratch))
    for name, (cpu, wall) in (
        ("bare reading and writing", bare),
        ("refresh", first),
        ("second refresh", again),
    ):
        print(f"{name:<26} {cpu:6.1f} CPU s  {wall:6.1f} s wall  {cpu / bare[0]:5.1f} x")


if __name__ == "__main__":
    main()
