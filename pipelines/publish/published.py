"""What was published at one place, for readers: its releases, and their files on this machine.

The log says which releases there are; folders are not listed. A release in a folder is read in place;
of one in S3 the wanted files are copied below the state folder, once, and every use compares them
with the log. What belongs here: reading. What does not: whether a copy from elsewhere is what was
published (`pipelines/verify`), writing (`store`, `portal_catalogue.py`).
"""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from assets import atomic_files
from expectations.errors import VoorkantError
from pipelines.publish.store import legacy_releases, public_layout
from pipelines.publish.store.log import MANIFEST, History, Release
from pipelines.publish.store.open_storage import storage_at
from pipelines.publish.store.storage import Described, Storage, described, failures
from pipelines.publish.store.versions import order

if TYPE_CHECKING:  # it knows Polars and contracts, which a reader of one file need not wait for
    from pipelines.publish.release_reader import ReleaseData

Manifest = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Publications:
    """The releases at a place as they are at one moment. copies: where files of S3 are kept.

    Its methods raise VK-P001 when the storage fails, and VK-P002 when a file is not as the log says.
    """

    storage: Storage
    history: History
    copies: Path

    @classmethod
    def at(cls, place: str | Path, state: Path | str) -> Self:
        """Those at a folder or `s3://bucket/prefix`. Raises VK-U001, VK-P001 and VK-P004."""
        return cls.of(storage_at(place), state)

    @classmethod
    def of(cls, storage: Storage, state: Path | str) -> Self:
        """Those in a storage. Raises VK-P001 and VK-P004."""
        with failures(storage.place, "Nothing was changed."):
            history = legacy_releases.read(storage)
        name = hashlib.sha256(storage.place.encode()).hexdigest()[:16]
        return cls(storage, history, Path(state) / "copies" / name)

    def releases(self, dataset: str) -> list[Release]:
        """All releases of a dataset, withdrawn ones too, lower versions first."""
        return sorted(self.history.releases(dataset), key=lambda each: order(each.version))

    def valid(self, dataset: str) -> list[Release]:
        """Those that were not withdrawn, lower versions first."""
        return [each for each in self.releases(dataset) if self.withdrawn(each) is None]

    def newest(self, dataset: str) -> Release | None:
        """The highest version that was not withdrawn."""
        return self.history.newest(dataset)

    def withdrawn(self, release: Release) -> str | None:
        """Why a release was withdrawn; None when it was not."""
        withdrawal = self.history.withdrawals.get((release.dataset, release.version))
        return withdrawal.reason if withdrawal else None

    def place(self, release: Release) -> str:
        """Where a release is, for people: its folder or its address."""
        return f"{self.storage.place}/{release.folder}"

    def folder(self, release: Release, *names: str) -> Path:
        """A folder of this machine that holds these files of a release, if it has them.

        names: of files, or patterns of them. Raises VK-U001 when one of them was erased.
        """
        wanted = [n for n in release.files if any(fnmatchcase(n, each) for each in names)]
        kept = self.history.kept(release)
        if gone := [name for name in wanted if name not in kept]:
            raise self._erased(release, gone)
        here = self.storage.path(release.folder)
        for name in wanted:
            key = f"{release.folder}/{name}"
            if here is None:
                self._copy(key, kept[name])
            elif not (here / name).is_file():
                raise public_layout.altered(self.storage, key)
        return here or self.copies / release.folder

    def manifest(self, release: Release) -> Manifest:
        """The manifest of a release, also of a withdrawn one. Raises VK-P011."""
        from pipelines.publish import release_reader

        return release_reader.read_manifest(self.folder(release, MANIFEST))

    def read(self, release: Release) -> ReleaseData:
        """A release with its contract and its rows. Raises VK-P011, and VK-U001 when they were erased."""
        from pipelines.publish import release_reader

        tables = [f"{table}.parquet" for table in self.manifest(release)["rows"]]
        return release_reader.read(
            self.folder(
                release, MANIFEST, release_reader.CONTRACT, release_reader.CORRECTED, *tables
            )
        )

    def verify(self, dataset: str) -> None:
        """Compare every file of the newest release with the log."""
        newest = self.newest(dataset)
        with failures(self.storage.place, "Nothing was changed."):
            if newest:
                public_layout.verify(self.storage, self.history, newest)

    def forget(self, release: Release) -> None:
        """Remove the local copies of the files of a release."""
        shutil.rmtree(self.copies / release.folder, ignore_errors=True)

    def _copy(self, key: str, expected: Described) -> None:
        copy = self.copies / key
        if copy.is_file() and described(copy) == expected:
            return
        with failures(self.storage.place, "Nothing was changed."):
            try:
                content = self.storage.read(key)
            except FileNotFoundError:
                raise public_layout.altered(self.storage, key) from None
            if described(content) != expected:
                raise public_layout.altered(self.storage, key)
            atomic_files.write_bytes(copy, content)

    def _erased(self, release: Release, names: list[str]) -> VoorkantError:
        return VoorkantError(
            "VK-U001",
            problem=f"{release.dataset} {release.version} was withdrawn, and {', '.join(names)} erased: "
            f"{self.withdrawn(release)}",
            where=self.place(release),
            outcome="Nothing was done.",
            remedy="Take another version; `voorkant status` names the newest.",
        )
