"""Each reconciliation rule finds what its examples say, with class and cause, and nothing else."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from functools import cache

import polars as pl
import pytest

from assets.published.spuk_ledger.audit_rules.rule_inputs import RuleInputs
from assets.published.spuk_ledger.audit_rules.rule_list import RULES
from assets.published.spuk_ledger.findings import found
from assets.reference.spuk_schemes import schemes
from assets.reference.tables import spuk_causes, spuk_rules, spuk_subjects
from expectations import contract
from pipelines.handbook import reconciliation_page
from pipelines.handbook.reconciliation_page import ExampleCase
from tests.support.forms import ledger_rows as server

EXAMPLES = reconciliation_page.examples()
BY_ID = {rule.id: rule for rule in RULES}
CASES = [
    pytest.param(name, number, id=f"{name}-{number + 1}")
    for name, example in EXAMPLES.items()
    for number in range(len(example.cases))
]


def evidence(case: ExampleCase) -> RuleInputs:
    rows = []
    for cells in case.rows:
        given = dict(zip(case.columns, cells, strict=True))
        year = given.pop("year")
        more = {
            key: cell for key, cell in given.items() if key not in {"state", "recipient", "amount"}
        }
        if (state := given["state"]) in case.evidence:
            more.setdefault("evidence", case.evidence[state])
        period = int(year) if year.isdigit() else year
        rows.append(server.entry(state, given["recipient"], period, given.get("amount"), **more))
    return RuleInputs.of(
        server.ledger(*rows),
        schemes(),
        date.fromisoformat(case.known_on),
        server.regions(**{name: list(members) for name, members in case.regions.items()}),
        server.lists(*case.lists),
        server.transitions(*case.mergers),
    )


@cache
def outcome(name: str, number: int) -> tuple[pl.DataFrame, int]:
    """Findings of a rule in its example, and how much it compared."""
    compared = BY_ID[name].compared(evidence(EXAMPLES[name].cases[number])).collect()
    named = compared.lazy().select(pl.lit(name).alias("rule"), pl.all())
    return found(named).collect(), compared.height


@pytest.mark.parametrize(("name", "number"), CASES)
def test_a_rule_finds_what_its_example_expects(name: str, number: int) -> None:
    case = EXAMPLES[name].cases[number]
    findings, judged = outcome(name, number)
    found = findings.select(
        "recipient_name", "component", "period", "cause", "class", "difference_eur"
    ).rows()
    expected = [(*row[:-1], row[-1] and Decimal(row[-1])) for row in case.found]
    assert sorted(found, key=str) == sorted(expected, key=str)
    assert judged == case.judged


def test_every_rule_has_an_example_that_is_found_and_one_near_it_that_is_not() -> None:
    assert list(EXAMPLES) == list(BY_ID)
    for name, example in EXAMPLES.items():
        assert any(case.found for case in example.cases), name
        assert any(case.judged > len(case.found) for case in example.cases), name


def test_every_cause_is_found_by_an_example() -> None:
    shown = {
        (name, row[3]) for name, e in EXAMPLES.items() for case in e.cases for row in case.found
    }
    assert shown == set(spuk_causes().select("rule", "cause").iter_rows())


def test_contract_statements_and_causes_speak_of_the_same_rules() -> None:
    promised = [
        rule.id.removeprefix("SPL-")
        for rule in contract.table("spuk_ledger.findings").rules
        if rule.id.startswith("SPL-R")
    ]
    assert promised == list(BY_ID) == spuk_rules()["rule"].to_list()
    assert set(spuk_causes()["rule"]) == set(BY_ID)


def test_a_finding_is_filled_and_leaves_no_placeholder() -> None:
    findings = pl.concat(outcome(*case.values)[0] for case in CASES)
    shape = contract.table("spuk_ledger.findings")
    assert dict(findings.schema) == dict(shape.dtypes)
    required = [name for name, column in shape.columns.items() if column.required]
    assert findings.select(required).null_count().sum_horizontal().item() == 0
    named = ("subject", "cause", "next_step")
    texts = findings.select(f"{name}_{language}" for name in named for language in ("nl", "en"))
    assert not texts.unpivot()["value"].str.contains(r"[{}]").any()


def test_what_is_compared_is_told_without_codes_and_every_sentence_is_of_use() -> None:
    """Every kind of comparison is in an example, so no sentence is idle and no word is missing."""
    compared = pl.concat(
        BY_ID[name].compared(evidence(case)).collect()
        for name, example in EXAMPLES.items()
        for case in example.cases
    )
    codes = spuk_subjects().filter(pl.col("kind") != "subject")["code"]
    coded = codes.filter(codes.str.contains("_")).to_list()
    for column in ("subject_nl", "subject_en"):
        assert not compared[column].str.contains_any(coded).any()
    keys = compared["subject"].unique().to_list()
    sentences = spuk_subjects().filter(kind="subject")["key"]
    unused = [
        sentence
        for sentence in sentences
        if not any(re.match(re.escape(sentence).replace(r"\{\}", ".+"), key) for key in keys)
    ]
    assert unused == []


def test_every_state_and_basis_of_the_ledger_has_a_word() -> None:
    columns = contract.table("spuk_ledger.spuk_ledger").columns
    for kind in ("state", "basis"):
        assert set(spuk_subjects().filter(kind=kind)["code"]) == set(columns[kind].values or ())
