"""CSV -> cells: encoding and separator are found out by rule, and told.

What belongs here: from bytes to fields. A rule that does not lead to one answer is an error: nothing is
guessed. What does not: what a field means; every field is text.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Any

from assets.ingest.spreadsheets.cell_writer import CellWriter
from assets.ingest.spreadsheets.file_limits import FileLimits, too_large, unreadable

SEPARATORS = {"\t": "tab", ";": "semicolon", ",": "comma"}
_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", ""),
    (b"\x00\x00\xfe\xff", ""),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_LOOK = 200  # records that the separator is judged by
_RAGGED = 10_000


def read(path: Path, folder: Path, file: str, limits: FileLimits) -> dict[str, Any]:
    """Write all fields with something in them; give what is to be told of the file."""
    text, encoding, why = decoded(path.read_bytes(), file)
    separator = _separator(text, file)
    csv.field_size_limit(limits.text)
    widths: Counter[int] = Counter()
    row = 0
    with CellWriter(folder, file, limits) as out:
        try:
            records = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
            for row, record in enumerate(records, start=1):
                if not record:
                    continue
                widths[len(record)] += 1
                for column, field in enumerate(record, start=1):
                    if field and not field.isspace():
                        out.add(row, column, "text", False, field)
        except csv.Error as error:
            problem = f"A row cannot be split into fields: {error}."
            if "field larger" in str(error):
                raise too_large(file, problem, f"row {row + 1}") from error
            raise unreadable(file, problem, f"row {row + 1}") from error
    usual = widths.most_common(1)[0][0] if widths else 0
    ragged = _uneven(text, separator, usual) if len(widths) > 1 else {}
    if len(ragged) > _RAGGED:
        raise unreadable(file, f"{len(ragged):,} rows have another number of fields than the rest.")
    return {
        "format": "csv",
        "encoding": encoding,
        "encoding_why": why,
        "separator": SEPARATORS[separator],
        "width": usual,
        "ragged": ragged,
        "cells": out.count,
    }


def decoded(body: bytes, file: str) -> tuple[str, str, str]:
    """The text, its encoding, and why that one: a mark at the start, else UTF-8, else Windows."""
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            if not encoding:
                raise unreadable(file, "The text is in UTF-32, which no office program writes.")
            try:
                text = body.decode(encoding).removeprefix("\ufeff")
            except UnicodeDecodeError as error:
                problem = (
                    f"The file says it is {encoding}, but it is not from byte {error.start} on."
                )
                raise unreadable(file, problem) from error
            return _complete(text, file), encoding, "the mark at the start of the file"
    try:
        return _complete(body.decode("utf-8"), file), "utf-8", "it is valid"
    except UnicodeDecodeError as error:
        start = error.start
    if b"\x00" in body:
        raise unreadable(file, "It holds zero bytes: UTF-16 without a mark, or no text at all.")
    try:
        text = body.decode("cp1252")
    except UnicodeDecodeError as error:
        problem = f"It is neither UTF-8 (byte {start}) nor Windows-1252 (byte {error.start})."
        raise unreadable(file, problem) from error
    return text, "cp1252", f"not valid as UTF-8 from byte {start} on"


def _complete(text: str, file: str) -> str:
    if "\x00" in text:
        raise unreadable(file, "It holds zero bytes: UTF-16 without a mark, or no text at all.")
    return text


def _separator(text: str, file: str) -> str:
    """The separator with which most rows are as wide as the widest of the first ones.

    Prose may hold commas, so counting in a header is not enough: a row of SiSa questions has more
    commas than semicolons. A separator is right when the rows agree on it.
    """
    judged = []
    for separator in SEPARATORS:
        try:
            reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
            widths = Counter(len(record) for record in islice(reader, _LOOK) if record)
        except csv.Error:
            continue
        wide = {width: count for width, count in widths.items() if width > 1}
        if wide:
            width, count = max(wide.items(), key=lambda item: (item[1], item[0]))
            judged.append((count, width, separator))
    judged.sort(reverse=True)
    if not judged:
        return ";"  # a single column: any separator reads it
    if len(judged) > 1 and judged[0][:2] == judged[1][:2]:
        names = " and ".join(SEPARATORS[each[2]] for each in judged[:2])
        raise unreadable(file, f"It can be split by {names} alike.")
    return judged[0][2]


def _uneven(text: str, separator: str, usual: int) -> dict[int, int]:
    """Row -> its number of fields, where that is not the usual one."""
    records = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    numbered = enumerate(records, start=1)
    return {row: len(record) for row, record in numbered if record and len(record) != usual}
