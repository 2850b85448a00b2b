"""From a cell's text to a value: what is readable is exact, the rest is reported, nothing is guessed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.calc import parse_cells


def read(expression: pl.Expr, *cells: str | None) -> list[Any]:
    frame = pl.DataFrame({"cell": list(cells)}, schema={"cell": pl.String})
    return frame.select(expression.alias("value"))["value"].to_list()


def test_padding_is_no_text_and_no_text_is_missing() -> None:
    assert read(parse_cells.clean("cell"), " GM0363 ", "", "   ", None) == [
        "GM0363",
        None,
        None,
        None,
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", "12"),
        (" 12.5 ", "12.5"),
        ("-0.125", "-0.125"),
        ("+7", "7"),
        (".5", "0.5"),
        ("5.", "5"),
        ("1.5e3", "1500"),
        ("2E2", "200"),
        ("374.4", "374.4"),
    ],
)
def test_plain_numbers_are_read_exactly(text: str, value: str) -> None:
    assert read(parse_cells.number("cell"), text) == [Decimal(value)]


@pytest.mark.parametrize(
    "text",
    ["1,5", "1.000,50", "n.n.b.", "-", "€ 5", "12 000", "0x1F", "NaN", "inf", "1e", "--5", "٣"],
)
def test_what_is_no_plain_number_is_not_read(text: str) -> None:
    assert read(parse_cells.number("cell"), text) == [None]
    assert read(parse_cells.problems(any=("cell", parse_cells.number("cell"))), text) == [
        f'cell: cannot read "{text}"'
    ]


def test_a_number_beyond_every_amount_is_told_and_not_cut_off() -> None:
    huge = "9" * 30
    assert read(parse_cells.number("cell"), huge) == [None]
    assert read(parse_cells.problems(any=("cell", parse_cells.number("cell"))), huge) == [
        f'cell: cannot read "{huge}"'
    ]


def test_whole_numbers() -> None:
    assert read(parse_cells.integer("cell"), "5", "5.0", "5.5", "-3", "x", None) == [
        5, 5, None, -3, None, None,
    ]  # fmt: skip


def test_euros_have_cents_whatever_unit_the_source_has() -> None:
    assert read(parse_cells.euros("cell", 1_000), "1", "0.001", "-2.5") == [
        Decimal("1000.00"),
        Decimal("1.00"),
        Decimal("-2500.00"),
    ]
    assert read(parse_cells.euros("cell", 1_000_000_000), "142.8") == [Decimal("142800000000.00")]


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=2))
def test_an_amount_written_out_reads_back_as_itself(amount: Decimal) -> None:
    assert read(parse_cells.euros("cell", 1), f"{amount:f}") == [amount]


@given(st.integers(min_value=-(10**14), max_value=10**14))
def test_a_whole_number_written_out_reads_back_as_itself(number: int) -> None:
    assert read(parse_cells.integer("cell"), f" {number} ") == [number]


@given(st.text(max_size=12))
def test_every_cell_is_missing_read_or_told(text: str) -> None:
    value = parse_cells.number("cell")
    ((got,), (found,)) = (read(value, text), read(parse_cells.problems(any=("cell", value)), text))
    (clean,) = read(parse_cells.clean("cell"), text)
    assert [clean is None, got is not None, found is not None].count(True) == 1


def test_dates_and_years() -> None:
    dates = read(parse_cells.date("cell"), "2022-03-24", "24-03-2022", "2022-02-30", "")
    assert dates == [date(2022, 3, 24), None, None, None]
    years = read(parse_cells.year("cell"), "2023X005", "2023JJ00", " 2026", "23", "jaar 2023", None)
    assert years == [2023, 2023, 2026, None, None, None]


def test_all_problems_of_a_row_are_told_together() -> None:
    frame = pl.DataFrame({"a": ["x", "1", ""], "b": ["y", "z", None]})
    found = parse_cells.problems(
        one=("a", parse_cells.number("a")), two=("b", parse_cells.number("b"))
    )
    assert frame.select(found)["_problem"].to_list() == [
        'a: cannot read "x"; b: cannot read "y"',
        'b: cannot read "z"',
        None,
    ]
