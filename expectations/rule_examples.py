"""Spec tables: a rule, the rows it is given, and the rows or groups it must flag.

What belongs here: the model of one file `<kind>.yaml` and its loader. The tests run every case
through both engines; the handbook prints the same cases. What does not: the tables themselves.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, field_validator

from expectations.contract import TYPES
from expectations.vocabulary import AnyRule, Rule

MISSING = "~"
_RULE: TypeAdapter[AnyRule] = TypeAdapter(AnyRule)


def _typed(name: str, kind: pl.DataType) -> pl.Expr:
    return pl.col(name).str.to_date() if kind == pl.Date() else pl.col(name).cast(kind)


class ExampleRows(BaseModel):
    """A small table. columns: name -> type as in a contract. Every cell is text, `~` is missing."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    columns: dict[str, str]
    rows: tuple[tuple[str | None, ...], ...]

    @field_validator("rows", mode="before")
    @classmethod
    def _missing(cls, rows: list[list[str]]) -> list[list[str | None]]:
        return [[None if cell == MISSING else cell for cell in row] for row in rows]

    def frame(self) -> pl.LazyFrame:
        """The rows in the types a contract would give them."""
        text = pl.LazyFrame(self.rows, schema=dict.fromkeys(self.columns, pl.String), orient="row")
        return text.select(_typed(name, TYPES[kind]) for name, kind in self.columns.items())


class RuleExample(ExampleRows):
    """One example. flagged: numbers of rows, counted from 1, or names of groups.

    judged: how many groups there are to judge; only for rules about groups.
    """

    title: str
    rule: Rule
    flagged: tuple[int, ...] | tuple[str, ...]
    references: dict[str, ExampleRows] = {}
    judged: int | None = None

    @field_validator("rule", mode="before")
    @classmethod
    def _any_rule(cls, rule: dict[str, Any]) -> Rule:
        return _RULE.validate_python({"id": "EX-1", "reason": "An example.", **rule})

    def reference_frames(self) -> dict[str, pl.LazyFrame]:
        """The tables the rule may look into."""
        return {name: rows.frame() for name, rows in self.references.items()}


class Spec(BaseModel):
    """All examples of one rule kind."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    cases: tuple[RuleExample, ...]


def load_specs(folder: Path) -> dict[str, Spec]:
    """The specs in a folder by kind. A rule in `<kind>.yaml` need not repeat its kind."""
    specs = {}
    for path in sorted(folder.glob("*.yaml")):
        # BaseLoader leaves every scalar the text it is: 6.1 stays a code and 2024-12 a moment.
        content = yaml.load(path.read_text("utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 (text only)
        for case in content["cases"]:
            case["rule"]["kind"] = content["kind"]
        specs[path.stem] = Spec.model_validate(content)
    return specs


def kind_of(rule: type[Rule]) -> str:
    """The name of a kind in a contract."""
    return str(rule.model_fields["kind"].default)
