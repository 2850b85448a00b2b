"""The taakveld bridge, breaks and size classes: what the reference tables say, and how rows get it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assets.published.social_domain_budgets.social_domain_budgets import taakvelden
from assets.reference.size_classes import size_class
from assets.reference.taakvelden import breaks_by_year, breaks_table, bridged, with_breaks
from assets.reference.tables import size_classes, taakveld_bridge
from expectations import contract as contracts
from expectations.paths import ROOT

BRIDGE = taakveld_bridge().with_columns(pl.col("first_year", "last_year").cast(pl.Int16))
LISTED = (
    pl.scan_csv(ROOT / "sample/figures/iv3_taakvelden.csv", infer_schema=False)
    .rename({"code": "taakveld", "title": "taakveld_name"})
    .with_columns(pl.col("year").cast(pl.Int16), _capture=pl.lit("sha"), _locator=pl.lit("row"))
)


def at(year: int, code: str) -> dict[str, Any]:
    frame = pl.LazyFrame({"year": [year], "taakveld": [code]}, schema_overrides={"year": pl.Int16})
    return bridged(frame).collect().to_dicts()[0]


@pytest.mark.parametrize(
    ("year", "code", "series", "group"),
    [
        (2017, "6.2", "6.2", "toegang"),
        (2025, "6.22", "6.2", "toegang"),
        (2023, "6.71c", "6.71", "wmo_maatwerk"),
        (2025, "6.713", "6.71", "wmo_maatwerk"),
        (2025, "6.791", "6.71", "wmo_maatwerk"),
        (2025, "6.60", "6.6", "wmo_maatwerk"),
        (2025, "6.91", "6.91", "wmo_maatwerk"),
        (2023, "6.74b", "jeugd", "jeugd"),
        (2025, "6.753", "jeugd", "jeugd"),
        (2025, "6.92", "jeugd", "jeugd"),
        (2022, "6.82", "jeugd", "jeugd"),
        (2026, "6.812", "6.81", "wmo_opvang"),
        (2026, "6.79", "6.79", "pgb_wmo_en_jeugd"),
    ],
)
def test_codes_of_every_year_lead_to_a_comparable_series(
    year: int, code: str, series: str, group: str
) -> None:
    found = at(year, code)
    assert (found["comparable_series"], found["taakveld_group"]) == (series, group)


@pytest.mark.parametrize(
    ("year", "code"),
    [(2025, "6.2"), (2022, "6.71a"), (2024, "6.711"), (2024, "6.91"), (2023, "6.99")],
)
def test_a_code_outside_its_years_means_nothing(year: int, code: str) -> None:
    found = at(year, code)
    assert {found[name] for name in found if name not in ("year", "taakveld")} == {None}


def test_every_code_of_every_list_is_in_the_bridge_in_its_year() -> None:
    frame = taakvelden(LISTED).collect()
    assert frame.height > 100
    assert frame.filter(pl.col("comparable_series").is_null()).height == 0
    assert set(frame["year"]) == set(range(2017, 2027))
    assert not set(frame["taakveld"]) & {"6", "7", "0.10", "0.11"}, (
        "sums and reserves are no fields"
    )


def test_a_code_stands_in_the_bridge_once_in_a_year_and_parts_stay_with_their_parent() -> None:
    assert BRIDGE["taakveld"].is_unique().all()
    parts = BRIDGE.drop_nulls("parent")
    assert parts.filter(
        pl.struct(code="taakveld", parent="parent").map_elements(
            lambda each: not each["code"].startswith(each["parent"]), return_dtype=pl.Boolean
        )
    ).is_empty()  # fmt: skip
    assert set(parts["parent"]) <= set(BRIDGE["taakveld"])
    assert BRIDGE["evidence"].null_count() == 0


def test_a_series_lies_in_one_group() -> None:
    groups = BRIDGE.group_by("comparable_series").agg(pl.col("taakveld_group").n_unique())
    assert groups["taakveld_group"].to_list() == [1] * groups.height


def test_breaks_touch_their_series_in_their_years_only() -> None:
    frame = pl.LazyFrame(
        {
            "year": [2019, 2020, 2023, 2025, 2025],
            "comparable_series": ["6.3", "6.3", "6.1", "6.2", "7.1"],
        },
        schema_overrides={"year": pl.Int16},
    )
    assert with_breaks(frame).collect()["breaks"].to_list() == [
        None,
        "tozo",
        "refugee_shelter_on_6.1",
        "recode_2023;recode_2025",
        None,
    ]


def test_a_budget_does_not_hold_what_came_after_it_was_made() -> None:
    swollen = [
        ("6.3", 2020, "tozo"),
        ("7.1", 2020, "corona"),
        ("6.1", 2022, "refugee_shelter_on_6.1"),
    ]
    for series, year, word in swollen:
        frame = pl.LazyFrame(
            {
                "year": [year, year, year + 1],
                "report_type": ["jaarrekening", "begroting", "begroting"],
                "comparable_series": [series] * 3,
            },
            schema_overrides={"year": pl.Int16},
        )
        assert with_breaks(frame).collect()["breaks"].to_list() == [word, None, word]


def test_a_new_list_of_codes_touches_budgets_and_accounts_alike() -> None:
    recoded = breaks_table().filter(
        ~pl.col("break").is_in(["tozo", "corona", "refugee_shelter_on_6.1"])
    )
    assert recoded.filter(pl.col("first_year") != pl.col("first_budget_year")).collect().is_empty()


def test_budgets_that_are_not_split_in_2026_break_both_series_that_lose_them() -> None:
    found = breaks_by_year().filter(pl.col("break") == "pgb_not_split_2026").collect()
    assert set(found["series"]) == {"6.71", "jeugd"}
    assert set(found["year"]) == {2026}


def test_every_break_that_rows_carry_is_published() -> None:
    assert set(contracts.table("social_domain_budgets.breaks").columns) == set(
        breaks_table().collect_schema()
    )
    assert "after_2024_revision" in breaks_table().collect()["series"]


def test_lists_of_municipalities_break_in_the_years_in_which_they_changed() -> None:
    lists = pl.read_csv(ROOT / "sample/figures/municipalities_by_year.csv", infer_schema=False)
    codes = {
        int(year): set(rows["municipality_code"])
        for (year,), rows in lists.filter(pl.col("year") >= "2017").group_by("year")
    }
    changed = [year for year in range(2018, 2027) if codes[year] != codes[year - 1]]
    found = breaks_table().filter(pl.col("series") == "municipalities").collect()
    assert found["first_year"].to_list() == changed
    for row in found.iter_rows(named=True):
        year = row["first_year"]
        counts = f"{len(codes[year - 1])} ({year - 1}) to {len(codes[year])}"
        assert counts in row["evidence"]


# --- size classes --------------------------------------------------------------------------------


def classes(*inhabitants: int) -> list[str]:
    frame = pl.DataFrame({"inhabitants": inhabitants})
    return frame.select(size_class()).to_series().to_list()


def test_bounds_of_size_classes_meet_without_gap() -> None:
    bounds = size_classes().with_columns(pl.col("^(min|max)_inhabitants$").cast(pl.Int64))
    assert (bounds["min_inhabitants"][1:] == bounds["max_inhabitants"][:-1] + 1).all()
    assert classes(0, 4_999, 5_000, 249_999, 250_000) == [
        "under_5000", "under_5000", "5000_10000", "150000_250000", "250000_or_more",
    ]  # fmt: skip


@pytest.mark.parametrize("year", [2023, 2024, 2025])
def test_each_municipality_is_in_the_class_others_put_it_in(shared: Path, year: int) -> None:
    file = shared / f"data/gemeenten-referentie/gemeenteklassen_{year}.tsv"
    known = pl.read_csv(file, separator="\t").with_columns(inhabitants="Inwonertal")
    names = known.with_columns(size_class()).group_by("size_class", "Gemeentegrootte").len()
    assert names.height == 8, "one name for each class"
