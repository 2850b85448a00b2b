"""The version of a schema follows from what changed in the contract, and from nothing else."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from expectations.contract import Contract
from pipelines.publish import schema_version
from tests.support.releases.handmade import NOTES, declared


def edited(change: Any) -> Contract:
    content = copy.deepcopy(declared())
    table = content["tables"]["ceilings"]
    change(content, table, table["columns"])
    return Contract.model_validate(content)


BEFORE = Contract.model_validate(declared())
AREA = {"type": "text", "nl": "Gebied", "en": "Area"}


def _remove(c: Any, t: Any, columns: Any) -> None:
    del columns["status"]


def _rename(c: Any, t: Any, columns: Any) -> None:
    columns["state"] = columns.pop("status")


def _retype(c: Any, t: Any, columns: Any) -> None:
    columns["year"] = {**columns["year"], "type": "integer"}


def _reorder(c: Any, t: Any, columns: Any) -> None:
    columns["component"] = columns.pop("component")


def _insert(c: Any, t: Any, columns: Any) -> None:
    t["columns"] = {"area": AREA, **columns}


def _other_key(c: Any, t: Any, columns: Any) -> None:
    t["key"] = ["year", "component"]


def _other_unit(c: Any, t: Any, columns: Any) -> None:
    columns["ceiling_eur"] = {**columns["ceiling_eur"], "unit": "kEUR"}


def _loosen(c: Any, t: Any, columns: Any) -> None:
    columns["year"] = {**columns["year"], "required": False}


def _drop_table(c: Any, t: Any, columns: Any) -> None:
    c["tables"]["others"] = c["tables"].pop("ceilings")


def _append(c: Any, t: Any, columns: Any) -> None:
    columns["area"] = AREA


def _add_table(c: Any, t: Any, columns: Any) -> None:
    c["tables"]["notes"] = NOTES


def _tighten(c: Any, t: Any, columns: Any) -> None:
    columns["status"] = {**columns["status"], "required": True}


def _list_values(c: Any, t: Any, columns: Any) -> None:
    columns["status"] = {**columns["status"], "values": ["provisional"]}


def _drop_rule(c: Any, t: Any, columns: Any) -> None:
    t["rules"] = []


def _reword(c: Any, t: Any, columns: Any) -> None:
    columns["year"] = {**columns["year"], "en": "The year"}


def _resort(c: Any, t: Any, columns: Any) -> None:
    t["sorted_by"] = ["year"]


def _nothing(c: Any, t: Any, columns: Any) -> None:
    c["owner"] = "team:somebody"


@pytest.mark.parametrize(
    ("change", "version"),
    [
        *((each, "2.0.0") for each in (_remove, _rename, _retype, _reorder, _insert, _other_key)),
        *((each, "2.0.0") for each in (_other_unit, _loosen, _drop_table)),
        *((each, "1.5.0") for each in (_append, _add_table, _tighten, _list_values, _drop_rule)),
        *((each, "1.4.3") for each in (_reword, _resort)),
        (_nothing, "1.4.2"),
    ],
)
def test_the_highest_change_raises_the_version_once(change: Any, version: str) -> None:
    after = edited(change)
    assert schema_version.kept((BEFORE, "1.4.2"), after) == version
    found = schema_version.changes(BEFORE, after)
    assert any(each.breaking for each in found) == version.startswith("2.")
    assert all(each.sentence and each.as_dict()["level"] == each.level for each in found)


def test_breaking_changes_are_listed_first() -> None:
    def several(c: Any, t: Any, columns: Any) -> None:
        _reword(c, t, columns)
        _append(c, t, columns)
        _remove(c, t, columns)

    levels = [each.level for each in schema_version.changes(BEFORE, edited(several))]
    assert levels == sorted(levels, key=["major", "minor", "patch"].index)
    assert len(levels) == 3


def test_the_first_release_has_the_version_the_contract_starts_with() -> None:
    assert schema_version.kept(None, BEFORE) == "1.0.0"


def test_a_contract_may_declare_more_than_its_changes_ask_for_but_not_less() -> None:
    declared_higher = Contract.model_validate({**declared(), "schema_version": "3.0.0"})
    assert schema_version.kept((BEFORE, "1.4.2"), declared_higher) == "3.0.0"
    declared_lower = Contract.model_validate({**declared(), "schema_version": "1.0.0"})
    assert schema_version.kept((BEFORE, "12.0.0"), declared_lower) == "12.0.0"
