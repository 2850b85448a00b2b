"""XLSX -> cells: every cell with something in it, its text exactly as the file stores it.

What belongs here: the parts of a workbook (sheets, shared strings, number formats) and how a cell gets
its text. A number keeps its own digits, it never becomes a float; a date becomes ISO; a formula gives
the result that was stored with it. What does not: what a cell means.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from xml.parsers import expat

from assets.ingest.spreadsheets.cell_writer import CellWriter, a1, place
from assets.ingest.spreadsheets.file_limits import FileLimits, outside, too_large, unreadable
from assets.ingest.spreadsheets.zip_package import opened, part

Attributes = dict[str, str]
_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")
# Number formats that Excel has by itself, for dates and times.
_DATES = {*range(14, 23), 27, 30, 36, *range(45, 48), 50, 57}
_IN_FORMAT = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')


def read(path: Path, folder: Path, file: str, limits: FileLimits) -> dict[str, Any]:
    """Write all cells of all sheets; give what is to be told of the file."""
    with opened(path, file, limits) as package, CellWriter(folder, file, limits) as out:
        names = {name.lower(): name for name in package.namelist()}
        book = _Workbook(package, names, file, limits)
        sheets = [
            _Sheet(book, name, state, out).read(target) for name, state, target in book.sheets
        ]
        return {
            "format": "xlsx",
            "sheets": sheets,
            "cells": out.count,
            "links": sum(name.startswith("xl/externallinks/externallink") for name in names),
        }


def parse(
    pieces: Iterable[bytes],
    file: str,
    name: str,
    start: Callable[[str, Attributes], None],
    end: Callable[[str], None],
    data: Callable[[str], None],
) -> None:
    """Run an XML part past three functions; tags come without their prefix.

    A document type is refused: no part of a workbook has one, and entities are made there.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def first(tag: str, attributes: Attributes) -> None:
        if ":" in tag:  # every tag of this part has a prefix
            parser.StartElementHandler = lambda tag, given: start(tag.rpartition(":")[2], given)
            parser.EndElementHandler = lambda tag: end(tag.rpartition(":")[2])
        else:
            parser.StartElementHandler, parser.EndElementHandler = start, end
        start(tag.rpartition(":")[2], attributes)

    def doctype(*_: object) -> None:
        raise unreadable(file, "It holds a document type declaration, as attacks do.", name)

    parser.StartElementHandler = first
    parser.CharacterDataHandler = data
    parser.StartDoctypeDeclHandler = doctype
    try:
        for piece in pieces:
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise unreadable(file, f"The file is damaged: {error}", name) from error


class _Workbook:
    """What all sheets share. sheets: name, visibility and part, in the order of the workbook."""

    def __init__(
        self, package: zipfile.ZipFile, names: dict[str, str], file: str, limits: FileLimits
    ) -> None:
        self.package, self.names, self.file, self.limits = package, names, file, limits
        self.since_1904 = False
        self.sheets: list[tuple[str, str, str]] = []
        self.strings: list[str] = []
        self.dates: list[bool] = []  # style -> whether it shows a number as a date
        self._list_sheets()
        self._read_strings()
        self._read_styles()

    def pieces(self, name: str) -> Iterable[bytes]:
        return part(self.package, self.names[name.lower()], self.file, self.limits)

    def _list_sheets(self) -> None:
        targets: dict[str, str] = {}
        listed: list[tuple[str, str, str]] = []

        def relation(tag: str, given: Attributes) -> None:
            if tag == "Relationship" and given.get("Type", "").endswith("/worksheet"):
                if given.get("TargetMode") == "External":
                    raise outside(self.file, f"A sheet is at another place: {given.get('Target')}.")
                targets[given.get("Id", "")] = posixpath.normpath(
                    posixpath.join("/xl", given.get("Target", ""))
                ).lstrip("/")

        def sheet(tag: str, given: Attributes) -> None:
            if tag == "workbookPr":
                self.since_1904 = given.get("date1904") in ("1", "true")
            elif tag == "sheet":
                key = next((v for k, v in given.items() if k.rpartition(":")[2] == "id"), "")
                listed.append((given.get("name", ""), given.get("state", "visible"), key))

        if "xl/_rels/workbook.xml.rels" not in self.names:
            raise unreadable(self.file, "The list of sheets is missing.")
        self._walk("xl/_rels/workbook.xml.rels", relation)
        self._walk("xl/workbook.xml", sheet)
        if len(listed) > self.limits.sheets:
            raise too_large(self.file, f"It has more than {self.limits.sheets} sheets.")
        for name, state, key in listed:
            if key not in targets:  # a chart on a sheet of its own has no cells
                continue
            if targets[key].lower() not in self.names:
                raise unreadable(self.file, f"The sheet {name!r} is missing.")
            self.sheets.append((name, state, targets[key]))

    def _read_strings(self) -> None:
        if "xl/sharedstrings.xml" not in self.names:
            return
        state = _Text()

        def end(tag: str) -> None:
            state.end(tag)
            if tag == "si":
                self.strings.append(state.take())

        self._walk("xl/sharedStrings.xml", state.start, end, state.data)

    def _read_styles(self) -> None:
        if "xl/styles.xml" not in self.names:
            return
        own: dict[int, bool] = {}
        inside = [False]

        def start(tag: str, given: Attributes) -> None:
            if tag == "numFmt":
                shown = _IN_FORMAT.sub("", given.get("formatCode", "")).lower()
                is_date = bool(re.search("[ymdhs]", shown)) and "general" not in shown
                own[_int(given.get("numFmtId"))] = is_date
            elif tag == "cellXfs":
                inside[0] = True
            elif tag == "xf" and inside[0]:
                number = _int(given.get("numFmtId"))
                self.dates.append(own.get(number, number in _DATES))

        def end(tag: str) -> None:
            if tag == "cellXfs":
                inside[0] = False

        self._walk("xl/styles.xml", start, end)

    def _walk(
        self,
        name: str,
        start: Callable[[str, Attributes], None],
        end: Callable[[str], None] = lambda _: None,
        data: Callable[[str], None] = lambda _: None,
    ) -> None:
        parse(self.pieces(name), self.file, name, start, end, data)


class _Text:
    """The text of a string: all its runs, without the reading aids of Asian scripts."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._in_text = False
        self._aside = False

    def start(self, tag: str, _: Attributes) -> None:
        if tag == "rPh":
            self._aside = True
        elif tag == "t":
            self._in_text = not self._aside

    def end(self, tag: str) -> None:
        if tag == "rPh":
            self._aside = False
        elif tag == "t":
            self._in_text = False

    def data(self, text: str) -> None:
        if self._in_text:
            self._parts.append(text)

    def take(self) -> str:
        text = "".join(self._parts)
        self._parts.clear()
        return unescaped(text)


@dataclass
class _Sheet:
    """Reads one sheet. Per cell five calls from the parser, so this stays flat."""

    book: _Workbook
    name: str
    state: str
    out: CellWriter
    dimension: str | None = None
    formulas: int = 0
    merged: int = 0
    unresolved: list[str] = field(default_factory=list)
    _row: int = 0
    _column: int = 0
    _type: str = "n"
    _style: str = ""
    _formula: bool = False
    _value: list[str] = field(default_factory=list)
    _collect: bool = False
    _aside: bool = False
    _columns: dict[str, int] = field(default_factory=dict)

    def read(self, target: str) -> dict[str, Any]:
        """All cells of the part `target`; gives what is to be told of the sheet."""
        before = self.out.count
        self.out.new_sheet(self.name)
        parse(self.book.pieces(target), self.book.file, target, self._start, self._end, self._data)
        return {
            "name": self.name,
            "state": self.state,
            "dimension": self.dimension,
            "cells": self.out.count - before,
            "formulas": self.formulas,
            "merged": self.merged,
            "unresolved": self.unresolved,
        }

    def _start(self, tag: str, given: Attributes) -> None:
        if tag == "c":
            self._place(given.get("r"))
            self._type = given.get("t", "n")
            self._style = given.get("s", "")
            self._formula = False
            self._value.clear()
        elif tag == "v":
            self._collect = True
        elif tag == "t":
            self._collect = not self._aside
        elif tag == "f":
            self._formula = True
        elif tag == "row":
            printed = given.get("r")
            self._row = _int(printed) if printed else self._row + 1
            self._column = 0
        elif tag == "rPh":
            self._aside = True
        elif tag == "dimension":
            self._check(given.get("ref", ""))
        elif tag == "mergeCell":
            self.merged += 1

    def _end(self, tag: str) -> None:
        if tag in ("v", "t"):
            self._collect = False
        elif tag == "rPh":
            self._aside = False
        elif tag == "c":
            self._cell()

    def _data(self, text: str) -> None:
        if self._collect:
            self._value.append(text)

    def _place(self, reference: str | None) -> None:
        if reference is None:  # an address may be left out: the next one
            self._column += 1
            return
        found = _REFERENCE.fullmatch(reference)
        if found is None:
            why = f"A cell has the address {reference[:20]!r}."
            raise unreadable(self.book.file, why, f"sheet {self.name}")
        letters = found[1]
        column = self._columns.get(letters)
        if column is None:
            column = 0
            for letter in letters:
                column = column * 26 + ord(letter) - ord("A") + 1
            self._columns[letters] = column
        self._row, self._column = int(found[2]), column

    def _check(self, reference: str) -> None:
        """Refuse a sheet that says itself that it is too large, before a single cell is read."""
        self.dimension = reference[:30]
        corner = _REFERENCE.fullmatch(reference.rpartition(":")[2])
        if corner is None:
            return
        limits = self.book.limits
        self._place(corner[0])
        rows, columns, self._row, self._column = self._row, self._column, 0, 0
        if rows > limits.rows or columns > limits.columns:
            why = f"The sheet says it reaches to {corner[0]}; "
            why += f"{limits.rows:,} rows and {limits.columns:,} columns is the most."
            raise too_large(self.book.file, why, f"sheet {self.name}")

    def _cell(self) -> None:
        if self._type == "n" and self._style == "" and self._value and not self._formula:
            kind, text = "number", _digits("".join(self._value))  # most cells of a large sheet
        else:
            self.formulas += self._formula
            kind, text = self._typed("".join(self._value))
        if text.strip():
            self.out.add(self._row, self._column, kind, self._formula, text)
        elif self._formula and len(self.unresolved) < 1000:
            self.unresolved.append(a1(self._row, self._column))

    def _typed(self, value: str) -> tuple[str, str]:
        """Kind and text of a cell with this stored value."""
        if self._type == "s" and value:
            number = _int(value)
            if not 0 <= number < len(self.book.strings):
                where = place(self.name, a1(self._row, self._column))
                raise unreadable(self.book.file, "A cell points to a text that is absent.", where)
            return "text", self.book.strings[number]
        if self._type in ("str", "inlineStr"):
            return "text", unescaped(value)
        if self._type == "b":
            return "boolean", value
        if self._type == "e":
            return "error", value
        if self._type == "d":
            return "date", value
        if value and self._shows_date():
            return "date", _date(value, self.book.since_1904)
        return "number", _digits(value)

    def _shows_date(self) -> bool:
        style = _int(self._style)
        return bool(self._style) and 0 <= style < len(self.book.dates) and self.book.dates[style]


def unescaped(text: str) -> str:
    """`_x000D_` is how a workbook writes a character that XML cannot hold; half characters stay so."""

    def character(found: re.Match[str]) -> str:
        number = int(found[1], 16)
        return found[0] if 0xD800 <= number < 0xE000 else chr(number)

    return _ESCAPE.sub(character, text) if "_x" in text else text


def _digits(value: str) -> str:
    """The digits as stored; only powers of ten are written out, `2.6E6` is no amount to anyone."""
    if "e" not in value.lower():
        return value
    try:
        number = Decimal(value)
    except InvalidOperation:
        return value
    return format(number, "f") if abs(number.adjusted()) < 40 else value


def _date(value: str, since_1904: bool) -> str:
    """A serial number as ISO 8601; what is no date stays as stored."""
    try:
        days = Decimal(value)
        # 1900 was no leap year, but day 60 of the calendar says it was.
        start = datetime(1904, 1, 1) if since_1904 else datetime(1899, 12, 30 + (days < 60))
        seconds = int((days % 1 * 86400).to_integral_value())
        moment = start + timedelta(days=int(days), seconds=seconds)
    except (InvalidOperation, OverflowError, ValueError):
        return value
    if days < 1:  # a time of day
        return moment.time().isoformat()
    return moment.date().isoformat() if seconds == 0 else moment.isoformat()


def _int(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 10 else -1
