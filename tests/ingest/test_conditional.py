"""A source that is asked whether anything changed: 304 keeps the body of last time, 200 brings another.

Every format goes over a real socket to a server that tells an ETag, a date, both or neither. What is
in the archive after it must be what the source has, and never more objects than there were bodies.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

from assets.ingest.archive import Archive
from assets.ingest.capture import Taken, take
from expectations.errors import VoorkantError
from tests.support.cbs_server.format_examples import FORMS, Form
from tests.support.cbs_server.patient_origin import patient
from tests.support.cbs_server.server import SourceServer
from tests.support.cbs_server.site import Answer, IncomingRequest, Site, Validated

VALIDATORS: dict[str, dict[str, Any]] = {
    "both": {"etag": True, "modified": "Mon, {:02} Jun 2026 02:00:00 GMT"},
    "ETag": {"etag": True, "modified": None},
    "date": {"etag": False, "modified": "Mon, {:02} Jun 2026 02:00:00 GMT"},
}
# What a validator says does not depend on the form: two forms try each alone, the others both at once.
PAIRS = [
    (form, validators)
    for form in FORMS.values()
    for validators in VALIDATORS
    if validators == "both" or form.name in ("v3", "GeoJSON")
]
ORIGIN = patient()  # another try of a slow machine would be counted as a request
EVERY = pytest.mark.parametrize("form", FORMS.values(), ids=list(FORMS))


@pytest.fixture(scope="module")
def source_server() -> Iterator[SourceServer]:
    with SourceServer() as server:
        yield server


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "archive")


def serve(source_server: SourceServer, form: Form, validators: str) -> None:
    """This format in editions that have dates of their own."""
    reported = VALIDATORS[validators]

    def content(edition: int) -> Site:
        modified = reported["modified"] and reported["modified"].format(edition)
        return Validated(form.site(edition), reported["etag"], modified)

    source_server.serve(content)


def taken(source_server: SourceServer, form: Form, archive: Archive) -> Taken:
    source_server.plan()
    return take(source_server.source(form.source), ORIGIN, archive)


def objects(archive: Archive) -> set[str]:
    return {path.name for path in (archive.root / "objects").rglob("*") if path.is_file()}


def fresh(source_server: SourceServer) -> int:
    """How many requests named nothing they had."""
    return sum(
        {"if-none-match", "if-modified-since"}.isdisjoint(e.headers) for e in source_server.log
    )


@pytest.mark.parametrize(
    ("form", "validators"), PAIRS, ids=[f"{form.name}-{reported}" for form, reported in PAIRS]
)
def test_what_did_not_change_is_not_sent_again(
    source_server: SourceServer, archive: Archive, form: Form, validators: str
) -> None:
    serve(source_server, form, validators)
    first = taken(source_server, form, archive)
    assert first.summary["not_modified"] == 0
    assert fresh(source_server) == len(source_server.log)
    kept = objects(archive)

    again = taken(source_server, form, archive)
    assert again.summary["outcome"] == "unchanged"
    # What a table says of itself is asked anew after its pages; nothing else is sent twice.
    assert fresh(source_server) == again.summary["answers"] - again.summary["not_modified"]
    assert {entry.status for entry in again.capture.entries} == {304}
    assert again.capture.content() == first.capture.content()
    assert objects(archive) == kept
    assert form.read(archive, again.capture) == form.served(1)


@pytest.mark.parametrize(
    ("form", "validators"),
    [pair for pair in PAIRS if pair[0].editions],
    ids=[f"{form.name}-{reported}" for form, reported in PAIRS if form.editions],
)
def test_what_changed_is_sent_although_it_was_asked_with_conditions(
    source_server: SourceServer, archive: Archive, form: Form, validators: str
) -> None:
    serve(source_server, form, validators)
    taken(source_server, form, archive)
    source_server.edition = 2
    newer = taken(source_server, form, archive)
    assert newer.summary["outcome"] == "captured"
    assert fresh(source_server) < len(source_server.log)
    assert form.read(archive, newer.capture) == form.served(2)


@EVERY
def test_a_source_that_tells_nothing_is_read_in_full(
    source_server: SourceServer, archive: Archive, form: Form
) -> None:
    source_server.serve(form.site)
    first = taken(source_server, form, archive)
    again = taken(source_server, form, archive)
    assert fresh(source_server) == len(source_server.log)
    assert again.summary["not_modified"] == 0
    assert again.summary["outcome"] == "unchanged"
    assert again.capture.content() == first.capture.content()


@EVERY
def test_a_body_that_is_gone_is_asked_for_without_conditions(
    source_server: SourceServer, archive: Archive, form: Form
) -> None:
    serve(source_server, form, "both")
    first = taken(source_server, form, archive)
    lost = first.capture.entries[-1]
    archive.path(lost.sha256).unlink()
    again = taken(source_server, form, archive)
    assert {e.sha256: e.status for e in again.capture.entries}[lost.sha256] == 200
    assert form.read(archive, again.capture) == form.served(1)


@EVERY
def test_a_third_capture_still_asks_with_the_tag_of_the_first(
    source_server: SourceServer, archive: Archive, form: Form
) -> None:
    """A bare 304 tells no ETag; that of the body must go with it from capture to capture."""
    source_server.serve(lambda edition: _Bare(Validated(form.site(edition))))
    taken(source_server, form, archive)
    second = taken(source_server, form, archive)
    third = taken(source_server, form, archive)
    assert third.summary["not_modified"] == second.summary["not_modified"] > 0
    assert form.read(archive, third.capture) == form.served(1)


def test_the_server_keeps_to_the_rules_of_conditions(source_server: SourceServer) -> None:
    """A tag goes before a date, a weak tag is a tag, and a list may hold the one that fits."""
    import httpx2

    form = FORMS["GeoJSON"]
    serve(source_server, form, "both")
    source = source_server.source(form.source)
    capture_url = source.base_url.replace("{year}", "2023") + (
        "?service=WFS&version=2.0.0&request=GetFeature"
        "&typeName=gebiedsindelingen:gemeente_gegeneraliseerd"
        "&outputFormat=application/json&srsName=EPSG:4326"
    )

    def status(**conditions: str) -> int:
        headers = {name.replace("_", "-"): value for name, value in conditions.items()}
        return httpx2.get(capture_url, headers=headers, trust_env=False).status_code

    complete = httpx2.get(capture_url, trust_env=False)
    tag, day = complete.headers["etag"], complete.headers["last-modified"]
    assert (complete.status_code, status(if_none_match=tag)) == (200, 304)
    assert status(if_none_match=f'"x", W/{tag}') == status(if_none_match="*") == 304
    assert status(if_modified_since=day) == 304
    assert status(if_none_match='"x"', if_modified_since=day) == 200
    assert status(if_modified_since="Sun, 31 May 2026 00:00:00 GMT") == 200


class _Bare:
    """A server that tells nothing with its 304."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def answer(self, requested: IncomingRequest) -> Answer | None:
        found = self._site.answer(requested)
        return replace(found, headers={}) if found and found.status == 304 else found


class _Stale:
    """A cache in front of the source that takes the second page for unchanged, whatever it is now."""

    def __init__(self, site: Site, page: str) -> None:
        self._site = site
        self._page = page

    def answer(self, requested: IncomingRequest) -> Answer | None:
        if "if-none-match" in requested.headers and fnmatch(requested.target, self._page):
            return Answer(b"", status=304)
        return self._site.answer(requested)


@pytest.mark.parametrize("name", ["v3", "v4"])
def test_a_page_of_last_time_never_gets_into_a_table_that_changed(
    source_server: SourceServer, archive: Archive, name: str
) -> None:
    """The table says that it is in another state, so no page of the earlier one can be its page."""
    form = FORMS[name]
    source_server.serve(
        lambda edition: _Stale(Validated(form.site(edition)), form.places["page 2"])
    )
    taken(source_server, form, archive)
    source_server.edition = 2
    try:
        newer = taken(source_server, form, archive)
    except VoorkantError:
        return  # told, and the earlier capture stays in use
    assert form.read(archive, newer.capture) == form.served(2)
