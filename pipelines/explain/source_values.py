"""From the text of a source cell to the number in the first table: which cell it was, and in what unit.

What belongs here: recognising a number in a text again, as a reader would by hand. What does not: how the
tables were made (`assets/core`); that this finds the same number is a second look at it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

_FACTORS = (1, 1_000, 1_000_000, 1_000_000_000)
_SIGNS = re.compile(r"[€\s]|EUR|,-$|[.,]$")
_DUTCH = re.compile(r"[+-]?\d{1,3}(\.\d{3})*(,\d+)?|[+-]?\d+(,\d+)?")
_PLAIN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")


@dataclass(frozen=True, slots=True)
class Taken:
    """A number and the source cell it was taken from: number = what the text says × factor."""

    column: str
    number: Decimal
    source_column: str
    text: str
    factor: int


def taken(row: Mapping[str, Any], source: Mapping[str, Any]) -> list[Taken]:
    """The decimal numbers of a row that stand in exactly one cell of its source row, in one unit.

    A number that two cells could have given, or none, is left out: nothing is guessed.
    """
    texts = {
        column: text
        for column, text in source.items()
        if isinstance(text, str) and not column.startswith("_")
    }
    told = []
    for column, value in row.items():
        if not isinstance(value, Decimal):
            continue
        found = [
            Taken(column, value, each, text, factor)
            for each, text in texts.items()
            if (factor := _factor(value, numbers(text)))
        ]
        if len(found) > 1:  # a cell named like the number says so
            found = [each for each in found if each.source_column == column] or found
        if len(found) == 1:
            told += found
    return told


def _factor(value: Decimal, told: set[Decimal]) -> int | None:
    """The smallest unit in which a text says this number; zero has none to be told by."""
    factors = _FACTORS if value else _FACTORS[:1]
    return next((factor for factor in factors if value in {each * factor for each in told}), None)


def numbers(text: str) -> set[Decimal]:
    """What a text can be read as: in the Dutch notation, and with a point as decimal mark."""
    bare = _SIGNS.sub("", text.strip())
    bare = _SIGNS.sub("", bare)
    found = set()
    if _DUTCH.fullmatch(bare):
        found.add(Decimal(bare.replace(".", "").replace(",", ".")))
    if _PLAIN.fullmatch(bare):
        found.add(Decimal(bare))
    return found
