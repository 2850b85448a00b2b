"""Budgets on both maps and added up per area: net, coverage and what has no place."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl

from assets.published.social_domain_budgets.aggregates import aggregates
from assets.published.social_domain_budgets.social_domain_budgets import budgets, taakvelden

YEAR = {"year": pl.Int16}
TRACE = {"_capture": "sha", "_locator": "row"}
# B went to A after 2022; C was divided between A and D.
WEIGHTS = pl.LazyFrame(
    {
        "year": [2022] * 4,
        "from_code": ["A", "B", "C", "C"],
        "to_code": ["A", "A", "A", "D"],
        "map_year": [2023] * 4,
        "weight": [Decimal(1), Decimal(1), Decimal("0.25"), Decimal("0.75")],
    },
    schema_overrides={**YEAR, "map_year": pl.Int16, "weight": pl.Decimal(9, 6)},
)
YEARS = pl.LazyFrame(
    [
        ("as_reported", "A", "Aa", "PV20", 6_000),
        ("as_reported", "B", "Be", "PV20", 4_000),
        ("as_reported", "C", "Ce", None, 1_000),
        ("on_map_2023", "A", "Aa", "PV20", 10_250),
        ("on_map_2023", "D", "De", "PV20", 750),
    ],
    schema=["geography", "municipality_code", "municipality_name", "province_code", "inhabitants"],
    orient="row",
).with_columns(year=pl.lit(2022, pl.Int16))
CODES = pl.LazyFrame(
    {"year": [2022, 2022], "taakveld": ["6.1", "6.71"], "taakveld_name": ["Samen", "Maatwerk"]},
    schema_overrides=YEAR,
).with_columns(**{name: pl.lit(value) for name, value in TRACE.items()})
PEOPLE = {"A": 6_000, "B": 4_000, "C": 1_000}
Cells = tuple[str, str, str | None, str | None]


def found(*cells: Cells) -> pl.LazyFrame:
    """Both maps of lasten and baten: municipality, taakveld, lasten, baten."""
    rows = [
        {
            "year": 2022, "report_type": "jaarrekening", "municipality_code": code,
            "taakveld": field, "lasten_eur": lasten and Decimal(lasten),
            "baten_eur": baten and Decimal(baten), "inhabitants": PEOPLE[code],
            "flags": None if lasten else "not_reported", **TRACE,
        }
        for code, field, lasten, baten in cells
    ]  # fmt: skip
    amount = pl.Decimal(18, 2)
    frame = pl.LazyFrame(
        rows,
        schema_overrides={
            **YEAR, "lasten_eur": amount, "baten_eur": amount, "flags": pl.String,
        },
    )  # fmt: skip
    return budgets(frame, taakvelden(CODES), WEIGHTS, YEARS)


def at(rows: pl.LazyFrame, **where: str) -> dict[str, Any]:
    (row,) = rows.filter(**where).collect().to_dicts()
    return row


def test_each_amount_stands_on_both_maps_with_the_name_and_inhabitants_there() -> None:
    rows = found(("A", "6.1", "10", "4"), ("B", "6.1", "20", "5"), ("C", "6.1", "100", "8"))
    was = at(rows, geography="as_reported", municipality_code="B")
    assert (was["municipality_name"], was["inhabitants"], was["net_eur"]) == ("Be", 4_000, 15)
    now = at(rows, geography="on_map_2023", municipality_code="A")
    assert (now["municipality_name"], now["inhabitants"]) == ("Aa", 10_250)
    assert (now["lasten_eur"], now["baten_eur"], now["net_eur"]) == (55, 11, 44)
    assert (now["inhabitants_reported"], now["flags"]) == (10_250, "merged;split_by_inhabitants")
    assert (now["comparable_series"], now["breaks"]) == ("6.1", "refugee_shelter_on_6.1")


def test_net_is_missing_where_baten_are_also_of_a_part() -> None:
    rows = found(("A", "6.1", "10", "4"), ("B", "6.1", "20", None))
    assert at(rows, geography="as_reported", municipality_code="B")["net_eur"] is None
    now = at(rows, geography="on_map_2023", municipality_code="A")
    assert (now["lasten_eur"], now["baten_eur"], now["net_eur"]) == (30, 4, None)
    assert "partly_reported" in now["flags"]


def test_net_of_those_who_reported_is_known_beside_one_who_did_not() -> None:
    rows = found(("A", "6.1", "10", "4"), ("B", "6.1", None, None))
    now = at(rows, geography="on_map_2023", municipality_code="A")
    assert (now["net_eur"], now["inhabitants_reported"]) == (6, 6_000)


def areas(*cells: Cells) -> pl.LazyFrame:
    provinces = pl.LazyFrame({"region_code": ["PV20"], "region_name": ["Groningen (PV)"]})
    iza = pl.LazyFrame({"municipality_code": ["A", "D"], "region_name": ["Noord", "Zuid"]})
    return aggregates(found(*cells), YEARS, provinces, iza)


def test_areas_say_of_how_many_inhabitants_their_sum_is() -> None:
    rows = areas(("A", "6.1", "10", "4"), ("B", "6.1", None, None), ("C", "6.1", "100", "8"))
    nation = at(rows, geography="as_reported", area_kind="nation")
    assert (nation["lasten_eur"], nation["net_eur"], nation["municipalities"]) == (110, 98, 3)
    assert (nation["inhabitants"], nation["inhabitants_reported"]) == (11_000, 7_000)
    assert (str(nation["coverage_pct"])[:7], nation["flags"]) == ("63.6364", "partly_reported")
    zuid = at(rows, geography="on_map_2023", area_code="Zuid")
    assert (zuid["lasten_eur"], zuid["inhabitants"], zuid["flags"]) == (75, 750, None)


def test_a_municipality_without_a_province_is_in_the_sums_all_the_same() -> None:
    rows = areas(("A", "6.1", "10", "4"), ("C", "6.1", "100", "8"))
    names = rows.filter(geography="as_reported", area_kind="province").collect()
    assert dict(names.select("area_name", "lasten_eur").iter_rows()) == {
        "Groningen": 10,
        "Onbekend": 100,
    }


def test_where_nobody_reported_there_is_no_amount() -> None:
    rows = areas(("A", "6.1", "10", "4"), ("B", "6.1", None, None), ("A", "6.71", None, None))
    quiet = at(rows, geography="as_reported", area_kind="nation", comparable_series="6.71")
    assert (quiet["lasten_eur"], quiet["coverage_pct"], quiet["flags"]) == (None, 0, "not_reported")


def test_regions_of_today_are_on_the_map_of_today_only() -> None:
    kinds = areas(("A", "6.1", "10", "4")).select("geography", "area_kind").unique().collect()
    assert ("on_map_2023", "iza_region") in kinds.rows()
    assert ("as_reported", "iza_region") not in kinds.rows()
