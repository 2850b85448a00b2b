"""From the text of a source cell to the number in the first table: which cell it was, and in what unit.

What belongs here: recognising a number in a text, as a reader would by hand. What does not: how the tables
were made (`assets/core`); finding the same number independently is a check on that.
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
class TakenValue:
    """A number and the source cell it was taken from: number = number in the text × factor."""

    column: str
    number: Decimal
    source_column: str
    text: str
    factor: int


def taken(row: Mapping[str, Any], source: Mapping[str, Any]) -> list[TakenValue]:
    """The decimal numbers of a row that are in exactly one cell of its source row, in one unit.

    A number that two cells could have given, or none, is left out: nothing is guessed.
    """
    texts = {
        column: text
        for column, text in source.items()
        if isinstance(text, str) and not column.startswith("_")
    }
    taken_values = []
    for column, value in row.items():
        if not isinstance(value, Decimal):
            continue
        found = [
            TakenValue(column, value, each, text, factor)
            for each, text in texts.items()
            if (factor := _factor(value, numbers(text)))
        ]
        if len(found) > 1:  # prefer the cell with the same name
            found = [each for each in found if each.source_column == column] or found
        if len(found) == 1:
            taken_values += found
    return taken_values


def _factor(value: Decimal, readings: set[Decimal]) -> int | None:
    """The smallest unit in which a text gives this number; zero fits every unit and gets the first."""
    factors = _FACTORS if value else _FACTORS[:1]
    return next(
        (factor for factor in factors if value in {each * factor for each in readings}), None
    )


def numbers(text: str) -> set[Decimal]:
    """The numbers a text can be read as: in Dutch notation, and with a decimal point."""
    bare = _SIGNS.sub("", text.strip())
    bare = _SIGNS.sub("", bare)
    found = set()
    if _DUTCH.fullmatch(bare):
        found.add(Decimal(bare.replace(".", "").replace(",", ".")))
    if _PLAIN.fullmatch(bare):
        found.add(Decimal(bare))
    return found
