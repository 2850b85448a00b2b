"""Every format that is spoken, each as a small example: what to ask, what is served, what must come out.

What belongs here: the examples, one a format, so that a test of "any format" is one test. What does
not: how a format looks (`cbs`, `plain`, `site`), and what goes wrong (`faults`, `cases`).
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from assets.ingest.archive import Archive, Capture
from assets.ingest.connectors import (
    bwb,
    figures_csv,
    geojson,
    odata_v3,
    odata_v4,
    sru,
    staatscourant,
)
from assets.ingest.origins.sample import SampleOrigin
from assets.ingest.registry import Source, SourceTable, sources
from expectations.paths import ROOT
from tests.support.cbs_server import other_sources, small_tables
from tests.support.cbs_server.site import FiguresSite, FilesSite, Site

Rows = list[tuple[Any, ...]]

SPUK_IZA = "BWBR0048411"
FILE = "workforce"


@dataclass(frozen=True, slots=True)
class Form:
    """A format. source: with the one table that is served. site: what serves it, in an edition.

    served: the rows as the table has them. read: the rows as the reader gives them from the archive.
    places: what a person calls a request -> the pattern of its address. data: a part of the address of
    every page of data; pages: how many there are. editions: whether another edition has
    other values.
    """

    name: str
    source: Source
    site: Callable[[int], Site]
    served: Callable[[int], Rows]
    read: Callable[[Archive, Capture], Rows]
    places: Mapping[str, str]
    data: str = ""
    pages: int = 1
    editions: bool = True


def _listed(source: str, table: SourceTable) -> Source:
    return sources()[source].model_copy(update={"listed": (table,)})


# --- tables of CBS


def _iv3_served(edition: int) -> Rows:
    return _rows(small_tables.iv3(edition).data)


def _population_served(edition: int) -> Rows:
    return _rows(small_tables.population(edition).data)


def _rows(data: pl.DataFrame | bytes) -> Rows:
    assert isinstance(data, pl.DataFrame)
    return data.rows()


def _read_v3(archive: Archive, taken: Capture) -> Rows:
    frame = odata_v3.read_entity(archive, taken, f"{small_tables.V3}/TypedDataSet")
    return _typed(frame, small_tables.iv3(1).data)


def _read_v4(archive: Archive, taken: Capture) -> Rows:
    frame = odata_v4.read_entity(archive, taken, f"{small_tables.V4}/Observations")
    return _typed(frame, small_tables.population(1).data)


def _typed(frame: pl.DataFrame, like: pl.DataFrame | bytes) -> Rows:
    """The rows in the types of the table."""
    assert isinstance(like, pl.DataFrame)
    # In any other column there is something that was not served.
    assert set(frame.columns) == {*like.columns, "_capture", "_locator"}
    return frame.select(like.columns).cast(like.schema).rows()


# --- XML


def _regulation(_: int) -> Site:
    return FiguresSite(SampleOrigin(ROOT / "sample"), [sources()["spuk_iza"]])


def _regulation_served(_: int) -> Rows:
    figures = pl.read_csv(ROOT / "sample/figures/spuk_iza_annex_1.csv", infer_schema=False)
    return figures.select("region", "mandate_holder").rows()


def _read_regulation(archive: Archive, taken: Capture) -> Rows:
    cells = bwb.read_cells(archive, taken, SPUK_IZA)
    wide = cells.pivot("column", index="row", values="text", maintain_order=True)
    return wide.select("2", "3").rows()


def _read_publication(archive: Archive, taken: Capture) -> Rows:
    cells = staatscourant.read_cells(archive, taken, other_sources.PUBLICATION)
    wide = cells.pivot("column", index="row", values="text", maintain_order=True)
    header = tuple(cells["header"].unique(maintain_order=True))
    return [header, *wide.select("1", "2").rows()]


_SEARCH = sources()["koop_search"]
_QUERY = _SEARCH.tables[0]


def _search(edition: int) -> Site:
    return other_sources.SearchSite(_QUERY.filter or "", edition)


def _read_search(archive: Archive, taken: Capture) -> Rows:
    return sru.read_records(archive, taken, _QUERY.id).select("identifier").rows()


# --- plain files


_YEAR = SourceTable(
    id=f"municipalities_{other_sources.YEAR}",
    title="Gemeenten",
    status="confirmed",
    year=other_sources.YEAR,
    entities=(other_sources.LAYER,),
)
_FIGURES = SourceTable(id=FILE, title="A file that an endpoint has", status="confirmed")


def _read_boundaries(archive: Archive, taken: Capture) -> Rows:
    frame = geojson.read_boundaries(archive, taken, _YEAR.id)
    return frame.select("code", "name", "geometry").rows()


def _file_served(_: int) -> Rows:
    with (ROOT / "sample" / "figures" / f"{FILE}.csv").open(encoding="utf-8", newline="") as file:
        return [tuple(cell or None for cell in row) for row in csv.reader(file)][1:]


def _read_file(archive: Archive, taken: Capture) -> Rows:
    frame = figures_csv.read_table(archive, taken, FILE)
    return frame.drop("_capture", "_locator").rows()


DESCRIPTION = "the table's description"
FORMS: Mapping[str, Form] = {
    form.name: form
    for form in (
        Form(
            "v3",
            small_tables.small_source("v3"),
            small_tables.small_site,
            _iv3_served,
            _read_v3,
            {"page 2": "*/TypedDataSet*skip=3*", DESCRIPTION: "*/TableInfos*"},
            "TypedDataSet",
            small_tables.ROWS // small_tables.PAGE,
        ),
        Form(
            "v4",
            small_tables.small_source("v4"),
            small_tables.small_site,
            _population_served,
            _read_v4,
            {"page 2": "*/Observations*skip=3*", DESCRIPTION: "*/Properties*"},
            "Observations",
            small_tables.ROWS // small_tables.PAGE,
        ),
        Form(
            "XML",
            sources()["spuk_iza"],
            _regulation,
            _regulation_served,
            _read_regulation,
            {"a version": "*/xml/*", "the manifest": "*/manifest.xml"},
            editions=False,
        ),
        Form(
            "publication",
            _listed("kansrijke_wijk", sources()["kansrijke_wijk"].table(other_sources.PUBLICATION)),
            other_sources.PublicationSite,
            other_sources.cells,
            _read_publication,
            {"the text": "*/xml/*", "its metadata": "*/metadata.xml"},
        ),
        Form(
            "search",
            _SEARCH,
            _search,
            lambda edition: [(name,) for name in other_sources.hits(edition)],
            _read_search,
            {"page 2": "/sru*startRecord=4*"},
            "/sru",
            3,
        ),
        Form(
            "GeoJSON",
            _listed("municipal_boundaries", _YEAR),
            other_sources.FeatureSite,
            other_sources.boundaries,
            _read_boundaries,
            {"the layer": "*/wfs/*"},
        ),
        Form(
            "CSV",
            _listed("cited_figures", _FIGURES),
            lambda _: FilesSite(ROOT),
            _file_served,
            _read_file,
            {"the file": "*.csv"},
            editions=False,
        ),
    )
}
