"""Dutch and English: texts by key, and the notation of numbers.

What belongs here: the one shape of bilingual texts, a YAML file `key: {nl: …, en: …}` next to the module that
uses it. What does not: the texts, and the descriptions in contracts.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

import yaml

from expectations.yaml_files import SafeLoader

Language = Literal["nl", "en"]
LANGUAGES: tuple[Language, ...] = ("nl", "en")
Texts = Mapping[Language, Mapping[str, str]]

_SWAPPED_MARKS = str.maketrans(",.", ".,")


@cache
def texts(file: Path) -> Texts:
    """Language -> key -> text. Raises KeyError for a text that is absent in a language."""
    pairs = yaml.load(file.read_text("utf-8"), Loader=SafeLoader)  # noqa: S506 (a SafeLoader)
    return {
        language: {key: pair[language] for key, pair in pairs.items()} for language in LANGUAGES
    }


def notation(number: str, language: str) -> str:
    """A number in English notation (1,234.5) in that of a language: 1.234,5 in Dutch."""
    return number.translate(_SWAPPED_MARKS) if language == "nl" else number
