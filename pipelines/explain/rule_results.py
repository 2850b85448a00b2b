"""The rule results of a release: for a table, and for one of its rows.

What belongs here: reading `validation/` of a release. A failure belongs to a row when every column of its key
has the row's value: the row itself, or the group it is in. What does not: judging anything again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

RULES, FAILURES = "validation/rule.parquet", "validation/failure.parquet"
_CROSS = "cross"


@dataclass(frozen=True, slots=True)
class Failure:
    """A failing row, or group with the explained row in it. Numbers are None where a rule has none."""

    words: str
    observed: Any
    expected: Any
    deviation: Any


@dataclass(frozen=True, slots=True)
class FailedRule:
    """A rule that failed somewhere in the table. here: its failures for this row, may be empty."""

    rule_id: str
    severity: str
    sentence_en: str
    sentence_nl: str
    judged: int
    failed: int
    here: tuple[Failure, ...]


@dataclass(frozen=True, slots=True)
class RuleResults:
    """The rules of a table in a release. failed: those that any row breaks, this row's own first.

    Rules between tables are included only when they failed for this row.
    """

    rules: int
    passed: int
    failed: tuple[FailedRule, ...]


def results_for(
    connection: duckdb.DuckDBPyConnection, folder: Path, table: str, row: Mapping[str, Any]
) -> RuleResults:
    """The validation results in a release folder for a table and for this row of it.

    Empty for a release that is older than the validation report.
    """
    if not (folder / RULES).exists():
        return RuleResults(0, 0, ())
    rules = _rows(
        connection,
        folder / RULES,
        "rule_id, table_name, severity, sentence, sentence_nl, judged, failed, passed",
        table,
    )
    found: dict[tuple[str, str], list[Failure]] = {}
    for each in _rows(
        connection,
        folder / FAILURES,
        "rule_id, table_name, key, words, observed, expected, deviation",
        table,
    ):
        if _is_about(json.loads(each["key"]), row):
            failure = Failure(*(each[n] for n in ("words", "observed", "expected", "deviation")))
            found.setdefault((each["table_name"], each["rule_id"]), []).append(failure)
    own = [each for each in rules if each["table_name"] == table]
    failed = [
        FailedRule(
            rule_id=each["rule_id"],
            severity=each["severity"],
            sentence_en=each["sentence"],
            sentence_nl=each["sentence_nl"],
            judged=each["judged"],
            failed=each["failed"],
            here=tuple(found.get((each["table_name"], each["rule_id"]), ())),
        )
        for each in rules
        if not each["passed"]
        and (each["table_name"] == table or (each["table_name"], each["rule_id"]) in found)
    ]
    failed.sort(key=lambda each: (not each.here, each.rule_id))
    return RuleResults(len(own), sum(each["passed"] for each in own), tuple(failed))


def _rows(
    connection: duckdb.DuckDBPyConnection, file: Path, columns: str, table: str
) -> list[dict[str, Any]]:
    """Rows about a table, and about the comparisons between tables."""
    result = connection.execute(
        f'SELECT {columns} FROM (SELECT * RENAME ("table" AS table_name) '  # noqa: S608
        "FROM read_parquet(?)) WHERE table_name IN (?, ?)",
        [str(file), table, _CROSS],
    )
    heads = [each[0] for each in result.description or ()]
    return [dict(zip(heads, row, strict=True)) for row in result.fetchall()]


def _is_about(key: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    return bool(key) and all(
        column in row and _plain(row[column]) == _plain(value) for column, value in key.items()
    )


def _plain(value: Any) -> str | None:
    return None if value is None else str(value)
