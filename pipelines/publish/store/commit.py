"""Releasing and withdrawing: everything in an order that a crash cannot turn into half a release.

    stage the files -> settle -> add to the log (this releases) -> promote the files, the manifest last ->
    catalogue and latest -> clear the staging

What belongs here: everything up to the log, and what a loser of a race does. What comes after is in
`public_layout.py`; making the files is `PublishRequest.make`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from expectations.errors import VoorkantError
from pipelines.publish.store.index_files import about
from pipelines.publish.store.legacy_releases import take_in
from pipelines.publish.store.log import MANIFEST, History, Log, Release, Withdrawal
from pipelines.publish.store.public_layout import TRIES, crowded, finish
from pipelines.publish.store.storage import (
    STAGING,
    Storage,
    UndecidedError,
    clear,
    described,
    failures,
    new_token,
    staged_key,
)

DOUBTS = 3
"""How often an unanswered addition to the log is made again."""

Files = Mapping[str, bytes | Path]
"""File name -> its content, or the file that holds it. `manifest.json` must be among them."""

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*")


@dataclass(frozen=True, slots=True)
class PublishRequest:
    """A request to publish: what the store must know of content before it is a release.

    content_sha256: its identity; equal to that of the newest release, nothing is published.
    moment: ISO 8601, of the newest input; gives year and month of the version.
    attempt: an id; the same attempt after a crash or a lost answer is the same release.
    make: version, and the release it comes after (None for the first) -> all files. Called again
    when another publisher took that version first.
    prove: raises unless the checks are about exactly these rows and passed. Called before anything is
    made, and again when everything is made, because rows may be replaced meanwhile.
    """

    dataset: str
    content_sha256: str
    moment: str
    attempt: str
    make: Callable[[str, Release | None], Files]
    prove: Callable[[], object]


@dataclass(frozen=True, slots=True)
class PublishResult:
    """The release that holds the content, and its place: a folder or an address.

    changed: False when it was there before this attempt.
    """

    release: Release
    place: str
    changed: bool


@dataclass(frozen=True, slots=True)
class _Staged:
    """Files that are safe in staging, made for one version after one other release."""

    release: Release
    after: Release | None

    def fits(self, version: str, after: Release | None, history: History) -> bool:
        """Whether they can still become a release on top of this history."""
        made_for = (self.release.version, self.after) == (version, after)
        return made_for and self.release.staged not in history.collected


def publish(storage: Storage, request: PublishRequest) -> PublishResult:
    """Release a request, or give the release that already holds its content.

    Raises what `request.prove` and `request.make` raise, VK-P001 (the storage failed; nothing was
    released, or what was released is finished by the next run), VK-P002 (other bytes lie where a
    release belongs), VK-P004 (damaged log), VK-P006 (content that was withdrawn) and VK-P007
    (unknown whether it was released).
    """
    with failures(storage.place, "Nothing was published; earlier releases are untouched."):
        request.prove()
        log = Log(storage)
        take_in(storage, log)
        release, changed = _release(storage, log, request)
    finish(storage, log)
    return PublishResult(release, f"{storage.place}/{release.folder}", changed)


def withdraw(
    storage: Storage, dataset: str, version: str, why: str, erase: tuple[str, ...] = ()
) -> History:
    """Say that a version is no longer to be used; its manifest stays, and its number is never reused.

    erase: files whose bytes must go as well. Withdrawing twice changes nothing, except that more files
    may be erased. Raises VK-U001 (no such version, no reason, or a manifest to erase), VK-P001, VK-P004,
    VK-P007.
    """
    with failures(storage.place, "Nothing was withdrawn."):
        log = Log(storage)
        take_in(storage, log)
        for _ in range(TRIES):
            history = log.read()
            release = history.find(dataset, version)
            unknown = set(erase) - set(release.files if release else ())
            if release is None or unknown or not why.strip() or MANIFEST in erase:
                raise VoorkantError(
                    "VK-U001",
                    problem=f"{dataset} {version} cannot be withdrawn like this.",
                    where=storage.place,
                    outcome="Nothing was withdrawn.",
                    remedy="Name a version that is in the catalogue and give a reason. Only its own "
                    f"files can be erased, and {MANIFEST} always stays.",
                )
            before = history.withdrawals.get((dataset, version))
            erased = {*erase, *(before.erased if before else ())}
            if before and erased == set(before.erased):
                break
            with suppress(FileExistsError):
                log.add(history, Withdrawal(dataset, version, why, tuple(sorted(erased))))
                break
        else:
            raise crowded(storage)
    return finish(storage, log)


def _release(storage: Storage, log: Log, request: PublishRequest) -> tuple[Release, bool]:
    """The release that holds the content, and whether this attempt added it to the log."""
    staged: _Staged | None = None
    doubts = 0  # additions of which the storage did not say whether they took place
    try:
        for _ in range(TRIES):
            history = log.read()
            mine = history.of_attempt(request.dataset, request.attempt)
            if mine is not None:
                if staged is not None and mine.staged != staged.release.staged:
                    _discard(storage, staged.release.staged)  # the same attempt, made elsewhere
                return mine, True
            newest = history.newest(request.dataset)
            if newest is not None and newest.content_sha256 == request.content_sha256:
                if staged is not None:
                    _discard(storage, staged.release.staged)
                return newest, False
            withdrawal = history.withdrawal_of(request.dataset, request.content_sha256)
            version = history.next_version(request.dataset, request.moment)
            if withdrawal is not None:
                raise _withdrawn(storage, withdrawal)
            occupied = storage.list(f"data/{request.dataset}/{version}")
            if occupied and log.read() == history:
                raise _occupied(storage, occupied[0])
            if occupied:  # by another publisher, who released this version meanwhile
                continue
            if staged is None or not staged.fits(version, newest, history):
                if staged is not None:
                    _discard(storage, staged.release.staged)
                # From here on nothing of ours can be in the log: its number went to another.
                staged, doubts = None, 0
                staged = _stage(storage, log, request, version, newest)
                if staged is None:
                    continue
            request.prove()
            try:
                log.add(history, staged.release)
                return staged.release, True
            except FileExistsError:
                doubts = 0
            except UndecidedError:
                # Adding the same again is safe: one entry, whichever of the two arrived.
                doubts += 1
                if doubts == DOUBTS:
                    raise
        raise crowded(storage)
    except BaseException as error:
        if not doubts and staged is not None and not isinstance(error, KeyboardInterrupt):
            _discard(storage, staged.release.staged)
        if doubts and isinstance(error, OSError):
            raise UndecidedError(*error.args) from error
        raise


def _stage(
    storage: Storage, log: Log, request: PublishRequest, version: str, after: Release | None
) -> _Staged | None:
    """Make all files and bring them to safety. None when another run gave the token up meanwhile."""
    files = dict(sorted(request.make(version, after).items()))
    manifest = _manifest(request, version, files)
    token = new_token()
    known = {name: described(content) for name, content in files.items()}
    try:
        for name, content in files.items():
            storage.stage(staged_key(token, name), content)
        storage.settle(STAGING)
        for name, expected in known.items():
            if storage.describe(staged_key(token, name)) != expected:
                raise OSError(f"{name} reads back other than it was written")
    except BaseException as error:
        _discard(storage, token)
        if isinstance(error, FileNotFoundError) and token in log.read().collected:
            return None
        raise
    release = Release(
        dataset=request.dataset,
        version=version,
        content_sha256=request.content_sha256,
        published_at=request.moment,
        attempt=request.attempt,
        staged=token,
        files=known,
        about=about(manifest),
    )
    return _Staged(release, after)


def _manifest(request: PublishRequest, version: str, files: Files) -> Mapping[str, Any]:
    """The manifest among the files, which must be about this very release."""
    misnamed = [name for name in files if not _NAME.fullmatch(name)]
    if misnamed or MANIFEST not in files or not _NAME.fullmatch(request.dataset):
        raise ValueError(
            f"{request.dataset}: {misnamed or MANIFEST} is missing or no name for a file"
        )
    content = files[MANIFEST]
    manifest = json.loads(content if isinstance(content, bytes) else content.read_bytes())
    identity = (manifest["dataset"], manifest["version"], manifest["content_sha256"])
    if identity != (request.dataset, version, request.content_sha256):
        raise ValueError(f"the manifest is about {identity}")
    return dict(manifest)


def _withdrawn(storage: Storage, withdrawal: Withdrawal) -> VoorkantError:
    return VoorkantError(
        "VK-P006",
        problem=f"This is the content of version {withdrawal.version}, which was withdrawn: "
        f"{withdrawal.reason}",
        where=f"{storage.place}/data/{withdrawal.dataset}/{withdrawal.version}",
        outcome="Nothing was published; the newest release that is not withdrawn stays.",
        remedy="Fix what the version was withdrawn for, in the source, the code or the "
        "contract, and run again.",
    )


def _occupied(storage: Storage, key: str) -> VoorkantError:
    return VoorkantError(
        "VK-P002",
        problem="A file that belongs to no release is in the place of the next release.",
        where=f"{storage.place}/{key}",
        outcome="Nothing was published.",
        remedy="Move it away and run again; only voorkant may write there.",
    )


def _discard(storage: Storage, token: str) -> None:
    with suppress(OSError):  # what stays behind is found by the doctor
        clear(storage, token)
