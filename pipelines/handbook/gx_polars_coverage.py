"""Which expectations of Great Expectations are judged how, for `docs/gx-polars.md`.

    python -m pipelines.handbook.gx_polars_coverage           write the table anew
    python -m pipelines.handbook.gx_polars_coverage --check   say whether it is up to date

What belongs here: the table, from the code. What does not: anything that judges.
"""

from __future__ import annotations

import inspect
import sys
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
_ASKED = {
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
    if name in _ASKED:
        return _ASKED[name]
    mapped = getattr(kind, "map_metric", None)
    return (mapped,) if mapped else tuple(getattr(kind, "metric_dependencies", ()))


def way(name: str, kind: type[Any]) -> str:
    """How an expectation is judged, or why it is not. Raises LookupError when nobody has said."""
    if name in NOT_JUDGED:
        return f"not judged: {NOT_JUDGED[name]}"
    asked = metrics(name, kind)
    if name in _BY_TYPE:
        return "native: by the type of the column"
    if asked and all(metric in QUERIES for metric in asked):
        return "SQL through DuckDB"
    if asked and all(metric in _PYTHON for metric in asked):
        return "native: Python, once a distinct value"
    if asked and all(metric in UNIQUE for metric in asked):
        return "native: hashes, then the candidates"
    if asked and all(metric in (*PREDICATES, *AGGREGATES, *SCHEMA, *DERIVED) for metric in asked):
        return "native"
    raise LookupError(f"{name}: nobody answers {asked}")


def table() -> str:
    """The table of the page."""
    rows = [
        f"| `{name}` | {', '.join(f'`{each}`' for each in metrics(name, kind))} | {way(name, kind)} |"
        for name, kind in expectations().items()
    ]
    return "\n".join(["| expectation | metrics | judged |", "|---|---|---|", *rows, ""])


def main(arguments: list[str]) -> int:
    """Write the table into the page, or only compare."""
    page = PAGE.read_text("utf-8")
    before, _, rest = page.partition(START)
    _, _, after = rest.partition(END)
    wanted = f"{before}{START}\n{table()}\n{END}{after}"
    if "--check" in arguments:
        return 0 if wanted == page else 1
    PAGE.write_text(wanted, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
