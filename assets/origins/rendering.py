"""The project's own figure tables, written in the wire formats of the sources.

What belongs here: layout only, so that the very same connectors read sample and source. Rendering
passes through: a cell that is no number goes out as the same text, an empty cell as null; nothing
is checked, mended or dropped here. That is the work of the rules, and the sample must test them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import polars as pl

from assets.dutch import printed
from assets.registry import SourceTable

Read = Callable[[str], pl.DataFrame]
"""Gives a figure table by its name, all text."""

_JSON_NUMBER = r"^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$"


@dataclass(frozen=True, slots=True)
class Entity:
    """An OData entity: rows of text, and the columns whose text is to go out as a number."""

    rows: pl.DataFrame
    numbers: frozenset[str] = frozenset()


# --- OData pages ---------------------------------------------------------------------------------


def page(
    entity: Entity, context: dict[str, str], skip: int, size: int, link: tuple[str, str]
) -> bytes:
    """One page of an entity. link: name and address of the next page, used when there is one."""
    head = json.dumps(context, ensure_ascii=False)[1:-1]
    rows = ",".join(_objects(entity, skip, size))
    more = skip + size < entity.rows.height
    tail = f",{json.dumps(link[0])}:{json.dumps(link[1])}" if more else ""
    return f'{{\r\n  {head},"value":[\r\n{rows}\r\n  ]{tail}\r\n}}'.encode()


def single(entity: Entity, context: dict[str, str]) -> bytes:
    """An entity that is one object, not a list: the v4 `Properties`."""
    head = json.dumps(context, ensure_ascii=False)[1:-1]
    return f"{{{head},{_objects(entity, 0, 1)[0].strip()[1:]}".encode()


def _objects(entity: Entity, skip: int, size: int) -> pl.Series:
    parts: list[pl.Expr] = []
    for name in entity.rows.columns:
        parts.append(pl.lit(f"{',' if parts else '{'}{json.dumps(name)}:"))
        parts.append(_number(pl.col(name)) if name in entity.numbers else _string(pl.col(name)))
    rows = entity.rows.slice(skip, size)
    return rows.select(pl.concat_str(*parts, pl.lit("}")).alias("row")).to_series()


def _string(column: pl.Expr) -> pl.Expr:
    """The column as JSON: escaped and quoted, null when null."""
    # A struct of one field encodes to {"x":…}; what stands between is the JSON of the text.
    return pl.struct(x=column).struct.json_encode().str.slice(5).str.head(-1)


def _number(column: pl.Expr) -> pl.Expr:
    """The digits as they stand; what is no number goes out as text, nothing as null."""
    return (
        pl.when(column.str.contains(_JSON_NUMBER))
        .then(column)
        .when(column == "")
        .then(pl.lit("null"))
        .otherwise(_string(column))
    )


def _small(numbers: Iterable[str], rows: list[dict[str, Any]]) -> Entity:
    """An entity of a few rows, written out here."""
    text = [{k: None if v is None else str(v) for k, v in row.items()} for row in rows]
    return Entity(pl.DataFrame(text, schema=dict.fromkeys(rows[0], pl.String)), frozenset(numbers))


# --- CBS OData v3 --------------------------------------------------------------------------------

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


def v3_entity(read: Read, table: SourceTable, name: str, modified: str | None) -> Entity | None:
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
        return _small(("ID", "RecordCount", "ColumnCount"), [about])
    if name == "DataProperties":
        described = []
        for n, row in enumerate(properties):
            place = {"odata.type": f"Cbs.OData.{row['Type']}", "ID": n, "Position": n}
            described.append({**place, "ParentID": None, **row})
        return _small(("ID", "Position", "ParentID", "Decimals"), described)
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


def _v3_title(read: Read, table: SourceTable) -> str:
    if table.year is None:
        return table.title
    titles = read("iv3_tables").filter(pl.col("table_id") == table.id)["title"].to_list()
    return str(titles[0]) if titles else table.title


_V3 = tuple[list[dict[str, Any]], Callable[[], Entity], dict[str, Callable[[], Entity]]]


def _iv3(read: Read, table: SourceTable) -> _V3:
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


def _jobs(read: Read) -> _V3:
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


# --- CBS OData v4 --------------------------------------------------------------------------------


def v4_entity(read: Read, table: SourceTable, name: str, modified: str | None) -> Entity | None:
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
        return _small(("ObservationCount",), [about])
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
        return _small(("Index", "Decimals"), [measure])
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
        told = descriptions(read("municipal_changes"))
        regions = read("regions").select(
            pl.col("code").alias("Identifier"),
            pl.int_range(1, pl.len() + 1).cast(pl.String).alias("Index"),
            pl.col("title").alias("Title"),
            pl.col("code")
            .replace_strict(told, default="", return_dtype=pl.String)
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
            opening, line = f"Naamswijziging per {day},", f"nieuwe naam: {to}\r\n"
        else:
            opening = f"{change['kind'].capitalize()} per {day}, overgegaan naar:"
            line = f"- {to},\r\n... {_moved(change)}\r\n"
        blocks.setdefault((change["from_code"], change["date"], opening), []).append(line)
    told: dict[str, list[str]] = {}
    for (code, _, opening), lines in sorted(
        blocks.items(), key=lambda block: block[0][1], reverse=True
    ):
        told.setdefault(code, []).append(f"{opening}\r\n{''.join(lines)}")
    return {code: "\r\n".join(texts) for code, texts in told.items()}


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


# --- BWB -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of a regulation: one row of headers, then rows of text."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Annex:
    """An annex of a regulation with its tables."""

    number: str
    title: str
    grids: tuple[Grid, ...]


# Applies from an earlier day than the one on which it became visible: retroactive.
_EFFECTIVE = {("BWBR0047862", "2023-11-11"): "2023-01-01"}
_ENDLESS = "9999-12-31"


def bwb_versions(read: Read, regulation: str) -> list[str]:
    """The dates of the versions, oldest first. The label of a version is its date and `_0`."""
    if regulation == "BWBR0048411":
        return ["2025-10-18"]
    both = (read("brede_spuk_annex_iii"), read("brede_spuk_annex_iv"))
    return sorted({version for figures in both for version in figures["version"].drop_nulls()})


def bwb_manifest(read: Read, regulation: str) -> bytes:
    """The manifest with one expression per version."""
    versions = bwb_versions(read, regulation)
    expressions = ""
    for version, following in zip(versions, [*versions[1:], _ENDLESS], strict=True):
        effective = _EFFECTIVE.get((regulation, version), version)
        expressions += (
            f'<expression label="{version}_0"><metadata>'
            f"<datum_inwerkingtreding>{effective}</datum_inwerkingtreding>"
            f"<einddatum>{_ENDLESS}</einddatum>"
            f"<zichtdatum_start>{version}</zichtdatum_start><zichtdatum_eind>{following}</zichtdatum_eind>"
            '</metadata><manifestation label="xml">'
            f'<item label="{regulation}_{version}_0.xml" _deleted="false" />'
            "</manifestation></expression>"
        )
    declaration = '<?xml version="1.0" encoding="utf-8"?>'
    return f'{declaration}<work label="{regulation}">{expressions}</work>'.encode()


def bwb_expression(read: Read, regulation: str, version: str) -> bytes:
    """One version of a regulation: its annexes with their tables, nothing else."""
    annexes = _iza(read) if regulation == "BWBR0048411" else _brede(read, version)
    body = "".join(
        f"<bijlage label={quoteattr(f'Bijlage {annex.number}')}>"
        f"<kop><label>Bijlage</label><nr>{annex.number}</nr><titel>{escape(annex.title)}</titel></kop>"
        f"{''.join(map(_cals, annex.grids))}</bijlage>"
        for annex in annexes
    )
    effective = _EFFECTIVE.get((regulation, version), version)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><toestand bwb-id="{regulation}" '
        f'inwerkingtreding="{effective}"><wetgeving soort="ministeriele-regeling" xml:lang="nl">'
        f"<regeling>{body}</regeling></wetgeving></toestand>"
    ).encode()


def _brede(read: Read, version: str) -> list[Annex]:
    of_version = pl.col("version") == version
    three = _grid(
        "Naam onderdeel", read("brede_spuk_annex_iii").filter(of_version), "component", "year"
    )
    four = read("brede_spuk_annex_iv").filter(of_version)
    blocks = four.partition_by("year", "part", maintain_order=True, as_dict=True)
    grids = tuple(
        _grid(str(year), rows, "municipality", "column_label") for (year, _), rows in blocks.items()
    )
    annexes = [
        Annex("III", "Uitkeringsplafonds", (three,)),
        Annex("IV", "Bedragen per gemeente", grids),
    ]
    return [annex for annex in annexes if any(grid.rows for grid in annex.grids)]


def _grid(corner: str, figures: pl.DataFrame, label: str, heading: str) -> Grid:
    """Long figures as they are printed: a row per label, columns in order of first appearance."""
    headings = figures[heading].fill_null("").unique(maintain_order=True).to_list()
    rows: dict[tuple[str, int], dict[str, str]] = {}
    seen: dict[tuple[str, str], int] = {}
    for figure in figures.fill_null("").to_dicts():
        key = (figure[label], figure[heading])
        seen[key] = seen.get(key, 0) + 1  # the same cell twice: a second row, nothing is dropped
        rows.setdefault((figure[label], seen[key]), {})[figure[heading]] = _cell(figure)
    return Grid(
        (corner, *headings),
        tuple((name, *(row.get(h, "") for h in headings)) for (name, _), row in rows.items()),
    )


def _cell(figure: dict[str, str]) -> str:
    return figure["as_printed"] or printed(figure["amount_eur"])


def _iza(read: Read) -> list[Annex]:
    header = (
        "",
        "Samenwerkingsregio",
        "Mandaathouder",
        "Gemeenten in de samenwerkingsregio",
        "Maximumbedrag per jaar 2023–2025",
        "Maximumbedrag per jaar 2026",
    )
    columns = ("number", "region", "mandate_holder", "municipalities")
    amounts = ("max_2023_2025_eur", "max_2026_eur")
    rows = tuple(
        (*(row[column] for column in columns), *(printed(row[column]) for column in amounts))
        for row in read("spuk_iza_annex_1").fill_null("").to_dicts()
    )
    return [Annex("1", "Bijlage behorend bij artikel 4", (Grid(header, rows),))]


def _cals(grid: Grid) -> str:
    width = len(grid.header)
    names = [f"col{number}" for number in range(1, width + 1)]

    def row(texts: tuple[str, ...]) -> str:
        entries = zip(names, texts, strict=True)
        return (
            "<row>"
            + "".join(f'<entry colname="{n}">{_al(text)}</entry>' for n, text in entries)
            + "</row>"
        )

    specs = "".join(f'<colspec colname="{name}" colnum="{n}"/>' for n, name in enumerate(names, 1))
    return (
        f'<table frame="all"><tgroup cols="{width}">{specs}<thead>{row(grid.header)}</thead>'
        f"<tbody>{''.join(map(row, grid.rows))}</tbody></tgroup></table>"
    )


def _al(text: str) -> str:
    return f"<al>{escape(text)}</al>" if text else ""
