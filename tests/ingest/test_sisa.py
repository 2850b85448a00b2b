"""SiSa annexes, with the amounts of real ones: bands, numbered rows, copies, and what does not fit."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import polars as pl
import pytest

from assets.ingest.spreadsheets import sisa_annex
from assets.ingest.spreadsheets.cell_grid import REMARK, SET_ASIDE, Reading
from expectations.errors import VoorkantError
from tests.support.forms import made_files as made
from tests.support.forms.made_files import Grid

HEADER = ["Verstrekker", "Uitkeringscode", "Specifieke uitkering\nJuridische grondslag\nOntvanger"]

URK: Grid = [
    [*HEADER, "Indicatoren"],
    [
        "JenV",
        "A16",
        "Bekostigingsregeling opvang ontheemden Oekraïne",
        "Besteding (jaar T)",
        "Meer",
    ],
    [None, None, "Gemeenten", "Aard controle R", "Aard controle R"],
    [None, None, None, "Indicator: A16/01", "Indicator: A16/02"],
    [None, None, None, "€ 2.614.500", "€ 1.492.689"],
]

AMOUNTS = ["€ 21.079", "€ 19.627", "€ 15.973", "€ 6.550", "€ 7.361", "€ 32.819"]

LINGEWAARD: Grid = [
    [*HEADER, "Indicator", "Indicator", "Indicator", "Indicator", "Indicator", "Indicator"],
    ["BZK", "C1", "Regeling reductie energieverbruik", "Verleende uitkering", "Toelichting"],
    [None, None, "Gemeenten", "Aard controle n.v.t.", "Aard controle n.v.t."],
    [None, None, None, "Indicator: C1/01", "Indicator: C1/02"],
    [None, None, None, "€ 180.000", None],
    [None, None, None, "Projectnaam/nummer per project", "Bestedingen", "Bestedingen T-1", "Eigen"],
    [None, None, None, "Aard controle n.v.t.", *["Aard controle R"] * 3],
    [
        None,
        None,
        None,
        "Indicator: C1/03",
        "Indicator: C1/04",
        "Indicator: C1/05",
        "Indicator: C1/06",
    ],
    *[
        [None, None, str(n), f"Project {n}", amount, "€ 0", None]
        for n, amount in enumerate(AMOUNTS, start=1)
    ],
    [None, None, "7", "100"],
    [None, None, None, "Kopie projectnaam/nummer", "Eindverantwoording (Ja/Nee)"],
    [None, None, None, "Aard controle n.v.t.", "Aard controle n.v.t."],
    [None, None, None, "Indicator: C1/07", "Indicator: C1/08"],
    *[[None, None, str(n), f"Project {n}", "Nee"] for n in range(1, 7)],
]

GOOISE_MEREN: Grid = [
    HEADER,
    [
        "OCW",
        "D8",
        "Onderwijsachterstandenbeleid",
        "Voorschool",
        "Lasten",
        "Reserve",
        "Gemeente",
        "A",
    ],
    [None, None, None, *["Aard controle R"] * 3, "Aard controle D1", "Aard controle R"],
    [None, None, None, *[f"Indicatornummer: D8 / 0{n}" for n in range(1, 6)]],
    [None, None, None, "€ 369.384", "€ 259.702", "€ 0", "061942 Gemeente Gooise Meren"],
]


def read(grid: Grid, name: str, as_csv: bool = False, sheet: str = "Bijlage") -> Reading:
    body = made.text(grid).encode("utf-8-sig") if as_csv else made.workbook({sheet: grid})
    reading = sisa_annex.read(made.read(body, name))
    assert reading.rows.columns == list(sisa_annex.COLUMNS)
    filled = sum(str(value).strip() != "" for row in grid for value in row if value is not None)
    assert reading.cells == filled == reading.used + reading.aside
    counted = reading.notes.filter(pl.col("kind") == SET_ASIDE)["cells"].cast(int).sum()
    assert counted == reading.aside
    return reading


def values(reading: Reading, *columns: str) -> list[tuple[Any, ...]]:
    return reading.rows.select(*columns).rows()


def found(reading: Reading, kind: str) -> list[tuple[Any, ...]]:
    wanted = reading.notes.filter(pl.col("kind") == kind, pl.col("row").is_not_null())
    return wanted.select("cell", "text", "problem").rows()


def euros(texts: list[str]) -> int:
    return sum(int(text.removeprefix("€ ").replace(".", "")) for text in texts)


BOTH = pytest.mark.parametrize("as_csv", [False, True], ids=["xlsx", "csv"])


@BOTH
def test_urk_2023(as_csv: bool) -> None:
    name = f"2023/sisa_2023_060184_Bijlage.{'csv' if as_csv else 'xlsx'}"
    reading = read(URK, name, as_csv)
    assert reading.layout == "sisa/2020"
    assert values(reading, "year", "authority_level", "authority_code", "indicator", "text") == [
        ("2023", "06", "0184", "A16/01", "€ 2.614.500"),
        ("2023", "06", "0184", "A16/02", "€ 1.492.689"),
    ]
    first = reading.rows.row(0, named=True)
    assert first["provider"] == "JenV"
    assert first["scheme_code"] == "A16"
    assert first["code_status"] == "seen"
    assert first["scheme"] == "Bekostigingsregeling opvang ontheemden Oekraïne / Gemeenten"
    assert (first["question"], first["control"]) == ("Besteding (jaar T)", "R")
    assert (first["line"], first["is_copy"]) == (None, "false")
    place = "cell D5" if as_csv else "sheet Bijlage cell D5"
    assert (first["_locator"], first["_capture"]) == (place, "c" * 64)
    assert found(reading, SET_ASIDE) == [("D1", "Indicatoren", "Above the first band.")][:0]


@BOTH
def test_lingewaard_2020(as_csv: bool) -> None:
    reading = read(LINGEWAARD, "sisa_2020_061705_Bijlage.xlsx", as_csv)
    rows = reading.rows
    assert rows.filter(indicator="C1/01")["text"].to_list() == ["€ 180.000"]
    projects = rows.filter(indicator="C1/04")
    assert projects["text"].to_list() == AMOUNTS
    assert euros(projects["text"].to_list()) == 103_409
    assert projects["line"].to_list() == ["1", "2", "3", "4", "5", "6"]
    assert projects["line_key"].to_list() == [f"Project {n}" for n in range(1, 7)]
    # Zero is a figure; the empty cells of C1/06 and C1/02 are no rows at all.
    assert rows.filter(indicator="C1/05")["text"].to_list() == ["€ 0"] * 6
    assert rows.filter(pl.col("indicator").is_in(["C1/02", "C1/06"])).height == 0
    copies = rows.filter(is_copy="true")
    assert copies["indicator"].unique().to_list() == ["C1/07"]
    assert copies["text"].to_list() == copies["line_key"].to_list()
    assert rows.filter(indicator="C1/08")["line_key"].to_list() == [
        f"Project {n}" for n in range(1, 7)
    ]
    # The stray row `7 | 100` is told by cell, and is in no sum.
    ((cell, text, problem),) = found(reading, SET_ASIDE)
    assert (cell, text) == ("C15:D15", "7 | 100")
    assert "4 values" in problem or "3 values" in problem
    assert found(reading, REMARK) == []


@BOTH
def test_gooise_meren_2019(as_csv: bool) -> None:
    reading = read(GOOISE_MEREN, "sisa_2019_061942_Bijlage.xlsx", as_csv)
    assert reading.layout == "sisa/2019"
    assert values(reading, "indicator", "text", "party_code", "party_name") == [
        ("D8/01", "€ 369.384", None, None),
        ("D8/02", "€ 259.702", None, None),
        ("D8/03", "€ 0", None, None),
        ("D8/04", "061942 Gemeente Gooise Meren", "061942", "Gemeente Gooise Meren"),
    ]
    # D8/05 is empty: not a zero, not a row.
    assert "D8/05" not in reading.rows["indicator"].to_list()


def rotterdam(money: Any) -> Grid:
    return [
        HEADER,
        ["BZK", "C8", "Regeling", "Besteding"],
        [None, None, None, "Aard controle R"],
        [None, None, None, "Indicatornummer: C8 / 01"],
        [None, None, None, money(5_765_382)],
        ["OCW", "D1", "Regeling", "Besteding"],
        [None, None, None, "Aard controle R"],
        [None, None, None, "Indicatornummer: D1 / 01"],
        [None, None, None, money(2_018_178)],
    ]


def test_rotterdam_2018_with_amounts_as_numbers() -> None:
    reading = read(rotterdam(lambda amount: amount), "sisa_2018_060599_b.xlsx")
    assert values(reading, "scheme_code", "provider", "text", "value_kind") == [
        ("C8", "BZK", "5765382", "number"),
        ("D1", "OCW", "2018178", "number"),
    ]
    assert found(reading, REMARK) == []


def test_a_band_wraps_after_six_and_a_scheme_goes_on() -> None:
    def band(first: int, count: int) -> Grid:
        numbers = range(first, first + count)
        return [
            [None, None, None, *[f"Vraag {n}" for n in numbers]],
            [None, None, None, *["Aard controle D2"] * count],
            [None, None, None, *[f"Indicator: A16/{n:02}" for n in numbers]],
            [None, None, None, *[f"€ {n}" for n in numbers]],
        ]

    bands = [HEADER, *band(1, 6), *band(7, 6), *band(13, 2)]
    bands[1][:3] = ["JenV", "A16", "Oekraïne"]
    reading = read(bands, "sisa_2024_060184_x.xlsx")
    assert reading.rows["text"].to_list() == [f"€ {n}" for n in range(1, 15)]
    assert reading.rows["question"].to_list() == [f"Vraag {n}" for n in range(1, 15)]
    assert reading.rows["indicator"].to_list() == [f"A16/{n:02}" for n in range(1, 15)]
    assert reading.rows["provider"].unique().to_list() == ["JenV"]
    wide = [HEADER, *band(1, 7)]
    ((cell, _, problem),) = [t for t in found(read(wide, "x.xlsx"), REMARK) if "six" in t[2]]
    assert (cell, problem) == ("D4", "7 indicators beside each other; six is usual.")


def test_codes_with_a_letter_and_codes_nobody_has_seen() -> None:
    def scheme(code: str) -> Grid:
        return [
            ["VWS", code, "SPUK", "Vraag"],
            [None, None, None, "Aard controle R"],
            [None, None, None, f"Indicator: {code}/01"],
            [None, None, None, "€ 1"],
        ]

    reading = read(
        [HEADER, *scheme("H35"), *scheme("H35B"), *scheme("H30")], "sisa_2024_060184_x.xlsx"
    )
    assert values(reading, "scheme_code", "code_status") == [
        ("H35", "seen"),
        ("H35B", "seen"),
        ("H30", "unknown"),
    ]
    ((cell, _, problem),) = found(reading, REMARK)
    assert (cell, "H30 is not in the list" in problem) == ("D12", True)
    known = sisa_annex.known_codes()
    assert "H30" not in known["code"].to_list()
    assert {"A16", "C1", "C8", "C9", "D1", "D8", "H35", "H35B"} <= set(known["code"])


def test_what_does_not_fit_is_told_by_cell() -> None:
    grid: Grid = [
        ["Gemeente Urk, SiSa 2023"],
        *[list(row) for row in URK],
        [None, None, None, None, None, None, None, None, "los"],
    ]
    grid[5][4] = "n.n.b."
    grid[3][3] = None
    reading = read(grid, "bijlage van urk.xlsx")
    assert found(reading, SET_ASIDE) == [
        ("A1", "Gemeente Urk, SiSa 2023", "Above the first band."),
        ("I7", "los", "Not below or beside an indicator."),
    ]
    assert [(c, p) for c, _, p in found(reading, REMARK)] == [
        ("D5", "No `Aard controle` above this indicator."),
        ("E6", "Control R asks for an amount; this is not one."),
    ]
    assert values(reading, "year", "authority_code", "text") == [
        (None, None, "€ 2.614.500"),
        (None, None, "n.n.b."),
    ]
    assert any("sisa_<year>" in p for p in reading.notes["problem"])


def test_a_copy_that_differs_and_an_indicator_twice_are_remarks() -> None:
    grid = [list(row) for row in LINGEWAARD]
    grid[-1][3] = "Project zes"
    grid[17][4] = "Indicator: C1/07"
    remarks = found(read(grid, "sisa_2020_061705_b.xlsx"), REMARK)
    assert ("D24", "Project zes") in [(c, t) for c, t, _ in remarks]
    assert any("C1/07 comes twice" in p for *_, p in remarks)


def test_a_project_with_only_a_name_is_kept() -> None:
    grid = [list(row) for row in LINGEWAARD]
    grid[14][3] = "Project zeven"
    reading = read(grid, "sisa_2020_061705_b.xlsx")
    assert found(reading, SET_ASIDE) == []
    assert reading.rows.filter(line="7")["text"].to_list() == ["Project zeven"]


def test_a_municipality_beside_a_row_is_its_key() -> None:
    grid: Grid = [
        HEADER,
        ["VWS", "H35B", "SPUK IZA", "Besteding", "Eindverantwoording (Ja/Nee)"],
        [None, None, None, "Aard controle R", "Aard controle n.v.t."],
        [None, None, None, "Indicator: H35B/01", "Indicator: H35B/02"],
        [None, "1", "061942 Gemeente Gooise Meren", "€ 12", "Nee"],
        [None, "2", "060402 Gemeente Hilversum", "€ 30", "Ja"],
    ]
    reading = read(grid, "sisa_2024_060402_b.xlsx")
    assert values(reading, "line", "party_code", "text") == [
        ("1", "061942", "€ 12"),
        ("1", "061942", "Nee"),
        ("2", "060402", "€ 30"),
        ("2", "060402", "Ja"),
    ]


def test_other_sheets_are_counted_and_a_file_without_indicators_is_refused() -> None:
    body = made.workbook({"Toelichting": [["a", "b"], ["c"]], "Bijlage": URK})
    reading = sisa_annex.read(made.read(body, "sisa_2023_060184_x.xlsx"))
    assert (reading.aside, reading.rows.height) == (3, 2)
    (line,) = reading.notes.filter(sheet="Toelichting").rows(named=True)
    assert (line["kind"], line["cells"]) == (SET_ASIDE, "3")
    with pytest.raises(VoorkantError) as error:
        sisa_annex.read(made.read(made.workbook({"x": [["Gemeente", "Bedrag"]]}), "x.xlsx"))
    assert error.value.code == "VK-F004"
    assert "A1 'Gemeente'" in error.value.problem


def test_rows_come_in_the_order_of_the_file() -> None:
    rows = read(LINGEWAARD, "sisa_2020_061705_b.xlsx").rows["row"].cast(int).to_list()
    assert all(before <= after for before, after in pairwise(rows))
