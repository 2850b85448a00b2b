"""On any table both engines count the same, and an audit loses no row.

The tables are generated: missing values, Unicode, line breaks, repeated keys, decimals at the bounds,
no rows at all.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import chain
from typing import Any

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from expectations import gx_runner
from expectations.audit import Audit, audit
from expectations.contract import TRACE, TYPES, Bilingual, Column, Table, contracts
from expectations.paths import ROOT
from expectations.rule_examples import kind_of
from expectations.vocabulary import KINDS, AnyRule, Rule
from expectations.vocabulary.anomalies import Balances, InScale, LeafCode, Reported
from expectations.vocabulary.groups import (
    Complete,
    Coverage,
    Reconciles,
    RowCount,
    SameTotal,
    SumsTo,
)
from expectations.vocabulary.links import InCodeList, OneParent, Referenced
from expectations.vocabulary.mixups import NotSwapped, Placed, Stated
from expectations.vocabulary.peers import NoTotalAmongParts, RatioUniform, ShareConstant
from expectations.vocabulary.rows import (
    Between,
    Excludes,
    InSet,
    KeyUnique,
    Matches,
    NotAfter,
    NotNull,
    Sign,
)
from expectations.vocabulary.series import Jump, Monotone
from expectations.vocabulary.tables import Freshness, Schema
from expectations.vocabulary.verdicts import Verdict

WHY = "An example."
NO_TEXT = Bilingual(nl="", en="")

# Few different values, so that keys collide, codes are sometimes listed and groups are never alone.
CELLS: dict[str, tuple[str, st.SearchStrategy[Any]]] = {
    "year": ("year", st.sampled_from([2022, 2023])),
    "code": (
        "code",
        st.sampled_from(["GM0001", "GM0001\n", "GM1", "", "GM٠٠٠١", "é", "e\u0301", "NL", "NL\n\n"])
        | st.text(max_size=3),
    ),
    "amount_eur": (
        "amount",
        st.sampled_from(["0", "-0.01", "100", "100.01", "0.70", "0.71"]).map(Decimal)
        | st.decimals(-200, 200, places=2),
    ),
    "count": ("integer", st.sampled_from([-1, 0, 1, 100, 101, 2**53 + 1])),
    "first": ("date", st.dates(dt.date(2020, 1, 1), dt.date(2020, 1, 3))),
    "last": ("date", st.dates(dt.date(2020, 1, 1), dt.date(2020, 1, 3))),
    "known_from": ("moment", st.sampled_from(["2024", "2024-12", "2024-12-10", "2025"])),
    "known_to": ("moment", st.sampled_from(["2024", "2024-11", "2024-12-09", "2025-01"])),
    "flags": ("flags", st.sampled_from(["b_word", "a_word;c_word", "low"])),
}
# Rules that compare a row with the same code elsewhere need codes that come back.
ALIKE: dict[str, st.SearchStrategy[Any]] = {
    "code": st.sampled_from(["GM0001", "GM1", "NL"]),
    "amount_eur": st.sampled_from(["0.70", "7.00", "100"]).map(Decimal),
    "count": st.sampled_from([1, 100]),
}
OTHER = "example.codes"
RULES: tuple[AnyRule, ...] = (
    NotNull(id="EX-filled", column="count", reason=WHY, severity="warning", flag="no_count"),
    InSet(id="EX-set", column="code", values=("GM0001", "é"), reason=WHY, severity="info"),
    InSet(id="EX-set-of", column="code", values=("é",), where={"code": "GM0001"}, reason=WHY),
    Matches(id="EX-shape", column="code", pattern="^GM[0-9]{4}$", reason=WHY, severity="warning"),
    Excludes(id="EX-national", column="code", pattern="^NL.*$", reason=WHY),
    Between(id="EX-amount", column="amount_eur", min=0, max=100, reason=WHY),
    Between(
        id="EX-count", column="count", max=100, reason=WHY, severity="warning", flag="high_count"
    ),
    NotAfter(id="EX-dates", column="first", other="last", reason=WHY),
    NotAfter(id="EX-known", column="known_from", other="known_to", reason=WHY, severity="warning"),
    InCodeList(
        id="EX-code",
        columns=("code", "year"),
        reference=OTHER,
        reference_columns=("code", "year"),
        reason=WHY,
        severity="warning",
    ),
    SumsTo(
        id="EX-sum",
        by=("year",),
        column="amount_eur",
        parts={"code": ("é", "GM1", "")},
        total={"code": ("GM0001", "NL", "GM0001\n")},
        within=Decimal("0.7"),
        reason=WHY,
    ),
    SameTotal(
        id="EX-series",
        by=("year",),
        column="amount_eur",
        series="code",
        base="GM0001",
        scope=("year",),
        reason=WHY,
    ),
    Reconciles(
        id="EX-same",
        by=("code",),
        column="amount_eur",
        reference=OTHER,
        reference_column="amount_eur",
        within_pct=Decimal("0.7"),
        reason=WHY,
    ),
    Coverage(
        id="EX-cover",
        by=("year",),
        column="amount_eur",
        weight="count",
        min_pct=Decimal("99.7"),
        reason=WHY,
    ),
    Complete(
        id="EX-all",
        by=("year",),
        column="code",
        reference=OTHER,
        reference_column="code",
        reason=WHY,
    ),
    RowCount(id="EX-two", by=("year", "code"), equals=2, reason=WHY),
    RowCount(id="EX-some", by=("year",), at_least=2, reason=WHY),
    Verdict(
        id="EX-verdict",
        column="amount_eur",
        lowest="count",
        highest="count",
        word="code",
        within=("GM0001",),
        beyond=("GM1", "é"),
        unknown=("NL",),
        reason=WHY,
    ),
    Sign(
        id="EX-sign",
        column="amount_eur",
        sign="not_negative",
        beyond=Decimal("0.7"),
        where={"year": "2022"},
        reason=WHY,
        severity="warning",
    ),
    Referenced(
        id="EX-there",
        columns=("code", "year"),
        reference=OTHER,
        reference_columns=("code", "year"),
        at_most=1,
        reason=WHY,
        severity="warning",
    ),
    OneParent(
        id="EX-parent",
        by=("year",),
        child="flags",
        parent="code",
        reason=WHY,
        severity="warning",
    ),
    ShareConstant(
        id="EX-share",
        by=("year",),
        column="amount_eur",
        recipient="flags",
        except_where={"code": "é"},
        within=Decimal("0.7"),
        within_pct=Decimal("0.7"),
        reason=WHY,
        severity="warning",
    ),
    RatioUniform(
        id="EX-ratio",
        member="flags",
        column="amount_eur",
        old={"year": "2022"},
        new={"year": "2023"},
        reason=WHY,
        severity="warning",
    ),
    NoTotalAmongParts(
        id="EX-total",
        by=("year",),
        column="amount_eur",
        within=Decimal("0.7"),
        min_parts=2,
        reason=WHY,
        severity="warning",
    ),
    Monotone(
        id="EX-rise",
        by=("year",),
        order="known_from",
        column="amount_eur",
        within=Decimal("0.7"),
        reason=WHY,
        severity="warning",
    ),
    Jump(
        id="EX-jump",
        by=("flags",),
        period="year",
        column="count",
        max_z=Decimal("0.5"),
        reason=WHY,
        severity="warning",
    ),
    Reported(id="EX-reported", by=("year", "code"), columns=("count",), reason=WHY),
    Balances(
        id="EX-balance",
        plus=("amount_eur",),
        minus=("count",),
        within=Decimal("0.7"),
        reason=WHY,
        severity="warning",
    ),
    InScale(
        id="EX-scale",
        column="amount_eur",
        weight="count",
        peers=("year",),
        own=("code",),
        below=Decimal(5),
        least=Decimal("0.7"),
        least_peers=1,
        least_own=1,
        sigmas=Decimal(0),
        reason=WHY,
        severity="warning",
    ),
    LeafCode(
        id="EX-leaf",
        code="code",
        amounts=("amount_eur",),
        reference=OTHER,
        part="^(GM[0-9]*|NL)[^0-9]*$",
        reason=WHY,
        severity="warning",
    ),
    NotSwapped(
        id="EX-swap",
        column="amount_eur",
        by=("first",),
        keys=("year",),
        expected=Stated(reference=OTHER, keys=("year",), column="amount_eur", newest="amount_eur"),
        times=Decimal("1.1"),
        reason=WHY,
        severity="warning",
    ),
    Placed(
        id="EX-place",
        member="year",
        group="code",
        weight=Stated(reference=OTHER, keys=("year",), column="amount_eur", newest="amount_eur"),
        amount=Stated(reference=OTHER, keys=("code",), column="amount_eur", newest="amount_eur"),
        within_pct=Decimal(2),
        reason=WHY,
        severity="warning",
    ),
    Schema(id="EX-columns", columns={"year": "Int16", "code": "Int64"}, reason=WHY),
    Freshness(
        id="EX-fresh",
        by=("year",),
        column="known_from",
        reference_column="known_to",
        unit="month",
        max_behind=0,
        reason=WHY,
    ),
)
TABLE = Table(
    stage="core",
    title=NO_TEXT,
    description=NO_TEXT,
    key=("year", "code"),
    columns={
        name: Column.model_validate({"type": kind, "nl": "", "en": ""})
        for name, (kind, _) in CELLS.items()
    },
    rules=RULES,
    dataset="example",
    name="rows",
    rule_prefix="EX-rows",
)


@st.composite
def tables(draw: st.DrawFn) -> pl.DataFrame:
    """A candidate table: each cell may be missing, each row knows where it came from."""
    problem = st.sampled_from([None, None, None, "count: cannot read 'x'"])
    filled = {name: values for name, (_, values) in CELLS.items()} | {"_problem": problem}
    gaps = {name: st.none() | values for name, values in filled.items()}
    rows = draw(
        st.lists(st.fixed_dictionaries(gaps), max_size=8)
        # Rules about peers see nothing in a few rows full of gaps.
        | st.lists(st.fixed_dictionaries(filled), min_size=6, max_size=8)
        | st.lists(st.fixed_dictionaries(filled | ALIKE), min_size=6, max_size=8)
    )
    frame = pl.DataFrame(rows, schema={**TABLE.dtypes, "_problem": pl.String()})
    place = pl.format("row {}", pl.int_range(pl.len())).alias("_locator")
    return frame.with_columns(place, _capture=pl.lit("0" * 64))


@st.composite
def references(draw: st.DrawFn) -> dict[str, pl.LazyFrame]:
    names = ["code", "year", "amount_eur"]
    cells = {name: st.none() | CELLS[name][1] for name in names}
    alike = {name: ALIKE.get(name, CELLS[name][1]) for name in names}
    rows = draw(
        st.lists(st.fixed_dictionaries(cells), max_size=4)
        | st.lists(st.fixed_dictionaries(alike), min_size=3, max_size=5)
    )
    return {OTHER: pl.LazyFrame(rows, schema={name: TYPES[CELLS[name][0]] for name in names})}


few = settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)


def test_every_kind_takes_part() -> None:
    assert {kind_of(type(rule)) for rule in TABLE.all_rules} == {kind_of(kind) for kind in KINDS}


@few
@given(frame=tables(), other=references())
def test_polars_and_great_expectations_count_the_same_rows(
    frame: pl.DataFrame, other: dict[str, pl.LazyFrame]
) -> None:
    rules = [rule for rule in TABLE.all_rules if rule.about == "rows"]
    measured = frame.lazy()
    for rule in rules:
        measured = rule.measured(measured, other)
    verdicts = [rule.fails().fill_null(value=False).sum().alias(rule.id) for rule in rules]
    split = measured.select(verdicts).collect().row(0, named=True)
    expectations = {rule.id: rule.expectation(other) for rule in rules}
    outcomes = gx_runner.validate("generated", measured.collect(), expectations)
    assert {rule_id: outcome.unexpected for rule_id, outcome in outcomes.items()} == split
    assert {rule_id: outcome.success for rule_id, outcome in outcomes.items()} == {
        rule_id: count == 0 for rule_id, count in split.items()
    }


def places(judged: Audit) -> Iterator[str]:
    return chain(judged.kept["_locator"], judged.quarantined["locator"])


@settings(few, max_examples=8)
@given(frame=tables(), other=references(), data=st.data())
def test_an_audit_keeps_every_row_once_in_an_order_of_its_own(
    frame: pl.DataFrame, other: dict[str, pl.LazyFrame], data: st.DataObject
) -> None:
    judged = audit(TABLE, frame.lazy(), other)  # raises VK-D003 where the engines disagree
    assert judged.read == judged.kept.height + judged.quarantined.height == frame.height
    assert sorted(places(judged)) == sorted(frame["_locator"])
    assert judged.kept.schema == pl.Schema({**TABLE.dtypes, **TRACE})

    order = data.draw(st.permutations(range(frame.height)))
    shuffled = audit(TABLE, frame[order].lazy(), other)
    assert shuffled.findings == judged.findings
    assert shuffled.kept.equals(judged.kept)
    assert shuffled.quarantined.equals(judged.quarantined)


def test_the_generated_tables_make_every_rule_fail() -> None:
    """Otherwise the agreement above would be an agreement about nothing."""
    seen: set[str] = set()

    @settings(few, max_examples=250)
    @given(frame=tables(), other=references())
    def collect(frame: pl.DataFrame, other: dict[str, pl.LazyFrame]) -> None:
        for rule in TABLE.all_rules:
            if rule.id in seen:
                continue
            measured = rule.measured(frame.lazy(), other)
            if measured.filter(rule.fails().fill_null(value=False)).collect().height:
                seen.add(rule.id)

    collect()
    # The tables are generated from the contract, so they have its columns. Figures that fit in one
    # arrangement only do not arise by chance; test_mixups.py plants them.
    assert {rule.id for rule in TABLE.all_rules} - seen <= {"EX-rows-schema", "EX-place"}


def measured_once(rule: Rule) -> bool:
    """Whether both counts look at something that only one piece of code measured."""
    plain = type(rule).measured is Rule.measured or (isinstance(rule, InSet) and not rule.where)
    return rule.about == "groups" or not plain


def test_the_decision_record_lists_each_kind_where_it_belongs() -> None:
    """What is counted twice and what once, of the rules in use; the numbers are those of its date."""
    text = (ROOT / "docs/adr/0003-every-rule-counted-twice.md").read_text("utf-8")
    rows = [line.split("|")[1:4] for line in text.splitlines() if line.startswith("| ")][2:]
    listed = {
        part.strip(): set(re.findall(r"`([a-z_]+)`", kinds)) - {"where"} for part, _, kinds in rows
    }
    found: dict[str, set[str]] = {part: set() for part in listed}
    table, methods, in_rows, in_groups = listed
    for contract in contracts().values():
        for rule in chain.from_iterable(each.all_rules for each in contract.tables.values()):
            if isinstance(rule, KeyUnique):
                part = methods
            elif measured_once(rule):
                part = in_groups if rule.about == "groups" else in_rows
            else:
                part = table
            found[part].add(rule.kind)  # type: ignore[attr-defined]
    assert found == listed
