"""Rules about a table: its columns, its age.

They are measured like groups: one row per column, one per series.
"""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar, Literal

import polars as pl
from pydantic import Field

from expectations.vocabulary.base import Bounded, References
from expectations.vocabulary.groups import MEASURED, GroupRule
from expectations.vocabulary.measure import MEASURE, keyed, named
from expectations.vocabulary.wording import Sentence

_UNITS = {
    "year": (Sentence("jaar", "year"), Sentence("jaar", "years")),
    "quarter": (Sentence("kwartaal", "quarter"), Sentence("kwartalen", "quarters")),
    "month": (Sentence("maand", "month"), Sentence("maanden", "months")),
    "day": (Sentence("dag", "day"), Sentence("dagen", "days")),
}


class Schema(Bounded):
    """The table has the promised columns, each of its promised type, and no other.

    columns: name -> Polars type in words. Columns that begin with an underscore belong to voorkant
    itself. A candidate table with other columns never comes this far: it stops with VK-D004.
    """

    about: ClassVar[Literal["rows", "groups"]] = "groups"

    kind: Literal["schema"] = "schema"
    usual_cause: ClassVar[str] = "a transform that no longer matches its contract"
    columns: dict[str, str] = Field(min_length=1)

    @property
    def deviation(self) -> str:
        return "deviation"

    def bounds(self) -> tuple[Decimal | None, Decimal | None]:
        return Decimal(0), Decimal(0)

    def measured(self, frame: pl.LazyFrame, references: References) -> pl.LazyFrame:
        found = {
            name: str(kind)
            for name, kind in frame.collect_schema().items()
            if not name.startswith("_")
        }
        rows = [
            (self._described(name, found.get(name)), self.columns.get(name) == found.get(name))
            for name in sorted({*self.columns, *found})
        ]
        as_promised = pl.col("as_promised").cast(pl.Int8).cast(MEASURE)
        return (
            pl.LazyFrame(rows, schema={"group": pl.String, "as_promised": pl.Boolean}, orient="row")
            .with_columns(
                key=keyed(("group",)), observed=as_promised, expected=pl.lit(1).cast(MEASURE)
            )
            .with_columns(deviation=pl.col("observed") - pl.col("expected"))
            .select(MEASURED)
        )

    def _described(self, name: str, found: str | None) -> str:
        promised = self.columns.get(name)
        if found is None:
            return f"column {name} is absent"
        if promised is None:
            return f"column {name} was not promised"
        return (
            f"column {name}" if found == promised else f"column {name} is {found}, not {promised}"
        )

    def description(self) -> Sentence:
        return self._sentence(
            nl="De tabel heeft de {count} beloofde kolommen, elk van het beloofde type, en geen andere.",
            en="The table has the {count} promised columns, each of its promised type, and no other.",
            count=len(self.columns),
        )


class Freshness(GroupRule):
    """The newest period is not too far behind what is known elsewhere; the clock is not read.

    reference: the table that knows how far time has come, say of captures; without it, another column
    of this table. max_behind: in units. A moment that is known less precisely than the unit
    counts as its beginning: 2024 is 2024-01. A table without any period is not judged.
    """

    kind: Literal["freshness"] = "freshness"
    usual_cause: ClassVar[str] = "a source that stopped, moved, or changed how it names its periods"
    column: str
    reference: str | None = None
    reference_column: str
    unit: Literal["year", "quarter", "month", "day"]
    max_behind: int = Field(ge=0)

    def references(self) -> tuple[str, ...]:
        return () if self.reference is None else (self.reference,)

    def bounds(self) -> tuple[Decimal | None, Decimal | None]:
        return None, Decimal(0)

    def measured(self, frame: pl.LazyFrame, references: References) -> pl.LazyFrame:
        newest = self._counted(self.column).max().alias("_newest")
        elsewhere = self._counted(self.reference_column).max().alias("_elsewhere")
        if self.reference is None:
            both = self._per_group(frame, newest, elsewhere)
        else:
            there = references[self.reference].select(elsewhere)
            both = self._per_group(frame, newest).join(there, how="cross")
        behind = (pl.col("_elsewhere") - pl.col("_newest")).cast(MEASURE)
        return (
            both.with_columns(
                group=named(self.by),
                key=keyed(self.by),
                observed=behind,
                expected=pl.lit(self.max_behind).cast(MEASURE),
            )
            .with_columns(deviation=pl.col("observed") - pl.col("expected"))
            .select(MEASURED)
            .drop_nulls("deviation")
            .sort("group")
        )

    def _per_group(self, frame: pl.LazyFrame, *values: pl.Expr) -> pl.LazyFrame:
        return frame.group_by(self.by).agg(*values) if self.by else frame.select(*values)

    def _counted(self, column: str) -> pl.Expr:
        """A year, date or moment as a number of units."""
        text = pl.col(column).cast(pl.String)
        # What is not known of a moment is completed from its beginning.
        day = (text + pl.lit("-01-01").str.slice(text.str.len_chars() - 4)).str.to_date(
            strict=False
        )
        match self.unit:
            case "year":
                return day.dt.year()
            case "quarter":
                return day.dt.year() * 4 + day.dt.quarter()
            case "month":
                return day.dt.year() * 12 + day.dt.month()
            case "day":
                return day.to_physical()

    def description(self) -> Sentence:
        other = (
            f"{self.reference}.{self.reference_column}" if self.reference else self.reference_column
        )
        one, more = _UNITS[self.unit]
        return self._sentence(
            nl="{per}: de nieuwste `{column}` ligt hoogstens {max_behind} {unit} achter op de nieuwste "
            "`{other}`.",
            en="{per}: the newest `{column}` is at most {max_behind} {unit} behind the newest "
            "`{other}`.",
            other=other,
            unit=one if self.max_behind == 1 else more,
        )
