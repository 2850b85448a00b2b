"""One printed cell at a time: amounts, dates, periods and words of lists and annexes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.core import spuk_entries as read
from assets.reference.tables import sisa_questions, spuk_words
from expectations.contract import contract


def amount(text: str, is_point: bool = False) -> Decimal | None:
    frame = pl.DataFrame({"t": [text]})
    return frame.select(read.amount(pl.col("t"), pl.lit(is_point))).item()  # type: ignore[no-any-return]


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=2))
def test_an_amount_is_read_back_whole_in_both_notations(value: Decimal) -> None:
    point = f"{value:.2f}"
    grouped = f"{value:,.2f}".translate(str.maketrans(",.", ".,"))
    assert amount(point, is_point=True) == amount(f"€ {grouped}") == value


@pytest.mark.parametrize(
    ("text", "is_point", "value"),
    [
        ("1.234", False, "1234.00"),
        ("1.234", True, None),  # a third decimal that somebody typed is no cent
        ("1492.6890000000001", True, None),
        ("0.30000000000000004", True, "0.30"),  # and this is how a workbook keeps thirty cents
        ("0", False, "0.00"),
        ("€ 0", False, "0.00"),
        ("1,005", False, None),
        ("n.n.b.", False, None),
        ("-", False, None),
        ("12e3", True, None),
    ],
)
def test_amounts(text: str, is_point: bool, value: str | None) -> None:
    assert amount(text, is_point) == (value and Decimal(value))


def moment(text: str) -> str | None:
    return pl.DataFrame({"t": [text]}).select(read.moment(pl.col("t"))).item()  # type: ignore[no-any-return]


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2099, 12, 31)))
def test_a_day_is_the_same_in_both_orders(day: date) -> None:
    iso = day.isoformat()
    assert moment(iso) == moment(f"{day.day}-{day.month}-{day.year}") == iso
    assert moment(f"{iso}T00:00:00") == iso
    assert (moment(iso[:7]), moment(iso[:4])) == (iso[:7], iso[:4])


@pytest.mark.parametrize(
    "text", ["2024-02-30", "31-4-2024", "2024-13", "maart 2024", "24", "45352"]
)
def test_what_is_no_date(text: str) -> None:
    assert moment(text) is None


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("2024", "2024"),
        (" 2024-2028 ", "2024-2028"),
        ("2024 – 2028", "2024-2028"),
        ("2028-2024", None),
        ("2024-2024", None),
        ("24", None),
        ("2024.0", None),
    ],
)
def test_periods(text: str, period: str | None) -> None:
    frame = pl.DataFrame({"t": [text]}).select(_p=read.period(pl.col("t")))
    assert frame.item() == period
    year = frame.select(read.year_of("_p")).item()
    assert year == (int(period) if period and len(period) == 4 else None)


def test_the_words_of_lists_are_the_states_that_the_contract_expects() -> None:
    words = spuk_words()
    rules = {rule.id: rule for rule in contract("spuk_ledger").tables["grants"].rules}
    assert set(rules["SPL-grants-state"].values) == set(words.filter(what="state")["code"])  # type: ignore[attr-defined]
    columns = contract("spuk_ledger").tables["grants"].columns
    for what in ("state", "basis", "recipient_kind"):
        assert set(words.filter(what=what)["code"]) <= set(columns[what].values)
    bare = words.select("what", pl.col("nl", "en").str.to_lowercase())
    assert bare.select("what", "nl").is_unique().all()


def test_every_question_has_a_meaning_that_the_ledger_knows() -> None:
    columns = contract("spuk_ledger").tables["accounts"].columns
    for row in sisa_questions().iter_rows(named=True):
        assert row["status"] in ("seen", "expected") and row["evidence"]
        if row["takes"] in ("amount", "answer"):
            assert row["state"] in columns["state"].values
            assert row["basis"] in columns["basis"].values
        else:
            assert row["takes"] in ("grant_number", "key", "note")
            assert (row["state"], row["basis"]) == (None, None)


def test_a_row_that_cannot_be_read_stops_nothing_else_in_tables_of_dropped_files() -> None:
    for name, table in contract("spuk_ledger").tables.items():
        (readable,) = (rule for rule in table.all_rules if rule.id.endswith("-readable"))
        dropped = name in ("grants", "payments", "accounts", "rejected")
        assert table.dropped_files == dropped and readable.sets_aside
        assert readable.severity == ("warning" if dropped else "critical")
