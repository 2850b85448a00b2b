"""A lawful ledger gives no findings, one planted breach gives its rule and no other; checks count both."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assets.published.spuk_ledger.audit_rules.rule_inputs import RuleInputs
from assets.published.spuk_ledger.audit_rules.rule_list import RULES, comparisons
from assets.published.spuk_ledger.audit_rules.sentences import euros
from assets.published.spuk_ledger.findings import checks, found
from assets.reference.spuk_schemes import schemes
from expectations import contract
from tests.support.forms import ledger_rows as server
from tests.support.forms.ledger_rows import Row, entry

TOWNS = ["GM0014", "GM0037", "GM0047", "GM0050"]
REGIONS = {"Noord": TOWNS[:2], "Oost": TOWNS[2:]}
PARTS = ["valpreventie", "mantelzorg"]
YEARS = [2023, 2024, 2025]


def lawful(weights: list[int], spent_pct: int, carried_pct: int, bcf_pct: int) -> list[Row]:
    """A whole life of two schemes: shares by weight, spending and carry-over in per cent of the grant."""
    rows: list[Row] = []
    complete = sum(weights)
    for year in YEARS:
        ceilings = {part: complete * 100_000 * (n + 1) for n, part in enumerate(PARTS)}
        rows += [
            entry("ceiling", "NL01", year, top, component=part) for part, top in ceilings.items()
        ]
        for town, weight in zip(TOWNS, weights, strict=True):
            each = {part: weight * 100_000 * (n + 1) for n, part in enumerate(PARTS)}
            total = sum(each.values())
            rows += [entry("allocatable", town, year, x, component=p) for p, x in each.items()]
            rows.append(entry("allocatable", town, year, total, basis="excl_lpo"))
            rows.append(entry("allocatable", town, year, total * 104 // 100, basis="incl_lpo"))
            rows += _life(town, year, each, spent_pct, carried_pct, bcf_pct)
    for year in YEARS:
        for region, members in REGIONS.items():
            amount = sum(weights[TOWNS.index(town)] for town in members) * 1_000_000
            rows += _shared(region, members, year, amount)
    return rows


def _life(
    town: str, year: int, parts: dict[str, int], spent_pct: int, carried_pct: int, bcf_pct: int
) -> list[Row]:
    grants = parts if year < 2025 else {"total": sum(parts.values())}
    granted = sum(grants.values())
    in_fund = granted * bcf_pct // 100
    rows = [
        entry("advanced", town, year, granted - in_fund),
        entry("advanced", town, year, in_fund, basis="bcf"),
        entry("accounted", town, year, None, answer="Nee"),
    ]
    for part, amount in grants.items():
        spent = amount * spent_pct // 100
        rows.append(entry("granted", town, year, amount, component=part))
        rows.append(entry("spent", town, year, spent, component=part))
        rows.append(entry("spent", town, year, -100, component=part, basis="correction_own"))
        if year < 2025:
            before = 0 if year == 2023 else spent - 100
            running = {"component": part, "basis": "cumulative", "control": "nvt"}
            rows.append(entry("spent", town, year, before + spent, **running))
        limit = {2023: carried_pct, 2024: 0, 2025: carried_pct // 2}[year]
        rows.append(entry("carried_over", town, year, amount * limit // 100, component=part))
    return rows


def _shared(region: str, members: list[str], year: int, amount: int) -> list[Row]:
    holder, member = members
    iza: dict[str, Any] = {"scheme": "spuk_iza"}
    letter = {"evidence": "letter", "document_id": "letter"}
    own, others = amount // 2, amount // 4
    return [
        entry("allocatable", region, year, amount, document_id="BWBR0048411", **iza),
        entry("allocatable", region, year, amount, **letter, **iza),
        entry("granted", region, year, amount, **iza),
        entry("spent", holder, year, own, **iza),
        entry("spent", holder, year, others, basis="through_others", **iza),
        entry("spent", member, year, others, **iza),
    ]


def findings(rows: list[Row], known_on: date = server.KNOWN_ON, turn: bool = False) -> pl.DataFrame:
    ledger = server.ledger(*rows)
    evidence = RuleInputs.of(
        ledger.reverse() if turn else ledger,
        schemes(),
        known_on,
        server.regions(**REGIONS),
        server.lists(*TOWNS),
        server.transitions(("2025-01-01", "GM0099", TOWNS[0])),
    )
    return found(comparisons(evidence)).collect()


def changed(rows: list[Row], by: Callable[[Decimal], object], **which: object) -> list[Row]:
    """The rows, with the amount of the first one that is meant changed."""
    n = next(i for i, row in enumerate(rows) if which.items() <= row.items())
    return [
        *rows[:n],
        rows[n] | {"amount_eur": str(by(Decimal(rows[n]["amount_eur"])))},
        *rows[n + 1 :],
    ]


def without(rows: list[Row], **which: object) -> list[Row]:
    return [row for row in rows if not which.items() <= row.items()]


TOWN, PART = {"recipient_name": TOWNS[3]}, {"component": "valpreventie"}
LETTER: dict[str, object] = {"document_id": "letter", "period": "2025", "recipient_name": "Noord"}
BREACHES: dict[str, Callable[[list[Row]], list[Row]]] = {
    "R06": lambda rows: changed(
        changed(rows, lambda x: x + 10, **LETTER),
        lambda x: x - 7,
        **LETTER | {"recipient_name": "Oost"},
    ),
    "R08": lambda rows: [
        *rows,
        *(
            entry("granted", TOWNS[3], 2023, amount, component="kansrijke_start", grant_number="1")
            for amount in (0, 1)
        ),
    ],
    "R11": lambda rows: changed(rows, lambda x: x + 2, state="advanced", basis="as_stated", **TOWN),
    "R12": lambda rows: changed(
        rows, lambda x: x * 10, state="spent", period="2025", basis="own", **TOWN
    ),
    "R13": lambda rows: changed(rows, lambda x: x + 5, state="carried_over", period="2024", **TOWN),
    "R14": lambda rows: changed(
        rows, lambda x: x + 2, basis="cumulative", period="2024", **TOWN, **PART
    ),
    "R15": lambda rows: [
        *rows,
        *(
            entry("accounted", TOWNS[0], year, None, answer="Ja", scheme="spuk_iza")
            for year in (2025, 2026)
        ),
    ],
    "R16": lambda rows: [
        *rows,
        entry("spent", TOWNS[3], 2025, 1, basis="through_others", control="D1", component="total"),
    ],
    "R17": lambda rows: without(
        without(rows, state="spent", period="2025", **TOWN),
        state="accounted",
        period="2025",
        **TOWN,
    ),
    "R18": lambda rows: changed(rows, lambda x: x - 2, basis="through_others", scheme="spuk_iza"),
    "R19": lambda rows: [*rows, entry("applied", "GM0099", 2025, 1, evidence="payment_list")],
    "R20": lambda rows: changed(
        rows, lambda _: 900_000, basis="correction_own", period="2025", **TOWN
    ),
}

LAWFUL = st.builds(
    lawful,
    st.lists(st.integers(1, 9), min_size=4, max_size=4),
    st.integers(20, 80),
    st.integers(0, 20),
    st.integers(0, 21),
)
BOUNDED = settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@BOUNDED
@given(LAWFUL)
def test_a_lawful_ledger_has_no_findings(rows: list[Row]) -> None:
    assert findings(rows).rows() == []


@pytest.mark.parametrize("rule", BREACHES)
def test_one_planted_breach_gives_its_rule_and_no_other(rule: str) -> None:
    rows = lawful([3, 1, 4, 2], 80, 20, 5)
    assert findings(BREACHES[rule](rows))["rule"].unique().to_list() == [rule]


def test_the_order_of_the_ledger_makes_no_difference() -> None:
    rows = lawful([3, 1, 4, 2], 80, 20, 5)
    for breach in ("R06", "R12", "R14", "R18"):
        rows = BREACHES[breach](rows)
    straight, turned = findings(rows), findings(rows, turn=True)
    assert straight.height >= 4
    assert sorted(straight.rows(), key=str) == sorted(turned.rows(), key=str)


def test_what_is_not_yet_due_is_found_on_a_later_day() -> None:
    rows = BREACHES["R17"](lawful([3, 1, 4, 2], 80, 20, 5))
    assert findings(rows, date(2026, 7, 15)).is_empty()
    late = findings(rows, date(2026, 7, 16))
    assert late.select("rule", "cause", "recipient_name").rows() == [
        ("R17", "account_missing", TOWNS[3])
    ]


def test_checks_count_what_sql_counts_and_tell_why_there_is_nothing() -> None:
    rows = BREACHES["R12"](lawful([3, 1, 4, 2], 80, 20, 5))
    reported = checks(
        server.ledger(*rows),
        server.known(),
        server.regions(**REGIONS),
        server.lists(*TOWNS),
        server.transitions(),
    ).collect()
    shape = contract.table("spuk_ledger.checks")
    assert dict(reported.schema) == dict(shape.dtypes)
    assert {rule.id for rule in RULES} == set(reported["rule"])
    parts = reported.select(
        "agreed", "breach", "source_error", "needs_explanation", "known_exception"
    )
    assert (parts.sum_horizontal() == reported["judged"]).all()
    status = {
        (r, s): (status, n)
        for r, s, status, n in reported.select("rule", "scheme", "status", "judged").iter_rows()
    }
    assert status["R15", "spuk_iza"] == ("not_due", 0)
    assert status["R19", "brede_spuk"] == ("no_data", 0)

    connection = duckdb.connect().register("ledger", server.ledger(*rows).collect())
    overspent = connection.sql(
        """
        WITH spent AS (
          SELECT recipient_code, year, sum(amount_eur) AS spent FROM ledger
          WHERE scheme = 'brede_spuk' AND state = 'spent' AND basis = 'own' GROUP BY ALL
        ), granted AS (
          SELECT recipient_code, year, sum(amount_eur) AS granted FROM ledger
          WHERE scheme = 'brede_spuk' AND state = 'granted' GROUP BY ALL
        ), carried AS (
          SELECT recipient_code, year + 1 AS year, sum(amount_eur) AS carried FROM ledger
          WHERE state = 'carried_over' GROUP BY ALL
        )
        SELECT recipient_code, spent - granted - coalesce(carried, 0)
        FROM spent JOIN granted USING (recipient_code, year) LEFT JOIN carried USING (recipient_code, year)
        WHERE spent > granted + coalesce(carried, 0) + 1
        """
    ).fetchall()
    found_here = findings(rows).filter(pl.col("rule") == "R12")
    assert found_here.select("recipient_code", "difference_eur").rows() == overspent != []


@pytest.mark.parametrize(
    ("amount", "dutch", "english"),
    [
        ("1234567.89", "€ 1.234.567,89", "€1,234,567.89"),
        ("-266503.56", "−€ 266.503,56", "−€266,503.56"),
        ("500", "€ 500", "€500"),
        ("0.05", "€ 0,05", "€0.05"),
        (None, None, None),
    ],
)
def test_amounts_are_written_as_people_write_them(
    amount: str | None, dutch: str | None, english: str | None
) -> None:
    frame = pl.DataFrame({"x": [amount]}, schema={"x": pl.String}).with_columns(
        pl.col("x").cast(pl.Decimal(18, 2))
    )
    reported = frame.select(nl=euros(pl.col("x"), dutch=True), en=euros(pl.col("x"), dutch=False))
    assert reported.rows() == [(dutch, english)]
