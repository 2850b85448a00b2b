"""Uptake of the offline publication: nearly nothing is public, and each row says why and until when."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import duckdb
import pytest


class Folders(Protocol):
    """What the fixture `published` yields, as far as these tests need it."""

    def folder(self, dataset: str) -> Path: ...


@pytest.fixture(scope="module")
def requested(published: Folders) -> Any:
    """Rows of the table by a condition in SQL."""
    table = published.folder("spuk_uptake") / "spuk_uptake.parquet"

    def rows(columns: str, condition: str) -> set[tuple[Any, ...]]:
        found = duckdb.sql(f"SELECT {columns} FROM '{table}' WHERE {condition}")  # noqa: S608 (our own)
        return set(found.fetchall() if found else ())

    return rows


def test_only_the_participation_in_the_first_window_is_measured(requested: Any) -> None:
    columns = 'measure, scheme, "window", area_kind, numerator, denominator, confidence'
    assert requested(columns, "availability = 'measured'") == {
        ("participation", "brede_spuk", "1", "nation", 342, 342, "secondary")
    }


@pytest.mark.parametrize(
    ("scheme", "measure", "expected"),
    [
        ("brede_spuk", "spending", {
            ("2023", "2024-07-15", "not_published"), ("2024", "2025-07-15", "not_published"),
            ("2025", "2026-07-15", "not_published"), ("2026", "2027-07-15", "not_yet_due"),
        }),
        ("brede_spuk", "realised", {("2023-2026", "2028-03-31", "not_yet_due")}),
        ("brede_spuk", "recovery", {("2023-2026", "2028-03-31", "not_yet_due")}),
        # 37 weeks after 15 July of the next year.
        ("spuk_iza", "realised", {
            ("2023", "2025-03-31", "not_published"), ("2024", "2026-03-31", "not_published"),
            ("2025", "2027-03-31", "not_yet_due"), ("2026", "2028-03-30", "not_yet_due"),
        }),
    ],
)  # fmt: skip
def test_each_number_says_when_it_is_due(
    requested: Any, scheme: str, measure: str, expected: set[tuple[str, ...]]
) -> None:
    of = f"scheme = '{scheme}' AND measure = '{measure}' AND component = 'total' AND area_kind = 'nation'"
    assert requested("period, due_date, availability", of) == expected


def test_spending_per_component_is_there_for_the_years_that_account_for_it_only(
    requested: Any,
) -> None:
    components = "measure = 'spending' AND component <> 'total'"
    assert requested("scheme, period", components) == {
        ("brede_spuk", "2023"),
        ("brede_spuk", "2024"),
    }


def test_what_is_allocated_is_there_for_each_recipient_and_map(requested: Any) -> None:
    of_2026 = "measure = 'allocation' AND component = 'total' AND period = '2026' AND area_kind <> 'nation'"
    columns = "scheme, geography, area_kind, count(*), sum(denominator)"
    assert requested(columns, f"{of_2026} GROUP BY ALL") == {
        ("brede_spuk", "as_reported", "municipality", 342, 264_423_052),
        ("brede_spuk", "on_map_2026", "municipality", 342, 264_423_052),
        ("spuk_iza", "as_reported", "region", 42, 153_213_599),
    }


def test_what_is_not_there_names_a_file_that_fills_it(requested: Any) -> None:
    assert requested("measure", "availability <> 'measured' AND fills_from_nl IS NULL") == set()
