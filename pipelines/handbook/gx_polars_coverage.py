"""The table of `docs/gx-polars.md`: how each expectation of Great Expectations is judged.

What belongs here: the table, from the code. What does not: anything that judges.
"""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

from great_expectations.expectations import core
from great_expectations.expectations.expectation import Expectation

from expectations.gx_polars.aggregates import AGGREGATES
from expectations.gx_polars.predicates import PREDICATES
from expectations.gx_polars.resolver import DERIVED, SCHEMA, UNIQUE
from expectations.gx_polars.sql import QUERIES
from expectations.paths import ROOT

PAGE = ROOT / "docs" / "gx-polars.md"
START, END = "<!-- generated: coverage -->\n", "<!-- end -->\n"

NOT_JUDGED = {
    "ExpectMulticolumnValuesToBeUnique": "replaced in Great Expectations by"
    " `ExpectSelectColumnValuesToBeUniqueWithinRecord`; no engine judges it",
}
_BY_TYPE = (
    "ExpectColumnTypeToBe",
    "ExpectColumnValuesToBeInTypeList",
    "ExpectColumnValuesToBeOfType",
)
_PYTHON = (
    "column_values.dateutil_parseable",
    "column_values.json_parseable",
    "column_values.match_json_schema",
    "column_values.match_strftime_format",
)
# Their metrics depend on their arguments, so the class does not name them.
_BY_ARGUMENTS = {
    "ExpectColumnKLDivergenceToBeLessThan": (
        "column.histogram",
        "column.partition",
        "column.value_counts",
        "column_values.between.count",
        "column_values.nonnull.count",
    ),
    "ExpectColumnValuesToNotBeNull": ("column_values.nonnull",),
    "ExpectQueryResultsToMatchComparison": (
        "base_query.table",
        "comparison_query.data_source_table",
    ),
    "UnexpectedRowsExpectation": (
        "unexpected_rows_query.row_count",
        "unexpected_rows_query.table",
    ),
}


def expectations() -> dict[str, type[Any]]:
    """The expectations that Great Expectations ships, by name."""
    return {
        name: kind
        for name, kind in sorted(vars(core).items())
        if inspect.isclass(kind) and issubclass(kind, Expectation) and kind.__name__ == name
    }


def metrics(name: str, kind: type[Any]) -> tuple[str, ...]:
    """The metrics an expectation is judged by; a map metric without its suffix."""
    if name in _BY_ARGUMENTS:
        return _BY_ARGUMENTS[name]
    mapped = getattr(kind, "map_metric", None)
    return (mapped,) if mapped else tuple(getattr(kind, "metric_dependencies", ()))


def way(name: str, kind: type[Any]) -> str:
    """How an expectation is judged, or why it is not. Raises LookupError for an unknown metric."""
    if name in NOT_JUDGED:
        return f"not judged: {NOT_JUDGED[name]}"
    used = metrics(name, kind)
    if name in _BY_TYPE:
        return "native: by the type of the column"
    if used and all(metric in QUERIES for metric in used):
        return "SQL through DuckDB"
    if used and all(metric in _PYTHON for metric in used):
        return "native: Python, once a distinct value"
    if used and all(metric in UNIQUE for metric in used):
        return "native: hashes, then the candidates"
    if used and all(metric in (*PREDICATES, *AGGREGATES, *SCHEMA, *DERIVED) for metric in used):
        return "native"
    raise LookupError(f"{name}: no engine computes {used}")


def table() -> str:
    """The table of the page."""
    rows = [
        f"| `{name}` | {', '.join(f'`{each}`' for each in metrics(name, kind))} | {way(name, kind)} |"
        for name, kind in expectations().items()
    ]
    return "\n".join(["| expectation | metrics | judged |", "|---|---|---|", *rows, ""])


def files(page: Path = PAGE) -> dict[Path, bytes]:
    """The page with the current table between its two marks."""
    before, _, rest = page.read_text("utf-8").partition(START)
    _, _, after = rest.partition(END)
    return {page: f"{before}{START}\n{table()}\n{END}{after}".encode()}
