"""Rules about a row among its peers: shares, ratios, a total hidden among its parts.

Each judges rows, but by what the other rows of the group let expect. Sums are exact decimals; shares,
ratios and medians are floats, rounded to four decimals before anything is compared.
"""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar, Literal

import polars as pl
from pydantic import Field

from expectations.vocabulary.base import Bounded, Expectation, References
from expectations.vocabulary.measure import (
    MEASURE,
    Filter,
    Tolerance,
    known,
    not_below,
    sum_if_any,
    where,
    within_group,
)
from expectations.vocabulary.wording import Sentence


class AsExpected(Bounded):
    """An amount against the amount its peers let expect; the deviation is in units of the column.

    within: what rounding may make of it. within_pct: the same in percent of the expected amount,
    for amounts so large that the rounding of a peer weighs more. The wider one counts.
    except_where: rows with a rule of their own, like floor amounts; they take no part at all.
    """

    column: str
    within: Tolerance = Decimal(0)
    within_pct: Tolerance = Decimal(0)
    except_where: Filter = Field(default_factory=dict)

    def bounds(self) -> tuple[Decimal | None, Decimal | None]:
        return -self.within, self.within

    def _takes_part(self, conditions: Filter) -> pl.Expr:
        chosen = where(conditions).fill_null(value=False)
        if not self.except_where:
            return chosen
        return chosen & ~where(self.except_where).fill_null(value=False)

    def _against(self, observed: pl.Expr, expected: pl.Expr) -> pl.Expr:
        difference = (observed.cast(pl.Float64) - expected).round(4)
        slack = (expected.abs() * float(self.within_pct) / 100).round(4)
        beyond = pl.when(difference.abs() <= slack).then(0.0).otherwise(difference)
        return beyond.cast(MEASURE).alias(self.deviation)

    def _tolerance(self) -> Sentence:
        allowed = ["{within}"] if self.within else []
        allowed += ["{within_pct} %"] if self.within_pct else []
        exceptions = self._sentence(", behalve {except_where}", ", except {except_where}")
        return self._sentence(
            nl=(f"op {' of '.join(allowed)} na" if allowed else "precies") + "{exceptions}",
            en=(f"within {' or '.join(allowed)}" if allowed else "exactly") + "{exceptions}",
            exceptions=exceptions if self.except_where else "",
        )


class ShareConstant(AsExpected):
    """A recipient has the same share of every total: each component, each year.

    by: what a total is of. parts: the rows that divide it. total: the rows that state it; without
    them it is the sum of its parts. basis: where a recipient's share is read; without it the share is
    the median of all its shares. A recipient without a share in the basis is not judged.
    """

    kind: Literal["share_constant"] = "share_constant"
    usual_cause: ClassVar[str] = (
        "a floor or ceiling amount, an amount of another version, or amounts of two recipients swapped"
    )
    by: tuple[str, ...] = Field(min_length=1)
    recipient: str
    parts: Filter = Field(default_factory=dict)
    total: Filter = Field(default_factory=dict)
    basis: Filter = Field(default_factory=dict)

    def measured(self, frame: pl.LazyFrame, references: References) -> pl.LazyFrame:
        amount = pl.col(self.column).cast(MEASURE)
        states_total = where(self.total).fill_null(value=False) if self.total else pl.lit(False)
        is_part = self._takes_part(self.parts) & ~states_total & known((*self.by, self.recipient))
        own = pl.when(is_part).then(amount)
        stated = pl.when(states_total).then(amount) if self.total else own
        # In two steps: a window within a window would add up the total within each recipient.
        divided = frame.with_columns(_part=own, _total=stated.sum().over(self.by).cast(pl.Float64))
        part, total = pl.col("_part"), pl.col("_total")
        share = part.cast(pl.Float64) / pl.when(total != 0).then(total)
        usual = pl.when(where(self.basis)).then(share).median().over(self.recipient)
        return divided.with_columns(self._against(part, usual * total)).drop("_part", "_total")

    def description(self) -> Sentence:
        divided = self._sentence("het totaal dat {total} noemt", "the total stated by {total}")
        share = self._sentence("het aandeel in {basis}", "its share in {basis}")
        return self._sentence(
            nl="{per}: `{column}` van {parts} verdeelt {divided} zo dat elke `{recipient}` {share} "
            "heeft, {tolerance}.",
            en="{per}: `{column}` of {parts} divides {divided} so that each `{recipient}` has {share}, "
            "{tolerance}.",
            divided=divided if self.total else Sentence("hun totaal", "their total"),
            share=share
            if self.basis
            else Sentence("het eigen mediane aandeel", "its median share"),
            tolerance=self._tolerance(),
        )


class RatioUniform(AsExpected):
    """New divided by old is the same for all members of a group; the odd ones are named.

    Measured against the median ratio, so that the odd ones do not hide themselves. old: the rows
    divided by. new: the rows divided, and judged where an old one exists; where old is zero, new must
    be too. Several rows of one member are added first.
    """

    kind: Literal["ratio_uniform"] = "ratio_uniform"
    usual_cause: ClassVar[str] = (
        "a floor amount, an amount that was not indexed or indexed twice, or amounts swapped"
    )
    by: tuple[str, ...] = ()
    member: str
    old: Filter = Field(min_length=1)
    new: Filter = Field(min_length=1)

    def measured(self, frame: pl.LazyFrame, references: References) -> pl.LazyFrame:
        member = (*self.by, self.member)
        judged = self._takes_part(self.new) & known(member)
        old, new = (
            sum_if_any(pl.when(where(rows)).then(pl.col(self.column))).over(member).cast(pl.Float64)
            for rows in (self.old, self.new)
        )
        # In two steps, like above.
        paired = frame.with_columns(_old=pl.when(judged).then(old), _new=pl.when(judged).then(new))
        old, new = pl.col("_old"), pl.col("_new")
        usual = within_group((new / pl.when(old != 0).then(old)).median(), self.by)
        return paired.with_columns(self._against(new, usual * old)).drop("_old", "_new")

    def description(self) -> Sentence:
        return self._sentence(
            nl="{per}: `{column}` van {new} is voor elke `{member}` hetzelfde veelvoud van {old}, "
            "{tolerance}.",
            en="{per}: `{column}` of {new} is for every `{member}` the same multiple of {old}, "
            "{tolerance}.",
            tolerance=self._tolerance(),
        )


class NoTotalAmongParts(Bounded):
    """No row equals the sum of the other rows of its group.

    Finds the national row among details by its amount, whatever it is called. The deviation is the
    distance to that sum. Zero is no total, and so is a row with fewer than min_parts others
    that are not zero: with two of them an equal sum is common. Totals on two levels (province and
    nation) hide each other; add a rule per level.
    """

    kind: Literal["no_total_among_parts"] = "no_total_among_parts"
    usual_cause: ClassVar[str] = "a total or national row among the details"
    by: tuple[str, ...] = ()
    column: str
    where: Filter = Field(default_factory=dict)
    within: Tolerance = Decimal(0)
    min_parts: int = Field(default=3, ge=2)

    def measured(self, frame: pl.LazyFrame, references: References) -> pl.LazyFrame:
        belongs = where(self.where) & known(self.by)
        amount = pl.when(belongs).then(pl.col(self.column).cast(MEASURE))
        total = within_group(amount.sum(), self.by)
        parts = within_group((amount != 0).sum(), self.by) - 1
        distance = (amount * 2 - total).abs()
        judged = (amount != 0) & (parts >= self.min_parts)
        return frame.with_columns(
            pl.when(judged).then(distance).cast(MEASURE).alias(self.deviation)
        )

    def fails(self) -> pl.Expr:
        return pl.col(self.deviation) <= pl.lit(self.within, dtype=MEASURE)

    def expectation(self, references: References) -> Expectation:
        return Expectation(
            "ExpectColumnValuesToBeBetween",
            {"column": self.deviation, "min_value": not_below(self.within), "strict_min": True},
        )

    def description(self) -> Sentence:
        return self._sentence(
            nl="{per}: geen `{column}` van {where} is gelijk aan de som van de andere, op {within} na.",
            en="{per}: no `{column}` of {where} equals the sum of the others within {within}.",
        )
