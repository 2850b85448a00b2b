"""Files that a team received and put in a folder: first the list of them, then each one.

What belongs here: taking them in as they are. What does not: what is in them (`files/`); an archive
keeps a file also when nobody can read it, that is how one can show what was received.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import NamedTuple
from urllib.parse import quote

from assets.ingest.archive import Capture, Entry
from assets.ingest.connectors.bodies import not_its_format
from assets.ingest.messages import Answer, Fetch, Planned, Request
from assets.ingest.registry import Source


def collect(source: Source, fetch: Fetch) -> list[Answer]:
    """The list of files, and every file in it. An empty folder gives an empty list, and is no error."""
    answers: list[Answer] = []
    for planned in plan(source):
        list_request = planned.request
        listed = fetch(list_request)
        answers.append(listed)
        answers += [
            fetch(Request(f"{list_request.name}/{name}", f"{list_request.url}{quote(name)}"))
            for name in _names(source, list_request, listed.body)
        ]
    return answers


def plan(source: Source) -> list[Planned]:
    """The list of files; nothing is asked over a network."""
    return [
        Planned(
            Request(table.id, f"{source.base_url}/"),
            "no request: every file put in that folder",
        )
        for table in source.tables
    ]


def dropped_files(capture: Capture) -> Iterator[Entry]:
    """The captured files, named as they were in the folder."""
    for entry in capture.entries:
        _, _, name = entry.name.partition("/")
        if name:
            yield replace(entry, name=name)


class DroppedFile(NamedTuple):
    """A file as it was in the folder: its path there, and what it held."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Received:
    """A dropped file.

    on: the UTC day of its first capture. version: which content under its name it is, from 1. also: other
    names the same bytes had.
    """

    file: DroppedFile
    on: date
    version: int
    also: tuple[str, ...] = ()


def received(captures: Iterable[Capture]) -> list[Received]:
    """Every file that was ever dropped, each content once; captures: oldest first.

    A file that is replaced in the folder, or taken out of it, was received all the same.
    """
    found: dict[str, Received] = {}
    versions: Counter[str] = Counter()
    for capture in captures:
        day = datetime.fromisoformat(capture.retrieved_at).astimezone(UTC).date()
        for entry in dropped_files(capture):
            known = found.get(entry.sha256)
            if known is None:
                versions[entry.name] += 1
                dropped_file = DroppedFile(entry.name, entry.sha256)
                found[entry.sha256] = Received(dropped_file, day, versions[entry.name])
            elif entry.name not in (known.file.name, *known.also):
                found[entry.sha256] = replace(known, also=(*known.also, entry.name))
    return list(found.values())


def _names(source: Source, request: Request, body: bytes) -> list[str]:
    try:
        names = json.loads(body)
    except ValueError:
        names = None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        why = "The answer is not a list of names."
        raise not_its_format(source.id, request.name, request.page, body, why)
    return names
