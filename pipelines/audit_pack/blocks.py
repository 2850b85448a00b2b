"""What a page is made of: headings, sentences, tables, bars and cards, as data for the templates.

What belongs here: their form, which `blocks.typ` draws. What does not: their contents.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

Block = dict[str, Any]
BlockCell = str | dict[str, Any]
FULL = 1000


def heading(level: int, text: str) -> Block:
    """A heading, in the outline too."""
    return {"kind": "heading", "level": level, "text": text}


def text(words: str, *, note: bool = False) -> Block:
    """A paragraph; a note is smaller."""
    return {"kind": "text", "text": words, "note": note}


def listed(items: Sequence[str]) -> Block:
    """Points below each other."""
    return {"kind": "list", "items": list(items)}


def facts(pairs: Iterable[tuple[str, str]]) -> Block:
    """Pairs of label and value."""
    return {"kind": "facts", "pairs": [list(pair) for pair in pairs]}


def head(words: str, width: str = "auto", *, right: bool = False) -> dict[str, Any]:
    """The head of a column. width: auto, or a share of the remaining width."""
    return {"text": words, "width": width, "right": right}


def table(heads: Sequence[dict[str, Any]], rows: Iterable[Sequence[BlockCell] | Block]) -> Block:
    """A table; a row may be a `group` or `spanning`. Its heads are repeated on every page."""
    return {"kind": "table", "heads": list(heads), "rows": list(rows)}


def group(words: str) -> Block:
    """A row over the full width: the title of the rows below it."""
    return {"group": words}


def spanning(words: str) -> Block:
    """A row over the full width."""
    return {"span": words}


def bar(part: Decimal | None, total: Decimal | None) -> BlockCell:
    """A bar for a part of a total; the number is always beside it, so no reader needs the bar."""
    if part is None or not total or part <= 0:
        return {"bar": 0}
    return {"bar": min(FULL, int(FULL * part / total))}


def noted(words: str, note: str) -> BlockCell:
    """A cell with a small line below it."""
    return {"text": words, "note": note}


def card(
    level: str,
    mark: str,
    title: str,
    numbers: Iterable[tuple[str, str]],
    facts: Iterable[tuple[str, str]],
) -> Block:
    """A finding: its judgement in word and colour, what it is about, numbers, and labelled facts."""
    return {
        "kind": "card",
        "level": level,
        "mark": mark,
        "title": title,
        "numbers": [list(pair) for pair in numbers],
        "facts": [list(pair) for pair in facts],
    }
