"""The archive keeps bodies as served, tells altered ones, and logs a capture once."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.ingest.archive import Archive
from assets.ingest.messages import Request, Response
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


def files(archive: Archive) -> list[str]:
    return sorted(str(p.relative_to(archive.root)) for p in archive.root.rglob("*") if p.is_file())


def test_a_body_is_visible_only_when_it_is_whole(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    with archive.writer() as writer:
        writer.write(b"one ")
        writer.write(b"two")
        assert [name.partition("/")[0] for name in files(archive)] == ["incoming"]
        digest = writer.keep()
    assert files(archive) == [f"objects/{digest[:2]}/{digest}"]
    assert archive.read(digest) == b"one two"
    assert writer.bytes == 7


def test_half_a_body_leaves_no_trace(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    with pytest.raises(KeyboardInterrupt), archive.writer() as writer:
        writer.write(b"one ")
        raise KeyboardInterrupt
    assert files(archive) == []


def test_the_same_body_is_one_object(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    digest = archive.store(b"same")
    made = archive.path(digest).stat().st_mtime_ns
    with archive.writer() as writer:
        writer.write(b"same")
        assert writer.keep() == digest
    assert archive.path(digest).stat().st_mtime_ns == made
    assert len(files(archive)) == 1


def test_what_a_crash_left_of_a_body_is_replaced(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    digest = archive.store(b"whole")
    archive.path(digest).write_bytes(b"wh")
    assert not archive.holds(digest, 5)
    assert archive.store(b"whole") == digest
    assert archive.read(digest) == b"whole"


def test_only_what_killed_processes_left_is_swept(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    gone = subprocess.Popen(["true"])  # noqa: S607
    gone.wait()
    writer = archive.writer()
    host = next(archive.incoming.iterdir()).name.split(".")[0]
    (archive.incoming / f"{host}.{gone.pid}.abc").write_bytes(b"left")
    (archive.incoming / f"elsewhere.{gone.pid}.abc").write_bytes(b"another machine's")
    archive.sweep()
    assert len(list(archive.incoming.iterdir())) == 2
    writer.drop()


OLD_LINE = (
    b'{"source": "s", "origin": "live", "retrieved_at": "2026-01-01T12:00:00+00:00", "entries": '
    b'[{"name": "t", "page": 1, "url": "https://x.nl/t", "status": 200, "content_type": "text/plain",'
    b' "sha256": "ab", "bytes": 1, "published_at": null}]}\n'
)


def test_old_and_future_lines_of_the_log_are_read(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    future = json.loads(OLD_LINE) | {"mood": "fine"}
    future["entries"][0] |= {"retries": 2, "weight": 3}
    archive.log.write_bytes(OLD_LINE + json.dumps(future).encode() + b"\n")
    old, new = archive.captures("s")
    assert (old.entries[0].headers, old.entries[0].retries, old.accepted) == ({}, 0, ())
    assert new.entries[0].retries == 2
    assert archive.latest("s", "live") == new
    assert archive.latest("s", "drop") is None


def test_a_line_that_a_crash_cut_short_does_not_count(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    archive.log.write_bytes(OLD_LINE + OLD_LINE[:50])
    assert len(archive.captures("s")) == 1
    archive.record("s", "sample", NOON, [response("t", b"1")])
    assert [taken.origin for taken in archive.captures("s")] == ["live", "sample"]
    assert archive.log.read_bytes().count(b"\n") == 2


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
