"""The execution engine that Great Expectations talks to.

It subclasses the pandas engine for one reason: Great Expectations finds its metrics and decides their
dependencies by class. Nothing runs through pandas unless `fallback="pandas"` says so.

What belongs here: batches, errors and caching, as Great Expectations wants them. What does not: how a
set of metrics is answered (`resolver.py`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, cast

from great_expectations.core.batch import BatchMarkers
from great_expectations.exceptions import MetricResolutionError
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.validator.metric_configuration import MetricConfiguration

from expectations.gx_polars.batch import PolarsBatchData
from expectations.gx_polars.resolver import Fallback, MetricResolver


class PolarsExecutionEngine(PandasExecutionEngine):
    """Great Expectations' metrics over Polars lazy frames.

    fallback: see `add_polars_datasource`. tables: frames or Parquet paths by name, for SQL rules and
    for row counts of another table. context: where other data sources are found.
    """

    def __init__(self, *args: Any, fallback: str | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fallback = fallback
        self._fallback = Fallback(self._through_pandas, allowed=fallback == "pandas")
        self.tables: dict[str, Any] = {}
        self.context: Any = None
        self._config["fallback"] = fallback

    @property
    def fell_back(self) -> list[str]:
        """The metrics that ran through pandas."""
        return self._fallback.used

    def get_batch_data_and_markers(self, batch_spec: Any) -> tuple[PolarsBatchData, BatchMarkers]:
        """A batch of the frame or path in a RuntimeDataBatchSpec."""
        data = PolarsBatchData(self, batch_spec.batch_data, self.tables)
        batch_spec.batch_data = "PolarsLazyFrame"
        loaded = dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        return data, BatchMarkers({"ge_load_time": loaded})

    def resolve_metrics(
        self,
        metrics_to_resolve: Iterable[MetricConfiguration],
        metrics: dict[Any, Any] | None = None,
        runtime_configuration: dict[str, Any] | None = None,
    ) -> dict[Any, Any]:
        """Answers by metric id. Raises MetricResolutionError for one failed metric at a time.

        Great Expectations asks again for the others after each failure; they are remembered.
        """
        requested: dict[int, tuple[PolarsBatchData, list[MetricConfiguration]]] = {}
        for metric in metrics_to_resolve:
            batch = self._batch_of(metric)
            requested.setdefault(id(batch), (batch, []))[1].append(metric)
        answers: dict[Any, Any] = {}
        for batch, group in requested.values():
            MetricResolver(batch, metrics or {}, runtime_configuration, self._fallback).answer(
                [m for m in group if m.id not in batch.answers and m.id not in batch.failures]
            )
            for metric in group:
                if metric.id in batch.failures:
                    error = batch.failures[metric.id]
                    raise MetricResolutionError(str(error), failed_metrics=(metric,)) from error
                answers[metric.id] = batch.answers[metric.id]
        if self._caching:
            self._metric_cache.update(answers)
        return answers

    def _batch_of(self, metric: MetricConfiguration) -> PolarsBatchData:
        manager = self.batch_manager
        batch_id = metric.metric_domain_kwargs.get("batch_id") or manager.active_batch_data_id
        return cast(PolarsBatchData, manager.batch_data_cache[str(batch_id)])

    def _through_pandas(
        self, metric: MetricConfiguration, metrics: dict[Any, Any], runtime: dict[str, Any] | None
    ) -> Any:
        """Great Expectations' own pandas rule for a metric."""
        return super().resolve_metrics([metric], metrics, runtime)[metric.id]
