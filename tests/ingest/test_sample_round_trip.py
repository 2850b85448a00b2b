"""Every figure table of the sample goes out in the wire format and comes back cell by cell.

Rendered, captured, archived and read by the code that reads the sources, then compared with the
CSV itself, cell by cell and in order. A table that no connector gives back fails the last test.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assets.calc.dutch_amounts import amount, printed
from assets.ingest.archive import Archive, Capture
from assets.ingest.capture import capture
from assets.ingest.connectors import bwb, figures_csv, odata, odata_v3, odata_v4
from assets.ingest.messages import Request
from assets.ingest.origins import rendering
from assets.ingest.origins.drop_folder import DropOrigin
from assets.ingest.origins.live import LiveOrigin
from assets.ingest.origins.sample import SampleOrigin
from assets.ingest.registry import SourceTable, sources
from expectations.contract import contracts
from expectations.paths import ROOT
from tests.support.material import MATERIAL

RECORDED = MATERIAL / "cbs-odata-v4-recorded/03759ned/codes-RegioS.json"
SAMPLE = ROOT / "sample"
FIGURES = SAMPLE / "figures"
IV3 = sources()["cbs_iv3"].tables
# The sample has figures of the sources that a dataset needs, and of no other; files come from people.
NEEDED = sorted(
    name
    for name in {name for contract in contracts().values() for name in contract.sources}
    if sources()[name].kind != "files"
)
compared: set[str] = set()


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    return Archive(tmp_path_factory.mktemp("archive"))


@pytest.fixture(scope="module")
def captures(archive: Archive) -> dict[str, Capture]:
    """The sources of the sample, with pages small enough that most tables need several."""
    origin = SampleOrigin(SAMPLE, v3_rows=5_000, v4_rows=1_000)
    return {id_: capture(sources()[id_], origin, archive) for id_ in NEEDED}


def figures(name: str) -> pl.DataFrame:
    path = FIGURES / f"{name}.csv"
    if not path.exists():
        pytest.skip(f"the sample does not have {path.name} (yet)")
    return pl.read_csv(path, infer_schema=False)


def same(name: str, read: pl.DataFrame) -> None:
    """The same cells in the same order as the CSV; none is missing and none is new."""
    reported = figures(name)
    assert read.shape == reported.select(read.columns).shape
    assert read.rows() == reported.select(read.columns).rows()
    compared.add(name)


@pytest.mark.parametrize(
    "table", [table for table in IV3 if table.data], ids=lambda table: table.id
)
def test_iv3_amounts(archive: Archive, captures: dict[str, Capture], table: SourceTable) -> None:
    taken = captures["cbs_iv3"]
    columns = odata_v3.columns_by_title(archive, taken, table.id)
    frame = odata_v3.read_entity(archive, taken, f"{table.id}/TypedDataSet")
    assert frame[odata_v3.titled(columns, table.id, "1e plaatsing")].null_count() == frame.height
    assert frame["_locator"].n_unique() == frame.height
    widths = {"TaakveldBalanspost": 6, "Categorie": 8, "Gemeenten": 10, "Verslagsoort": 8}
    for column, width in widths.items():
        assert frame[column].str.len_chars().unique().to_list() == [width]
    same(
        f"iv3/{table.id}",
        frame.select(
            pl.col("Verslagsoort").alias("verslagsoort"),
            pl.col("Gemeenten").str.strip_chars().alias("gemeente"),
            pl.col("TaakveldBalanspost").str.strip_chars().alias("taakveld"),
            pl.col("Categorie").str.strip_chars().alias("categorie"),
            pl.col(odata_v3.titled(columns, table.id, "2e plaatsing")).alias("amount_keur"),
        ),
    )


def entity_of_years(archive: Archive, taken: Capture, name: str) -> Iterator[pl.DataFrame]:
    for table in IV3:
        if taken.named(f"{table.id}/{name}"):
            frame = odata_v3.read_entity(archive, taken, f"{table.id}/{name}")
            yield frame.with_columns(year=pl.lit(str(table.year)), table_id=pl.lit(table.id))


@pytest.mark.parametrize(
    ("name", "entity", "columns"),
    [
        ("municipalities_by_year", "Gemeenten", ("year", "municipality_code", "name")),
        ("iv3_taakvelden", "TaakveldBalanspost", ("year", "code", "title")),
    ],
)
def test_iv3_dimensions(
    archive: Archive,
    captures: dict[str, Capture],
    name: str,
    entity: str,
    columns: tuple[str, str, str],
) -> None:
    frame = pl.concat(entity_of_years(archive, captures["cbs_iv3"], entity))
    same(name, frame.select("year", pl.col("Key").str.strip_chars(), "Title").rename(
        dict(zip(("year", "Key", "Title"), columns, strict=True))
    ))  # fmt: skip


def test_iv3_titles(archive: Archive, captures: dict[str, Capture]) -> None:
    frame = pl.concat(entity_of_years(archive, captures["cbs_iv3"], "TableInfos"))
    same("iv3_tables", frame.select("year", "table_id", pl.col("Title").alias("title")))


def test_jobs(archive: Archive, captures: dict[str, Capture]) -> None:
    taken = captures["cbs_jobs"]
    rows = odata_v3.read_entity(archive, taken, "83583NED/TypedDataSet")
    periods = odata_v3.read_entity(archive, taken, "83583NED/Perioden")
    title = "Banen van werknemers in december"
    column = odata_v3.columns_by_title(archive, taken, "83583NED")[title]
    same(
        "jobs_sbi88",
        rows.with_columns(period_status=periods["Status"]).select(
            pl.col("Perioden").str.head(4).alias("year"),
            pl.col(column).alias("jobs_x1000"),
            "period_status",
        ),
    )


def test_inhabitants(archive: Archive, captures: dict[str, Capture]) -> None:
    frame = odata_v4.read_entity(archive, captures["cbs_population"], "03759ned/Observations")
    absent = frame["Value"].is_null()
    assert (frame["ValueAttribute"] == "Impossible").to_list() == absent.to_list()
    same(
        "inhabitants",
        frame.select(
            pl.col("Perioden").str.head(4).alias("year"),
            pl.col("RegioS").alias("region_code"),
            pl.col("Value").alias("inhabitants"),
        ),
    )


def regions(archive: Archive, captures: dict[str, Capture]) -> pl.DataFrame:
    return odata_v4.read_entity(archive, captures["cbs_population"], "03759ned/RegioSCodes")


def test_regions(archive: Archive, captures: dict[str, Capture]) -> None:
    columns = {"Identifier": "code", "Title": "title", "DimensionGroupId": "dimension_group_id"}
    same("regions", regions(archive, captures).select(*columns).rename(columns))


MERGED = re.compile(
    r"- (?P<to_name>.+) \((?P<to_code>GM\d{4})\),\r\n"
    r"\.\.\. (?P<hectares>\d+) hectare met (?P<dwellings>\d+) woning(?:en)?"
    r" en (?P<inhabitants>\d+) inwoners?\r\n"
)
RENAMED = re.compile(r"nieuwe naam: (?P<to_name>.+) \((?P<to_code>GM\d{4})\)\r\n")


def test_municipal_changes(archive: Archive, captures: dict[str, Capture]) -> None:
    """Read back from the sentences. `material` is our own judgement and has no place in them."""
    found = []
    for region in regions(archive, captures).to_dicts():
        for block in re.split(r"(?<=\r\n)\r\n", region["Description"]):
            first_line = re.match(r"(\w+) per (\d\d)-(\d\d)-(\d{4}),", block)
            if first_line is None:
                assert block == ""
                continue
            kind, day, month, year = first_line.groups()
            pattern = RENAMED if kind == "Naamswijziging" else MERGED
            for change in pattern.finditer(block):
                own = {"date": f"{year}-{month}-{day}", "kind": kind.lower()}
                own["from_code"] = region["Identifier"]
                found.append({**own, **change.groupdict()})
    columns = [
        "date",
        "kind",
        "from_code",
        "to_code",
        "to_name",
        "hectares",
        "dwellings",
        "inhabitants",
    ]
    reported = figures("municipal_changes")
    short = reported.with_columns(pl.col("kind").str.extract("^([a-z]+)"))
    assert sorted(map(str, short.select(columns).rows())) == sorted(
        str(tuple(change.get(column) for column in columns)) for change in found
    )
    compared.add("municipal_changes")


def test_mergers_are_told_in_the_very_words_of_cbs() -> None:
    if not RECORDED.exists():
        pytest.skip("recorded payloads are not part of the repository: ../shared/data is absent")
    rows = json.loads(RECORDED.read_bytes())["value"]
    recorded = {row["Identifier"]: row["Description"] for row in rows}
    for code, reported in rendering.descriptions(figures("municipal_changes")).items():
        # CBS tells older changes after it; receivers of a split may stand in another order.
        assert sorted(reported.splitlines()) == sorted(recorded[code][: len(reported)].splitlines())


def cells(archive: Archive, captures: dict[str, Capture], source: str, id_: str) -> pl.DataFrame:
    return bwb.read_cells(archive, captures[source], id_)


def once(column: str) -> pl.Expr:
    """White space as the reader leaves it."""
    return pl.col(column).str.replace_all(r"\s+", " ").str.strip_chars()


@pytest.mark.parametrize(
    ("name", "annex", "label", "heading"),
    [
        ("brede_spuk_annex_iii", "Bijlage III", "component", "year"),
        ("brede_spuk_annex_iv", "Bijlage IV", "municipality", "column_label"),
    ],
)
def test_brede_spuk(
    archive: Archive,
    captures: dict[str, Capture],
    name: str,
    annex: str,
    label: str,
    heading: str,
) -> None:
    reported = figures(name)
    if heading == "column_label":  # tables of an annex follow each other in the order of the file
        blocks = reported.select("version", "year", "part").unique(maintain_order=True)
        number = pl.int_range(1, pl.len() + 1).over("version")
        blocks = blocks.with_columns(block=number)
        reported = reported.join(blocks, on=["version", "year", "part"], maintain_order="left")
    else:
        reported = reported.with_columns(block=pl.lit(1, pl.Int64))
    frame = cells(archive, captures, "brede_spuk", "BWBR0047862").filter(annex=annex)
    block = pl.col("table").cast(pl.Int64).rank("dense").over("version").cast(pl.Int64)
    frame = frame.with_columns(block=block).filter(pl.col("column") != "1", pl.col("text") != "")
    keys = ["version", "block", "row_label", "header"]
    expected = reported.select(
        "version",
        "block",
        once(label).alias("row_label"),
        once(heading).alias("header"),
        amount_eur=pl.col("amount_eur"),
        text=pl.coalesce(once("as_printed"), pl.col("amount_eur").map_elements(printed, pl.String)),
    ).filter(pl.col("text") != "")
    read = frame.select(*keys, "text").sort(keys)
    assert read.rows() == expected.select(*keys, "text").sort(keys).rows()
    numbers = expected.sort(keys).select(
        pl.col("amount_eur").cast(pl.Decimal(18, 2)), printed="text"
    )
    # What is printed says the same as the figure, unless the figure itself was not readable.
    assert numbers.select(amount(pl.col("printed")).eq_missing(pl.col("amount_eur")).all()).item()
    compared.add(name)


def test_spuk_iza(archive: Archive, captures: dict[str, Capture]) -> None:
    frame = cells(archive, captures, "spuk_iza", "BWBR0048411")
    wide = frame.pivot("column", index="row", values="text", maintain_order=True)
    reported = figures("spuk_iza_annex_1")
    assert wide.shape == (reported.height, reported.width + 1)
    euros = [
        amount(pl.col(column)).cast(pl.String).str.strip_suffix(".00") for column in ("5", "6")
    ]
    read = wide.select("1", "2", "3", "4", *euros)
    assert read.rows() == reported.rows()
    compared.add("spuk_iza_annex_1")


@pytest.mark.parametrize("table", sources()["cited_figures"].tables, ids=lambda table: table.id)
def test_cited_figures(archive: Archive, captures: dict[str, Capture], table: SourceTable) -> None:
    frame = figures_csv.read_table(archive, captures["cited_figures"], table.id)
    same(table.id, frame.drop("_capture", "_locator"))
    assert frame["_locator"].to_list() == [f"row {n}" for n in range(1, frame.height + 1)]


def test_no_figure_table_is_left_out() -> None:
    names = {
        path.relative_to(FIGURES).with_suffix("").as_posix() for path in FIGURES.rglob("*.csv")
    }
    assert names == compared


# --- the three origins are interchangeable


@pytest.mark.parametrize("id_", NEEDED)
def test_live_and_drop_give_what_the_sample_gives(
    archive: Archive, captures: dict[str, Capture], id_: str, tmp_path: Path
) -> None:
    source, reported = sources()[id_], captures[id_]
    sample = SampleOrigin(SAMPLE, v3_rows=5_000, v4_rows=1_000)

    def served(request: httpx2.Request) -> httpx2.Response:
        answer = sample.fetch(source, Request("asked over HTTP", str(request.url)))
        return httpx2.Response(200, stream=httpx2.ByteStream(answer.body))

    client = httpx2.Client(transport=httpx2.MockTransport(served))
    live = LiveOrigin(sample, lambda: datetime(2026, 1, 1, tzinfo=UTC), client)
    suffix = {"odata_v3": "json", "odata_v4": "json", "bwb": "xml", "csv": "csv"}[source.kind]
    for entry in reported.entries:
        path = tmp_path / "drop" / id_ / f"{entry.name}.{entry.page}.{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(archive.read(entry.sha256))
    drop = DropOrigin(
        tmp_path / "drop", SampleOrigin(SAMPLE), lambda: datetime(2026, 1, 1, tzinfo=UTC)
    )
    other = Archive(tmp_path / "archive")
    for origin in (sample, live, drop):
        assert capture(source, origin, other).content() == reported.content()
    assert [taken.origin for taken in other.captures(id_)] == ["sample", "live", "drop"]


# --- the property behind it: reading undoes rendering, whatever the text

TEXTS = st.one_of(
    st.none(),
    st.text(st.characters(codec="utf-8")),
    st.sampled_from(
        ["0", "-1.50", "1e5", "007", "1.", "NaN", "null", "true", "n.b.", '"', "\\", " 1"]
    ),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=12), size=st.integers(1, 5))
def test_any_text_survives_the_wire(rows: list[tuple[str | None, str | None]], size: int) -> None:
    frame = pl.DataFrame(rows, schema={"text": pl.String, "number": pl.String}, orient="row")
    entity = rendering.Entity(frame, frozenset({"number"}))
    found: list[tuple[str | None, str | None]] = []
    for skip in range(0, len(rows), size):
        body = rendering.page(entity, {"odata.metadata": "x"}, skip, size, ("odata.nextLink", "y"))
        document = odata.parse("s", "n", 1, body)
        assert ("odata.nextLink" in document) == (skip + size < len(rows))
        found += [
            (row["text"], row["number"]) for row in odata.rows_of(document, "s", "n", 1, body)
        ]
    # An empty figure is an absent one; everything else comes back as it was.
    assert found == [(text, number or None) for text, number in rows]


XML_TEXT = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Cn", "Zs", "Zl", "Zp")), min_size=1
)


@given(
    cells=st.lists(
        st.tuples(XML_TEXT, XML_TEXT, XML_TEXT), min_size=1, unique_by=lambda c: (c[0], c[1])
    )
)
def test_any_cell_survives_the_regulation(cells: list[tuple[str, str, str]]) -> None:
    columns = {"component": pl.String, "year": pl.String, "as_printed": pl.String}
    three = pl.DataFrame(cells, schema=columns, orient="row").with_columns(
        version=pl.lit("2025-10-29"), amount_eur=pl.lit("1")
    )
    four = pl.DataFrame(
        schema=dict.fromkeys(("version", "year", "part", "municipality"), pl.String)
    )
    tables = {"brede_spuk_annex_iii": three, "brede_spuk_annex_iv": four}
    body = rendering.bwb_expression(tables.__getitem__, "BWBR0047862", "2025-10-29")
    read = {
        (cell.row_label, cell.header, cell.text)
        for cell in bwb.cells(bwb.parse(body, "s", "n"))
        if cell.column > 1 and cell.text
    }
    assert read == set(cells)
