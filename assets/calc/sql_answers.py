"""One number from the published tables, asked in SQL.

What belongs here: which tables a query reads, and its answer from exactly those tables. What does not: why
it is asked (`claims.py`), and which rows it reads (`voorkant explain`).

A query names tables as `dataset.table`. It gives one row: the column `value`, a number, and from the row the
number is in, whichever it has of `coverage_pct`, `status`, `confidence`, `published_at` and `breaks`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import polars as pl

from expectations.contract import TYPES, contracts
from expectations.errors import VoorkantError

if TYPE_CHECKING:
    import duckdb

ANSWER = pl.Schema(
    {
        "value": TYPES["number"],
        "coverage_pct": TYPES["rate"],
        "status": TYPES["code"],
        "confidence": TYPES["code"],
        "published_at": TYPES["moment"],
        "breaks": TYPES["flags"],
    }
)


@cache
def tables_read(query: str) -> tuple[str, ...]:
    """The published tables a query reads, in alphabetical order. Raises ValueError with what is wrong."""
    parsed = _parsed(query)
    if len(parsed["statements"]) != 1:
        raise ValueError("a query is one SELECT")
    parts = list(_nodes(parsed, "BASE_TABLE", "TABLE_FUNCTION"))
    if any(part["type"] == "TABLE_FUNCTION" for part in parts):
        raise ValueError("a query reads tables and calls none")
    # A name without a dataset is one that the query itself gives (WITH); no such table is there to be asked.
    names = {f"{part['schema_name']}.{part['table_name']}" for part in parts if part["schema_name"]}
    if not names:
        raise ValueError("the query reads no table, so it would find what was typed into it")
    published = {f"{c.dataset}.{t.name}" for c in contracts().values() for t in c.published}
    if unknown := sorted(names - published):
        raise ValueError(f"there is no published table {unknown[0]!r}")
    return tuple(sorted(names))


def _parsed(query: str) -> dict[str, Any]:
    """A query as the tree that DuckDB makes of it. Raises ValueError with what is wrong."""
    serialized = _parser().execute("SELECT json_serialize_sql(?)", [query]).fetchall()
    parsed: dict[str, Any] = json.loads(serialized[0][0])
    if parsed["error"]:
        raise ValueError(f"the query cannot be read: {parsed['error_message']}")
    return parsed


def _nodes(parsed: Any, *types: str) -> Iterator[dict[str, Any]]:
    """Every node of these types in a parsed query."""
    if isinstance(parsed, dict) and parsed.get("type") in types:
        yield parsed
    inner = parsed.values() if isinstance(parsed, dict) else parsed
    if isinstance(parsed, dict | list):
        for each in inner:
            yield from _nodes(each, *types)


def answers(queries: Mapping[str, str], tables: Mapping[str, pl.LazyFrame]) -> pl.DataFrame:
    """The answer of every query: its name as `question`, and the columns of ANSWER.

    tables: `dataset.table` -> its rows; nothing else can be reached. Raises VK-D005 with the query that does
    not give one number.
    """
    with _alone() as connection:
        for number, (name, frame) in enumerate(sorted(tables.items())):
            dataset, _, table = name.partition(".")
            connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{dataset}"')
            connection.register(f"given_{number}", frame)
            connection.execute(f'CREATE TABLE "{dataset}"."{table}" AS FROM given_{number}')
        rows = [{"question": n, **_answer(connection, n, q)} for n, q in queries.items()]
    return pl.DataFrame(rows, schema={"question": pl.String(), **ANSWER})


def _alone() -> duckdb.DuckDBPyConnection:
    """A database in memory that reaches no file and no network; one thread, so that it has one answer."""
    import duckdb

    return duckdb.connect(config={"enable_external_access": False, "threads": 1})


@cache
def _parser() -> duckdb.DuckDBPyConnection:
    return _alone()


def _answer(connection: duckdb.DuckDBPyConnection, name: str, query: str) -> dict[str, Any]:
    """The row of one query, its number with three decimals, half away from zero."""
    import duckdb

    # The database rounds, once and for every query alike; no float leaves it.
    rounded = f"SELECT * REPLACE (CAST(value AS DECIMAL(18, 3)) AS value) FROM ({query})"  # noqa: S608
    try:
        answer = connection.execute(rounded)
        columns = [column[0] for column in answer.description or ()]
        rows = answer.fetchmany(2)
    except duckdb.Error as error:
        raise _no_number(name, str(error).splitlines()[0], query) from None
    if unknown := sorted(set(columns) - set(ANSWER)):
        raise _no_number(name, f"The column {unknown[0]!r} is none of an answer.", query)
    if len(rows) != 1:
        raise _no_number(name, "No row." if not rows else "More than one row.", query)
    row = dict(zip(columns, rows[0], strict=True))
    if row["value"] is None:
        raise _no_number(name, "The value is missing.", query)
    return row


def _no_number(name: str, why: str, query: str) -> VoorkantError:
    return VoorkantError(
        "VK-D005",
        problem=f"The query of {name} does not give one number. {why}",
        where=" ".join(query.split()),
        outcome="The table was not written; earlier releases stay.",
        remedy="Run the query on the published tables, and mend it in assets/reference/claims.yaml.",
    )
