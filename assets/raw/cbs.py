"""Raw tables of CBS: Iv3 deliveries, population and regions, jobs. Strings as served, padding kept."""

from __future__ import annotations

import polars as pl

from assets.framework.declared_tables import RawTable
from assets.ingest.archive import Archive, Capture
from assets.ingest.connectors import odata_v3, odata_v4
from assets.ingest.connectors.bodies import require_columns
from assets.ingest.registry import Source, SourceTable

TRACE = ("_capture", "_locator")


def _stack(
    archive: Archive, capture: Capture, tables: list[SourceTable], entity: str, columns: list[str]
) -> pl.DataFrame:
    """One entity of several yearly tables, with the table's id and year in front."""
    frames = []
    for table in tables:
        name = f"{table.id}/{entity}"
        frame = odata_v3.read_entity(archive, capture, name)
        require_columns(frame, columns, name)
        frames.append(
            frame.select(
                pl.lit(table.id).alias("table_id"),
                pl.lit(str(table.year)).alias("year"),
                *columns,
                *TRACE,
            )
        )
    return pl.concat(frames)


def iv3_municipalities(archive: Archive, capture: Capture, source: Source) -> pl.DataFrame:
    """The dimension `Gemeenten` of each year's Iv3 table: the municipalities of that year."""
    tables = [table for table in source.tables if "Gemeenten" in table.entities]
    return _stack(archive, capture, tables, "Gemeenten", ["Key", "Title"])


def iv3_taakvelden(archive: Archive, capture: Capture, source: Source) -> pl.DataFrame:
    """The dimension `TaakveldBalanspost` of each year's Iv3 table: the code list of that year."""
    tables = [table for table in source.tables if "TaakveldBalanspost" in table.entities]
    return _stack(archive, capture, tables, "TaakveldBalanspost", ["Key", "Title"])


def iv3_amounts(archive: Archive, capture: Capture, source: Source) -> pl.DataFrame:
    """The rows of each year's Iv3 table, in thousands of euros as served."""
    frames = []
    for table in source.tables:
        if not table.data:
            continue
        name = f"{table.id}/TypedDataSet"
        columns = odata_v3.columns_by_title(archive, capture, table.id)
        # Until 2016 the titles read "1ste" and "2de"; the suffix of the key differs between vintages.
        first = odata_v3.titled(columns, name, "1e plaatsing", "1ste plaatsing")
        second = odata_v3.titled(columns, name, "2e plaatsing", "2de plaatsing")
        dimensions = ["TaakveldBalanspost", "Categorie", "Gemeenten", "Verslagsoort"]
        frame = odata_v3.read_entity(archive, capture, name)
        require_columns(frame, [*dimensions, first, second], name)
        frames.append(
            frame.select(
                pl.lit(table.id).alias("table_id"),
                pl.lit(str(table.year)).alias("year"),
                *dimensions,
                pl.col(first).alias("first_publication"),
                pl.col(second).alias("second_publication"),
                *TRACE,
            )
        )
    return pl.concat(frames)


def regions(archive: Archive, capture: Capture, source: Source) -> pl.DataFrame:
    """The region codes of 03759ned; their descriptions tell every merger and boundary change."""
    name = f"{source.tables[0].id}/RegioSCodes"
    frame = odata_v4.read_entity(archive, capture, name)
    columns = ["Identifier", "Title", "Description", "DimensionGroupId"]
    return require_columns(frame, columns, name).select(*columns, *TRACE)


def population(archive: Archive, capture: Capture, source: Source) -> pl.DataFrame:
    """Inhabitants on 1 January per region and year, as observations of 03759ned."""
    name = f"{source.tables[0].id}/Observations"
    frame = odata_v4.read_entity(archive, capture, name)
    columns = ["Measure", "ValueAttribute", "Value", "RegioS", "Perioden"]
    return require_columns(frame, columns, name).select(*columns, *TRACE)


def jobs(archive: Archive, capture: Capture, source: Source) -> pl.DataFrame:
    """Jobs in December of SBI 88, all company sizes, from 83583NED, with the status of each period."""
    table_id = source.tables[0].id
    name = f"{table_id}/TypedDataSet"
    columns = odata_v3.columns_by_title(archive, capture, table_id)
    value = odata_v3.titled(columns, name, "Banen van werknemers in december")
    dimensions = ["BedrijfstakkenBranchesSBI2008", "Bedrijfsgrootte", "Perioden"]
    data = odata_v3.read_entity(archive, capture, name)
    periods = odata_v3.read_entity(archive, capture, f"{table_id}/Perioden")
    require_columns(data, [*dimensions, value], name)
    require_columns(periods, ["Key", "Status"], f"{table_id}/Perioden")
    return data.select(*dimensions, pl.col(value).alias("value"), *TRACE).join(
        periods.select(Perioden="Key", status="Status"),
        on="Perioden",
        how="left",
        maintain_order="left",
    )


TABLES = (
    RawTable("cbs_iv3", "municipalities", iv3_municipalities),
    RawTable("cbs_iv3", "taakvelden", iv3_taakvelden),
    RawTable("cbs_iv3", "amounts", iv3_amounts),
    RawTable("cbs_population", "regions", regions),
    RawTable("cbs_population", "observations", population),
    RawTable("cbs_jobs", "observations", jobs),
)
