"""Exports of the CBS portal: both forms give the same rows, and what is no export is reported as such."""

from __future__ import annotations

import csv
import io
import json

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.ingest.archive import Archive, Capture
from assets.ingest.connectors import portal
from assets.ingest.messages import Request, Response
from expectations.errors import VoorkantError

NAME = "85755NED_UntypedDataSet.csv"
MARK = b"\xef\xbb\xbf"

Table = list[dict[str, str | None]]


def as_json(rows: Table, mark: bytes = MARK) -> bytes:
    """As the portal writes it: rows by their number, the ID a number."""
    numbered = {
        str(number): {k: int(v) if k == "ID" and v else v for k, v in row.items()}
        for number, row in enumerate(rows)
    }
    return mark + json.dumps({"value": numbered}, ensure_ascii=False).encode()


def as_csv(rows: Table, mark: bytes = MARK) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), delimiter=";", quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(rows)
    return mark + text.getvalue().encode()


ROWS: Table = [
    {"ID": "0", "RegioS": "GM1680    ", "k_1ePlaatsing_1": "   183.3"},
    {"ID": "1", "RegioS": "GM0358    ", "k_1ePlaatsing_1": "       ."},
]


@pytest.mark.parametrize("written", [as_json, as_csv])
@pytest.mark.parametrize("mark", [MARK, b""])
def test_both_forms_read_to_the_same_text(written: object, mark: bytes) -> None:
    frame = portal.parse(written(ROWS, mark), NAME)  # type: ignore[operator]
    assert frame.to_dicts() == ROWS
    assert set(frame.schema.dtypes()) == {pl.String}


# Blanks, separators, quotes and line ends inside a cell; JSON and CSV can spell all of it.
_CELL = st.text(st.sampled_from(" .,;\"'\\{}\r\n0Ëé€–"), max_size=6)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(_CELL, _CELL), min_size=1, max_size=5))
def test_no_text_changes_in_either_form(cells: list[tuple[str, str]]) -> None:
    rows: Table = [
        {"ID": str(number), "Naam_2": first, "Naam_29": second}
        for number, (first, second) in enumerate(cells)
    ]
    assert portal.parse(as_json(rows), NAME).to_dicts() == rows
    assert portal.parse(as_csv(rows), NAME).to_dicts() == rows


def test_numbers_keep_their_digits_and_null_is_not_an_empty_text() -> None:
    body = (
        b'{"value":{"0":{"ID":0,"a_1":7888.2001953125,"b_2":1.10,"c_3":1e3,"d_4":null,"e_5":""}}}'
    )
    assert portal.parse(body, NAME).row(0) == ("0", "7888.2001953125", "1.10", "1e3", None, "")


WRONG_JSON = {
    "an answer of the service": (b'{"odata.metadata":"x","value":[{"ID":0}]}', "are a list"),
    "a link beside the rows": (b'{"value":{"0":{"ID":0}},"odata.nextLink":"x"}', "more than that"),
    "no rows at all": (b'{"value":{}}', "first column is not ID"),
    "no value": (b"{}", "no object of rows"),
    "a row that is missing": (b'{"value":{"0":{"ID":0},"2":{"ID":2}}}', "After 1 rows comes one"),
    "rows from 1 on": (b'{"value":{"1":{"ID":1}}}', "After 0 rows comes one that is called '1'"),
    "a row twice": (b'{"value":{"0":{"ID":0},"0":{"ID":1}}}', "the name '0' is there twice"),
    "a column twice": (b'{"value":{"0":{"ID":0,"a":1,"a":2}}}', "the name 'a' is there twice"),
    "an ID twice": (b'{"value":{"0":{"ID":0},"1":{"ID":0}}}', "1 rows have the ID of another row"),
    "other columns": (b'{"value":{"0":{"ID":0,"a":1},"1":{"ID":1}}}', "'1' has other columns"),
    "a row that is a list": (b'{"value":{"0":[0]}}', "'0' is not an object of texts"),
    "a nested cell": (b'{"value":{"0":{"ID":0,"a":{"b":1}}}}', "'0' is not an object of texts"),
    "true": (b'{"value":{"0":{"ID":0,"a":true}}}', "'0' is not an object of texts"),
    "not a number": (b'{"value":{"0":{"ID":0,"a":NaN}}}', "'0' is not an object of texts"),
    "half a character": (b'{"value":{"0":{"ID":0,"a":"\\ud800"}}}', "half a character"),
    "cut off": (as_json(ROWS)[:-9], "not whole JSON"),
    "endless nesting": (b'{"value":' + b"[" * 200_000, "nests without end"),
}
WRONG_CSV = {
    "a page": (b"<!DOCTYPE html>\n<html></html>", "not ID. It starts with: '<!DOCTYPE html>"),
    "nothing": (b"", "first column is not ID"),
    "a mark and nothing": (MARK, "first column is not ID"),
    "commas": (b'"ID","a"\r\n"0","1"\r\n', "cannot be split into fields"),
    "a title above the header": (b'"Gebieden"\r\n"ID";"a"\r\n"0";"1"', "first column is not ID"),
    "another encoding": ('"ID";"a"\r\n"0";"Fryslân"'.encode("cp1252"), "not UTF-8 from byte"),
    "a workbook": (b"PK\x03\x04\xff\xff", "not UTF-8 from byte"),
    "a label for a column": (b'"ID";"Naam van de gemeente"\r\n', "called 'Naam van de gemeente'"),
    "our own column": (b'"ID";"_capture"\r\n"0";"x"\r\n', "called '_capture'"),
    "a column twice": (b'"ID";"a";"a"\r\n"0";"1";"2"\r\n', "column 'a' is there twice"),
    "a short row": (b'"ID";"a"\r\n"0";"1"\r\n"1"\r\n', "Row 2 has 1 fields"),
    "a long row": (b'"ID";"a"\r\n"0";"1";"2"\r\n', "Row 1 has 3 fields"),
    "an empty line": (b'"ID";"a"\r\n\r\n"0";"1"\r\n', "Row 1 has 0 fields"),
    "cut off in a cell": (as_csv(ROWS)[:-4], "cannot be split"),
    "an ID twice": (b'"ID"\r\n"0"\r\n"0"\r\n', "1 rows have the ID of another row"),
}


@pytest.mark.parametrize("name", [*WRONG_JSON, *WRONG_CSV])
def test_what_is_no_export_is_told(name: str) -> None:
    for body, why in filter(None, (WRONG_JSON.get(name), WRONG_CSV.get(name))):
        with pytest.raises(VoorkantError) as error:
            portal.parse(body, "map/x.csv")
        assert (error.value.code, error.value.where) == ("VK-F004", "map/x.csv")
        assert why in error.value.problem
        assert "Export the table again" in error.value.remedy


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("85755NED_UntypedDataSet.json", ("85755NED", "UntypedDataSet")),
        ("2024/03759ned_TypedDataSet (1).csv", ("03759ned", "TypedDataSet")),
        ("gebieden.csv", None),
        ("85755NED.csv", None),
        ("x85755NED_UntypedDataSet.csv", None),
    ],
)
def test_the_name_of_a_file_tells_its_table(name: str, found: tuple[str, str] | None) -> None:
    assert portal.table_of(name) == found


def kept(archive: Archive, body: bytes) -> Capture:
    request = Request(f"exports/{NAME}", f"drop/cbs_portal/{NAME}")
    return archive.record("cbs_portal", "drop", "2026-01-01", [Response(request, 200, "", body)])


def test_an_archived_export_has_its_capture_and_its_rows(tmp_path: object) -> None:
    archive = Archive(tmp_path)  # type: ignore[arg-type]
    capture = kept(archive, as_csv(ROWS))
    frame = portal.read_export(archive, capture, f"exports/{NAME}")
    assert frame.columns == ["ID", "RegioS", "k_1ePlaatsing_1", "_capture", "_locator"]
    assert frame["_locator"].to_list() == ["row 1", "row 2"]
    assert frame["_capture"].unique().to_list() == [capture.entries[0].sha256]
    with pytest.raises(VoorkantError, match="VK-A001"):
        portal.read_export(archive, capture, "exports/other.csv")
