"""The tables of a report as files: Parquet for programs, JSON for programs without Parquet.

The same report gives the same bytes: no moment, no path, fixed writer options.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl

from expectations.report.frames import Report

ROW_GROUP = 20_000


def write(report: Report, folder: Path) -> None:
    """Write `run.parquet`, `rule.parquet` and `failure.parquet` into a folder, made when it is absent."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in report.tables.items():
        table.write_parquet(
            folder / f"{name}.parquet", compression="zstd", row_group_size=ROW_GROUP
        )


def read(folder: Path) -> Report:
    """The report that was written into a folder."""
    return Report(
        *(pl.read_parquet(folder / f"{name}.parquet") for name in ("run", "rule", "failure"))
    )


def as_json(report: Report, about: dict[str, Any]) -> str:
    """One JSON object: what it is about, then the tables as lists of rows, one row a line.

    Decimals are text, so that no reader makes floats of them.
    """
    parts = [f" {_json(key)}: {_json(value)}" for key, value in about.items()]
    for name, table in report.tables.items():
        rows = table.select(pl.struct(pl.all()).struct.json_encode()).to_series()
        parts.append(f" {_json(name)}: [\n" + ",\n".join(rows) + "\n ]")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
