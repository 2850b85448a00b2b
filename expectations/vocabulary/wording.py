"""The sentences of a rule, one in Dutch and one in English, filled from the same parts.

What belongs here: how a part reads in each language. What does not: the sentences; each kind has its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

from expectations.localized import notation


class Sentence(NamedTuple):
    """The same in two languages."""

    nl: str
    en: str


def sentence(nl: str, en: str, parts: Mapping[str, object]) -> Sentence:
    """Two sentences with the same parts in their braces, each as its language writes it."""
    read = {name: _read(part) for name, part in parts.items()}
    return Sentence(
        nl=nl.format_map({name: part.nl for name, part in read.items()}),
        en=en.format_map({name: part.en for name, part in read.items()}),
    )


def _read(part: object) -> Sentence:
    """A number, columns, conditions or text; what is a sentence already stays as it is."""
    if isinstance(part, Sentence):
        return part
    if isinstance(part, int | Decimal):
        return Sentence(nl=notation(f"{part:,}", "nl"), en=f"{part:,}")
    if isinstance(part, tuple):
        return alike(" × ".join(map(str, part)))
    if isinstance(part, dict):
        return words(part)
    return alike(str(part))


def alike(text: str) -> Sentence:
    """What reads the same in both."""
    return Sentence(text, text)


def either(columns: Iterable[str], nl: str, en: str) -> Sentence:
    """Columns as code, with a word or sign between them."""
    marked = [f"`{column}`" for column in columns]
    return Sentence(nl.join(marked), en.join(marked))


def words(conditions: Mapping[str, str | tuple[str, ...]]) -> Sentence:
    """The rows a filter means: "[component wor, year 2025/2026]"."""
    if not conditions:
        return Sentence("alle rijen", "all rows")
    terms = (
        f"{column} {wanted if isinstance(wanted, str) else '/'.join(wanted)}"
        for column, wanted in conditions.items()
    )
    return alike(f"[{', '.join(terms)}]")


def per(by: tuple[str, ...]) -> Sentence:
    """The beginning of a sentence about groups: "Per year × component"."""
    groups = " × ".join(by)
    return Sentence(f"Per {groups or 'tabel'}", f"Per {groups or 'table'}")
