"""One shape for every comparison of a reconciliation rule, whether it agrees or not.

What belongs here: that shape, sums with the cells they are of, and the way from a joined frame to it.
What does not: which amounts a rule holds against which, and what the outcome means.

Every comparison has `cause`: a code of assets/reference/spuk_causes.csv, or null where both sides agree.
`other` and `named_eur` are a name and an amount that the words of a cause may need.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from assets.calc.ratios import AMOUNT
from assets.published.spuk_ledger.audit_rules.subjects import SUBJECTS

RECIPIENT = ("recipient_kind", "recipient_code", "recipient_name")
COMPARED = pl.Schema(
    {
        "scheme": pl.String(),
        "component": pl.String(),
        "period": pl.String(),
        **dict.fromkeys(RECIPIENT, pl.String()),
        **dict.fromkeys(SUBJECTS, pl.String()),
        "observed_eur": AMOUNT,
        "expected_eur": AMOUNT,
        "tolerance_eur": AMOUNT,
        "observed_cells": pl.String(),
        "expected_cells": pl.String(),
        "cause": pl.String(),
        "other": pl.String(),
        "named_eur": AMOUNT,
    }
)
CELLS_NAMED = 8
CELL = pl.format("{} {} {}", "document_id", "document_version", "source_locator").alias("cell")
"""Where a row of the ledger was read: document, version, place."""


def cells() -> pl.Expr:
    """The column `cell` of a group in one text; of more than eight their number."""
    return several(pl.col("cell"))


def several(texts: pl.Expr) -> pl.Expr:
    """Texts of a group in one, in the order of the rows; of more than eight their number."""
    number = texts.len()
    return (
        pl.when(number > CELLS_NAMED).then(number.cast(pl.String)).otherwise(texts.str.join("; "))
    )


def summed(rows: pl.LazyFrame, by: Sequence[str], name: str) -> pl.LazyFrame:
    """Sum of `amount_eur` per group as `<name>_eur`, its cells as `<name>_cells`, and who received it.

    Rows without an amount are no part: missing is not zero. rows: of a ledger in the order of its key.
    """
    who = [column for column in RECIPIENT if column not in by]
    return (
        rows.filter(pl.col("amount_eur").is_not_null())
        .group_by(by, maintain_order=True)
        .agg(
            pl.col("amount_eur").sum().cast(AMOUNT).alias(f"{name}_eur"),
            cells().alias(f"{name}_cells"),
            *(pl.col(column).first() for column in who),
        )
    )


def beside(
    observed: pl.LazyFrame, expected: pl.LazyFrame, on: Sequence[str], *, left: bool = False
) -> pl.LazyFrame:
    """Both sides in one row; who received it as the observed side names it. left: keep lonely observed."""
    mine = set(observed.collect_schema()) - set(on)
    theirs = expected.drop(mine & set(expected.collect_schema()))
    return observed.join(
        theirs,
        on=list(on),
        how="left" if left else "inner",
        nulls_equal=True,
        maintain_order="left",
    )


def nation(frame: pl.LazyFrame) -> pl.LazyFrame:
    """The same about the country as a whole."""
    return frame.with_columns(
        recipient_kind=pl.lit("nation"),
        recipient_code=pl.lit("NL01"),
        recipient_name=pl.lit("Nederland"),
    )


def exact(amount: pl.Expr) -> pl.Expr:
    """A measured amount as a decimal, so that a sum of many does not depend on their order."""
    return amount.round(4).cast(pl.Decimal(38, 4))


def difference() -> pl.Expr:
    """Observed minus expected, as a float to measure by; what is published stays exact."""
    return pl.col("observed_eur").cast(pl.Float64) - pl.col("expected_eur").cast(pl.Float64)


def compared(frame: pl.LazyFrame, subject: pl.Expr, cause: pl.Expr) -> pl.LazyFrame:
    """The columns of a comparison; those a rule has no use for are null. subject: as `said`."""
    with_causes = frame.with_columns(cause=cause, _subject=subject).unnest("_subject")
    there = with_causes.collect_schema()
    return with_causes.select(
        _typed(name, kind) if name in there else pl.lit(None, kind).alias(name)
        for name, kind in COMPARED.items()
    )


def _typed(name: str, kind: pl.DataType) -> pl.Expr:
    # Floats are what a share or a ratio lets expect: half a cent goes away from zero.
    column = pl.col(name)
    return column.round(2, mode="half_away_from_zero").cast(kind) if kind == AMOUNT else column
