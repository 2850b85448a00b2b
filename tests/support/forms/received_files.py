"""Files as teams drop them, on their way into the ledger: read for real, and a short list of municipalities.

What belongs here: from the bytes of a file to raw rows as the raw tables have them. What does not: what
the rows should become (the tests say that).
"""

from __future__ import annotations

import polars as pl

from assets.ingest.spreadsheets.layouts import READERS, Readings
from tests.support.forms import made_files as made

DAY = "2026-01-02"
DROPPED = {"received_on": pl.lit(DAY), "version": pl.lit("001")}
MUNICIPALITIES = {
    "GM0014": "Groningen",
    "GM0184": "Urk",
    "GM0344": "Utrecht",
    "GM0402": "Hilversum",
    "GM1705": "Lingewaard",
    "GM1942": "Gooise Meren",
}


def lists() -> pl.LazyFrame:
    """The municipalities of 2019 to 2026; Weesp until 2022, Hengelo with its province from 2024."""
    rows = [(y, c, n) for y in range(2019, 2027) for c, n in MUNICIPALITIES.items()]
    rows += [(year, "GM0457", "Weesp") for year in range(2019, 2023)]
    rows += [(y, "GM0164", "Hengelo" if y < 2024 else "Hengelo (O.)") for y in range(2019, 2027)]
    schema = {"year": pl.Int16, "municipality_code": pl.String, "municipality_name": pl.String}
    return pl.LazyFrame(rows, schema=schema, orient="row")


def readings(source: str, body: bytes, name: str) -> Readings:
    """Both raw tables of one file."""
    reading = READERS[source](made.read(body, name))
    assert reading.cells == reading.used + reading.aside
    return Readings(*(each.with_columns(**DROPPED) for each in (reading.rows, reading.notes)))
