"""Whatever is in the cells: each is used or set aside, none twice, and only known codes come out.

The layouts run in the process that asked, so nothing a file holds may make them fail or take long.
"""

from __future__ import annotations

import time

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assets.ingest.spreadsheets.cell_grid import SET_ASIDE
from assets.ingest.spreadsheets.cell_writer import a1, place
from assets.ingest.spreadsheets.layouts import READERS
from assets.ingest.spreadsheets.open_tabular import COLUMNS, File
from expectations.errors import VoorkantError

WORDS = {
    "spuk_grants": [
        "Regeling",
        "Uitkeringsjaar",
        "Staat",
        "Bedrag",
        "verleend",
        "2024",
        "€ 1",
        "-",
    ],
    "spuk_payments": ["Scheme", "Grant year", "Amount", "BCF part", "spuk_iza", "2024", "€ 1", "x"],
    "sisa": [
        "Verstrekker",
        "Uitkeringscode",
        "Aard controle R",
        "Aard controle n.v.t.",
        "Indicator: C1/01",
        "Indicator: C1/02",
        "Indicator: H35B/01",
        "Indicatornummer: D8 / 01",
        "C1",
        "1",
        "7",
        "100",
        "€ 0",
        "€ 2.614.500",
        "Kopie projectnaam/nummer",
        "061942 Gemeente Gooise Meren",
        "Ja",
    ],
    "vws_letters": [
        "gemeente",
        "regio",
        "2025",
        "bedrag 2026",
        "Urk",
        "€ 1",
        "€ -",
        "n.n.b.",
        "Totaal",
    ],
    "gemeentefonds": [
        "CBS",
        "Naam",
        "Prov",
        "vest",
        "inwo",
        "14",
        "Urk",
        "1,5",
        " - ",
        "1E5",
        "Totaal",
        "Gemeenten",
        "Codering maatstaf",
        "Naam maatstaf",
        "Circulaire",
        "Jaar",
        "Uitkeringsfactor",
    ],
    "rijksfinancien": [
        "VUO",
        "Totaal",
        "Hoofdstuknummer",
        "Artikelnummer",
        "StandOWB",
        "J",
        "U",
        "1",
        "Begrotingsjaar",
        "Realisatie",
    ],
    "wie_ontvingen": [
        "Begrotingsjaar",
        "Begrotingshoofdstuk",
        "Begrotingsnaam",
        "Instrument",
        "Regeling",
        "Ontvanger",
        "Bedrag (x1000)",
        "KVKnummer",
        "1",
        "x",
    ],
}
HEADERS = {
    "spuk_grants": ["Regeling", "Ontvanger", "Uitkeringsjaar", "Staat", "Bedrag", "Opmerking"],
    "spuk_payments": ["Scheme", "Instalment", "Grant year", "Amount", "BCF part", "Amount"],
    "vws_letters": ["gemeente", "2025", "2026"],
    "gemeentefonds": ["CBS", "Naam", "Prov", "veilig wonen", "veilig wonen"],
    "rijksfinancien": ["VUO", "Totaal", "Hoofdstuknummer", "Artikelnummer", "StandOWB", "StandVB"],
    "wie_ontvingen": [
        "Begrotingsjaar",
        "Begrotingshoofdstuk",
        "Begrotingsnaam",
        "Instrument",
        "Regeling",
        "Ontvanger",
        "Bedrag (x1000)",
    ],
}

Cells = dict[tuple[int, int], str]


def file(cells: Cells, kind: str = "text", ragged: dict[str, int] | None = None) -> File:
    rows = [
        ("x.xlsx", "s", r, c, a1(r, c), kind, False, text, "sha", place("s", a1(r, c)))
        for (r, c), text in sorted(cells.items())
    ]
    kinds = [
        pl.String,
        pl.String,
        pl.Int32,
        pl.Int32,
        pl.String,
        pl.String,
        pl.Boolean,
        *[pl.String] * 3,
    ]
    frame = pl.DataFrame(rows, schema=dict(zip(COLUMNS, kinds, strict=True)), orient="row")
    return File("x.xlsx", "sha", frame, {"format": "xlsx", "width": 4, "ragged": ragged or {}})


def check(source: str, given_file: File) -> None:
    try:
        reading = READERS[source](given_file)
    except VoorkantError as error:
        assert error.code in ("VK-F003", "VK-F004"), error
        return
    assert reading.cells == reading.used + reading.aside == given_file.cells.height
    found = reading.notes.filter(pl.col("kind") == SET_ASIDE)
    assert found["cells"].cast(int).sum() == reading.aside
    assert reading.rows["_locator"].n_unique() == reading.rows.height
    # A figure that became a row is not told as set aside as well.
    single = found.filter(~pl.col("cell").str.contains(":"))["_locator"]
    assert not set(single) & set(reading.rows["_locator"])
    texts = dict(given_file.cells.select("_locator", "text").iter_rows())
    figures = reading.rows.filter(pl.col("text").is_not_null())  # a fact of a list may have none
    assert all(texts[place_] == text for place_, text in figures.select("_locator", "text").rows())


@pytest.mark.parametrize("source", READERS)
@given(data=st.data())
@settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
def test_every_cell_is_accounted_for(source: str, data: st.DataObject) -> None:
    word = st.sampled_from(WORDS[source]) | st.text(min_size=1, max_size=4).filter(str.strip)
    address = st.tuples(st.integers(1, 12), st.integers(1, 8))
    cells: Cells = data.draw(st.dictionaries(address, word, max_size=60))
    for column, text in enumerate(data.draw(st.sampled_from([HEADERS.get(source, []), []])), 1):
        cells[1, column] = text
    ragged = data.draw(st.dictionaries(st.integers(1, 12).map(str), st.integers(1, 6), max_size=3))
    kind = data.draw(st.sampled_from(["text", "number", "error"]))
    check(source, file(cells, kind, ragged))


LARGE: dict[str, tuple[str, Cells]] = {
    "labels beside each other": (
        "sisa",
        {(1, c): f"Indicator: A{c}/01" for c in range(1, 900)}
        | {(r, 1): "1" for r in range(2, 9000)},
    ),
    "a scheme in every row": (
        "sisa",
        {(r, 4): f"Indicator: A{r % 999}/01" for r in range(1, 900)}
        | {(r, 1): "x" for r in range(1, 9_000)},
    ),
    "more rows than an annex has": (
        "sisa",
        {(1, 2): "Indicator: A1/01"} | {(r, 2): "1" for r in range(2, 30_000)},
    ),
    "a wide header over thin rows": (
        "gemeentefonds",
        {(1, c): f"h{c}" for c in range(4, 1000)}
        | {(1, 1): "CBS", (1, 2): "Naam"}
        | {(r, c): "1" for r in range(2, 9000) for c in (1, 2, 900)},
    ),
}


@pytest.mark.parametrize("name", LARGE)
def test_large_files_do_not_take_long(name: str) -> None:
    source, cells = LARGE[name]
    given_file = file(cells)
    before = time.monotonic()
    check(source, given_file)
    assert time.monotonic() - before < 15


def test_bands_beside_and_below_each_other() -> None:
    """Found by the test above: a label left of another band was taken for the name of its scheme."""
    labels = {(1, 3): "Indicator: C1/01", (2, 1): "Indicator: C1/01", (2, 2): "Indicator: H35B/01"}
    check("sisa", file(labels))
