"""Rules that find a defect in an amount by the amounts around it.

What belongs here: rules about rows whose verdict needs the rest of the table: its report, the other
side of the books, its peers and its past, the code list of its year. Each measures one deviation per
row, null where there is nothing to judge. What does not: bounds of a single amount (`rows`), an amount
that its peers let expect to the cent (`peers`), two rows that were mixed up (`mixups`).
"""

from __future__ import annotations

import math
from decimal import Decimal
from typing import ClassVar, Literal

import polars as pl
from pydantic import Field

from expectations.vocabulary.base import Bounded, References
from expectations.vocabulary.measure import (
    MEASURE,
    Filter,
    Times,
    Tolerance,
    known,
    positive,
    where,
)
from expectations.vocabulary.rows import Pattern
from expectations.vocabulary.wording import Sentence, either

# A median absolute deviation times this is a standard deviation, where values are normal.
_MAD_TO_SIGMA = 1.4826


class Reported(Bounded):
    """A member of a group states at least one amount that is not zero.

    An organisation that did not report leaves rows of which every amount is missing, or zero after
    somebody filled the gaps. No municipality spends nothing, so one amount is enough. A member
    without any row is the business of `complete`.
    """

    kind: Literal["reported"] = "reported"
    usual_cause: ClassVar[str] = (
        "nothing was delivered, and the gap was kept as empty or zero amounts"
    )

    by: tuple[str, ...] = Field(min_length=1)
    columns: tuple[str, ...] = Field(min_length=1)

    def bounds(self) -> tuple[Decimal | None, Decimal | None]:
        return Decimal(1), None

    def measured(self, frame: pl.LazyFrame, references: References) -> pl.LazyFrame:
        stated = pl.any_horizontal(pl.col(c).fill_null(0) != 0 for c in self.columns)
        amounts = pl.when(known(self.by)).then(stated.sum().over(self.by))
        return frame.with_columns(amounts.cast(MEASURE).alias(self.deviation))

    def description(self) -> Sentence:
        amounts = either(self.columns, " of ", " or ")
        return self._sentence(
            nl="{per}: ergens is {amounts} ingevuld en niet nul.",
            en="{per}: some {amounts} is neither missing nor zero.",
            amounts=amounts,
        )


class Balances(Bounded):
    """What comes in equals what goes out, within a tolerance. A row that lacks one is not judged.

    within: 50,000 euros by default. Amounts are delivered in thousands of euros, so a hundred rounded
    fields can add up to fifty thousand; of 1,026 deliveries seen, one is beyond that, by millions.
    """

    kind: Literal["balances"] = "balances"
    usual_cause: ClassVar[str] = "a field, or the movement of reserves, is missing on one side"

    plus: tuple[str, ...] = Field(min_length=1)
    minus: tuple[str, ...] = Field(min_length=1)
    within: Tolerance = Decimal(50_000)

    def bounds(self) -> tuple[Decimal | None, Decimal | None]:
        return -self.within, self.within

    def measured(self, frame: pl.LazyFrame, references: References) -> pl.LazyFrame:
        # Not sum_horizontal: there a missing amount would be zero.
        balance = pl.lit(0, dtype=MEASURE)
        for column in self.plus:
            balance = balance + pl.col(column).cast(MEASURE)
        for column in self.minus:
            balance = balance - pl.col(column).cast(MEASURE)
        return frame.with_columns(balance.alias(self.deviation))

    def description(self) -> Sentence:
        return self._sentence(
            nl="{left} is gelijk aan {right}, op {within} na.",
            en="{left} equals {right} within {within}.",
            left=either(self.plus, " + ", " + "),
            right=either(self.minus, " + ", " + "),
        )


class InScale(Bounded):
    """An amount per unit of weight (say, per inhabitant) is of the size of its peers and of its past.

    Both comparisons are logarithmic, because a mistake of scale multiplies. First with the median of
    the `peers` (all municipalities of that year); then how the row stands to its peers with how its
    `own` rows (all years of that municipality) stand to theirs by the median, so that what changed
    for everybody is no jump. A row breaks the rule when both point the same way and both are

    * beyond the factor `above` (or `below`; without it, small amounts are not judged). Five by
      default: half a factor of ten, so that a lost or gained digit is found, while refugee shelter
      and mergers, which double or triple a field, are not;
    * further than 3.5 robust standard deviations (median absolute deviation) of the peers, the bound
      of Iglewicz and Hoaglin (1993), so that fields that differ much by nature stay silent;
    * worth at least `least`, a million by default: on a small field one project is a factor of ten.

    A median needs company: `least_peers` (30) rows in the year and `least_own` (4) of its own. Zero,
    negative and missing amounts have no scale. Measured is how many times too large, or (negative)
    how many times too small the amount is by the milder comparison.
    """

    kind: Literal["in_scale"] = "in_scale"
    usual_cause: ClassVar[str] = (
        "euros taken for thousands or the reverse, or one amount booked on the wrong field"
    )

    column: str
    weight: str
    peers: tuple[str, ...] = Field(min_length=1)
    own: tuple[str, ...] = Field(min_length=1)
    where: Filter = Field(default_factory=dict)
    above: Times = Decimal(5)
    below: Times | None = None
    least: Tolerance = Decimal(1_000_000)
    least_peers: int = 30
    least_own: int = 4
    sigmas: Tolerance = Decimal("3.5")

    def bounds(self) -> tuple[Decimal | None, Decimal | None]:
        return None if self.below is None else -self.below, self.above

    def measured(self, frame: pl.LazyFrame, references: References) -> pl.LazyFrame:
        level, place, jump = (f"{self.deviation} {step}" for step in ("level", "place", "jump"))
        judged = pl.when(where(self.where) & known((*self.peers, *self.own)))
        steps = (
            frame.with_columns(
                judged.then((positive(self.column) / positive(self.weight)).log()).alias(level)
            )
            .with_columns((pl.col(level) - pl.col(level).median().over(self.peers)).alias(place))
            .with_columns((pl.col(place) - pl.col(place).median().over(self.own)).alias(jump))
        )
        far = [
            pl.col(step).abs()
            > float(self.sigmas) * _MAD_TO_SIGMA * pl.col(step).abs().median().over(self.peers)
            for step in (place, jump)
        ]
        worth = pl.col(self.column).cast(pl.Float64) * (1 - (-pl.col(jump)).exp())
        convinced = pl.all_horizontal(
            *far,
            pl.col(place).sign() == pl.col(jump).sign(),
            worth.abs() >= float(self.least),
            pl.col(level).count().over(self.peers) >= self.least_peers,
            pl.col(level).count().over(self.own) >= self.least_own,
        )
        # A factor beyond a billion says no more than a billion, and fits the decimal.
        times = pl.min_horizontal(pl.col(place).abs(), pl.col(jump).abs(), math.log(1e9)).exp()
        signed = (times * pl.col(jump).sign()).round(4).cast(MEASURE)
        return steps.with_columns(pl.when(convinced).then(signed).alias(self.deviation)).drop(
            level, place, jump
        )

    def description(self) -> Sentence:
        small = self._sentence(" en niet {below} keer te klein", " nor {below} times too small")
        return self._sentence(
            nl="`{column}` per `{weight}` van {where} is niet {above} keer te groot{small} naast de "
            "mediaan van dezelfde {peers} en van dezelfde {own}; verschillen onder {least} tellen "
            "niet mee.",
            en="`{column}` per `{weight}` of {where} is not {above} times too large{small} against "
            "the median of the same {peers} and of the same {own}; differences below {least} aside.",
            small="" if self.below is None else small,
        )


class LeafCode(Bounded):
    """Nothing is booked on a code whose parts are in the list of the same year.

    part: the shape of a part, with its parent in brackets. An amount on the parent belongs to a part
    that is not published, so the parts are incomplete by that much. Zero and missing are not booked.
    """

    kind: Literal["leaf_code"] = "leaf_code"
    usual_cause: ClassVar[str] = "the books still use the code list of the year before the split"

    code: str
    year: str = "year"
    amounts: tuple[str, ...] = Field(min_length=1)
    reference: str
    part: Pattern

    def references(self) -> tuple[str, ...]:
        return (self.reference,)

    def bounds(self) -> tuple[Decimal | None, Decimal | None]:
        return Decimal(0), Decimal(0)

    def measured(self, frame: pl.LazyFrame, references: References) -> pl.LazyFrame:
        parents = references[self.reference].select(
            self.year, pl.col(self.code).str.extract(self.part).alias(self.code)
        )
        known = parents.drop_nulls().unique().with_columns(pl.lit(True).alias(self.deviation))
        booked = pl.sum_horizontal(pl.col(c).cast(MEASURE).abs() for c in self.amounts).cast(
            MEASURE
        )
        return frame.join(
            known, on=[self.year, self.code], how="left", maintain_order="left"
        ).with_columns(pl.when(self.deviation).then(booked).alias(self.deviation))

    def description(self) -> Sentence:
        return self._sentence(
            nl="Er is niets geboekt ({booked}) op een `{code}` waarvan de delen in `{reference}` van "
            "hetzelfde `{year}` staan.",
            en="Nothing is booked ({booked}) on a `{code}` whose parts are in `{reference}` of the "
            "same `{year}`.",
            booked=either(self.amounts, ", ", ", "),
        )
