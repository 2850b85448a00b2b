"""Rules about what a row points at: a code in a list, a row in another table, its parent.

A row that leaves the pointing column empty points at nothing and is not judged; that it should be
filled is another rule.
"""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar, Literal, Self

import polars as pl
from pydantic import Field, model_validator

from expectations.vocabulary.base import Bounded, Expectation, References, Rule
from expectations.vocabulary.measure import MEASURE, Filter, known, where
from expectations.vocabulary.wording import Sentence, alike, words


class InCodeList(Rule):
    """A code is in a reference table, where given in that table's list of the same year.

    columns: of this table, code first. reference_columns: their counterparts over there. where: the rows
    it is about.
    """

    kind: Literal["in_code_list"] = "in_code_list"
    usual_cause: ClassVar[str] = (
        "a code of another year's list, a merged municipality, or a typing error"
    )
    columns: tuple[str, ...] = Field(min_length=1, max_length=2)
    reference: str
    reference_columns: tuple[str, ...] = Field(min_length=1, max_length=2)
    where: Filter = Field(default_factory=dict)

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
        pointing = pl.when(where(self.where)).then(self._together(self.columns))
        joined = frame.with_columns(pointing.alias(self._joined))
        return joined.join(listed, on=self._joined, how="left", maintain_order="left")

    def fails(self) -> pl.Expr:
        return pl.col(self._joined).is_not_null() & pl.col(f"{self._joined}_listed").is_null()

    def expectation(self, references: References) -> Expectation:
        listed = references[self.reference].select(self._together(self.reference_columns)).unique()
        values = listed.collect().to_series().drop_nulls().sort().to_list()
        return Expectation(
            "ExpectColumnValuesToBeInSet", {"column": self._joined, "value_set": values}
        )

    def description(self) -> Sentence:
        rows = words(self.where)
        return self._sentence(
            nl="`{columns}`{of} staat in `{reference}` (`{reference_columns}`).",
            en="`{columns}`{of} is in `{reference}` (`{reference_columns}`).",
            of=Sentence(f" van {rows.nl}", f" of {rows.en}") if self.where else alike(""),
        )


class Referenced(Bounded):
    """A key occurs in another table, however many columns it has, and not too often.

    columns: of this table. reference_columns: their counterparts over there, in the same order.
    at_most: how many rows over there may have the key; any number when absent.
    """

    kind: Literal["referenced"] = "referenced"
    usual_cause: ClassVar[str] = (
        "one of the two tables was delivered without the other's last changes"
    )
    columns: tuple[str, ...] = Field(min_length=1)
    reference: str
    reference_columns: tuple[str, ...] = Field(min_length=1)
    reference_where: Filter = Field(default_factory=dict)
    at_most: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _paired(self) -> Self:
        if len(self.columns) != len(self.reference_columns):
            raise ValueError("columns and reference_columns must be as many")
        return self

    def references(self) -> tuple[str, ...]:
        return (self.reference,)

    def bounds(self) -> tuple[Decimal | None, Decimal | None]:
        return Decimal(1), None if self.at_most is None else Decimal(self.at_most)

    def measured(self, frame: pl.LazyFrame, references: References) -> pl.LazyFrame:
        keys = [f"{self.deviation} {number}" for number in range(len(self.columns))]
        there = references[self.reference].filter(where(self.reference_where))
        found = (
            there.select(_as_text(self.reference_columns, keys))
            .group_by(keys)
            .agg(pl.len().cast(MEASURE).alias(self.deviation))
        )
        joined = frame.with_columns(_as_text(self.columns, keys)).join(
            found, on=keys, how="left", maintain_order="left"
        )
        times = pl.when(known(self.columns)).then(pl.col(self.deviation).fill_null(Decimal(0)))
        return joined.with_columns(times.alias(self.deviation)).drop(keys)

    def description(self) -> Sentence:
        often = self._sentence(", hoogstens {at_most} keer", ", at most {at_most} times")
        return self._sentence(
            nl="`{columns}` komt voor in `{reference}` (`{reference_columns}`) van "
            "{reference_where}{often}.",
            en="`{columns}` occurs in `{reference}` (`{reference_columns}`) of "
            "{reference_where}{often}.",
            often="" if self.at_most is None else often,
        )


class OneParent(Bounded):
    """Each child has exactly one parent. All rows of a child with none or several fail.

    by: the list of parents that applies, say the year; the same child may move between two lists.
    """

    kind: Literal["one_parent"] = "one_parent"
    usual_cause: ClassVar[str] = (
        "a member listed under two parents, or moved without leaving the old one"
    )
    child: str
    parent: str
    by: tuple[str, ...] = ()

    def bounds(self) -> tuple[Decimal | None, Decimal | None]:
        return Decimal(1), Decimal(1)

    def measured(self, frame: pl.LazyFrame, references: References) -> pl.LazyFrame:
        child = (*self.by, self.child)
        parents = pl.col(self.parent).drop_nulls().n_unique().over(child).cast(MEASURE)
        return frame.with_columns(pl.when(known(child)).then(parents).alias(self.deviation))

    def description(self) -> Sentence:
        return self._sentence(
            nl="{per}: elke `{child}` heeft precies één `{parent}`.",
            en="{per}: each `{child}` has exactly one `{parent}`.",
        )


def _as_text(columns: tuple[str, ...], names: list[str]) -> list[pl.Expr]:
    """The columns as text under other names: a year compares with a year, whatever its type."""
    return [
        pl.col(column).cast(pl.String).alias(name)
        for column, name in zip(columns, names, strict=True)
    ]
