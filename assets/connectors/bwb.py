"""Consolidated regulations (Basiswettenbestand): a manifest, and one XML body per expression.

What belongs here: the manifest, and every table of every expression as one frame of cells. The
tables are CALS tables: columns have names, cells may span columns and rows.
What does not: what a cell means. A cell that spans is told once, at its first row and column, so
that no amount can be counted twice; headers and row labels do reach all that they span.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import polars as pl

from assets.archive import Archive, Capture
from assets.connectors.bodies import bodies, not_its_format
from assets.registry import Source
from assets.wire import Fetch, Request, Response

COLUMNS = (
    "regulation_id",
    "version",
    "visible_from",
    "effective_from",
    "annex",
    "table",
    "table_title",
    "row",
    "column",
    "header",
    "row_label",
    "text",
    "_capture",
    "_locator",
)

# Elements that start on a line of their own: text before and after them are different words.
_BLOCKS = {"al", "lijst", "li", "noot", "noot.nr", "noot.al", "entry"}
_LABEL = re.compile(r"\d{4}-\d{2}-\d{2}_\d+")


@dataclass(frozen=True, slots=True)
class Expression:
    """One dated state of a regulation, as the manifest names it."""

    label: str
    item: str
    visible_from: str
    effective_from: str

    @property
    def version(self) -> str:
        return self.label.partition("_")[0]


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table body. row and column are counted from 1."""

    annex: str | None
    table: int
    table_title: str | None
    row: int
    column: int
    header: str | None
    row_label: str
    text: str

    @property
    def locator(self) -> str:
        place = f"table {self.table}, row {self.row}, column {self.column}"
        return f"{self.annex}, {place}" if self.annex else place


def collect(source: Source, fetch: Fetch) -> list[Response]:
    """The manifest of every regulation, then every expression that was not deleted."""
    responses = []
    for table in source.tables:
        manifest = fetch(
            Request(f"{table.id}/manifest", f"{source.base_url}/{table.id}/manifest.xml")
        )
        responses.append(manifest)
        for expression in expressions(manifest.body, source.id, manifest.request.name):
            url = f"{source.base_url}/{table.id}/{expression.label}/xml/{expression.item}"
            response = fetch(Request(f"{table.id}/{expression.label}", url))
            parse(response.body, source.id, response.request.name)
            responses.append(replace(response, published_at=expression.visible_from))
    return responses


def read_cells(archive: Archive, capture: Capture, regulation_id: str) -> pl.DataFrame:
    """Every cell of every table of every captured expression of a regulation, as text."""
    rows: list[tuple[str | None, ...]] = []
    manifest_name = f"{regulation_id}/manifest"
    for _, manifest in bodies(archive, capture, manifest_name):
        for expression in expressions(manifest, capture.source, manifest_name):
            name = f"{regulation_id}/{expression.label}"
            for entry, body in bodies(archive, capture, name):
                rows += [
                    (
                        regulation_id,
                        expression.version,
                        expression.visible_from,
                        expression.effective_from,
                        cell.annex,
                        str(cell.table),
                        cell.table_title,
                        str(cell.row),
                        str(cell.column),
                        cell.header,
                        cell.row_label,
                        cell.text,
                        entry.sha256,
                        cell.locator,
                    )
                    for cell in cells(parse(body, capture.source, name))
                ]
    return pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String), orient="row")


def parse(body: bytes, source: str, name: str) -> Element:
    """The root element; a line break instruction (`<?linebreak?>`) is kept, it separates words."""
    # Expat fetches no external entities and refuses documents that grow by expansion (2.4.1 and later).
    parser = ElementTree.XMLParser(target=ElementTree.TreeBuilder(insert_pis=True))  # noqa: S314
    try:
        return ElementTree.fromstring(body, parser)  # noqa: S314
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        raise not_its_format(source, name, 1, body, "The answer is not XML.") from error


def expressions(manifest: bytes, source: str, name: str) -> list[Expression]:
    """The expressions with an XML body, in the order of the manifest."""
    root = parse(manifest, source, name)
    found = []
    for expression in root.iter("expression"):
        label = expression.get("label", "")
        items = [
            item.get("label", "")
            for manifestation in expression.iter("manifestation")
            for item in manifestation.iter("item")
            if manifestation.get("label") == "xml"
            and "true" not in (e.get("_deleted") for e in (expression, manifestation, item))
        ]
        for item in items:
            # Both become part of an address and of a file name: only the known form may pass.
            if not _LABEL.fullmatch(label) or not re.fullmatch(r"[\w.-]+\.xml", item):
                why = f"The manifest names an expression in an unknown form: {label!r}, {item!r}."
                raise not_its_format(source, name, 1, manifest, why)
            found.append(
                Expression(
                    label=label,
                    item=item,
                    visible_from=expression.findtext("metadata/zichtdatum_start", ""),
                    effective_from=expression.findtext("metadata/datum_inwerkingtreding", ""),
                )
            )
    if root.tag != "work":
        raise not_its_format(source, name, 1, manifest, "The answer is XML, but not a manifest.")
    return found


def cells(root: Element) -> Iterator[Cell]:
    """All body cells of all tables of a document, in reading order."""
    for number, (annex, table) in enumerate(_tables(root, None), start=1):
        title = table.find("title")
        table_title = None if title is None else words(title)
        row_number = 0
        for group in table.iter("tgroup"):
            header = _header(group)
            body = group.find("tbody")
            for row in _Grid(group).rows(body):
                row_number += 1
                label = row[min(row)].text if row else ""
                for column, placed in sorted(row.items()):
                    if placed.first:
                        yield Cell(
                            annex,
                            number,
                            table_title,
                            row_number,
                            column,
                            header.get(column),
                            label,
                            placed.text,
                        )


def words(element: Element) -> str:
    """The text of an element, as written; only white space is brought to single blanks."""
    return " ".join(_text(element).split())


def _text(element: Element) -> str:
    parts = [element.text or ""]
    for child in element:
        if not isinstance(child.tag, str):  # a processing instruction: its own text is no content
            parts.append(" ")
        elif child.tag in _BLOCKS:
            parts.append(f" {_text(child)} ")
        elif child.tag != "meta-data":
            parts.append(_text(child))
        parts.append(child.tail or "")
    return "".join(parts)


def _tables(element: Element, annex: str | None) -> Iterator[tuple[str | None, Element]]:
    """Tables in reading order, each with the label of the annex around it."""
    for child in element:
        if child.tag == "table":
            yield annex, child
        else:
            yield from _tables(child, _annex_label(child) if child.tag == "bijlage" else annex)


def _annex_label(annex: Element) -> str | None:
    printed = " ".join(annex.findtext(part, "") for part in ("kop/label", "kop/nr"))
    return " ".join(annex.get("label", printed).split()) or None


def _header(group: Element) -> dict[int, str]:
    """Column -> its header; rows of a header above each other are joined with ` / `."""
    lines: dict[int, list[str]] = {}
    for row in _Grid(group).rows(group.find("thead")):
        for column, placed in row.items():
            texts = lines.setdefault(column, [])
            if placed.text and placed.text not in texts[-1:]:
                texts.append(placed.text)
    return {column: " / ".join(texts) for column, texts in lines.items() if texts}


@dataclass(frozen=True, slots=True)
class _Placed:
    """A text at one place of the grid. first: the place where its cell starts."""

    text: str
    first: bool


@dataclass(slots=True)
class _Grid:
    """Gives every entry of a `tgroup` its columns, through column names, spans and cells above."""

    group: Element
    numbers: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        specs = enumerate(self.group.iter("colspec"), start=1)
        self.numbers = {spec.get("colname", ""): _int(spec.get("colnum"), n) for n, spec in specs}

    def rows(self, part: Element | None) -> Iterator[dict[int, _Placed]]:
        """Row after row: column -> text, spanned places included."""
        above: dict[int, tuple[str, int]] = {}  # column -> text and rows that it still reaches into
        for row in () if part is None else part.iter("row"):
            placed = {column: _Placed(text, first=False) for column, (text, _) in above.items()}
            above = {column: (text, left - 1) for column, (text, left) in above.items() if left > 1}
            free = 1
            for entry in row.iter("entry"):
                while free in placed:
                    free += 1
                start = self._number(entry, "namest", self._number(entry, "colname", free))
                end = max(start, self._number(entry, "nameend", start))
                text = words(entry)
                for column in range(start, end + 1):
                    placed[column] = _Placed(text, first=column == start)
                    if more := _int(entry.get("morerows"), 0):
                        above[column] = (text, more)
                free = end + 1
            yield placed

    def _number(self, entry: Element, attribute: str, otherwise: int) -> int:
        return self.numbers.get(entry.get(attribute, ""), otherwise)


def _int(text: str | None, otherwise: int) -> int:
    return int(text) if text is not None and text.isdecimal() else otherwise
