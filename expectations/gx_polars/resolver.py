"""Answers a set of Great Expectations' metrics about one batch: one level of its metric graph.

All counts and aggregates become one streaming `select`; the count of a map metric is already taken when
its condition is requested, so that a suite needs one scan for nearly everything. Samples are read only
for rules that were broken. A metric that fails fails alone.

What belongs here: who answers which metric, and in which scan. What does not: any answer itself.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import polars as pl
from great_expectations.core.id_dict import IDDict
from great_expectations.validator.metric_configuration import MetricConfiguration

from expectations.errors import VoorkantError
from expectations.gx_polars import samples, sql
from expectations.gx_polars.aggregates import AGGREGATES
from expectations.gx_polars.batch import PolarsBatchData, scanned
from expectations.gx_polars.metric_request import MetricRequest
from expectations.gx_polars.predicates import PREDICATES, unexpected
from expectations.uniqueness import with_copies

UNIQUE = ("column_values.unique", "compound_columns.unique")
MAPPED = (*PREDICATES, *UNIQUE)
SCHEMA: dict[str, Callable[[PolarsBatchData], Any]] = {
    "table.columns": lambda batch: batch.schema.names(),
    "table.column_count": lambda batch: len(batch.schema),
    "table.column_types": lambda batch: [
        {"name": name, "type": dtype} for name, dtype in batch.schema.items()
    ],
}
# Great Expectations' own arithmetic on metrics that are already known; it never sees the data.
DERIVED = (
    "column.descriptive_stats",
    "column.non_null_proportion",
    "column.partition",
    "column.unique_proportion",
    "column_values.match_regex.count",
    "column_values.nonnull.count",
    "column_values.not_match_regex.count",
    "column_values.null.count",
)
_SAMPLES = (
    "unexpected_values",
    "unexpected_rows",
    "unexpected_index_list",
    "unexpected_index_query",
)
_COPIES = "\0copies"


@dataclass(slots=True)
class Fallback:
    """Great Expectations' own pandas metrics.

    resolve: computes a metric through them. allowed: whether it may for a metric without a native form;
    used: the names of those metrics, in the order of their first use.
    """

    resolve: Callable[[MetricConfiguration, dict[Any, Any], dict[str, Any] | None], Any]
    allowed: bool = False
    used: list[str] = field(default_factory=list)


class MetricResolver:
    """Fills a batch's answers and failures for the metrics that are requested together."""

    def __init__(
        self,
        batch: PolarsBatchData,
        metrics: dict[Any, Any],
        runtime: dict[str, Any] | None,
        fallback: Fallback,
    ) -> None:
        self.batch, self.runtime, self.fallback = batch, runtime, fallback
        self.metrics = batch.answers | metrics
        self.bundle: dict[Any, tuple[pl.Expr, Callable[[Any], Any]]] = {}
        self.sampled: dict[Any, list[MetricConfiguration]] = {}
        self.requests: dict[Any, MetricRequest] = {}

    def answer(self, requested: list[MetricConfiguration]) -> None:
        """Fill the batch's answers and failures for every metric."""
        for metric in requested:
            try:
                self._plan(metric)
            except Exception as error:
                self.batch.failures[metric.id] = error
        self._scan(list(self.bundle))
        self._show()

    def _plan(self, metric: MetricConfiguration) -> None:
        name, batch = metric.metric_name, self.batch
        base, _, suffix = name.rpartition(".")
        if name in SCHEMA:
            batch.answers[metric.id] = SCHEMA[name](batch)
        elif name in AGGREGATES and metric.metric_domain_kwargs.get("table"):
            batch.answers[metric.id] = self._rows_of(metric.metric_domain_kwargs["table"])
        elif name in AGGREGATES:
            expression, value = AGGREGATES[name](self._request(metric))
            self._bundled(metric.id, expression, value)
        elif base in MAPPED and suffix == "condition":
            self._count(metric, base)
        elif base in MAPPED and suffix == "unexpected_count":
            batch.answers[metric.id] = batch.counts[_key(metric, base)]
        elif base in MAPPED and suffix == "filtered_row_count":
            batch.answers[metric.id] = batch.answers[_rows_key(metric, base)]
        elif base in MAPPED and suffix in _SAMPLES:
            key = _key(metric, base)
            self.requests[key] = self._request(metric)
            self.sampled.setdefault(key, []).append(metric)
        elif name == "column_values.z_score.map":
            known = self._request(metric).known
            batch.answers[metric.id] = (known["column.mean"], known["column.standard_deviation"])
        elif name == "column_values.value_length.map":
            batch.answers[metric.id] = None
        elif name == "table.head":
            batch.answers[metric.id] = self._head(metric)
        elif name in sql.QUERIES:
            batch.answers[metric.id] = sql.answer(name, metric, batch)
        elif name in DERIVED:
            batch.answers[metric.id] = self._through_gx(metric)
        else:
            batch.answers[metric.id] = self._fallen_back(metric)

    def _request(self, metric: MetricConfiguration) -> MetricRequest:
        known = {
            name: self.metrics[dependency.id]
            for name, dependency in metric.metric_dependencies.items()
            if dependency.id in self.metrics
        }
        return MetricRequest(
            metric.metric_domain_kwargs, metric.metric_value_kwargs, self.batch.schema, known
        )

    def _bundled(self, key: Any, expression: pl.Expr, value: Callable[[Any], Any]) -> None:
        self.bundle[key] = (expression, value)

    def _count(self, metric: MetricConfiguration, base: str) -> None:
        """Count the broken rows when the condition is requested: its count is requested next."""
        key, request = _key(metric, base), self._request(metric)
        if "column" not in request.domain:
            self._bundled(_rows_key(metric, base), *AGGREGATES["table.row_count"](request))

        def counted(cell: Any) -> tuple[None, dict[str, Any], dict[str, Any]]:
            self.batch.counts[key] = int(cell or 0)
            return None, dict(request.domain), {}

        if base in UNIQUE:
            copies = with_copies(_judged_rows(self.batch, request), request.columns, _COPIES)
            self.batch.broken[key] = _rows_with(self.batch, request, copies.drop(_COPIES))
            self.batch.answers[metric.id] = counted(copies[_COPIES].sum())
        else:
            broken = unexpected(base, request)
            self.batch.broken[key] = broken
            self._bundled(metric.id, broken.sum(), counted)

    def _scan(self, keys: list[Any]) -> None:
        """One select for all; when it fails, halves, so that only the culprit fails."""
        if not keys:
            return
        named = {f"{index}": self.bundle[key] for index, key in enumerate(keys)}
        try:
            row = self.batch.frame.select([e.alias(n) for n, (e, _) in named.items()]).collect()
        except Exception as error:
            if len(keys) == 1:
                self.batch.failures[keys[0]] = error
                return
            self._scan(keys[: len(keys) // 2])
            self._scan(keys[len(keys) // 2 :])
            return
        for key, (name, (_, value)) in zip(keys, named.items(), strict=True):
            try:
                self.batch.answers[key] = value(row[name].item())
            except Exception as error:
                self.batch.failures[key] = error

    def _show(self) -> None:
        try:
            wanted = {key: self._wanted(key, requested) for key, requested in self.sampled.items()}
            found = samples.gathered(self.batch.frame, wanted) if wanted else {}
        except Exception as error:
            requested = [metric for group in self.sampled.values() for metric in group]
            self.batch.failures |= {metric.id: error for metric in requested}
            return
        for key, group in self.sampled.items():
            for metric in group:
                try:
                    self.batch.answers[metric.id] = _shown(metric, found[key])
                except Exception as error:
                    self.batch.failures[metric.id] = error

    def _wanted(self, key: Any, requested: list[MetricConfiguration]) -> samples.Wanted:
        request, numbered = self.requests[key], False
        columns: list[str] = []
        limits: list[int | None] = [0]
        for metric in requested:
            suffix, form = metric.metric_name.rpartition(".")[2], _result_format(metric)
            if suffix == "unexpected_index_query" and not _wants_query(form):
                continue
            numbered |= suffix.startswith("unexpected_index")
            columns += self.batch.schema.names() if suffix == "unexpected_rows" else request.columns
            columns += form.get("unexpected_index_column_names") or []
            complete = form["result_format"] == "COMPLETE" or suffix == "unexpected_index_query"
            limits.append(None if complete else int(form["partial_unexpected_count"]))
        return samples.Wanted(
            rows=self.batch.broken[key],
            columns=tuple(dict.fromkeys(columns)),
            count=self.batch.counts[key],
            limit=None if None in limits else max(each for each in limits if each is not None),
            numbered=numbered,
        )

    def _rows_of(self, table: str) -> int:
        if table not in self.batch.tables:
            raise KeyError(
                f'No table "{table}" was added to the data source: add_table(name, frame).'
            )
        return int(scanned(self.batch.tables[table]).select(pl.len()).collect().item())

    def _head(self, metric: MetricConfiguration) -> Any:
        values, rows = metric.metric_value_kwargs, self._request(metric).rows
        frame = self.batch.frame if rows is None else self.batch.frame.filter(rows)
        complete = values.get("fetch_all")
        return (frame if complete else frame.head(values.get("n_rows") or 5)).collect().to_pandas()

    def _through_gx(self, metric: MetricConfiguration) -> Any:
        return self.fallback.resolve(metric, self.metrics, self.runtime)

    def _fallen_back(self, metric: MetricConfiguration) -> Any:
        name = metric.metric_name
        if not self.fallback.allowed:
            raise VoorkantError(
                "VK-G001",
                problem=f"The metric {name} has no rule in Polars.",
                where="add_polars_datasource(..., fallback=None)",
                outcome="The expectation was not judged; the others were.",
                remedy='Add the data source with fallback="pandas" to compute it on a copy in pandas.',
            )
        if name not in self.fallback.used:
            self.fallback.used.append(name)
            warnings.warn(f"{name} has no rule in Polars and runs through pandas.", stacklevel=2)
        return self._through_gx(metric)


def _key(metric: MetricConfiguration, base: str) -> tuple[str, Any, Any]:
    """A map metric without its suffix and result format: one rule, one count."""
    values = {k: v for k, v in metric.metric_value_kwargs.items() if k != "result_format"}
    return base, metric.metric_domain_kwargs_id, IDDict(values).to_id()


def _rows_key(metric: MetricConfiguration, base: str) -> tuple[str, Any]:
    return "rows", _key(metric, base)


def _judged_rows(
    batch: PolarsBatchData, request: MetricRequest, position: str | None = None
) -> pl.LazyFrame:
    """The rows among which keys must be unique; a single column's nulls are no copies of each other."""
    frame = batch.frame if position is None else batch.frame.with_row_index(position)
    if "column" in request.domain:
        frame = frame.filter(request.column.is_not_null())
    return frame if request.rows is None else frame.filter(request.rows)


def _rows_with(batch: PolarsBatchData, request: MetricRequest, keys: pl.DataFrame) -> pl.LazyFrame:
    rows = _judged_rows(batch, request, samples.POSITION)
    return rows.join(
        keys.lazy(), on=request.columns, how="semi", nulls_equal=True, maintain_order="left"
    )


def _result_format(metric: MetricConfiguration) -> dict[str, Any]:
    form = metric.metric_value_kwargs.get("result_format") or "BASIC"
    form = dict(form) if isinstance(form, dict) else {"result_format": form}
    return {"result_format": "BASIC", "partial_unexpected_count": 20, **form}


def _wants_query(form: dict[str, Any]) -> bool:
    requested = form.get("return_unexpected_index_query")
    return bool(requested or (form["result_format"] == "COMPLETE" and requested is None))


def _shown(metric: MetricConfiguration, rows: pl.DataFrame) -> Any:
    domain, form = metric.metric_domain_kwargs, _result_format(metric)
    suffix = metric.metric_name.rpartition(".")[2]
    if suffix == "unexpected_index_query":
        return f"df[{rows[samples.POSITION].to_list()}]" if _wants_query(form) else None
    if form["result_format"] != "COMPLETE":
        rows = rows.head(form["partial_unexpected_count"])
    match suffix:
        case "unexpected_values":
            return samples.values(rows, domain)
        case "unexpected_rows":
            return rows.drop(samples.POSITION, strict=False).to_dicts()
        case _:
            shown = [domain[k] for k in ("column", "column_A", "column_B") if k in domain]
            return samples.index_list(
                rows,
                form.get("unexpected_index_column_names"),
                shown or domain["column_list"],
                form.get("exclude_unexpected_values", False),
            )
