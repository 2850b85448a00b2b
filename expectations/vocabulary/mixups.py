"""Rules that find who was mixed up with whom: by what another table states about each.

What belongs here: rules that try the other possibility (these two amounts exchanged, this member in
that group) and flag a row when the figures fit that one and not the one printed. Each measures one
deviation per row, null where nothing was mixed up. What does not: amounts that merely differ from
what another table states (`groups`).
"""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar, Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from expectations.vocabulary.base import Bounded, References
from expectations.vocabulary.measure import (
    MEASURE,
    Filter,
    Times,
    Tolerance,
    positive,
    where,
)
from expectations.vocabulary.wording import Sentence, sentence


class Stated(BaseModel):
    """Amounts that another table states: one per key.

    keys: its columns that stand for those of the rule, in the same order. newest: of several amounts
    for a key only the one with the largest value here counts (say, the version of a regulation).
    A key that still has several different amounts states nothing.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    reference: str
    keys: tuple[str, ...] = Field(min_length=1)
    column: str
    where: Filter = Field(default_factory=dict)
    newest: str | None = None

    def frame(self, references: References, keys: tuple[str, ...], name: str) -> pl.LazyFrame:
        """The amounts, called `name`, under the names that the rule has for the keys."""
        rows = references[self.reference].filter(where(self.where))
        if self.newest:
            newest = pl.col(self.newest)
            rows = rows.filter(newest == newest.max().over(self.keys))
        amounts = pl.col(self.column).cast(MEASURE)
        renamed = [pl.col(own).alias(key) for own, key in zip(self.keys, keys, strict=True)]
        return rows.group_by(renamed).agg(
            pl.when(amounts.n_unique() == 1).then(amounts.first()).alias(name)
        )

    def description(self) -> Sentence:
        """Where the amounts are, in words."""
        return sentence(
            nl="`{reference}.{column}` van {where}",
            en="`{reference}.{column}` of {where}",
            parts=vars(self),
        )


class NotSwapped(Bounded):
    """No two rows of a group carry each other's amount.

    expected: what another table states for a row, by `keys`. Two rows are swapped when each differs
    from its own expected amount by more than `within` (a euro by default: rounding), and both together
    fit `times` (10 by default) better crosswise. Ten, because two amounts that are wrong for another
    reason hardly ever fit each other within a tenth of their error. Measured is the difference from
    the own expected amount, for swapped rows.
    """

    kind: Literal["not_swapped"] = "not_swapped"
    usual_cause: ClassVar[str] = (
        "two neighbouring lines exchanged when the list was typed or sorted"
    )

    column: str
    by: tuple[str, ...] = Field(min_length=1)
    keys: tuple[str, ...] = Field(min_length=1)
    where: Filter = Field(default_factory=dict)
    expected: Stated
    within: Tolerance = Decimal(1)
    times: Times = Decimal(10)

    def references(self) -> tuple[str, ...]:
        return (self.expected.reference,)

    def bounds(self) -> tuple[Decimal | None, Decimal | None]:
        return Decimal(0), Decimal(0)

    def measured(self, frame: pl.LazyFrame, references: References) -> pl.LazyFrame:
        number = f"{self.deviation} number"
        numbered = frame.with_row_index(number)
        amount, expected = pl.col("_amount"), pl.col("_expected")
        suspicious = (
            numbered.filter(where(self.where))
            .select(
                number,
                *dict.fromkeys((*self.by, *self.keys)),
                _amount=pl.col(self.column).cast(MEASURE),
            )
            .join(self.expected.frame(references, self.keys, "_expected"), on=list(self.keys))
            .filter((amount - expected).abs() > pl.lit(self.within, dtype=MEASURE))
        )
        other, others = pl.col("_amount_right"), pl.col("_expected_right")
        crosswise = (amount - others).abs() + (other - expected).abs()
        straight = (amount - expected).abs() + (other - others).abs()
        swapped = (
            suspicious.join(suspicious, on=list(self.by))
            .filter(pl.col(number) != pl.col(f"{number}_right"))
            .filter(crosswise.cast(pl.Float64) * float(self.times) <= straight.cast(pl.Float64))
            .group_by(number)
            .agg((amount - expected).first().cast(MEASURE).alias(self.deviation))
        )
        return numbered.join(swapped, on=number, how="left", maintain_order="left").drop(number)

    def description(self) -> Sentence:
        return self._sentence(
            nl="{per}: geen twee `{column}` van {where} passen {times} keer beter bij elkaars "
            "{stated} dan bij hun eigen.",
            en="{per}: no two `{column}` of {where} fit each other's {stated} {times} times better "
            "than their own.",
            stated=self.expected.description(),
        )


class Placed(Bounded):
    """A member is in the group whose amount counts it.

    Where a group's amount is shared out by the weight of its members, amount ÷ weight is the same for
    all groups. One group that stands below the median of all and one above it, each by more than
    `within_pct` (2 % by default: over four times the spread of groups that are right, and less than a
    small town), while both fit once a certain member moves from the first to the second, show that
    this member is listed in the wrong one. Of several members that would do, the best fit is flagged.
    A group with a member of unknown weight is not judged. Measured is by how many percent the group in
    which the member is listed stands off the median.
    """

    kind: Literal["placed"] = "placed"
    usual_cause: ClassVar[str] = "a member moved in the list of groups and not in the amounts"

    member: str
    group: str
    weight: Stated
    amount: Stated
    within_pct: Tolerance = Decimal(2)

    def references(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self.weight.reference, self.amount.reference)))

    def bounds(self) -> tuple[Decimal | None, Decimal | None]:
        return Decimal(0), Decimal(0)

    def moves(self, frame: pl.LazyFrame, references: References) -> pl.LazyFrame:
        """The members to move: member, group, `fits_in` (the group that counts it), the deviation."""
        within = float(self.within_pct) / 100
        member, group = pl.col(self.member), pl.col(self.group)
        members = (
            frame.select(_member=member, _group=group)
            .drop_nulls()
            .unique(maintain_order=True)
            .join(self.weight.frame(references, ("_member",), "_weight"), on="_member", how="left")
            .with_columns(_weight=pl.col("_weight").cast(pl.Float64))
        )
        weights = pl.when(pl.col("_weight").null_count() == 0).then(pl.col("_weight").sum())
        groups = (
            members.group_by("_group")
            .agg(_all=weights)
            .join(self.amount.frame(references, ("_group",), "_amount"), on="_group")
            .with_columns(_amount=positive("_amount"), _all=positive("_all"))
            .with_columns(_unit=(pl.col("_amount") / pl.col("_all")).median())
            .with_columns(_off=_off("_amount", pl.col("_all")))
        )
        full, short = (
            groups.filter(pl.col("_off") < -within),
            groups.filter(pl.col("_off") > within),
        )
        left = _off("_amount", pl.col("_all") - pl.col("_weight"))
        right = _off("_amount_right", pl.col("_all_right") + pl.col("_weight"))
        moves = (
            members.join(full, on="_group")
            .join(short.drop("_unit"), how="cross")
            .with_columns(_left=left.abs(), _right=right.abs())
            .filter(pl.max_horizontal("_left", "_right") <= within)
            .sort((pl.col("_left") + pl.col("_right")).round(9), "_member")
            .unique(["_group", "_group_right"], keep="first", maintain_order=True)
        )
        return moves.unique("_member", keep="first", maintain_order=True).select(
            pl.col("_member").alias(self.member),
            pl.col("_group").alias(self.group),
            pl.col("_group_right").alias("fits_in"),
            (pl.col("_off") * 100).round(4).cast(MEASURE).alias(self.deviation),
        )

    def measured(self, frame: pl.LazyFrame, references: References) -> pl.LazyFrame:
        found = self.moves(frame, references).drop("fits_in")
        return frame.join(found, on=[self.member, self.group], how="left", maintain_order="left")

    def description(self) -> Sentence:
        return self._sentence(
            nl="Geen `{member}` laat twee `{group}` op {within_pct} % na kloppen door van de ene naar "
            "de andere te gaan ({stated}, gewogen met {weighed}).",
            en="No `{member}` makes two `{group}` fit within {within_pct} % by moving from one to the "
            "other ({stated} by {weighed}).",
            stated=self.amount.description(),
            weighed=self.weight.description(),
        )


def _off(amount: str, weight: pl.Expr) -> pl.Expr:
    """How far an amount is off what its weight is worth: -0.1 is a tenth too little."""
    return pl.col(amount) / (weight * pl.col("_unit")) - 1
