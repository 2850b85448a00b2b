"""Rules about single rows: keys, presence, codes, patterns, bounds.

Null is not judged by these rules (except `not_null`, `readable` and `key_unique`): missing is not
zero, and not wrong by itself.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

import polars as pl
from pydantic import AfterValidator, Field

from expectations.vocabulary.base import Expectation, References, Rule

PROBLEM = "_problem"

# Classes that mean other characters in other engines: ASCII in RE2 and JSON Schema, Unicode here.
_AMBIGUOUS = re.compile(r"\\[dDwWsSbB]")


def _portable(pattern: str) -> str:
    if found := _AMBIGUOUS.search(pattern):
        raise ValueError(f"{found[0]} differs between engines; write the characters, e.g. [0-9]")
    return pattern


Pattern = Annotated[str, Field(pattern=r"^\^.*\$$"), AfterValidator(_portable)]


def _whole(pattern: str) -> str:
    """The pattern over the whole text, for Polars."""
    return f"^(?:{pattern})$"


def _whole_for_python(pattern: str) -> str:
    """The same for Great Expectations: Python's `$` also matches before a last line break."""
    return rf"^(?:{pattern})(?![\s\S])"


class KeyUnique(Rule):
    """No two rows share a key. Every copy fails: which one is right cannot be known from here."""

    kind: Literal["key_unique"] = "key_unique"
    columns: tuple[str, ...] = Field(min_length=1)

    def fails(self) -> pl.Expr:
        twice = pl.struct(self.columns).is_duplicated()
        # A single missing key is `not_null`'s business; in a compound key a missing part is a value.
        return twice & pl.col(self.columns[0]).is_not_null() if len(self.columns) == 1 else twice

    def expectation(self, references: References) -> Expectation:
        if len(self.columns) == 1:
            return Expectation("ExpectColumnValuesToBeUnique", {"column": self.columns[0]})
        return Expectation(
            "ExpectCompoundColumnsToBeUnique",
            {"column_list": list(self.columns), "ignore_row_if": "never"},
        )

    def sentence(self) -> str:
        return f"`{' × '.join(self.columns)}` occurs once."


class NotNull(Rule):
    """A required value is there."""

    kind: Literal["not_null"] = "not_null"
    column: str

    def fails(self) -> pl.Expr:
        return pl.col(self.column).is_null()

    def expectation(self, references: References) -> Expectation:
        return Expectation("ExpectColumnValuesToNotBeNull", {"column": self.column})

    def sentence(self) -> str:
        return f"`{self.column}` is filled."


class Readable(Rule):
    """Every cell of the source row could be read: no text where a number belongs."""

    kind: Literal["readable"] = "readable"

    def fails(self) -> pl.Expr:
        return pl.col(PROBLEM).is_not_null()

    def expectation(self, references: References) -> Expectation:
        return Expectation("ExpectColumnValuesToBeNull", {"column": PROBLEM})

    def sentence(self) -> str:
        return "Every cell of the source row could be read."


class InSet(Rule):
    """A value is one of a closed list."""

    kind: Literal["in_set"] = "in_set"
    column: str
    values: tuple[str, ...] = Field(min_length=1)

    def fails(self) -> pl.Expr:
        return ~pl.col(self.column).is_in(list(self.values))

    def expectation(self, references: References) -> Expectation:
        return Expectation(
            "ExpectColumnValuesToBeInSet", {"column": self.column, "value_set": list(self.values)}
        )

    def sentence(self) -> str:
        return f"`{self.column}` is one of {', '.join(self.values)}."


class Matches(Rule):
    """A text has the agreed shape. The pattern speaks about the whole text and stays within RE2."""

    kind: Literal["matches"] = "matches"
    column: str
    pattern: Pattern

    def fails(self) -> pl.Expr:
        return ~pl.col(self.column).str.contains(_whole(self.pattern))

    def expectation(self, references: References) -> Expectation:
        return Expectation(
            "ExpectColumnValuesToMatchRegex",
            {"column": self.column, "regex": _whole_for_python(self.pattern)},
        )

    def sentence(self) -> str:
        return f"`{self.column}` matches `{self.pattern}`."


class Excludes(Rule):
    """A text never has a certain shape, e.g. no national row among municipalities."""

    kind: Literal["excludes"] = "excludes"
    column: str
    pattern: Pattern

    def fails(self) -> pl.Expr:
        return pl.col(self.column).str.contains(_whole(self.pattern))

    def expectation(self, references: References) -> Expectation:
        return Expectation(
            "ExpectColumnValuesToNotMatchRegex",
            {"column": self.column, "regex": _whole_for_python(self.pattern)},
        )

    def sentence(self) -> str:
        return f"`{self.column}` never matches `{self.pattern}`."


class Between(Rule):
    """A number lies within bounds, both included."""

    kind: Literal["between"] = "between"
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

    def sentence(self) -> str:
        if self.max is None:
            return f"`{self.column}` is at least {self.min:,}."
        if self.min is None:
            return f"`{self.column}` is at most {self.max:,}."
        return f"`{self.column}` lies between {self.min:,} and {self.max:,}."


class NotAfter(Rule):
    """A moment does not come after another one of the same row.

    Only what is known of both is compared: 2024-12 is not after 2024.
    """

    kind: Literal["not_after"] = "not_after"
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

    def sentence(self) -> str:
        return f"`{self.column}` is not after `{self.other}`."


class InCodeList(Rule):
    """A code is in a reference table, where asked in that table's list of the same year.

    columns: of this table, code first. reference_columns: their counterparts over there.
    """

    kind: Literal["in_code_list"] = "in_code_list"
    columns: tuple[str, ...] = Field(min_length=1, max_length=2)
    reference: str
    reference_columns: tuple[str, ...] = Field(min_length=1, max_length=2)

    def references(self) -> tuple[str, ...]:
        return (self.reference,)

    @property
    def _joined(self) -> str:
        # The id makes the helper column unique when a table has several such rules.
        return f"_{self.id}"

    @staticmethod
    def _together(columns: tuple[str, ...]) -> pl.Expr:
        return pl.concat_str([pl.col(c).cast(pl.String) for c in columns], separator=" in ")

    def measured(self, frame: pl.LazyFrame, references: References) -> pl.LazyFrame:
        listed = (
            references[self.reference]
            .select(self._together(self.reference_columns).alias(self._joined))
            .unique()
            .with_columns(pl.lit(True).alias(f"{self._joined}_listed"))
        )
        joined = frame.with_columns(self._together(self.columns).alias(self._joined))
        return joined.join(listed, on=self._joined, how="left", maintain_order="left")

    def fails(self) -> pl.Expr:
        return pl.col(self._joined).is_not_null() & pl.col(f"{self._joined}_listed").is_null()

    def expectation(self, references: References) -> Expectation:
        listed = references[self.reference].select(self._together(self.reference_columns)).unique()
        values = listed.collect().to_series().drop_nulls().sort().to_list()
        return Expectation(
            "ExpectColumnValuesToBeInSet", {"column": self._joined, "value_set": values}
        )

    def sentence(self) -> str:
        own, other = " × ".join(self.columns), " × ".join(self.reference_columns)
        return f"`{own}` is in `{self.reference}` (`{other}`)."
