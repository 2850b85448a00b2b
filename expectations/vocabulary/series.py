"""Rules about a row and the one before it in time: sums to date that fall, sudden jumps."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import ClassVar, Literal, Self

import polars as pl
from pydantic import Field, model_validator

from expectations.vocabulary.base import Bounded, References
from expectations.vocabulary.measure import (
    MEASURE,
    Tolerance,
    known,
    sum_if_any,
    within_group,
)
from expectations.vocabulary.wording import Sentence

# Makes the median absolute deviation of a normal distribution its standard deviation.
_NORMAL = 1.4826


class Monotone(Bounded):
    """A sum to date never falls: each filled value is at least the one before it in its series.

    by: what makes a series. order: the column that orders it; where a moment occurs twice, the
    higher value of the two counts for what follows.
    """

    kind: Literal["monotone"] = "monotone"
    usual_cause: ClassVar[str] = (
        "a period delivered by itself where a sum to date belongs, or a correction"
    )
    by: tuple[str, ...] = ()
    order: str
    column: str
    within: Tolerance = Decimal(0)

    def bounds(self) -> tuple[Decimal | None, Decimal | None]:
        return -self.within, None

    def measured(self, frame: pl.LazyFrame, references: References) -> pl.LazyFrame:
        place = [*self.by, self.order]
        before = pl.col(self.deviation).shift(1)
        earlier = (
            frame.filter(known((*place, self.column)))
            .group_by(place)
            .agg(pl.col(self.column).cast(MEASURE).max().alias(self.deviation))
            .sort(place)
            .with_columns(within_group(before, self.by))
        )
        joined = frame.join(earlier, on=place, how="left", maintain_order="left")
        rise = pl.col(self.column).cast(MEASURE) - pl.col(self.deviation)
        return joined.with_columns(rise.alias(self.deviation))

    def description(self) -> Sentence:
        slack = self._sentence(" met meer dan {within}", " by more than {within}")
        return self._sentence(
            nl="{per}: `{column}` daalt nooit{slack} langs `{order}`.",
            en="{per}: `{column}` never falls{slack} along `{order}`.",
            slack=slack if self.within else "",
        )


class Jump(Bounded):
    """An amount does not change quite unlike its peers since the previous period.

    by: what makes a series; the rows of one series and period are added first. among: the columns of
    `by` that make a group of peers; without them all series of a period are peers. The deviation is the
    robust z of the change: ln(new / old) less the peers' median, divided by 1.4826 times their median
    absolute deviation. Amounts of zero or of another sign than before have no such ratio and are not
    judged, and neither is a series that skipped the previous period.

    max_z: 6, because amounts of small recipients swing wider than a normal distribution and a
    thousand-fold error is far beyond. min_spread_pct: peers are taken to differ by at least this
    much, lest a group that was indexed as one makes every cent a jump. min_amount: changes below it are
    no jump, however large the ratio.
    """

    kind: Literal["jump"] = "jump"
    usual_cause: ClassVar[str] = (
        "thousands of euros read as euros or the reverse, a booking moved to another line, or a merger"
    )
    by: tuple[str, ...] = Field(min_length=1)
    among: tuple[str, ...] = ()
    period: str
    column: str
    max_z: Tolerance = Decimal(6)
    min_spread_pct: Decimal = Field(default=Decimal(5), gt=0)
    min_amount: Tolerance = Decimal(0)

    @model_validator(mode="after")
    def _peers_are_series(self) -> Self:
        if unknown := set(self.among) - set(self.by):
            raise ValueError(f"among {sorted(unknown)} are not columns of by")
        return self

    def bounds(self) -> tuple[Decimal | None, Decimal | None]:
        return -self.max_z, self.max_z

    def measured(self, frame: pl.LazyFrame, references: References) -> pl.LazyFrame:
        place = [*self.by, self.period]
        judged = self._changes(frame).select(*place, self._z().alias(self.deviation))
        return frame.join(judged, on=place, how="left", maintain_order="left")

    def _changes(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """One row per series and period: `_size` of its change, and how `_unlike` its peers' it is."""
        place = [*self.by, self.period]
        sums = (
            frame.filter(known(tuple(place)))
            .group_by(place)
            .agg(sum_if_any(pl.col(self.column)).alias("_new"))
        )
        periods = sums.select(self.period).unique().sort(self.period)
        before = periods.with_columns(_before=pl.col(self.period).shift(1))
        previous = sums.rename({self.period: "_before", "_new": "_old"})
        new, old = pl.col("_new").cast(pl.Float64), pl.col("_old").cast(pl.Float64)
        change = pl.when(new * old > 0).then((new / old).log())
        usual = pl.col("_change").median().over(*self.among, self.period)
        return (
            sums.join(before, on=self.period, how="left")
            .join(previous, on=[*self.by, "_before"], how="left")
            .with_columns(_change=change, _size=(pl.col("_new") - pl.col("_old")).abs())
            .with_columns(_unlike=pl.col("_change") - usual)
        )

    def _z(self) -> pl.Expr:
        unlike = pl.col("_unlike")
        deviation_scale = unlike.abs().median().over(*self.among, self.period) * _NORMAL
        least = math.log1p(float(self.min_spread_pct) / 100)
        small = pl.col("_size") < pl.lit(self.min_amount, dtype=MEASURE)
        z = unlike / pl.max_horizontal(deviation_scale, pl.lit(least))
        return pl.when(small & unlike.is_not_null()).then(0.0).otherwise(z).round(4).cast(MEASURE)

    def description(self) -> Sentence:
        peers = self._sentence(" met dezelfde {among}", " of the same {among}")
        small = self._sentence(
            "; veranderingen onder {min_amount} tellen niet mee",
            "; changes below {min_amount} aside",
        )
        return self._sentence(
            nl="{per}: `{column}` verandert van de ene `{period}` op de volgende zoals bij vergelijkbare "
            "reeksen{peers}, hoogstens {max_z} robuuste standaardafwijkingen van hun mediaan{small}.",
            en="{per}: `{column}` changes from one `{period}` to the next like its peers{peers}, at "
            "most {max_z} robust deviations from their median{small}.",
            peers=peers if self.among else "",
            small=small if self.min_amount else "",
        )
