"""An explanation for people: lines of text, in English or Dutch.

What belongs here: order, indentation, and how values are written. What does not: the fixed words
(`phrases.yaml`) and JSON (`json_output.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from expectations.localized import Language, notation, texts
from expectations.paths import ROOT
from pipelines.explain import reference_rows, source_values
from pipelines.explain.explanation import Explanation, contract_of
from pipelines.explain.rule_results import FailedRule
from pipelines.explain.sources import SourcePlace
from pipelines.explain.trace import Part, Step, TracedRow

_INDENT = "  "
_SHORT = 12  # of a hash
_PHRASES = Path(__file__).with_name("phrases.yaml")


@dataclass(slots=True)
class TextOutput:
    """One explanation as lines of text. open: with the lines around each source cell."""

    explanation: Explanation
    language: Language
    open: bool
    _shown: set[int] = field(default_factory=set)

    def lines(self) -> Iterator[str]:
        """Everything, line by line."""
        yield from self._head()
        yield ""
        yield from self._rules()
        yield ""
        found = self.explanation
        if found.row is not None:
            yield self._text("made")
            yield from self._steps(found.row, 1, found.values)
            return
        yield from self._inputs()
        if found.problem is None:
            yield self._text("not_staged")

    def _head(self) -> Iterator[str]:
        found, about = self.explanation, self.explanation.about
        named = f"{found.manifest['dataset']} {found.manifest['version']}"
        yield f"{named}, {self._text('table')} {found.table}: {about['title'][self.language]}"
        yield ""
        chosen = [*about["key"], found.column] if found.column else list(found.values)
        columns = list(dict.fromkeys(each for each in chosen if each in found.values))
        margin = max(map(len, columns))
        for column in columns:
            value = self._value(column, found.values[column]) or self._text("missing")
            mark = "  <" if column == found.column else ""
            yield f"{_INDENT}{column:<{margin}}  {value}{mark}"
        if found.column:
            yield f"{_INDENT}{found.column}: {about['columns'][found.column][self.language]}"

    def _rules(self) -> Iterator[str]:
        results = self.explanation.results
        yield self._text("rules", passed=results.passed, rules=results.rules)
        for rule in results.failed:
            yield from self._rule(rule)

    def _rule(self, rule: FailedRule) -> Iterator[str]:
        sentence = rule.sentence_nl if self.language == "nl" else rule.sentence_en
        severity = self._text(f"severity.{rule.severity}")
        if not rule.here:
            counts = self._text(
                "elsewhere", failed=self._number(rule.failed), judged=self._number(rule.judged)
            )
            yield f"{_INDENT}{rule.rule_id} ({severity}): {counts} {sentence}"
            return
        yield f"{_INDENT}{rule.rule_id} ({severity}): {self._text('here')} {sentence}"
        for failure in rule.here:
            numbers = ((n, getattr(failure, n)) for n in ("observed", "expected", "deviation"))
            shown = [
                f"{self._text(name)} {self._number(value.normalize())}"
                for name, value in numbers
                if value is not None
            ]
            yield _INDENT * 3 + "; ".join([failure.words, *shown])

    def _steps(self, row: TracedRow, depth: int, explained: Mapping[str, Any]) -> Iterator[str]:
        self._shown.add(id(row))
        if not row.steps:
            yield _INDENT * depth + self._text("nothing_below")
        for step in row.steps or ():
            yield from self._step(step, depth, explained)

    def _step(self, step: Step, depth: int, explained: Mapping[str, Any]) -> Iterator[str]:
        indent = _INDENT * depth
        words = step.read.words
        read = step.read.reads.removeprefix("raw:")
        if step.file is not None:
            path = step.file.relative_to(ROOT).as_posix()
            yield f"{indent}- {f'{words.localized(self.language)} ' if words else ''}({path})"
            return
        counted = self._counted(step.count)
        yield f"{indent}- {f'{words.localized(self.language)} ' if words else ''}({read}: {counted})"
        summed = {c: total for c, total in step.totals.items() if total is not None}
        for column, total in summed.items() if step.count > 1 else ():
            parts = self._text(
                "parts",
                column=column,
                expression=step.read.parts[column],
                count=counted,
                total=self._value(column, total),
            )
            yield f"{indent}{_INDENT}{parts}"
        for part in step.parts:
            yield from self._part(step, part, summed, depth + 1, explained)
        if step.count > len(step.parts):
            more = "more" if step.parts else "further"
            left = self._number(step.count - len(step.parts))
            yield f"{indent}{_INDENT}{self._text(more, more=left)}"

    def _part(
        self,
        step: Step,
        part: Part,
        summed: Mapping[str, Any],
        depth: int,
        explained: Mapping[str, Any],
    ) -> Iterator[str]:
        indent = _INDENT * depth
        many = step.count > 1
        shares = [
            self._value(column, part.parts[column]) or self._text("missing")
            for column in (summed if many else ())
        ]
        row = part.row
        at = [f"({row.source.locator})"] if row.source and row.steps is None else []
        yield indent + "   ".join([*shares, self._row(row, numbers=not shares), *at])
        if id(row) in self._shown:
            if row.steps:
                yield f"{indent}{self._text('above')}"
            return
        if row.source is not None:
            # Of many source rows only those that are followed are shown in full.
            if row.steps is not None:
                self._shown.add(id(row))
                yield from self._source(row, row.source, depth, explained)
        elif step.read.reads.startswith("reference:"):
            yield indent + _reference(step.read.reads, row)
        elif row.steps is not None:
            yield from self._steps(row, depth, row.values)

    def _source(
        self, row: TracedRow, place: SourcePlace, depth: int, explained: Mapping[str, Any]
    ) -> Iterator[str]:
        indent = _INDENT * depth
        for taken in source_values.taken(explained, row.values):
            factor = f" × {self._number(taken.factor)}" if taken.factor > 1 else ""
            value = self._value(taken.column, taken.number)
            yield f"{indent}{taken.column} {value} = {taken.source_column} “{taken.text}”{factor}"
        for each in self.explanation.corrections_at(row.table, place):
            yield indent + self._text("corrected", **each)
        captured = self._text("captured", at=place.captured_at, origin=place.origin)
        yield f"{indent}{place.locator}, {self._text('object')} sha256 {place.sha256}"
        yield f"{indent}{place.source}, {place.name}, {captured}"
        if place.later:
            yield indent + self._text("later")
        if place.url:
            yield f"{indent}{place.url}"
        if self.open:
            for line in self.explanation.sources.opened(place).lines:
                yield f"{indent}| {line}"

    def _inputs(self) -> Iterator[str]:
        yield self._text("inputs")
        for taken in self.explanation.manifest["inputs"]:
            captured = self._text("captured", at=taken["retrieved_at"], origin=taken["origin"])
            yield f"{_INDENT}{taken['source']}, {captured}"
            for each in taken["responses"]:
                yield f"{_INDENT * 2}{each['sha256'][:_SHORT]}…  {each['url']}"

    def _text(self, key: str, **values: object) -> str:
        """A text of phrases.yaml, with the values filled in."""
        return texts(_PHRASES)[self.language][key].format(**values)

    def _number(self, value: Decimal | int) -> str:
        """A number in the notation of the language, with all its digits and no more."""
        text = f"{value:,f}" if isinstance(value, Decimal) else f"{value:,}"
        return notation(text, self.language)

    def _counted(self, rows: int) -> str:
        return self._text("one_row" if rows == 1 else "many_rows", count=self._number(rows))

    def _row(self, row: TracedRow, numbers: bool) -> str:
        """A row on one line: its key and numbers; for source and reference rows every filled column."""
        cells = [
            f"{column} {value}"
            for column in _columns(row, numbers)
            if (value := self._value(column, row.values.get(column)).strip())
        ]
        return ", ".join(cells)

    def _value(self, column: str, value: Any) -> str:
        """A value as a person writes it: euros and percentages by the ending of the column."""
        if value is None:
            return ""
        if isinstance(value, str) and not value.isprintable():
            return " ".join(value.split())
        if not isinstance(value, Decimal):
            return str(value)
        number = self._number(value)
        if column.endswith("_eur"):
            return f"€ {number}"
        return f"{number} %" if column.endswith("_pct") else number


def _columns(row: TracedRow, numbers: bool) -> list[str]:
    """The columns that identify a row, and those with numbers."""
    filled = [column for column in row.values if not column.startswith("_")]
    if ":" in row.table:
        return filled
    dataset, _, table = row.table.partition(".")
    key = _key(dataset, table)
    more = [column for column in filled if numbers and isinstance(row.values[column], Decimal)]
    return list(dict.fromkeys((*key, *more))) if key else filled


@cache
def _key(dataset: str, table: str) -> tuple[str, ...]:
    about = contract_of(dataset)["tables"].get(table)
    return tuple(about["key"]) if about else ()


def _reference(reads: str, row: TracedRow) -> str:
    file = reference_rows.path_of(reads.partition(":")[2]).relative_to(ROOT).as_posix()
    line = row.values.get(reference_rows.LINE)
    return f"{file}, line {line}" if line else f"{file}, row {row.place + 1}"
