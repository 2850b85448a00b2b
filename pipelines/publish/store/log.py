"""The log of releases: numbered entries, each created once, each naming the one before it by hash.

What belongs here: the entries, reading them with every check, and adding one. What they mean for files
and catalogue is in `public_layout.py` and `index_files.py`.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import msgspec

from expectations.errors import VoorkantError
from pipelines.publish.store.storage import Described, Storage
from pipelines.publish.store.versions import following, order

FOLDER = "log"
MANIFEST = "manifest.json"
_NAMED = re.compile(rf"{FOLDER}/\d{{20}}\.json")


class Release(msgspec.Struct, frozen=True, tag="release"):
    """A version of a dataset came to be.

    attempt: the id of the run that made it; one attempt makes one release. staged: the token of its files in
    staging. about: what the catalogue shows of it.
    """

    dataset: str
    version: str
    content_sha256: str
    published_at: str
    attempt: str
    staged: str
    files: dict[str, Described]
    about: dict[str, Any]

    @property
    def folder(self) -> str:
        """The folder of its files."""
        return f"data/{self.dataset}/{self.version}"


class Withdrawal(msgspec.Struct, frozen=True, tag="withdrawal"):
    """A version is no longer to be used. Its manifest stays; erased: the files that went."""

    dataset: str
    version: str
    reason: str
    erased: tuple[str, ...] = ()


class Collection(msgspec.Struct, frozen=True, tag="collection"):
    """What is staged under these tokens is given up; no release may name them from here on."""

    staged: tuple[str, ...]


Change = Release | Withdrawal | Collection


class LogEntry(msgspec.Struct, frozen=True):
    """One number of the log. parent: sha256 of the entry before it, as stored."""

    number: int
    parent: str | None
    change: Change


class _Sealed(msgspec.Struct):
    """An entry as stored: its exact bytes, and their sha256."""

    sha256: str
    entry: msgspec.Raw


@dataclass(frozen=True)
class History:
    """What the log says up to some number. head: sha256 of its last entry, None when it is empty."""

    changes: tuple[Change, ...] = ()
    head: str | None = None

    def releases(self, dataset: str | None = None) -> list[Release]:
        """All releases, withdrawn ones too, in the order of the log."""
        found = (change for change in self.changes if isinstance(change, Release))
        return [release for release in found if dataset in (None, release.dataset)]

    @cached_property
    def withdrawals(self) -> dict[tuple[str, str], Withdrawal]:
        """Dataset and version -> its withdrawal."""
        found = (change for change in self.changes if isinstance(change, Withdrawal))
        return {(each.dataset, each.version): each for each in found}

    @cached_property
    def collected(self) -> set[str]:
        """Tokens that were given up."""
        found = (change for change in self.changes if isinstance(change, Collection))
        return {token for each in found for token in each.staged}

    def of_attempt(self, dataset: str, attempt: str) -> Release | None:
        """The release that an attempt came to, if it did."""
        return next((each for each in self.releases(dataset) if each.attempt == attempt), None)

    def find(self, dataset: str, version: str) -> Release | None:
        """One release."""
        return next((each for each in self.releases(dataset) if each.version == version), None)

    def newest(self, dataset: str) -> Release | None:
        """The highest version that was not withdrawn."""
        withdrawn = self.withdrawals
        valid = [r for r in self.releases(dataset) if (dataset, r.version) not in withdrawn]
        return max(valid, key=lambda release: order(release.version), default=None)

    def next_version(self, dataset: str, moment: str) -> str:
        """The version after all of a dataset, in the year and month of a moment (ISO 8601)."""
        taken = [each.version for each in self.releases(dataset)]
        return following(taken, moment)

    def withdrawal_of(self, dataset: str, content_sha256: str) -> Withdrawal | None:
        """The first withdrawal of a release with this content; None when there is none."""
        found = (
            self.withdrawals.get((dataset, each.version))
            for each in self.releases(dataset)
            if each.content_sha256 == content_sha256
        )
        return next(filter(None, found), None)

    def kept(self, release: Release) -> dict[str, Described]:
        """The files of a release that were not erased when it was withdrawn."""
        withdrawal = self.withdrawals.get((release.dataset, release.version))
        erased = withdrawal.erased if withdrawal else ()
        return {name: about for name, about in release.files.items() if name not in erased}


@dataclass(slots=True)
class Log:
    """The log in a storage. What was read once is not read again, since entries never change."""

    storage: Storage
    _history: History = field(default_factory=History)

    def read(self) -> History:
        """Everything the log holds now, safe from a power cut. Raises VK-P004 when it is damaged."""
        keys = self.storage.list(FOLDER)
        foreign = next((key for key in keys if not _NAMED.fullmatch(key)), None)
        if foreign:
            raise _damaged(self.storage, foreign, "This is no entry of the log.")
        # Not the listing itself: one made while others write may miss the last but one.
        last = max((int(key[-25:-5]) for key in keys), default=0)
        history = self._history
        if last < len(history.changes):
            raise _damaged(self.storage, key_of(last + 1), "The entry is gone.")
        for number in range(len(history.changes) + 1, last + 1):
            history = self._follow(history, number)
        if keys:
            # Nothing may be built on an entry that a power cut could still take away.
            self.storage.settle(FOLDER)
        self._history = history
        return history

    def add(self, history: History, change: Change) -> History:
        """Make a change the next one after `history`, for good.

        Raises FileExistsError when another entry took the number first, UndecidedError when the storage
        gave no answer; after any other OSError the change was not made.
        """
        number = len(history.changes) + 1
        sealed = seal(LogEntry(number, history.head, change))
        try:
            self.storage.create(key_of(number), sealed)
        except FileExistsError:
            # It is ours when the answer to a first try was lost; an attempt or token is never shared.
            if self._stored(number) != sealed:
                raise
        self._history = History((*history.changes, change), _sha256(sealed))
        return self._history

    def _stored(self, number: int) -> bytes | None:
        try:
            return self.storage.read(key_of(number))
        except FileNotFoundError:
            return None

    def _follow(self, history: History, number: int) -> History:
        key, stored = key_of(number), self._stored(number)
        if stored is None:
            raise _damaged(self.storage, key, "The entry is gone.")
        try:
            entry = unseal(stored)
        except (msgspec.MsgspecError, UnicodeDecodeError, ValueError) as error:
            raise _damaged(self.storage, key, f"It is not as it was written: {error}.") from None
        if (entry.number, entry.parent) != (number, history.head):
            raise _damaged(self.storage, key, "It does not follow the entry before it.")
        return History((*history.changes, entry.change), _sha256(stored))


def key_of(number: int) -> str:
    """Where an entry is."""
    return f"{FOLDER}/{number:020d}.json"


def seal(entry: LogEntry) -> bytes:
    """An entry as it is stored."""
    body = msgspec.json.encode(entry)
    return msgspec.json.encode(_Sealed(_sha256(body), msgspec.Raw(body))) + b"\n"


def unseal(stored: bytes) -> LogEntry:
    """The entry that was stored. Raises ValueError or msgspec's errors when it was altered."""
    sealed = msgspec.json.decode(stored, type=_Sealed)
    if _sha256(bytes(sealed.entry)) != sealed.sha256:
        raise ValueError("its sha256 is another")
    entry = msgspec.json.decode(sealed.entry, type=LogEntry)
    if seal(entry) != stored:
        raise ValueError("it holds what was never written")
    return entry


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _damaged(storage: Storage, key: str, problem: str) -> VoorkantError:
    return VoorkantError(
        "VK-P004",
        problem=problem,
        where=f"{storage.place}/{key}",
        outcome="Nothing was published or cleaned; the files of releases are untouched.",
        remedy="Restore the folder log from a copy; an entry is never edited or removed.",
    )
