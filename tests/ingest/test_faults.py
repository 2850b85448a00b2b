"""Whatever a source does, we get the right data or a message what to do; never wrong data, no debris.

Each case injects one fault into the server of `tests/support`, captures over a real socket, reads the
archive back and compares every value with the table that was served. Then the server recovers and
the next run must give the right data. What was observed is `docs/faults.md`: regenerate it with
VOORKANT_UPDATE=1, and read the difference before you commit it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from assets.ingest.archive import Archive
from assets.ingest.capture import capture
from assets.ingest.origins.live import LiveOrigin
from assets.ingest.registry import Source
from assets.ingest.table_lookup import Resolution, look_up
from expectations.errors import CODES, VoorkantError
from expectations.paths import ROOT
from tests.support.cbs_server import small_tables
from tests.support.cbs_server.fault_cases import (
    CASES,
    CATALOGUE,
    LIES,
    RIGHT,
    Case,
    Observed,
    table,
)
from tests.support.cbs_server.faults import FAULTS, Fault
from tests.support.cbs_server.format_examples import FORMS, Form
from tests.support.cbs_server.patient_origin import impatient, unhurried
from tests.support.cbs_server.server import SourceServer
from tests.support.cbs_server.site import Validated

TABLE = ROOT / "docs" / "faults.md"
LIMITS = {"max_response_bytes": 2**20, "max_seconds": 60.0, "max_pages": 10}
observed: dict[Case, Observed] = {}


@pytest.fixture(scope="module")
def source_server() -> Iterator[SourceServer]:
    with SourceServer() as server:
        yield server


def complete(archive: Archive) -> None:
    """No object but whole ones, each under the hash of its own bytes; nothing half done besides."""
    for path in archive.root.rglob("*"):
        if path.is_file() and path.is_relative_to(archive.root / "objects"):
            assert hashlib.sha256(path.read_bytes()).hexdigest() == path.name
        elif path.is_file():
            assert path.suffix == ".jsonl", f"left behind: {path}"


def explained_well(error: VoorkantError, source: Source) -> str:
    """The refusal as a person reads it: which source, where, what to do."""
    reported = str(error)
    assert error.code in CODES
    assert source.id in reported, reported
    assert "http" in reported or "file:" in reported, reported
    assert error.remedy
    return reported


def limits(case: Case) -> dict[str, float]:
    """Only a body that never ends is worth breaking off soon."""
    return LIMITS | ({"max_seconds": 0.4} if case.fault == "slow drip" else {})


def requesting(case: Case) -> LiveOrigin:
    """Only for a server that never answers is it worth giving up soon."""
    return impatient() if case.fault == "no answer" else unhurried()


@pytest.mark.parametrize("case", [each for each in CASES if each.at != CATALOGUE], ids=str)
def test_fault(source_server: SourceServer, tmp_path: Path, case: Case) -> None:
    form = FORMS[case.form]
    source_server.serve(
        (lambda edition: Validated(form.site(edition))) if case.known else form.site
    )
    archive = Archive(tmp_path / "archive")
    source = source_server.source(form.source, **limits(case))
    before = [capture(source, unhurried(), archive)] if case.known else []
    plan = source_server.plan(Fault(case.fault, form.places[case.at], case.times, case.after))

    outcome = RIGHT
    try:
        taken = capture(source, requesting(case), archive)
        found = form.read(archive, taken)
    except VoorkantError as error:
        outcome = error.code
        reported = explained_well(error, source)
        if case.at == "page 2" and not case.fault.startswith(("table replaced", *LIES)):
            assert any(place in reported for place in ("page 2", "page 3", "skip=3")), reported
    else:
        assert found == form.served(source_server.edition)
    assert plan.unmet == [], "no request ran into the fault"
    assert source_server.astray == [], "a host was asked that is not on the list"
    complete(archive)

    if outcome not in (RIGHT, "VK-S006"):
        assert archive.captures(source.id) == before, "a refused capture is in the log"
    source_server.plan()
    again = capture(source, unhurried(), archive)
    assert form.read(archive, again) == form.served(source_server.edition)
    complete(archive)
    observed[case] = Observed(outcome, _went_on(source_server, form, outcome))
    assert outcome == case.expected


def _went_on(source_server: SourceServer, form: Form, outcome: str) -> str:
    """How much of the table the next run had to ask for."""
    if outcome == RIGHT:
        return "–"
    if not form.data:
        return RIGHT
    pages, requests = form.pages, len(source_server.requests(form.data))
    if requests == 0:
        return f"{RIGHT}, every page was there already"
    first = pages - requests + 1
    return f"{RIGHT}, from page {first} on" if first > 1 else f"{RIGHT}, from the start"


@pytest.mark.parametrize("case", [each for each in CASES if each.at == CATALOGUE], ids=str)
def test_fault_of_a_catalogue(source_server: SourceServer, case: Case) -> None:
    source_server.serve(lambda edition: small_tables.small_site(edition, catalogue_rows=1))
    source = source_server.source(small_tables.sought_source(case.form), **limits(case))
    plan = source_server.plan(Fault(case.fault, small_tables.CATALOGUES[case.form], case.times))

    def look() -> list[Resolution]:
        return look_up(source, partial(requesting(case).fetch, source))

    outcome = RIGHT
    try:
        found = look()
    except VoorkantError as error:
        outcome = error.code
        explained_well(error, source)
    else:
        assert _id_of(found) == small_tables.SOUGHT[case.form]
    assert plan.unmet == [], "no request ran into the fault"
    assert source_server.astray == [], "a host was asked that is not on the list"
    source_server.plan()
    assert _id_of(look()) == small_tables.SOUGHT[case.form]
    observed[case] = Observed(outcome, "–" if outcome == RIGHT else RIGHT)
    assert outcome == case.expected


def _id_of(found: list[Resolution]) -> str:
    """The one id that was found and that the table confirmed."""
    (one,) = found
    assert (one.outcome, one.confirmed) == ("found", True), one.sentence
    return one.candidates[0].id


def test_the_table_of_faults_is_up_to_date() -> None:
    if set(observed) != set(CASES):
        pytest.skip(
            "the table needs all cases, and not all were run and passed up to their outcome"
        )
    text = table(observed)
    if os.environ.get("VOORKANT_UPDATE"):
        TABLE.write_text(text, "utf-8")
    assert TABLE.exists() and TABLE.read_text("utf-8") == text, "run with VOORKANT_UPDATE=1"


def test_every_fault_is_tried() -> None:
    assert {case.fault for case in CASES} == set(FAULTS)
    assert {case.form for case in CASES} == set(FORMS)
