"""A disk in memory that loses power: what was not synced may be there, be lost, or be torn.

    disk = SimulatedDisk()
    disk.cut_at = 17                  # the 17th operation does not take place any more: PowerCut
    after = disk.restarted(rng)       # one of the states that a real disk could be in

Files and folders are synced apart, as POSIX has it: a file of which the folder was not synced may have
lost its name, and the changes to the names in a folder may survive in any combination.
"""

from __future__ import annotations

import errno
import hashlib
import os
import random
from pathlib import Path

from pipelines.publish.store.local import Disk
from pipelines.publish.store.storage import Described

Folder = dict[str, int | None]
"""Name -> number of the file, or None for a folder."""


class PowerCut(BaseException):
    """The end of a process in the middle of its work; no `except Exception` sees it."""


class SimulatedDisk(Disk):
    """What the kernel shows (`shown`), and what would survive (`kept`, plus some of `pending`)."""

    def __init__(self) -> None:
        self.operations = 0
        self.cut_at: int | None = None
        self.fail_at: range = range(0)
        self.failure = errno.ENOSPC
        self._content: list[bytes] = []
        self._kept_content: list[bytes] = []
        self._shown: dict[str, Folder] = {"/": {}}
        self._kept: dict[str, Folder] = {"/": {}}
        self._pending: dict[str, list[tuple[str, int | None, bool]]] = {}

    # --- what storage calls ----------------------------------------------------------------------

    def make_folder(self, path: str) -> None:
        if path in self._shown:
            return
        self._begin()
        self._name(path, None)
        self._shown[path] = {}
        self._kept.setdefault(path, {})

    def write(self, path: str, content: bytes | Path) -> None:
        assert isinstance(content, bytes)
        if self._find(path) is not None:
            raise FileExistsError(errno.EEXIST, "File exists", path)
        self._begin()
        number = len(self._content)
        self._content.append(b"")
        self._kept_content.append(b"")
        self._name(path, number)
        middle = len(content) // 2
        for end in (middle, len(content)):
            self._begin()
            self._content[number] = content[:end]

    def sync(self, path: str) -> None:
        if path in self._shown:
            self._begin()
            self._sync_folder(path)
        else:
            number = self._file(path)
            self._begin()
            self._sync_file(number)

    def link(self, path: str, second: str) -> None:
        number = self._file(path)
        if self._find(second) is not None:
            raise FileExistsError(errno.EEXIST, "File exists", second)
        self._begin()
        self._name(second, number)

    def rename(self, path: str, name: str) -> None:
        number = self._file(path)
        self._begin()
        self._name(name, number)
        self._unname(path)

    def unlink(self, path: str) -> None:
        self._file(path)
        self._begin()
        self._unname(path)

    def read(self, path: str) -> bytes:
        return self._content[self._file(path)]

    def describe(self, path: str) -> Described:
        content = self.read(path)
        return Described(hashlib.sha256(content).hexdigest(), len(content))

    def names(self, path: str) -> list[tuple[str, bool]]:
        return [(name, number is None) for name, number in self._shown.get(path, {}).items()]

    # --- what a test calls -----------------------------------------------------------------------

    def tree(self, below: str) -> dict[str, bytes]:
        """Path -> bytes of all files below a folder, as the kernel shows them."""
        return {
            f"{folder}/{name}": self._content[number]
            for folder, names in self._shown.items()
            if folder == below or folder.startswith(f"{below}/")
            for name, number in names.items()
            if number is not None
        }

    def restarted(self, rng: random.Random) -> SimulatedDisk:
        """A disk in one of the states that this one could be in after the power came back."""
        after = SimulatedDisk()
        after._content = [
            kept if kept == shown else _remains(rng, kept, shown)
            for kept, shown in zip(self._kept_content, self._content, strict=True)
        ]
        after._kept_content = list(after._content)
        folders = {path: dict(names) for path, names in self._kept.items()}
        in_order = rng.random() < 0.3  # as a journal keeps them: up to some point
        for path, changes in self._pending.items():
            chosen = (
                changes[: rng.randrange(len(changes) + 1)]
                if in_order
                else [change for change in changes if rng.random() < 0.5]
            )
            for name, number, added in chosen:
                if added:
                    folders.setdefault(path, {})[name] = number
                else:
                    folders.setdefault(path, {}).pop(name, None)
        after._shown = _reachable(folders)
        after._kept = {path: dict(names) for path, names in after._shown.items()}
        return after

    def fingerprint(self) -> int:
        """Equal for equal states, so that one need not be examined twice."""
        return hash(
            tuple(
                (path, name, None if number is None else self._content[number])
                for path, names in sorted(self._shown.items())
                for name, number in sorted(names.items())
            )
        )

    # --- inside ----------------------------------------------------------------------------------

    def _begin(self) -> None:
        self.operations += 1
        if self.cut_at is not None and self.operations >= self.cut_at:
            raise PowerCut
        if self.operations in self.fail_at:
            raise OSError(self.failure, os.strerror(self.failure))

    def _sync_file(self, number: int) -> None:
        self._kept_content[number] = self._content[number]

    def _sync_folder(self, path: str) -> None:
        for name, number, added in self._pending.pop(path, []):
            if added:
                self._kept[path][name] = number
            else:
                self._kept[path].pop(name, None)

    def _find(self, path: str) -> int | None:
        folder, _, name = path.rpartition("/")
        if (folder or "/") not in self._shown:
            raise FileNotFoundError(errno.ENOENT, "No such folder", folder)
        return self._shown[folder or "/"].get(name)

    def _file(self, path: str) -> int:
        number = self._find(path)
        if number is None:
            raise FileNotFoundError(errno.ENOENT, "No such file", path)
        return number

    def _name(self, path: str, number: int | None) -> None:
        folder, _, name = path.rpartition("/")
        if (folder or "/") not in self._shown:
            raise FileNotFoundError(errno.ENOENT, "No such folder", folder)
        self._shown[folder or "/"][name] = number
        self._pending.setdefault(folder or "/", []).append((name, number, True))

    def _unname(self, path: str) -> None:
        folder, _, name = path.rpartition("/")
        self._shown[folder or "/"].pop(name)
        self._pending.setdefault(folder or "/", []).append((name, None, False))


def _remains(rng: random.Random, kept: bytes, shown: bytes) -> bytes:
    """What may be left of a file that was not synced."""
    match rng.randrange(5):
        case 0:
            return kept
        case 1:
            return shown
        case 2:
            return shown[: rng.randrange(len(shown) + 1)]
        case 3:
            return bytes(len(shown))
        case _:
            return b""


def _reachable(folders: dict[str, Folder]) -> dict[str, Folder]:
    """The folders that can still be reached from the top."""
    found: dict[str, Folder] = {}
    waiting = ["/"]
    while waiting:
        path = waiting.pop()
        found[path] = dict(folders.get(path, {}))
        waiting += [
            f"{path.rstrip('/')}/{name}" for name, number in found[path].items() if number is None
        ]
    return found
