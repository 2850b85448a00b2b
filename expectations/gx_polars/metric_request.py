"""One metric of Great Expectations, as the rules of this package see it.

What belongs here: reading a metric's domain and arguments. What does not: computing anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl
from great_expectations.exceptions import InvalidMetricAccessorDomainKwargsKeyError

from expectations.gx_polars.conditions import as_filter


@dataclass(frozen=True, slots=True)
class MetricRequest:
    """What Great Expectations requests of a batch.

    domain: which rows and columns. values: the arguments of the expectation. schema: of the batch.
    known: answers to the metrics this one depends on, by metric name.
    """

    domain: Mapping[str, Any]
    values: Mapping[str, Any]
    schema: pl.Schema
    known: Mapping[str, Any]

    @property
    def columns(self) -> list[str]:
        """The columns the request is about; raises when the batch lacks one."""
        domain = self.domain
        if "column" in domain:
            names = [domain["column"]]
        elif "column_A" in domain:
            names = [domain["column_A"], domain["column_B"]]
        else:
            names = list(domain.get("column_list") or [])
        for name in names:
            if name not in self.schema:
                raise InvalidMetricAccessorDomainKwargsKeyError(
                    f'Error: The column "{name}" in BatchData does not exist.'
                )
        return names

    @property
    def column(self) -> pl.Expr:
        """The one column, all rows."""
        return pl.col(self.columns[0])

    @property
    def dtype(self) -> pl.DataType:
        """Type of the first column."""
        return self.schema[self.columns[0]]

    @property
    def rows(self) -> pl.Expr | None:
        """The rows the request is about; None for all. Null counts as outside."""
        condition = as_filter(self.domain, self.schema)
        conditions = [] if condition is None else [condition]
        missing = [pl.col(name).is_null() for name in self.columns]
        match self.domain.get("ignore_row_if"):
            case "both_values_are_missing" | "all_values_are_missing":
                conditions.append(~pl.all_horizontal(missing))
            case "either_value_is_missing" | "any_value_is_missing":
                conditions.append(~pl.any_horizontal(missing))
            case None | "neither" | "never":
                pass
            case other:
                raise ValueError(f'Unrecognized value of ignore_row_if ("{other}").')
        return pl.all_horizontal(conditions) if conditions else None

    @property
    def selected(self) -> pl.Expr:
        """The one column, only the rows the request is about."""
        rows = self.rows
        return self.column if rows is None else self.column.filter(rows)
