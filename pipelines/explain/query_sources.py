"""The rows behind the number of a query, for `reads: query_of:$column` where the column holds the query.

What belongs here: every SELECT of the query that reads tables, with its own conditions, rewritten
to return rows instead of a number. What does not: answering it (`assets/calc/sql_answers.py`). Grouping and
calculations above such a SELECT are ignored, so the rows are a superset of those that matter.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import duckdb

_PLACE = "file_row_number"
_SELECT, _TABLE, _FUNCTION = "SELECT_NODE", "BASE_TABLE", "TABLE_FUNCTION"
# Of a SELECT only FROM and WHERE say which rows it reads.
_WITHOUT: dict[str, Any] = {
    "group_expressions": [],
    "group_sets": [],
    "modifiers": [],
    "having": None,
    "qualify": None,
}


def rows_read(connection: duckdb.DuckDBPyConnection, query: str) -> dict[str, str]:
    """Table of a contract -> SQL that gives the places of the rows that the query reads there.

    Raises ValueError for what is no query on tables alone.
    """
    parsed = _json(connection, "SELECT json_serialize_sql(?)", query)
    if parsed["error"]:
        raise ValueError(f"the query cannot be read: {parsed['error_message']}")
    found: dict[str, list[str]] = {}
    for select in _selects(parsed):
        if any(_nodes(select["from_table"], _FUNCTION)):
            raise ValueError("a query reads tables and calls none")
        for table in _nodes(select["from_table"], _TABLE, outside=_SELECT):
            if not table["schema_name"]:
                continue  # a name that the query itself gives (WITH)
            alias = table["alias"] or table["table_name"]
            rows = {**select, **_WITHOUT, "select_list": [_column(alias)]}
            text = json.dumps({**parsed, "statements": [{"node": rows}]})
            (sql,) = connection.execute("SELECT json_deserialize_sql(?)", [text]).fetchall()[0]
            found.setdefault(f"{table['schema_name']}.{table['table_name']}", []).append(sql)
    return {table: " UNION ".join(f"({each})" for each in those) for table, those in found.items()}


def _selects(parsed: Any, named: tuple[Any, ...] = ()) -> Iterator[dict[str, Any]]:
    """Every SELECT at whatever depth, each with all that WITH names around it."""
    if isinstance(parsed, dict):
        named = (*named, *parsed.get("cte_map", {}).get("map", ()))
        if parsed.get("type") == _SELECT:
            yield {**parsed, "cte_map": {"map": list(named)}}
        parsed = list(parsed.values())
    if isinstance(parsed, list):
        for each in parsed:
            yield from _selects(each, named)


def _nodes(parsed: Any, kind: str, outside: str = "") -> Iterator[dict[str, Any]]:
    """Every part of a parsed query that is of this kind. outside: not those in parts of that kind."""
    if isinstance(parsed, dict):
        if parsed.get("type") == kind:
            yield parsed
        if parsed.get("type") == outside:
            return
        parsed = list(parsed.values())
    if isinstance(parsed, list):
        for each in parsed:
            yield from _nodes(each, kind, outside)


def _column(alias: str) -> dict[str, Any]:
    return {
        "class": "COLUMN_REF",
        "type": "COLUMN_REF",
        "alias": "",
        "column_names": [alias, _PLACE],
    }


def _json(connection: duckdb.DuckDBPyConnection, query: str, value: str) -> dict[str, Any]:
    return dict(json.loads(connection.execute(query, [value]).fetchall()[0][0]))
