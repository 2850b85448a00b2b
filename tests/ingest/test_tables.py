"""Layouts with a header: recognised by it, read to exactly the figures that are there."""

from __future__ import annotations

import csv
import io
import json
import re
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.ingest.spreadsheets import number_notation
from assets.ingest.spreadsheets.cell_grid import REMARK, SET_ASIDE, Account, Reading
from assets.ingest.spreadsheets.file_limits import FileLimits
from assets.ingest.spreadsheets.layouts import READERS, municipality_code
from expectations.errors import VoorkantError
from expectations.paths import ROOT
from tests.support.forms import made_files as made
from tests.support.forms.made_files import Grid


def read(source: str, body: bytes, name: str) -> Reading:
    reading = READERS[source](made.read(body, name))
    assert reading.cells == reading.used + reading.aside
    counted = reading.notes.filter(pl.col("kind") == SET_ASIDE)["cells"].cast(int).sum()
    assert counted == reading.aside
    assert reading.rows["_locator"].n_unique() == reading.rows.height
    return reading


def refused(source: str, body: bytes, name: str = "x.csv") -> VoorkantError:
    with pytest.raises(VoorkantError) as error:
        read(source, body, name)
    return error.value


def found(reading: Reading, kind: str = SET_ASIDE) -> list[tuple[Any, ...]]:
    wanted = reading.notes.filter(pl.col("kind") == kind, pl.col("row").is_not_null())
    return wanted.select("cell", "text", "problem").rows()


# --- letters

LETTER: Grid = [
    ["Bijlage 2a bij brief 4190863"],
    ["Gemeente", "Bedrag 2025", "Bedrag 2026"],
    ["Aa en Hunze", "€ 401.280,00", "€ 341.674,00"],
    ["Ministerie van VWS"],
    ["Nuenen, Gerwen en", "€ 317.174,00", "€ 270.061,00"],
    ["Nederwetten"],
    ["Ameland", "€ 91.053,00", "€ -"],
    ["Zwolle", "€ 2.035.253,00", "n.n.b."],
    ["Totaal", "€ 310.475.334,00", "€ 264.423.052,00"],
]


@pytest.mark.parametrize("as_csv", [True, False])
def test_a_letter(as_csv: bool) -> None:
    body = made.text(LETTER).encode() if as_csv else made.workbook({"s": LETTER})
    if as_csv:  # rows of one field are what they are in a saved sheet: padded
        body = made.text([[*row, "", ""][:3] for row in LETTER]).encode()
    reading = read("vws_letters", body, "brief.csv" if as_csv else "brief.xlsx")
    assert reading.layout == "vws_letter/municipalities"
    assert reading.rows.select("name", "year", "text", "state", "is_total").rows() == [
        ("Aa en Hunze", "2025", "€ 401.280,00", "amount", "false"),
        ("Aa en Hunze", "2026", "€ 341.674,00", "amount", "false"),
        ("Nuenen, Gerwen en", "2025", "€ 317.174,00", "amount", "false"),
        ("Nuenen, Gerwen en", "2026", "€ 270.061,00", "amount", "false"),
        ("Ameland", "2025", "€ 91.053,00", "amount", "false"),
        ("Ameland", "2026", "€ -", "no amount", "false"),
        ("Zwolle", "2025", "€ 2.035.253,00", "amount", "false"),
        ("Totaal", "2025", "€ 310.475.334,00", "amount", "true"),
        ("Totaal", "2026", "€ 264.423.052,00", "amount", "true"),
    ]
    assert found(reading) == [
        ("A1", "Bijlage 2a bij brief 4190863", "Above the header."),
        ("A4", "Ministerie van VWS", "No figures in this row."),
        ("A6", "Nederwetten", "No figures in this row."),
        ("C8", "n.n.b.", "Not a figure as 1.234,56, under 'Bedrag 2026'."),
    ]


def test_numbers_of_a_workbook_have_a_point_and_say_so() -> None:
    grid: Grid = [["gemeente", 2025, "2026"], ["Urk", 1234.5, "1.234,50"]]
    reading = read("vws_letters", made.workbook({"s": grid}), "x.xlsx")
    assert reading.rows.select("year", "text", "notation").rows() == [
        ("2025", "1234.5", "point"),
        ("2026", "1.234,50", "dutch"),
    ]


@made.needs_shared
def test_the_letter_of_september_2025() -> None:
    body, name = made.shared(
        "vws-brief-spuk-2025", "bijlage2a_brede_spuk_2025_2026_per_gemeente.csv"
    )
    rows = read("vws_letters", body, name).rows
    sums = rows.group_by("year").agg(pl.col("text").cast(pl.Int64).sum(), pl.len()).sort("year")
    assert sums.rows() == [("2025", 310_475_334, 342), ("2026", 264_423_052, 342)]
    assert "Nuenen, Gerwen en Nederwetten" in rows["name"].to_list()
    body, name = made.shared("vws-brief-spuk-2025", "bijlage2b_spuk_iza_2025_2026_per_regio.csv")
    reading = read("vws_letters", body, name)
    assert reading.layout == "vws_letter/regions"
    sums = reading.rows.group_by("year").agg(pl.col("text").cast(pl.Int64).sum(), pl.len())
    assert sorted(sums.rows()) == [("2025", 142_900_002, 42), ("2026", 153_213_599, 42)]
    assert json.loads(reading.rows["other"][0])["verschil_2025"] == "0"


# --- gemeentefonds

SIUDU = "CBS\tNaam\tProv\tBeschermd wonen\tveilig wonen\n"


def test_a_circular() -> None:
    body = SIUDU + "14\tGroningen\t1\t78904396\t400.077\n1979\tEemsdelta\t1\t0\t - \n"
    body += "184\tUrk\t12\t-3213901,57\t1824865.57\nNL\tNederland\t\t1\t2\n"
    reading = read("gemeentefonds", body.encode(), "GF_S2024_2025_SIUDU.csv")
    assert reading.layout == "gemeentefonds/allocations"
    wanted = ("municipality_code_printed", "municipality_code", "header", "text", "state")
    assert reading.rows.select(*wanted).rows() == [
        ("14", "GM0014", "Beschermd wonen", "78904396", "amount"),
        ("14", "GM0014", "veilig wonen", "400.077", "amount"),
        ("1979", "GM1979", "Beschermd wonen", "0", "amount"),
        ("1979", "GM1979", "veilig wonen", " - ", "no amount"),
        ("184", "GM0184", "Beschermd wonen", "-3213901,57", "amount"),
        ("NL", None, "Beschermd wonen", "1", "amount"),
        ("NL", None, "veilig wonen", "2", "amount"),
    ]
    assert set(reading.rows.select("circular", "fund_year", "notation").rows()) == {
        ("S2024", "2025", "dutch")
    }
    # An English decimal point in a Dutch file is set aside, not read as thousands.
    assert found(reading) == [
        ("E4", "1824865.57", "Not a figure as 1.234,56, under 'veilig wonen'.")
    ]
    assert found(reading, REMARK) == [("A5", "NL", "No municipality_code can be made from this.")]


def test_a_circular_saved_with_another_separator_encoding_or_name() -> None:
    body = (SIUDU + "1900\tSúdwest-Fryslân\t2\t1,5\t2\n").replace("\t", ";").encode("cp1252")
    reading = read("gemeentefonds", body, "circulaire.csv")
    assert reading.rows.select("name", "text", "circular").rows() == [
        ("Súdwest-Fryslân", "1,5", None),
        ("Súdwest-Fryslân", "2", None),
    ]
    notes = reading.notes.filter(pl.col("row").is_null())["problem"].to_list()
    assert any("cp1252" in note for note in notes)
    assert any("name of the file" in note for note in notes)


def test_codes_of_municipalities() -> None:
    for printed, code in (("14", "GM0014"), (" 0363 ", "GM0363"), ("GM1979", "GM1979")):
        assert municipality_code(printed) == code
    assert [municipality_code(unexpected) for unexpected in ("NL", "", "12345", "3.5")] == [
        None
    ] * 4


def plain(name: str, separator: str) -> tuple[list[str], list[list[str]]]:
    body, _ = made.shared("gemeentefonds-clusters", name)
    header, *rows = csv.reader(io.StringIO(body.decode()), delimiter=separator)
    return header, rows


def number(text: str) -> Decimal:
    found = text.strip()
    return Decimal(0) if found == "-" else Decimal(found.replace(".", "").replace(",", "."))


CIRCULARS = {
    "GF_S2024_2024_SIUDU.csv": ("gemeentefonds/allocations", 3, 0),
    "GF_S2024_2025_SIUDU.csv": ("gemeentefonds/allocations", 3, 0),
    "GF_S2024_2024_Volumina.csv": ("gemeentefonds/volumes", 3, 0),
    "GF_S2024_2025_Volumina.csv": ("gemeentefonds/volumes", 3, 1),
    "GF_M2023_2024_Gewichten.csv": ("gemeentefonds/weights", 2, 0),
    "GF_M2024_2024_Gewichten.csv": ("gemeentefonds/weights", 2, 0),
    "GF_M2024_2025_Gewichten.csv": ("gemeentefonds/weights", 2, 0),
    "GF_S2023_2024_Gewichten.csv": ("gemeentefonds/weights", 2, 0),
    "GF_S2024_2024_Gewichten.csv": ("gemeentefonds/weights", 2, 0),
    "GF_S2024_2025_Gewichten.csv": ("gemeentefonds/weights", 2, 0),
}


@made.needs_shared
@pytest.mark.parametrize("name", CIRCULARS)
def test_real_circulars_are_read_to_the_last_figure(name: str) -> None:
    layout, about, damaged = CIRCULARS[name]
    header, rows = plain(name, "\t")
    body, _ = made.shared("gemeentefonds-clusters", name)
    reading = read("gemeentefonds", body, name)
    assert reading.layout == layout
    reported_rows = reading.rows.select("row", "header", "text").rows()
    figures = [
        (str(n), header[c], text)
        for n, row in enumerate(rows, start=2)
        for c, text in enumerate(row)
        if c >= about and text.strip() and "E+" not in text
    ]
    assert reported_rows == figures
    assert sum(number(t) for *_, t in reported_rows) == sum(number(t) for *_, t in figures)
    # One file was damaged by a spreadsheet before it was published: Amsterdam lost its digits.
    assert [t[:2] for t in found(reading)] == [("AT147", "2,04289E+11")][:damaged]
    if about == 3:
        assert reading.rows["municipality_code"].n_unique() == 342
        assert reading.rows["municipality_code"].str.contains(r"^GM\d{4}$").all()


@made.needs_shared
@pytest.mark.parametrize("edition", ["M2023_2024", "M2024_2024", "M2024_2025", "S2023_2024"])
def test_real_clusters_have_points_and_a_row_for_the_country(edition: str) -> None:
    name = f"GF_{edition}.csv"
    body, _ = made.shared("gemeentefonds-clusters", name)
    reading = read("gemeentefonds", body, name)
    header, rows = plain(name, ";")
    assert reading.rows.height == len(rows) * (len(header) - 2) == 343 * 13
    amounts = reading.rows.with_columns(pl.col("text").str.to_decimal(scale=6))
    country = amounts.filter(is_total="true").select("header", "text")
    summed = amounts.filter(is_total="false").group_by("header").agg(pl.col("text").sum())
    both = country.join(summed, on="header")
    assert country["header"].n_unique() == both.height == 13
    assert both.select((pl.col("text") - pl.col("text_right")).abs().max()).item() < 1
    ((cell, _, problem),) = found(reading)  # the index that a program wrote
    assert (cell, problem) == ("A2:A344", "The column has no header.")


@made.needs_shared
def test_real_factors() -> None:
    body, name = made.shared("gemeentefonds-clusters", "Uitkeringsfactor.csv")
    rows = read("gemeentefonds", body, name).rows
    assert rows.filter(circular="S2024", fund_year="2025")["text"].to_list() == ["1.457"]
    assert set(rows["notation"]) == {"point"}


# --- the national budget


@made.needs_shared
def test_real_budget_states() -> None:
    name = "begrotingsstaten_rijksfinancien_nl_20200914.csv"
    body, _ = made.shared("rijksfinancien-begrotingsstaten", name)
    reading = read("rijksfinancien", body, name)
    assert reading.layout == "rijksfinancien/budget_states"
    header, *rows = csv.reader(io.StringIO(body.decode()))
    # 4,294 lines: a header and 4,293 rows.
    assert (len(rows), reading.rows["row"].n_unique(), found(reading)) == (4293, 4293, [])
    sums = reading.rows.group_by("header").agg(pl.col("text").cast(pl.Int64).sum(), pl.len())
    assert {h: (total, count) for h, total, count in sums.rows()} == {
        h: (sum(int(r[c]) for r in rows if r[c]), sum(r[c] != "" for r in rows))
        for c, h in enumerate(header)
        if c >= 6
    }
    assert set(reading.rows["unit"]) == {"EUR 1000"}
    first = reading.rows.row(0, named=True)
    assert (first["chapter"], first["article"]) == ("Infrastructuurfonds", "Hoofdwegennet")
    assert (first["column_stage"], first["_locator"]) == ("OWB", "cell G2")


BUDGET = (
    "VUO;Totaal (J/N);Hoofdstuknummer;Hoofdstuknaam;Artikelnummer;Artikelnaam;"
    "Artikelonderdeelnummer;Instrumentnummer;Instrumentnaam;Detailnummer;Detailnaam;StandOWB;StandVB\n"
    "U;J;16;VWS;4;Zorgbreed beleid;;;;;;100;110\n"
    "U;N;16;VWS;4;Zorgbreed beleid;1;2;Bijdrage aan medeoverheden;;;60;\n"
    "U;N;16;VWS;4;Zorgbreed beleid;1;3;Subsidies;;;40;110\n"
)


@pytest.mark.parametrize("separator", [";", ","])
def test_budget_tables_flag_their_totals(separator: str) -> None:
    body = BUDGET.replace(";", separator).encode("utf-8-sig")
    reading = read("rijksfinancien", body, "Budgettaire_Tabellen_2026_OWB_incl.csv")
    assert reading.layout == "rijksfinancien/budget_tables"
    rows = reading.rows
    assert rows.filter(is_total="true")["text"].to_list() == ["100", "110"]
    owb = rows.filter(is_total="false", column_stage="OWB")
    assert owb["text"].cast(int).sum() == 100
    assert set(rows.select("budget_year", "stage", "scope").rows()) == {("2026", "OWB", "incl")}
    assert rows.height == 5  # an empty stand is no row


# --- who received

RECIPIENTS = (
    "Begrotingsjaar;Begrotingshoofdstuk;Begrotingsnaam;RIS;Artikel;Instrument;Regeling;Ontvanger;"
    "Bedrag (x1000);KVKnummer\n"
    "2024;XVI;VWS;A1;4;Bijdrage aan medeoverheden;Brede SPUK;Gemeente Urk;1.234;\n"
    "2024;XVI;VWS;A1;4;Subsidie;IZA;;-12,5;00123456\n"
)


def test_recipients() -> None:
    reading = read("wie_ontvingen", RECIPIENTS.encode(), "Financiele_instrumenten_2017-2024.csv")
    wanted = ("scheme", "recipient", "text", "kvk_number", "unit", "other")
    other = '{"RIS": "A1", "Artikel": "4"}'
    assert reading.rows.select(*wanted).rows() == [
        ("Brede SPUK", "Gemeente Urk", "1.234", None, "EUR 1000", other),
        ("IZA", None, "-12,5", "00123456", "EUR 1000", other),
    ]


# --- what is no known layout


def test_an_unknown_header_is_refused_with_what_it_lacks() -> None:
    error = refused("gemeentefonds", b"a;b\n1;2\n")
    assert error.code == "VK-F004"
    assert "A1 'a', B1 'b' fit none of" in error.problem
    error = refused("rijksfinancien", b"VUO;Hoofdstuknummer;StandOWB\nU;16;1\n")
    assert "row 1 looks like rijksfinancien/" in error.problem
    assert "A1 vuo, B1 chapter_number" in error.problem
    assert "article_number" in error.problem
    assert refused("vws_letters", SIUDU.replace("\t", "|").encode()).code == "VK-F004"
    assert refused("wie_ontvingen", made.workbook({"leeg": []}), "x.xlsx").code == "VK-F004"


def test_rows_of_another_width_are_told_and_the_others_kept() -> None:
    body = b"gemeente;2025;2026\nUrk;1;2\nEde;3\nAa;4;5;6\nZwolle;7;8\n"
    reading = read("vws_letters", body, "x.csv")
    assert reading.rows["name"].to_list() == ["Urk", "Urk", "Zwolle", "Zwolle"]
    assert found(reading) == [
        ("A3:B3", "Ede | 3", "The row has 2 fields, the header 3."),
        ("A4:D4", "Aa | 4 | 5 | 6", "The row has 4 fields, the header 3."),
    ]


def test_formulas_and_errors_of_a_workbook() -> None:
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("s")
        sheet.write_row("A1", ["gemeente", "2025", "2026"])
        sheet.write_row("A2", ["Urk", 1])
        sheet.write_formula("C2", "=B2*2", None, 2)
        sheet.write_row("A3", ["Ede", 3])
        sheet.write_formula("C3", "=Blad9!A1", None, "#REF!")
    reading = read("vws_letters", out.getvalue(), "x.xlsx")
    assert reading.rows["text"].to_list() == ["1", "2", "3"]
    assert [cell for cell, *_ in found(reading)] == ["C3"]
    assert any("2 formulas" in note for note in reading.notes["problem"])


# --- numbers


@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, places=2, min_value=-(10**12), max_value=10**12
    )
)
@settings(deadline=None, max_examples=200)
def test_amounts_in_dutch_are_numbers(amount: Decimal) -> None:
    printed = f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))
    assert number_notation.is_number(printed, "dutch")
    assert number_notation.is_number(f"€ {printed}", "dutch")
    assert number_notation.is_number(str(amount), "point")


def test_texts_that_are_no_number() -> None:
    for text in ("1.23", "1.2345", "1,2,3", "n.v.t.", "12 34", "€", "1e5", "", "--5"):
        assert not number_notation.is_number(text, "dutch"), text
    for text in ("1,5", "1.234.567", "€ 1", ".5", "1e5"):
        assert not number_notation.is_number(text, "point"), text
    assert [number_notation.is_nothing(text) for text in (" - ", "–", "€ -", "-1", "0", "")] == [
        True,
        True,
        True,
        False,
        False,
        False,
    ]


# --- the promise, and the page that tells it


def test_a_cell_that_nobody_accounts_for_is_an_error() -> None:
    account = Account(made.read(b"a;b\n1;2\n", "x.csv"))
    account.use(3)
    with pytest.raises(VoorkantError) as error:
        account.close(pl.DataFrame())
    assert error.value.code == "VK-F006"
    assert error.value.problem == "4 cells were read, 3 used and 0 set aside."


PAGE = ROOT / "docs" / "howto" / "drop-files.md"
TEMPLATES = dict(
    re.findall(r"File `([^`]+)`:\n\n```csv\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
)
OF_SOURCE = {
    "sisa_2020_061705_bijlage.csv": ("sisa", 4),
    "beschikkingen.csv": ("spuk_grants", 3),
    "betalingen.csv": ("spuk_payments", 2),
    "brief_2025-09-12.csv": ("vws_letters", 4),
    "GF_S2024_2025_SIUDU.csv": ("gemeentefonds", 4),
    "Budgettaire_Tabellen_2026_OWB_incl.csv": ("rijksfinancien", 2),
    "Financiele_instrumenten_2017-2024.csv": ("wie_ontvingen", 1),
}


@pytest.mark.parametrize("name", OF_SOURCE)
def test_every_template_of_the_page_is_read_whole(name: str) -> None:
    assert set(TEMPLATES) == set(OF_SOURCE)
    source, figures = OF_SOURCE[name]
    reading = READERS[source](made.read(TEMPLATES[name].encode(), name))
    assert (reading.rows.height, reading.aside) == (figures, 0)
    assert reading.notes["problem"].to_list() == [
        note for note in reading.notes["problem"] if note.startswith("Read as")
    ]


def test_the_page_tells_the_limits() -> None:
    page, limits = PAGE.read_text("utf-8"), FileLimits()
    for found in (
        f"{limits.bytes >> 20} MB",
        f"{limits.unpacked >> 30} GB unpacked",
        f"{limits.cells:,} filled cells",
        f"{limits.columns:,} columns",
        f"{limits.sheets} sheets",
        f"{limits.memory >> 30} GB of memory",
        f"{limits.cpu_s} s of processor",
        f"{limits.wall_s:g} s to read",
    ):
        assert found in page, found
