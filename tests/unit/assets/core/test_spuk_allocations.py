"""SPUK: what a cell holds, which component a label means, who stands above its share of a ceiling."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from assets.core import spuk_annexes, spuk_letters
from assets.published.spuk_allocations import spuk_allocations as out

LISTS = pl.LazyFrame(
    {"year": [2026], "municipality_code": ["GM0060"], "municipality_name": ["Ameland"]}
)


def cell(header: str, text: str | None, column: int = 2, **more: Any) -> dict[str, Any]:
    row = {
        "regulation_id": "BWBR0047862",
        "version": "2025-11-01",
        "visible_from": "2025-10-29",
        "visible_to": None,
        "effective_from": "2025-11-01",
        "effective_to": None,
        "annex": "Bijlage III",
        "table": "1",
        "row": "1",
        "column": str(column),
        "header": header,
        "row_label": "Valpreventie",
        "text": text,
        "_capture": "sha",
        "_locator": "Bijlage III, table 1",
    }
    return row | more


def cells(*rows: dict[str, Any]) -> pl.DataFrame:
    schema = dict.fromkeys(rows[0], pl.String)
    frame = pl.LazyFrame(list(rows), schema=schema)
    brede = frame.filter(pl.col("regulation_id") == "BWBR0047862")
    iza = frame.filter(pl.col("regulation_id") != "BWBR0047862")
    return spuk_annexes.cells(brede, iza).collect()


def test_amounts_are_read_where_a_column_holds_amounts_and_nowhere_else() -> None:
    frame = cells(cell("Onderdeel", "2026", 1), cell("2026", "€ 1.234,56"), cell("2026", "-", 3))
    assert frame["amount_eur"].to_list() == [None, Decimal("1234.56"), None]
    assert frame["_problem"].to_list() == [None, None, None]
    assert set(frame["table_label"]) == {"Onderdeel"}


def test_an_amount_that_cannot_be_read_is_told_with_its_column() -> None:
    (problem,) = cells(cell("2026", "PM"))["_problem"]
    assert problem == '2026: cannot read the amount "PM"'


def test_in_spuk_iza_only_columns_with_a_year_hold_amounts() -> None:
    iza = {"regulation_id": "BWBR0048411"}
    frame = cells(cell("Regio", "12", 2, **iza), cell("Maximum 2026", "€ 12", 3, **iza))
    assert frame["amount_eur"].to_list() == [None, Decimal("12.00")]


@pytest.mark.parametrize(
    ("label", "component"),
    [
        ("Valpreventie", "valpreventie"),
        (" VALPREVENTIE ", "valpreventie"),
        ("Versterken kennis- en adviesfunctie GGD", "ggd_kennis_en_advies"),
        ("Versterking kennis- en adviesfunctie GGD", "ggd_kennis_en_advies"),
        ("Coördinatie-kosten regionale aanpak preventie", "regionale_coordinatie"),
    ],
)
def test_a_component_is_known_by_every_spelling(label: str, component: str) -> None:
    row = azwa(label, "2027", "1.5")
    assert (row["component"], row["_problem"]) == (component, None)


def azwa(label: str, year: str, amount: str) -> dict[str, Any]:
    raw = pl.LazyFrame(
        {
            "component": [label],
            "year": [year],
            "amount_mln_eur": [amount],
            "_capture": ["sha"],
            "_locator": ["row 1"],
        }
    )
    (row,) = spuk_letters.azwa(raw).collect().to_dicts()
    return row


def test_an_unknown_component_is_told_and_not_guessed() -> None:
    row = azwa("Valpreventi", "2027", "1.5")
    assert row["component"] is None
    assert row["_problem"] == 'component: "Valpreventi" is in no list of components'


def test_an_amount_in_millions_becomes_euros_and_a_wrong_one_is_told() -> None:
    assert azwa("Valpreventie", "2027", "1.5")["amount_eur"] == Decimal("1500000.00")
    row = azwa("Valpreventie", "2027", "veel")
    assert row["amount_eur"] is None
    assert row["_problem"] == 'amount_mln_eur: cannot read "veel"'


def test_both_years_of_a_letter_become_rows_with_their_own_place() -> None:
    raw = pl.LazyFrame(
        {
            "municipality": ["Ameland", "Amelandt"],
            "amount_2025_eur": ["10", "11"],
            "amount_2026_eur": ["20", ""],
            "_capture": ["sha", "sha"],
            "_locator": ["row 1", "row 2"],
        }
    )
    rows = spuk_letters.letter_municipalities(raw, LISTS).collect().to_dicts()
    assert [(r["year"], r["recipient_code"], r["amount_eur"]) for r in rows] == [
        (2025, "GM0060", 10),
        (2025, None, 11),
        (2026, "GM0060", 20),
        (2026, None, None),
    ]
    assert rows[0]["_locator"] == "row 1 column amount_2025_eur"
    assert "nearest: Ameland" in rows[1]["_problem"]


def allocation(kind: str, component: str, name: str, amount: str) -> dict[str, Any]:
    return {
        "scheme": "brede_spuk",
        "year": 2026,
        "regulation_version": "2025-10-29",
        "component": component,
        "recipient_name": name,
        "amount_kind": kind,
        "amount_eur": Decimal(amount),
        "_capture": "sha",
        "_locator": f"{component} {name}",
        "_problem": None,
    }


# Two municipalities share 9 : 1; the small one gets 150 at least, where its share would be 100.
SCHEME = [
    allocation("ceiling", "welzijn_op_recept", "Nederland", "100"),
    allocation("ceiling", "valpreventie", "Nederland", "900"),
    allocation("component_allocation", "welzijn_op_recept", "Groot", "90"),
    allocation("component_allocation", "welzijn_op_recept", "Klein", "10"),
    allocation("allocation_excl_lpo", "total", "Groot", "900"),
    allocation("allocation_excl_lpo", "total", "Klein", "150"),
]


def frame_of(rows: list[dict[str, Any]]) -> pl.LazyFrame:
    types = {"amount_eur": pl.Decimal(18, 2), "_problem": pl.String}
    return pl.LazyFrame(rows, schema_overrides=types)


def test_every_amount_is_published_with_its_place_and_no_verdict() -> None:
    frame = out.spuk_allocations(frame_of(SCHEME)).collect()
    assert frame.height == len(SCHEME)
    assert frame["source_locator"].equals(frame["_locator"], check_names=False)
    assert frame["flags"].null_count() == len(SCHEME)


def test_what_exceeds_the_ceiling_is_explained_by_floors() -> None:
    (row,) = out.reconciliation(frame_of(SCHEME)).collect().to_dicts()
    assert (row["ceiling_eur"], row["allocated_eur"], row["difference_eur"]) == (1000, 1050, 50)
    assert (row["floor_top_up_eur"], row["unexplained_eur"]) == (50, 0)
    assert row["floor_municipalities"] == "Klein"


def test_without_a_complete_component_nobody_is_said_to_stand_on_the_floor() -> None:
    partly = [
        row
        for row in SCHEME
        if (row["recipient_name"], row["component"]) != ("Groot", "welzijn_op_recept")
    ]
    assert out.reconciliation(frame_of(partly)).collect().height == 0
    assert out.spuk_allocations(frame_of(partly)).collect()["flags"].null_count() == len(partly)
