"""Rules about groups of rows: sums, reconciliations, coverage, counts.

Each measures one row per group with the columns `group`, `observed`, `expected` and `deviation`,
so that a failing rule names the groups that fail and by how much.
"""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

import polars as pl
from pydantic import Field

from expectations.vocabulary.base import Expectation, References, Rule

Filter = dict[str, str | tuple[str, ...]]
_MEASURED = ("group", "observed", "expected", "deviation")
_EXACT = pl.Decimal(38, 4)
Tolerance = Annotated[Decimal, Field(ge=0, decimal_places=4)]


def _where(conditions: Filter) -> pl.Expr:
    """All columns equal (or one of) the named text."""
    terms = [
        pl.col(column).cast(pl.String).is_in([wanted] if isinstance(wanted, str) else list(wanted))
        for column, wanted in sorted(conditions.items())
    ]
    return pl.all_horizontal(terms) if terms else pl.lit(True)


def _name(by: tuple[str, ...]) -> pl.Expr:
    """The group in words: "year 2023, report_type begroting"; "all rows" without grouping."""
    if not by:
        return pl.lit("all rows")
    parts = [pl.format(f"{column} {{}}", pl.col(column).cast(pl.String)) for column in by]
    return pl.concat_str(parts, separator=", ", ignore_nulls=True)


def _not_below(bound: Decimal) -> float:
    """The nearest float that does not cut a bound short: Great Expectations knows bounds as floats.

    The float nearest to 0.7 lies below it, so that a deviation of exactly 0.7 would fail there.
    """
    near = float(bound)
    return near if Decimal(near) >= bound else math.nextafter(near, math.inf)


def _percentage(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    """Part in percent of whole; missing where the whole is zero."""
    return (part * 100 / pl.when(whole != 0).then(whole)).cast(_EXACT)


def _sum(column: str) -> pl.Expr:
    """Sum that stays missing when nothing was there to add: missing is not zero."""
    values = pl.col(column).cast(_EXACT)
    return pl.when(values.count() > 0).then(values.sum())


class GroupRule(Rule):
    """One measured row per value of `by`."""

    about: ClassVar[Literal["rows", "groups"]] = "groups"

    by: tuple[str, ...] = ()

    def bounds(self) -> tuple[Decimal | None, Decimal | None]:
        """Lowest and highest deviation that is still right."""
        raise NotImplementedError

    def fails(self) -> pl.Expr:
        low, high = self.bounds()
        deviation = pl.col("deviation")
        too_low = deviation < pl.lit(low, dtype=_EXACT) if low is not None else pl.lit(False)
        too_high = deviation > pl.lit(high, dtype=_EXACT) if high is not None else pl.lit(False)
        return too_low | too_high

    def expectation(self, references: References) -> Expectation:
        low, high = self.bounds()
        return Expectation(
            "ExpectColumnValuesToBeBetween",
            {
                "column": "deviation",
                "min_value": None if low is None else -_not_below(-low),
                "max_value": None if high is None else _not_below(high),
            },
        )

    def _compare(self, observed: pl.LazyFrame, expected: pl.LazyFrame) -> pl.LazyFrame:
        """Join two frames (`by` + `observed` / `expected`) to the measured columns.

        Groups that only one side knows are not judged: the other side has nothing to say there.
        """
        if self.by:
            joined = observed.join(expected, on=list(self.by), how="inner", maintain_order="left")
        else:
            joined = observed.join(expected, how="cross")
        return (
            joined.with_columns(group=_name(self.by))
            .with_columns(deviation=pl.col("observed") - pl.col("expected"))
            .select(_MEASURED)
            .drop_nulls("deviation")
            .sort("group")
        )

    def _total(self, frame: pl.LazyFrame, value: pl.Expr, name: str) -> pl.LazyFrame:
        value = value.cast(_EXACT).alias(name)
        return frame.group_by(self.by).agg(value) if self.by else frame.select(value)


class SumsTo(GroupRule):
    """Parts add up to the total that the same table states."""

    kind: Literal["sums_to"] = "sums_to"
    column: str
    parts: Filter
    total: Filter
    within: Tolerance = Decimal(0)

    def bounds(self) -> tuple[Decimal | None, Decimal | None]:
        return -self.within, self.within

    def measured(self, frame: pl.LazyFrame, references: References) -> pl.LazyFrame:
        parts = self._total(frame.filter(_where(self.parts)), _sum(self.column), "observed")
        total = self._total(frame.filter(_where(self.total)), _sum(self.column), "expected")
        return self._compare(parts, total)

    def sentence(self) -> str:
        return (
            f"Per {' × '.join(self.by) or 'table'}: `{self.column}` of {_words(self.parts)} "
            f"adds up to {_words(self.total)} within {self.within:,}."
        )


class Reconciles(GroupRule):
    """A sum equals what another table states about the same thing.

    within: absolute tolerance; within_pct: relative to the expected value, in percent.
    """

    kind: Literal["reconciles"] = "reconciles"
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
        other = references[self.reference].filter(_where(self.reference_where))
        compared = self._compare(
            self._total(frame.filter(_where(self.where)), _sum(self.column), "observed"),
            self._total(other, _sum(self.reference_column), "expected"),
        )
        if self.within_pct is None:
            return compared
        relative = _percentage(pl.col("deviation"), pl.col("expected"))
        # Where nothing was expected, every amount is beyond any percentage.
        beyond = pl.col("deviation").sign() * (self.within_pct + 100)
        return compared.with_columns(deviation=relative.fill_null(beyond.cast(_EXACT)))

    def sentence(self) -> str:
        tolerance = f"{self.within:,}" if self.within_pct is None else f"{self.within_pct} %"
        return (
            f"Per {' × '.join(self.by) or 'table'}: `{self.column}` of {_words(self.where)} equals "
            f"`{self.reference}.{self.reference_column}` within {tolerance}."
        )


class Coverage(GroupRule):
    """Rows that have a value stand for enough of the weight (say, of the inhabitants)."""

    kind: Literal["coverage"] = "coverage"
    column: str
    weight: str
    where: Filter = Field(default_factory=dict)
    min_pct: Tolerance

    def bounds(self) -> tuple[Decimal | None, Decimal | None]:
        return self.min_pct, None

    def measured(self, frame: pl.LazyFrame, references: References) -> pl.LazyFrame:
        weight = pl.col(self.weight).cast(_EXACT)
        present = weight.filter(pl.col(self.column).is_not_null()).sum()
        rows = frame.filter(_where(self.where) & pl.col(self.weight).is_not_null())
        totals = self._total(rows, present, "observed")
        share = _percentage(pl.col("observed"), pl.col("expected"))
        return self._compare(totals, self._total(rows, weight.sum(), "expected")).with_columns(
            deviation=share
        )

    def sentence(self) -> str:
        return (
            f"Per {' × '.join(self.by) or 'table'}: rows with `{self.column}` hold at least "
            f"{self.min_pct} % of `{self.weight}`."
        )


class Complete(GroupRule):
    """Every code that a reference lists for a group occurs in it; `deviation` counts the absent."""

    kind: Literal["complete"] = "complete"
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

    def sentence(self) -> str:
        return (
            f"Per {' × '.join(self.by)}: every `{self.reference}.{self.reference_column}` "
            f"occurs in `{self.column}`."
        )


class RowCount(GroupRule):
    """A group has the number of rows it must have."""

    kind: Literal["row_count"] = "row_count"
    where: Filter = Field(default_factory=dict)
    equals: int

    def bounds(self) -> tuple[Decimal | None, Decimal | None]:
        return Decimal(0), Decimal(0)

    def measured(self, frame: pl.LazyFrame, references: References) -> pl.LazyFrame:
        counted = self._total(frame.filter(_where(self.where)), pl.len(), "observed")
        return self._compare(
            counted,
            counted.with_columns(expected=pl.lit(self.equals).cast(_EXACT)).drop("observed"),
        )

    def sentence(self) -> str:
        return (
            f"Per {' × '.join(self.by) or 'table'}: {self.equals:,} rows of {_words(self.where)}."
        )


def _words(conditions: Filter) -> str:
    if not conditions:
        return "all rows"
    terms = (
        f"{column} {wanted if isinstance(wanted, str) else '/'.join(wanted)}"
        for column, wanted in conditions.items()
    )
    return f"[{', '.join(terms)}]"
