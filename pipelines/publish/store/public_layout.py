"""From the log to what readers see: files in their folders, the catalogue, nothing left in staging.

What belongs here: steps that only repeat what the log says. Each can be done again, by anyone, also
by two at once; so every run finishes what earlier runs left, and a crash in between loses nothing.
"""

from __future__ import annotations

from contextlib import suppress

from expectations.errors import VoorkantError
from pipelines.publish.store.index_files import pointers
from pipelines.publish.store.log import MANIFEST, History, Log, Release
from pipelines.publish.store.storage import Described, Storage, failures, staged_key, waiting

TRIES = 100
"""How often a publisher that lost a race starts again on top of the winner."""


def finish(storage: Storage, log: Log) -> History:
    """Promote the files of all releases in the log and write the catalogue; finished releases stay unchanged.

    Every run does this, for its own release and for those of runs that stopped. Raises VK-P001,
    VK-P002, VK-P004.
    """
    with failures(
        storage.place, "The log holds the release; the next run finishes promoting its files."
    ):
        history = log.read()
        for _ in range(TRIES):
            staged = waiting(storage)
            done = [each for each in history.releases() if each.staged in staged]
            for release in done:
                promote_files(storage, history, release)
            for key, content in pointers(history).items() if history.changes else ():
                point(storage, key, content)
            erase(storage, history)  # after the catalogue stopped listing them
            for key in (key for release in done for key in staged[release.staged]):
                storage.delete(key)
            newer = log.read()
            if newer == history:
                return history
            # Somebody released meanwhile; our catalogue may have replaced theirs.
            history = newer
        raise crowded(storage)


def promote_files(storage: Storage, history: History, release: Release) -> None:
    """Give the staged files of a release their final names, the manifest last.

    Raises VK-P002 when other bytes are in their place, or when neither place holds a file.
    """
    kept = history.kept(release)
    there = set(storage.list(release.folder))
    for names in ([name for name in kept if name != MANIFEST], [MANIFEST]):
        for name in names:
            key = f"{release.folder}/{name}"
            if key not in there:
                with suppress(FileExistsError, FileNotFoundError):
                    storage.promote(staged_key(release.staged, name), key)
                    continue
            # It was there before us: from a run that stopped, from a concurrent one, or from elsewhere.
            _compare(storage, key, kept[name])
        storage.settle(release.folder)


def verify(storage: Storage, history: History, release: Release) -> None:
    """Compare every file of a release with the log. Raises VK-P002 naming the first that differs."""
    for name, expected in history.kept(release).items():
        _compare(storage, f"{release.folder}/{name}", expected)


def erase(storage: Storage, history: History) -> None:
    """Remove the files that went with a withdrawal, if any are there."""
    for withdrawal in history.withdrawals.values():
        for name in withdrawal.erased:
            storage.delete(f"data/{withdrawal.dataset}/{withdrawal.version}/{name}")


def _compare(storage: Storage, key: str, expected: Described) -> None:
    try:
        same = storage.describe(key) == expected
    except FileNotFoundError:
        same = False
    if not same:
        raise altered(storage, key)


def altered(storage: Storage, key: str) -> VoorkantError:
    """The error for a file that is not as the log says (VK-P002)."""
    return VoorkantError(
        "VK-P002",
        problem=f"The file {key.rpartition('/')[2]} is missing or not the one that was published.",
        where=f"{storage.place}/{key}",
        outcome="The log holds the release, but its files are not all in place.",
        remedy="Restore the file from a copy, or move a foreign one away, and run "
        "`voorkant doctor --clean`.",
    )


def point(storage: Storage, key: str, content: bytes) -> None:
    """Make a file that follows from the log what it should be, where it is not so already."""
    try:
        if storage.read(key) == content:
            storage.settle("")
            return
    except FileNotFoundError:
        pass
    storage.replace(key, content)


def crowded(storage: Storage) -> VoorkantError:
    """The error when other publishers were first every time."""
    return VoorkantError(
        "VK-P001",
        problem=f"Others published {TRIES} times while this run tried.",
        where=storage.place,
        outcome="Nothing was lost; what the log holds is finished by the next run.",
        remedy="Run again when fewer publishers are at work.",
    )
