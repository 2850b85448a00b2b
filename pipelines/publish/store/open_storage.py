"""From what a person writes, a folder or `s3://bucket/prefix`, to a storage."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from expectations.errors import VoorkantError
from pipelines.publish.store.local import LocalStorage
from pipelines.publish.store.storage import Storage, probe, reason

_S3 = "s3://"
# A server that is down is reported within a minute, not after obstore's three.
_PATIENCE = timedelta(seconds=20)


def is_folder(place: str | Path) -> bool:
    """Whether a place is a folder of this machine, not an address."""
    return "://" not in str(place)


def absolute(place: str | Path) -> str:
    """The same place from wherever it is looked at: a folder from the root, an address as it is."""
    return str(Path(place).resolve()) if is_folder(place) else str(place).rstrip("/")


def storage_at(place: str | Path) -> Storage:
    """The storage at a place, for reading. Raises VK-U001 for an address of another kind.

    Access to S3 is configured by the usual environment variables (`AWS_ACCESS_KEY_ID`,
    `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, `AWS_ENDPOINT_URL`, `AWS_ALLOW_HTTP`; for a public bucket that
    is only read, `AWS_SKIP_SIGNATURE`).
    """
    if is_folder(place):
        return LocalStorage(Path(place))
    address = absolute(place)
    if not address.startswith(_S3):
        raise _nowhere(place, "Releases are kept in a folder or in S3-compatible storage only.")
    from obstore.exceptions import BaseError  # not needed for a folder
    from obstore.store import S3Store

    from pipelines.publish.store.s3 import S3Storage

    try:
        store = S3Store.from_url(
            address,
            # One object at a time is deleted here, and not every server knows how to delete many.
            disable_bulk_delete=True,
            retry_config={"retry_timeout": _PATIENCE},
        )
    except (BaseError, OSError, ValueError) as error:
        raise _nowhere(place, f"It cannot be opened: {reason(OSError(str(error)))}.") from None
    return S3Storage(store, address)


def storage_to_publish_at(place: str | Path) -> Storage:
    """The same, after it was seen to keep its word. Raises VK-P005."""
    storage = storage_at(place)
    probe(storage)
    return storage


def _nowhere(place: str | Path, problem: str) -> VoorkantError:
    return VoorkantError(
        "VK-U001",
        problem=problem,
        where=str(place),
        outcome="Nothing was done.",
        remedy="Give a folder, or s3://bucket/prefix and the variables of docs/howto/data-team.md.",
    )
