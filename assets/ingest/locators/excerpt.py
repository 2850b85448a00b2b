"""What is shown of an opened source: the text of one place, and the lines around it."""

from __future__ import annotations

from dataclasses import dataclass

from expectations.errors import VoorkantError

MARK = "> "
"""Before the line that is meant; other lines of a fragment have as many blanks."""


@dataclass(frozen=True, slots=True)
class Fragment:
    """The text of a place as it is in the source, and what is around it.

    lines: for a person, the one that is meant behind MARK, a cell that is meant in `[…]`. columns: the
    cells of the place by their names in the source, where it has names.
    """

    text: str
    lines: tuple[str, ...]
    columns: dict[str, str | None]


def marked(lines: list[str], at: int) -> tuple[str, ...]:
    """Lines for a person. at: which of them is meant, from 0."""
    blank = " " * len(MARK)
    return tuple((MARK if number == at else blank) + line for number, line in enumerate(lines))


def short(text: str, most: int = 60) -> str:
    """A text on one line, cut where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def one_line(text: str, most: int = 300) -> str:
    """The same with all its blanks, only lines are joined."""
    line = " ".join(text.splitlines())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def not_there(name: str, locator: str) -> VoorkantError:
    """VK-A003: the archived body has no such place."""
    return VoorkantError(
        "VK-A003",
        problem=f"The archived source has no place called {locator!r}.",
        where=name or "an archived object",
        outcome="Nothing was changed; the place cannot be shown.",
        remedy="Run `voorkant refresh`: the staged tables were made by another version of the program.",
    )
