"""Iv3 lines to lasten and baten: parents with parts, totals stated or added up, who did not report."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl

from assets.core import deliveries, iv3
from assets.published.social_domain_budgets import social_domain_budgets as out

TRACE = {"_capture": "sha", "_locator": "row 1"}
YEARS = pl.LazyFrame(
    {
        "year": [2023, 2023],
        "municipality_code": ["GM0001", "GM0002"],
        "municipality_name": ["Een", "Twee"],
        "inhabitants": [10, 20],
    },
    schema_overrides={"year": pl.Int16},
)
CODES = pl.LazyFrame(
    {
        "year": [2023] * 6,
        "taakveld": ["6.1", "6.71", "6.71a", "6.82", "7.1", "totaal"],
        "taakveld_name": [
            "Samenkracht",
            "Maatwerk",
            "Huishoudelijk",
            "Jeugd",
            "Gezondheid",
            "Totaal",
        ],
    },
    schema_overrides={"year": pl.Int16},
)


def served(**cells: str | None) -> dict[str, str | None]:
    row: dict[str, str | None] = {
        "TaakveldBalanspost": "6.1 ",
        "Categorie": "L",
        "Gemeenten": "GM0001  ",
        "Verslagsoort": "2023X005",
        "first_publication": "1",
        "second_publication": None,
    }
    return {**row, **cells, **TRACE}


def lines_of(*rows: dict[str, str | None]) -> list[dict[str, Any]]:
    schema = dict.fromkeys(rows[0], pl.String)
    return iv3.lines(pl.LazyFrame(list(rows), schema=schema)).collect().to_dicts()


def line(
    field: str, category: str, amount: str | None, municipality: str = "GM0001"
) -> dict[str, Any]:
    return {
        "year": 2023,
        "report_type": "jaarrekening",
        "municipality_code": municipality,
        "taakveld": field,
        "category": category,
        "amount_eur": amount and Decimal(amount),
        **TRACE,
    }


def fields(*lines: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    schema = {
        "year": pl.Int16,
        "amount_eur": pl.Decimal(18, 2),
        **dict.fromkeys(
            ("report_type", "municipality_code", "taakveld", "category", *TRACE), pl.String
        ),
    }
    frame = deliveries.fields(pl.LazyFrame(list(lines), schema=schema), CODES, YEARS).collect()
    return {(row["municipality_code"], row["taakveld"]): row for row in frame.to_dicts()}


# --- core ----------------------------------------------------------------------------------------


def test_thousands_become_euros_and_padding_goes() -> None:
    (row,) = lines_of(served(first_publication="1234"))
    assert row["amount_eur"] == Decimal("1234000.00")
    assert (row["year"], row["report_type"]) == (2023, "jaarrekening")
    assert (row["municipality_code"], row["taakveld"]) == ("GM0001", "6.1")


def test_a_second_publication_replaces_the_first() -> None:
    (row,) = lines_of(served(first_publication="1", second_publication="2"))
    assert row["amount_eur"] == Decimal("2000.00")


def test_an_empty_cell_is_missing_and_not_zero() -> None:
    (row,) = lines_of(served(first_publication=None))
    assert row["amount_eur"] is None
    assert row["_problem"] is None


def test_quarterly_reports_and_balance_items_are_another_subject() -> None:
    rows = [served(), served(Verslagsoort="2023X003"), served(TaakveldBalanspost="A111"),
            served(TaakveldBalanspost="P2131 ")]  # fmt: skip
    assert [row["taakveld"] for row in lines_of(*rows)] == ["6.1"]


def test_a_code_nobody_knows_stays_so_that_it_can_be_set_aside() -> None:
    rows = [
        served(TaakveldBalanspost="Participatie"),
        served(TaakveldBalanspost=None),
        served(Verslagsoort="2023X009"),
        served(Verslagsoort=None),
    ]
    kept = lines_of(*rows)
    assert [row["taakveld"] for row in kept] == ["Participatie", None, "6.1", "6.1"]
    assert [row["report_type"] for row in kept][2:] == ["X009", None]


# --- out -----------------------------------------------------------------------------------------


def test_lasten_and_baten_are_added_up_over_categories() -> None:
    rows = fields(
        line("6.1", "L1.1", "100"), line("6.1", "L3.8", "50"), line("6.1", "B4.3.1", "30")
    )
    row = rows["GM0001", "6.1"]
    assert (row["lasten_eur"], row["baten_eur"]) == (150, 30)
    assert (row["municipality_name"], row["inhabitants"]) == ("Een", 10)


def test_a_parent_beside_its_parts_says_so() -> None:
    rows = fields(line("6.71", "L", "1"), line("6.71a", "L", "2"), line("6.82", "L", "3"))
    flags = {field: row["flags"] for (_, field), row in rows.items()}
    assert flags["6.71"] == "parent_after_split"
    assert flags["6.71a"] is None
    assert flags["6.82"] is None, "no part of 6.82 is in the list of that year"


def test_a_total_that_the_source_states_is_taken_at_its_word() -> None:
    rows = fields(line("6.1", "L", "100"), line("0.1", "L", "7"), line("totaal", "L", "999"))
    assert rows["GM0001", "totaal"]["lasten_eur"] == 999


def test_without_a_stated_total_fields_are_added_up_but_not_reserves_and_result() -> None:
    """As the live source has it: every taakveld, no total."""
    rows = fields(
        line("6.1", "L1.1", "100"),
        line("0.1", "L1.1", "7"),
        line("2.1", "B3.1", "5"),
        line("0.10", "L7.1", "1000"),
        line("0.11", "L7.1", "2000"),
    )
    total = rows["GM0001", "totaal"]
    assert (total["lasten_eur"], total["baten_eur"]) == (107, 5)
    # Fields outside the social domain count in the total and are no rows of their own.
    assert set(rows) == {("GM0001", "6.1"), ("GM0001", "totaal")}


def test_totals_are_stated_or_added_up_for_each_municipality_by_itself() -> None:
    rows = fields(
        line("6.1", "L", "100"), line("totaal", "L", "999"),
        line("6.1", "L", "40", "GM0002"), line("7.1", "L", "2", "GM0002"),
    )  # fmt: skip
    assert rows["GM0001", "totaal"]["lasten_eur"] == 999
    assert rows["GM0002", "totaal"]["lasten_eur"] == 42


def test_who_delivered_nothing_keeps_its_rows_without_amounts() -> None:
    """That it did not report is for the rules to say."""
    rows = fields(
        line("6.1", "L", None), line("7.1", "L", None), line("6.71", "L", None),
        line("6.1", "L", "1", "GM0002"), line("7.1", "L", None, "GM0002"),
    )  # fmt: skip
    assert {key: row["lasten_eur"] for key, row in rows.items() if key[0] == "GM0001"} == {
        ("GM0001", "6.1"): None, ("GM0001", "6.71"): None, ("GM0001", "7.1"): None,
        ("GM0001", "totaal"): None,
    }  # fmt: skip
    assert rows["GM0001", "6.1"]["flags"] is None
    assert rows["GM0001", "6.71"]["flags"] == "parent_after_split"
    assert rows["GM0002", "7.1"]["lasten_eur"] is None


def reports(*lines: dict[str, Any]) -> dict[str, dict[str, Any]]:
    schema = {"amount_eur": pl.Decimal(18, 2), "year": pl.Int16}
    frame = out.reports(pl.LazyFrame(lines, schema_overrides=schema), YEARS).collect()
    return {row["municipality_code"]: row for row in frame.to_dicts()}


def test_a_delivery_as_a_whole_keeps_reserves_and_result_apart() -> None:
    row = reports(
        line("6.1", "L1.1", "100"), line("0.1", "L1.1", "7"), line("2.1", "B3.1", "112"),
        line("0.10", "L7.1", "10"), line("0.11", "L7.1", "2"), line("0.10", "B7.1", "7"),
    )["GM0001"]  # fmt: skip
    assert (row["lasten_eur"], row["baten_eur"]) == (107, 112)
    assert (row["to_reserves_eur"], row["from_reserves_eur"]) == (12, 7)
    assert (row["municipality_name"], row["inhabitants"]) == ("Een", 10)


def test_reserves_that_a_source_does_not_tell_are_missing_and_not_zero() -> None:
    rows = reports(line("totaal", "L", "999"), line("6.1", "L", None, "GM0002"))
    assert rows["GM0001"]["lasten_eur"] == 999
    assert rows["GM0001"]["to_reserves_eur"] is None
    assert rows["GM0002"]["lasten_eur"] is None


def test_spuk_income_counts_only_grants_of_the_state_on_main_fields_6_and_7() -> None:
    lines = [
        line("6", "B4.3.1", "5"),
        line("6.1", "B4.3.1", "1"),
        line("7", "B4.3.1", None),
        line("6", "B4.3.2", "100"),
        line("5", "B4.3.1", "100"),
    ]
    schema = {"amount_eur": pl.Decimal(18, 2), "year": pl.Int16}
    frame = out.grants(pl.LazyFrame(lines, schema_overrides=schema), YEARS).collect()
    found = {row["main_field"]: (row["spuk_income_eur"], row["flags"]) for row in frame.to_dicts()}
    assert found == {"6": (6, None), "7": (None, "not_reported")}
