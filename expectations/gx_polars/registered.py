"""Metrics and expectations that Great Expectations has for other engines only, made known for this one.

The registry of Great Expectations decides which metrics exist for an engine; the engine answers them
itself, so the functions here are never called. The three expectations about column types compare
numpy's types, which cannot be configured; their subclasses answer for this engine, and leave every
other engine to Great Expectations.

What belongs here: making known. What does not: answering.
"""

from __future__ import annotations

import logging
from types import new_class
from typing import Any

from great_expectations.expectations import core, registry
from great_expectations.expectations.expectation import BatchExpectation
from great_expectations.expectations.metrics.map_metric_provider import (
    ColumnMapMetricProvider,
    column_condition_partial,
)
from great_expectations.expectations.metrics.metric_provider import metric_value
from great_expectations.expectations.metrics.query_metric_provider import QueryMetricProvider
from great_expectations.validator.metric_configuration import MetricConfiguration

from expectations.gx_polars.engine import PolarsExecutionEngine
from expectations.gx_polars.types import is_of, named

_LIKE = {
    "match_like_pattern": ("like_pattern", "escape"),
    "not_match_like_pattern": ("like_pattern", "escape"),
    "match_like_pattern_list": ("like_pattern_list", "match_on", "escape"),
    "not_match_like_pattern_list": ("like_pattern_list", "escape"),
}
_QUERIES = {
    "unexpected_rows_query.table": ("unexpected_rows_query",),
    "unexpected_rows_query.row_count": ("unexpected_rows_query",),
    "base_query.table": ("base_query",),
    "comparison_query.data_source_table": ("comparison_query", "comparison_data_source_name"),
}


def _defined(name: str, base: type[Any], attributes: dict[str, Any]) -> None:
    """Define a class; Great Expectations registers it as soon as it exists."""
    new_class(name, (base,), exec_body=lambda body: body.update(attributes))


def _make_known() -> None:
    for name, keys in _LIKE.items():

        @column_condition_partial(engine=PolarsExecutionEngine)
        def _condition(cls: Any, column: Any, **kwargs: Any) -> Any:
            raise NotImplementedError

        attributes = {
            "condition_metric_name": f"column_values.{name}",
            "condition_value_keys": keys,
            "_polars": _condition,
        }
        _defined(f"Polars_{name}", ColumnMapMetricProvider, attributes)
    for name, keys in _QUERIES.items():

        @metric_value(engine=PolarsExecutionEngine)
        def _value(cls: Any, **kwargs: Any) -> Any:
            raise NotImplementedError

        attributes = {"metric_name": name, "value_keys": keys, "_polars": _value}
        _defined(f"Polars_{name}", QueryMetricProvider, attributes)


_make_known()


def _judged(expectation: Any, metrics: Any, names: list[str] | None) -> dict[str, Any]:
    """The result of a rule about a column's type; None asks nothing and only observes."""
    column = expectation.configuration.kwargs["column"]
    types = {each["name"]: each["type"] for each in metrics["table.column_types"]}
    if column not in types:
        raise KeyError(f'The column "{column}" in BatchData does not exist.')
    dtype = types[column]
    success = names is None or any(is_of(dtype, name) for name in names)
    return {"success": success, "result": {"observed_value": named(dtype)}}


def _about_types(original: type[Any], argument: str) -> None:
    """Replace an expectation in the registry by one that also judges Polars types."""

    def dependencies(
        self: Any, execution_engine: Any = None, runtime_configuration: Any = None, **kwargs: Any
    ) -> Any:
        if not isinstance(execution_engine, PolarsExecutionEngine):
            return original.get_validation_dependencies(
                self, execution_engine, runtime_configuration, **kwargs
            )
        found = BatchExpectation.get_validation_dependencies(
            self, execution_engine, runtime_configuration
        )
        arguments = registry.get_metric_kwargs(
            "table.column_types", self.configuration, runtime_configuration
        )
        found.set_metric_configuration(
            "table.column_types",
            MetricConfiguration(
                "table.column_types",
                arguments["metric_domain_kwargs"],
                arguments["metric_value_kwargs"],
            ),
        )
        return found

    def validate(
        self: Any, metrics: Any, runtime_configuration: Any = None, execution_engine: Any = None
    ) -> Any:
        if not isinstance(execution_engine, PolarsExecutionEngine):
            return original._validate(self, metrics, runtime_configuration, execution_engine)
        names = self.configuration.kwargs.get(argument)
        return _judged(self, metrics, [names] if isinstance(names, str) else names)

    attributes = {
        "__module__": __name__,
        "__doc__": original.__doc__,
        "get_validation_dependencies": dependencies,
        "_validate": validate,
    }
    _defined(original.__name__, original, attributes)


_registry = logging.getLogger(registry.__name__)
_level = _registry.level
_registry.setLevel(logging.ERROR)  # it warns of every renderer that a subclass inherits
_about_types(core.ExpectColumnTypeToBe, "type_")
_about_types(core.ExpectColumnValuesToBeOfType, "type_")
_about_types(core.ExpectColumnValuesToBeInTypeList, "type_list")
_registry.setLevel(_level)
