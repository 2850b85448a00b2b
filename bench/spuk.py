"""A generated life cycle of SPUK through the drop folder, compared with bare reading of the same files.

    .venv/bin/python -m bench.spuk .state/tables       (the tables of one refresh)

The baseline opens every CSV and every sheet and makes a frame of text of it, and checks and keeps nothing.
Our reader uses one process per file, so CPU seconds include those of child processes.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from typing import Any

import fastexcel
import polars as pl

from assets.core import spuk_received
from assets.ingest.archive import Archive
from assets.ingest.capture import capture
from assets.ingest.origins.dropped_files import DroppedFilesOrigin
from assets.ingest.origins.sample import SampleOrigin
from assets.ingest.registry import sources
from assets.published.spuk_ledger.findings import findings
from assets.published.spuk_ledger.spuk_ledger import spuk_ledger
from assets.raw import files
from bench.measure import show
from expectations.paths import ROOT
from tests.support.spuk_life_cycle.files import public, write
from tests.support.spuk_life_cycle.life_cycle import lawful

READERS: dict[str, Callable[..., pl.LazyFrame]] = {
    "spuk_grants": spuk_received.grants,
    "spuk_payments": spuk_received.payments,
    "sisa": spuk_received.accounts,
}


def timed(name: str, work: Callable[[], Any], rows: list[tuple[str, float]]) -> Any:
    """What `work` gives; its CPU seconds, with those of its children, go to `rows`."""

    def spent() -> float:
        used = (getrusage(who) for who in (RUSAGE_SELF, RUSAGE_CHILDREN))
        return sum(each.ru_utime + each.ru_stime for each in used)

    start = spent()
    answer = work()
    rows.append((name, spent() - start))
    return answer


def bare(drop: Path) -> int:
    """Cells of every file, as text."""
    frames = [
        pl.read_csv(path, separator=";", infer_schema=False, truncate_ragged_lines=True)
        for path in sorted(drop.rglob("*.csv"))
    ]
    for path in sorted(drop.rglob("*.xlsx")):
        book = fastexcel.read_excel(path)
        frames += [
            book.load_sheet(name, header_row=None, dtypes="string").to_polars()
            for name in book.sheet_names
        ]
    return sum(frame.height * frame.width for frame in frames)


def main() -> None:
    tables = Path(sys.argv[1])

    def table(name: str) -> pl.LazyFrame:
        return pl.scan_parquet(tables / f"{name}.parquet")

    known = public(tables)
    cycle = lawful(known)
    rows: list[tuple[str, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        drop, archive = Path(folder) / "drop", Archive(Path(folder) / "archive")
        lines = write(cycle, drop)
        timed("bare reading of all files", lambda: bare(drop), rows)
        own = SampleOrigin(ROOT / "sample")
        origin = DroppedFilesOrigin(drop, own, lambda: datetime(2026, 10, 1, tzinfo=UTC))

        def raw() -> dict[str, pl.DataFrame]:
            return {
                name: files.rows(
                    archive, capture(sources()[name], origin, archive), sources()[name]
                )
                for name in READERS
            }

        read = timed("capture and reading", raw, rows)
    lists = table("core_municipalities__lists")
    entries = timed(
        "entries of the ledger",
        lambda: [make(read[name].lazy(), lists).collect().lazy() for name, make in READERS.items()],
        rows,
    )
    ledger = spuk_ledger(known.official.lazy(), *entries).collect()
    around = (
        table("core_spuk_ledger__known"),
        known.regions.lazy(),
        lists,
        table("municipalities__transitions"),
    )
    found = timed("twenty rules", lambda: findings(ledger.lazy(), *around).collect(), rows)
    print(f"{lines:,} lines and cells, {ledger.height:,} ledger rows, {found.height} findings")
    show(rows)


if __name__ == "__main__":
    main()
