"""What stands out between two captures of a table, and what a person must judge."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import Any

import pytest

from assets.ingest.capture_comparison import CaptureFinding, Profile, compare

BEFORE = Profile(
    table="1NED",
    fingerprint="a",
    answers=5,
    bytes=10_000,
    title="Gemeenten 2023",
    version="2024-01-01",
    rows=100,
    promised=100,
    columns=("Taakveld", "Gemeenten", "1e plaatsing", "2e plaatsing"),
    codes={"Gemeenten": ("GM0001", "GM0002", "GM0003"), "Taakveld": ("6.1", "6.2")},
    periods=("2023X000", "2023X005"),
    municipalities=("GM0001", "GM0002"),
    listed_municipalities=("GM0001", "GM0002"),
)
AFTER = replace(BEFORE, fingerprint="b", version="2024-07-01")


def failed(**changed: Any) -> dict[str, CaptureFinding]:
    found = compare([BEFORE], [replace(AFTER, **changed)])
    return {finding.test: finding for finding in found if not finding.passed}


def test_nothing_stands_out_when_nothing_changed() -> None:
    (content,) = [f for f in compare([BEFORE], [BEFORE]) if f.test == "content"]
    assert content.passed
    assert all(finding.passed for finding in compare([BEFORE], [BEFORE]))
    assert failed() == {}


def test_each_test_has_a_sentence_also_when_it_passes() -> None:
    found = compare([BEFORE], [AFTER])
    assert [finding.test for finding in found] == [
        "rows",
        "promised",
        "municipalities",
        "title",
        "columns",
        "shrinkage",
        "growth",
        "size",
        "code_list",
        "code_list",
        "periods",
        "municipalities_lost",
    ]
    assert all(finding.sentence.endswith(".") for finding in found)
    assert {finding.severity for finding in found} == {"info"}


@pytest.mark.parametrize(
    ("changed", "test", "required", "examples"),
    [
        ({"rows": 0, "promised": 0}, "rows", True, ()),
        ({"promised": 101}, "promised", True, ()),
        ({"rows": 79, "promised": 79}, "shrinkage", True, ()),
        ({"rows": 200, "promised": 200, "bytes": 20_000}, "growth", False, ()),
        ({"bytes": 30_000}, "size", False, ()),
        ({"title": "Gemeenten 2024"}, "title", False, ()),
        (
            {"columns": BEFORE.columns[:3] if BEFORE.columns else ()},
            "columns",
            True,
            ("2e plaatsing",),
        ),
        ({"columns": (*(BEFORE.columns or ()), "3e")}, "new_columns", False, ("3e",)),
        ({"codes": {"Gemeenten": BEFORE.codes["Gemeenten"]}}, "code_list", True, ("6.1", "6.2")),
        (
            {"codes": {**BEFORE.codes, "Taakveld": ("6.2", "6.3")}},
            "code_list",
            False,
            ("-6.1", "6.3"),
        ),
        ({"periods": ("2023X000",)}, "periods", False, ("2023X005",)),
        ({"version": "2024-01-01"}, "content", False, ()),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_change_is_found(
    changed: dict[str, Any], test: str, required: bool, examples: tuple[str, ...]
) -> None:
    found = failed(**changed)
    assert test in found
    assert found[test].required is required
    assert found[test].severity == ("critical" if required else "warning")
    assert found[test].examples == examples
    others = {name for name in found if name != test}
    assert others <= {"shrinkage"}  # no rows at all are fewer rows, too


def test_columns_are_compared_by_title_so_that_a_drifting_suffix_is_no_change() -> None:
    assert "columns" not in failed(columns=tuple(reversed(BEFORE.columns or ())))


def test_municipalities_that_are_lost_or_missing_are_named() -> None:
    found = failed(municipalities=("GM0001",))
    assert found["municipalities_lost"].examples == ("GM0002",)
    assert found["municipalities"].examples == ("GM0002",)
    assert found["municipalities"].sentence == "1 of 2 listed municipalities have a value."
    assert not any(finding.required for finding in found.values())


def test_a_few_rows_less_are_a_correction() -> None:
    assert "shrinkage" not in failed(rows=81, promised=81, bytes=8_100)


def test_a_first_capture_is_judged_on_its_own() -> None:
    assert [f.test for f in compare(None, [BEFORE])] == ["rows", "promised", "municipalities"]


def test_tables_that_come_and_go_are_told() -> None:
    other = replace(BEFORE, table="2NED")
    found = compare([BEFORE], [other])
    assert {(f.about, f.passed, f.required) for f in found if f.test == "table"} == {
        ("1NED", False, False),
        ("2NED", True, True),
    }


def test_a_profile_survives_json() -> None:
    assert Profile.from_dict(json.loads(json.dumps(asdict(BEFORE)))) == BEFORE
