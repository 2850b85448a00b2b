"""Files as teams receive them, made for the tests: workbooks with real amounts, and attacks."""

from __future__ import annotations

import csv
import io
import os
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from assets.ingest.spreadsheets.open_tabular import File, read_file
from expectations.errors import VoorkantError
from expectations.paths import ROOT

SHARED = Path(os.environ.get("VOORKANT_SHARED", ROOT / "shared"))

Grid = list[list[Any]]

needs_shared = pytest.mark.skipif(
    not (SHARED / "data" / "gemeentefonds-clusters").is_dir(),
    reason=f"the recorded files are not at {SHARED}; set VOORKANT_SHARED to where they are",
)


def shared(folder: str, name: str) -> tuple[bytes, str]:
    return (SHARED / "data" / folder / name).read_bytes(), name


def read(body: bytes, name: str = "file.xlsx", **limits: Any) -> File:
    from assets.ingest.spreadsheets.file_limits import FileLimits

    return read_file(body, name, "c" * 64, FileLimits(**limits))


def refused(body: bytes, name: str = "file.xlsx", **limits: Any) -> VoorkantError:
    with pytest.raises(VoorkantError) as error:
        read(body, name, **limits)
    return error.value


def workbook(sheets: Mapping[str, Grid], **options: Any) -> bytes:
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True, **options}) as book:
        for name, grid in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(grid):
                for column, value in enumerate(row):
                    if value is not None:
                        sheet.write(number, column, value)
    return made.getvalue()


def text(grid: Grid, separator: str = ";") -> str:
    made = io.StringIO()
    writer = csv.writer(made, delimiter=separator, lineterminator="\r\n")
    writer.writerows([["" if value is None else value for value in row] for row in grid])
    return made.getvalue()


def cells(file: File) -> dict[str, str]:
    """Address -> text, of a file with one sheet."""
    return dict(file.cells.select("cell", "text").iter_rows())


# --- parts of a workbook, for what no honest program writes

TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-'
    'officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-'
    'officedocument.spreadsheetml.worksheet+xml"/></Types>'
)
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def relations(kind: str, target: str, more: str = "") -> str:
    return (
        f'<Relationships xmlns="{_RELATIONS}"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/{kind}" Target="{target}"{more}/></Relationships>'
    )


def parts(sheet: Iterable[bytes], before: bytes = b"") -> dict[str, Iterable[bytes]]:
    book = (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        '<sheet name="s" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )
    start = before + f'<worksheet xmlns="{_MAIN}">'.encode()
    return {
        "[Content_Types].xml": [TYPES.encode()],
        "_rels/.rels": [relations("officeDocument", "xl/workbook.xml").encode()],
        "xl/workbook.xml": [book.encode()],
        "xl/_rels/workbook.xml.rels": [relations("worksheet", "worksheets/sheet1.xml").encode()],
        "xl/worksheets/sheet1.xml": (x for y in ([start], sheet, [b"</worksheet>"]) for x in y),
    }


def packed(made: Mapping[str, Iterable[bytes]]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as package:
        for name, pieces in made.items():
            with package.open(name, "w", force_zip64=True) as part:
                for piece in pieces:
                    part.write(piece)
    return out.getvalue()


SPARSE = [
    b'<sheetData><row r="1"><c r="A1"><v>1</v></c></row>'
    b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
]


def rows(count: int, columns: str) -> Iterable[bytes]:
    """That many rows with a number in each of the columns."""
    yield b"<sheetData>"
    for start in range(1, count + 1, 1000):
        yield "".join(
            f'<row r="{n}">' + "".join(f'<c r="{c}{n}"><v>{n}</v></c>' for c in columns) + "</row>"
            for n in range(start, min(start + 1000, count + 1))
        ).encode()
    yield b"</sheetData>"
