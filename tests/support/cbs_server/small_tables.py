"""Two tables of twelve rows on pages of three: enough for every fault that needs several pages.

Each edition has other figures, another date and another version, as a table that CBS replaced.
"""

from __future__ import annotations

import polars as pl

from assets.ingest.registry import Source, sources
from tests.support.cbs_server.cbs import CbsSite, Table

ROWS, PAGE = 12, 3
V3, V4 = "45063NED", "03759ned"
SOUGHT = {"v3": V3, "v4": V4}
CATALOGUES = {"v3": "/ODataCatalog/Tables*", "v4": "*/Datasets*"}
_REPORTS = ("2023X000", "2023X005")


def small_site(edition: int, catalogue_rows: int | None = None) -> CbsSite:
    """Both tables in this edition. In each catalogue another table, without rows, stands before it."""
    others = [
        _listed_only(iv3(edition), "45059NED", "Gemeenten 2022 onbewerkte Iv3-data"),
        _listed_only(population(edition), "84721NED", "Gebieden in Nederland 2020"),
    ]
    return CbsSite([*others, iv3(edition), population(edition)], catalogue_rows)


def _listed_only(like: Table, id_: str, title: str) -> Table:
    about = {**like.about, "Identifier": id_, "Title": title}
    return Table(id_, like.generation, about, pl.DataFrame())


def sought_source(generation: str) -> Source:
    """The project's own source as if the id of its table were not known, only its title."""
    source = small_source(generation)
    (table,) = source.tables
    sought = {"id": "sought", "status": "unresolved", "resolve_title": table.title}
    return source.model_copy(update={"listed": (table.model_copy(update=sought),)})


def small_source(generation: str) -> Source:
    """The project's own source with the one table that is served here, read without a filter."""
    id_, table_id = {"v3": ("cbs_iv3", V3), "v4": ("cbs_population", V4)}[generation]
    source = sources()[id_]
    table = source.table(table_id).model_copy(update={"filter": None})
    return source.model_copy(update={"listed": (table,)})


def iv3(edition: int) -> Table:
    """Iv3 of 2023 in the shape of dataderden: padded keys, absent cells, columns with a suffix."""
    keys = [
        (r, t, g) for r in _REPORTS for t in ("6.1", "6.2", "7.1") for g in ("GM0363", "GM0518")
    ]
    data = pl.DataFrame(
        {
            "ID": range(ROWS),
            "TaakveldBalanspost": [taakveld.ljust(6) for _, taakveld, _ in keys],
            "Categorie": ["L1.1    "] * ROWS,
            "Gemeenten": [municipality.ljust(10) for _, _, municipality in keys],
            "Verslagsoort": [report for report, _, _ in keys],
            "k_1ePlaatsing_1": [None if n % 5 == 4 else 100.5 * edition + n for n in range(ROWS)],
            "k_2ePlaatsing_2": [None if n % 3 else 100.25 * edition + n for n in range(ROWS)],
        }
    )
    about = {
        "Updated": _modified(edition)[:19],
        "ID": 0,
        "Identifier": V3,
        "Title": "Gemeenten 2023 onbewerkte Iv3-data",
        "ShortTitle": "Gemeenten 2023 onbewerkte Iv3-data",
        "Modified": _modified(edition)[:19],
        "OutputStatus": "Regulier",
        "Language": "nl",
        "Catalog": "IV3",
        "RecordCount": ROWS,
        "ColumnCount": 6,
    }
    properties = [
        *(("Dimension", name, name, None) for name in data.columns[1:4]),
        ("TimeDimension", "Verslagsoort", "Verslagsoort", None),
        ("Topic", "k_1ePlaatsing_1", "1e plaatsing", "Double"),
        ("Topic", "k_2ePlaatsing_2", "2e plaatsing", "Double"),
    ]
    described = pl.DataFrame(
        [
            {
                "odata.type": f"Cbs.OData.{kind}",
                "ID": number,
                "Position": number,
                "ParentID": None,
                "Type": kind,
                "Key": key,
                "Title": title,
                "Datatype": datatype,
                "Decimals": 0 if datatype else None,
            }
            for number, (kind, key, title, datatype) in enumerate(properties)
        ],
        infer_schema_length=None,
    )
    dimensions = {name: _dimension(data[name]) for name in data.columns[1:5]}
    return Table(V3, "v3", about, data, {"DataProperties": described, **dimensions}, PAGE)


def population(edition: int) -> Table:
    """Observations in the shape of datasets.cbs.nl: a value, and why there is none."""
    keys = [(f"GM{code}", year) for code in ("0363", "0518", "0599", "0344") for year in (1, 2, 3)]
    values = [None if n == 7 else 1000 * edition + n for n in range(ROWS)]
    data = pl.DataFrame(
        {
            "Id": range(100, 100 + ROWS),
            "Measure": ["M000352"] * ROWS,
            "ValueAttribute": ["Impossible" if value is None else "None" for value in values],
            "Value": values,
            "StringValue": pl.Series([None] * ROWS, dtype=pl.String),
            "BurgerlijkeStaat": ["T001019"] * ROWS,
            "Geslacht": ["T001038"] * ROWS,
            "Leeftijd": ["10000"] * ROWS,
            "RegioS": [region for region, _ in keys],
            "Perioden": [f"202{year}JJ00" for _, year in keys],
        }
    )
    about = {
        "Identifier": V4,
        "Title": "Bevolking op 1 januari en gemiddeld; geslacht, leeftijd en regio",
        "Language": "nl",
        "Modified": _modified(edition),
        "Catalog": "CBS",
        "Version": f"20260{edition}010000",
        "Status": "Regulier",
        "ObservationCount": ROWS,
        "ObservationsModified": _modified(edition),
        "DatasetType": "Numeric",
    }
    entities = {
        "Dimensions": pl.DataFrame(
            {"Identifier": ["RegioS", "Perioden"], "Kind": ["GeoDimension", "TimeDimension"]}
        ),
        "MeasureCodes": _codes(pl.Series(["M000352"])),
        "RegioSCodes": _codes(data["RegioS"]),
        "PeriodenCodes": _codes(data["Perioden"]).with_columns(Status=pl.lit("Definitief")),
    }
    return Table(V4, "v4", about, data, entities, PAGE)


def _modified(edition: int) -> str:
    return f"2026-06-{edition:02}T02:00:00+02:00"


def _dimension(keys: pl.Series) -> pl.DataFrame:
    return pl.DataFrame({"Key": keys.unique(maintain_order=True)}).with_columns(
        Title=pl.col("Key").str.strip_chars(), Description=pl.lit("")
    )


def _codes(identifiers: pl.Series) -> pl.DataFrame:
    return pl.DataFrame({"Identifier": identifiers.unique(maintain_order=True)}).with_columns(
        Index=pl.int_range(1, pl.len() + 1),
        Title=pl.col("Identifier"),
        Description=pl.lit(""),
        DimensionGroupId=pl.lit("0"),
    )
