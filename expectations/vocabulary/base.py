"""What every rule is: an id, a severity, a reason, and one declaration with two uses.

The same object gives the row predicate for the split (`fails`, on the frame from `measured`) and
the Great Expectations class with its parameters (`expectation`, on that very frame). A rule about
rows measures the table itself; a rule about groups measures one row per group.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar, Literal, NamedTuple

import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from expectations.vocabulary.measure import MEASURE, not_below
from expectations.vocabulary.wording import Sentence, per, sentence

Severity = Literal["critical", "warning", "info"]
References = Mapping[str, pl.LazyFrame]


class Expectation(NamedTuple):
    """The name of a class in `great_expectations.expectations` and its keyword arguments."""

    name: str
    arguments: dict[str, Any]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it looks at."""
        single = [self.arguments.get(name) for name in ("column", "column_A", "column_B")]
        return tuple(c for c in (*single, *self.arguments.get("column_list", ())) if c)


class Rule(BaseModel):
    """One promise about a table.

    id: fixed for ever. severity: `critical` sets rows aside and blocks publication, `warning`
    publishes with a flag, `info` is a note. reason: why the promise matters. source: article, page,
    or "seen in the data". flag: the word written in the `flags` column when a warning fails.
    set_aside: the failing row leaves the table although the rule does not block; for rows that are
    right to leave out, like a total among its parts. cause: what most likely went wrong here, where
    the contract knows better than the kind.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[A-Z]{2,4}-[A-Za-z0-9_.-]+$")
    severity: Severity = "critical"
    reason: str
    source: str = "seen in the data"
    flag: str | None = None
    set_aside: bool = False
    cause: str | None = None

    usual_cause: ClassVar[str]
    about: ClassVar[Literal["rows", "groups"]] = "rows"

    def references(self) -> tuple[str, ...]:
        """`dataset.table` names of the other tables this rule reads."""
        return ()

    def measured(self, frame: pl.LazyFrame, references: References) -> pl.LazyFrame:
        """The frame the rule is about: the table itself, if need be with helper columns."""
        return frame

    def fails(self) -> pl.Expr:
        """True for each measured row that breaks the rule; null counts as not broken."""
        raise NotImplementedError

    def expectation(self, references: References) -> Expectation:
        """The same promise in the words of Great Expectations."""
        raise NotImplementedError

    def description(self) -> Sentence:
        """The rule in one sentence, for reports and docs."""
        raise NotImplementedError

    def sentence(self) -> str:
        """That sentence in English."""
        return self.description().en

    def _sentence(self, nl: str, en: str, **more: object) -> Sentence:
        """Both sentences, filled with the fields of the rule, `per` for its groups, and more."""
        return sentence(nl, en, {**vars(self), "per": per(getattr(self, "by", ())), **more})

    def suggested_cause(self) -> str:
        """What most likely went wrong when this fails: a place to start looking, not a verdict."""
        return self.cause or self.usual_cause

    @property
    def sets_aside(self) -> bool:
        """Whether a failing row leaves the table: always when critical, otherwise by `set_aside`."""
        return self.about == "rows" and (self.severity == "critical" or self.set_aside)


class Bounded(Rule):
    """A rule that measures a deviation and says how far it may go.

    The deviation is a column of decimals, null where there is nothing to judge. Both engines
    compare that one column with the bounds.
    """

    @property
    def deviation(self) -> str:
        """The measured column. The id makes it unique when a table has several such rules."""
        return f"_{self.id}"

    def bounds(self) -> tuple[Decimal | None, Decimal | None]:
        """Lowest and highest deviation that is still right."""
        raise NotImplementedError

    def fails(self) -> pl.Expr:
        low, high = self.bounds()
        deviation = pl.col(self.deviation)
        too_low = deviation < pl.lit(low, dtype=MEASURE) if low is not None else pl.lit(False)
        too_high = deviation > pl.lit(high, dtype=MEASURE) if high is not None else pl.lit(False)
        return too_low | too_high

    def expectation(self, references: References) -> Expectation:
        low, high = self.bounds()
        return Expectation(
            "ExpectColumnValuesToBeBetween",
            {
                "column": self.deviation,
                "min_value": None if low is None else -not_below(-low),
                "max_value": None if high is None else not_below(high),
            },
        )
