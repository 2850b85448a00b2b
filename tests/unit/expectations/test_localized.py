"""Every bilingual text is there in both languages, with the same values to fill in."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from expectations.localized import notation, texts
from expectations.paths import ROOT

FILES = [
    ROOT / "expectations/report/words.yaml",
    ROOT / "pipelines/audit_pack/words.yaml",
    ROOT / "pipelines/explain/phrases.yaml",
    ROOT / "pipelines/publish/metadata/readme_texts.yaml",
]
DUTCH_ONLY = {"in_english"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.parent.name)
def test_both_languages_have_every_text_with_the_same_values(file: Path) -> None:
    both = texts(file)
    for key, dutch in both["nl"].items():
        english = both["en"][key]
        assert dutch
        assert english or key in DUTCH_ONLY
        braces = [sorted(re.findall(r"\{\w+\}", text)) for text in (dutch, english)]
        assert braces[0] == braces[1], key


def test_a_text_that_is_absent_in_a_language_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "words.yaml"
    file.write_text("table: {nl: tabel}\n", "utf-8")
    with pytest.raises(KeyError):
        texts(file)


def test_dutch_swaps_the_marks_of_a_number() -> None:
    assert notation("-1,234.5", "nl") == "-1.234,5"
    assert notation("-1,234.5", "en") == "-1,234.5"
