"""Any two releases: neighbours show what was stored, others the causes stored on the way."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from pipelines.publish import release_reader
from pipelines.publish.history import write_history
from pipelines.publish.history.compare_releases import compare_releases
from tests.support.releases.handmade import CODE, Shelf, captured, ceilings

LATER = CODE | {"code_sha256": "beef" * 16}


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """Three releases: then the code changed `a`, then its source `a` and `b`; `c` came and `d` went."""
    pytest.importorskip("securesystemslib")
    shelf = Shelf(tmp_path)
    states = [
        ceilings(("a", 2020, "1.00", None), ("b", 2020, "1.00", None), ("d", 2020, "1.00", None)),
        ceilings(("a", 2020, "2.00", None), ("b", 2020, "1.00", None), ("c", 2020, "1.00", None)),
        ceilings(("a", 2020, "3.00", None), ("b", 2020, "9.00", None), ("c", 2020, "1.00", None)),
    ]
    inputs = [
        captured("one", "2026-01-01T00:00:00+00:00"),
        captured("one", "2026-01-01T00:00:00+00:00"),
        captured("two", "2026-03-01T00:00:00+00:00"),
    ]
    for number, (rows, used, code) in enumerate(
        zip(states, inputs, (CODE, LATER, LATER), strict=True), 1
    ):
        shelf.publish(f"2026.{number}.1", {"ceilings": rows}, inputs=[used], code=code)
    return shelf


def found(shelf: Shelf, first: int, second: int) -> dict[str, tuple[str, bool, str]]:
    """Component -> cause, whether it is certain, evidence."""
    rows = compare_releases(
        release_reader.read(shelf.folders[first]), release_reader.read(shelf.folders[second])
    ).rows
    name = pl.col("key").str.json_path_match("$.component")
    return {c: tuple(rest) for c, *rest in rows.select(name, "cause", "certain", "evidence").rows()}


def test_neighbours_show_what_the_later_stored(shelf: Shelf) -> None:
    first, second = (release_reader.read(folder) for folder in shelf.folders[:2])
    stored = write_history.read_changes(shelf.folders[1])
    shown = compare_releases(first, second)
    assert stored is not None
    assert shown.summary == stored.summary
    assert shown.rows.equals(stored.rows, null_equal=True)


def test_further_apart_each_change_has_the_last_cause_and_the_evidence_of_all(
    shelf: Shelf,
) -> None:
    by_column = found(shelf, 0, 2)
    assert {name: (cause, sure) for name, (cause, sure, _) in by_column.items()} == {
        "a": ("source_revised", True),
        "b": ("source_revised", True),
        "c": ("code_changed", True),
        "d": ("code_changed", True),
    }
    by_code = "2026.2.1: code c0dec0dec0de -> beefbeefbeef"
    assert by_column["c"][2] == by_column["d"][2] == by_code
    assert by_column["a"][2].startswith(f"{by_code}; 2026.3.1: made_up: capture of 2026-03-01")
    assert by_column["b"][2].startswith("2026.3.1: made_up: ")


def test_backwards_the_causes_are_the_same(shelf: Shelf) -> None:
    assert found(shelf, 2, 0) == found(shelf, 0, 2)
    assert found(shelf, 1, 0)["a"] == (
        "code_changed",
        True,
        "2026.2.1: code c0dec0dec0de -> beefbeefbeef",
    )
    assert found(shelf, 1, 1) == {}


def test_where_a_release_on_the_way_is_missing_nothing_is_taken_from_it(shelf: Shelf) -> None:
    (shelf.folders[1] / write_history.SUMMARY).unlink()
    by_column = found(shelf, 0, 2)
    assert {(cause, sure) for cause, sure, _ in by_column.values()} == {("source_revised", False)}
    assert set(by_column) == {"a", "b", "c", "d"}
