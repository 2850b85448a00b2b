"""Find what is wrong with a storage of releases, and repair what needs no person.

What belongs here: comparing everything that is there with the log, and clearing leftovers *through* the
log, so that a publisher that still works on them notices. What does not: repairing damaged files; that
takes a copy.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

from expectations.errors import VoorkantError
from pipelines.publish.store.index_files import pointers
from pipelines.publish.store.legacy_releases import sorted_out, take_in
from pipelines.publish.store.log import Collection, History, Log
from pipelines.publish.store.public_layout import TRIES, finish
from pipelines.publish.store.storage import Described, Storage, failures, waiting

LeftoverKind = Literal[
    "abandoned",
    "unfinished",
    "damaged",
    "outside the log",
    "no release",
    "erased file",
    "catalogue",
]


@dataclass(frozen=True, slots=True)
class StorageFinding:
    """One thing that is not as the log says. cleanable: `clean` repairs it."""

    kind: LeftoverKind
    key: str
    problem: str
    cleanable: bool

    def as_dict(self) -> dict[str, Any]:
        """The same for programs."""
        return asdict(self)


def examine(storage: Storage) -> list[StorageFinding]:
    """Everything that is not as the log records, reading every byte. Changes nothing.

    Raises VK-P004 (the log itself is damaged, so that nothing can be compared with it) and VK-P001.
    """
    with failures(storage.place, "Nothing was changed."):
        # First what is there, then the log: what is released meanwhile is not taken for foreign.
        staged, stored = waiting(storage), storage.list("data")
        history = Log(storage).read()
        return [
            *_in_staging(staged, history),
            *_in_data(storage, stored, history),
            *_in_catalogue(storage, history),
        ]


def clean(storage: Storage) -> list[StorageFinding]:
    """Repair what can be repaired, and return the findings that remain for a person.

    Finishes releases that a crash left unfinished, gives abandoned files up in the log and removes
    them, adds complete releases of older versions of this program to the log, and makes the
    catalogue anew. Raises VK-P001, VK-P004, VK-P005.
    """
    with failures(storage.place, "What was repaired stays repaired; releases are untouched."):
        log = Log(storage)
        take_in(storage, log)
        _give_up_abandoned(storage, log)
        try:
            finish(storage, log)
        except VoorkantError as error:
            if error.code != "VK-P002":
                raise
            # Missing or foreign files: they are among the remaining findings.
    return examine(storage)


def _in_staging(staged: dict[str, list[str]], history: History) -> Iterator[StorageFinding]:
    released = {release.staged: release for release in history.releases()}
    for token, (key, *_) in staged.items():
        if token in released:
            release = released[token]
            problem = f"{release.dataset} {release.version} was released, but not finished."
            yield StorageFinding("unfinished", key, problem, cleanable=True)
        else:
            problem = "Left by a run that stopped, or being written by one that is at work now."
            yield StorageFinding("abandoned", key, problem, cleanable=True)


def _in_data(storage: Storage, stored: list[str], history: History) -> Iterator[StorageFinding]:
    unexplained = set(stored)
    for release in history.releases():
        for name, expected in history.kept(release).items():
            key = f"{release.folder}/{name}"
            unexplained.discard(key)
            problem = _difference(storage, key, expected)
            if problem and not (problem == _GONE and release.staged in waiting(storage)):
                yield StorageFinding("damaged", key, problem, cleanable=False)
        for name in set(release.files) - set(history.kept(release)):
            key = f"{release.folder}/{name}"
            if key in unexplained:
                unexplained.discard(key)
                problem = "It was erased with a withdrawn version and must not be here."
                yield StorageFinding("erased file", key, problem, cleanable=True)
    complete, foreign = sorted_out(storage, unexplained)
    for release in complete:
        problem = "A complete release, made before there was a log."
        yield StorageFinding("outside the log", release.folder, problem, cleanable=True)
    for key in foreign:
        problem = "The log lists no such file; it belongs to no release."
        yield StorageFinding("no release", key, problem, cleanable=False)


def _in_catalogue(storage: Storage, history: History) -> Iterator[StorageFinding]:
    if not history.changes:
        return
    for key, expected in pointers(history).items():
        try:
            same = storage.read(key) == expected
        except FileNotFoundError:
            same = False
        if not same:
            yield StorageFinding("catalogue", key, "It is not what the log gives.", cleanable=True)


_GONE = "It is missing."


def _difference(storage: Storage, key: str, expected: Described) -> str | None:
    try:
        found = storage.describe(key)
    except FileNotFoundError:
        return _GONE
    if found == expected:
        return None
    return f"Its sha256 is {found.sha256}, not {expected.sha256}; restore it from a copy."


def _give_up_abandoned(storage: Storage, log: Log) -> None:
    for _ in range(TRIES):
        history = log.read()
        released = {release.staged for release in history.releases()}
        abandoned = {t: keys for t, keys in waiting(storage).items() if t not in released}
        # Helpers of a single write have no name behind the token, and no release ever names them.
        new = tuple(
            token
            for token, keys in abandoned.items()
            if token not in history.collected and any("." in key for key in keys)
        )
        try:
            if new:
                log.add(history, Collection(new))
        except FileExistsError:
            continue  # somebody released meanwhile, perhaps one of these
        for keys in abandoned.values():
            for key in keys:
                storage.delete(key)
        return
