"""The reconciliation rules of the SPUK ledger as a page: statement, reason, causes and examples of each.

What belongs here: the model of an example and the page `docs/rules/spuk-audit.md`, made from the contract of
spuk_ledger, the tables of causes and rules, and tests/rules/spuk. What does not: how a rule compares; the
tests run the same examples through the rules themselves.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, field_validator

from expectations.contract import Contract
from expectations.paths import ROOT
from expectations.rule_examples import MISSING
from expectations.vocabulary import Rule

EXAMPLES = ROOT / "tests" / "rules" / "spuk"
_REFERENCE = ROOT / "assets" / "reference"
PAGE = "spuk-audit.md"
FOUND = ("recipient", "component", "period", "cause", "class", "difference")

ExampleCells = tuple[str | None, ...]
ExampleTable = Callable[[Sequence[str], Iterable[Sequence[str]]], Iterable[str]]

INTRODUCTION = """\
# Reconciliation rules of the SPUK ledger

Each rule holds amounts of the ledger against each other. What does not agree is a row of the table
`findings` of dataset `spuk_ledger`, with both sides and their cells, a class, a cause and a next step; the
table `checks` counts the comparisons. Classes: **breach** (a provision was not kept), **source_error**
(a document contradicts itself, another one, or the map), **needs_explanation** (only its author can tell),
**known_exception** (as it should be, and good to know).

Missing is not zero: an amount that is not there is not compared. What is not due yet is not missing. The
examples are run by the tests; a column that is not shown has its usual value."""


class ExampleCase(BaseModel):
    """One example. Every cell is text, `~` is missing. found: what the rule must find, no more and no less.

    judged: how many comparisons it makes. regions: name -> who holds the mandate, then the members.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    columns: tuple[str, ...]
    rows: tuple[ExampleCells, ...]
    judged: int
    found: tuple[ExampleCells, ...]
    regions: dict[str, tuple[str, ...]] = {}
    lists: tuple[str, ...] = ()
    mergers: tuple[tuple[str, str, str], ...] = ()
    evidence: dict[str, str] = {}
    known_on: str = "2026-11-20"

    @field_validator("rows", "found", mode="before")
    @classmethod
    def _missing(cls, rows: list[list[str]]) -> list[list[str | None]]:
        return [[None if cell == MISSING else cell for cell in row] for row in rows]


class Example(BaseModel):
    """All examples of one rule."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rule: str
    cases: tuple[ExampleCase, ...]


def examples(folder: Path = EXAMPLES) -> dict[str, Example]:
    """The examples in a folder by rule."""
    found = {}
    for path in sorted(folder.glob("R*.yaml")):
        # BaseLoader leaves every scalar the text it is.
        content = yaml.load(path.read_text("utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 (text only)
        found[path.stem] = Example.model_validate(content)
    return found


def page(
    contract: Contract, examples_by_rule: Mapping[str, Example], table: ExampleTable
) -> Iterable[str]:
    """The page in lines. table: writes a head and a body as Markdown."""
    rules = {
        rule.id.removeprefix("SPL-"): rule
        for rule in contract.tables["findings"].rules
        if rule.id.startswith("SPL-R")
    }
    yield from (INTRODUCTION, "")
    statements = {row["rule"]: row for row in _reference("spuk_rules")}
    yield from table(
        ["rule", "what must hold", "severity", "where it comes from"],
        [
            [f"[{name}](#{name.lower()})", r.reason, r.severity, r.source]
            for name, r in rules.items()
        ],
    )
    for name, rule in rules.items():
        yield from _rule(name, rule, statements[name], examples_by_rule[name], table)


def _rule(
    name: str, rule: Rule, statement: Mapping[str, str], example: Example, table: ExampleTable
) -> Iterable[str]:
    yield from (f"## {name}", "", rule.reason, "", f"*{statement['statement_nl']}*", "")
    yield from (
        f"Severity: {rule.severity}, for all but known exceptions. Source: {rule.source}.",
        "",
    )
    yield from (f"Compared when there is: {statement['fills_from_en']}.", "")
    yield from table(
        ["cause", "class", "in words", "next step"],
        [
            [f"`{row['cause']}`", row["class"], row["cause_en"], row["next_step_en"]]
            for row in _reference("spuk_causes")
            if row["rule"] == name
        ],
    )
    for case in example.cases:
        yield from (f"**{case.title}**", "")
        if given := _given(case):
            yield from (f"With {given}.", "")
        if case.rows:
            yield from table(case.columns, [_shown(row) for row in case.rows])
        if case.found:
            yield from table(FOUND, [_shown(row) for row in case.found])
        yield from (f"Compared: {case.judged}. Found: {len(case.found)}.", "")


def _given(case: ExampleCase) -> str:
    parts = [f"region {name}: {', '.join(members)}" for name, members in case.regions.items()]
    if case.lists:
        parts.append(f"the municipalities {', '.join(case.lists)}")
    parts += [f"{gone} merged into {stays} on {day}" for day, gone, stays in case.mergers]
    if case.known_on != ExampleCase.model_fields["known_on"].default:
        parts.append(f"what was known on {case.known_on}")
    return "; ".join(parts)


def _shown(row: ExampleCells) -> list[str]:
    return ["" if cell is None else f"`{cell}`" for cell in row]


def _reference(name: str) -> list[dict[str, str]]:
    with (_REFERENCE / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
