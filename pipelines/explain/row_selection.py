"""Select one row by `--key column=value`, also with part of the key.

What belongs here: parsing the key, finding its row, or listing the nearest values instead. What does not: the
trace of the row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from expectations.errors import VoorkantError
from pipelines.explain.lineage import name
from pipelines.explain.row_queries import PLACE, Tables, Values

_SHOWN = 10
_NEAR = 5


def key(given: Sequence[str], types: Mapping[str, str], tables: Tables) -> dict[str, Any]:
    """`column=value` as typed values; `column=` is a missing one. Raises VK-U001.

    types: column -> its type in DuckDB.
    """
    found: dict[str, Any] = {}
    for each in given:
        column, equals, text = each.partition("=")
        if column not in types:
            known = ", ".join(types)
            raise refused(f"The table has no column {column!r}.", f"Columns: {known}.")
        if not equals:
            raise refused(
                f"{each!r} names no value.", f"Write {each}=VALUE; {each}= is a missing one."
            )
        value = None
        if text:
            query = f"SELECT TRY_CAST(? AS {types[column]})"
            (value,) = tables.connection.execute(query, [text]).fetchall()[0]
            if value is None:
                raise refused(
                    f"{text!r} cannot be a value of {column}, which holds {types[column]}.",
                    "Write it as `voorkant show` does.",
                )
        found[column] = value
    return found


def row(
    table: str, wanted: Mapping[str, Any], keys: Sequence[str], tables: Tables
) -> tuple[int, Values]:
    """Place and values of the only row that fits. Raises VK-U001 for none and for several."""
    found = tables.matching(table, wanted, _SHOWN + 1)
    if len(found) == 1:
        return found[0]
    if found:
        raise refused(_several(found, wanted, keys), "Add one of these columns as --key.")
    raise refused(
        f"No row has {_as_text(wanted)}.", _instead(table, wanted, tables) or "The table is empty."
    )


def _several(
    found: list[tuple[int, Values]], wanted: Mapping[str, Any], keys: Sequence[str]
) -> str:
    """The rows that a key fits, by the columns in which they differ."""
    rest = [each for each in keys if each not in wanted]
    differ = [each for each in rest if len({values[each] for _, values in found}) > 1] or rest
    rows = [_as_text({each: values[each] for each in differ}) for _, values in found[:_SHOWN]]
    if len(found) > _SHOWN:
        rows.append("…")
    fits = _as_text(wanted) or "No key at all"
    return f"{fits} fits more than one row:\n" + "\n".join(f"             {each}" for each in rows)


def _instead(table: str, wanted: Mapping[str, Any], tables: Tables) -> str:
    """For every column the nearest values that occur, if possible together with the other columns."""
    hints = []
    for column, value in wanted.items():
        others = {each: given for each, given in wanted.items() if each != column}
        for fixed in (others, {}):
            if near := _nearest(table, column, value, fixed, tables):
                if value not in near:
                    beside = f" (with {_as_text(fixed)})" if fixed else ""
                    values = ", ".join("(missing)" if v is None else str(v) for v in near)
                    hints.append(f"{column} has {values}{beside}.")
                break
    return " ".join(hints)


def _nearest(
    table: str, column: str, value: Any, fixed: Mapping[str, Any], tables: Tables
) -> list[Any]:
    terms = " AND ".join(f"{name(each)} IS NOT DISTINCT FROM ?" for each in fixed) or "true"
    own = name(column)
    if isinstance(value, (int, float)):
        near = f"abs({own} - ?)"
    else:
        near = f"-jaro_winkler_similarity(lower(CAST({own} AS VARCHAR)), lower(CAST(? AS VARCHAR)))"
    query = (
        f"SELECT {own} FROM {tables.view(table)} WHERE {terms} GROUP BY {own} "  # noqa: S608
        f"ORDER BY {near} NULLS LAST, {own} NULLS LAST LIMIT {_NEAR}"
    )
    return [
        found for (found,) in tables.connection.execute(query, [*fixed.values(), value]).fetchall()
    ]


def _as_text(values: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{each}={'' if value is None else value}"
        for each, value in values.items()
        if each != PLACE
    )


def refused(problem: str, remedy: str, option: str = "--key") -> VoorkantError:
    """VK-U001 for an option that selects no row or several, or cannot be read."""
    return VoorkantError("VK-U001", problem, option, "Nothing was explained.", remedy)
