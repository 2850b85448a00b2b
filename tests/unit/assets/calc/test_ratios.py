"""Shares and amounts per head are rounded once, a tie to the even digit, and missing without a total."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.calc.ratios import AMOUNT, RATE, per_head, percent

Share = Callable[[pl.Expr, pl.Expr], pl.Expr]


def calculated(share: Share, part: Decimal | int | None, total: Decimal | int | None) -> object:
    frame = pl.DataFrame(
        {"part": [part], "total": [total]}, schema={"part": AMOUNT, "total": AMOUNT}
    )
    return frame.select(share(pl.col("part"), pl.col("total"))).item()


def cents(low: str, high: str) -> st.SearchStrategy[Decimal]:
    return st.decimals(Decimal(low), Decimal(high), places=2)


@given(cents("-999", "999"), cents("0.01", "1000000000"))
def test_a_percentage_is_the_exact_quotient_rounded_once(share: Decimal, total: Decimal) -> None:
    part = (share * total / 100).quantize(Decimal("0.01"))
    exact = Fraction(part) * 100 / Fraction(total)
    if abs(exact) < 100_000:  # more does not fit in a rate
        assert Fraction(calculated(percent, part, total)) == round(exact, 4)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("part", "total", "expected"),
    [
        ("4705349.74", 100_000_000, "4.7053"),  # 4.70534974 is 4.705350 at six places
        ("4705350.25", 100_000_000, "4.7054"),
        ("1", 2_000_000, "0"),  # 0.00005 is a tie
        ("3", 2_000_000, "0.0002"),  # 0.00015 is a tie
    ],
)
def test_a_percentage_at_a_tie_or_just_beside_it(part: str, total: int, expected: str) -> None:
    assert calculated(percent, Decimal(part), total) == Decimal(expected)


def test_an_amount_per_head_just_below_a_tie() -> None:
    """0.03499999 euros are 3 cents, not 0.035000 and then 4."""
    assert calculated(per_head, Decimal("34999.99"), 1_000_000) == Decimal("0.03")


@pytest.mark.parametrize("share", [percent, per_head])
def test_nothing_to_divide_by_is_missing(share: Share) -> None:
    assert calculated(share, 1, 0) is None
    assert calculated(share, 1, None) is None
    assert calculated(share, None, 1) is None
    assert calculated(share, 0, 1) == 0


def test_types_are_those_of_published_columns() -> None:
    frame = pl.select(rate=percent(pl.lit(1), pl.lit(3)), euros=per_head(pl.lit(1), pl.lit(3)))
    assert frame.schema == {"rate": RATE, "euros": AMOUNT}
