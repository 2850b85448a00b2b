"""Rules about single rows: keys, presence, patterns, bounds.

Null is not judged by these rules (except `not_null`, `readable` and `key_unique`): missing is not
zero, and not wrong by itself.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

import polars as pl
from pydantic import AfterValidator, Field

from expectations.uniqueness import in_copies
from expectations.vocabulary.base import Bounded, Expectation, References, Rule
from expectations.vocabulary.measure import Filter, Tolerance, where
from expectations.vocabulary.wording import Sentence

PROBLEM = "_problem"

# Classes that mean other characters in other engines: ASCII in RE2 and JSON Schema, Unicode here.
_AMBIGUOUS = re.compile(r"\\[dDwWsSbB]")


def _portable(pattern: str) -> str:
    if found := _AMBIGUOUS.search(pattern):
        raise ValueError(f"{found[0]} differs between engines; write the characters, e.g. [0-9]")
    return pattern


Pattern = Annotated[str, Field(pattern=r"^\^.*\$$"), AfterValidator(_portable)]


def _anchored(pattern: str) -> str:
    """The pattern, matched against the entire text."""
    return f"^(?:{pattern})$"


class KeyUnique(Rule):
    """No two rows share a key. Every copy fails: which one is right cannot be known from here."""

    kind: Literal["key_unique"] = "key_unique"
    usual_cause: ClassVar[str] = (
        "a row delivered twice, two versions of it side by side, or a key that is too short"
    )
    columns: tuple[str, ...] = Field(min_length=1)

    @property
    def _twice(self) -> str:
        # The id makes the helper column unique when a table has several such rules.
        return f"_{self.id} twice"

    def measured(self, frame: pl.LazyFrame, references: References) -> pl.LazyFrame:
        return in_copies(frame, self.columns, self._twice)

    def fails(self) -> pl.Expr:
        # A single missing key is `not_null`'s business; in a compound key a missing part is a value.
        single = pl.col(self.columns[0]).is_not_null() if len(self.columns) == 1 else pl.lit(True)
        return pl.col(self._twice) & single

    def expectation(self, references: References) -> Expectation:
        if len(self.columns) == 1:
            return Expectation("ExpectColumnValuesToBeUnique", {"column": self.columns[0]})
        return Expectation(
            "ExpectCompoundColumnsToBeUnique",
            {"column_list": list(self.columns), "ignore_row_if": "never"},
        )

    def description(self) -> Sentence:
        return self._sentence(nl="`{columns}` komt één keer voor.", en="`{columns}` occurs once.")


class NotNull(Rule):
    """A required value is there."""

    kind: Literal["not_null"] = "not_null"
    usual_cause: ClassVar[str] = "a cell left empty at the source, or a column that moved"
    column: str

    def fails(self) -> pl.Expr:
        return pl.col(self.column).is_null()

    def expectation(self, references: References) -> Expectation:
        return Expectation("ExpectColumnValuesToNotBeNull", {"column": self.column})

    def description(self) -> Sentence:
        return self._sentence(nl="`{column}` is ingevuld.", en="`{column}` is filled.")


class Readable(Rule):
    """Every cell of the source row could be read: no text where a number belongs."""

    kind: Literal["readable"] = "readable"
    usual_cause: ClassVar[str] = (
        "text where a number belongs, or a notation of numbers the reader does not know"
    )

    def fails(self) -> pl.Expr:
        return pl.col(PROBLEM).is_not_null()

    def expectation(self, references: References) -> Expectation:
        return Expectation("ExpectColumnValuesToBeNull", {"column": PROBLEM})

    def description(self) -> Sentence:
        return self._sentence(
            nl="Elke cel van de bronrij kon worden gelezen.",
            en="Every cell of the source row could be read.",
        )


class InSet(Rule):
    """A value is one of a closed list. where: the rows it is about; all of them without it."""

    kind: Literal["in_set"] = "in_set"
    usual_cause: ClassVar[str] = "a new or renamed value at the source, or a column that moved"
    column: str
    values: tuple[str, ...] = Field(min_length=1)
    where: Filter = Field(default_factory=dict)

    @property
    def _judged(self) -> str:
        # The id makes the helper column unique when a table has several such rules.
        return f"_{self.id} judged" if self.where else self.column

    def measured(self, frame: pl.LazyFrame, references: References) -> pl.LazyFrame:
        if not self.where:
            return frame
        return frame.with_columns(
            pl.when(where(self.where)).then(pl.col(self.column)).alias(self._judged)
        )

    def fails(self) -> pl.Expr:
        return ~pl.col(self._judged).is_in(list(self.values))

    def expectation(self, references: References) -> Expectation:
        return Expectation(
            "ExpectColumnValuesToBeInSet", {"column": self._judged, "value_set": list(self.values)}
        )

    def description(self) -> Sentence:
        of = self._sentence(" van {where}", " of {where}") if self.where else ""
        return self._sentence(
            nl="`{column}`{of} is een van {listed}.",
            en="`{column}`{of} is one of {listed}.",
            listed=", ".join(self.values),
            of=of,
        )


class Matches(Rule):
    """A text has the agreed shape. The pattern matches the entire text and stays within RE2."""

    kind: Literal["matches"] = "matches"
    usual_cause: ClassVar[str] = (
        "a code written differently (spaces, leading zeros), or a column that moved"
    )
    column: str
    pattern: Pattern

    def fails(self) -> pl.Expr:
        return ~pl.col(self.column).str.contains(_anchored(self.pattern))

    def expectation(self, references: References) -> Expectation:
        return Expectation(
            "ExpectColumnValuesToMatchRegex",
            {"column": self.column, "regex": _anchored(self.pattern)},
        )

    def description(self) -> Sentence:
        return self._sentence(
            nl="`{column}` heeft de vorm `{pattern}`.", en="`{column}` matches `{pattern}`."
        )


class Excludes(Rule):
    """A text never has a certain shape, e.g. no national row among municipalities."""

    kind: Literal["excludes"] = "excludes"
    usual_cause: ClassVar[str] = "a total or national row among the details"
    column: str
    pattern: Pattern

    def fails(self) -> pl.Expr:
        return pl.col(self.column).str.contains(_anchored(self.pattern))

    def expectation(self, references: References) -> Expectation:
        return Expectation(
            "ExpectColumnValuesToNotMatchRegex",
            {"column": self.column, "regex": _anchored(self.pattern)},
        )

    def description(self) -> Sentence:
        return self._sentence(
            nl="`{column}` heeft nooit de vorm `{pattern}`.",
            en="`{column}` never matches `{pattern}`.",
        )


class Between(Rule):
    """A number is within bounds, both included."""

    kind: Literal["between"] = "between"
    usual_cause: ClassVar[str] = (
        "thousands of euros read as euros or the reverse, or a lost decimal comma"
    )
    column: str
    min: int | None = None
    max: int | None = None

    def fails(self) -> pl.Expr:
        column = pl.col(self.column)
        low = column < self.min if self.min is not None else pl.lit(False)
        high = column > self.max if self.max is not None else pl.lit(False)
        return low | high

    def expectation(self, references: References) -> Expectation:
        return Expectation(
            "ExpectColumnValuesToBeBetween",
            {"column": self.column, "min_value": self.min, "max_value": self.max},
        )

    def description(self) -> Sentence:
        if self.max is None:
            return self._sentence("`{column}` is minstens {min}.", "`{column}` is at least {min}.")
        if self.min is None:
            return self._sentence("`{column}` is hoogstens {max}.", "`{column}` is at most {max}.")
        return self._sentence(
            nl="`{column}` ligt tussen {min} en {max}.",
            en="`{column}` lies between {min} and {max}.",
        )


class Sign(Bounded):
    """An amount is on its own side of zero.

    beyond: how far a correction may cross over; where: the rows it is about.
    """

    kind: Literal["sign"] = "sign"
    usual_cause: ClassVar[str] = (
        "a correction booked on the wrong side, or a sign error at the source"
    )
    column: str
    sign: Literal["not_negative", "not_positive"]
    beyond: Tolerance = Decimal(0)
    where: Filter = Field(default_factory=dict)

    def bounds(self) -> tuple[Decimal | None, Decimal | None]:
        return (-self.beyond, None) if self.sign == "not_negative" else (None, self.beyond)

    def measured(self, frame: pl.LazyFrame, references: References) -> pl.LazyFrame:
        amount = pl.when(where(self.where)).then(pl.col(self.column))
        return frame.with_columns(amount.alias(self.deviation))

    def description(self) -> Sentence:
        beyond = self._sentence(" meer dan {beyond}", " beyond {beyond}") if self.beyond else ""
        negative = self.sign == "not_negative"
        return self._sentence(
            nl="`{column}` van {where} is niet{beyond} {side}.",
            en="`{column}` of {where} is not {side}{beyond}.",
            beyond=beyond,
            side=Sentence("negatief", "negative") if negative else Sentence("positief", "positive"),
        )


class NotAfter(Rule):
    """A moment does not come after another one of the same row.

    Only what is known of both is compared: 2024-12 is not after 2024.
    """

    kind: Literal["not_after"] = "not_after"
    usual_cause: ClassVar[str] = "two dates swapped, or a typing error in a year"
    column: str
    other: str

    @property
    def _compared(self) -> tuple[str, str]:
        # The id makes the helper columns unique when a table has several such rules.
        return f"_{self.id} {self.column}", f"_{self.id} {self.other}"

    def measured(self, frame: pl.LazyFrame, references: References) -> pl.LazyFrame:
        moments = [pl.col(c).cast(pl.String) for c in (self.column, self.other)]
        known = pl.min_horizontal(moment.str.len_chars() for moment in moments)
        return frame.with_columns(
            moment.str.head(known).alias(name)
            for moment, name in zip(moments, self._compared, strict=True)
        )

    def fails(self) -> pl.Expr:
        column, other = self._compared
        return pl.col(column) > pl.col(other)

    def expectation(self, references: References) -> Expectation:
        column, other = self._compared
        return Expectation(
            "ExpectColumnPairValuesAToBeGreaterThanB",
            {
                "column_A": other,
                "column_B": column,
                "or_equal": True,
                "ignore_row_if": "either_value_is_missing",
            },
        )

    def description(self) -> Sentence:
        return self._sentence(
            nl="`{column}` ligt niet na `{other}`.", en="`{column}` is not after `{other}`."
        )
