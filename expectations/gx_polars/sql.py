"""SQL expectations, through DuckDB on the same data.

A Parquet batch is queried where it is. A frame is written to a temporary file first, streaming, so
that DuckDB and Polars never disagree about memory they share; the file is gone afterwards.

What belongs here: expectations that hold a query. What does not: rules that Polars says itself.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
from great_expectations.compatibility.sqlalchemy import sqlalchemy as sa
from great_expectations.constants import MAX_RESULT_RECORDS
from great_expectations.expectations.metrics.query_metric_provider import QueryMetricProvider
from great_expectations.validator.metric_configuration import MetricConfiguration

from expectations.gx_polars.batch import Frame, PolarsBatchData, scanned
from expectations.gx_polars.conditions import as_filter

# metric -> the argument that holds its query
QUERIES = {
    "unexpected_rows_query.table": "unexpected_rows_query",
    "unexpected_rows_query.row_count": "unexpected_rows_query",
    "base_query.table": "base_query",
    "comparison_query.data_source_table": "comparison_query",
}
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}


def answer(name: str, metric: MetricConfiguration, batch: PolarsBatchData) -> Any:
    """The number of rows a query gives, or the first 200 as records."""
    values = metric.metric_value_kwargs
    query = values[QUERIES[name]]
    if name == "comparison_query.data_source_table":
        return _elsewhere(batch, values["comparison_data_source_name"], query)
    rows = as_filter(metric.metric_domain_kwargs, batch.schema)
    text = QueryMetricProvider._format_query(query, batch="batch")
    key = (text, str(rows))
    if key not in batch.queries:
        source = batch.source if rows is None else batch.frame.filter(rows)
        batch.queries[key] = _answered(text, {"batch": source, **batch.tables})
    count, records = batch.queries[key]
    return count if name.endswith("row_count") else records


def _elsewhere(batch: PolarsBatchData, name: str, query: str) -> list[dict[str, Any]]:
    """The first 200 records of a query on another data source: of Polars (its tables), or of SQL."""
    engine = batch.engine.context.data_sources.all()[name].get_execution_engine()
    if hasattr(engine, "tables"):
        return _answered(query, engine.tables)[1]
    if not hasattr(engine, "execute_query"):
        raise TypeError(f'The data source "{name}" cannot answer SQL.')
    rows = engine.execute_query(sa.text(query)).fetchmany(MAX_RESULT_RECORDS)
    return [row._asdict() for row in rows]


def _answered(query: str, tables: Mapping[str, Frame]) -> tuple[int, list[dict[str, Any]]]:
    with _connected(tables) as connection:
        connection.execute(f"create temp table answer as {query}")
        count = connection.execute("select count(*) from answer").fetchall()[0][0]
        shown = connection.table("answer").limit(MAX_RESULT_RECORDS)
        return int(count), shown.pl().to_dicts()


@contextmanager
def _connected(tables: Mapping[str, Frame]) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection on which every table is a view over a Parquet file."""
    with tempfile.TemporaryDirectory() as folder, duckdb.connect(config=_CONFIG) as connection:
        for index, (name, frame) in enumerate(tables.items()):
            path = frame if isinstance(frame, str | Path) else Path(folder) / f"{index}.parquet"
            if not isinstance(frame, str | Path):
                scanned(frame).sink_parquet(path)
            connection.read_parquet(str(path)).create_view(name)
        yield connection
