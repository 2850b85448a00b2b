"""Opening a source: the text at a locator, found without the readers that wrote the locator."""

from __future__ import annotations

import json
import string
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.ingest.connectors import bwb, figures_csv, odata, portal
from assets.ingest.locators import opened
from assets.ingest.locators.excerpt import MARK
from expectations.errors import VoorkantError
from tests.support.forms import made_files

FIGURES = b'year,note,amount\n2023,"two\nlines, and ""quotes""",1.5\n2024,,\n'
EXPORT = b'\xef\xbb\xbf"ID";"Perioden";"Waarde"\r\n"0";"2023JJ00";"1,5"\r\n"1";"2024JJ00";"."\r\n'
CELLS = st.text(string.printable + "é€", max_size=12).map(lambda text: " ".join(text.split()))


def marked(lines: tuple[str, ...]) -> list[str]:
    return [line.removeprefix(MARK) for line in lines if line.startswith(MARK)]


def test_a_row_of_a_csv_is_the_lines_it_stands_on() -> None:
    found = opened(FIGURES, "row 1")
    assert found.text == '2023,"two\nlines, and ""quotes""",1.5'
    assert found.columns == {"year": "2023", "note": 'two\nlines, and "quotes"', "amount": "1.5"}
    assert marked(found.lines)[0].startswith("line 2  2023")


def test_a_cell_of_a_csv_is_found_by_its_column() -> None:
    assert opened(FIGURES, "row 1 column amount").text == "1.5"
    assert opened(EXPORT, "row 2 column Waarde").text == "."
    assert opened(EXPORT, "row 1").columns["Perioden"] == "2023JJ00"


def test_a_row_of_json_is_told_with_its_own_characters() -> None:
    page = b'{"odata.metadata":"x","value":[{"Key":"a ","V":1.50},\r\n {"Key":"b","V":null}]}'
    found = opened(page, "page 7 row 1")
    assert found.text == '{"Key":"a ","V":1.50}'
    assert found.columns == {"Key": "a ", "V": "1.50"}
    assert opened(page, "page 7 row 2").columns == {"Key": "b", "V": None}


def test_rows_of_an_export_and_features_are_rows_too() -> None:
    export = b'\xef\xbb\xbf{"value":{"0":{"ID":0,"V":"a"},"1":{"ID":1,"V":"b"}}}'
    assert opened(export, "row 2 column V").text == "b"
    boundary = b'{"features":[{"properties":{"statcode":"GM0001"},"geometry":{"type":"Polygon"}}]}'
    assert opened(boundary, "feature 1").columns == {"statcode": "GM0001"}


@pytest.mark.parametrize(
    ("body", "locator"),
    [
        (FIGURES, "row 3"),
        (FIGURES, "row 0"),
        (FIGURES, "row 1 column nothing"),
        (FIGURES, "somewhere"),
        (b'{"value":[{"a":1}]}', "page 1 row 2"),
        (b'{"value":[{"a":1}]}', "row 1 column b"),
        (b"<a><table/></a>", "table 1, row 1, column 1"),
    ],
)
def test_what_is_not_there_is_said(body: bytes, locator: str) -> None:
    with pytest.raises(VoorkantError) as reported:
        opened(body, locator, "figures")
    assert reported.value.code == "VK-A003"
    assert repr(locator) in reported.value.problem


@settings(max_examples=40)
@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=1, max_size=6))
def test_every_row_of_a_csv_opens_to_what_its_reader_read(rows: list[list[str]]) -> None:
    quoted = [['"' + cell.replace('"', '""') + '"' for cell in row] for row in rows]
    body = "\n".join(["a,b", *map(",".join, quoted)]).encode()
    read = figures_csv.parse(body, "source", "name", 1)
    for number, row in enumerate(read.iter_rows(named=True), start=1):
        found = opened(body, f"row {number}").columns
        assert {k: v or None for k, v in found.items()} == {k: v or None for k, v in row.items()}


@settings(max_examples=40)
@given(st.lists(st.tuples(CELLS, st.none() | st.integers(-9, 9)), min_size=1, max_size=6))
def test_every_row_of_json_opens_to_what_its_reader_read(
    rows: list[tuple[str, int | None]],
) -> None:
    reported = [{"ID": number, "Key": key, "V": value} for number, (key, value) in enumerate(rows)]
    page = json.dumps({"value": reported}).encode()
    for number, row in enumerate(
        odata.text_page("source", "name", 1, page).iter_rows(named=True), start=1
    ):
        assert opened(page, f"page 1 row {number}").columns == row
    export = json.dumps({"value": {str(n): row for n, row in enumerate(reported)}}).encode()
    for number, row in enumerate(portal.parse(export, "name").iter_rows(named=True), start=1):
        assert opened(export, f"row {number}").columns == row


@st.composite
def regulations(draw: st.DrawFn) -> bytes:
    """Two tables with cells over several columns and rows, in groups with and without names of columns."""

    def table() -> str:
        groups = []
        for _ in range(draw(st.integers(1, 2))):
            named = draw(st.booleans())
            specs = '<colspec colname="a" colnum="1"/><colspec colname="b"/><colspec colname="c"/>'
            head = "<thead><row><entry><al>Naam</al></entry></row></thead>"
            parts = [rows("tbody", named), rows("tfoot", named) if draw(st.booleans()) else ""]
            order = draw(st.permutations(parts))
            groups.append(f"<tgroup>{specs if named else ''}{head}{''.join(order)}</tgroup>")
        return f"<table><title>T</title>{''.join(groups)}</table>"

    def rows(part: str, named: bool) -> str:
        made = [row(named) for _ in range(draw(st.integers(1, 3)))]
        return f"<{part}>{''.join(made)}</{part}>"

    def row(named: bool) -> str:
        entries = []
        for _ in range(draw(st.integers(1, 3))):
            over = draw(st.sampled_from(["", ' morerows="1"', ' morerows="2"']))
            spans = ["", "", ' colname="b"', ' namest="a" nameend="b"', ' namest="b" nameend="c"']
            over += draw(st.sampled_from(spans)) if named else ""
            text = escape(draw(CELLS))
            inside = draw(
                st.sampled_from(["<al>{}</al>", "{}<?linebreak?>x", "<nadruk>{}</nadruk>y"])
            )
            entries.append(f"<entry{over}>{inside.format(text)}</entry>")
        return f"<row>{''.join(entries)}</row>"

    body = f'<wet><bijlage label="Bijlage I"><al>x</al>{table()}</bijlage>{table()}</wet>'
    return body.encode()


@settings(max_examples=60)
@given(regulations())
def test_every_cell_of_a_regulation_opens_to_what_its_reader_read(body: bytes) -> None:
    read = list(bwb.cells(bwb.parse(body, "source", "name")))
    assert read
    for cell in read:
        found = opened(body, cell.locator)
        assert found.text == cell.text
        assert f"[{cell.text}]" in marked(found.lines)[0] or len(cell.text) > 60
        assert found.lines[-1].strip().startswith("XML: <entry")


def test_a_cell_of_a_laid_file_is_shown_between_its_neighbours() -> None:
    grid = [["Gemeente", "Bedrag"], ["Ameland", "1.500"], ["Texel", "2"]]
    book = made_files.workbook({"Blad1": [["elders"]], "Een blad": grid})
    found = opened(book, "sheet Een blad cell B2", "lijst.xlsx")
    assert found.text == "1.500"
    assert marked(found.lines) == ["A2 Ameland | [B2 1.500]"]
    with pytest.raises(VoorkantError, match="VK-A003"):
        opened(book, "sheet Blad1 cell B2", "lijst.xlsx")


def test_a_cell_of_a_laid_csv_has_no_sheet() -> None:
    body = made_files.text([["Gemeente", "Bedrag"], ["Ameland", "€ 1.500"]]).encode()
    assert opened(body, "cell B2", "lijst.csv").text == "€ 1.500"
