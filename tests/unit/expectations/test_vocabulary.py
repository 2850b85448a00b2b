"""The list of kinds is closed and complete: each has its own name, words and cause."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from expectations.rule_examples import kind_of
from expectations.vocabulary import KINDS, AnyRule, Rule

RULE: TypeAdapter[AnyRule] = TypeAdapter(AnyRule)
SIGN = {"kind": "sign", "column": "amount_eur", "sign": "not_negative"}
JUMP = {"kind": "jump", "column": "amount_eur", "by": ["code"], "period": "year"}
REFERENCED = {"kind": "referenced", "columns": ["code", "year"], "reference": "a.b"}


def rule(**keys: Any) -> Rule:
    return RULE.validate_python({"id": "EX-1", "reason": "An example.", **keys})


def test_kinds_have_names_of_their_own() -> None:
    assert len({kind_of(kind) for kind in KINDS}) == len(KINDS)


@pytest.mark.parametrize("kind", KINDS, ids=kind_of)
def test_a_kind_explains_itself_in_a_line_and_suggests_a_cause(kind: type[Rule]) -> None:
    first, _, rest = (inspect.getdoc(kind) or "").partition("\n")
    assert first.endswith(".")
    assert not rest or rest.startswith("\n"), "the index shows the first line only"
    cause = vars(kind)["usual_cause"]
    assert cause[0].islower(), "it is read in the middle of a sentence"
    assert not cause.endswith(".")


def test_a_language_writes_numbers_its_own_way() -> None:
    texts = rule(**SIGN, beyond="1000.5").description()
    assert texts.en == "`amount_eur` of all rows is not negative beyond 1,000.5."
    assert texts.nl == "`amount_eur` van alle rijen is niet meer dan 1.000,5 negatief."


def test_what_stands_in_a_rule_is_never_read_as_a_place_to_fill() -> None:
    assert rule(kind="in_set", column="code", values=["{kind}"]).description() == (
        "`code` is een van {kind}.",
        "`code` is one of {kind}.",
    )


def test_a_contract_that_knows_better_names_its_own_cause() -> None:
    assert rule(**SIGN).suggested_cause().startswith("a correction booked on the wrong side")
    assert rule(**SIGN, cause="a refund").suggested_cause() == "a refund"


@pytest.mark.parametrize(
    ("keys", "named"),
    [
        ({**JUMP, "among": ["region"]}, "among ['region'] are not columns of by"),
        ({**REFERENCED, "reference_columns": ["code"]}, "must be as many"),
        ({**JUMP, "min_spread_pct": 0}, "greater than 0"),
        ({**SIGN, "sign": "positive"}, "not_negative"),
        ({"kind": "no_such_kind"}, "no_such_kind"),
    ],
)
def test_a_rule_that_cannot_be_judged_is_refused(keys: dict[str, Any], named: str) -> None:
    with pytest.raises(ValidationError) as refused:
        rule(**keys)
    assert named in str(refused.value)
