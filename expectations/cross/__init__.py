"""Rules between tables, which belong to none of them: `datasets/cross.yaml`, strictly read.

What belongs here: the model of that file, and the comparisons its rules make. What does not: how rules
are judged, reported and gated. That goes the way of every table, because the rules that guard a dataset
become one more table of it, `cross`, with a row for each comparison.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Literal

import polars as pl
from pydantic import Field, model_validator

from expectations.vocabulary import AnyRule, Expectation, References, Rule
from expectations.vocabulary.wording import Sentence, either
from expectations.yaml_models import Strict

TABLE = "cross"


class Across(Rule):
    """A rule about groups of a table that was built before, not of the table it is written at.

    table: `dataset.table`, its left side; the rule itself names the right one. filled: columns that
    must have a value in the rows that are compared.
    """

    about: ClassVar[Literal["rows", "groups"]] = "groups"

    table: str
    filled: tuple[str, ...] = ()
    rule: AnyRule

    @model_validator(mode="before")
    @classmethod
    def _written_as_one(cls, data: Any) -> Any:
        """In the file it is a rule as in any contract, with a table."""
        if not isinstance(data, dict) or "rule" in data:
            return data
        own = {key: data[key] for key in ("table", "filled") if key in data}
        rule = {key: value for key, value in data.items() if key not in own}
        return {**own, **{key: rule[key] for key in Rule.model_fields if key in rule}, "rule": rule}

    @model_validator(mode="after")
    def _compares_groups(self) -> Across:
        if self.rule.about != "groups":
            raise ValueError(f"kind: {self.kind} is about rows; write it in the contract")
        return self

    @property
    def kind(self) -> str:
        """The kind of the rule itself."""
        return self.rule.kind

    def references(self) -> tuple[str, ...]:
        return (self.table, *self.rule.references())

    def measured(self, frame: pl.LazyFrame, references: References) -> pl.LazyFrame:
        rows = references[self.table]
        return self.rule.measured(rows.drop_nulls(self.filled) if self.filled else rows, references)

    def fails(self) -> pl.Expr:
        return self.rule.fails()

    def expectation(self, references: References) -> Expectation:
        return self.rule.expectation(references)

    def description(self) -> Sentence:
        sentence = Sentence(*(text[0].lower() + text[1:] for text in self.rule.description()))
        where = self._sentence(
            nl=" waar {columns} is ingevuld",
            en=" where {columns} is filled",
            columns=either(self.filled, " en ", " and "),
        )
        return self._sentence(
            nl="In `{table}`{where}, {sentence}",
            en="In `{table}`{where}, {sentence}",
            where=where if self.filled else "",
            sentence=sentence,
        )

    def suggested_cause(self) -> str:
        return self.rule.suggested_cause()


class Crossings(Strict):
    """The file. table: what the table of comparisons promises. rules: by the dataset they guard."""

    table: dict[str, Any]
    rules: dict[str, tuple[Across, ...]] = Field(min_length=1)


def compared(rules: Iterable[Across], references: References) -> pl.LazyFrame:
    """Every comparison the rules make: `rule_id`, `group`, `observed`, `expected`, `deviation`."""
    return pl.concat(
        rule.measured(pl.LazyFrame(), references).select(
            pl.lit(rule.id).alias("rule_id"), "group", "observed", "expected", "deviation"
        )
        for rule in rules
    )
