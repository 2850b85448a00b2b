"""From an archived body and a locator to the text that stands there: one module per kind of locator.

What belongs here: finding a place in bytes, apart from the readers that made a raw table of them, so that
who opens a source looks at the source. What does not: what a text means, and which body it is. Nothing
heavy is imported: one place must open at once.

    page 1 row 7, feature 7, row 7, row 7 column year     `records`: JSON and CSV
    Bijlage IV, table 7, row 64, column 2                 `annexes`: tables of a regulation
    sheet Blad1 cell C14, cell C14, cell A3:N3            `sheets`: a dropped file
    file, sheet Blad1, list.xlsx                          all of a dropped file, as far as a line can tell
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import PurePath

from assets.ingest.locators.excerpt import Fragment, not_there

Opener = Callable[[bytes, re.Match[str]], Fragment | None]

_ANNEX = re.compile(
    r"(?:(?P<annex>.+), )?table (?P<table>\d+), row (?P<row>\d+), column (?P<column>\d+)"
)
_CELL = re.compile(r"(?:sheet (?P<sheet>.*) )?cell (?P<first>[A-Z]+\d+)(?::(?P<last>[A-Z]+\d+))?")
_RECORD = re.compile(r"(?:page \d+ )?(?P<kind>row|feature) (?P<row>\d+)(?: column (?P<column>.+))?")


def opened(body: bytes, locator: str, name: str = "") -> Fragment:
    """What is at a place. name: of the file or request, for messages.

    Raises VK-A003 when the body has no such place, and what the reader of a dropped file raises.
    """
    # Each form is imported when it is met: one is 0.004 to 0.016 CPU s of the half second of `explain`.
    if found := _ANNEX.fullmatch(locator):
        from assets.ingest.locators.xml_tables import cell

        shown = cell(body, int(found["table"]), int(found["row"]), int(found["column"]))
    elif found := _CELL.fullmatch(locator):
        from assets.ingest.locators.sheets import cell as sheet_cell

        shown = sheet_cell(body, name, found["sheet"], found["first"], found["last"])
    elif found := _RECORD.fullmatch(locator):
        from assets.ingest.locators.records import record

        shown = record(body, found["kind"], int(found["row"]), found["column"])
    elif locator.startswith(("file", "sheet ", PurePath(name).name or "file")):
        shown = Fragment("", (f"> {len(body):,} bytes, the first {body[:40]!r}",), {})
    else:
        shown = None
    if shown is None:
        raise not_there(name, locator)
    return shown


__all__ = ["Fragment", "not_there", "opened"]
