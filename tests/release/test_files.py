"""The files of a table: the same rows give the same bytes, and every file holds the same rows."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import re
import threading
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from zipfile import ZipFile

import duckdb
import fastexcel
import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from expectations.contract import contract as promised
from expectations.errors import VoorkantError
from pipelines.publish import canonical_files, workbook
from tests.support.releases import write_one_table

CONTRACT = write_one_table.promise()
(TABLE,) = CONTRACT.published


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    folder = tmp_path_factory.mktemp("written")
    return folder, write_one_table.write(0, folder)


# --- the same bytes -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seed", "around"),
    [
        (1, {"POLARS_MAX_THREADS": "1", "TZ": "Pacific/Auckland", "PYTHONHASHSEED": "1"}),
        (2, {"POLARS_MAX_THREADS": "7", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONHASHSEED": "2"}),
        (3, {"LANG": "nl_NL.UTF-8", "ARROW_USER_SIMD_LEVEL": "NONE", "PYTHONHASHSEED": "3"}),
    ],
)
def test_another_process_engine_order_and_environment_give_the_same_bytes(
    written: Any, run: Any, tmp_path: Path, seed: int, around: dict[str, str]
) -> None:
    answer = run(
        "python",
        "-m",
        "tests.support.releases.write_one_table",
        str(seed),
        tmp_path / "there",
        **around,
    )
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout) == written[1]


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.integers(10, 10_000))
def test_any_order_and_any_chunks_give_the_same_bytes(
    written: Any, tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    assert write_one_table.write(seed, tmp_path_factory.mktemp("mixed")) == written[1]


def test_one_other_figure_gives_another_content_hash(written: Any) -> None:
    frame = write_one_table.mixed(TABLE, 0)
    other = frame.with_columns(
        words=pl.when(pl.col("about") == "0001").then(pl.lit(-5)).otherwise("words")
    )
    digests = {
        canonical_files.content_sha256(canonical_files.csv_bytes(TABLE, each))
        for each in (frame, other)
    }
    assert len(digests) == 2
    assert written[1]["content"] in digests


def test_a_duplicate_key_is_refused() -> None:
    frame = write_one_table.mixed(TABLE, 0)
    with pytest.raises(VoorkantError) as refusal:
        canonical_files.csv_bytes(TABLE, pl.concat([frame, frame.head(1)]))
    assert refusal.value.code == "VK-P010"


def test_a_missing_column_is_refused() -> None:
    with pytest.raises(VoorkantError) as refusal:
        canonical_files.csv_bytes(TABLE, write_one_table.mixed(TABLE, 0).drop("note"))
    assert refusal.value.code == "VK-D004"


# --- the same rows --------------------------------------------------------------------------------

texts = st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.tuples(texts, st.none() | st.dates()), texts, max_size=8))
def test_the_csv_is_as_its_description_states(found: dict[Any, str | None]) -> None:
    """A second writer of twenty lines, from the words in files.py, gives the same bytes."""
    kept = [(a, d, n, None, None) for (a, d), n in found.items()]
    frame = pl.DataFrame(kept, schema=TABLE.dtypes, orient="row")
    ordered = frame.sort(TABLE.row_order).rows()

    def cell(value: Any) -> str:
        if value is None:
            return ""
        text = str(value)
        quoted = text == "" or any(c in text for c in ',"\n\r')
        return '"' + text.replace('"', '""') + '"' if quoted else text

    lines = [",".join(TABLE.columns), *(",".join(map(cell, row)) for row in ordered)]
    assert (
        canonical_files.csv_bytes(TABLE, frame) == "".join(f"{line}\n" for line in lines).encode()
    )


def test_the_unpacked_csv_has_the_content_hash(written: Any) -> None:
    folder, hashes = written
    packed = (folder / "notes.csv.gz").read_bytes()
    assert packed[:8] == b"\x1f\x8b\x08\0\0\0\0\0"  # no name, no time
    text = gzip.decompress(packed)
    assert hashlib.sha256(text).hexdigest() == hashes["content"]
    assert len(list(csv.reader(io.StringIO(text.decode())))) == 5_001


def test_the_workbook_holds_the_same_rows(written: Any) -> None:
    folder, _ = written
    book = fastexcel.read_excel(folder / "notes.xlsx")
    assert book.sheet_names == ["notes", "columns"]
    found = book.load_sheet("notes", dtypes={"about": "string", "note": "string"}).to_polars()
    rows = pl.read_parquet(folder / "notes.parquet")
    assert found.columns == rows.columns
    assert found["about"].to_list() == rows["about"].to_list()
    assert found["about"].to_list()[1:].count("0363") == 1
    assert found["date"].cast(pl.Date).to_list() == rows["date"].to_list()
    # A spreadsheet knows no empty text.
    assert found["note"].fill_null("").to_list() == rows["note"].fill_null("").to_list()
    assert found["words"].cast(pl.Int64).to_list() == rows["words"].to_list()
    amounts = found["amount_eur"].cast(pl.Decimal(18, 2)).to_list()
    assert amounts == rows["amount_eur"].to_list()
    guide = book.load_sheet("columns", header_row=None).to_polars().cast(pl.String)
    entries = {row[0]: row for row in guide.rows()}
    assert entries["amount_eur"][1:3] == ("amount", "EUR")
    assert entries["licentie / licence"][1] == "CC-BY-4.0"


def test_a_number_that_a_spreadsheet_would_round_is_written_as_text(tmp_path: Path) -> None:
    big = Decimal("1234567890123456.78")
    frame = pl.DataFrame([("a", None, None, 1, big)], schema=TABLE.dtypes, orient="row")
    workbook.write_workbook(CONTRACT, TABLE, frame, tmp_path / "big.xlsx")
    sheet = fastexcel.read_excel(tmp_path / "big.xlsx").load_sheet("notes").to_polars()
    assert sheet["amount_eur"].to_list() == [str(big)]


def test_a_day_before_spreadsheets_is_written_as_text(tmp_path: Path) -> None:
    rows = [("a", date(1815, 3, 16), None, 1, None)]
    frame = pl.DataFrame(rows, schema=TABLE.dtypes, orient="row")
    workbook.write_workbook(CONTRACT, TABLE, frame, tmp_path / "old.xlsx")
    sheet = fastexcel.read_excel(tmp_path / "old.xlsx").load_sheet("notes").to_polars()
    assert sheet["date"].to_list() == ["1815-03-16"]


def texts_of_sheet(path: Path) -> list[str | None]:
    """The texts of the second column, read from the XML by the words of ECMA-376 and by nothing else."""
    name = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    with ZipFile(path) as book:
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))  # noqa: S314 (our own)
    lines = {line.attrib["r"]: line for line in sheet.iter(f"{name}row") if line.attrib["r"] != "1"}
    assert list(lines) == [str(n) for n in range(2, len(lines) + 2)]
    cells = [
        {cell.attrib["r"]: cell for cell in line.iter(f"{name}c")}.get(f"B{number}")
        for number, line in lines.items()
    ]
    written = [None if cell is None else cell.findtext(f"{name}is/{name}t") for cell in cells]
    decoded = partial(re.compile("_x([0-9A-Fa-f]{4})_").sub, lambda found: chr(int(found[1], 16)))
    return [None if text is None else decoded(text) for text in written]


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.none()
        | st.text(max_size=6)
        | st.sampled_from(
            ["_x0041_", "_x0041_x0042_", "_x005F_", " a", "a\n", "\r\n", "<&>", "\x0b", "\t"]
        ),
        min_size=1,
        max_size=7,
    )
)
def test_any_text_survives_the_workbook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, texts: list[str | None]
) -> None:
    monkeypatch.setattr(workbook, "_AT_ONCE", 3)
    rows = pl.DataFrame(
        {"number": range(len(texts)), "text": texts}, schema_overrides={"text": pl.String}
    )
    workbook.write_workbook(CONTRACT, TABLE, rows, tmp_path / "texts.xlsx")
    assert texts_of_sheet(tmp_path / "texts.xlsx") == texts


def test_what_a_sheet_cannot_hold_has_no_workbook(tmp_path: Path) -> None:
    long = pl.DataFrame({"about": ["x" * 32_768]})
    assert not workbook.holds(long)
    assert workbook.holds(long.with_columns(pl.col("about").str.head(32_767)))
    assert workbook.holds(pl.DataFrame({"year": [1]}))
    assert not workbook.holds(pl.select(n=pl.int_range(1_048_576)))
    rows = [("x" * 40_000, None, None, 1, None)]
    frame = pl.DataFrame(rows, schema=TABLE.dtypes, orient="row")
    canonical_files.write_all(CONTRACT, TABLE, frame, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"notes.parquet", "notes.csv.gz"}


# --- what readers see -----------------------------------------------------------------------------


def test_title_licence_units_and_schema_are_seen_by_every_reader(written: Any) -> None:
    folder, hashes = written
    path = folder / "notes.parquet"
    by_polars = pl.read_parquet_metadata(path)
    by_duckdb = dict(
        duckdb.sql(
            f"SELECT key::VARCHAR, value::VARCHAR FROM parquet_kv_metadata('{path}')"  # noqa: S608
        ).fetchall()
    )
    for seen in (by_polars, by_duckdb):
        assert seen["title"] == "Opmerkingen"
        assert seen["licence"] == "CC-BY-4.0"
        assert seen["content_sha256"] == hashes["content"]
        assert "Bron: bedacht" in seen["citation"]
    schema = json.loads(by_polars["schema_json"])
    assert [each["name"] for each in schema["fields"]] == list(TABLE.columns)
    pandas = pytest.importorskip("pandas")
    attributes = pandas.read_parquet(path).attrs
    assert attributes["columns"]["amount_eur"]["unit"] == "EUR"
    field = pq.read_schema(path).field("amount_eur")
    assert field.metadata[b"unit"] == b"EUR"
    assert field.metadata[b"description_nl"] == b"Bedrag"


class Counting(SimpleHTTPRequestHandler):
    """Serves ranges, and counts the bytes of bodies."""

    sent = 0

    def do_GET(self) -> None:
        body = Path(self.translate_path(self.path)).read_bytes()
        first, last = 0, len(body) - 1
        requested = self.headers.get("Range", "").removeprefix("bytes=")
        if requested.startswith("-"):
            first = len(body) - int(requested[1:])
        elif requested:
            start, _, end = requested.partition("-")
            first, last = int(start), min(int(end or last), last)
        Counting.sent += last + 1 - first
        self.send_response(206 if requested else 200)
        self.send_header("Content-Length", str(last + 1 - first))
        self.send_header("Content-Range", f"bytes {first}-{last}/{len(body)}")
        self.end_headers()
        self.wfile.write(body[first : last + 1])

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Counting, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield tmp_path, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_one_municipality_costs_a_reader_a_twentieth_of_a_large_table(served: Any) -> None:
    folder, address = served
    contract = promised("social_domain_budgets")
    table = contract.tables["social_domain_budgets"]
    keys = [
        pl.DataFrame({"geography": ["as_reported", "on_map_2026"]}),
        pl.select(year=pl.int_range(2010, 2027, dtype=pl.Int16)),
        pl.DataFrame({"report_type": ["begroting", "jaarrekening"]}),
        pl.select(municipality_code=pl.format("GM{}", pl.int_range(1000, 1342))),
        pl.select(taakveld=pl.format("6.{}", pl.int_range(40))),
    ]
    large = keys[0]
    for each in keys[1:]:
        large = large.join(each, how="cross")
    # Like real amounts, these do not compress: Polars asks for 256 KB at least, whatever it needs.
    noise = (pl.int_range(pl.len()).hash(1) % 1_000_000_007).cast(pl.Decimal(18, 2))
    large = large.with_columns(
        pl.lit("jeugd").alias("comparable_series"),
        pl.int_range(pl.len()).alias("inhabitants_reported"),
        pl.lit("recode_2023").alias("breaks"),
        pl.format("Gemeente {}", "municipality_code").alias("municipality_name"),
        pl.format("Taakveld {}", "taakveld").alias("taakveld_name"),
        pl.lit("jeugd").alias("taakveld_group"),
        noise.alias("lasten_eur"),
        (noise / 7).cast(pl.Decimal(18, 2)).alias("baten_eur"),
        (noise * 3).cast(pl.Decimal(18, 2)).alias("net_eur"),
        pl.int_range(pl.len()).alias("inhabitants"),
        pl.lit(None, pl.String).alias("flags"),
    )
    path = folder / "large.parquet"
    canonical_files.write_parquet(
        table, large, path, canonical_files.key_values(contract, table, "0" * 64)
    )
    Counting.sent = 0
    mine = pl.scan_parquet(f"{address}/large.parquet").filter(
        pl.col("geography") == "on_map_2026", pl.col("municipality_code") == "GM1170"
    )
    assert mine.collect().height == large.height // 342 // 2
    assert 0 < Counting.sent / path.stat().st_size <= 0.05
