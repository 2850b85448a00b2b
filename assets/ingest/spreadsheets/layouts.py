"""Which layouts there are, per source; and the reading of everything a capture of files holds.

What belongs here: the declared layouts, in the words of their publishers, and the two raw tables of a
source: its rows, and what was told about its files. A file that cannot be read stops no other file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

import polars as pl

from assets.ingest.archive import Archive, Capture, Entry
from assets.ingest.connectors import files as connector
from assets.ingest.spreadsheets import header_tables, sisa_annex, spuk_lists
from assets.ingest.spreadsheets.cell_grid import NOTES, Reading
from assets.ingest.spreadsheets.header_tables import Field, Layout, bare
from assets.ingest.spreadsheets.open_tabular import File, read_file
from expectations.errors import VoorkantError

LayoutReader = Callable[[File], Reading]
_YEAR = re.compile(r"(?<!\d)(20\d\d)(?!\d)")


def municipality_code(printed: str) -> str | None:
    """The code as CBS writes it: `14` -> `GM0014`. Circulars leave the leading zeros out."""
    code = printed.strip().upper().removeprefix("GM")
    return f"GM{code.zfill(4)}" if code.isdecimal() and len(code) <= 4 else None


# --- VWS letters: a name and one amount a year


def _year_amount(header: str) -> Mapping[str, str] | None:
    """`bedrag_2025_eur` or plain `2025`. Two years in one header are a comparison, no amount."""
    years = _YEAR.findall(header)
    header_text = bare(header)
    if len(years) != 1 or not (
        header_text.isdecimal() or header_text.startswith(("bedrag", "uitkering", "jaar"))
    ):
        return None
    return {"year": years[0]}


LETTERS = (
    Layout(
        id="vws_letter/municipalities",
        fields=(Field("name", ("gemeente", "gemeenten", "gemeentezoalsinbron", "gemeentenaam")),),
        measure=_year_amount,
        measures=("year",),
        unit="EUR",
        total=lambda row: row.get("name", "").strip().casefold().startswith("totaal"),
    ),
    Layout(
        id="vws_letter/regions",
        fields=(Field("name", ("regio", "regiomandaattekstinbron", "regiomandaatgemeente")),),
        measure=_year_amount,
        measures=("year",),
        unit="EUR",
        total=lambda row: row.get("name", "").strip().casefold().startswith("totaal"),
    ),
)

# --- gemeentefonds: a row a municipality, a column an item

_CIRCULAR = re.compile(r"GF_(?P<circular>[MSD]20\d\d)_(?P<fund_year>20\d\d)")
_VOLUMES = frozenset({"vest", "inwo"})


def _any(header: str) -> Mapping[str, str] | None:
    return {} if bare(header) else None


def _municipal(id_: str, unit: str, volumes: bool) -> Layout:
    return Layout(
        id=id_,
        fields=(
            Field(
                "municipality_code_printed",
                ("cbs", "cbscode", "gemeentecode"),
                derive=("municipality_code", municipality_code),
            ),
            Field("name", ("naam", "gemeente", "gemeentenaam")),
            Field("province_printed", ("prov", "provincie"), filled=False),
        ),
        measure=_any,
        unit=unit,
        file=_CIRCULAR,
        only=lambda headers: (headers >= _VOLUMES) == volumes,
    )


GEMEENTEFONDS = (
    _municipal("gemeentefonds/volumes", "units of the measure", volumes=True),
    _municipal("gemeentefonds/allocations", "EUR", volumes=False),
    Layout(
        id="gemeentefonds/weights",
        fields=(
            Field("measure_code", ("coderingmaatstaf",), filled=False),
            Field("measure_name", ("naammaatstaf",)),
        ),
        measure=_any,
        unit="EUR per unit",
        file=_CIRCULAR,
    ),
    Layout(
        id="gemeentefonds/factors",
        fields=(Field("circular", ("circulaire",)), Field("fund_year", ("jaar",))),
        measure=lambda header: {} if bare(header) == "uitkeringsfactor" else None,
        unit="factor",
        notation="point",
    ),
    Layout(  # computed from the tables above, with points; a row for the country below
        id="gemeentefonds/clusters",
        fields=(Field("name", ("gemeenten",)),),
        measure=_any,
        unit="EUR",
        notation="point",
        file=_CIRCULAR,
        total=lambda row: row.get("name") == "Nederland",
        only=lambda headers: "totaal" in headers,
    ),
)

# --- the national budget: a row a line of the budget, a column a stage of it

_BUDGET_FILE = re.compile(
    r"Budgettaire_Tabellen_(?P<budget_year>20\d\d)_(?P<stage>OWB|O1|O2|JV|SBS)_(?P<scope>incl|excl)"
)
_STAGES = {
    "standowb": "OWB",
    "standontwerpbegroting": "OWB",
    "standvb": "VB",
    "standvastgesteldebegroting": "VB",
    "stando1": "O1",
    "standeerstesuppletoire": "O1",
    "stando2": "O2",
    "standtweedesuppletoire": "O2",
    "standsbsupp": "SBS",
    "realisatie": "realisatie",
}


def _stage(header: str) -> Mapping[str, str] | None:
    stage = _STAGES.get(bare(header))
    return {"column_stage": stage} if stage else None


def _budget(*headers: str, name: str, required: bool = False) -> Field:
    return Field(name, headers, required=required, filled=False)


_LINE = (
    _budget("vuo", "uitgavenontvangstenverplichtingen", name="vuo", required=True),
    _budget("hoofdstuknummer", "begrotingsnummer", name="chapter_number", required=True),
    _budget("hoofdstuknaam", "naambegroting", name="chapter"),
    _budget("artikelnummer", name="article_number", required=True),
    _budget("artikelnaam", "artikel", name="article"),
    _budget("artikelonderdeelnummer", name="subarticle_number"),
    _budget("artikelonderdeelnaam", name="subarticle"),
    _budget("instrumentnummer", name="instrument_number"),
    _budget("instrumentnaam", name="instrument"),
    _budget("detailnummer", name="detail_number"),
    _budget("detailnaam", name="detail"),
)
RIJKSFINANCIEN = (
    Layout(
        id="rijksfinancien/budget_tables",
        # Rows with J are sums of the rows below them: flagged, because they would count twice.
        fields=(_budget("totaaljn", "totaal", name="total_printed", required=True), *_LINE),
        measure=_stage,
        measures=("column_stage",),
        unit="EUR 1000",
        file=_BUDGET_FILE,
        total=lambda row: row.get("total_printed", "").strip().upper() in ("J", "JA"),
    ),
    Layout(
        id="rijksfinancien/budget_states",
        fields=(_budget("begrotingsjaar", name="budget_year", required=True), *_LINE),
        measure=_stage,
        measures=("column_stage",),
        unit="EUR 1000",
    ),
)

WIE_ONTVINGEN = (
    Layout(
        id="wie_ontvingen/recipients",
        fields=(
            Field("budget_year", ("begrotingsjaar",)),
            Field("chapter_number", ("begrotingshoofdstuk", "begrotingshoofdstuknummer")),
            Field("chapter", ("begrotingsnaam",), filled=False),
            Field("instrument", ("instrument",), filled=False),
            Field("scheme", ("regeling",), filled=False),
            # Some are anonymised, some years are aggregated: an empty recipient is a fact.
            Field("recipient", ("ontvanger",), filled=False),
            Field("kvk_number", ("kvknummer",), required=False, filled=False),
        ),
        measure=lambda header: {} if bare(header) in ("bedragx1000", "bedrag1000") else None,
        unit="EUR 1000",
    ),
)


def _reader(*layouts: Layout) -> LayoutReader:
    return lambda file: header_tables.read(file, layouts)


READERS: dict[str, LayoutReader] = {
    "gemeentefonds": _reader(*GEMEENTEFONDS),
    "rijksfinancien": _reader(*RIJKSFINANCIEN),
    "sisa": sisa_annex.read,
    **{source: _reader(layout) for source, layout in spuk_lists.LAYOUTS.items()},
    "vws_letters": _reader(*LETTERS),
    "wie_ontvingen": _reader(*WIE_ONTVINGEN),
}

COLUMNS: dict[str, tuple[str, ...]] = {
    source: tuple(
        dict.fromkeys(
            [c for layout in layouts for c in layout.columns() if c not in header_tables.TAIL]
            + list(header_tables.TAIL)
        )
    )
    for source, layouts in (
        ("gemeentefonds", GEMEENTEFONDS),
        ("rijksfinancien", RIJKSFINANCIEN),
        ("vws_letters", LETTERS),
        ("wie_ontvingen", WIE_ONTVINGEN),
        *((source, (layout,)) for source, layout in spuk_lists.LAYOUTS.items()),
    )
} | {"sisa": sisa_annex.COLUMNS}


class Readings(NamedTuple):
    """The two raw tables of a source."""

    rows: pl.DataFrame
    notes: pl.DataFrame


def read_capture(archive: Archive, capture: Capture, source: str) -> Readings:
    """Every file of a capture."""
    return read_files(archive, connector.dropped_files(capture), source)


def read_files(
    archive: Archive, files: Iterable[Entry | connector.DroppedFile], source: str
) -> Readings:
    """Each of these files; one that cannot be read is reported with its code, and the others go on."""
    rows = [_empty(COLUMNS[source])]
    notes = [_empty(NOTES)]
    for reading in _readings(archive, files, READERS[source]):
        if isinstance(reading, pl.DataFrame):
            notes.append(reading)
        else:
            rows.append(reading.rows)
            notes.append(reading.notes)
    # Columns of a layout that no file has are there all the same, empty.
    return Readings(pl.concat(rows, how="diagonal"), pl.concat(notes))


def _readings(
    archive: Archive, files: Iterable[Entry | connector.DroppedFile], reader: LayoutReader
) -> Iterator[Reading | pl.DataFrame]:
    for entry in files:
        try:
            yield reader(read_file(archive.read(entry.sha256), entry.name, entry.sha256))
        except VoorkantError as error:
            if not error.code.startswith("VK-F"):
                raise
            yield refused(entry, error)


def refused(entry: Entry | connector.DroppedFile, error: VoorkantError) -> pl.DataFrame:
    """What is reported about a file from which nothing was taken."""
    note = dict.fromkeys(NOTES) | {
        "file": entry.name,
        "kind": "refused",
        "cells": "0",
        "problem": f"{error.code}: {error.problem}",
        "_capture": entry.sha256,
        "_locator": error.where,
    }
    return pl.DataFrame([note], schema=dict.fromkeys(NOTES, pl.String))


def _empty(columns: tuple[str, ...]) -> pl.DataFrame:
    return pl.DataFrame(schema=dict.fromkeys(columns, pl.String))
