"""Releases from before there was a log: recognised by their manifest and taken into the log.

Version 0.1 of this program found releases out without a log. They are releases all the same: their numbers
must not be used again, and the catalogue must not lose them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress

from pipelines.publish.store.index_files import about
from pipelines.publish.store.log import MANIFEST, History, Log, Release
from pipelines.publish.store.public_layout import TRIES, crowded
from pipelines.publish.store.storage import Described, Storage
from pipelines.publish.store.versions import order


def read(storage: Storage) -> History:
    """The history of the log, and after it every complete release that it does not list; nothing is written.

    So readers see what a publisher would. Raises VK-P004.
    """
    history, complete = _beside(storage, Log(storage))
    return History((*history.changes, *complete), history.head)


def take_in(storage: Storage, log: Log) -> History:
    """Add every complete release that the log does not list, lower versions first.

    Raises VK-P004, and VK-P001 when others release all the time.
    """
    for _ in range(TRIES):
        history, complete = _beside(storage, log)
        with suppress(FileExistsError):
            for release in complete:
                storage.settle(release.folder)
                history = log.add(history, release)
            return history
    raise crowded(storage)


def _beside(storage: Storage, log: Log) -> tuple[History, list[Release]]:
    """The log, and the complete releases that it does not list."""
    # First what is there, then the log: what is released meanwhile is not taken for an earlier one.
    found = storage.list("data")
    history = log.read()
    known = {f"{each.folder}/{name}" for each in history.releases() for name in each.files}
    complete, _ = sorted_out(storage, set(found) - known)
    return history, complete


def sorted_out(storage: Storage, keys: Iterable[str]) -> tuple[list[Release], list[str]]:
    """Split files outside the log: complete releases, lower versions first, and all other files."""
    rest = set(keys)
    named = [key for key in rest if key.count("/") == 3 and key.endswith(f"/{MANIFEST}")]
    complete = [release for key in named if (release := _complete_release(storage, key))]
    rest -= {f"{release.folder}/{name}" for release in complete for name in release.files}
    return sorted(complete, key=lambda each: (each.dataset, order(each.version))), sorted(rest)


def _complete_release(storage: Storage, key: str) -> Release | None:
    """The release that a manifest outside the log describes, if every file is as it says."""
    _, dataset, version, _ = key.split("/")
    try:
        manifest = json.loads(storage.read(key))
        order(version)
        release = Release(
            dataset=manifest["dataset"],
            version=manifest["version"],
            content_sha256=manifest["content_sha256"],
            published_at=manifest["published_at"],
            attempt=f"{dataset} {version} from before the log",
            staged="",
            files={
                name: Described(each["sha256"], each["bytes"])
                for name, each in manifest["files"].items()
            },
            about=about(manifest),
        )
        complete = (release.dataset, release.version) == (dataset, version) and all(
            storage.describe(f"{release.folder}/{name}") == expected
            for name, expected in release.files.items()
        )
        release.files[MANIFEST] = storage.describe(key)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return release if complete else None
