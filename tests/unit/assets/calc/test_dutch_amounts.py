"""Printed amounts: the rule, its edges, and that reading undoes writing."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.calc.dutch_amounts import amount, noticed, printed, unreadable
from assets.calc.ratios import AMOUNT


def read(text: str | None) -> tuple[Decimal | None, bool]:
    frame = pl.DataFrame({"text": [text]}, schema={"text": pl.String})
    value, bad = frame.select(amount(pl.col("text")), bad=unreadable(pl.col("text"))).row(0)
    return value, bad


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("€ 1.234,56", "1234.56"),
        ("€ 12.978.290,", "12978290"),
        ("40.354", "40354"),
        ("**€ 341.674,00**", "341674"),
        ("€ 0", "0"),
        ("€ 0,00", "0"),
        ("€\u00a015.685,24", "15685.24"),
        ("€ 1.000,-", "1000"),
        ("1234,5", "1234.50"),
        ("-€ 12,50", "-12.50"),
        ("€ -12,50", "-12.50"),
        ("€ \u221212", "-12"),
        ("9999999999999999,99", "9999999999999999.99"),
    ],
)
def test_what_is_printed_is_read(text: str, value: str) -> None:
    assert read(text) == (Decimal(value), False)


@pytest.mark.parametrize("text", [None, "", "  ", "-", "–", "€ -", "€"])
def test_no_amount_is_neither_zero_nor_a_mistake(text: str | None) -> None:
    assert read(text) == (None, False)


@pytest.mark.parametrize(
    "text",
    [
        "n.b.",
        "1.23",
        "12.34,56",
        "1,234",
        "1.2345",
        "€ 1.234.56",
        "1 234",
        "--1",
        "1e5",
        "12345678901234567",
    ],
)
def test_what_breaks_the_rule_is_unreadable(text: str) -> None:
    assert read(text) == (None, True)


@given(value=st.decimals(Decimal("-1e15"), Decimal("1e15"), places=2))
def test_reading_undoes_writing(value: Decimal) -> None:
    assert read(printed(f"{value:f}")) == (value, False)


@given(text=st.text())
def test_any_text_is_an_amount_nothing_or_unreadable(text: str) -> None:
    frame = pl.DataFrame({"text": [text]}).select(
        a=amount(pl.col("text")), b=unreadable(pl.col("text"))
    )
    assert frame.schema == {"a": AMOUNT, "b": pl.Boolean}
    assert frame.select(pl.col("a").is_null() | ~pl.col("b")).item()


@pytest.mark.parametrize("text", ["", "abc", "1,5", "1.", ".5", "-", "1.2.3"])
def test_text_that_is_no_number_is_printed_as_it_is(text: str) -> None:
    assert printed(text) == text


def test_the_result_keeps_the_name_of_its_column() -> None:
    frame = pl.DataFrame({"a": ["1"], "b": ["€ 1.000"]})
    assert frame.select(amount(pl.col("a")), amount(pl.col("b"))).columns == ["a", "b"]
    assert frame.select(unreadable(pl.col("a"))).columns == ["a"]


def found(text: str | None) -> str | None:
    frame = pl.DataFrame({"text": [text]}, schema={"text": pl.String})
    words: str | None = frame.select(noticed(pl.col("text"))).item()
    return words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("€ 12.978.290,", "stray comma"),
        ("40.354", "no euro sign"),
        ("**€ 341.674,00**", "bold"),
        ("**1234,5**", "bold; no euro sign; no thousands points; one decimal"),
        ("€ 12.978.290", None),
        ("€ 15.685,24", None),
        ("€ 0", None),
        ("€ 1.000,-", None),
        ("-€ 12,50", None),
        (None, None),
        ("-", None),
        ("PM", None),
        ("1 234,", None),
    ],
)
def test_what_is_unusual_about_an_amount_is_told(text: str | None, words: str | None) -> None:
    assert found(text) == words


@given(st.decimals(0, 10**12, places=2, allow_nan=False), st.booleans())
def test_an_amount_in_the_usual_notation_is_not_unusual(value: Decimal, complete: bool) -> None:
    plain = printed(str(int(value)) if complete else str(value))
    assert found(plain) is None
    # Each oddity is told once, whatever the others are, and the amount stays what it was.
    bare = plain.removeprefix("€ ")
    assert found(bare) == "no euro sign"
    assert found(f"**{plain}**") == "bold"
    assert read(f"**{bare}**") == read(plain)


@given(st.text(max_size=12))
def test_only_an_amount_is_judged(text: str) -> None:
    if read(text)[0] is None:
        assert found(text) is None
