"""Localization of a pack: texts, amounts, dates and percentages in Dutch or English.

What belongs here: the form of a text, a number, a date. What does not: the texts themselves (`words.yaml`,
both languages next to each other), and which of them a document uses (`report.py`, `letter.py`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from expectations.localized import Language, notation, texts

_WORDS = Path(__file__).with_name("words.yaml")
_MONTHS: dict[Language, tuple[str, ...]] = {
    "nl": (
        "januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september",
        "oktober", "november", "december",
    ),
    "en": (
        "January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December",
    ),
}  # fmt: skip
_UNKNOWN = "–"
# Such a word precedes a number, a cell or a name; elsewhere it may be part of a file name.
_PLACE = re.compile(
    r"\b(?:table|row|column|columns|page|sheet|cell|cells|line)(?= \w+(?:[ ,;–]|$))"
)


@dataclass(frozen=True, slots=True)
class Localizer:
    """Texts and numbers in one language. A missing value is a dash: never a zero, never an empty cell."""

    language: Language

    def text(self, key: str, **values: object) -> str:
        """The text of a key of words.yaml, with the values filled in. Raises KeyError."""
        return texts(_WORDS)[self.language][key].format(**values)

    def code(self, kind: str, code: str, otherwise: str | None = None) -> str:
        """The label of a code, such as a state or a class; without one `otherwise` or the code itself."""
        return texts(_WORDS)[self.language].get(f"{kind}.{code}", otherwise or code)

    def of(self, row: dict[str, object], column: str) -> str:
        """The column of a row that is in this language: `cause` reads `cause_nl` or `cause_en`."""
        return str(row[f"{column}_{self.language}"] or _UNKNOWN)

    def place(self, words: str) -> str:
        """A place in a document, or several, in this language: `table 3, row 4` is `tabel 3, rij 4`."""
        return _PLACE.sub(lambda found: self.code("place", found[0]), words)

    def number(self, value: Decimal | int | None, decimals: int | None = None) -> str:
        """1.234.567,89 in Dutch, 1,234,567.89 in English. decimals: None leaves them as they are."""
        if value is None:
            return _UNKNOWN
        text = f"{value:,}" if decimals is None else f"{value:,.{decimals}f}"
        return notation(text, self.language).replace("-", "\N{MINUS SIGN}")

    def euros(self, value: Decimal | None) -> str:
        """€ 1.234.567,89 in Dutch, €1,234,567.89 in English; always with cents."""
        if value is None:
            return _UNKNOWN
        sign = "\N{MINUS SIGN}" if value < 0 else ""
        bare = self.number(abs(value), 2)
        return f"€\N{NO-BREAK SPACE}{sign}{bare}" if self.language == "nl" else f"{sign}€{bare}"

    def percent(self, value: Decimal | None) -> str:
        """One decimal; more are in the workbook."""
        if value is None:
            return _UNKNOWN
        space = "\N{NO-BREAK SPACE}" if self.language == "nl" else ""
        return f"{self.number(value, 1)}{space}%"

    def day(self, value: date | str | None) -> str:
        """31 maart 2028. value: a date, or a moment as precise as known (2028, 2028-03, 2028-03-31)."""
        if value is None:
            return _UNKNOWN
        year, *rest = str(value).split("-")
        if not year.isdecimal() or not all(part.isdecimal() for part in rest) or len(rest) > 2:
            return str(value)
        month = [_MONTHS[self.language][int(rest[0]) - 1]] if rest else []
        return " ".join([*(str(int(part)) for part in rest[1:]), *month, year])
