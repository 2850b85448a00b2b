"""Rules between tables: read with their contract, judged on what was built before."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from expectations.audit import audit
from expectations.contract import DATASETS, CrossTable, load_contract
from expectations.cross import compared
from expectations.errors import VoorkantError

SPENT = pl.LazyFrame(
    {
        "year": [2023, 2023, 2024, 2024],
        "area": ["a", "b", "a", "b"],
        "spent": [1, 2, 3, None],
    },
    schema={"year": pl.Int16, "area": pl.String, "spent": pl.Int64},
)
CITED = pl.LazyFrame(
    {"year": [2023, 2024], "total": [3, 9]}, schema={"year": pl.Int16, "total": pl.Int64}
)
AREAS = pl.LazyFrame(
    {"year": [2024, 2024], "area": ["a", "b"]}, schema_overrides={"year": pl.Int16}
)
REFERENCES = {"x.spent": SPENT, "x.cited": CITED, "y.areas": AREAS}

SUM = {
    "id": "CAR-91", "table": "x.spent", "kind": "reconciles", "by": ["year"], "column": "spent",
    "reference": "x.cited", "reference_column": "total", "reason": "One sum.",
}  # fmt: skip
ALL = {
    "id": "CAR-92", "table": "x.spent", "filled": ["spent"], "kind": "complete", "by": ["year"],
    "column": "area", "reference": "y.areas", "reference_column": "area", "severity": "warning",
    "reason": "Every area spends.", "cause": "an area that was forgotten",
}  # fmt: skip

Rules = dict[str, list[dict[str, Any]]]
Written = Callable[[Rules], Path]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """A folder of datasets with one contract and these rules between tables."""

    def write(rules: Rules) -> Path:
        folder = tmp_path / "datasets"
        shutil.copytree(DATASETS / "care_spending", folder / "care_spending", dirs_exist_ok=True)
        content = yaml.safe_load((DATASETS / "cross.yaml").read_text("utf-8")) | {"rules": rules}
        (folder / "cross.yaml").write_text(yaml.safe_dump(content), "utf-8")
        return folder / "care_spending/contract.yaml"

    return write


def crossing(written: Written, *rules: dict[str, Any]) -> CrossTable:
    table = load_contract(written({"care_spending": list(rules)})).tables["cross"]
    assert isinstance(table, CrossTable)
    return table


def test_the_rules_of_a_dataset_become_a_table_of_it(written: Written) -> None:
    table = crossing(written, SUM, ALL)
    assert (table.asset, table.stage) == ("cross_care_spending", "cross")
    assert [rule.id for rule in table.all_rules][-2:] == ["CAR-91", "CAR-92"]
    assert table.references() == ("x.spent", "x.cited", "y.areas")
    contract = load_contract(written({"care_spending": [SUM]}))
    assert "cross" not in {each.name for each in contract.published}


def test_a_dataset_without_such_rules_has_no_such_table(written: Written) -> None:
    path = written({"care_spending": [SUM]})
    (path.parents[1] / "elsewhere").mkdir()
    path = written({"elsewhere": [SUM]})
    assert "cross" not in load_contract(path).tables


def test_a_rule_says_what_it_compares(written: Written) -> None:
    first, second = crossing(written, SUM, ALL).across
    assert first.sentence().startswith("In `x.spent`, per year: `spent` of all rows equals")
    assert second.sentence().startswith("In `x.spent` where `spent` is filled, per year: every")
    assert (first.kind, second.kind) == ("reconciles", "complete")
    assert (second.severity, second.suggested_cause()) == ("warning", "an area that was forgotten")
    assert first.suggested_cause() == first.rule.suggested_cause()


def test_failing_groups_are_named_and_every_comparison_is_kept(written: Written) -> None:
    table = crossing(written, SUM, ALL)
    judged = audit(table, compared(table.across, REFERENCES), REFERENCES)
    found = {f.rule_id: (f.kind, f.judged, f.failed) for f in judged.findings}
    assert found["CAR-91"] == ("reconciles", 2, 1)
    assert found["CAR-92"] == ("complete", 1, 1)
    assert judged.blocked
    assert judged.kept.select("rule_id", "group", "observed", "expected", "deviation").rows() == [
        ("CAR-91", "year 2023", 3, 3, 0),
        ("CAR-91", "year 2024", 3, 9, -6),
        ("CAR-92", "year 2024", 1, 2, -1),
    ]
    assert judged.failures.select("rule_id", "words", "deviation").rows() == [
        ("CAR-91", "year 2024", -6),
        ("CAR-92", "year 2024", -1),
    ]


def test_a_warning_between_tables_blocks_nothing(written: Written) -> None:
    table = crossing(written, ALL)
    judged = audit(table, compared(table.across, REFERENCES), REFERENCES)
    assert [f.rule_id for f in judged.findings if f.failed] == ["CAR-92"]
    assert not judged.blocked


@pytest.mark.parametrize(
    ("rules", "named"),
    [
        ({"care_spendings": [SUM]}, "no dataset 'care_spendings'"),
        ({"care_spending": [SUM | {"id": "CAR-01"}]}, "more than once"),
        ({"care_spending": [SUM | {"tolerance": 1}]}, "tolerance"),
        ({"care_spending": [{k: v for k, v in SUM.items() if k != "table"}]}, "table"),
        (
            {"care_spending": [
                {"id": "CAR-93", "table": "x.spent", "kind": "not_null", "column": "spent", "reason": "?"}
            ]},
            "about rows",
        ),
        ({}, "rules"),
    ],
    ids=["dataset", "id", "key", "no table", "rows", "none"],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_refused(written: Written, rules: Rules, named: str) -> None:
    with pytest.raises(VoorkantError) as refusal:
        load_contract(written(rules))
    assert refusal.value.code == "VK-C001"
    assert named in refusal.value.problem
    assert "cross.yaml:" in refusal.value.where
