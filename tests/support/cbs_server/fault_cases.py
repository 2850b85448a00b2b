"""Which fault is tried where, what must come of it, and the table of what did: `docs/faults.md`.

What belongs here: declarations, and their form on paper. What does not: carrying them out
(`tests/ingest/test_faults.py`), what a fault does (`faults`), and the formats (`forms`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests.support.cbs_server.faults import ALWAYS, FAULTS
from tests.support.cbs_server.format_examples import DESCRIPTION

RIGHT = "right data"
CATALOGUE = "the catalogue"


@dataclass(frozen=True, slots=True)
class Case:
    """One row of the table. expected: RIGHT, or the code of the refusal.

    known: the source was captured before and tells ETag and date, so the request is conditional.
    """

    fault: str
    form: str
    expected: str
    times: int = 1
    at: str = "page 2"
    after: int = 0
    known: bool = False

    def __str__(self) -> str:
        often = "once" if self.times == 1 else "always"
        place = [] if self.at == "page 2" else [self.at]
        again = ["known"] if self.known else []
        return "-".join([self.fault, self.form, *place, *again, often]).replace(" ", "_")


@dataclass(frozen=True, slots=True)
class Observed:
    """What became of a case. again: what the next run did."""

    outcome: str
    again: str


PAGES = (
    "connection reset",
    "reset in the body",
    "no answer",
    "slow drip",
    "cut, length known",
    "cut, chunked",
    "gzip, cut",
)
BUSY = ("429", "429, Retry-After", "500", "503")
BODY = ("cut, length right", "HTML with 200", "HTML as data", "empty body", "deep nesting")
LIES = ("page twice", "page lost", "row lost")
LINKS = ("link to another host", "link to plain http", "link to a file", "link with a user")
AWAY = ("redirect to another host", "redirect to plain http")

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
    yield Case("links without end", form, "VK-S010", ALWAYS)
    yield Case("redirect in a circle", form, "VK-S001", ALWAYS)
    yield Case("redirect on the host", form, RIGHT, ALWAYS)
    yield Case("table replaced", form, RIGHT)
    yield Case("table replaced each time", form, "VK-S008", ALWAYS)
    yield Case("count moved", form, RIGHT, 1, DESCRIPTION, after=1)
    yield Case("count moved", form, "VK-S005", ALWAYS, DESCRIPTION)
    yield Case("304, not asked", form, "VK-S001")
    yield Case("ETag moved", form, RIGHT, ALWAYS, known=True)
    yield Case("503", form, RIGHT, known=True)
    yield Case("503", form, "VK-S001", ALWAYS, known=True)


def _plain(form: str, at: str, cut: str) -> Iterator[Case]:
    """The faults that concern every form. cut: what comes of half a body that says it is whole."""
    yield Case("503", form, RIGHT, 1, at)
    yield Case("503", form, "VK-S001", ALWAYS, at)
    yield Case("cut, length known", form, RIGHT, 1, at)
    yield Case("cut, length known", form, "VK-S003", ALWAYS, at)
    yield Case("cut, length right", form, cut, ALWAYS, at)
    yield Case("HTML as data", form, "VK-S004", ALWAYS, at)
    yield Case("redirect on the host", form, RIGHT, ALWAYS, at)
    yield Case("redirect to another host", form, "VK-S002", ALWAYS, at)
    yield Case("304, not asked", form, "VK-S001", 1, at)
    yield Case("ETag moved", form, RIGHT, ALWAYS, at, known=True)


def _catalogue(form: str) -> Iterator[Case]:
    """Looking up an id: nothing goes into the archive, so a refusal leaves nothing behind."""
    yield Case("503", form, RIGHT, 1, CATALOGUE)
    for fault in ("connection reset", "503", "404", "HTML as data", "cut, chunked"):
        yield Case(fault, form, {**FOREVER, "404": "VK-S001"}[fault], ALWAYS, CATALOGUE)
    for fault in ("link to another host", *AWAY):
        yield Case(fault, form, "VK-S002", ALWAYS, CATALOGUE)
    yield Case("link in a circle", form, "VK-S004", ALWAYS, CATALOGUE)
    yield Case("links without end", form, "VK-S010", ALWAYS, CATALOGUE)
    yield Case("object, no list", form, "VK-S004", ALWAYS, CATALOGUE)


CASES = [
    *_odata("v3"),
    *_odata("v4"),
    *_catalogue("v3"),
    *_catalogue("v4"),
    *_plain("XML", "a version", "VK-S004"),
    Case("HTML as data", "XML", "VK-S004", ALWAYS, "the manifest"),
    Case("entity expansion", "XML", "VK-S004", ALWAYS, "a version"),
    Case("entity expansion", "XML", "VK-S004", ALWAYS, "the manifest"),
    Case("external entity", "XML", "VK-S004", ALWAYS, "a version"),
    Case("external DTD", "XML", RIGHT, ALWAYS, "a version"),
    *_plain("publication", "the text", "VK-S003"),
    *_plain("search", "page 2", "VK-S003"),
    Case("record lost", "search", "VK-S005", ALWAYS),
    Case("record twice", "search", "VK-S005", ALWAYS),
    *_plain("GeoJSON", "the layer", "VK-S003"),
    Case("feature lost", "GeoJSON", "VK-S005", ALWAYS, "the layer"),
    Case("latitude first", "GeoJSON", "VK-S004", ALWAYS, "the layer"),
    *_plain("CSV", "the file", "VK-S004"),
]

HEAD = """# What happens when a source fails

Made by the tests (`tests/ingest/test_faults.py`); do not edit. Each row was observed: a server on the
loopback interface injects the fault, a capture is made over a real socket, and every value that comes
out of the archive is compared with the table that was served.

There are two outcomes: **right data**, or a refusal with a code that names source, address, page and what to
do. In both cases the archive held whole objects only; after a refusal it held no new capture of this
source, and the next run, at a healthy source, gave the right data. At a catalogue the right data is the
id that belongs to a title, confirmed by the table itself.

*How often*: `once` is one request and then never again; `always` is every request to that place.
*Captured before*: the archive holds an earlier capture and the source tells ETag and date, so it is asked
whether that still holds.

| Fault | What the source does | Form | Where | How often | Outcome | Next run |
|---|---|---|---|---|---|---|
"""


def table(observed: Mapping[Case, Observed]) -> str:
    """What was observed, as a page; forms share a row where nothing differs."""
    rows: dict[tuple[str, ...], list[str]] = {}
    for case in CASES:
        rows.setdefault(_cells(case, observed[case]), []).append(case.form)
    lines = (
        f"| {' | '.join((*cells[:2], ', '.join(forms), *cells[2:]))} |\n"
        for cells, forms in rows.items()
    )
    return HEAD + "".join(lines)


def _cells(case: Case, result: Observed) -> tuple[str, ...]:
    """A row without its form."""
    outcome = result.outcome
    if outcome != RIGHT:
        outcome = f"[{outcome}](errors/{outcome}.md)"
    elif case.times == 1:
        outcome += " after another try"
    often = "once" if case.times == 1 else "always"
    place = f"{case.at}, captured before" if case.known else case.at
    return case.fault, FAULTS[case.fault].about, place, often, outcome, result.again
