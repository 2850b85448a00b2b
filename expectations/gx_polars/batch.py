"""One batch: a lazy frame, or a Parquet file that is scanned anew, with the answers found so far.

What belongs here: what the engine remembers about one batch. What does not: how answers are found.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
from great_expectations.exceptions import GreatExpectationsError
from great_expectations.execution_engine.pandas_batch_data import PandasBatchData

Frame = pl.LazyFrame | pl.DataFrame | str | Path


def scanned(frame: Frame) -> pl.LazyFrame:
    """A frame, or the Parquet file or files at a path, as a lazy frame."""
    match frame:
        case pl.LazyFrame():
            return frame
        case pl.DataFrame():
            return frame.lazy()
        case str() | Path():
            return pl.scan_parquet(frame)
    raise TypeError(f"A batch is a LazyFrame, a DataFrame or a path, not {type(frame).__name__}.")


class PolarsBatchData(PandasBatchData):
    """What Great Expectations asks a batch to be.

    broken: the rows that break a map rule, as an expression or as a frame. counts: how many they are.
    queries: rows and records by SQL text. answers and failures: by metric id.
    """

    def __init__(self, engine: Any, frame: Frame, tables: Mapping[str, Frame]) -> None:
        self.engine = self._execution_engine = engine
        self.source = frame
        self.frame = scanned(frame)
        self.schema = self.frame.collect_schema()
        self.tables = tables
        self.broken: dict[Any, pl.Expr | pl.LazyFrame] = {}
        self.counts: dict[Any, int] = {}
        self.queries: dict[Any, tuple[int, list[dict[str, Any]]]] = {}
        self.answers: dict[Any, Any] = {}
        self.failures: dict[Any, Exception] = {}
        self._pandas: Any = None

    @property
    def dataframe(self) -> Any:
        """The whole batch in pandas: only for a metric without a native rule, only when asked."""
        if self.engine.fallback != "pandas":
            raise GreatExpectationsError("This batch is not in pandas; see docs/gx-polars.md.")
        if self._pandas is None:
            self._pandas = self.frame.collect().to_pandas()
        return self._pandas
