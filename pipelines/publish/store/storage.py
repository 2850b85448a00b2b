"""What the log of releases asks of a storage, and the test that a storage keeps its word.

Two storages keep it: a folder on a local disk (`local.py`) and S3-compatible storage (`s3.py`). They
speak in Python's own exceptions: FileNotFoundError, FileExistsError, and OSError for the rest.
"""

from __future__ import annotations

import errno
import hashlib
import io
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

import msgspec

from expectations.errors import VoorkantError

STAGING = "staging"


class Described(msgspec.Struct, frozen=True):
    """What identifies the content of a file. bytes: how many."""

    sha256: str
    bytes: int


class UndecidedError(OSError):
    """A `create` that may or may not have taken place: the answer was lost."""


class Storage(Protocol):
    """Objects under keys such as `data/municipalities/2026.11.1/years.parquet`.

    place: where it is, for messages. A key is made of parts between slashes, and all methods raise
    OSError when the storage fails.
    """

    place: str

    def stage(self, key: str, content: bytes | Path) -> None:
        """Write a new object, not yet visible to readers. Safe from a power cut after `settle`."""

    def promote(self, staged: str, key: str) -> None:
        """Give a staged object a second key. Safe from a power cut after `settle`.

        Raises FileExistsError when the key is taken, FileNotFoundError when nothing is staged there.
        """

    def create(self, key: str, content: bytes) -> None:
        """Create an object, whole and safe from a power cut, if there is none: one caller wins.

        Raises FileExistsError when the key is taken, UndecidedError when the outcome is not known; after
        any other OSError the object was not created.
        """

    def replace(self, key: str, content: bytes) -> None:
        """Replace an object as a whole; readers see the old or the new one."""

    def settle(self, folder: str) -> None:
        """Make everything that is now in a folder safe from a power cut."""

    def read(self, key: str) -> bytes:
        """The bytes of an object. Raises FileNotFoundError."""

    def describe(self, key: str) -> Described:
        """Hash and length of an object as it is stored now. Raises FileNotFoundError."""

    def list(self, folder: str) -> list[str]:
        """The keys of all objects below a folder, sorted."""

    def delete(self, key: str) -> None:
        """Remove an object if it is there."""

    def path(self, key: str) -> Path | None:
        """Where a key lies on this machine; None where it has to be copied first."""


def described(content: bytes | Path) -> Described:
    """Hash and length of content that is still to be stored."""
    if isinstance(content, bytes):
        return Described(hashlib.sha256(content).hexdigest(), len(content))
    with content.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return Described(digest, file.seek(0, io.SEEK_END))


def new_token() -> str:
    """A unique name, for what is in staging. It never gets into a published file."""
    return uuid.uuid4().hex


def probe(storage: Storage) -> None:
    """Try whether a taken key stays taken. Raises VK-P005 for a storage that overwrites it, VK-P001.

    The log is safe only where the second of two creations fails. Some S3 servers ignore the condition
    and some network folders have no hard links; nothing may be published there.
    """
    key = f"{STAGING}/probe-{new_token()}"
    with failures(storage.place, "Nothing was published."):
        try:
            storage.create(key, b"first")
            kept = _is_taken(storage, key) and storage.read(key) == b"first"
        except UndecidedError as error:
            raise OSError(reason(error)) from error
        except OSError as error:
            if error.errno not in _WITHOUT_LINKS:
                raise
            raise _unsuitable(
                storage, f"It cannot give a file a second name: {reason(error)}."
            ) from error
        finally:
            with suppress(OSError):  # what stays behind is found by the doctor
                storage.delete(key)
    if not kept:
        raise _unsuitable(storage, "It overwrites an object that was to be created only if absent.")


_WITHOUT_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)


def _is_taken(storage: Storage, key: str) -> bool:
    try:
        storage.create(key, b"second")
    except FileExistsError:
        return True
    return False


@contextmanager
def failures(place: str, outcome: str) -> Iterator[None]:
    """Turn the errors of a storage into VK-P001, or VK-P007 when the outcome is unknown."""
    try:
        yield
    except UndecidedError as error:
        raise VoorkantError(
            "VK-P007",
            problem=f"The storage gave no answer to the step that releases: {reason(error)}.",
            where=place,
            outcome="The release is there or it is not; never a part of it. Nothing was lost.",
            remedy="Run again when the storage answers: what was released is found, not doubled.",
        ) from error
    except OSError as error:
        raise VoorkantError(
            "VK-P001",
            problem=f"The storage failed: {reason(error)}.",
            where=str(error.filename or place),
            outcome=outcome,
            remedy="See that the storage is there, that you may use it and that it has room, and run "
            "again.",
        ) from error


def staged_key(token: str, name: str) -> str:
    """Where a file of a release on its way is. Staging has no folders, so none can be left empty."""
    return f"{STAGING}/{token}.{name.replace('/', '+')}"


def waiting(storage: Storage) -> dict[str, list[str]]:
    """Token -> keys of everything in staging."""
    found: dict[str, list[str]] = {}
    for key in storage.list(STAGING):
        found.setdefault(key.removeprefix(f"{STAGING}/").partition(".")[0], []).append(key)
    return found


def clear(storage: Storage, token: str) -> None:
    """Remove what is staged under a token."""
    for key in waiting(storage).get(token, ()):
        storage.delete(key)


def reason(error: OSError) -> str:
    """The error of the storage, in one line."""
    return str(error.strerror or error).strip().partition("\n")[0].rstrip(".")


def _unsuitable(storage: Storage, problem: str) -> VoorkantError:
    return VoorkantError(
        "VK-P005",
        problem=problem,
        where=storage.place,
        outcome="Nothing was published.",
        remedy="Publish to a local disk with hard links, or to S3-compatible storage that honours "
        "If-None-Match.",
    )
