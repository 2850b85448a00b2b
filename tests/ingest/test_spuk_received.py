"""Lists and annexes that auditors hold, from bytes to entries: what fits is used, nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assets.core import spuk_accounts, spuk_received
from assets.ingest.archive import Archive
from assets.ingest.capture import capture
from assets.ingest.origins.dropped_files import DroppedFilesOrigin
from assets.ingest.origins.sample import SampleOrigin
from assets.ingest.registry import sources
from assets.ingest.spreadsheets import spuk_lists
from assets.ingest.spreadsheets.layouts import READERS
from assets.published.spuk_ledger import rejected
from assets.raw import files as raw_files
from expectations import contract as contracts
from expectations.errors import VoorkantError
from expectations.quarantine import Mask
from expectations.vocabulary import PROBLEM
from pipelines.handbook import form_templates, generated_files
from tests.ingest.test_conservation import file
from tests.ingest.test_sisa import GOOISE_MEREN, HEADER, LINGEWAARD, URK
from tests.support.forms import made_files as made
from tests.support.forms.made_files import Grid
from tests.support.forms.received_files import DAY, DROPPED, lists, readings

Rows = list[tuple[Any, ...]]


def entries(
    transform: Callable[..., pl.LazyFrame], raw: pl.DataFrame
) -> tuple[pl.DataFrame, list[str]]:
    """The entries, and the problems of the rows that are none; together as many as were read."""
    every = transform(raw.lazy(), lists()).collect()
    fits = every[PROBLEM].is_null()
    return every.filter(fits), every.filter(~fits)[PROBLEM].sort().to_list()


def required(table: str) -> list[str]:
    columns = contracts.table(f"spuk_ledger.{table}").columns
    return [name for name, column in columns.items() if column.required]


# --- lists

COLUMNS = (
    "Regeling;Onderdeel;Aanvraagtijdvak;Soort ontvanger;Ontvangercode;Ontvanger;Uitkeringsjaar;"
    "Staat;Basis;Bedrag;Antwoord;Datum;Beschikkingsnummer"
)
GRANTS = f"""\
{COLUMNS}
Brede SPUK;Valpreventie;1;;14;;2024;verleend;excl. LPO;€ 12.345,67;;1-3-2024;VOORBEELD-1
brede_spuk;;2;gemeente;;Hengelo;2024;Aangevraagd;;0;;2023-09;
spuk_iza;;;regio;;Twente;2024;granted;;-;;2024;
SPUK IZA;;;gemeenschappelijke regeling;;Openbaar Lichaam SamenTwente;2024-2026;toegekend;;1.000;;;
brede_spuk;;;;GM0344;Utrecht;2024;ingetrokken;;;;2024-03-01;
brede_spuk;;;;;Weesp;2022;plausibel;;;ja;;
"""


def test_a_list_of_grants() -> None:
    raw, reported = readings("spuk_grants", GRANTS.encode(), "beschikkingen.csv")
    found, problems = entries(spuk_received.grants, raw)
    assert problems == []
    assert reported["problem"].to_list() == ["Read as utf-8 (it is valid), separated by semicolon."]
    found = found.sort("source_locator")
    who = ("scheme", "recipient_kind", "recipient_code", "recipient_name", "year", "period")
    assert found.select(who).rows() == [
        ("brede_spuk", "municipality", "GM0344", "Utrecht", 2024, "2024"),
        ("brede_spuk", "municipality", "GM0457", "Weesp", 2022, "2022"),
        ("brede_spuk", "municipality", "GM0014", "Groningen", 2024, "2024"),
        ("brede_spuk", "municipality", "GM0164", "Hengelo (O.)", 2024, "2024"),
        ("spuk_iza", "region", None, "Twente", 2024, "2024"),
        ("spuk_iza", "joint_authority", None, "Openbaar Lichaam SamenTwente", None, "2024-2026"),
    ]
    what = ("source_locator", "component", "state", "basis", "amount_eur", "event_date")
    assert found.select(what).rows() == [
        ("cell A6:L6", "total", "withdrawn", "as_stated", None, "2024-03-01"),
        ("cell A7:K7", "total", "plausible", "as_stated", None, None),
        ("cell J2", "valpreventie", "granted", "excl_lpo", Decimal("12345.67"), "2024-03-01"),
        # Zero was applied for; a dash is no amount. Neither becomes the other.
        ("cell J3", "total", "applied", "as_stated", Decimal(0), "2023-09"),
        ("cell J4", "total", "granted", "as_stated", None, "2024"),
        ("cell J5", "total", "granted", "as_stated", Decimal(1000), None),
    ]
    first = found.filter(component="valpreventie").row(0, named=True)
    assert (first["window"], first["round"], first["instalment"]) == ("1", None, None)
    assert (first["grant_number"], first["as_printed"]) == ("VOORBEELD-1", "€ 12.345,67")
    assert (first["document_id"], first["document_version"]) == (
        "beschikkingen.csv",
        "001 " + "c" * 12,
    )
    assert (str(first["visible_from"]), first["evidence"]) == (DAY, "grant_list")
    assert found.filter(state="plausible")["answer"].to_list() == ["Ja"]


DAMAGED = f"""\
{COLUMNS.removesuffix(";Beschikkingsnummer")}
SPUK GALLA;;;;14;;2024;verleend;;1;;
brede_spuk;Valprevensie;;;14;;2024;verleend;;1;;
brede_spuk;;3;;14;;2024;verleend;;1;;
brede_spuk;;;;9999;;2024;verleend;;1;;
brede_spuk;;;;;Groninge;2024;verleend;;1;;
brede_spuk;;;;14;Utrecht;2024;verleend;;1;;
brede_spuk;;;;;Weesp;2024;verleend;;1;;
brede_spuk;;;;;;2024;verleend;;1;;
brede_spuk;;;;14;;'24;verleend;;1;;
brede_spuk;;;;14;;2024;betaald?;netto;1;;
brede_spuk;;;;14;;2024;verleend;;1,005;;2024-02-30
brede_spuk;;;;14;;2024;plausibel;;;misschien;
spuk_iza;;;regio;GM0014;Twente;2024;verleend;;1;;
spuk_iza;;;waterschap;;Twente;2024;verleend;;1;;
brede_spuk;;;;14;;2024;verleend;;circa 5;;
;;;;;Totaal;;;;99;;
brede_spuk;;;;14;;2024;verleend;;7;;
"""


def test_a_damaged_list_says_by_cell_what_is_wrong_and_the_rest_is_used() -> None:
    raw, reported = readings("spuk_grants", DAMAGED.encode(), "kapot.csv")
    found, problems = entries(spuk_received.grants, raw)
    assert found.select("source_locator", "amount_eur").rows() == [("cell J18", Decimal("7.00"))]
    assert problems == sorted(
        [
            'A2: "SPUK GALLA" is no scheme that is known',
            'B3: "Valprevensie" is in no list of components',
            'C4: "3" is no window of brede_spuk, which has 1, 2',
            'E5: "9999" is no code of a municipality in 2024',
            'F6: no municipality "Groninge" in 2024; nearest: Groningen',
            'F7: "Utrecht" is GM0344, which is not GM0014',
            'F8: no municipality "Weesp" in 2024; nearest: no name that looks like it',
            "cell J9: a municipality needs a code or a name",
            """G10: "'24" is no year, and no years as 2024-2028""",
            'H11: "betaald?" is no state of a list; I11: "netto" is no basis of an amount',
            'L12: "2024-02-30" is no date as 2024-03-01 or 1-3-2024; '
            'cell J12: cannot read "1,005" as euros and cents',
            "cell A13:K13: whether it is plausible must be Ja or Nee",
            'E14: "GM0014" is no code of this kind of recipient',
            'D15: "waterschap" is no kind of recipient',
        ]
    )
    aside = reported.filter(kind="set aside").select("cell", "text", "problem").rows()
    assert aside == [
        ("J16", "circa 5", "Not a figure as 1.234,56, under 'Bedrag'."),
        ("A16:H16", "brede_spuk | 14 | 2024 | verleend", "No figures in this row."),
        (
            "F17:J17",
            "Totaal | 99",
            "Nothing in A17 under 'Regeling', G17 under 'Uitkeringsjaar', H17 under 'Staat'.",
        ),
    ]
    # Of 17 rows one is used, 14 wait for a person, and two never became a row.
    assert raw.height == len(found) + len(problems) == 17 - 2


@pytest.mark.parametrize("year", ["2022", "2023", "2024", "2030"])
@pytest.mark.parametrize("name", ["Hengelo", "Hengelo (O.)"])
def test_a_municipality_has_one_name_whatever_a_year_calls_it(year: str, name: str) -> None:
    header = "Regeling;Ontvangercode;Ontvanger;Uitkeringsjaar;Staat;Bedrag"
    body = f"{header}\nspuk_iza;164;{name};{year};verleend;1\n"
    raw, _ = readings("spuk_grants", body.encode(), "l.csv")
    found, problems = entries(spuk_received.grants, raw)
    assert problems == []
    assert found.select("recipient_code", "recipient_name").rows() == [("GM0164", "Hengelo (O.)")]


PAYMENTS: Grid = [
    ["Betalingen SPUK, voorbeeld"],
    ["Scheme", "Instalment", "Recipient code", "Grant year", "Amount", "BCF part", "Date"],
    ["spuk_iza", 1, 14, 2024, 1000.5, 210, "2024-02-01"],
    ["spuk_iza", 2, 14, 2024, 0, None, "2024-08-01"],
    ["spuk_iza", 3, 14, 2024, None, None, "2024-09-01"],
]


def test_a_list_of_payments_in_english_as_a_workbook() -> None:
    raw, reported = readings("spuk_payments", made.workbook({"Blad1": PAYMENTS}), "p.xlsx")
    found, problems = entries(spuk_received.payments, raw)
    assert found.select("instalment", "basis", "amount_eur", "source_locator").sort(
        "source_locator"
    ).rows() == [
        ("1", "as_stated", Decimal("1000.50"), "sheet Blad1 cell E3"),
        ("2", "as_stated", Decimal("0.00"), "sheet Blad1 cell E4"),
        ("1", "bcf", Decimal("210.00"), "sheet Blad1 cell F3"),
    ]
    assert set(found["state"]) == {"advanced"} and set(found["window"]) == {None}
    assert problems == ["sheet Blad1 cell A5:G5: a payment without an amount"]
    assert reported.filter(kind="set aside")["cell"].to_list() == ["A1"]


def test_a_list_of_grants_among_payments_is_refused() -> None:
    """What was granted is not what was paid."""
    with pytest.raises(VoorkantError, match="a column that only another form has") as error:
        readings("spuk_payments", GRANTS.encode(), "beschikkingen.csv")
    assert error.value.code == "VK-F004"


def test_a_line_that_comes_twice_is_used_and_told() -> None:
    body = "Regeling;Ontvanger;Uitkeringsjaar;Bedrag\n" + "spuk_iza;Urk;2024;5\n" * 2
    raw, reported = readings("spuk_payments", body.encode(), "b.csv")
    assert raw["_locator"].to_list() == ["cell D2", "cell D3"]
    (remark,) = reported.filter(cell="A3")["problem"]
    assert remark == "The row says the same as row 2; both are used."


def test_a_truth_is_no_euro() -> None:
    rows: Grid = [
        ["Regeling", "Ontvanger", "Uitkeringsjaar", "Staat", "Bedrag"],
        ["brede_spuk", "Urk", 2024, "verleend", True],
    ]
    raw, reported = readings("spuk_grants", made.workbook({"Blad1": rows}), "b.xlsx")
    assert raw.is_empty()
    assert reported.filter(kind="set aside")["cell"].to_list() == ["E2", "A2:D2"]


WORDS = {
    "Regeling": ["brede_spuk", "SPUK IZA", "x"],
    "Onderdeel": ["", "Valpreventie", "x"],
    "Soort ontvanger": ["", "gemeente", "regio", "x"],
    "Ontvangercode": ["", "14", "GM0344", "NL01", "x"],
    "Ontvanger": ["", "Groningen", "Hengelo", "x"],
    "Uitkeringsjaar": ["2024", "2024-2026", "2099", "x"],
    "Staat": ["verleend", "plausible", "x"],
    "Basis": ["", "BCF", "x"],
    "Bedrag": ["", "1", "€ 1,50", "1,005", "-", "x"],
    "Antwoord": ["", "ja", "x"],
    "Datum": ["", "2024", "1-1-2024", "x"],
}


@given(st.lists(st.tuples(*map(st.sampled_from, WORDS.values())), min_size=1, max_size=12))
@settings(deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))
def test_every_row_of_a_list_is_an_entry_that_fits_or_says_what_does_not(given_rows: Rows) -> None:
    grid = [tuple(WORDS), *given_rows]
    cells = {(r, c): text for r, row in enumerate(grid, 1) for c, text in enumerate(row, 1) if text}
    raw = READERS["spuk_grants"](file(cells)).rows.with_columns(**DROPPED)
    found, problems = entries(spuk_received.grants, raw)
    assert raw.height == found.height + len(problems)
    assert found.select(required("grants")).null_count().sum_horizontal().item() == 0
    assert all(problem.strip() for problem in problems)


# --- the forms that are given


def test_the_forms_are_those_that_the_reader_reads() -> None:
    assert generated_files.differences(form_templates.files()) == []


@pytest.mark.parametrize("source", spuk_lists.FORMS)
@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_a_form_can_be_read_and_is_empty(source: str, suffix: str) -> None:
    name = f"{source.replace('_', '-')}.{suffix}"
    raw, reported = readings(source, form_templates.forms()[name], name)
    assert raw.height == 0
    explained = reported.filter(kind="set aside")["sheet"].to_list()
    assert explained == (["Uitleg - Explained"] if suffix == "xlsx" else [])


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("source", spuk_lists.FORMS)
def test_a_form_filled_with_its_own_examples_fits(source: str, language: str) -> None:
    columns = spuk_lists.FORMS[source]
    header = [getattr(each.title, language) for each in columns]
    body = made.text([header, [each.example or None for each in columns]]).encode()
    raw, reported = readings(source, body, "voorbeeld.csv")
    transform = spuk_received.grants if source == "spuk_grants" else spuk_received.payments
    found, problems = entries(transform, raw)
    assert (problems, reported.filter(kind="set aside").height) == ([], 0)
    assert found.height == sum(each.amount for each in columns)
    # What a form offers to choose from is what the reader knows.
    for column in columns:
        for word in (word for pair in form_templates.allowed(column) for word in pair):
            assert word == word.strip() != ""


# --- annexes


def of_scheme(grid: Grid, code: str, instead: str, title: str) -> Grid:
    """The same annex about a scheme of ours, under a code that no annex has."""

    def cell(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        reported = value.replace(f"{code}/", f"{instead}/").replace(f"{code} /", f"{instead} /")
        return instead if value == code else reported

    out = [[cell(value) for value in row] for row in grid]
    row = next(n for n, each in enumerate(out) if instead in each)
    out[row][2] = title
    return out


def accounts(grid: Grid, name: str, as_csv: bool = False) -> tuple[pl.DataFrame, list[str], Any]:
    body = made.text(grid).encode() if as_csv else made.workbook({"Bijlage": grid})
    raw, reported = readings("sisa", body, name)
    found, problems = entries(spuk_received.accounts, raw)
    understood = spuk_accounts.understood(raw.lazy()).collect()
    no_entry = understood.filter(pl.col("takes").is_in(["key", "grant_number", "note"]))
    assert found.height + len(problems) + no_entry.height == understood.height
    assert found.select(required("accounts")).null_count().sum_horizontal().item() == 0
    return found, problems, reported


def test_an_annex_about_other_schemes_is_not_about_us() -> None:
    found, problems, _ = accounts(URK, "sisa_2023_060184_x.xlsx")
    assert (found.height, problems) == (0, [])


def test_urk_2023_under_a_printed_title() -> None:
    grid = of_scheme(URK, "A16", "X99", "Brede SPUK\nKaderwet VWS-subsidies\nGemeenten")
    grid[1][4] = "Cumulatieve besteding (t/m jaar T)"
    found, problems, _ = accounts(grid, "sisa_2023_060184_x.csv", as_csv=True)
    assert problems == []
    columns = ("scheme", "component", "recipient_code", "year", "basis", "amount_eur", "control")
    assert found.select(columns).sort("basis").rows() == [
        ("brede_spuk", "total", "GM0184", 2023, "cumulative", Decimal(1492689), "R"),
        ("brede_spuk", "total", "GM0184", 2023, "own", Decimal(2614500), "R"),
    ]
    assert set(found["recipient_name"]) == {"Urk"} and set(found["state"]) == {"spent"}


def test_lingewaard_2020_numbered_rows_copies_and_a_stray_row() -> None:
    grid = of_scheme(LINGEWAARD, "C1", "X99", "Brede SPUK")
    found, problems, reported = accounts(grid, "sisa_2020_061705_x.xlsx")
    spent = found.filter(state="spent", period="2020")
    assert spent["amount_eur"].sum() == 103_409
    earlier = found.filter(state="spent", period="2019")
    assert earlier["amount_eur"].to_list() == [Decimal(0)] * 6  # zero is an answer
    assert found.filter(state="accounted").select("answer", "amount_eur").unique().rows() == [
        ("Nee", None)
    ]
    # A question of which nobody wrote down the meaning is told by cell, and is no entry.
    assert problems == [
        'sheet Bijlage cell D5: the question "Verleende uitkering" of X99/01 is in no list of questions'
    ]
    assert reported.filter(kind="set aside")["text"].to_list() == ["7 | 100"]


def test_gooise_meren_2019_a_code_in_a_cell_is_what_a_line_is_about() -> None:
    grid = of_scheme(GOOISE_MEREN, "D8", "X99", "Brede SPUK")
    grid[1][3:7] = ["Besteding (jaar T)", "Besteding (jaar T-1)", "Correctie T-1", "Gemeente"]
    found, problems, _ = accounts(grid, "sisa_2019_061942_x.xlsx")
    assert problems == []
    assert found.select("period", "basis", "amount_eur").sort("period", "basis").rows() == [
        ("2018", "correction_own", Decimal(0)),
        ("2018", "own", Decimal(259702)),
        ("2019", "own", Decimal(369384)),
    ]


IZA: Grid = [
    HEADER,
    [
        *("VWS", "H35", "SPUK IZA\nGemeenten"),
        *("Beschikkingsnummer", "Bestedingen (jaar T) Zelfstandige uitvoering"),
        "Correcties Bestedingen (jaar T-1) Zelfstandige uitvoering",
        "Correcties Bestedingen (jaar T-1) Uitvoering door medeoverheden",
        *("Overheveling naar jaar T+1", "Toelichting"),
    ],
    [None, None, None, "Aard controle n.v.t.", *["Aard controle R"] * 4, "Aard controle n.v.t."],
    [None, None, None, *[f"Indicator: H35/0{n}" for n in range(1, 7)]],
    [None, None, None, "VOORBEELD-1", 1234.5, -10, "€ 0", None, "zie jaarstukken"],
    [None, None, None, "Gemeentecode", "Besteding (jaar T-1) uitvoering door medeoverheden"],
    [None, None, None, "Aard controle n.v.t.", "Aard controle R"],
    [None, None, None, "Indicator: H35/07", "Indicator: H35/08"],
    [None, None, "1", "061942 Gemeente Gooise Meren", "€ 12"],
    [None, None, "2", "050123 OL Voorbeeld", "€ 30"],
    [
        *(None, None, None),
        "Zijn de geplande mijlpalen volgens de verzekeraars gerealiseerd (Ja/Nee)?",
        "Eindverantwoording jaar T? (Ja/Nee)",
        "Cumulatieve Bestedingen (tot en met jaar T) aan niet gerealiseerde mijlpalen",
    ],
    [None, None, None, "Aard controle D1", "Aard controle n.v.t.", "Aard controle R"],
    [None, None, None, "Indicator: H35/09", "Indicator: H35/10", "Indicator: H35/11"],
    [None, None, None, "ja", "wellicht", "n.n.b."],
    ["VWS", "H35B", "SPUK IZA", "Besteding (jaar T-1)", "Besteding"],
    [None, None, None, "Aard controle R", "Aard controle R"],
    [None, None, None, "Indicator: H35B/01", "Indicator: H35B/02"],
    [None, None, None, 5, 6],
]


def test_spuk_iza_own_members_corrections_and_what_wraps() -> None:
    found, problems, _ = accounts(IZA, "sisa_2024_060402_x.xlsx")
    columns = ("state", "basis", "period", "amount_eur", "answer", "control", "remark")
    assert found.sort("source_locator").select(columns).rows() == [
        ("accounted", "own", "2024", None, "Ja", "D1", None),
        ("spent", "own", "2023", Decimal(5), None, "R", None),
        ("spent", "through_others", "2023", Decimal(30), None, "R", "050123 OL Voorbeeld"),
        # A question of a member's code that names no year is about the year before.
        ("spent", "own", "2023", Decimal(6), None, "R", None),
        ("spent", "own", "2024", Decimal("1234.50"), None, "R", None),
        ("spent", "through_others", "2023", Decimal(12), None, "R", "061942 Gemeente Gooise Meren"),
        ("spent", "correction_own", "2023", Decimal(-10), None, "R", None),
        ("spent", "correction_through_others", "2023", Decimal(0), None, "R", None),
    ]
    # The empty cell of the carry-over is no zero: there is no entry of it.
    assert "carried_over" not in found["state"].to_list()
    assert set(found.filter(period="2024", basis="own", state="spent")["grant_number"]) == {
        "VOORBEELD-1"
    }
    assert problems == [
        'sheet Bijlage cell E14: "wellicht" is neither Ja nor Nee',
        'sheet Bijlage cell F14: cannot read "n.n.b." as euros and cents',
    ]


def brede_spuk(*answers: Any, questions: list[str], line: str | None = None) -> Grid:
    count = len(questions)
    return [
        HEADER,
        ["VWS", "X99", "Brede SPUK", *questions],
        [None, None, None, *["Aard controle R"] * count],
        [None, None, None, *[f"Indicator: X99/0{n}" for n in range(1, count + 1)]],
        [None, None, line, *answers],
    ]


def test_components_where_the_scheme_accounts_by_them_and_one_line_later() -> None:
    questions = ["Besteding (jaar T) Valpreventie", "Besteding (jaar T) lokaal sportakkoord"]
    sheets = {
        f"sisa_{year}_{authority}": brede_spuk(5, 0, questions=questions)
        for year, authority in ((2023, "060014"), (2025, "060014"), (2024, "050123"))
    }
    raw, _ = readings("sisa", made.workbook(sheets), "alles.xlsx")
    found, problems = entries(spuk_received.accounts, raw)
    assert problems == []
    reported = found.select("period", "component", "recipient_name", "amount_eur")
    assert reported.sort("period", "amount_eur").rows() == [
        ("2023", "lokaal_sportakkoord", "Groningen", Decimal(0)),
        ("2023", "valpreventie", "Groningen", Decimal(5)),
        # No annex here prints the name beside this number.
        ("2024", "lokaal_sportakkoord", "050123", Decimal(0)),
        ("2024", "valpreventie", "050123", Decimal(5)),
        # From 2025 there is one line; a component would be made up.
        ("2025", "total", "Groningen", Decimal(0)),
        ("2025", "total", "Groningen", Decimal(5)),
    ]


def test_each_decision_has_the_amounts_of_its_own_bands() -> None:
    questions = ["Beschikkingsnummer", "Besteding (jaar T)"]
    first = brede_spuk("VOORBEELD-1", 1, questions=questions)
    wrapped = brede_spuk("Nee", questions=["Eindverantwoording (Ja/Nee)"])[1:]
    second = brede_spuk("VOORBEELD-2", 2, questions=questions)[1:]
    found, problems, _ = accounts([*first, *wrapped, *second], "sisa_2026_060014_x.csv", True)
    assert problems == []
    reported = found.select("grant_number", "amount_eur", "answer").sort("grant_number", "answer")
    assert reported.rows() == [
        ("VOORBEELD-1", Decimal(1), None),
        ("VOORBEELD-1", None, "Nee"),
        ("VOORBEELD-2", Decimal(2), None),
    ]


def test_who_and_which_year_are_never_guessed() -> None:
    grid = brede_spuk(5, questions=["Besteding (jaar T)"])
    _, problems, _ = accounts(grid, "bijlage.xlsx")
    assert problems == ["bijlage.xlsx: neither file nor sheet is named sisa_<year>_<authority>"]
    _, problems, _ = accounts(grid, "sisa_2024_069999_x.xlsx")
    assert problems == ["sisa_2024_069999_x.xlsx: no municipality has the code GM9999 in 2024"]
    named = brede_spuk("Kapprevensie", 5, questions=["Naam", "Besteding"], line="1")
    named[2][3] = "Aard controle n.v.t."
    _, problems, _ = accounts(named, "sisa_2024_060014_x.xlsx")
    assert problems == ['sheet Bijlage cell E5: the line "Kapprevensie" names no component']


@pytest.mark.parametrize(
    ("printed", "scheme"),
    [
        ("Brede SPUK", "brede_spuk"),
        ("brede  spuk / Kaderwet / Gemeenten", "brede_spuk"),
        ("Specifieke uitkering / IZA-doelen 2023-2026 / Gemeenten", "spuk_iza"),
        ("SPUK IZA en nog iets", None),
        ("De Brede SPUK", None),
        ("", None),
    ],
)
def test_a_title_is_the_whole_title(printed: str, scheme: str | None) -> None:
    assert spuk_accounts._titled(printed) == scheme
    unexpected = brede_spuk(5, questions=["Besteding (jaar T)"])
    unexpected[1][2] = printed or None
    raw, _ = readings("sisa", made.text(unexpected).encode(), "sisa_2024_060014_x.csv")
    assert spuk_accounts.of_no_scheme(raw.lazy()).collect().height == (scheme is None)


# --- the whole road, from the folder to what did not fit


def test_what_is_laid_is_an_entry_or_is_in_rejected(tmp_path: Path) -> None:
    """With the sample's origin: an auditor's files go beside the sample's regulations."""
    received = {
        "spuk_grants/damaged.csv": DAMAGED.encode(),
        "spuk_grants/scan.pdf": b"%PDF-1.7",
        "spuk_payments/p.xlsx": made.workbook({"Blad1": PAYMENTS}),
        "sisa/sisa_2024_060402_x.xlsx": made.workbook({"Bijlage": IZA}),
        "sisa/sisa_2023_060184_x.csv": made.text(of_scheme(URK, "A16", "Z9", "Iets")).encode(),
    }
    for name, body in received.items():
        path = tmp_path / "drop" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    archive = Archive(tmp_path / "archive")
    sample = SampleOrigin(tmp_path / "no sample")
    tables: dict[str, pl.LazyFrame] = {}
    for source, name in rejected.SOURCES.items():
        registered = sources()[source]
        origin = DroppedFilesOrigin(
            tmp_path / "drop", sample, lambda: datetime(2026, 1, 2, tzinfo=UTC)
        )
        taken = capture(registered, origin, archive)
        rows = raw_files.rows(archive, taken, registered)
        tables[f"raw_{source}__rows"] = rows.lazy()
        tables[f"raw_{source}__notes"] = raw_files.notes(archive, taken, registered).lazy()
        table = contracts.table(f"spuk_ledger.{name}")
        every = getattr(spuk_received, name)(rows.lazy(), lists())
        mask = Mask(tuple(rule for rule in table.all_rules if rule.about == "rows"))
        judged = mask.applied(every.cast(dict(table.dtypes)), {}).collect()
        kept, aside = (
            each(table, judged.lazy()).collect() for each in (mask.kept, mask.quarantined)
        )
        tables[f"core_spuk_ledger__{name}.quarantine"] = aside.lazy()
        # What cannot be read is set aside by a rule that stops nothing else; no other rule is broken.
        critical = [rule for rule in mask.rules if rule.severity == "critical"]
        unread = judged.filter(pl.col(PROBLEM).is_null() & mask.broken(critical))
        assert unread.height == 0 < kept.height
        if name != "accounts":  # of an annex some cells say what others are about
            assert rows.height == kept.height + aside.height
    refused = rejected.rejected(**{name: tables[name] for name in rejected.READS}).collect()
    for source, name in rejected.SOURCES.items():
        apart = tables[f"core_spuk_ledger__{name}.quarantine"].select("locator", "problem")
        reported = refused.filter(source=source, kind="quarantined").select(
            "source_locator", "problem"
        )
        assert reported.sort(pl.all()).rows() == apart.sort(pl.all()).collect().rows()
    counted = refused.group_by("source", "kind").len().sort("source", "kind").rows()
    assert counted == [
        ("sisa", "note", 1),
        ("sisa", "quarantined", 2),
        ("sisa", "remark", 3),
        ("sisa", "unknown_scheme", 1),
        ("spuk_grants", "quarantined", 14),
        ("spuk_grants", "refused", 1),
        ("spuk_grants", "remark", 1),
        ("spuk_grants", "set_aside", 3),
        ("spuk_payments", "quarantined", 1),
        ("spuk_payments", "set_aside", 1),
    ]
    (unknown,) = refused.filter(kind="unknown_scheme").rows(named=True)
    assert unknown["problem"] == (
        'The code Z9 was seen in no annex, and "Iets / Gemeenten" is the title of no scheme that is '
        "declared."
    )
