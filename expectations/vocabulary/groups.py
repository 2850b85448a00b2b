"""Rules about groups of rows: sums, reconciliations, coverage, counts.

Each measures one row per group with the columns `group` (in words), `key` (as JSON), `observed`,
`expected` and `deviation`, so that a failing rule names the groups that fail and by how much.
"""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar, Literal, Self

import polars as pl
from pydantic import Field, model_validator

from expectations.vocabulary.base import Bounded, References
from expectations.vocabulary.measure import (
    MEASURE,
    Filter,
    Tolerance,
    keyed,
    named,
    percentage,
    sum_if_any,
    where,
)
from expectations.vocabulary.wording import Sentence, alike

MEASURED = ("group", "key", "observed", "expected", "deviation")


class GroupRule(Bounded):
    """One measured row per value of `by`."""

    about: ClassVar[Literal["rows", "groups"]] = "groups"

    by: tuple[str, ...] = ()

    @property
    def deviation(self) -> str:
        return "deviation"

    def _compare(self, observed: pl.LazyFrame, expected: pl.LazyFrame) -> pl.LazyFrame:
        """Join two frames (`by` + `observed` / `expected`) to the measured columns.

        Groups that only one side knows are not judged: the other side has nothing to say there.
        """
        if self.by:
            joined = observed.join(expected, on=list(self.by), how="inner", maintain_order="left")
        else:
            joined = observed.join(expected, how="cross")
        return (
            joined.with_columns(group=named(self.by), key=keyed(self.by))
            .with_columns(deviation=pl.col("observed") - pl.col("expected"))
            .select(MEASURED)
            .drop_nulls("deviation")
            .sort("group")
        )

    def _total(self, frame: pl.LazyFrame, value: pl.Expr, name: str) -> pl.LazyFrame:
        value = value.cast(MEASURE).alias(name)
        return frame.group_by(self.by).agg(value) if self.by else frame.select(value)


class SumsTo(GroupRule):
    """Parts add up to the total that the same table states."""

    kind: Literal["sums_to"] = "sums_to"
    usual_cause: ClassVar[str] = (
        "a part missing or counted twice, a total among its parts, or rounding beyond the tolerance"
    )
    column: str
    parts: Filter
    total: Filter
    within: Tolerance = Decimal(0)

    def bounds(self) -> tuple[Decimal | None, Decimal | None]:
        return -self.within, self.within

    def measured(self, frame: pl.LazyFrame, references: References) -> pl.LazyFrame:
        parts = self._total(
            frame.filter(where(self.parts)), sum_if_any(pl.col(self.column)), "observed"
        )
        total = self._total(
            frame.filter(where(self.total)), sum_if_any(pl.col(self.column)), "expected"
        )
        return self._compare(parts, total)

    def description(self) -> Sentence:
        return self._sentence(
            nl="{per}: `{column}` van {parts} telt op tot {total}, op {within} na.",
            en="{per}: `{column}` of {parts} adds up to {total} within {within}.",
        )


class Reconciles(GroupRule):
    """A sum equals what another table states about the same thing.

    within: absolute tolerance; within_pct: relative to the expected value, in percent.
    """

    kind: Literal["reconciles"] = "reconciles"
    usual_cause: ClassVar[str] = (
        "one of the two publications was revised later, or counts other rows"
    )
    column: str
    where: Filter = Field(default_factory=dict)
    reference: str
    reference_column: str
    reference_where: Filter = Field(default_factory=dict)
    within: Tolerance = Decimal(0)
    within_pct: Tolerance | None = None

    def references(self) -> tuple[str, ...]:
        return (self.reference,)

    def bounds(self) -> tuple[Decimal | None, Decimal | None]:
        tolerance = self.within if self.within_pct is None else self.within_pct
        return -tolerance, tolerance

    def measured(self, frame: pl.LazyFrame, references: References) -> pl.LazyFrame:
        other = references[self.reference].filter(where(self.reference_where))
        compared = self._compare(
            self._total(
                frame.filter(where(self.where)), sum_if_any(pl.col(self.column)), "observed"
            ),
            self._total(other, sum_if_any(pl.col(self.reference_column)), "expected"),
        )
        if self.within_pct is None:
            return compared
        relative = percentage(pl.col("deviation"), pl.col("expected"))
        # Where nothing was expected, every amount is beyond any percentage.
        beyond = pl.col("deviation").sign() * (self.within_pct + 100)
        return compared.with_columns(deviation=relative.fill_null(beyond.cast(MEASURE)))

    def description(self) -> Sentence:
        share = self._sentence("{within_pct} %", "{within_pct} %")
        return self._sentence(
            nl="{per}: `{column}` van {where} is gelijk aan `{reference}.{reference_column}`, op "
            "{tolerance} na.",
            en="{per}: `{column}` of {where} equals `{reference}.{reference_column}` within "
            "{tolerance}.",
            tolerance=self.within if self.within_pct is None else share,
        )


class SameTotal(GroupRule):
    """The series of a table have the same total: amounts may be in other rows, none is added or lost.

    series: the column that distinguishes them. base: the one the others are compared with. Each must be there
    in every group in which the base has an amount; where given only in those `scope`s (columns of `by`)
    in which it occurs at all. A table with no series but the base fails.
    """

    kind: Literal["same_total"] = "same_total"
    usual_cause: ClassVar[str] = "rows of one series that found no place in another"
    column: str
    series: str
    base: str
    where: Filter = Field(default_factory=dict)
    scope: tuple[str, ...] = ()
    by: tuple[str, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _scope_is_of_by(self) -> Self:
        if unknown := sorted(set(self.scope) - set(self.by)):
            raise ValueError(f"scope columns {unknown} are not among those of by")
        return self

    def bounds(self) -> tuple[Decimal | None, Decimal | None]:
        return Decimal(0), Decimal(0)

    def measured(self, frame: pl.LazyFrame, references: References) -> pl.LazyFrame:
        each = [*self.by, self.series]
        one = pl.lit(1).alias("_one")  # what all rows have in common, where there is no scope
        totals = (
            frame.filter(where(self.where))
            .group_by(one, *each)
            .agg(observed=sum_if_any(pl.col(self.column)))
        )
        is_base = pl.col(self.series) == self.base
        base = totals.filter(is_base).drop(self.series).rename({"observed": "expected"})
        others = totals.filter(~is_base)
        scope = ["_one", *self.scope]
        # Without other series the base's groups stay, to be compared with nothing.
        wanted = base.join(others.select(*scope, self.series).unique(), on=scope, how="left")
        nothing = pl.lit(0).cast(MEASURE)
        return (
            wanted.join(others, on=["_one", *each], how="full", coalesce=True, nulls_equal=True)
            .filter(pl.col("observed").is_not_null() | pl.col("expected").is_not_null())
            .with_columns(
                pl.col("observed", "expected").fill_null(nothing),
                group=named(tuple(each)),
                key=keyed(tuple(each)),
            )
            .with_columns(deviation=pl.col("observed") - pl.col("expected"))
            .select(MEASURED)
            .sort("group")
        )

    def description(self) -> Sentence:
        return self._sentence(
            nl="{per}: elke andere `{series}` heeft hetzelfde totaal van `{column}` van {where} als "
            "{base}.",
            en="{per}: every other `{series}` has the same total of `{column}` of {where} as {base}.",
        )


class Coverage(GroupRule):
    """Rows that have a value stand for enough of the weight (say, of the inhabitants)."""

    kind: Literal["coverage"] = "coverage"
    usual_cause: ClassVar[str] = "reports that have not come in yet"
    column: str
    weight: str
    where: Filter = Field(default_factory=dict)
    min_pct: Tolerance

    def bounds(self) -> tuple[Decimal | None, Decimal | None]:
        return self.min_pct, None

    def measured(self, frame: pl.LazyFrame, references: References) -> pl.LazyFrame:
        weight = pl.col(self.weight).cast(MEASURE)
        present = weight.filter(pl.col(self.column).is_not_null()).sum()
        rows = frame.filter(where(self.where) & pl.col(self.weight).is_not_null())
        totals = self._total(rows, present, "observed")
        share = percentage(pl.col("observed"), pl.col("expected"))
        return self._compare(totals, self._total(rows, weight.sum(), "expected")).with_columns(
            deviation=share
        )

    def description(self) -> Sentence:
        return self._sentence(
            nl="{per}: rijen met `{column}` hebben samen minstens {min_pct} % van `{weight}`.",
            en="{per}: rows with `{column}` hold at least {min_pct} % of `{weight}`.",
        )


class Complete(GroupRule):
    """Every code that a reference lists for a group occurs in it; `deviation` counts the absent."""

    kind: Literal["complete"] = "complete"
    usual_cause: ClassVar[str] = (
        "a recipient that is missing at the source, or a name that was not recognised"
    )
    column: str
    reference: str
    reference_column: str
    by: tuple[str, ...] = Field(min_length=1)

    def references(self) -> tuple[str, ...]:
        return (self.reference,)

    def bounds(self) -> tuple[Decimal | None, Decimal | None]:
        return Decimal(0), Decimal(0)

    def measured(self, frame: pl.LazyFrame, references: References) -> pl.LazyFrame:
        shared = [c for c in self.by if c in references[self.reference].collect_schema().names()]
        present = frame.select(*self.by, self.column).unique()
        listed = (
            references[self.reference]
            .select(*shared, pl.col(self.reference_column).alias(self.column))
            .drop_nulls(self.column)
        )
        wanted = present.select(self.by).unique().join(listed.unique(), on=shared, how="inner")
        found = pl.col("_found").is_not_null()
        counted = wanted.join(
            present.with_columns(_found=pl.lit(True)), on=[*self.by, self.column], how="left"
        )
        observed = self._total(counted, found.sum(), "observed")
        return self._compare(observed, self._total(counted, pl.len(), "expected"))

    def description(self) -> Sentence:
        return self._sentence(
            nl="{per}: elke `{reference}.{reference_column}` komt voor in `{column}`.",
            en="{per}: every `{reference}.{reference_column}` occurs in `{column}`.",
        )


class RowCount(GroupRule):
    """A group has the number of rows it must have: exactly so many, or at least."""

    kind: Literal["row_count"] = "row_count"
    usual_cause: ClassVar[str] = "a delivery that was cut off, or rows that were added since"
    where: Filter = Field(default_factory=dict)
    equals: int | None = None
    at_least: int | None = None

    @model_validator(mode="after")
    def _one_number(self) -> Self:
        if (self.equals is None) == (self.at_least is None):
            raise ValueError("give either equals or at_least")
        return self

    @property
    def _wanted(self) -> int:
        return self.equals if self.equals is not None else self.at_least or 0

    def bounds(self) -> tuple[Decimal | None, Decimal | None]:
        return Decimal(0), None if self.equals is None else Decimal(0)

    def measured(self, frame: pl.LazyFrame, references: References) -> pl.LazyFrame:
        counted = self._total(frame.filter(where(self.where)), pl.len(), "observed")
        return self._compare(
            counted,
            counted.with_columns(expected=pl.lit(self._wanted).cast(MEASURE)).drop("observed"),
        )

    def description(self) -> Sentence:
        least = Sentence("minstens ", "at least ") if self.equals is None else alike("")
        return self._sentence(
            nl="{per}: {least}{wanted} rijen van {where}.",
            en="{per}: {least}{wanted} rows of {where}.",
            least=least,
            wanted=self._wanted,
        )
