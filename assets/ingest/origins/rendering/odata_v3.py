"""CBS OData v3: Iv3 per year, and the jobs in SBI 88. Keys are padded as at the source."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl

from assets.ingest.origins.rendering.odata import Entity, ReadFigures, small
from assets.ingest.registry import SourceTable

IV3_TITLES = {
    "L": "Lasten (som over categorieën, opgeteld door voorkant)",
    "B": "Baten (som over categorieën, opgeteld door voorkant)",
    "B4.3.1": "B4.3.1 Inkomensoverdrachten - Rijk",
    "X000": "Begroting",
    "X001": "1e kwartaal",
    "X002": "2e kwartaal",
    "X003": "3e kwartaal",
    "X004": "4e kwartaal",
    "X005": "Jaarrekening",
}


def v3_entity(
    read: ReadFigures, table: SourceTable, name: str, modified: str | None
) -> Entity | None:
    """An entity of a v3 table; None when the table has no such entity."""
    properties, data, dimensions = _jobs(read) if table.year is None else _iv3(read, table)
    if name == "TableInfos":
        title, rows = _v3_title(read, table), data().rows
        about = {
            "ID": 0,
            "Identifier": table.id,
            "Title": title,
            "ShortTitle": title,
            "Modified": modified,
            "OutputStatus": "Regulier",
            "Source": "CBS.",
            "Language": "nl",
            "Catalog": "CBS" if table.year is None else "IV3",
            "RecordCount": rows.height,
            "ColumnCount": rows.width - 1,
        }
        return small(("ID", "RecordCount", "ColumnCount"), [about])
    if name == "DataProperties":
        described = []
        for n, row in enumerate(properties):
            place = {"odata.type": f"Cbs.OData.{row['Type']}", "ID": n, "Position": n}
            described.append({**place, "ParentID": None, **row})
        return small(("ID", "Position", "ParentID", "Decimals"), described)
    if name == "TypedDataSet":
        return data()
    return dimensions[name]() if name in dimensions else None


def _property(
    kind: str,
    key: str,
    title: str,
    datatype: str | None = None,
    unit: str | None = None,
    decimals: int | None = None,
    default: str | None = None,
) -> dict[str, Any]:
    """A column of a v3 table; dimensions have no type and no unit."""
    return {
        "Type": kind,
        "Key": key,
        "Title": title,
        "Datatype": datatype,
        "Unit": unit,
        "Decimals": decimals,
        "Default": default,
    }


def _v3_title(read: ReadFigures, table: SourceTable) -> str:
    if table.year is None:
        return table.title
    titles = read("iv3_tables").filter(pl.col("table_id") == table.id)["title"].to_list()
    return str(titles[0]) if titles else table.title


_V3 = tuple[list[dict[str, Any]], Callable[[], Entity], dict[str, Callable[[], Entity]]]


def _iv3(read: ReadFigures, table: SourceTable) -> _V3:
    """Properties, rows and dimensions of one year of Iv3. Key widths as in the source."""
    old = table.year is not None and table.year <= 2016
    post = "FunctieKostenplaatsBalanspost" if old else "TaakveldBalanspost"
    titles = ("1ste plaatsing", "2de plaatsing") if old else ("1e plaatsing", "2e plaatsing")
    keys = [f"k_{title.replace(' p', 'P')}_{n}" for n, title in enumerate(titles, 1)]
    properties = [
        _property("Dimension", post, post),
        _property("Dimension", "Categorie", "Categorie"),
        _property("GeoDimension", "Gemeenten", "Gemeenten"),
        _property("Dimension", "Verslagsoort", "Verslagsoort"),
        _property("Topic", keys[0], titles[0], "Double", "1 000 euro", 3, "Impossible"),
        _property("Topic", keys[1], titles[1], "Double", "1 000 euro", 3, "Impossible"),
    ]
    of_year = pl.col("year") == str(table.year)

    def figures() -> pl.DataFrame:
        if table.data:
            return read(f"iv3/{table.id}")
        names = ("verslagsoort", "gemeente", "taakveld", "categorie", "amount_keur")
        return pl.DataFrame(schema=dict.fromkeys(names, pl.String))

    def data() -> Entity:
        rows = figures().select(
            pl.int_range(pl.len()).cast(pl.String).alias("ID"),
            pl.col("taakveld").str.pad_end(6).alias(post),
            pl.col("categorie").str.pad_end(8).alias("Categorie"),
            pl.col("gemeente").str.pad_end(10).alias("Gemeenten"),
            pl.col("verslagsoort").alias("Verslagsoort"),
            pl.lit(None, pl.String).alias(keys[0]),
            pl.col("amount_keur").alias(keys[1]),
        )
        return Entity(rows, frozenset({"ID", *keys}))

    def taakvelden() -> Entity:
        rows = read("iv3_taakvelden").filter(of_year)
        return _dimension(rows["code"].str.pad_end(6), rows["title"])

    def categories() -> Entity:
        used = figures()["categorie"].unique(maintain_order=True)
        return _dimension(used.str.pad_end(8), used.replace(IV3_TITLES))

    def municipalities() -> Entity:
        rows = read("municipalities_by_year").filter(of_year)
        return _dimension(rows["municipality_code"].str.pad_end(10), rows["name"])

    def reports() -> Entity:
        used = figures()["verslagsoort"].unique(maintain_order=True)
        return _dimension(used, used.str.tail(4).replace(IV3_TITLES))

    return (
        properties,
        data,
        {
            post: taakvelden,
            "Categorie": categories,
            "Gemeenten": municipalities,
            "Verslagsoort": reports,
        },
    )


def _jobs(read: ReadFigures) -> _V3:
    """Properties, rows and dimensions of the jobs in SBI 88."""
    topic = "BanenVanWerknemersInDecember_1"
    branch = "BedrijfstakkenBranchesSBI2008"
    properties = [
        _property("Dimension", branch, "Bedrijfstakken/branches (SBI 2008) "),
        _property("Dimension", "Bedrijfsgrootte", "Bedrijfsgrootte"),
        _property("TimeDimension", "Perioden", "Perioden"),
        _property(
            "Topic", topic, "Banen van werknemers in december", "Float", "x 1 000", 1, "Zero"
        ),
    ]
    period = pl.col("year") + "JJ00"

    def data() -> Entity:
        rows = read("jobs_sbi88").select(
            pl.int_range(pl.len()).cast(pl.String).alias("ID"),
            pl.lit("426600 ").alias(branch),
            pl.lit("T001098").alias("Bedrijfsgrootte"),
            period.alias("Perioden"),
            pl.col("jobs_x1000").alias(topic),
        )
        return Entity(rows, frozenset({"ID", topic}))

    def periods() -> Entity:
        described = {
            "NaderVoorlopig": "Nader voorlopige cijfers",
            "Voorlopig": "Voorlopige cijfers",
        }
        status = pl.col("period_status")
        return Entity(
            read("jobs_sbi88").select(
                period.alias("Key"),
                (pl.col("year") + " december").alias("Title"),
                status.replace_strict(described, default="").alias("Description"),
                status.alias("Status"),
            )
        )

    def branches() -> Entity:
        return _dimension(
            pl.Series(["426600 "]), pl.Series(["88 Welzijnszorg zonder overnachting"])
        )

    def sizes() -> Entity:
        return _dimension(pl.Series(["T001098"]), pl.Series(["Totaal"]))

    return properties, data, {branch: branches, "Bedrijfsgrootte": sizes, "Perioden": periods}


def _dimension(keys: pl.Series, titles: pl.Series) -> Entity:
    frame = pl.DataFrame({"Key": keys, "Title": titles})
    nothing = pl.lit(None, pl.String)
    return Entity(frame.with_columns(Description=nothing, CategoryGroupID=nothing))
