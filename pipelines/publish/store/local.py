"""A folder on a local disk as storage: every promise made of fsync, link and rename.

`Disk` is the few system calls it is made of, so that a simulated disk can take its place and cut the
power between any two of them.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path, PurePosixPath

from pipelines.publish.store.storage import STAGING, Described, UndecidedError, new_token


class Disk:
    """The system calls, on absolute paths. They raise what the operating system raises."""

    def make_folder(self, path: str) -> None:
        """One folder, unless it is there."""
        Path(path).mkdir(exist_ok=True)

    def write(self, path: str, content: bytes | Path) -> None:
        """A new file; not on disk before `sync`."""
        with Path(path).open("xb") as file:
            if isinstance(content, bytes):
                file.write(content)
            else:
                with content.open("rb") as source:
                    shutil.copyfileobj(source, file, 1 << 20)

    def sync(self, path: str) -> None:
        """Bring a file, or the names in a folder, to disk."""
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def link(self, path: str, second: str) -> None:
        """Give a file a second name, unless that is taken."""
        os.link(path, second)

    def rename(self, path: str, name: str) -> None:
        """Give a file a name, taking it from the file that had it."""
        Path(path).replace(name)

    def unlink(self, path: str) -> None:
        """Take a name away."""
        Path(path).unlink()

    def read(self, path: str) -> bytes:
        """The bytes of a file."""
        return Path(path).read_bytes()

    def describe(self, path: str) -> Described:
        """Hash and length of a file, read in pieces."""
        with Path(path).open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            return Described(digest, file.seek(0, io.SEEK_END))

    def names(self, path: str) -> list[tuple[str, bool]]:
        """What is in a folder: names, and whether each is a folder itself. Empty when it is absent."""
        try:
            with os.scandir(path) as found:
                return [(each.name, each.is_dir(follow_symlinks=False)) for each in found]
        except (FileNotFoundError, NotADirectoryError):
            return []


class LocalStorage:
    """Storage in a folder, which is made when something is first written.

    Needs a file system with hard links, and one that keeps what fsync reported as kept.
    """

    def __init__(self, root: Path | str, disk: Disk | None = None) -> None:
        self.place = str(Path(root).absolute())
        self._disk = disk or Disk()
        self._ready = False

    def stage(self, key: str, content: bytes | Path) -> None:
        self._make_folder_of(key)
        self._disk.write(self._path(key), content)
        self._disk.sync(self._path(key))

    def promote(self, staged: str, key: str) -> None:
        self._make_folder_of(key)
        self._disk.link(self._path(staged), self._path(key))

    def create(self, key: str, content: bytes) -> None:
        # A link appears with its whole content or not at all, which a file being written does not.
        self._by_way_of_staging(content, lambda staged: self.promote(staged, key))
        try:
            self.settle(_parent(key))
        except OSError as error:
            raise UndecidedError(*error.args) from error

    def replace(self, key: str, content: bytes) -> None:
        def take_over(staged: str) -> None:
            self._disk.rename(self._path(staged), self._path(key))

        self._by_way_of_staging(content, take_over)
        self.settle(_parent(key))

    def settle(self, folder: str) -> None:
        if not folder:
            return self._sync_folder(self.place)
        self._settle_below(folder)
        # A process that was killed may have made any of the folders above without settling them.
        while folder:
            folder = _parent(folder)
            self._sync_folder(self._path(folder))
        return None

    def read(self, key: str) -> bytes:
        return self._disk.read(self._path(key))

    def describe(self, key: str) -> Described:
        return self._disk.describe(self._path(key))

    def list(self, folder: str) -> list[str]:
        found: list[str] = []
        for name, is_folder in self._disk.names(self._path(folder)):
            key = f"{folder}/{name}" if folder else name
            found += self.list(key) if is_folder else [key]
        return sorted(found)

    def delete(self, key: str) -> None:
        with suppress(FileNotFoundError):
            self._disk.unlink(self._path(key))

    def path(self, key: str) -> Path:
        return Path(self._path(key))

    def _path(self, key: str) -> str:
        return f"{self.place}/{key}" if key else self.place

    def _by_way_of_staging(self, content: bytes, use: Callable[[str], None]) -> None:
        """Stage content, use it, and leave nothing behind; again when the doctor cleared it away."""
        for last in (False, False, True):
            staged = f"{STAGING}/{new_token()}"
            try:
                self.stage(staged, content)
                return use(staged)
            except FileNotFoundError:
                if last:
                    raise
            finally:
                with suppress(OSError):  # what stays behind is found by the doctor
                    self.delete(staged)
        return None

    def _make_folder_of(self, key: str) -> None:
        if not self._ready:
            above = [str(folder) for folder in PurePosixPath(self.place, key).parents]
            for folder in reversed(above):
                self._disk.make_folder(folder)
            for folder in above:
                self._sync_folder(folder)
            self._ready = True
        made = ""
        for part in key.split("/")[:-1]:
            made = f"{made}/{part}" if made else part
            self._disk.make_folder(self._path(made))

    def _settle_below(self, folder: str) -> None:
        for name, is_folder in self._disk.names(self._path(folder)):
            if is_folder:
                self._settle_below(f"{folder}/{name}")
        self._sync_folder(self._path(folder))

    def _sync_folder(self, path: str) -> None:
        try:
            self._disk.sync(path)
        except FileNotFoundError:
            return
        except PermissionError:
            if path == self.place or path.startswith(f"{self.place}/"):
                raise
            # A folder above that we may not read was not made by us either.


def _parent(key: str) -> str:
    return key.rpartition("/")[0]
