"""What is added up for an audit pack: each euro once, from the document that decides."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.audit_pack import amounts
from pipelines.audit_pack.pack_data import LEDGER
from tests.support.releases.audit_evidence import Row, entry, frame


def summed(*rows: Row) -> dict[tuple[str, str, str], Decimal]:
    """period, state, basis -> amount of the scheme."""
    ledger = frame(LEDGER, list(rows))
    found = amounts.by_scheme(ledger, amounts.components(ledger))
    return {
        (row["period"], row["state"], row["basis"]): row["amount_eur"]
        for row in found.iter_rows(named=True)
    }


def one(*rows: Row) -> Decimal:
    (amount,) = summed(*rows).values()
    return amount


def test_an_older_version_of_a_document_is_not_added() -> None:
    old = entry(amount_eur="2431", document_version="2023-11-11", is_newest="no")
    assert one(old, entry(amount_eur="6000")) == 6000


def test_a_letter_about_the_same_amount_is_not_added_to_the_regulation() -> None:
    letter = entry(
        amount_eur="999", evidence="letter", document_id="letter", visible_from=date(2026, 1, 1)
    )
    assert one(letter, entry(amount_eur="1000")) == 1000


def test_an_amount_is_contested_whichever_document_decides() -> None:
    letter = entry(amount_eur="999", evidence="letter", document_id="letter")
    for rows, differ in (([entry(), letter], True), ([entry(), entry(document_id="x")], False)):
        ledger = frame(LEDGER, rows)
        found = amounts.by_scheme(ledger, amounts.components(ledger))
        assert found["contested"].to_list() == [differ]


def test_components_are_added_only_where_no_total_is_given() -> None:
    parts = [entry(component=name, amount_eur="40") for name in ("mantelzorg", "valpreventie")]
    assert one(*parts) == 80
    assert one(*parts, entry(amount_eur="87500")) == 87500


def test_a_missing_amount_is_not_zero() -> None:
    assert summed(entry(amount_eur=None)) == {}
    assert one(entry(amount_eur="0")) == 0


def test_two_days_in_a_payment_list_are_two_payments() -> None:
    paid: dict[str, Any] = {
        "state": "advanced", "basis": "as_stated", "evidence": "payment_list", "amount_eur": "50",
    }  # fmt: skip
    days = ("2024-01-15", "2024-07-15")
    assert one(*(entry(**paid, event_date=day, source_locator=day) for day in days)) == 100


def test_a_changed_decision_counts_with_its_new_amount() -> None:
    decided: dict[str, Any] = {
        "evidence": "grant_list", "basis": "as_stated", "grant_number": "GZ-1", "document_id": "g",
    }  # fmt: skip
    first = entry(**decided, state="granted", amount_eur="100", event_date="2023-05-01")
    changed = entry(**decided, state="amended", amount_eur="120", event_date="2024-05-01")
    assert summed(first, changed) == {("2026", "granted", "as_stated"): Decimal(120)}


def test_spending_without_audit_is_not_mixed_with_audited() -> None:
    spent: dict[str, Any] = {"state": "spent", "basis": "own", "evidence": "sisa_annex"}
    audited = entry(**spent, amount_eur="70", control="R", component="a")
    bare = entry(**spent, amount_eur="30", control="nvt", component="b")
    assert one(audited, bare) == 70


def test_the_ceiling_is_that_of_the_nation_and_shares_are_added() -> None:
    nation: dict[str, Any] = {
        "recipient_kind": "nation", "recipient_name": "Nederland", "recipient_code": "NL01",
        "state": "ceiling", "basis": "as_stated",
    }  # fmt: skip
    found = summed(
        entry(**nation, amount_eur="254000001"),
        entry(amount_eur="1"),
        entry(amount_eur="2", recipient_name="Almere", recipient_code="GM0034"),
    )
    assert found == {
        ("2026", "ceiling", "as_stated"): Decimal(254000001),
        ("2026", "allocatable", "excl_lpo"): Decimal(3),
    }


def test_a_sum_of_some_components_is_marked_incomplete() -> None:
    nation: dict[str, Any] = {
        "recipient_kind": "nation", "recipient_name": "Nederland", "state": "ceiling",
    }  # fmt: skip
    ceilings = [entry(**nation, component=name) for name in ("mantelzorg", "valpreventie")]
    ledger = frame(LEDGER, [*ceilings, entry(component="mantelzorg")])
    found = amounts.by_scheme(ledger, amounts.components(ledger))
    assert dict(found.select("state", "complete").rows()) == {"ceiling": True, "allocatable": False}


def test_of_two_bases_the_one_known_of_most_recipients_is_shown() -> None:
    ledger = frame(
        LEDGER,
        [
            entry(basis="excl_lpo"),
            entry(basis="incl_lpo"),
            entry(basis="incl_lpo", recipient_name="Almere", recipient_code="GM0034"),
        ],
    )
    found = amounts.one_basis(amounts.by_scheme(ledger, amounts.components(ledger)))
    assert found.select("basis", "recipients").rows() == [("incl_lpo", 2)]


def test_a_stated_total_is_shown_before_the_components_of_another_basis() -> None:
    """Vlieland 2026: its components hold its share, 8,206.96; the total is the floor amount, 87,500."""
    parts = [
        entry(component=name, basis="as_stated", amount_eur="4103.48")
        for name in ("mantelzorg", "valpreventie")
    ]
    ledger = frame(LEDGER, [*parts, entry(amount_eur="87500"), entry(basis="incl_lpo")])
    there_are = amounts.components(ledger)
    for sums in (amounts.by_scheme, amounts.by_recipient):
        shown = amounts.one_basis(sums(ledger, there_are))
        assert shown.select("basis", "amount_eur").rows() == [("excl_lpo", Decimal(87500))]
    bare = amounts.one_basis(amounts.by_scheme(frame(LEDGER, parts), there_are))
    assert bare["amount_eur"].to_list() == [Decimal("8206.96")]


NAMES = ("Aa en Hunze", "Utrecht", "Zwolle")
ENTRIES = st.lists(
    st.builds(
        lambda name, year, component, cents: entry(
            recipient_name=name,
            recipient_code=None,
            year=year,
            component=component,
            amount_eur=str(Decimal(cents) / 100),
            source_locator=f"{name} {year} {component}",
        ),
        st.sampled_from(NAMES),
        st.sampled_from((2025, 2026)),
        st.sampled_from(("total", "mantelzorg", "valpreventie")),
        st.integers(0, 10**10),
    ),
    max_size=30,
    unique_by=lambda row: row["source_locator"],
)


@settings(max_examples=25)
@given(ENTRIES)
def test_sums_are_those_of_independent_sql(rows: list[Row]) -> None:
    ledger = frame(LEDGER, rows)
    sql = """
        WITH totals AS (SELECT recipient_name, period FROM ledger WHERE component = 'total')
        SELECT period, sum(amount_eur) FROM ledger
        WHERE component = 'total' OR (recipient_name, period) NOT IN (FROM totals)
        GROUP BY period
    """
    with duckdb.connect() as connection:
        connection.register("ledger", ledger.to_arrow(compat_level=pl.CompatLevel.oldest()))
        expected = dict(connection.execute(sql).fetchall())
    assert {period: amount for (period, _, _), amount in summed(*rows).items()} == expected
