"""The contracts in `datasets/` hold together: what a rule names exists and can be compared."""

from __future__ import annotations

import re
from collections.abc import Iterator
from graphlib import TopologicalSorter
from typing import Any

import polars as pl
import pytest

from expectations.contract import DATASETS, Column, Contract, Table, contracts, load_contract
from expectations.cross import Across
from expectations.vocabulary import Rule
from expectations.vocabulary.groups import Complete, Reconciles
from expectations.vocabulary.links import InCodeList
from expectations.vocabulary.rows import Between, Excludes, InSet, Matches, NotAfter

CONTRACTS = contracts()
TABLES = {f"{t.dataset}.{t.name}": t for c in CONTRACTS.values() for t in c.tables.values()}
# A rule between tables is about its own left table, not about the table of comparisons.
RULES = [
    (TABLES[rule.table], rule.rule) if isinstance(rule, Across) else (table, rule)
    for table in TABLES.values()
    for rule in table.all_rules
]
ACROSS = [rule for table in TABLES.values() for rule in table.all_rules if isinstance(rule, Across)]
EVERY_CONTRACT = pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS)
EVERY_TABLE = pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)


def of(*kinds: type[Rule]) -> pytest.MarkDecorator:
    """Run a test for every rule of these kinds."""
    chosen = [pytest.param(t, rule, id=rule.id) for t, rule in RULES if isinstance(rule, kinds)]
    return pytest.mark.parametrize(("table", "rule"), chosen)


TEXT = {"code", "text", "flags", "moment"}
NUMBERS = {"year", "integer", "amount", "number", "rate", "share"}
# A year is a label and a share is a fraction of one; other numbers say nothing without a unit.
WITH_UNIT = NUMBERS - {"year", "share"}


# The fields by which rule kinds name columns of their own table, and rows by the text in them.
ONE = (
    *("column", "other", "weight", "recipient", "member", "group", "child", "parent"),
    *("order", "period", "word", "lowest", "highest"),
)
SEVERAL = ("columns", "by", "among", "peers", "own", "plus", "minus", "amounts")
ROWS = ("where", "parts", "total", "basis", "old", "new", "except_where")


def own_columns(rule: Rule) -> set[str]:
    one = [getattr(rule, field, None) for field in ONE]
    if getattr(rule, "reference", None) is None:
        one.append(getattr(rule, "reference_column", None))
    return {
        *(column for column in one if isinstance(column, str)),
        *(column for field in (*SEVERAL, *ROWS) for column in getattr(rule, field, ())),
    }


def reference_columns(rule: Rule) -> set[str]:
    """The columns a rule names in the one table it refers to."""
    if getattr(rule, "reference", None) is None:
        return set()
    one = getattr(rule, "reference_column", None)
    several = (*getattr(rule, "reference_columns", ()), *getattr(rule, "reference_where", ()))
    return {*several, *([one] if one else [])}


def joined(rule: Rule, table: Table) -> list[tuple[str, str]]:
    """Pairs of own and reference column whose values must be equal for rows to meet."""
    if isinstance(rule, InCodeList):
        return list(zip(rule.columns, rule.reference_columns, strict=True))
    if isinstance(rule, Reconciles):
        return [(column, column) for column in rule.by]
    if isinstance(rule, Complete):
        other = TABLES[rule.reference]
        shared = [column for column in rule.by if column in other.columns]
        return [(column, column) for column in shared] + [(rule.column, rule.reference_column)]
    return []


def filters(rule: Rule, table: Table) -> Iterator[tuple[Column, str]]:
    """Every text a rule filters by, with the column it is compared with."""
    owners = dict.fromkeys(ROWS, table)
    if reference := getattr(rule, "reference", None):
        owners["reference_where"] = TABLES[reference]
    for field, owner in owners.items():
        for name, wanted in getattr(rule, field, {}).items():
            for value in [wanted] if isinstance(wanted, str) else wanted:
                yield owner.columns[name], value


def texts(value: Any, place: str) -> Iterator[tuple[str, str]]:
    """Every nl and en in a contract with its place."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("nl", "en"):
                yield f"{place}.{key}", inner
            else:
                yield from texts(inner, f"{place}.{key}")
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            yield from texts(inner, f"{place}.{number}")


def test_every_folder_has_a_contract_that_loads() -> None:
    folders = sorted(path.name for path in DATASETS.iterdir() if path.is_dir())
    assert folders == list(CONTRACTS)
    for name in folders:
        assert load_contract(DATASETS / name / "contract.yaml") == CONTRACTS[name]


@EVERY_CONTRACT
def test_a_dataset_publishes_a_table_of_its_own_name(contract: Contract) -> None:
    assert contract.published[0].name == contract.dataset


@EVERY_CONTRACT
def test_both_languages_are_filled_everywhere(contract: Contract) -> None:
    found = dict(texts(contract.model_dump(), contract.dataset))
    assert [place for place, text in found.items() if not text.strip()] == []
    columns = sum(len(table.columns) for table in contract.tables.values())
    assert len(found) == 2 * (2 + columns + 2 * len(contract.tables) + len(contract.caveats))


@EVERY_CONTRACT
def test_rule_ids_start_with_the_letters_of_their_dataset(contract: Contract) -> None:
    for table in contract.tables.values():
        for rule in table.all_rules:
            assert rule.id.startswith(f"{contract.rule_prefix}-")


def test_datasets_have_letters_of_their_own_and_tables_names_of_their_own() -> None:
    assert len({c.rule_prefix for c in CONTRACTS.values()}) == len(CONTRACTS)
    assert len({table.asset for table in TABLES.values()}) == len(TABLES)


@EVERY_TABLE
def test_numbers_have_a_unit(table: Table) -> None:
    bare = [n for n, c in table.columns.items() if c.type in WITH_UNIT and not c.unit]
    # Figures in different units say theirs row by row, in a required column beside the value.
    beside = table.columns.get("unit")
    by_row = ["value"] if "value" in table.columns else []
    assert bare == (by_row if beside and beside.required else [])
    units = {(c.type, c.unit) for c in table.columns.values() if c.type in ("amount", "rate")}
    assert units <= {("amount", "EUR"), ("rate", "percent")}


@EVERY_TABLE
def test_closed_lists_are_lists_of_different_texts(table: Table) -> None:
    for column in table.columns.values():
        assert not column.values or column.type in TEXT
        assert len(set(column.values)) == len(column.values)


@EVERY_TABLE
def test_a_key_of_one_column_is_required(table: Table) -> None:
    """`key_unique` does not judge a single missing key, so something else has to."""
    assert len(table.key) > 1 or table.columns[table.key[0]].required


@EVERY_TABLE
def test_a_table_has_at_most_one_column_of_flags(table: Table) -> None:
    assert sum(column.type == "flags" for column in table.columns.values()) <= 1


@of(Rule)
def test_flags_of_a_rule_are_explained_where_they_are_written(table: Table, rule: Rule) -> None:
    if rule.about == "rows" and rule.severity == "warning" and table.flags_column:
        column = table.columns[table.flags_column]
        assert rule.flag, "a row would be flagged with a rule id nobody knows"
        assert rule.flag in column.nl
        assert rule.flag in column.en
    else:
        assert rule.flag is None, "the flag would be written nowhere"


@of(Rule)
def test_columns_of_a_rule_exist(table: Table, rule: Rule) -> None:
    assert own_columns(rule) <= set(table.columns)
    for reference in rule.references():
        assert reference in TABLES
        assert reference_columns(rule) <= set(TABLES[reference].columns)


@pytest.mark.parametrize("rule", ACROSS, ids=lambda rule: rule.id)
def test_a_rule_between_tables_asks_for_columns_that_exist(rule: Across) -> None:
    assert set(rule.filled) <= set(TABLES[rule.table].columns)
    assert len(rule.references()) > 1, "it compares one table with itself; write it in the contract"


@of(InCodeList, Reconciles, Complete)
def test_rows_of_two_tables_can_meet(table: Table, rule: Rule) -> None:
    (reference,) = rule.references()
    pairs = joined(rule, table)
    assert pairs
    for own, other in pairs:
        assert table.dtypes[own] == TABLES[reference].dtypes[other], (own, other)


@of(Complete)
def test_a_list_to_complete_is_a_list_of_the_group(table: Table, rule: Complete) -> None:
    assert set(rule.by) & set(TABLES[rule.reference].columns)


@of(Between)
def test_bounds_belong_to_a_number(table: Table, rule: Between) -> None:
    assert table.columns[rule.column].type in NUMBERS
    assert rule.min is not None or rule.max is not None


@of(Matches, Excludes, InSet)
def test_lists_and_patterns_belong_to_a_text(
    table: Table, rule: Matches | Excludes | InSet
) -> None:
    assert table.columns[rule.column].type in TEXT


@of(Matches, Excludes)
def test_a_pattern_is_one_in_both_engines(table: Table, rule: Matches | Excludes) -> None:
    """One that a text can have, and one that a text can lack."""
    codes = ["GM0014", "NL01", "L1.1", "2024JJ00", "2024-12", "BWBR0047862", "as_reported"]
    codes += ["2024-2028", "H35", "0a" * 32, "001 " + "0a" * 6]
    examples = pl.Series([*codes, "other_work_inside", "", "?"])
    found = examples.str.contains(rule.pattern, strict=True).to_list()
    assert found == [re.search(rule.pattern, text) is not None for text in examples]
    assert set(found) == {True, False}


@of(NotAfter)
def test_only_moments_come_after_each_other(table: Table, rule: NotAfter) -> None:
    kinds = {table.columns[rule.column].type, table.columns[rule.other].type}
    assert kinds <= {"date", "moment"}


FILTERS = [
    pytest.param(column, value, id=f"{rule.id}-{value}")
    for table, rule in RULES
    for column, value in filters(rule, table)
]


@pytest.mark.parametrize(("column", "value"), FILTERS)
def test_a_filter_asks_for_values_that_can_occur(column: Column, value: str) -> None:
    """A misspelt value would select nothing, and a rule about nothing never fails."""
    assert column.type in TEXT | {"year"}
    assert not column.values or value in column.values


def test_references_make_no_circle() -> None:
    graph = {name: set(table.references()) - {name} for name, table in TABLES.items()}
    assert len(list(TopologicalSorter(graph).static_order())) == len(TABLES)
    assert any(graph.values())


def test_an_inner_table_is_not_judged_by_a_published_one() -> None:
    """Published tables are made of inner ones, so a rule the other way would close a circle."""
    for table in TABLES.values():
        if table.stage == "core":
            assert {TABLES[name].stage for name in table.references()} <= {"core"}
        assert f"{table.dataset}.{table.name}" not in table.references()
