"""CBS OData v4: population, and the region codes whose descriptions tell of mergers."""

from __future__ import annotations

import polars as pl

from assets.ingest.origins.rendering.odata import Entity, ReadFigures, small
from assets.ingest.registry import SourceTable


def v4_entity(
    read: ReadFigures, table: SourceTable, name: str, modified: str | None
) -> Entity | None:
    """An entity of the population table; None when the table has no such entity."""
    figures = read("inhabitants")
    if name == "Properties":
        about = {
            "Identifier": table.id,
            "Title": table.title,
            "Language": "nl",
            "Modified": modified,
            "Catalog": "CBS",
            "Status": "Regulier",
            "ObservationCount": figures.height,
            "DatasetType": "Numeric",
            "License": "https://creativecommons.org/licenses/by/4.0/",
            "Source": "CBS.",
        }
        return small(("ObservationCount",), [about])
    if name == "MeasureCodes":
        measure = {
            "Identifier": "M000352",
            "Index": 5,
            "Title": "Bevolking op 1 januari",
            "MeasureGroupId": None,
            "DataType": "Long",
            "Unit": "aantal",
            "Decimals": 0,
        }
        return small(("Index", "Decimals"), [measure])
    if name == "PeriodenCodes":
        periods = (
            figures.select("year")
            .unique(maintain_order=True)
            .select(
                (pl.col("year") + "JJ00").alias("Identifier"),
                pl.int_range(1, pl.len() + 1).cast(pl.String).alias("Index"),
                pl.col("year").alias("Title"),
                pl.lit("").alias("Description"),
                pl.lit("0").alias("DimensionGroupId"),
                pl.lit("Definitief").alias("Status"),
            )
        )
        return Entity(periods, frozenset({"Index"}))
    if name == "RegioSCodes":
        by_code = descriptions(read("municipal_changes"))
        regions = read("regions").select(
            pl.col("code").alias("Identifier"),
            pl.int_range(1, pl.len() + 1).cast(pl.String).alias("Index"),
            pl.col("title").alias("Title"),
            pl.col("code")
            .replace_strict(by_code, default="", return_dtype=pl.String)
            .alias("Description"),
            pl.col("dimension_group_id").alias("DimensionGroupId"),
        )
        return Entity(regions, frozenset({"Index"}))
    if name == "Observations":
        value = pl.col("inhabitants")
        absent = value.is_null() | (value == "")
        rows = figures.select(
            pl.int_range(pl.len()).cast(pl.String).alias("Id"),
            pl.lit("M000352").alias("Measure"),
            pl.when(absent)
            .then(pl.lit("Impossible"))
            .otherwise(pl.lit("None"))
            .alias("ValueAttribute"),
            value.alias("Value"),
            pl.lit(None, pl.String).alias("StringValue"),
            pl.lit("T001019").alias("BurgerlijkeStaat"),
            pl.lit("T001038").alias("Geslacht"),
            pl.lit("10000").alias("Leeftijd"),
            pl.col("region_code").alias("RegioS"),
            (pl.col("year") + "JJ00").alias("Perioden"),
        )
        return Entity(rows, frozenset({"Id", "Value"}))
    return None


def descriptions(changes: pl.DataFrame) -> dict[str, str]:
    """Region code -> what became of it, in the words and the layout of CBS, newest first."""
    blocks: dict[tuple[str, str, str], list[str]] = {}
    for change in changes.fill_null("").to_dicts():
        to = f"{change['to_name']} ({change['to_code']})"
        day = "-".join(reversed(change["date"].split("-")))
        if change["kind"].startswith("naamswijziging"):
            first_line, line = f"Naamswijziging per {day},", f"nieuwe naam: {to}\r\n"
        else:
            first_line = f"{change['kind'].capitalize()} per {day}, overgegaan naar:"
            line = f"- {to},\r\n... {_moved(change)}\r\n"
        blocks.setdefault((change["from_code"], change["date"], first_line), []).append(line)
    by_code: dict[str, list[str]] = {}
    for (code, _, first_line), lines in sorted(
        blocks.items(), key=lambda block: block[0][1], reverse=True
    ):
        by_code.setdefault(code, []).append(f"{first_line}\r\n{''.join(lines)}")
    return {code: "\r\n".join(texts) for code, texts in by_code.items()}


def _moved(change: dict[str, str]) -> str:
    """`2272 hectare met 9526 woningen en 20766 inwoners`; CBS leaves out what it does not know."""
    homes = (
        change["dwellings"]
        and f"{change['dwellings']} {_plural(change['dwellings'], 'woning', 'en')}"
    )
    people = f"{change['inhabitants']} {_plural(change['inhabitants'], 'inwoner', 's')}"
    return f"{change['hectares']} hectare met {f'{homes} en ' if homes else ''}{people}"


def _plural(number: str, word: str, ending: str) -> str:
    return word if number == "1" else word + ending
