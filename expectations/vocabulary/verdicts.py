"""Rules about words that a table concludes from its own numbers.

What belongs here: that such a word agrees with the numbers in its row. What does not: where the numbers
come from.
"""

from __future__ import annotations

from typing import ClassVar, Literal

import polars as pl
from pydantic import Field

from expectations.vocabulary.base import Expectation, References, Rule
from expectations.vocabulary.wording import Sentence, alike


class Verdict(Rule):
    """A word states whether a number is within the bounds in its row, both included.

    column: the number. lowest and highest: the columns of its bounds; an empty bound is none.
    word: the column that concludes. within, beyond and unknown: the words it may have when the number
    is within its bounds, when it does not, and when there is no number.
    """

    kind: Literal["verdict"] = "verdict"
    usual_cause: ClassVar[str] = (
        "a verdict that was written by hand, or kept when its number changed"
    )
    column: str
    lowest: str
    highest: str
    word: str
    within: tuple[str, ...] = Field(min_length=1)
    beyond: tuple[str, ...] = Field(min_length=1)
    unknown: tuple[str, ...] = ()

    @property
    def _justified(self) -> str:
        # The id makes the helper column unique when a table has several such rules.
        return f"_{self.id} justified"

    def measured(self, frame: pl.LazyFrame, references: References) -> pl.LazyFrame:
        number = pl.col(self.column)
        is_within = (number >= pl.col(self.lowest)).fill_null(True) & (
            number <= pl.col(self.highest)
        ).fill_null(True)
        word = pl.col(self.word)
        justified = (
            pl.when(number.is_null())
            .then(word.is_in(list(self.unknown)))
            .when(is_within)
            .then(word.is_in(list(self.within)))
            .otherwise(word.is_in(list(self.beyond)))
        )
        answer = pl.when(justified).then(pl.lit("yes")).otherwise(pl.lit("no"))
        return frame.with_columns(pl.when(word.is_not_null()).then(answer).alias(self._justified))

    def fails(self) -> pl.Expr:
        return pl.col(self._justified) == "no"

    def expectation(self, references: References) -> Expectation:
        return Expectation(
            "ExpectColumnValuesToBeInSet", {"column": self._justified, "value_set": ["yes"]}
        )

    def description(self) -> Sentence:
        within, beyond, unknown = map(_either, (self.within, self.beyond, self.unknown))
        without = self._sentence(
            ", {unknown} zonder getal", ", {unknown} without a number", unknown=unknown
        )
        return self._sentence(
            nl="`{word}` is {within} als `{column}` tussen `{lowest}` en `{highest}` ligt, {beyond} als "
            "dat niet zo is{without}.",
            en="`{word}` is {within} when `{column}` lies between `{lowest}` and `{highest}`, {beyond} "
            "when it does not{without}.",
            within=within,
            beyond=beyond,
            without=without if self.unknown else alike(""),
        )


def _either(words: tuple[str, ...]) -> Sentence:
    return Sentence(" of ".join(words), " or ".join(words))
