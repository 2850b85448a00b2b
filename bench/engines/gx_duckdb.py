"""Great Expectations on DuckDB, through duckdb-engine and the adapter that it takes.

As they come, nearly every expectation fails: Great Expectations closes a connection before it has read
the cursor, and knows no regular expressions for this dialect. Both are fixed here.
"""

from __future__ import annotations

import tempfile
from builtins import type as class_of
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import duckdb
import sqlalchemy as sa
from great_expectations.datasource.fluent import SQLDatasource
from great_expectations.execution_engine import SqlAlchemyExecutionEngine
from great_expectations.expectations.metrics.map_metric_provider import (
    ColumnMapMetricProvider,
    column_condition_partial,
)

from bench.engines.gx_suite import EXPECTATIONS, SQL, quiet_context, validated


class DuckDBEngine(SqlAlchemyExecutionEngine):
    """One connection for the whole run, and every result read before the next query."""

    @contextmanager
    def get_connection(self) -> Iterator[sa.Connection]:
        if self._connection is None:
            self._connection = self.engine.connect()
        yield self._connection

    def execute_query(self, query: Any) -> Any:
        return super().execute_query(query).freeze()()


class DuckDBSource(SQLDatasource):
    type: Literal["duckdb"] = "duckdb"  # type: ignore[assignment]

    @property
    def execution_engine_type(self) -> class_of[DuckDBEngine]:
        return DuckDBEngine


class MatchesRegex(ColumnMapMetricProvider):
    condition_metric_name = "column_values.match_regex"
    condition_value_keys = ("regex",)

    @column_condition_partial(engine=DuckDBEngine)
    def _duckdb(cls, column: Any, regex: str, **_: Any) -> Any:  # noqa: N805 (called with the class)
        return sa.func.regexp_matches(column, sa.literal(regex))


def counts(file: Path) -> dict[str, int]:
    with tempfile.TemporaryDirectory() as folder:
        database = f"{folder}/rows.duckdb"
        with duckdb.connect(database) as connection:
            connection.read_parquet(str(file)).create_view("iv3_like")
        source = quiet_context().data_sources.add_duckdb(
            "duckdb", connection_string=f"duckdb:///{database}"
        )
        asset = source.add_table_asset("rows", table_name="iv3_like")
        batch = asset.add_batch_definition_whole_table("all").get_batch()
        return validated(batch, EXPECTATIONS | SQL)
