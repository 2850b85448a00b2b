"""Consolidated regulations: the manifest, and the annexes of each version as CALS tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from xml.sax.saxutils import escape, quoteattr

import polars as pl

from assets.calc.dutch_amounts import printed
from assets.ingest.origins.rendering.odata import ReadFigures


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


def bwb_versions(read: ReadFigures, regulation: str) -> list[str]:
    """The dates of the versions, oldest first. The label of a version is its date and `_0`."""
    if regulation == "BWBR0048411":
        return ["2025-10-18"]
    both = (read("brede_spuk_annex_iii"), read("brede_spuk_annex_iv"))
    return sorted({version for figures in both for version in figures["version"].drop_nulls()})


def bwb_manifest(read: ReadFigures, regulation: str) -> bytes:
    """The manifest with one expression per version."""
    versions = bwb_versions(read, regulation)
    expressions = ""
    # Both ends are the last day itself, not the day after it.
    ends = [str(date.fromisoformat(each) - timedelta(days=1)) for each in versions[1:]]
    for version, end in zip(versions, [*ends, _ENDLESS], strict=True):
        effective = _EFFECTIVE.get((regulation, version), version)
        expressions += (
            f'<expression label="{version}_0"><metadata>'
            f"<datum_inwerkingtreding>{effective}</datum_inwerkingtreding>"
            f"<einddatum>{_ENDLESS}</einddatum>"
            f"<zichtdatum_start>{version}</zichtdatum_start><zichtdatum_eind>{end}</zichtdatum_eind>"
            '</metadata><manifestation label="xml">'
            f'<item label="{regulation}_{version}_0.xml" _deleted="false" />'
            "</manifestation></expression>"
        )
    declaration = '<?xml version="1.0" encoding="utf-8"?>'
    return f'{declaration}<work label="{regulation}">{expressions}</work>'.encode()


def bwb_expression(read: ReadFigures, regulation: str, version: str) -> bytes:
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


def _brede(read: ReadFigures, version: str) -> list[Annex]:
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


def _iza(read: ReadFigures) -> list[Annex]:
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
