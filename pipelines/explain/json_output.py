"""An explanation for programs: the same content as `text_output.py`, as JSON values.

Numbers that are exact decimals are text, so that no reader makes a float of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from expectations.paths import ROOT
from pipelines.explain import source_values
from pipelines.explain.explanation import Explanation
from pipelines.explain.trace import Step, TracedRow


def as_dict(found: Explanation, opened: bool) -> dict[str, Any]:
    """The explanation of a row. opened: with the text at each place in a source."""
    return {
        "dataset": found.manifest["dataset"],
        "version": found.manifest["version"],
        "table": found.table,
        "key": {column: _plain(found.values[column]) for column in found.about["key"]},
        "column": found.column,
        "value": _plain(found.values[found.column]) if found.column else None,
        "row": _row(found.values),
        "rules": {
            "rules": found.results.rules,
            "passed": found.results.passed,
            "failed": [
                asdict(each) | {"here": [_row(asdict(failure)) for failure in each.here]}
                for each in found.results.failed
            ],
        },
        "inputs": list(found.manifest["inputs"]),
        "steps": _Steps(found, opened).of(found.row) if found.row else None,
        "problem": found.problem.as_dict() if found.problem else None,
    }


class _Steps:
    """Steps as nested content; a row that was written before is only named by table and place."""

    def __init__(self, found: Explanation, opened: bool) -> None:
        self._found = found
        self._opened = opened
        self._written: set[int] = set()

    def of(self, row: TracedRow) -> list[dict[str, Any]]:
        self._written.add(id(row))
        return [self._step(each, row.values) for each in row.steps or ()]

    def _step(self, step: Step, explained: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "reads": step.read.reads,
            "words": {"nl": step.read.words.nl, "en": step.read.words.en}
            if step.read.words
            else None,
            "count": step.count,
            "totals": _row(step.totals),
            **({"file": step.file.relative_to(ROOT).as_posix()} if step.file else {}),
            "rows": [
                {"parts": _row(part.parts), **self._below(part.row, explained)}
                for part in step.parts
            ],
        }

    def _below(self, row: TracedRow, explained: Mapping[str, Any]) -> dict[str, Any]:
        named: dict[str, Any] = {"table": row.table, "row": row.place + 1}
        if id(row) in self._written:
            return named
        content = named | {"values": _row(row.values)}
        if row.source is not None:
            self._written.add(id(row))
            content["source"] = asdict(row.source)
            content["taken"] = [
                asdict(each) | {"number": str(each.number)}
                for each in source_values.taken(explained, row.values)
            ]
            content["corrections"] = [
                dict(each) for each in self._found.corrections_at(row.table, row.source)
            ]
            if self._opened:
                fragment = self._found.sources.opened(row.source)
                content["opened"] = {"text": fragment.text, "lines": list(fragment.lines)}
        elif row.steps is not None and ":" not in row.table:
            content["steps"] = self.of(row)
        return content


def _row(values: Mapping[str, Any]) -> dict[str, Any]:
    return {column: _plain(value) for column, value in values.items()}


def _plain(value: Any) -> Any:
    return value if isinstance(value, (bool, int, str)) or value is None else str(value)
