"""The log of releases without a storage: entries, versions, and what the catalogue makes of them."""

from __future__ import annotations

import json
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.publish.store.index_files import CATALOGUE, LATEST, pointers
from pipelines.publish.store.log import (
    MANIFEST,
    Collection,
    History,
    LogEntry,
    Release,
    Withdrawal,
    seal,
    unseal,
)
from pipelines.publish.store.storage import described
from pipelines.publish.store.versions import following, order


def release(version: str, dataset: str = "care") -> Release:
    files = {name: described(f"{version} {name}".encode()) for name in ("a.parquet", MANIFEST)}
    about = {"title": {"nl": "Zorg"}, "rows": {"a": 1}}
    return Release(dataset, version, f"c{version}", "2026-11-21", version, "feed", files, about)


ENTRIES = [
    LogEntry(1, None, release("2026.11.1")),
    LogEntry(
        2, "ab" * 32, Withdrawal("care", "2026.11.1", "verwisselde bedragen: € 1", ("a.parquet",))
    ),
    LogEntry(3, "cd" * 32, Collection(("feed", "beef"))),
]


@pytest.mark.parametrize("entry", ENTRIES)
def test_an_entry_is_read_as_it_was_written(entry: LogEntry) -> None:
    assert unseal(seal(entry)) == entry


@pytest.mark.parametrize("entry", ENTRIES)
def test_an_entry_detects_a_flipped_bit(entry: LogEntry) -> None:
    stored = seal(entry)
    for position in range(len(stored)):
        for bit in range(8):
            broken = bytearray(stored)
            broken[position] ^= 1 << bit
            with pytest.raises((ValueError, msgspec.MsgspecError)):
                unseal(bytes(broken))


@pytest.mark.parametrize("entry", ENTRIES)
def test_an_entry_that_was_cut_off_is_none(entry: LogEntry) -> None:
    stored = seal(entry)
    for length in range(len(stored)):
        with pytest.raises((ValueError, msgspec.MsgspecError)):
            unseal(stored[:length])


moments = st.dates().map(lambda day: f"{day:%Y-%m-%d}T00:00:00+00:00".zfill(25))


@settings(max_examples=200, deadline=None)
@given(st.lists(moments, min_size=1, max_size=20))
def test_versions_only_go_up_whatever_the_clock_does(clock: list[str]) -> None:
    taken: list[str] = []
    for moment in clock:
        taken.append(following(taken, moment))
        year, month = map(int, moment[:7].split("-"))
        assert order(taken[-1])[:2] >= (year, month)
    assert all(order(earlier) < order(later) for earlier, later in pairwise(taken))


def test_versions_are_sorted_as_numbers() -> None:
    assert following(["2026.9.9", "2026.9.10", "2025.12.30"], "2026-09-01") == "2026.9.11"
    assert following(["2026.9.10"], "2026-10-01") == "2026.10.1"


def test_latest_is_the_highest_version_that_was_not_withdrawn() -> None:
    history = History(
        (
            release("2026.9.9"),
            release("2026.9.10"),
            release("2026.10.1"),
            Withdrawal("care", "2026.10.1", "wrong"),
        )
    )
    made = {key: json.loads(content) for key, content in pointers(history).items()}
    assert made[LATEST]["care"]["version"] == "2026.9.10"
    (listed,) = made[CATALOGUE]["datasets"]
    assert listed["latest"] == "2026.9.10"
    assert [each["version"] for each in listed["versions"]] == [
        "2026.9.9",
        "2026.9.10",
        "2026.10.1",
    ]
    assert [each.get("withdrawn") for each in listed["versions"]] == [None, None, "wrong"]


def test_the_catalogue_does_not_show_who_published_or_what_was_collected() -> None:
    plain = History((release("2026.9.9"), release("2026.10.1", "spuk")))
    first, second = plain.changes
    assert isinstance(first, Release)
    other = msgspec.structs.replace(first, attempt="another", staged="elsewhere")
    assert pointers(History((second, Collection(("feed",)), other))) == pointers(plain)
