"""SiSa annexes: bands of at most six indicators, read by their labels `Indicator: C1/01`.

    Verstrekker | Uitkeringscode | Specifieke uitkering …  | question | question | …
                                                           | Aard controle R | …
                                                           | Indicator: C1/01 | …
                                                           | value | value | …

A band begins two rows above its labels and ends where the next one begins. Its values are one row, or
rows with a number in front: a project, a municipality. What belongs here: this form. What does not:
whether an amount is right. An empty cell is no cell and gives no row; that is not zero.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import islice, takewhile

import polars as pl

from assets.ingest.spreadsheets.cell_grid import (
    Account,
    Cell,
    GridRow,
    Reading,
    sheets,
    unknown_layout,
)
from assets.ingest.spreadsheets.cell_writer import a1
from assets.ingest.spreadsheets.file_limits import too_large
from assets.ingest.spreadsheets.number_notation import is_number
from assets.ingest.spreadsheets.open_tabular import File
from expectations.paths import ROOT

COLUMNS: tuple[str, ...] = (
    "file",
    "layout",
    "sheet",
    "row",
    "year",
    "authority_level",
    "authority_code",
)
COLUMNS += ("provider", "scheme_code", "code_status", "scheme", "indicator", "question", "control")
COLUMNS += ("line", "line_key", "party_code", "party_name", "is_copy", "text", "value_kind")
COLUMNS += ("_capture", "_locator")

CODES = ROOT / "assets" / "sources" / "sisa" / "codes.csv"
WIDEST = 6
_ROWS, _BANDS, _BESIDE = 20_000, 2_000, 6  # more of them and it is no annex

_FILE = re.compile(r"sisa_(20\d\d)_(03|05|06)(\d{4})", re.IGNORECASE)
_LABEL = re.compile(r"Indicator(nummer)?\s*:\s*([A-Z]{1,2}\d{1,3}[A-Z]?)\s*/\s*(\d{1,2})\s*")
_CONTROL = re.compile(r"Aard\s+controle\s*:?\s*(R|D1|D2|n\.?\s?v\.?\s?t\.?)\s*", re.IGNORECASE)
_CODE = re.compile(r"[A-Z]{1,2}\d{1,3}[A-Z]?")
_PARTY = re.compile(r"(0[356]\d{4})\s+(\S.*)", re.DOTALL)
_HEADS = {"verstrekker": "provider", "uitkeringscode": "code"}


@dataclass(slots=True)
class _Band:
    """Labels that stand in one row, and the rows that belong to them. labels: column -> indicator."""

    code: str
    label_row: int
    labels: dict[int, str]
    head: range
    values: range = range(0)
    controls: dict[int, str] = field(default_factory=dict)
    questions: dict[int, str] = field(default_factory=dict)

    @property
    def left(self) -> int:
        return min(self.labels)


@cache
def known_codes() -> pl.DataFrame:
    """Codes of SiSa seen so far: code, scheme_nl, ministry, status (seen in an annex or page), evidence."""
    return pl.read_csv(CODES, infer_schema=False)


def read(file: File) -> Reading:
    """All values of an annex. Raises VK-F004 when no sheet has a label of an indicator."""
    account = Account(file)
    rows: list[dict[str, str | None]] = []
    generations: set[str] = set()
    missing = []
    unnamed = False
    for sheet, numbered in sheets(file):
        grid = dict(islice(numbered, _ROWS + 1))
        bands = _bands(grid)
        beside = Counter(band.label_row for band in bands)
        if bands and (len(grid) > _ROWS or len(bands) > _BANDS or max(beside.values()) > _BESIDE):
            most = f"{_ROWS:,} rows and {_BANDS:,} bands, {_BESIDE} beside each other"
            raise too_large(file.name, f"An annex may have {most}.", f"sheet {sheet}")
        if not bands:
            first = next(iter(grid))
            cells = ", ".join(f"{a1(first, c)} {v.text[:40]!r}" for c, v in grid[first].items())
            missing.append(f"no cell like `Indicator: C1/01`; it starts with {cells}")
            account.note(
                "No indicators in this sheet; it was not read.", sheet, _size(grid, numbered)
            )
            continue
        labels = (grid[band.label_row][band.left].text for band in bands)
        generations |= {"sisa/2019" if "nummer" in label else "sisa/2020" for label in labels}
        account.layout = "+".join(sorted(generations))
        # A workbook may hold many annexes; then each sheet has the name that a file would have.
        name = _FILE.search(sheet or "") or _FILE.search(file.name)
        name_parts = name.groups() if name else (None, None, None)
        about = dict(zip(("year", "authority_level", "authority_code"), name_parts, strict=True))
        unnamed = unnamed or name is None
        rows += (about | row for row in _Sheet(grid, bands, account).rows())
    if not rows and not generations:
        raise unknown_layout(file, missing or ["the file has no cells"])
    if unnamed:
        account.note("The name of the file is not sisa_<year>_<authority>_…: both are unknown.")
    common = {"file": file.name, "layout": account.layout, "_capture": file.capture}
    return account.close(
        pl.DataFrame([common | row for row in rows], schema=dict.fromkeys(COLUMNS, pl.String))
    )


def _size(grid: dict[int, GridRow], rest: Iterator[tuple[int, GridRow]]) -> int:
    return sum(map(len, grid.values())) + sum(len(row) for _, row in rest)


def _bands(grid: dict[int, GridRow]) -> list[_Band]:
    """The bands of a sheet from top to bottom, each with the rows of its head and of its values."""
    found: list[_Band] = []
    for number, row in grid.items():
        labels = {c: m for c, cell in row.items() if (m := _LABEL.fullmatch(cell.text.strip()))}
        codes = list(dict.fromkeys(label[2] for label in labels.values()))
        for code in codes:  # beside each other only in files of people's own making
            own = {c: f"{m[2]}/{m[3].zfill(2)}" for c, m in labels.items() if m[2] == code}
            found.append(_Band(code, number, own, range(_top(grid, number), number + 1)))
    if not found:
        return found
    rows = sorted({band.label_row for band in found})
    tops = {band.label_row: band.head.start for band in found}
    end = max(grid, default=0) + 1
    ends = dict(zip(rows, [*(tops[row] for row in rows[1:]), end], strict=True))
    for band in found:
        band.values = range(band.label_row + 1, ends[band.label_row])
    return found


def _top(grid: dict[int, GridRow], label_row: int) -> int:
    """The first row of a band: its questions, above `Aard controle`, above the labels."""
    top = label_row
    if _controls(grid.get(label_row - 1, {})):
        top -= 1
        above = grid.get(top - 1, {})
        if above and not _controls(above) and not _has_label(above):
            top -= 1
    return top


def _controls(row: GridRow) -> bool:
    return any(_CONTROL.fullmatch(cell.text.strip()) for cell in row.values())


def _has_label(row: GridRow) -> bool:
    return any(_LABEL.fullmatch(cell.text.strip()) for cell in row.values())


class _Sheet:
    """One sheet: takes cells out of the grid as it uses them, so that none is used twice."""

    def __init__(self, grid: dict[int, GridRow], bands: list[_Band], account: Account) -> None:
        self.grid = grid
        self.bands = bands
        self.account = account
        self.heads: dict[str, int] = {}
        self.known = dict(known_codes().select("code", "status").iter_rows())
        self.keys: dict[tuple[str, str], str] = {}  # code and line -> its key
        self.doubled: set[str] = set()

    def rows(self) -> Iterator[dict[str, str | None]]:
        """The raw rows; afterwards all cells are used or set aside."""
        self._header()
        first = self.bands[0].head.start
        for number in [n for n in self.grid if n < first]:
            self._rest(number, "Above the first band.")
        about: dict[str, str | None] = {}
        previous = None
        for index, band in enumerate(self.bands):
            following = self.bands[index + 1 :]
            if band.code != previous:
                about = self._about(band, following)
                previous = band.code
            self._head(band)
            yield from self._values(band, about)
        for number in list(self.grid):
            self._rest(number, "Not below or beside an indicator.")

    def _take(self, row: int, column: int) -> Cell | None:
        cell = self.grid.get(row, {}).pop(column, None)
        self.account.use(cell is not None)
        return cell

    def _rest(self, number: int, problem: str) -> None:
        self.account.set_aside(self.grid.pop(number, {}).values(), problem)

    def _header(self) -> None:
        """The row that names the columns; it may be the row of the first questions."""
        for number in [n for n in self.grid if n <= self.bands[0].label_row]:
            row = self.grid[number]
            named = {c: _HEADS.get(cell.text.strip().casefold()) for c, cell in row.items()}
            if "provider" in named.values():
                self.heads = {name: c for c, name in named.items() if name}
                if number < self.bands[0].head.start:
                    for column in list(row):
                        self._take(number, column)
                else:
                    for column in self.heads.values():
                        self._take(number, column)
                return

    def _about(self, band: _Band, following: list[_Band]) -> dict[str, str | None]:
        """Provider, code and name of a scheme: what stands left of its bands."""
        own = [band, *takewhile(lambda each: each.code == band.code, following)]
        end = max(each.values.stop for each in own)
        left = min(each.left for each in own)
        left = min(each.left for each in own)
        provider: list[str] = []
        scheme: list[str] = []
        for number in [n for n in self.grid if band.head.start <= n < end]:
            for column, cell in list(self.grid.get(number, {}).items()):
                text = cell.text.strip()
                if column >= left or _is_line(cell) or _PARTY.fullmatch(text):
                    continue
                if _LABEL.fullmatch(text):  # of a band beside this one
                    continue
                text = " ".join(cell.text.split())
                if column == self.heads.get("provider"):
                    provider.append(text)
                elif _CODE.fullmatch(text):
                    if text != band.code:
                        problem = (
                            f"The code beside it is {text}, its indicators are of {band.code}."
                        )
                        self.account.remark(cell, problem)
                else:  # its lines are the title, the legal basis and who gets it
                    scheme += [" ".join(line.split()) for line in cell.text.splitlines()]
                self._take(number, column)
        status = self.known.get(band.code, "unknown")
        label = self.grid[band.label_row][band.left]
        if status == "unknown":
            self.account.remark(label, f"The code {band.code} is not in the list of known codes.")
        return {
            "provider": " / ".join(dict.fromkeys(provider)) or None,
            "scheme": " / ".join(dict.fromkeys(filter(None, scheme))) or None,
            "scheme_code": band.code,
            "code_status": status,
        }

    def _head(self, band: _Band) -> None:
        """Take the labels, what kind of control they get, and the questions above them."""
        if len(band.labels) > WIDEST:
            cell = self.grid[band.label_row][band.left]
            self.account.remark(
                cell, f"{len(band.labels)} indicators beside each other; six is usual."
            )
        for column, indicator in band.labels.items():
            label = self._take(band.label_row, column)
            if label and indicator in self.doubled:
                self.account.remark(label, f"The indicator {indicator} comes twice in this sheet.")
            self.doubled.add(indicator)
            for number in reversed(band.head[:-1]):
                above = self._take(number, column)
                if above is None:
                    continue
                control = _CONTROL.fullmatch(above.text.strip())
                if control:
                    band.controls[column] = _control(control[1])
                else:
                    band.questions[column] = " ".join(above.text.split())
            if label and column not in band.controls:
                self.account.remark(label, "No `Aard controle` above this indicator.")

    def _values(self, band: _Band, about: dict[str, str | None]) -> Iterator[dict[str, str | None]]:
        own = [number for number in self.grid if number in band.values]
        filled = {number: _filled(self.grid[number], band) for number in own}
        most = max(filled.values(), default=0)
        for number in own:
            row = self.grid[number]
            if not filled[number]:
                continue
            lines = [c for c, cell in row.items() if c < band.left and _is_line(cell)]
            values = {c: row[c] for c in band.labels if c in row}
            if lines and len(values) == 1 < most and _is_bare(next(iter(values.values()))):
                problem = f"A number alone, where other rows of this band have {most} values."
                self.account.set_aside([row.pop(c) for c in (*lines[-1:], *values)], problem)
                continue
            line = self._take(number, lines[-1]) if lines else None
            yield from self._row(band, about, number, line, sorted(values))

    def _row(
        self,
        band: _Band,
        about: dict[str, str | None],
        number: int,
        line: Cell | None,
        at: list[int],
    ) -> Iterator[dict[str, str | None]]:
        line_text = " ".join(line.text.split()) if line else None
        beside = [c for c in self.grid.get(number, {}) if c < band.left]
        named = [c for c in beside if _PARTY.fullmatch(self.grid[number][c].text.strip())]
        left = self._take(number, named[0]) if named else None
        key = left.text if left else self._key(band, number, line_text)
        party = _PARTY.fullmatch(key.strip()) if key else None
        for column in at:
            question = band.questions.get(column)
            is_copy = bool(question and question.casefold().startswith("kopie"))
            cell = self._take(number, column)
            if cell is None:
                continue
            control = band.controls.get(column)
            if is_copy and key is not None and cell.text.strip() != key.strip():
                self.account.remark(cell, f"A copy that differs from what it copies: {key!r}.")
            if control == "R" and not is_copy and not _is_amount(cell):
                self.account.remark(cell, "Control R asks for an amount; this is not one.")
            own = _PARTY.fullmatch(cell.text.strip()) or party
            yield {
                **about,
                "sheet": cell.sheet,
                "row": str(number),
                "indicator": band.labels[column],
                "question": question,
                "control": control,
                "line": line_text,
                "line_key": key,
                "party_code": own[1] if own else None,
                "party_name": " ".join(own[2].split()) if own else None,
                "is_copy": "true" if is_copy else "false",
                "text": cell.text,
                "value_kind": cell.kind,
                "_locator": cell.locator,
            }

    def _key(self, band: _Band, number: int, line: str | None) -> str | None:
        """What a numbered row is about: its first answer, where that is no amount; later bands copy it."""
        if line is None:
            return None
        known = self.keys.get((band.code, line))
        if known is None:
            cell = self.grid.get(number, {}).get(band.left)
            if cell is not None and band.controls.get(band.left, "n.v.t.") == "n.v.t.":
                known = self.keys[band.code, line] = cell.text
        return known


def _control(printed: str) -> str:
    return "n.v.t." if printed[0] in "nN" else printed.upper()


def _filled(row: GridRow, band: _Band) -> int:
    return sum(column in row for column in band.labels)


def _is_line(cell: Cell) -> bool:
    """Whether a cell left of a band is the number of a row."""
    return bool(re.fullmatch(r"\d{1,4}", cell.text.strip()))


def _is_amount(cell: Cell) -> bool:
    return is_number(cell.text, "point" if cell.kind == "number" else "dutch")


def _is_bare(cell: Cell) -> bool:
    """Whether a cell holds digits only: no name, and no euro sign either."""
    return bool(re.fullmatch(r"\d+", cell.text.strip()))
