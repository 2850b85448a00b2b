"""Every error gives the same five facts, under a code that is listed and described."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from expectations.errors import CODES, VoorkantError
from expectations.paths import ROOT

PAGES = ROOT / "docs" / "errors"
CODE = re.compile(r"VK-[A-Z]\d{3}")

ERROR = VoorkantError(
    code="VK-C003",
    problem="There is no dataset 'x'.",
    where="datasets/",
    outcome="Nothing was done.",
    remedy="Choose another.",
)


def test_an_error_reads_as_five_lines() -> None:
    assert str(ERROR).splitlines() == [
        "VK-C003  There is no dataset 'x'.",
        "  where    datasets/",
        "  data     Nothing was done.",
        "  to do    Choose another.",
        "  more     docs/errors/VK-C003.md",
    ]


def test_an_error_gives_the_same_facts_to_a_program() -> None:
    assert ERROR.as_dict() == {
        "code": "VK-C003",
        "problem": "There is no dataset 'x'.",
        "where": "datasets/",
        "outcome": "Nothing was done.",
        "remedy": "Choose another.",
    }


def test_an_error_can_be_raised_and_caught() -> None:
    with pytest.raises(VoorkantError) as caught:
        raise ERROR
    assert caught.value is ERROR
    assert caught.value.args == ("VK-C003",)


def test_codes_have_one_form_and_a_sentence() -> None:
    for code, sentence in CODES.items():
        assert CODE.fullmatch(code)
        assert sentence[0].isupper()
        assert not sentence.endswith(".")
    assert len(set(CODES.values())) == len(CODES)


def sources() -> list[Path]:
    folders = ("assets", "expectations", "pipelines")
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def mentioned(path: Path) -> set[str]:
    return set(CODE.findall(path.read_text("utf-8")))


def test_every_code_in_the_program_is_listed() -> None:
    unknown = {
        str(p.relative_to(ROOT)): unexpected
        for p in sources()
        if (unexpected := mentioned(p) - set(CODES))
    }
    assert unknown == {}


def test_every_listed_code_is_used() -> None:
    listing = ROOT / "expectations" / "errors.py"
    used = {code for path in sources() if path != listing for code in mentioned(path)}
    assert set(CODES) - used == set()


@pytest.mark.skipif(
    not list(PAGES.glob("VK-*.md")), reason="the pages of docs/errors are not written yet"
)
def test_every_code_has_a_page_and_every_page_a_code() -> None:
    assert {path.stem for path in PAGES.glob("VK-*.md")} == set(CODES)
