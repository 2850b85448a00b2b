"""One audit of one table: what is kept, what is set aside, what is reported, and when it stops."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from expectations import gx_runner
from expectations.audit import EXAMPLES, FAILURES, Audit, audit, promises
from expectations.contract import TRACE, Table
from expectations.errors import VoorkantError
from expectations.quarantine import QUARANTINE, Mask
from expectations.vocabulary import Expectation, References

COLUMNS = {
    "code": {"type": "code", "required": True, "nl": "Code", "en": "Code"},
    "amount_eur": {"type": "amount", "unit": "EUR", "nl": "Bedrag", "en": "Amount"},
    "kind": {"type": "code", "nl": "Soort", "en": "Kind"},
    "flags": {"type": "flags", "nl": "Vlaggen", "en": "Flags"},
}
CRITICAL = {"id": "EX-max", "kind": "between", "column": "amount_eur", "max": 100, "reason": "Why."}
WARNING = {
    "id": "EX-sign",
    "kind": "between",
    "column": "amount_eur",
    "min": 0,
    "severity": "warning",
    "flag": "negative",
    "reason": "Why.",
    "source": "page 1",
}
NAMELESS = {
    "id": "EX-kind",
    "kind": "not_null",
    "column": "kind",
    "severity": "warning",
    "reason": "Why.",
}
NOTE = {**NAMELESS, "id": "EX-note", "severity": "info"}
TOTAL = {"id": "EX-rows", "kind": "row_count", "equals": 2, "reason": "Why."}


def table(*rules: dict[str, Any], **changes: Any) -> Table:
    text = {"nl": "Voorbeeld", "en": "Example"}
    return Table.model_validate(
        {
            "stage": "published",
            "title": text,
            "description": text,
            "key": ["code"],
            "columns": COLUMNS,
            "rules": rules,
            "dataset": "example",
            "name": "example",
            "rule_prefix": "EX-example",
            **changes,
        }
    )


def rows(*given: tuple[str | None, str | None, str | None, str | None]) -> pl.LazyFrame:
    """Rows as code, amount, kind, flags."""
    text = pl.DataFrame(given, schema=dict.fromkeys(COLUMNS, pl.String), orient="row")
    return text.with_columns(pl.col("amount_eur").cast(pl.Decimal(18, 2))).lazy()


def failed(judged: Audit) -> dict[str, int]:
    return {finding.rule_id: finding.failed for finding in judged.findings if not finding.passed}


def test_what_breaks_a_critical_rule_is_set_aside_and_the_rest_is_kept() -> None:
    given = rows(("c", "1.00", "x", None), ("b", "100.01", "x", None), ("a", "100.00", "x", None))
    judged = audit(table(CRITICAL), given, {})
    assert judged.read == 3
    assert judged.kept["code"].to_list() == ["a", "c"]  # sorted by key
    assert judged.kept.schema == pl.Schema({**table().dtypes, **TRACE})
    assert judged.quarantined.schema == pl.Schema(QUARANTINE)
    assert failed(judged) == {"EX-max": 1}
    assert judged.blocked


def test_a_row_set_aside_carries_reasons_place_and_all_its_cells() -> None:
    given = rows((None, "100.01", "x", None), ("b", "1.00", "y", None)).with_columns(
        _capture=pl.lit("0" * 64), _locator=pl.format("sheet 1, row {}", pl.int_range(pl.len()))
    )
    (aside,) = audit(table(CRITICAL), given, {}).quarantined.to_dicts()
    assert json.loads(aside.pop("row")) == {
        "code": None,
        "amount_eur": "100.01",
        "kind": "x",
        "flags": None,
    }
    assert aside == {
        "dataset": "example",
        "table": "example",
        "rule_ids": "EX-example-code-filled;EX-max",
        "problem": "EX-example-code-filled: `code` is filled.;EX-max: `amount_eur` is at most 100.",
        "suggested_cause": "; ".join(
            rule.suggested_cause()
            for rule in table(CRITICAL).all_rules
            if rule.id in ("EX-example-code-filled", "EX-max")
        ),
        "capture_sha256": "0" * 64,
        "locator": "sheet 1, row 0",
    }


def test_what_the_reader_could_not_read_is_told_in_the_words_of_the_reader() -> None:
    problem = "amount_eur: cannot read '1.2.3'"
    given = rows(("a", None, "x", None)).with_columns(_problem=pl.lit(problem))
    judged = audit(table(CRITICAL), given, {})
    assert judged.quarantined["problem"].to_list() == [problem]
    assert judged.quarantined["rule_ids"].to_list() == ["EX-example-readable"]


def test_all_copies_of_a_doubled_key_are_set_aside() -> None:
    given = rows(("a", "1.00", "x", None), ("a", "2.00", "x", None), ("b", "3.00", "x", None))
    judged = audit(table(), given, {})
    assert judged.kept["code"].to_list() == ["b"]
    assert failed(judged) == {"EX-example-key": 2}


@pytest.mark.parametrize(
    ("amount", "kind", "before", "after"),
    [
        ("1.00", "x", None, None),
        ("1.00", "x", "", None),
        ("1.00", "x", "zz;aa", "aa;zz"),
        ("-1.00", "x", None, "negative"),
        ("-1.00", "x", "zz;aa", "aa;negative;zz"),
        ("-1.00", "x", "negative", "negative"),
        ("-1.00", None, "aa", "EX-kind;aa;negative"),
    ],
)
def test_words_of_failed_warnings_join_the_flags_sorted_and_once(
    amount: str, kind: str | None, before: str | None, after: str | None
) -> None:
    judged = audit(table(WARNING, NAMELESS), rows(("a", amount, kind, before)), {})
    assert judged.kept["flags"].to_list() == [after]
    assert judged.quarantined.height == 0


def test_a_warning_needs_no_flags_column() -> None:
    columns = {name: column for name, column in COLUMNS.items() if name != "flags"}
    given = rows(("a", "-1.00", "x", None)).drop("flags")
    judged = audit(table(WARNING, columns=columns), given, {})
    assert failed(judged) == {"EX-sign": 1}
    assert judged.kept.height == 1


@pytest.mark.parametrize(
    ("rule", "blocked"),
    [
        (CRITICAL, True),
        ({**CRITICAL, "severity": "warning"}, False),
        ({**CRITICAL, "severity": "info"}, False),
        (TOTAL, True),
        ({**TOTAL, "severity": "warning"}, False),
        ({**TOTAL, "severity": "info"}, False),
    ],
)
def test_only_a_failed_critical_rule_blocks(rule: dict[str, Any], blocked: bool) -> None:
    broken = audit(table(rule), rows(("a", "100.01", "x", None)), {})
    assert failed(broken) == {rule["id"]: 1}
    assert broken.blocked is blocked
    sound = audit(table(rule), rows(("a", "1.00", "x", None), ("b", "1.00", "x", None)), {})
    assert failed(sound) == {}
    assert not sound.blocked


def test_a_group_that_fails_sets_no_row_aside() -> None:
    judged = audit(table(TOTAL), rows(("a", "1.00", "x", None)), {})
    assert (judged.kept.height, judged.quarantined.height) == (1, 0)
    finding = next(f for f in judged.findings if f.rule_id == "EX-rows")
    assert (finding.about, finding.judged, finding.failed) == ("groups", 1, 1)
    assert finding.examples == ("all rows: 1.00 against 2.00",)


def test_a_finding_tells_rule_reason_source_and_keys() -> None:
    given = rows(*((f"{n:02}", "-1.00", "x", None) for n in range(EXAMPLES + 2)))
    finding = next(f for f in audit(table(WARNING), given, {}).findings if f.rule_id == "EX-sign")
    assert (finding.kind, finding.severity, finding.about) == ("between", "warning", "rows")
    assert finding.sentence == "`amount_eur` is at least 0."
    assert (finding.reason, finding.source) == ("Why.", "page 1")
    assert (finding.judged, finding.failed) == (EXAMPLES + 2, EXAMPLES + 2)
    assert finding.examples == tuple(f"code {n:02}" for n in range(EXAMPLES))
    assert finding.suggested_cause


def test_every_failing_key_is_told_however_many() -> None:
    given = rows(*((f"{n:03}", "-1.00", "x", None) for n in range(300))).with_columns(
        _capture=pl.lit("0" * 64), _locator=pl.format("row {}", pl.int_range(pl.len()))
    )
    failures = audit(table(WARNING, CRITICAL), given, {}).failures
    assert failures.schema == FAILURES
    assert failures["key"].to_list() == [f'{{"code":"{n:03}"}}' for n in range(300)]
    assert failures.row(7, named=True) == {
        "rule_id": "EX-sign",
        "key": '{"code":"007"}',
        "words": "code 007",
        "observed": None,
        "expected": None,
        "deviation": None,
        "capture_sha256": "0" * 64,
        "locator": "row 7",
        "set_aside": False,
    }


def test_a_row_that_breaks_several_rules_is_told_under_each_of_them() -> None:
    given = rows(("a", "100.01", None, None), ("b", "100.02", "x", None))
    failures = audit(table(CRITICAL, NAMELESS), given, {}).failures
    assert failures.select("rule_id", "words", "set_aside").rows() == [
        ("EX-max", "code a", True),
        ("EX-max", "code b", True),
        ("EX-kind", "code a", True),
    ]


def test_a_failing_group_is_told_with_what_was_seen_and_what_was_expected() -> None:
    (failures,) = audit(table(TOTAL), rows(("a", "1.00", "x", None)), {}).failures.to_dicts()
    sides = (failures["observed"], failures["expected"], failures["deviation"])
    assert sides == (Decimal(1), Decimal(2), Decimal(-1))
    assert (failures["words"], failures["set_aside"]) == ("all rows", False)


def test_findings_stand_in_the_order_of_the_contract() -> None:
    promised = table(TOTAL, NOTE, CRITICAL)
    judged = audit(promised, rows(("a", "100.01", None, None)), {})
    assert [f.rule_id for f in judged.findings] == [rule.id for rule in promises(promised)]
    assert judged.failures["rule_id"].to_list() == ["EX-rows", "EX-note", "EX-max"]


def test_conservation_is_a_critical_rule_of_every_table() -> None:
    judged = audit(table(CRITICAL), rows(("a", "100.01", "x", None), ("b", "1", "x", None)), {})
    finding = judged.findings[-1]
    assert (finding.rule_id, finding.severity) == ("EX-example-conserved", "critical")
    assert (finding.judged, finding.failed) == (2, 0)


def test_an_empty_table_is_judged_like_any_other() -> None:
    judged = audit(table(CRITICAL, WARNING, NOTE), rows(), {})
    assert (judged.read, judged.kept.height, judged.quarantined.height) == (0, 0, 0)
    assert failed(judged) == {}


def test_the_order_of_the_input_leaves_no_trace() -> None:
    given = rows(
        ("a", "1.00", "x", None),
        ("a", "2.00", "x", None),
        ("a", "2.00", None, None),
        ("b", "-1.00", None, "zz;aa"),
        ("c", "100.01", "x", None),
        (None, "3.00", "x", None),
        (None, "2.00", "x", None),
    ).with_columns(_locator=pl.format("row {}", pl.int_range(pl.len())))
    promised = table(CRITICAL, WARNING, NAMELESS, NOTE, TOTAL)
    first = audit(promised, given, {})
    assert failed(first)
    for seed in range(5):
        again = audit(
            promised, given.collect().sample(fraction=1, shuffle=True, seed=seed).lazy(), {}
        )
        assert again.kept.equals(first.kept)
        assert again.quarantined.equals(first.quarantined)
        assert again.findings == first.findings
        assert again.failures.equals(first.failures)


def test_a_narrower_type_is_widened_to_the_promised_one() -> None:
    given = rows(("a", "1.00", "x", None)).with_columns(pl.col("amount_eur").cast(pl.Int64))
    assert audit(table(), given, {}).kept["amount_eur"].to_list() == [Decimal("1.00")]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda frame: frame.drop("kind"), "kind"),
        (lambda frame: frame.with_columns(surprise=1), "surprise"),
        (lambda frame: frame.rename({"kind": "soort"}), "kind, soort"),
    ],
)
def test_other_columns_than_promised_stop_the_table(change: Any, named: str) -> None:
    with pytest.raises(VoorkantError) as error:
        audit(table(), change(rows(("a", "1.00", "x", None))), {})
    assert error.value.code == "VK-D004"
    assert error.value.where == "example"
    assert f": {named}." in error.value.problem


@pytest.mark.parametrize(
    ("rule", "off"),
    [
        (CRITICAL, gx_runner.RuleOutcome(success=False, unexpected=2)),  # another number of rows
        (
            CRITICAL,
            gx_runner.RuleOutcome(success=True, unexpected=1),
        ),  # the number, but another verdict
        (CRITICAL, gx_runner.RuleOutcome(success=False, unexpected=-1)),  # it could not judge
        (TOTAL, gx_runner.RuleOutcome(success=True, unexpected=0)),
    ],
)
def test_engines_that_disagree_stop_the_table(
    rule: dict[str, Any], off: gx_runner.RuleOutcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = gx_runner.validate

    def lying(
        name: str, frame: pl.DataFrame, expectations: Mapping[str, Expectation]
    ) -> dict[str, gx_runner.RuleOutcome]:
        outcomes = honest(name, frame, expectations)
        return {**outcomes, rule["id"]: off} if rule["id"] in outcomes else outcomes

    given = rows(("a", "100.01", "x", None))
    assert failed(audit(table(rule), given, {})) == {rule["id"]: 1}
    monkeypatch.setattr(gx_runner, "validate", lying)
    with pytest.raises(VoorkantError) as error:
        audit(table(rule), given, {})
    assert error.value.code == "VK-D003"
    assert rule["id"] in error.value.problem
    assert f"counts 1, Great Expectations {off.unexpected}" in error.value.problem


def test_an_expectation_that_cannot_be_judged_is_no_success() -> None:
    nowhere = Expectation("ExpectColumnValuesToNotBeNull", {"column": "nowhere"})
    outcome = gx_runner.validate("example", pl.DataFrame({"code": ["a"]}), {"EX-1": nowhere})[
        "EX-1"
    ]
    assert outcome == gx_runner.RuleOutcome(success=False, unexpected=-1)


def test_rows_lost_on_the_way_stop_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule that doubles rows while measuring them, as a careless join would."""
    promised = table(CRITICAL)
    rule = promised.rules[0]

    def doubling(self: object, frame: pl.LazyFrame, references: References) -> pl.LazyFrame:
        return pl.concat([frame, frame])

    monkeypatch.setattr(type(rule), "measured", doubling)
    with pytest.raises(VoorkantError) as error:
        audit(promised, rows(("a", "1.00", "x", None)), {})
    assert error.value.code == "VK-D002"
    assert "1 rows read, 2 kept, 0 set aside" in error.value.problem


@pytest.mark.parametrize("side", ["kept", "quarantined"])
@pytest.mark.parametrize("off", [-1, 1])
def test_a_split_that_loses_or_doubles_a_row_stops_the_table(
    side: str, off: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = getattr(Mask, side)

    def wrong(self: Mask, promised: Table, masked: pl.LazyFrame) -> pl.LazyFrame:
        frame = honest(self, promised, masked)
        return frame.slice(1) if off < 0 else pl.concat([frame, frame.head(1)])

    given = rows(("a", "100.01", "x", None), ("b", "1.00", "x", None))
    assert audit(table(CRITICAL), given, {}).read == 2
    monkeypatch.setattr(Mask, side, wrong)
    with pytest.raises(VoorkantError) as error:
        audit(table(CRITICAL), given, {})
    assert error.value.code == "VK-D002"
