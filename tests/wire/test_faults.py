"""Whatever a source does, we get the right data or are told what to do; never wrong data, no debris.

Each case injects one fault into the server of `tests/double`, captures over a real socket, reads the
archive back and compares every value with the table that was served. Then the server recovers and
the next run must give the right data. What was observed is `docs/faults.md`: regenerate it with
VOORKANT_UPDATE=1, and read the difference before you commit it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assets.archive import Archive, Capture
from assets.capture import capture
from assets.connectors import bwb, odata_v3, odata_v4
from assets.origins.sample import SampleOrigin
from assets.registry import Source, sources
from expectations.errors import CODES, VoorkantError
from tests.double import small
from tests.double.asking import impatient
from tests.double.cbs import CbsSite
from tests.double.faults import ALWAYS, FAULTS, Fault
from tests.double.server import Double
from tests.double.site import FiguresSite

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "docs" / "faults.md"
RIGHT = "right data"
SPUK_IZA = "BWBR0048411"


@dataclass(frozen=True, slots=True)
class Case:
    """One row of the table. expected: RIGHT, or the code of the refusal."""

    fault: str
    form: str
    expected: str
    times: int = 1
    at: str = "page 2"
    after: int = 0

    def __str__(self) -> str:
        return f"{self.fault}-{self.form}-{'once' if self.times == 1 else 'always'}".replace(
            " ", "_"
        )


@dataclass(frozen=True, slots=True)
class Observed:
    """What became of a case. again: what the next run did."""

    outcome: str
    asked: int
    again: str


WHERE = {
    ("v3", "page 2"): "*/TypedDataSet*skip=3*",
    ("v3", "the table's description"): "*/TableInfos*",
    ("v4", "page 2"): "*/Observations*skip=3*",
    ("v4", "the table's description"): "*/Properties*",
    ("XML", "a version"): "*/xml/*",
    ("XML", "the manifest"): "*/manifest.xml",
}
PAGES = ("connection reset", "reset in the body", "no answer", "slow drip", "cut, length known")
PAGES += ("cut, chunked", "gzip, cut")
BUSY = ("429", "429, Retry-After", "500", "503")
BODY = ("cut, length right", "HTML with 200", "HTML as data", "empty body", "deep nesting")
LIES = ("page twice", "page lost", "row lost")
LINKS = ("link to another host", "link to plain http", "link to a file", "link with a user")
AWAY = ("redirect to another host", "redirect to plain http")
DESCRIBED = "the table's description"


def _odata(form: str) -> Iterator[Case]:
    for fault in (*PAGES, *BUSY, *BODY, *LIES, "object, no list"):
        yield Case(fault, form, ONCE.get(fault, RIGHT))
        yield Case(fault, form, FOREVER[fault], ALWAYS)
    yield Case("429, Retry-After a day", form, "VK-S001")
    yield Case("404", form, "VK-S001")
    yield Case("wrong content type", form, "VK-S004", ALWAYS)
    yield Case("gzip bomb", form, "VK-S010", ALWAYS)
    yield Case("oversize body", form, "VK-S010", ALWAYS)
    yield Case("column renamed", form, "VK-S006", ALWAYS)
    yield Case("other type", form, RIGHT, ALWAYS)
    for fault in (*LINKS, *AWAY):
        yield Case(fault, form, "VK-S002", ALWAYS)
    yield Case("link in a circle", form, "VK-S004", ALWAYS)
    yield Case("redirect in a circle", form, "VK-S001", ALWAYS)
    yield Case("table replaced", form, RIGHT)
    yield Case("table replaced each time", form, "VK-S008", ALWAYS)
    yield Case("count moved", form, RIGHT, 1, DESCRIBED, after=1)
    yield Case("count moved", form, "VK-S005", ALWAYS, DESCRIBED)


# A body that came whole and is something else is not asked for again: it says what it is.
ONCE: dict[str, str] = {
    "HTML with 200": "VK-S004",
    "HTML as data": "VK-S004",
    "deep nesting": "VK-S004",
    "object, no list": "VK-S004",
}
FOREVER: dict[str, str] = {
    **dict.fromkeys(PAGES, "VK-S003"),
    **dict.fromkeys(BUSY, "VK-S001"),
    **dict.fromkeys(BODY, "VK-S004"),
    "cut, length right": "VK-S003",  # seen at its end, before anyone reads it as JSON
    "empty body": "VK-S003",
    "object, no list": "VK-S004",
    "page twice": "VK-S008",
    "page lost": "VK-S005",
    "row lost": "VK-S005",
}
CASES = [
    *_odata("v3"),
    *_odata("v4"),
    Case("cut, length known", "XML", RIGHT, 1, "a version"),
    Case("cut, length right", "XML", "VK-S004", ALWAYS, "a version"),
    Case("HTML as data", "XML", "VK-S004", ALWAYS, "the manifest"),
    Case("entity expansion", "XML", "VK-S004", ALWAYS, "a version"),
    Case("entity expansion", "XML", "VK-S004", ALWAYS, "the manifest"),
    Case("external entity", "XML", "VK-S004", ALWAYS, "a version"),
    Case("external DTD", "XML", RIGHT, ALWAYS, "a version"),
]
observed: dict[Case, Observed] = {}


@pytest.fixture(scope="module")
def double() -> Iterator[Double]:
    with Double() as server:
        yield server


def site(edition: int) -> CbsSite | FiguresSite:
    return small.small_site(edition)


def regulations(_: int) -> FiguresSite:
    return FiguresSite(SampleOrigin(ROOT / "sample"), [sources()["spuk_iza"]])


def source_of(form: str) -> Source:
    return sources()["spuk_iza"] if form == "XML" else small.small_source(form)


def served(form: str, edition: int) -> list[tuple[Any, ...]]:
    """The rows as the table has them, numbers as numbers."""
    if form == "XML":
        figures = pl.read_csv(ROOT / "sample/figures/spuk_iza_annex_1.csv", infer_schema=False)
        return figures.select("region", "mandate_holder").rows()
    table = small.iv3(edition) if form == "v3" else small.population(edition)
    assert isinstance(table.data, pl.DataFrame)
    return table.data.rows()


def read(form: str, archive: Archive, taken: Capture) -> list[tuple[Any, ...]]:
    """The rows as the reader gives them from the archive, in the types of the table."""
    if form == "XML":
        cells = bwb.read_cells(archive, taken, SPUK_IZA)
        wide = cells.pivot("column", index="row", values="text", maintain_order=True)
        return wide.select("2", "3").rows()
    table = small.iv3(1) if form == "v3" else small.population(1)
    assert isinstance(table.data, pl.DataFrame)
    connector, entity = (odata_v3, "TypedDataSet") if form == "v3" else (odata_v4, "Observations")
    frame = connector.read_entity(archive, taken, f"{table.id}/{entity}")
    # In any other column there is something that was not served.
    assert set(frame.columns) == {*table.data.columns, "_capture", "_locator"}
    return frame.select(table.data.columns).cast(dict(table.data.schema)).rows()


def whole(archive: Archive) -> None:
    """No object but whole ones, each under the hash of its own bytes; nothing half done besides."""
    for path in archive.root.rglob("*"):
        if path.is_file() and path.is_relative_to(archive.root / "objects"):
            assert hashlib.sha256(path.read_bytes()).hexdigest() == path.name
        elif path.is_file():
            assert path.suffix == ".jsonl", f"left behind: {path}"


@pytest.mark.parametrize("case", CASES, ids=str)
def test_fault(double: Double, tmp_path: Path, case: Case) -> None:
    double.serve(regulations if case.form == "XML" else site)
    archive = Archive(tmp_path / "archive")
    source = double.source(source_of(case.form), max_response_bytes=2**20, max_seconds=0.4)
    where = WHERE[case.form, case.at]
    plan = double.plan(Fault(case.fault, where, case.times, case.after))

    outcome = RIGHT
    try:
        taken = capture(source, impatient(), archive)
        found = read(case.form, archive, taken)
    except VoorkantError as error:
        outcome = error.code
        told = str(error)
        assert error.code in CODES
        assert source.id in told, told
        assert "http" in told or "file:" in told, told
        assert error.remedy
        if case.at == "page 2" and not case.fault.startswith(("table replaced", *LIES)):
            assert any(place in told for place in ("page 2", "page 3", "skip=3")), told
    else:
        assert found == served(case.form, double.edition)
    assert plan.unmet == [], "no request ran into the fault"
    assert double.astray == [], "a host was asked that is not on the list"
    whole(archive)
    asked = len([each for each in double.log if each.path.endswith(("Set", "ions"))])

    if outcome not in (RIGHT, "VK-S006"):
        assert archive.captures(source.id) == [], "a refused capture is in the log"
    double.plan()
    again = capture(source, impatient(), archive)
    assert read(case.form, archive, again) == served(case.form, double.edition)
    whole(archive)
    observed[case] = Observed(outcome, asked, _went_on(double, case, outcome))
    assert outcome == case.expected


def _went_on(double: Double, case: Case, outcome: str) -> str:
    """How much of the table the next run had to ask for."""
    if outcome == RIGHT:
        return "–"
    if case.form == "XML":
        return RIGHT
    pages = len(double.asked("TypedDataSet" if case.form == "v3" else "Observations"))
    first = small.ROWS // small.PAGE - pages + 1
    if pages == 0:
        return f"{RIGHT}, every page was there already"
    return f"{RIGHT}, from page {first} on" if first > 1 else f"{RIGHT}, from the start"


HEAD = """# What happens when a source fails

Made by the tests (`tests/wire/test_faults.py`); do not edit. Each row was observed: a server on the
loopback interface injects the fault, a capture is made over a real socket, and every value that comes
out of the archive is compared with the table that was served.

There are two outcomes: **right data**, or a refusal with a code that names source, address, page and what to
do. In both cases the archive held whole objects only; after a refusal it held no capture of this source,
and the next run, at a healthy source, gave the right data.

*How often*: `once` is one request and then never again; `always` is every request to that place.

| Fault | What the source does | Form | Where | How often | Outcome | Next run |
|---|---|---|---|---|---|---|
"""


def _row(case: Case, forms: list[str]) -> str:
    result = observed[case]
    outcome = (
        RIGHT if result.outcome == RIGHT else f"[{result.outcome}](errors/{result.outcome}.md)"
    )
    if result.outcome == RIGHT and case.times == 1:
        outcome += " after another try"
    often = "once" if case.times == 1 else "always"
    cells = (case.fault, FAULTS[case.fault].about, ", ".join(forms), case.at, often, outcome)
    return f"| {' | '.join(cells)} | {result.again} |\n"


def test_the_table_of_faults_is_up_to_date() -> None:
    if set(observed) != set(CASES):
        pytest.skip(
            "the table needs all cases, and not all were run and passed up to their outcome"
        )
    rows: dict[str, tuple[Case, list[str]]] = {}
    for case in CASES:  # v3 and v4 share a row where nothing differs
        rows.setdefault(_row(case, []), (case, []))[1].append(case.form)
    text = HEAD + "".join(_row(case, forms) for case, forms in rows.values())
    if os.environ.get("VOORKANT_UPDATE"):
        TABLE.write_text(text, "utf-8")
    assert TABLE.exists() and TABLE.read_text("utf-8") == text, "run with VOORKANT_UPDATE=1"


def test_every_fault_is_tried() -> None:
    assert {case.fault for case in CASES} == set(FAULTS)
