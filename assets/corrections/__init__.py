"""Guarded corrections: cells in which a source is known to be wrong, one file `<id>.yaml` each.

What belongs here: their strict model, the loader, and the pure function that applies them to the rows a
source served, between raw and core; the raw table keeps the source's own strings. What does not: doubts.
A figure that is only surprising, or two publications that differ, is for a rule to report.

A correction holds as long as the source says what it corrects. After that it does nothing but say so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, Self

import polars as pl
from pydantic import Field, model_validator

from assets.ingest.registry import FilledText, sources
from expectations import yaml_files, yaml_models
from expectations.errors import VoorkantError
from expectations.yaml_files import DeclarationKind, DeclarationProblem
from expectations.yaml_models import Found, Strict

FOLDER = Path(__file__).parent
KIND = DeclarationKind(
    "VK-C005",
    "The correction",
    "Nothing was built.",
    "Correct the named keys; docs/howto/corrections.md shows a correction.",
)

# What a release publishes: one row per correction that touches what its tables were made of.
_COLUMNS = (
    "id", "source", "table", "cell", "before", "after", "reason", "evidence", "status", "outcome",
    "served", "capture_sha256", "locator",
)  # fmt: skip
CORRECTIONS = pl.Schema(dict.fromkeys(_COLUMNS, pl.String()))

CorrectionRecord = dict[str, str | None]


class CorrectedCell(Strict):
    """One cell of a raw table: the row whose columns hold exactly these texts, and its column.

    row: column -> text as served, padding included; null is a missing cell, "" an empty one.
    """

    row: dict[FilledText, str | None] = Field(min_length=1)
    column: FilledText

    @model_validator(mode="after")
    def _by_its_content(self) -> Self:
        if places := sorted(name for name in (*self.row, self.column) if name.startswith("_")):
            raise ValueError(f"{places[0]!r} says where a row was read, not what the source says")
        return self

    def found(self) -> pl.Expr:
        """Whether a row is the one that is meant."""
        return pl.all_horizontal(
            pl.col(name).eq_missing(pl.lit(text, pl.String)) for name, text in self.row.items()
        )

    def __str__(self) -> str:
        row = ", ".join(f"{name} {_shown(text)}" for name, text in self.row.items())
        return f"{row}: {self.column}"


class CorrectionEvidence(Strict):
    """Where it can be read that the source is wrong. place: page, article or cell."""

    document: FilledText
    place: FilledText | None = None
    url: FilledText | None = None

    def __str__(self) -> str:
        return ", ".join(part for part in (self.document, self.place, self.url) if part)


class Correction(Strict):
    """One cell of a source that is known to be wrong.

    table: the raw table is `raw_<source>__<table>`. before: the text as served, which must still be there.
    status: `confirmed` by the producer, `reported` to the producer, or `evident` from other official
    publications.
    """

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    source: FilledText
    table: FilledText
    cell: CorrectedCell
    before: str | None
    after: str | None
    reason: FilledText
    evidence: tuple[CorrectionEvidence, ...] = Field(min_length=1)
    status: Literal["confirmed", "reported", "evident"]

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if self.before == self.after:
            raise ValueError("after: the same as before")
        column = self.cell.column
        if self.cell.row.get(column, self.before) != self.before:
            raise ValueError(f"before: the row is found by another text in {column!r}")
        return self

    @property
    def raw(self) -> str:
        """The raw table it is about."""
        return f"raw_{self.source}__{self.table}"

    def sentence(self) -> str:
        """What it does, in one sentence."""
        return f"{self.cell} is {_shown(self.after)}, not {_shown(self.before)}. {self.reason}"


@dataclass(frozen=True, slots=True)
class CorrectionOutcome:
    """What came of a correction.

    outcome: `mended`, the source itself says what the correction says; `changed`, it says something else
    again; `not_found`, not exactly one row is the one that is meant. served: what the source says now.
    """

    correction: Correction
    outcome: Literal["applied", "mended", "changed", "not_found"]
    rows: int
    served: str | None = None
    capture: str | None = None
    locator: str | None = None

    def record(self) -> CorrectionRecord:
        """The row of CORRECTIONS."""
        about = self.correction
        return {
            **about.model_dump(exclude={"cell", "evidence"}),
            "cell": str(about.cell),
            "evidence": "; ".join(map(str, about.evidence)),
            "outcome": self.outcome,
            "served": self.served,
            "capture_sha256": self.capture,
            "locator": self.locator,
        }

    def error(self) -> VoorkantError | None:
        """The loud finding of a correction that was not applied: VK-R001 or VK-R002."""
        about = self.correction
        if self.outcome == "applied":
            return None
        if self.outcome == "not_found":
            code = "VK-R002"
            problem = f"The cell of the correction {about.id} is {self.rows} times in the source."
            remedy = (
                "Look how the source names row and column now; correct `cell` or remove the file."
            )
        else:
            code = "VK-R001"
            problem = (
                f"The source no longer says {_shown(about.before)}, as the correction {about.id} "
                f"expects, but {_shown(self.served)}."
            )
            remedy = (
                "The source was corrected: remove the file."
                if self.outcome == "mended"
                else "Compare the source with the evidence; remove the file or write it anew."
            )
        return VoorkantError(
            code,
            problem=problem,
            where=f"assets/corrections/{about.id}.yaml, {about.raw}: {about.cell}",
            outcome="The correction was not applied; the data are as served.",
            remedy=remedy,
        )


def apply(
    raw: pl.LazyFrame, corrections: Sequence[Correction]
) -> tuple[pl.LazyFrame, list[CorrectionOutcome]]:
    """Correct rows as served, and return what came of each correction.

    raw: text columns with `_capture` and `_locator`, which stay as they are. A correction finds its row
    and its guard in the text as served, never in what another one made of it.
    """
    if not corrections:
        return raw, []
    columns = set(raw.collect_schema().names())
    known = [each for each in corrections if columns >= {*each.cell.row, each.cell.column}]
    cells = [
        raw.filter(each.cell.found()).select(each.cell.column, "_capture", "_locator")
        for each in known
    ]
    rows = dict(zip((each.id for each in known), pl.collect_all(cells), strict=True))
    outcomes = [_outcome(each, rows.get(each.id, pl.DataFrame())) for each in corrections]
    written: dict[str, pl.Expr] = {}
    for each in (one.correction for one in outcomes if one.outcome == "applied"):
        column = each.cell.column
        corrected = pl.when(each.cell.found()).then(pl.lit(each.after, pl.String))
        written[column] = corrected.otherwise(written.get(column, pl.col(column)))
    return raw.with_columns(**written), outcomes


def _outcome(correction: Correction, rows: pl.DataFrame) -> CorrectionOutcome:
    if rows.height != 1:
        return CorrectionOutcome(correction, "not_found", rows.height)
    served, capture, locator = rows.row(0)
    if served == correction.before:
        return CorrectionOutcome(correction, "applied", 1, served, capture, locator)
    again: Literal["mended", "changed"] = "mended" if served == correction.after else "changed"
    return CorrectionOutcome(correction, again, 1, served, capture, locator)


def published(records: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """Records as the table of a release: each once, in the order of their ids; empty when there are none."""
    return pl.DataFrame(list(records), schema=CORRECTIONS).unique().sort(CORRECTIONS.names())


def from_records(records: pl.DataFrame) -> dict[str, tuple[Correction, ...]]:
    """Raw table -> the corrections that were applied to it, from what a release published of them.

    Each finds its cell again by the place where it stood, so in the captures of that release only.
    """
    found: defaultdict[str, list[Correction]] = defaultdict(list)
    for record in records.filter(pl.col("outcome") == "applied").iter_rows(named=True):
        # No file may name a cell by its place; that is why nothing is validated here.
        place = {"_capture": record["capture_sha256"], "_locator": record["locator"]}
        cell = CorrectedCell.model_construct(row=place, column=record["cell"].rpartition(": ")[2])
        about = record | {"cell": cell, "evidence": ()}
        known = {name: about[name] for name in Correction.model_fields}
        correction = Correction.model_construct(**known)
        found[correction.raw].append(correction)
    return {raw: tuple(each) for raw, each in found.items()}


@cache
def corrections() -> dict[str, tuple[Correction, ...]]:
    """Raw table -> its corrections, in the order of their ids. Raises VK-C005."""
    return load(FOLDER)


def load(folder: Path) -> dict[str, tuple[Correction, ...]]:
    """All corrections of a folder by raw table. Raises VK-C005 with every problem of all files."""
    paths = {path.stem: path for path in sorted(folder.glob("*.yaml"))}
    found: defaultdict[str, list[Correction]] = defaultdict(list)
    problems: list[DeclarationProblem] = []
    for correction in yaml_models.load_all(KIND, paths, _read).values():
        clashes = [why for other in found[correction.raw] if (why := _clash(correction, other))]
        path = paths[correction.id]
        problems += (yaml_files.problem(path, ("cell",), why) for why in clashes)
        found[correction.raw].append(correction)
    if problems:
        raise KIND.error(problems)
    return {raw: tuple(each) for raw, each in found.items()}


def require_tables(raw: Iterable[str]) -> None:
    """See to it that no correction is forgotten because its table has another name. Raises VK-C005."""
    tables = set(raw)
    unknown = [
        each for several in corrections().values() for each in several if each.raw not in tables
    ]
    if unknown:
        raise KIND.error(
            yaml_files.problem(
                FOLDER / f"{each.id}.yaml", ("table",), f"there is no raw table {each.raw!r}"
            )
            for each in unknown
        )


def _read(path: Path) -> Correction:
    return yaml_models.load(KIND, Correction, path, lambda each: _judged(each, path.stem))


def _judged(correction: Correction, stem: str) -> Iterator[Found]:
    """What the model does not know: the name of the file, and the sources there are."""
    if correction.id != stem:
        yield ("id",), f"the id {correction.id!r} differs from the name of the file"
    if correction.source not in sources():
        yield ("source",), f"there is no source {correction.source!r}"


def _clash(one: Correction, other: Correction) -> str:
    """Why two corrections of one table cannot be in force together; empty when they can.

    Rows that are found by different columns might be one row: only the data would show that.
    """
    mine, theirs = one.cell, other.cell
    if mine.column != theirs.column:
        return ""
    if mine.row.keys() != theirs.row.keys():
        return f"{other.id} finds its row by other columns, so that both may mean one cell"
    return f"{other.id} corrects the same cell" if mine.row == theirs.row else ""


def _shown(text: str | None) -> str:
    return "(missing)" if text is None else f'"{text}"'
