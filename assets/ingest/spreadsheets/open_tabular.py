"""A file's bytes -> its cells as one frame of text, read in the sandbox.

What belongs here: which reader a file gets (by its first bytes, never by its name) and the raw frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assets.ingest.spreadsheets.cell_writer import CELLS, letters
from assets.ingest.spreadsheets.file_limits import FileLimits, unreadable
from assets.ingest.spreadsheets.zip_package import COMPOUND, EMPTY_ZIP, ZIP, refuse_compound

if TYPE_CHECKING:
    import polars as pl

COLUMNS: tuple[str, ...] = ("file", "sheet", "row", "column", "cell", "kind", "formula", "text")
COLUMNS += ("_capture", "_locator")


@dataclass(frozen=True, slots=True)
class File:
    """The cells of a file. name: as it was in the folder. capture: its sha256.

    cells: COLUMNS, in reading order, only cells with something in them. facts: what the reader told:
    format, encoding and separator or sheets, formulas, rows of another width.
    """

    name: str
    capture: str
    cells: pl.DataFrame
    facts: dict[str, Any]

    def notes(self) -> list[str]:
        """What a person should know about how this file was read."""
        notes = []
        facts = self.facts
        if facts["format"] == "csv":
            why = facts["encoding_why"]
            notes.append(f"Read as {facts['encoding']} ({why}), separated by {facts['separator']}.")
        if facts.get("links"):
            notes.append(
                "Links to other workbooks were not followed; their stored results are used."
            )
        for sheet in facts.get("sheets", ()):
            if sheet["formulas"]:
                formulas = f"{sheet['formulas']} formulas; their stored results are used."
                notes.append(f"Sheet {sheet['name']}: {formulas}")
            if sheet["unresolved"]:
                cells = ", ".join(sheet["unresolved"][:20])
                notes.append(f"Sheet {sheet['name']}: formulas without a stored result: {cells}.")
            if sheet["state"] != "visible":
                notes.append(f"Sheet {sheet['name']} is hidden; it was read like the others.")
        return notes


def read_file(body: bytes, name: str, capture: str, limits: FileLimits | None = None) -> File:
    """Read a CSV or XLSX. Raises VK-F001, VK-F002, VK-F003 or VK-F005; the process lives on."""
    import polars as pl

    from assets.ingest.spreadsheets import sandbox

    schema = {
        "sheet": pl.String,
        "row": pl.Int32,
        "column": pl.Int32,
        "kind": pl.String,
        "formula": pl.Boolean,
        "text": pl.String,
    }

    def collect(facts: dict[str, Any], folder: Path) -> File:
        path = folder / CELLS
        frame = pl.DataFrame(schema=schema)
        if path.stat().st_size:
            frame = pl.read_ndjson(path, schema=schema)
        if frame.height != facts["cells"] or any(frame.drop("sheet").null_count().row(0)):
            raise unreadable(name, "The reader gave other cells than it said.")
        return File(name, capture, _addressed(frame, name, capture), facts)

    return sandbox.run(
        "assets.ingest.spreadsheets.open_tabular:read_cells", body, name, collect, limits
    )


def read_cells(
    path: Path, folder: Path, file: str, limits: FileLimits, _: dict[str, Any]
) -> dict[str, Any]:
    """In the child: look at the first bytes, and read."""
    from assets.ingest.spreadsheets import delimited, workbook

    with path.open("rb") as given:
        start = given.read(512)
    if start.startswith(COMPOUND):
        raise refuse_compound(path, file)
    if start.startswith((ZIP, EMPTY_ZIP)):
        return workbook.read(path, folder, file, limits)
    if not start.strip():
        raise unreadable(file, "The file is empty.")
    for mark, form in ((b"%PDF", "a PDF"), (b"{", "JSON"), (b"<", "a web page or XML")):
        if start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(mark):
            raise unreadable(file, f"This is {form}, not a table.")
    return delimited.read(path, folder, file, limits)


def _addressed(frame: pl.DataFrame, name: str, capture: str) -> pl.DataFrame:
    """The cells with their addresses as people write them."""
    import polars as pl

    numbers = pl.Series(range(1, int(frame["column"].max() or 1) + 1), dtype=pl.Int32)  # type: ignore[arg-type]
    names = pl.Series([letters(number) for number in numbers])
    sheet = pl.concat_str(pl.lit("sheet "), "sheet", pl.lit(" ")).fill_null("")
    label = pl.col("column").replace_strict(numbers, names, return_dtype=pl.String)
    return (
        frame.with_columns(cell=pl.concat_str(label, pl.col("row").cast(pl.String)))
        .with_columns(
            file=pl.lit(name),
            _capture=pl.lit(capture),
            _locator=pl.concat_str(sheet, pl.lit("cell "), "cell"),
        )
        .select(COLUMNS)
    )
