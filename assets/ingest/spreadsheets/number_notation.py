"""Whether a text is a number, in one of the two notations that files have.

What belongs here: that question only. The text itself stays as it is; who turns it into an amount
(`core/`) needs to know the notation, because `1.457` is 1457 in one and less than two in the other.
"""

from __future__ import annotations

import re
from typing import Literal

Notation = Literal["dutch", "point"]
EXAMPLES: dict[Notation, str] = {"dutch": "1.234,56", "point": "1234.56"}

_DASHES = "-\u2010-\u2015\u2212"
_DUTCH = re.compile(
    rf"(?:[{_DASHES}]?\s*€?|€\s*[{_DASHES}])\s*"
    rf"(?:[0-9]{{1,3}}(?:\.[0-9]{{3}})+|[0-9]+)(?:,(?:[0-9]+|[{_DASHES}])?)?"
)
_POINT = re.compile(rf"[{_DASHES}]?[0-9]+(?:\.[0-9]+)?")
_NOTHING = re.compile(rf"€?\s*[{_DASHES}]+")


def is_number(text: str, notation: Notation) -> bool:
    """Whether the text is written as a number in this notation, a euro sign allowed in Dutch."""
    pattern = _DUTCH if notation == "dutch" else _POINT
    return pattern.fullmatch(text.strip()) is not None


def is_nothing(text: str) -> bool:
    """Whether the text is the mark for no amount: a dash. An empty cell is no cell at all."""
    return _NOTHING.fullmatch(text.strip()) is not None
