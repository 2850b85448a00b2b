"""Looking up a table whose id nobody knows: by its title, in the producer's own catalogue.

What belongs here: which rows of a catalogue fit a title, and whether a table says of itself that it is
the one. What does not: using what was found. An id is looked at by a person and written into
`source.yaml`; the program never reads a table that it found by itself.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from assets.ingest.connectors import odata, odata_v3, odata_v4
from assets.ingest.connectors.snapshots import Form
from assets.ingest.messages import Fetch, Request
from assets.ingest.registry import Source, SourceTable
from expectations.errors import VoorkantError

LookupOutcome = Literal["found", "several", "none"]
REGULAR = "Regulier"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A row of a catalogue. status: `Regulier` for a table that is kept up to date."""

    id: str
    title: str
    status: str
    catalogue: str
    language: str
    modified: str


@dataclass(frozen=True, slots=True)
class Resolution:
    """What came of looking up one table. table: the name it has in `source.yaml`.

    outcome: `found` = one table fits. `several`: a person must choose. `none`: nothing kept up to date
    has this title; others then tells what has it but is closed.
    confirmed: whether the table found says the same of itself; None when it was not asked.
    """

    source: str
    table: str
    title: str
    outcome: LookupOutcome
    candidates: tuple[Candidate, ...]
    others: tuple[Candidate, ...] = ()
    confirmed: bool | None = None
    reason: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The same for programs."""
        return asdict(self)

    @property
    def sentence(self) -> str:
        """The same for a person, in a line."""
        ids = ", ".join(f"{each.id} ({each.title})" for each in self.candidates)
        listed = {
            "found": f"{ids}; {self.reason or 'not confirmed by the table itself'}",
            "several": f"several fit, choose one: {ids}",
            "none": "nothing fits"
            + (f"; closed: {', '.join(each.id for each in self.others)}" if self.others else ""),
        }
        return f'{self.source}, {self.table}, "{self.title}": {listed[self.outcome]}'


def resolve(source: Source, table: SourceTable, rows: Iterable[Mapping[str, Any]]) -> Resolution:
    """The tables of a catalogue that fit the title of an unresolved one.

    A whole title goes before a beginning: `Zorg` fits `Zorg; kerncijfers` only when nothing is called
    just `Zorg`. Ids that the source has already are not found again.
    """
    sought = table.resolve_title or table.title
    known = {each.id.lower() for each in source.tables}
    fitting = [
        (rank, each)
        for each in map(_candidate, rows)
        if (rank := _rank(sought, each.title)) and each.id and each.id.lower() not in known
    ]
    fitting = [(rank, each) for rank, each in fitting if each.language.lower() in ("", "nl")]
    alive = [(rank, each) for rank, each in fitting if each.status == REGULAR]
    best = min((rank for rank, _ in alive), default=0)
    candidates = tuple(
        sorted({each for rank, each in alive if rank == best}, key=lambda each: each.id)
    )
    others = tuple(
        sorted({each for _, each in fitting if each.status != REGULAR}, key=lambda each: each.id)
    )
    outcome: LookupOutcome = (
        "none" if not candidates else "several" if len(candidates) > 1 else "found"
    )
    return Resolution(source.id, table.id, sought, outcome, candidates, others)


def confirm(found: Resolution, about: Mapping[str, Any]) -> Resolution:
    """Hold what was found against how the table describes itself (`TableInfos`, `Properties`)."""
    (candidate,) = found.candidates
    listed = _candidate(about)
    differences = [
        f"{what}: catalogue {expected!r}, table {observed!r}"
        for what, expected, observed in (
            ("id", candidate.id, listed.id),
            ("title", normalised(candidate.title), normalised(listed.title)),
            ("status", candidate.status, listed.status or candidate.status),
        )
        if expected != observed
    ]
    reason = "; ".join(differences) or "the table says the same of itself"
    return replace(found, confirmed=not differences, reason=reason)


def look_up(source: Source, fetch: Fetch) -> list[Resolution]:
    """Look up every unresolved table of a source: ask the catalogue, then the table that fits.

    A source without a catalogue answers with a reason and no candidate. Raises what fetch raises,
    VK-S004 for a catalogue in another form or in a circle, VK-S010 for one without end.
    """
    if not source.unresolved:
        return []
    if source.catalogue is None:
        why = "there is no catalogue with titles: look at the service and set `status: confirmed`"
        return [
            Resolution(source.id, each.id, each.resolve_title or "", "none", (), reason=why)
            for each in source.unresolved
        ]
    rows = [row for sent in requests(source) for row in _read(source, sent, fetch)]
    return [_confirmed(source, resolve(source, table, rows), fetch) for table in source.unresolved]


def requests(source: Source) -> list[Request]:
    """What `look_up` asks first; what follows depends on the answer."""
    if not source.unresolved or source.catalogue is None:
        return []
    return [Request("catalogue", source.catalogue, media="json", fresh=True)]


def normalised(title: str) -> str:
    """A title as it is compared: without case, accents, and differences in blanks and dashes."""
    plain = unicodedata.normalize("NFKD", title.casefold())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    plain = re.sub(r"[\u2010-\u2015\u2212]", "-", plain)
    plain = re.sub(r"\s*([;,:-])\s*", r"\1 ", plain)
    return " ".join(plain.split()).strip(" ;,.")


def _rank(sought: str, title: str) -> int:
    """1 for the title itself, 2 for a title that begins with it and then goes on, 0 for another."""
    one, other = normalised(sought), normalised(title)
    if one == other:
        return 1
    return 2 if re.match(rf"{re.escape(one)}(?:[;,:]| \()", other) else 0


def _candidate(row: Mapping[str, Any]) -> Candidate:
    """A row of a v3 catalogue (`OutputStatus`) or a v4 one (`Status`), without padding."""

    def text(*names: str) -> str:
        return next((str(row[name]).strip() for name in names if row.get(name)), "")

    return Candidate(
        id=text("Identifier"),
        title=" ".join(text("Title").split()),
        status=text("OutputStatus", "Status"),
        catalogue=text("Catalog"),
        language=text("Language"),
        modified=text("Modified"),
    )


def _read(source: Source, first: Request, fetch: Fetch) -> list[dict[str, Any]]:
    """The rows behind a request, over its pages. Raises VK-S004 and VK-S010."""
    rows: list[dict[str, Any]] = []
    link = _form(source).link
    odata.follow(source, first, fetch, link, lambda _, page: rows.extend(page.to_dicts()))
    return rows


def _form(source: Source) -> Form:
    return odata_v3.FORM if source.kind == "odata_v3" else odata_v4.FORM


def _confirmed(source: Source, found: Resolution, fetch: Fetch) -> Resolution:
    if found.outcome != "found":
        return found
    id_ = found.candidates[0].id
    if not re.fullmatch(r"[0-9]{5}[A-Za-z]{3}", id_):  # it would become part of an address
        return replace(found, confirmed=False, reason=f"{id_!r} does not have the form of an id")
    name = f"{id_}/{_form(source).about}"
    address = f"{source.base_url}/{name}" + ("?$format=json" if source.kind == "odata_v3" else "")
    request = Request(name, address, media="json", fresh=True)
    try:
        described = _read(source, request, fetch)
    except VoorkantError as error:
        return replace(found, confirmed=False, reason=f"{error.code}: {error.problem}")
    return confirm(found, described[0] if described else {})
