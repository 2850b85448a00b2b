"""The documents of an audit pack: what is in them, whatever the data hold."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.localized import LANGUAGES
from pipelines.audit_pack import amount_tables, finding_cards, letter, pdf, report
from pipelines.audit_pack.language import Localizer
from pipelines.audit_pack.pack_data import Municipality, PackData, PackRequest
from pipelines.audit_pack.selection import select
from tests.support.releases.audit_evidence import SHA, audited, entry, finding, frame, measure, term

UTRECHT = Municipality("GM0344", "Utrecht")
HOSTILE = '=cmd|\' /C calc\'!A0 #panic("x") *_$@<>`\\ [#link("x")] // /* <b>'
LONG = "Openbaar_Lichaam_" * 30


def report_data(data: PackData, language: Any = "nl") -> dict[str, Any]:
    return report.report(data, PackRequest(), Localizer(language))


def words(data: Any) -> str:
    """All texts of a document, one a line."""
    if isinstance(data, dict):
        return "\n".join(words(each) for each in data.values())
    if isinstance(data, list):
        return "\n".join(words(each) for each in data)
    return str(data)


def text_of(made: bytes) -> str:
    pypdf = pytest.importorskip("pypdf")
    import io

    pages = pypdf.PdfReader(io.BytesIO(made)).pages
    return "\n".join(page.extract_text() for page in pages)


def squeezed(text: str) -> str:
    """Without what wrapping puts between signs."""
    return re.sub(r"[\s\u200b\u00ad]", "", text)


CLASS = st.sampled_from(finding_cards.CLASSES)
FOUND = st.lists(st.tuples(CLASS, st.none() | st.integers(-(10**9), 10**9)), max_size=30)


@settings(max_examples=25)
@given(FOUND)
def test_findings_come_worst_first(found: list[tuple[str, int | None]]) -> None:
    rows = [
        finding(subject=str(n), **{"class": level}, difference_eur=size and str(Decimal(size)))
        for n, (level, size) in enumerate(found)
    ]
    ordered = finding_cards.worst_first(frame("findings", rows))
    keys = [
        (
            finding_cards.CLASSES.index(row["class"]),
            row["difference_eur"] is None,
            -abs(row["difference_eur"] or 0),
        )
        for row in ordered.iter_rows(named=True)
    ]
    assert keys == sorted(keys)
    assert sum(finding_cards.counts(ordered).values()) == len(found)


def test_of_many_findings_the_worst_are_shown_and_the_others_counted() -> None:
    rows = [finding(subject=str(n), difference_eur=str(n)) for n in range(5000)]
    data = report_data(audited(findings=rows))
    cards = [block for block in data["blocks"] if block["kind"] == "card"]
    assert len(cards) == finding_cards.SHOWN
    assert cards[0]["numbers"][2][1].endswith("4.999,00")
    assert "nog 4.940 staan op het blad findings" in words(data)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_without_data_states_that_nothing_is_known(language: Any) -> None:
    empty = audited(ledger=[], findings=[], checks=[], uptake=[], terms=[])
    data = report_data(empty, language)
    assert Localizer(language).text("conclusion.empty") in words(data)
    assert Localizer(language).text("findings.none") in words(data)
    assert pdf.pdf("report", data).startswith(b"%PDF")


def test_a_missing_amount_is_a_dash_and_its_file_is_named() -> None:
    content = words(report_data(audited()))
    assert "besteed" in content
    assert "SiSa-bijlagen in drop/sisa" in content
    assert "niet gepubliceerd, termijn was 15 juli 2026 [1]" in content


def test_an_implausible_amount_is_marked_and_has_no_bar() -> None:
    printed = entry(state="policy_amount", amount_eur="3384660000", flags="implausible_total")
    data = report_data(audited(ledger=[printed, entry()]))
    rows = [row for block in data["blocks"] if block["kind"] == "table" for row in block["rows"]]
    (row,) = (row for row in rows if len(row) == 6 and "niet aannemelijk" in row[2])
    assert row[4].endswith("3.384.660.000,00")
    assert row[5] == ""


def test_periods_with_the_same_unknown_values_share_a_row_and_none_is_lost() -> None:
    years = ("2023", "2024", "2025")
    known = measure(
        period="2026", availability="measured", numerator="1", denominator="2", rate_pct="50"
    )
    data = report_data(
        audited(uptake=[*(measure(period=year, due_date=None) for year in years), known])
    )
    (table,) = (
        block
        for block in data["blocks"]
        if block["kind"] == "table"
        and len(block["heads"]) == 8
        and block["heads"][2]["text"] == "Teller"
    )
    group, *rows = table["rows"]
    assert group == {"group": "Brede SPUK (GALA)"}
    assert [row[1] for row in rows] == ["2023, 2024, 2025", "2026"]
    assert "meer rijen" not in words(data)


def test_texts_of_the_data_are_never_read_as_markup() -> None:
    hostile = {"recipient_name": HOSTILE, "recipient_code": None}
    data = report_data(
        audited(
            ledger=[entry(document_id=HOSTILE, **hostile)],
            findings=[finding(subject=HOSTILE, cause_nl=HOSTILE, **hostile)],
        )
    )
    found = squeezed(text_of(pdf.pdf("report", data)))
    assert found.count(squeezed(HOSTILE)) >= 3


def test_long_names_and_hashes_fit_the_page_uncut() -> None:
    rows = [finding(recipient_name=LONG, recipient_code=None, observed_cells="ab" * 1000)]
    found = squeezed(text_of(pdf.pdf("report", report_data(audited(findings=rows)))))
    assert LONG in found
    assert "ab" * 1000 in found


def test_a_letter_is_one_page_however_much_data_there_is() -> None:
    years = range(2010, 2040)
    data = audited(
        ledger=[entry(year=year, source_locator=f"{LONG[:80]} {year}") for year in years],
        findings=[finding(subject=str(n), cause_nl="Een lange zin. " * 25) for n in range(50)],
        terms=[term(period=str(year), date_to=f"{year}-07-15") for year in range(2027, 2060)],
    )
    part = select(data, PackRequest(municipality="Utrecht"))
    data = letter.letter(part, UTRECHT, Localizer("nl"))
    assert len(pdf.pictures("letter", data, ppi=20)) == 1
    assert "Nog 46 staan in het werkboek." in words(data)
    assert "Nog 14 in het werkboek." in words(data)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_letter_names_amounts_sources_deadlines_and_what_is_unknown(language: Any) -> None:
    localizer = Localizer(language)
    content = words(letter.letter(audited(), UTRECHT, localizer))
    assert localizer.number(Decimal("4063307.79")) in content
    place = {"nl": "tabel 9, rij 285, kolom 6", "en": "table 9, row 285, column 6"}[language]
    assert f"[1] BWBR0047862 2025-10-29: Bijlage IV, {place}" in content
    assert localizer.day("2027-07-15") in content
    assert {"nl": "SiSa-bijlagen", "en": "SiSa annexes"}[language] in content
    assert localizer.of(finding(), "cause") in content


def test_amounts_of_the_region_are_never_below_those_of_the_municipality() -> None:
    """A mandate holder spends what its region is granted; years of both come one after the other."""
    iza: dict[str, Any] = {"scheme": "spuk_iza", "basis": "as_stated"}
    region: dict[str, Any] = iza | {
        "recipient_kind": "region", "recipient_code": None, "recipient_name": "Utrecht/Utrecht",
    }  # fmt: skip
    rows = [
        row
        for year in (2023, 2024)
        for row in (
            entry(year=year, amount_eur="2291765", **region),
            entry(year=year, amount_eur="756282", **(iza | {"state": "spent"})),
        )
    ]
    data = letter.letter(audited(ledger=rows), UTRECHT, Localizer("nl"))
    (table,) = (block for block in data["blocks"] if block["kind"] == "table")
    lines = [row.get("group") if isinstance(row, dict) else row[:2] for row in table["rows"]]
    assert lines == [
        "SPUK IZA 2023–2026", ["2023", "–"], ["2024", "–"],
        "SPUK IZA 2023–2026, regio Utrecht/Utrecht",
        ["2023", "2.291.765,00"], ["2024", "2.291.765,00"],
    ]  # fmt: skip


def test_every_reference_of_a_letter_is_among_its_sources() -> None:
    cells = [entry(component=f"c{n}", source_locator=f"cell J{n}") for n in range(100, 140)]
    content = words(letter.letter(audited(ledger=cells), UTRECHT, Localizer("nl")))
    assert "[1] BWBR0047862 2025-10-29: cellen J100, J101, J102, J103, J104, J105 …" in content
    assert "[2]" not in content


def test_an_amount_known_for_some_recipients_notes_how_many() -> None:
    known = measure(measure="allocation", recipients=342)
    content = words(amount_tables.in_brief(audited(uptake=[known]), Localizer("nl")))
    assert "van 1 ontvangers" in content
    part = select(audited(uptake=[known]), PackRequest(municipality="Utrecht"))
    assert "ontvangers\n" not in words(amount_tables.in_brief(part, Localizer("nl")))


def test_with_many_states_the_period_column_stays_wide_enough() -> None:
    states = ("allocatable", "granted", "advanced", "spent", "settled", "recovered")
    for many, width in ((2, "1"), (6, "auto")):
        made = amount_tables.in_brief(
            audited(ledger=[entry(state=s) for s in states[:many]]), Localizer("nl")
        )
        assert made[1]["heads"][0]["width"] == width


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_page_answers_used_as_intended_what_is_wrong_what_is_unknown(
    language: Any,
) -> None:
    localizer = Localizer(language)
    spent = measure(
        availability="measured", numerator="90", denominator="100", rate_pct="90", coverage_pct="80"
    )
    data = report_data(audited(uptake=[spent]), language)
    first = data["blocks"][:7]
    request = [block["text"] for block in first if block["kind"] == "heading"]
    assert request[1:] == [localizer.text(f"ask.{key}") for key in ("as_meant", "wrong", "unknown")]
    used, wrong, _ = (block["items"] for block in first if block["kind"] == "list")
    assert localizer.of(finding(), "cause") in used[0]
    assert localizer.euros(Decimal(10)) in used[0]
    assert localizer.percent(Decimal(90)) in used[1]
    assert wrong == [localizer.text("conclusion.only_breaches")]


def test_a_hash_and_a_long_word_can_be_copied_and_found_in_the_pdf() -> None:
    rows = [finding(cause_nl="De transformatiemiddelen van het Volkshuisvestingsfonds.")]
    found = text_of(pdf.pdf("report", report_data(audited(findings=rows))))
    assert "c0de" * 16 in found
    assert SHA in found
    assert "transformatiemiddelen" in found
    assert "Volkshuisvestingsfonds" in found


def test_known_exceptions_are_rows_and_the_others_cards() -> None:
    rows = [
        finding(),
        finding(subject="x", **{"class": "known_exception"}, cause_nl="Bodembedrag."),
    ]
    data = report_data(audited(findings=rows))
    assert len([block for block in data["blocks"] if block["kind"] == "card"]) == 1
    assert "Bodembedrag." in [
        row[-1] for block in data["blocks"] if block["kind"] == "table" for row in block["rows"]
        if isinstance(row, list)
    ]  # fmt: skip


def test_places_are_translated_and_file_names_are_not() -> None:
    content = "row 3.xlsx 5a5a sheet Blad_1 cell E7; Bijlage IV, table 2, row 5, columns 2–8"
    assert Localizer("en").place(content) == content
    assert Localizer("nl").place(content) == (
        "row 3.xlsx 5a5a blad Blad_1 cel E7; Bijlage IV, tabel 2, rij 5, kolommen 2–8"
    )


def test_cells_of_one_row_are_listed_as_one_place() -> None:
    cells = [f"Bijlage IV, table 3, row 4, column {n}" for n in (2, 3, 4, 9)]
    assert letter.together([*cells, "page 2", "sheet a cell E7", "sheet a cell E9"]) == [
        "Bijlage IV, table 3, row 4, columns 2–4, 9",
        "page 2",
        "sheet a cells E7, E9",
    ]
