"""One hand-written query, keys compared by hash: the limit."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from bench.engines.by_hand import answers, copies_by_hash, queries


def counts(file: Path) -> dict[str, int]:
    return answers(pl.collect_all(queries(file, copies_by_hash(file))))
