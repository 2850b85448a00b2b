"""Bytes become cells: exact texts, exact addresses, and a refusal for whatever is not a table."""

from __future__ import annotations

import io
import stat
import zipfile
from datetime import date, datetime

import polars as pl
import pytest
import xlsxwriter

from assets.ingest.spreadsheets.cell_writer import a1, letters
from assets.ingest.spreadsheets.delimited import decoded
from assets.ingest.spreadsheets.open_tabular import COLUMNS
from tests.support.forms import made_files as made

HEADER = "gemeente;bedrag 2025\n"


# --- workbooks


def book(**options: object) -> tuple[io.BytesIO, xlsxwriter.Workbook]:
    out = io.BytesIO()
    return out, xlsxwriter.Workbook(out, {"in_memory": True, **options})


def test_a_workbook_gives_cells_with_their_addresses() -> None:
    body = made.workbook({"Blad1": [["a", None, 1], [], ["c"]], "Tweede blad": [[None] * 27 + [2]]})
    file = made.read(body, "map/naam.xlsx")
    assert tuple(file.cells.columns) == COLUMNS
    found = file.cells.select("file", "sheet", "row", "column", "cell", "text", "_locator").rows()
    assert found == [
        ("map/naam.xlsx", "Blad1", 1, 1, "A1", "a", "sheet Blad1 cell A1"),
        ("map/naam.xlsx", "Blad1", 1, 3, "C1", "1", "sheet Blad1 cell C1"),
        ("map/naam.xlsx", "Blad1", 3, 1, "A3", "c", "sheet Blad1 cell A3"),
        ("map/naam.xlsx", "Tweede blad", 1, 28, "AB1", "2", "sheet Tweede blad cell AB1"),
    ]
    assert file.cells["_capture"].unique().to_list() == ["c" * 64]


def test_numbers_keep_their_own_digits() -> None:
    digits = ["2614500", "0.1", "103409.00000000001", "-3213901", "2.6145E6", "1.5E-3", "1E400"]
    sheet = "".join(
        f'<row r="{n}"><c r="A{n}"><v>{d}</v></c></row>' for n, d in enumerate(digits, start=1)
    )
    body = made.packed(made.parts([f"<sheetData>{sheet}</sheetData>".encode()]))
    assert list(made.cells(made.read(body)).values()) == [*digits[:4], "2614500", "0.0015", "1E400"]


def test_texts_are_as_stored() -> None:
    texts = [
        " € 2.614.500",
        "\N{LATIN SMALL LETTER E WITH ACUTE}\u00a0x",
        "regel 1\nregel 2",
        "00014",
    ]
    body = made.workbook({"s": [[text] for text in texts]})
    assert list(made.cells(made.read(body)).values()) == texts
    rich = (
        '<sheetData><row r="1"><c r="A1" t="inlineStr"><is><r><t>Gooise </t></r><r><t>Meren</t></r>'
        '<rPh sb="0" eb="1"><t>not this</t></rPh></is></c><c r="B1" t="inlineStr"><is>'
        "<t>a_x000D_b</t></is></c><c r='C1' t='b'><v>1</v></c><c r='D1' t='e'><v>#REF!</v></c>"
        "<c r='E1' t='str'><f>A1</f><v>said</v></c></row></sheetData>"
    )
    file = made.read(made.packed(made.parts([rich.encode()])))
    assert file.cells.select("text", "kind", "formula").rows() == [
        ("Gooise Meren", "text", False),
        ("a\rb", "text", False),
        ("1", "boolean", False),
        ("#REF!", "error", False),
        ("said", "text", True),
    ]


@pytest.mark.parametrize("since_1904", [False, True])
def test_dates_become_iso(since_1904: bool) -> None:
    out, made_book = book(date_1904=since_1904, default_date_format="dd-mm-yyyy")
    with made_book:
        sheet = made_book.add_worksheet()
        sheet.write_datetime("A1", datetime(2023, 7, 15))
        sheet.write_datetime(
            "A2", datetime(2025, 9, 12, 14, 30, 5), made_book.add_format({"num_format": 22})
        )
        sheet.write_number("A3", 45000.5, made_book.add_format({"num_format": '0.00 "dagen"'}))
        sheet.write_number("A4", 0.75, made_book.add_format({"num_format": "h:mm"}))
        sheet.write_number("A5", 1500, made_book.add_format({"num_format": "[Red]#,##0"}))
        sheet.write_datetime("A6", datetime(1920, 2, 29))
        if not since_1904:  # before the day that 1900 did not have
            sheet.write_number("A7", 59, made_book.add_format({"num_format": 14}))
    file = made.read(out.getvalue())
    assert file.cells.select("text", "kind").rows() == [
        ("2023-07-15", "date"),
        ("2025-09-12T14:30:05", "date"),
        ("45000.5", "number"),
        ("18:00:00", "date"),
        ("1500", "number"),
        (date(1920, 2, 29).isoformat(), "date"),
        *([] if since_1904 else [("1900-02-28", "date")]),
    ]


def test_a_formula_gives_its_stored_result_and_a_note() -> None:
    out, made_book = book()
    with made_book:
        sheet = made_book.add_worksheet("Som")
        sheet.write_column("A1", [1, 2])
        sheet.write_formula("A3", "=SUM(A1:A2)", None, 3)
        sheet.write_formula("A4", '=HYPERLINK("http://x/"&A1)', None, "")
        made_book.add_worksheet("Verborgen").hide()
    file = made.read(out.getvalue())
    assert made.cells(file) == {"A1": "1", "A2": "2", "A3": "3"}
    assert file.cells["formula"].to_list() == [False, False, True]
    found = "\n".join(file.notes())
    assert "2 formulas; their stored results are used" in found
    assert "formulas without a stored result: A4" in found
    assert "Sheet Verborgen is hidden" in found


def test_another_reader_sees_the_same() -> None:
    """fastexcel is a second opinion, on shared strings, numbers and addresses."""
    fastexcel = pytest.importorskip("fastexcel")
    grid = [[f"r{r}c{c}" if (r + c) % 3 else r * c for c in range(1, 30)] for r in range(1, 200)]
    body = made.workbook({"s": grid})
    other = fastexcel.read_excel(body).load_sheet(0, header_row=None, dtypes="string").to_polars()
    ours = made.read(body).cells.pivot("column", index="row", values="text", sort_columns=False)
    assert ours.drop("row").rows() == other.rows()


def test_prefixes_absent_addresses_and_empty_cells_are_read() -> None:
    sheet = (
        '<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        "<x:sheetData><x:row><x:c><x:v>1</x:v></x:c><x:c/><x:c><x:v>3</x:v></x:c></x:row><x:row>"
        '<x:c t="inlineStr"><x:is><x:t> </x:t></x:is></x:c><x:c><x:v>5</x:v></x:c></x:row>'
        "</x:sheetData></x:worksheet>"
    )
    all_parts = dict(made.parts([]))
    all_parts["xl/worksheets/sheet1.xml"] = [sheet.encode()]
    assert made.cells(made.read(made.packed(all_parts))) == {"A1": "1", "C1": "3", "B2": "5"}


def test_addresses_in_letters() -> None:
    assert [letters(n) for n in (1, 26, 27, 702, 703, 16384)] == [
        "A",
        "Z",
        "AA",
        "ZZ",
        "AAA",
        "XFD",
    ]
    assert a1(14, 3) == "C14"


# --- workbooks that are attacks, or broken


def changed(name: str, content: bytes, **more: bytes) -> bytes:
    complete = dict(made.parts([b"<sheetData/>"]))
    complete[name] = [content]
    return made.packed(complete | {key: [value] for key, value in more.items()})


def test_encrypted_and_old_workbooks() -> None:
    mark = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
    error = made.refused(mark + "EncryptedPackage".encode("utf-16-le") + bytes(100))
    assert (error.code, "encrypted" in error.problem) == ("VK-F002", True)
    error = made.refused(mark + "Workbook".encode("utf-16-le") + bytes(100), "sisa.xls")
    assert (error.code, ".xls" in error.problem) == ("VK-F001", True)
    body = bytearray(made.workbook({"s": [[1]]}))
    body[6] |= 1  # the flag of an encrypted part, in the first local header
    directory = body.rindex(b"PK\x01\x02")
    body[directory + 8] |= 1
    assert made.refused(bytes(body)).code == "VK-F002"


@pytest.mark.parametrize(
    "name", ["xl/vbaProject.bin", "xl/macrosheets/sheet1.xml", "XL/VBAPROJECT.BIN"]
)
def test_macros_are_refused(name: str) -> None:
    error = made.refused(changed(name, b"program"))
    assert (error.code, error.problem) == ("VK-F002", "The workbook holds macros.")


@pytest.mark.parametrize(
    "name",
    ["../../evil.xml", "/etc/passwd", "xl/../../x", "..\\..\\x", "C:\\x", "xl\\..\\..\\..\\x"],
)
def test_names_that_lead_outside_are_refused(name: str) -> None:
    error = made.refused(changed(name, b"x"))
    assert (error.code, name in error.problem.replace("\\\\", "\\")) == ("VK-F005", True)


def test_links_in_a_package_are_refused() -> None:
    out = io.BytesIO(changed("x", b"x"))
    with zipfile.ZipFile(out, "a") as package:
        link = zipfile.ZipInfo("xl/link")
        link.create_system = 3
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        package.writestr(link, "/etc/passwd")
    assert made.refused(out.getvalue()).code == "VK-F005"


def test_a_sheet_elsewhere_is_refused() -> None:
    away = made.relations("worksheet", "http://evil.example/s.xml", ' TargetMode="External"')
    assert made.refused(changed("xl/_rels/workbook.xml.rels", away.encode())).code == "VK-F005"
    gone = made.relations("worksheet", "../../../etc/passwd")
    assert made.refused(changed("xl/_rels/workbook.xml.rels", gone.encode())).code == "VK-F001"


def test_bombs_are_refused() -> None:
    zeros = (b"<sheetData>" + b" " * (1 << 20) for _ in range(40))
    error = made.refused(made.packed(made.parts(zeros)), unpacked=16 << 20)
    assert (error.code, "16 MB" in error.problem) == ("VK-F003", True)
    assert made.refused(made.workbook({"s": [[1]]}), parts=3).code == "VK-F003"
    assert made.refused(made.workbook({"a": [[1]], "b": [[1]]}), sheets=1).code == "VK-F003"
    error = made.refused(made.workbook({"s": [["x" * 101]]}), text=100)
    assert (error.code, error.where) == ("VK-F003", "file.xlsx, sheet s cell A1")


def test_a_size_that_lies_is_seen_while_reading() -> None:
    """The directory says 10 bytes; what is in it is counted all the same, or does not fit its sum."""
    body = bytearray(made.packed(made.parts([b"<sheetData>" + b" " * 5000 + b"</sheetData>"])))
    at = body.rindex(b"PK\x01\x02")
    body[at + 24 : at + 28] = (10).to_bytes(4, "little")
    assert made.refused(bytes(body)).code == "VK-F001"


def test_a_sheet_that_says_it_is_too_large_is_not_read() -> None:
    sheet = [b'<dimension ref="A1:XFD1048576"/>', *made.SPARSE]
    error = made.refused(made.packed(made.parts(sheet)))
    assert (error.code, error.where) == ("VK-F003", "file.xlsx, sheet s")
    assert "XFD1048576" in error.problem
    modest = [b'<dimension ref="A1:B9"/>', *made.SPARSE]  # and one that lies
    assert made.refused(made.packed(made.parts(modest))).where.endswith("cell XFD1048576")


ENTITIES = {
    "expansion": b'<!DOCTYPE x [<!ENTITY a "A"><!ENTITY b "&a;&a;&a;">]>',
    "file": b'<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
    "plain": b'<!DOCTYPE x SYSTEM "http://evil.example/x.dtd">',
}


@pytest.mark.parametrize("name", ENTITIES)
def test_document_types_are_refused(name: str) -> None:
    error = made.refused(made.packed(made.parts([b"<sheetData/>"], ENTITIES[name])))
    assert (error.code, "document type" in error.problem) == ("VK-F001", True)


BROKEN = {
    "cut off": made.workbook({"s": [[1]]})[:-100],
    "not XML": changed("xl/worksheets/sheet1.xml", b"<worksheet><sheetData>"),
    "no sheets": changed("xl/_rels/workbook.xml.rels", b"<Relationships/>"),
    "a zip of other things": made.packed({"sisa_2023_061234_x.xlsx": [b"x"]}),
    "binary workbook": changed("xl/workbook.bin", b"x"),
    "a text that is absent": changed(
        "xl/worksheets/sheet1.xml",
        b'<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>9</v></c></row></sheetData></worksheet>',
    ),
    "a cell twice": changed(
        "xl/worksheets/sheet1.xml",
        b'<worksheet><sheetData><row r="1"><c r="A1"><v>9</v></c><c r="A1"><v>8</v></c></row>'
        b"</sheetData></worksheet>",
    ),
    "a strange address": changed(
        "xl/worksheets/sheet1.xml",
        b'<worksheet><sheetData><row r="1"><c r="A0"><v>9</v></c></row></sheetData></worksheet>',
    ),
    "a PDF": b"%PDF-1.7\n",
    "a page": b"<!DOCTYPE html><html>",
    "JSON": b'{"value": []}',
    "nothing": b"",
    "blanks": b" \n ",
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_told(name: str) -> None:
    if name == "no sheets":  # no cells at all; that is for a layout to say
        assert made.read(BROKEN[name]).cells.height == 0
        return
    assert made.refused(BROKEN[name]).code == "VK-F001"


# --- CSV


def csv_cells(body: bytes, **limits: int) -> dict[str, str]:
    return made.cells(made.read(body, "file.csv", **limits))


ENCODINGS = {
    "utf-8": (HEADER + "Súdwest-Fryslân;€ 1").encode(),
    "utf-8-sig": (HEADER + "Súdwest-Fryslân;€ 1").encode("utf-8-sig"),
    "utf-16": (HEADER + "Súdwest-Fryslân;€ 1").encode("utf-16"),
    "utf-16 big": b"\xfe\xff" + (HEADER + "Súdwest-Fryslân;€ 1").encode("utf-16-be"),
    "cp1252": (HEADER + "Súdwest-Fryslân;€ 1").encode("cp1252"),
}


@pytest.mark.parametrize("name", ENCODINGS)
def test_encodings_are_found_and_told(name: str) -> None:
    file = made.read(ENCODINGS[name], "file.csv")
    assert made.cells(file) == {
        "A1": "gemeente",
        "B1": "bedrag 2025",
        "A2": "Súdwest-Fryslân",
        "B2": "€ 1",
    }
    assert file.facts["encoding"] == name.partition(" ")[0]
    assert name.partition(" ")[0] in file.notes()[0]


def test_encodings_that_do_not_fit_are_refused() -> None:
    for body in (
        (HEADER + "a;1").encode("utf-16-le"),  # no mark
        b"\xef\xbb\xbf" + HEADER.encode() + "é".encode("cp1252"),  # another than its mark says
        HEADER.encode() + b"\x81\xe9;1",  # neither
        (HEADER + "a;1").encode("utf-32"),
        HEADER.encode() + b"\x00;1",
        b"\xff\xfea",
    ):
        assert made.refused(body, "file.csv").code == "VK-F001", body
    assert decoded(b"a\xe9", "x")[1:] == ("cp1252", "not valid as UTF-8 from byte 1 on")


@pytest.mark.parametrize("separator", ["\t", ";", ","])
def test_separators_are_found_and_told(separator: str) -> None:
    grid = [["naam", "bedrag; of, niet"], ["a, b; c\td", "1,5"], ['zegt "x"', ""]]
    file = made.read(made.text(grid, separator).encode(), "file.csv")
    assert made.cells(file) == {
        "A1": "naam",
        "B1": "bedrag; of, niet",
        "A2": "a, b; c\td",
        "B2": "1,5",
        "A3": 'zegt "x"',
    }
    names = {"\t": "tab", ";": "semicolon", ",": "comma"}
    assert file.facts["separator"] == names[separator]


def test_prose_with_commas_does_not_make_the_comma_the_separator() -> None:
    questions = "Besteding (jaar T), ten laste van het Rijk, zonder btw"
    body = f"JenV;A16;{questions};{questions}\n;;€ 2.614.500;€ 1.492.689\n".encode()
    assert csv_cells(body)["C2"] == "€ 2.614.500"


def test_a_separator_that_cannot_be_told_is_refused() -> None:
    error = made.refused(b"a;b,c\nd;e,f\n", "file.csv")
    assert (error.code, "alike" in error.problem) == ("VK-F001", True)
    # Another separator than the three gives one column: for a layout to refuse.
    assert csv_cells(b"a|b\n1|2\n") == {"A1": "a|b", "A2": "1|2"}


def test_rows_of_another_width_are_told_by_row() -> None:
    file = made.read(b"a;b;c\n1;2;3\n4;5\n6;7;8;9\n", "file.csv")
    assert (file.facts["width"], file.facts["ragged"]) == (3, {"3": 2, "4": 4})


def test_quotes_over_lines_count_as_one_row() -> None:
    body = b'a;b\n"x\ny";1\n"z";2\n'
    assert csv_cells(body) == {"A1": "a", "B1": "b", "A2": "x\ny", "B2": "1", "A3": "z", "B3": "2"}
    for wrong in (b'a;b\n"x;1\n', b'a;b\n"x"y;1\n'):
        error = made.refused(wrong, "file.csv")
        assert (error.code, "row 2" in error.where) == ("VK-F001", True)


def test_csv_has_limits_too() -> None:
    assert made.refused(b"a;b\n" * 20, "file.csv", cells=30).where == "file.csv, cell A16"
    assert made.refused(b"a;b\n" * 20, "file.csv", rows=10).code == "VK-F003"
    assert made.refused(b"a;" * 30 + b"\n", "file.csv", columns=10).code == "VK-F003"
    assert made.refused(b"a;" + b"x" * 500 + b"\nb;c\n", "file.csv", text=100).code == "VK-F003"


def test_what_a_spreadsheet_would_run_stays_text() -> None:
    body = b"a;b\n=cmd|'/C calc'!A0;@SUM(1)\n"
    assert list(csv_cells(body).values())[2:] == ["=cmd|'/C calc'!A0", "@SUM(1)"]


def test_empty_fields_are_no_cells() -> None:
    file = made.read(b"a;b;c\n1;;0\n; ;\n", "file.csv")
    assert made.cells(file) == {"A1": "a", "B1": "b", "C1": "c", "A2": "1", "C2": "0"}
    assert file.cells.schema["text"] == pl.String
