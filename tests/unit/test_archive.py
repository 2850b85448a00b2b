"""The archive keeps bodies as served, tells altered ones, and logs a capture once."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.archive import Archive
from assets.wire import Request, Response
from expectations.errors import VoorkantError

NOON = "2026-01-01T12:00:00+00:00"


def response(name: str, body: bytes, page: int = 1) -> Response:
    return Response(Request(name, f"https://example.nl/{name}", page), 200, "text/plain", body)


@given(body=st.binary())
def test_a_body_comes_back_as_it_was_stored(
    tmp_path_factory: pytest.TempPathFactory, body: bytes
) -> None:
    archive = Archive(tmp_path_factory.getbasetemp() / "bodies")
    assert archive.read(archive.store(body)) == body


def test_an_altered_body_is_refused(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    digest = archive.store(b"1")
    (tmp_path / "objects" / digest[:2] / digest).write_bytes(b"2")
    with pytest.raises(VoorkantError) as error:
        archive.read(digest)
    assert error.value.code == "VK-A002"


def test_the_same_capture_is_logged_once(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    pages = [response("t/rows", b"2", page=2), response("t/rows", b"1")]
    first = archive.record("s", "sample", NOON, pages)
    again = archive.record("s", "sample", NOON, pages)
    assert first == again == archive.require("s")
    assert archive.captures("s") == [first]
    assert [archive.read(entry.sha256) for entry in first.named("t/rows")] == [b"1", b"2"]


def test_captures_of_sources_stay_apart(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    archive.record("a", "sample", NOON, [response("t", b"1")])
    newest = archive.record("a", "sample", NOON, [response("t", b"2")])
    archive.record("b", "sample", NOON, [response("t", b"3")])
    assert archive.require("a") == newest
    assert len(archive.captures("a")) == 2


def test_a_source_without_capture_is_told(tmp_path: Path) -> None:
    with pytest.raises(VoorkantError) as error:
        Archive(tmp_path).require("never")
    assert error.value.code == "VK-A001"
