"""Version numbers `YYYY.M.N`: year and month of the newest input, N counts within the month."""

from __future__ import annotations

from collections.abc import Iterable


def order(version: str) -> tuple[int, ...]:
    """What versions are sorted by; as text, 10 would come before 9."""
    return tuple(int(part) for part in version.split("."))


def following(taken: Iterable[str], moment: str) -> str:
    """The next version after those ever taken, for content of a moment (ISO 8601).

    It never comes before one that was taken, also when older content is published later, and a number
    of a withdrawn version is not used again.
    """
    year, month = int(moment[:4]), int(moment[5:7])
    highest = max(map(order, taken), default=(0, 0, 0))
    if highest[:2] >= (year, month):
        year, month, number = highest
        return f"{year}.{month}.{number + 1}"
    return f"{year}.{month}.1"
