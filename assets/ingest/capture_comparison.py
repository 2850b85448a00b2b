"""Whether what a source serves now can take the place of what it served last time.

What belongs here: pure functions from two profiles of a table to findings. What does not: making
a profile (`profiles`), and what is done about a finding (`capture`).

A required test that fails means that a reader would break or that data got lost: a person must
judge. Everything else is reported and goes on: sources revise their figures, that is what they are for.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Self

FindingSeverity = Literal["critical", "warning", "info"]

SHRUNK = 0.8  # of the rows of last time: less is data lost, not a correction
GROWN = 1.5
SIZE = 2.0  # bytes per row, up or down
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Profile:
    """What a capture holds of one table.

    fingerprint: of its bodies; two profiles with the same one are the same. promised: rows the source
    says it has. columns: by title, because the keys of v3 get other suffixes. codes: dimension -> the
    codes of its list. periods, municipalities: codes with at least one value.
    listed_municipalities: those that could have one. unlike: bodies that are not what the source's own
    list says of them. None: this kind of source tells no such thing.
    """

    table: str
    fingerprint: str
    answers: int
    bytes: int
    title: str | None = None
    version: str | None = None
    rows: int | None = None
    promised: int | None = None
    columns: tuple[str, ...] | None = None
    codes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    periods: tuple[str, ...] | None = None
    municipalities: tuple[str, ...] | None = None
    listed_municipalities: tuple[str, ...] | None = None
    unlike: tuple[str, ...] | None = None

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Self:
        """A profile as JSON keeps it."""

        def plain(name: str, value: Any) -> Any:
            if name == "codes":
                return {key: tuple(codes) for key, codes in value.items()}
            return tuple(value) if isinstance(value, list) else value

        return cls(**{name: plain(name, value) for name, value in stored.items()})


@dataclass(frozen=True, slots=True)
class CaptureFinding:
    """The outcome of one test for one table.

    about: the table. required: when it fails, what came is not taken into use. sentence: what was
    found, in words, also when it passed. examples: codes, titles or periods it is about.
    """

    test: str
    about: str
    passed: bool
    required: bool
    sentence: str
    examples: tuple[str, ...] = ()

    severity: FindingSeverity = field(init=False)

    def __post_init__(self) -> None:
        failed: FindingSeverity = "critical" if self.required else "warning"
        object.__setattr__(self, "severity", "info" if self.passed else failed)

    def __str__(self) -> str:
        return f"{self.test}:{self.about}"


def fingerprint(digests: Iterable[str]) -> str:
    """One text for the bodies of a table, in their order."""
    return hashlib.sha256(json.dumps(list(digests)).encode()).hexdigest()


def compare(before: Sequence[Profile] | None, now: Sequence[Profile]) -> tuple[CaptureFinding, ...]:
    """One finding per test and table. before: None when there is nothing to compare with."""
    found = [finding for profile in now for finding in alone(profile)]
    if before is None:
        return tuple(found)
    earlier = {profile.table: profile for profile in before}
    present = {profile.table for profile in now}
    for table in earlier.keys() - present:
        what = "was in the previous capture and is not in this one"
        # Our own description decides what is asked, so this is a change of ours, not of the source.
        found.append(CaptureFinding("table", table, False, False, f"The table {what}."))
    for profile in now:
        if profile.table in earlier:
            found += changes(earlier[profile.table], profile)
        else:
            found.append(CaptureFinding("table", profile.table, True, True, "A table that is new."))
    return tuple(found)


def alone(now: Profile) -> list[CaptureFinding]:
    """The tests that need no earlier capture."""
    found = []
    if now.rows is not None:
        found.append(
            CaptureFinding(
                "rows", now.table, now.rows > 0, True, f"{now.rows:,} rows were received."
            )
        )
    if now.rows is not None and now.promised is not None:
        same = now.rows == now.promised
        sentence = f"The source says {now.promised:,} rows, {now.rows:,} were received."
        found.append(CaptureFinding("promised", now.table, same, True, sentence))
    if now.unlike is not None:
        sentence = (
            f"{len(now.unlike):,} of {now.answers:,} answers are not what the source's list tells."
        )
        found.append(
            CaptureFinding("listed", now.table, not now.unlike, False, sentence, now.unlike[:SHOWN])
        )
    if now.municipalities is not None and now.listed_municipalities is not None:
        missing = sorted(set(now.listed_municipalities) - set(now.municipalities))
        listed = len(now.listed_municipalities)
        sentence = f"{listed - len(missing):,} of {listed:,} listed municipalities have a value."
        found.append(
            CaptureFinding(
                "municipalities", now.table, not missing, False, sentence, tuple(missing[:SHOWN])
            )
        )
    return found


def changes(before: Profile, now: Profile) -> list[CaptureFinding]:
    """The tests that compare a table with itself last time."""
    found: list[CaptureFinding] = []

    def test(
        name: str, passed: bool, required: bool, sentence: str, examples: Iterable[str] = ()
    ) -> None:
        shown = tuple(examples)[:SHOWN]
        found.append(CaptureFinding(name, now.table, passed, required, sentence, shown))

    if before.fingerprint == now.fingerprint:
        test("content", True, False, "The same bytes as last time.")
        return found
    if before.version is not None and before.version == now.version:
        sentence = f"Other content than last time, while the source still says {now.version}."
        test("content", False, False, sentence)
    if before.title is not None and now.title is not None:
        same = before.title == now.title
        sentence = (
            "The same title." if same else f"The title was {before.title!r}, is {now.title!r}."
        )
        test("title", same, False, sentence)
    if before.columns is not None and now.columns is not None:
        lost, new = _difference(before.columns, now.columns)
        sentence = f"{len(now.columns)} columns; {len(lost)} lost, {len(new)} new."
        test("columns", not lost, True, sentence, lost)
        if new:
            test("new_columns", False, False, f"{len(new)} columns are new.", new)
    if before.rows and now.rows is not None:
        ratio = now.rows / before.rows
        sentence = f"{before.rows:,} rows last time, {now.rows:,} now ({ratio - 1:+.1%})."
        test("shrinkage", ratio >= SHRUNK, True, sentence)
        test("growth", ratio <= GROWN, False, sentence)
        if now.rows:
            per_row = (now.bytes / now.rows) / (before.bytes / before.rows)
            sentence = f"{per_row - 1:+.1%} bytes per row."
            test("size", 1 / SIZE <= per_row <= SIZE, False, sentence)
    elif before.bytes:
        ratio = now.bytes / before.bytes
        sentence = f"{before.bytes:,} bytes last time, {now.bytes:,} now ({ratio - 1:+.1%})."
        test("size", 1 / SIZE <= ratio <= SIZE, False, sentence)
    for name, codes in before.codes.items():
        if name not in now.codes:
            test("code_list", False, True, f"The code list {name} is gone.", codes)
            continue
        lost, new = _difference(codes, now.codes[name])
        sentence = f"Code list {name}: {len(new)} codes new, {len(lost)} gone."
        test("code_list", not lost and not new, False, sentence, [*(f"-{c}" for c in lost), *new])
    for name, old, current in (
        ("periods", before.periods, now.periods),
        ("municipalities_lost", before.municipalities, now.municipalities),
    ):
        if old is not None and current is not None:
            lost, new = _difference(old, current)
            what = name.partition("_")[0]
            sentence = f"{len(current):,} {what} with a value; {len(lost)} lost, {len(new)} new."
            test(name, not lost, False, sentence, lost)
    return found


def _difference(before: Iterable[str], now: Iterable[str]) -> tuple[list[str], list[str]]:
    """What is gone and what is new, each in its own order."""
    old, current = dict.fromkeys(before), dict.fromkeys(now)
    return [x for x in old if x not in current], [x for x in current if x not in old]
