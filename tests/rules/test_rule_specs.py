"""Every rule kind does what its spec table expects, in both engines."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest

from expectations import gx_runner
from expectations.rule_examples import RuleExample, kind_of, load_specs
from expectations.vocabulary import KINDS

SPECS = load_specs(Path(__file__).parent / "specs")
CASES = [
    pytest.param(case, id=f"{kind}-{number}")
    for kind, spec in SPECS.items()
    for number, case in enumerate(spec.cases, start=1)
]
NUMBER = "_number"


def judged(case: RuleExample) -> tuple[pl.DataFrame, pl.DataFrame, list[int] | list[str]]:
    """What holds, what fails, and the numbers or names of what fails, according to the split."""
    frame = case.frame()
    if case.rule.about == "rows":
        frame = frame.with_row_index(NUMBER, offset=1)
    name = NUMBER if case.rule.about == "rows" else "group"
    measured = case.rule.measured(frame, case.reference_frames())
    verdict = case.rule.fails().fill_null(value=False)
    complete = measured.with_columns(verdict.alias("_verdict")).collect()
    holds, fails = complete.filter(~pl.col("_verdict")), complete.filter("_verdict")
    return holds, fails, fails[name].to_list()


def counted(case: RuleExample, frame: pl.DataFrame) -> gx_runner.RuleOutcome:
    expectation = case.rule.expectation(case.reference_frames())
    return gx_runner.validate(case.rule.id, frame, {case.rule.id: expectation})[case.rule.id]


@pytest.mark.parametrize("case", CASES)
def test_the_split_flags_what_the_spec_expects(case: RuleExample) -> None:
    holds, fails, flagged = judged(case)
    assert flagged == list(case.flagged)
    if case.rule.about == "groups":
        assert holds.height + fails.height == case.judged


@pytest.mark.parametrize("case", CASES)
def test_great_expectations_flags_the_same(case: RuleExample) -> None:
    """Counts alone could agree by chance, so each half of the split is judged by itself too."""
    holds, fails, _ = judged(case)
    wrong = len(case.flagged)
    assert counted(case, pl.concat([holds, fails])) == gx_runner.RuleOutcome(wrong == 0, wrong)
    assert counted(case, holds) == gx_runner.RuleOutcome(success=True, unexpected=0)
    assert counted(case, fails) == gx_runner.RuleOutcome(wrong == 0, wrong)


@pytest.mark.parametrize("case", CASES)
def test_both_languages_are_about_the_same_things(case: RuleExample) -> None:
    sentences = case.rule.description()
    assert sentences.nl != sentences.en
    for sentence in sentences:
        assert sentence[0] == "`" or sentence[0].isupper()
        assert sentence.endswith(".")
        assert "None" not in sentence
        assert " ." not in sentence and "  " not in sentence
    named = [sorted(re.findall(r"`[^`]+`|\[[^]]+\]", sentence)) for sentence in sentences]
    assert named[0] == named[1]


def test_every_kind_has_a_spec() -> None:
    assert set(SPECS) == {kind_of(kind) for kind in KINDS}


@pytest.mark.parametrize("kind", SPECS)
def test_a_spec_is_about_its_kind_only(kind: str) -> None:
    assert SPECS[kind].kind == kind
    assert {kind_of(type(case.rule)) for case in SPECS[kind].cases} == {kind}


@pytest.mark.parametrize("kind", SPECS)
def test_every_kind_can_fail_and_is_tried_on_an_empty_table(kind: str) -> None:
    assert any(case.flagged for case in SPECS[kind].cases)
    assert any(not case.rows for case in SPECS[kind].cases)


@pytest.mark.parametrize("kind", SPECS)
def test_every_kind_is_tried_on_missing_values(kind: str) -> None:
    assert any(None in row for case in SPECS[kind].cases for row in case.rows)
