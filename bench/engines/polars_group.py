"""One hand-written query, keys grouped as they are."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from bench.engines.by_hand import answers, copies_by_group, queries


def counts(file: Path) -> dict[str, int]:
    return answers(pl.collect_all(queries(file, copies_by_group(file))))
