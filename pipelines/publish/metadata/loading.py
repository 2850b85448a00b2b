"""The lines with which a reader gets a table: one per program, run by tests as they stand."""

from __future__ import annotations

from typing import NamedTuple


class Line(NamedTuple):
    """program: for the heading. language: of the code block. code: leaves the rows in `table`."""

    program: str
    language: str
    code: str


def lines(where: str) -> tuple[Line, ...]:
    """How to load the Parquet file at `where`: an https address, or the name of a file beside you.

    Only pyarrow reads no address by itself.
    """
    opened = f'"{where}"'
    if "://" in where:
        opened = f'pa.BufferReader(urlopen("{where}").read())'
    arrow = f"import pyarrow.parquet as pq; table = pq.read_table({opened})"
    if "://" in where:
        arrow = f"import pyarrow as pa; from urllib.request import urlopen; {arrow}"
    return (
        Line("DuckDB", "sql", f"FROM '{where}';"),
        Line(
            "DuckDB in Python", "python", f"import duckdb; table = duckdb.sql(\"FROM '{where}'\")"
        ),
        Line(
            "Polars",
            "python",
            f'import polars as pl; table = pl.scan_parquet("{where}").collect()',
        ),
        Line("pandas", "python", f'import pandas as pd; table = pd.read_parquet("{where}")'),
        Line("pyarrow", "python", arrow),
        Line("R", "r", f'table <- arrow::read_parquet("{where}")'),
    )
