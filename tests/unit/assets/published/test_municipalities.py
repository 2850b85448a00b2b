"""Who went where: transfers read from CBS's prose, the register, and the weights of a split."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from assets.core.municipalities import regions, transfers
from assets.published.municipalities.municipalities import register, transitions

MERGED = (
    "Gemeente.\r\nOpgeheven per 24-03-2022, overgegaan naar:\r\n"
    "- Amsterdam (GM0363), \r\n... 2166 hectare met 9556 woningen en 20767 inwoners\r\n"
)
SPLIT = (
    "Opgeheven per 01-01-2019, overgegaan naar:\r\n"
    "- Westerkwartier (GM1969),\r\n... 1500 hectare met 10 woningen en 100 inwoners\r\n"
    "- Het Hogeland (GM1966),\r\n... 500 hectare met 1 woning en 300 inwoners\r\n"
)
EMPTY_PART = (
    "Opgeheven per 01-01-2021, overgegaan naar:\r\n"
    "- Eemsdelta (GM1979),\r\n... 9 hectare met 0 woningen en 0 inwoners\r\n"
    "- Groningen (GM0014),\r\n... 9 hectare met 3 woningen en 7 inwoners\r\n"
)
RENAMED = "Naamswijziging per 01-01-2024, nieuwe naam: Nieuwstad (GM1992)\r\n"
BORDER = "Grenswijziging per 01-01-2018 met Ergens (GM0001)\r\n"
LONG_AGO = MERGED.replace("2022", "2009")


def found(*descriptions: str | None) -> pl.LazyFrame:
    rows = [
        {
            "Identifier": f"GM{9000 + n} ",
            "Title": f"Oud {n}",
            "Description": text,
            "DimensionGroupId": "GMPV27",
            "_capture": "sha",
            "_locator": f"row {n}",
        }
        for n, text in enumerate(descriptions)
    ]
    return pl.LazyFrame(rows, schema=dict.fromkeys(rows[0], pl.String))


def read(*descriptions: str | None) -> list[dict[str, Any]]:
    return transfers(found(*descriptions)).collect().to_dicts()


def test_a_merger_is_read_with_its_day_and_counts() -> None:
    (row,) = read(MERGED)
    assert (row["date"], row["kind"]) == (date(2022, 3, 24), "merger")
    assert (row["from_code"], row["to_code"], row["to_name"]) == ("GM9000", "GM0363", "Amsterdam")
    assert (row["hectares"], row["dwellings"], row["inhabitants"]) == (2166, 9556, 20767)
    assert row["_problem"] is None


def test_a_split_is_one_row_per_part() -> None:
    rows = read(SPLIT)
    parts = [(row["to_code"], row["dwellings"], row["inhabitants"]) for row in rows]
    assert parts == [("GM1969", 10, 100), ("GM1966", 1, 300)]


def test_a_rename_has_a_new_code_and_no_counts() -> None:
    (row,) = read(RENAMED)
    assert (row["kind"], row["date"]) == ("rename", date(2024, 1, 1))
    assert (row["to_name"], row["to_code"], row["inhabitants"]) == ("Nieuwstad", "GM1992", None)


def test_other_prose_tells_no_transfer() -> None:
    assert read(BORDER, "", None, LONG_AGO) == []


def test_a_part_that_cannot_be_read_is_a_problem_and_not_a_loss() -> None:
    (row,) = read("Opgeheven per 01-01-2019, overgegaan naar:\r\n- Ergens, zonder code\r\n")
    assert row["to_code"] is None
    assert row["_problem"] == "Description: cannot read who GM9000 went to"


def test_a_part_that_cannot_be_read_stands_beside_those_that_can() -> None:
    half = SPLIT.replace("Het Hogeland (GM1966)", "Het Hogeland")
    read_part, unread_part = read(half)
    assert (read_part["to_code"], read_part["_problem"]) == ("GM1969", None)
    assert unread_part["to_code"] is None
    assert unread_part["_problem"] == "Description: cannot read who GM9000 went to"


def test_provinces_come_from_the_group_and_countries_have_none() -> None:
    frame = found(None, None).with_columns(
        DimensionGroupId=pl.Series(["GMPV27", "PVLD01"]), Identifier=pl.Series(["GM1 ", "PV27"])
    )
    assert regions(frame).collect()["province_code"].to_list() == ["PV27", None]


def test_weights_are_shares_of_the_inhabitants_that_moved() -> None:
    frame = transitions(transfers(found(SPLIT, RENAMED, EMPTY_PART))).collect()
    weights = {row["to_code"]: (row["split_weight"], row["flags"]) for row in frame.to_dicts()}
    assert weights == {
        "GM1969": (Decimal("0.25"), None),
        "GM1966": (Decimal("0.75"), None),
        "GM1992": (Decimal(1), None),
        "GM1979": (Decimal(0), "uninhabited"),
        "GM0014": (Decimal(1), None),
    }


def registered(*descriptions: str, **codes: list[int]) -> dict[str, dict[str, Any]]:
    """The register of municipalities in the lists of these years, told of transfers (else MERGED)."""
    rows = [(year, code) for code, years in codes.items() for year in years]
    lists = pl.LazyFrame(
        {
            "year": [year for year, _ in rows],
            "municipality_code": [code for _, code in rows],
            "municipality_name": [f"{code} in {year}" for year, code in rows],
            "_capture": ["sha"] * len(rows),
            "_locator": ["row"] * len(rows),
        }
    )
    places = pl.LazyFrame(
        {
            "region_code": [*codes, "PV27"],
            "region_name": [*codes, "Noord-Holland (PV)"],
            "province_code": ["PV27"] * len(codes) + [None],
        }
    )
    frame = register(lists, places, transfers(found(*descriptions or (MERGED,)))).collect()
    return {row["municipality_code"]: row for row in frame.to_dicts()}


def test_the_register_knows_the_last_day_and_the_last_name() -> None:
    rows = registered(GM9000=[2010, 2021, 2022], GM0363=[2010, 2022, 2023])
    gone = rows["GM9000"]
    assert (gone["valid_from"], gone["valid_to"]) == (date(2010, 1, 1), date(2022, 3, 23))
    assert gone["municipality_name"] == "GM9000 in 2022"
    assert (gone["province_name"], gone["flags"]) == ("Noord-Holland", "existed_before_2010")
    assert rows["GM0363"]["valid_to"] is None


def test_without_a_known_day_a_year_is_all_the_register_says() -> None:
    row = registered(GM0003=[2012, 2013], GM0363=[2010, 2023])["GM0003"]
    assert (row["valid_from"], row["valid_to"]) == (date(2012, 1, 1), date(2013, 12, 31))
    assert row["flags"] is None


def test_receiving_inhabitants_does_not_make_a_municipality_new() -> None:
    row = registered(GM9000=[2010, 2022], GM0363=[2011, 2022, 2023])["GM0363"]
    assert row["valid_from"] == date(2011, 1, 1)


@pytest.mark.parametrize(
    ("day", "first_list", "valid_from"),
    [
        ("01-07-2023", 2024, date(2023, 7, 1)),  # during the year: the next list is the first
        ("01-01-2024", 2024, date(2024, 1, 1)),
        ("01-01-2023", 2024, date(2024, 1, 1)),  # a list had its chance: not what began the code
    ],
)
def test_a_new_code_begins_on_its_day_also_when_no_list_has_it_yet(
    day: str, first_list: int, valid_from: date
) -> None:
    renamed = RENAMED.replace("01-01-2024", day)
    rows = registered(renamed, GM9000=[2010, 2023], GM1992=[first_list, 2025])
    assert rows["GM1992"]["valid_from"] == valid_from


def test_a_rename_during_the_year_leaves_no_day_without_a_municipality() -> None:
    renamed = RENAMED.replace("01-01-2024", "01-07-2023")
    rows = registered(renamed, GM9000=[2010, 2023], GM1992=[2024, 2025])
    assert rows["GM9000"]["valid_to"] == date(2023, 6, 30)
    assert rows["GM1992"]["valid_from"] == date(2023, 7, 1)
