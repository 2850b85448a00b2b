"""From what a person writes, a folder or `s3://bucket/prefix`, to a storage."""

from __future__ import annotations

from pathlib import Path

from expectations.errors import VoorkantError
from pipelines.publish.store.local import LocalStorage
from pipelines.publish.store.storage import Storage, probe


def storage_at(place: str | Path) -> Storage:
    """The storage at a place, for reading. Raises VK-U001 for an address of another kind.

    Access to S3 is configured by the usual environment variables (`AWS_ACCESS_KEY_ID`,
    `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, `AWS_ENDPOINT_URL`, `AWS_ALLOW_HTTP`).
    """
    if "://" not in str(place):
        return LocalStorage(Path(place))
    if not str(place).startswith("s3://"):
        raise VoorkantError(
            "VK-U001",
            problem=f"Releases cannot be kept at {place}.",
            where="the command line",
            outcome="Nothing was done.",
            remedy="Give a folder, or s3://bucket/prefix.",
        )
    from obstore.store import S3Store  # not needed for a folder

    from pipelines.publish.store.s3 import S3Storage

    # One object at a time is deleted here, and not every server knows how to delete many.
    store = S3Store.from_url(str(place), disable_bulk_delete=True)
    return S3Storage(store, str(place))


def storage_to_publish_at(place: str | Path) -> Storage:
    """The same, after it was seen to keep its word. Raises VK-P005."""
    storage = storage_at(place)
    probe(storage)
    return storage
