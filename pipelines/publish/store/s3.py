"""S3-compatible storage, through obstore. The one promise it must keep: If-None-Match.

Nothing is renamed or locked there, and an object appears whole. So `settle` has nothing to do, and
laying out means reading a staged object and creating it anew: a server-side copy could overwrite.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, PreconditionError
from obstore.store import ObjectStore

from pipelines.publish.store.storage import Described, UndecidedError

_ROLE = "/latest/api/token"
"""Where a machine of Amazon is asked for credentials when none are set."""


class S3Storage:
    """Storage in a bucket, or below a prefix of one. A published file must fit in memory."""

    def __init__(self, store: ObjectStore, place: str) -> None:
        self.place = place
        self._store = store

    def stage(self, key: str, content: bytes | Path) -> None:
        with _as_storage_errors():
            obstore.put(self._store, key, content)

    def promote(self, staged: str, key: str) -> None:
        try:
            self.create(key, self.read(staged))
        except UndecidedError as error:
            raise OSError(str(error)) from error  # it releases nothing, and can be done again

    def create(self, key: str, content: bytes) -> None:
        try:
            obstore.put(self._store, key, content, mode="create", use_multipart=False)
        except (AlreadyExistsError, PreconditionError):
            raise FileExistsError(key) from None
        except (BaseError, OSError) as error:
            raise UndecidedError(_words(error)) from error

    def replace(self, key: str, content: bytes) -> None:
        with _as_storage_errors():
            obstore.put(self._store, key, content, use_multipart=False)

    def settle(self, folder: str) -> None:
        """Nothing: an object that was acknowledged is kept."""

    def read(self, key: str) -> bytes:
        with _as_storage_errors():
            return bytes(obstore.get(self._store, key).bytes())

    def describe(self, key: str) -> Described:
        digest, length = hashlib.sha256(), 0
        with _as_storage_errors():
            for piece in obstore.get(self._store, key):
                digest.update(piece)
                length += len(piece)
        return Described(digest.hexdigest(), length)

    def list(self, folder: str) -> list[str]:
        with _as_storage_errors():
            prefix = f"{folder}/" if folder else None
            pages = obstore.list(self._store, prefix, chunk_size=1000)
            return sorted(each["path"] for page in pages for each in page)

    def delete(self, key: str) -> None:
        try:
            with _as_storage_errors():
                obstore.delete(self._store, key)
        except FileNotFoundError:
            return

    def path(self, key: str) -> None:  # noqa: ARG002 (another storage needs it)
        return None


@contextmanager
def _as_storage_errors() -> Iterator[None]:
    """Failures of the storage as OSError, in a line; obstore itself raises FileNotFoundError."""
    try:
        yield
    except FileNotFoundError:
        raise
    except (BaseError, OSError) as error:
        raise OSError(_words(error)) from error


def _words(error: Exception) -> str:
    """The error of the server, where it gives one; else the first line of obstore's message."""
    text = str(error).partition("\n\nDebug source")[0]
    if _ROLE in text:
        return (
            "no credentials are set in AWS_ACCESS_KEY_ID, and this machine has no role of its own"
        )
    answer = re.search(r"<Code>(.*?)</Code>.*?<Message>(.*?)</Message>", text, re.DOTALL)
    return f"{answer[1]}: {answer[2]}" if answer else text.partition("\n")[0]
