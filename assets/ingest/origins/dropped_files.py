"""The files that people put in a folder: which there are, and the bytes of one, with every origin alike.

What belongs here: walking a folder that anyone may write to. No link is ever followed, so nothing
outside can be reached, also not by a link that appears while we look. What does not: reading a file.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path, PurePosixPath

from assets.ingest.messages import Origin, Request, Response
from assets.ingest.registry import Source
from assets.ingest.spreadsheets.file_limits import FileLimits, outside, too_large
from expectations.errors import VoorkantError

FILES = 2_000
DEPTH = 5
_SKIPPED = ("~$", ".")  # lock files of office programs, and what systems hide
_SKIPPED_NAMES = {"thumbs.db", "desktop.ini"}
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK  # a pipe must not make us wait


class DroppedFilesOrigin:
    """Answers for a source of the kind `files`, under the name of the origin that was chosen.

    folder: what the folder of each source is in. chosen: its time is that of a capture of nothing.
    clock: tells when files were taken in; their own times change with every copy.
    """

    def __init__(self, folder: Path, chosen: Origin, clock: Callable[[], datetime]) -> None:
        self.name = chosen.name
        self._folder = folder
        self._chosen = chosen
        self._clock = clock
        self._found = False

    def retrieved_at(self) -> str:
        """The clock once a file was found: an empty folder gives the same capture at any time."""
        if self._found:
            return self._clock().isoformat(timespec="seconds")
        return self._chosen.retrieved_at()

    def fetch(self, source: Source, request: Request) -> Response:
        """The list of files for the source's table itself, a file for `<table>/<path>`.

        Raises VK-F003 (too large, too many), VK-F005 (a link, a strange name), VK-S001 (gone).
        """
        folder = self._folder / source.id
        _, _, name = request.name.partition("/")
        if not name:
            names = listing(folder)
            self._found = bool(names)
            body = json.dumps(names, ensure_ascii=False, indent=0).encode()
            return Response(request, 200, "application/json", body)
        try:
            return Response(request, 200, "application/octet-stream", content(folder, name))
        except FileNotFoundError as error:
            raise _gone(source, name) from error


def listing(folder: Path) -> list[str]:
    """All files below the folder, in the order of their names; empty when there is no folder.

    Hidden files and lock files of office programs are no files of a team.
    """
    try:
        with _opened(folder) as top:
            found = sorted(_walk(top, PurePosixPath(), folder))
    except FileNotFoundError:
        return []
    return found


def content(folder: Path, name: str, limits: FileLimits | None = None) -> bytes:
    """The bytes of a file by its path below the folder, opened one step at a time."""
    most = (limits or FileLimits()).bytes
    *parents, last = _parts(name)
    handles = [_open(folder, None, _FOLDER)]
    try:
        for parent in parents:
            handles.append(_open(parent, handles[-1], _FOLDER))
        with os.fdopen(_open(last, handles[-1], _FILE), "rb") as file:
            _require_file(os.fstat(file.fileno()).st_mode, str(folder / name))
            body = file.read(most + 1)
    finally:
        for handle in handles:
            os.close(handle)
    if len(body) > most:
        raise too_large(str(folder / name), f"A file may have {most:,} bytes; this one has more.")
    return body


def _walk(handle: int, path: PurePosixPath, folder: Path) -> Iterator[str]:
    for count, name in enumerate(sorted(os.listdir(handle)), start=1):
        if name.startswith(_SKIPPED) or name.lower() in _SKIPPED_NAMES:
            continue
        here = path / name
        where = str(folder / here)
        if count > FILES:
            raise too_large(where, f"A folder may hold {FILES:,} files; this one holds more.")
        _parts(str(here))
        mode = os.stat(name, dir_fd=handle, follow_symlinks=False).st_mode
        if stat.S_ISDIR(mode):
            if len(here.parts) >= DEPTH:
                raise too_large(where, f"Folders are more than {DEPTH} deep.")
            below = _open(name, handle, _FOLDER)
            try:
                yield from _walk(below, here, folder)
            finally:
                os.close(below)
        else:
            _require_file(mode, where)
            yield here.as_posix()


def _parts(name: str) -> list[str]:
    """The steps of a path, once each is a plain name. Raises VK-F005."""
    parts = name.split("/")
    unsafe = any(part in ("", ".", "..") for part in parts) or "\\" in name
    if unsafe or any(ord(c) < 32 or 0xD800 <= ord(c) < 0xE000 for c in name):
        raise outside(repr(name), "This is not a plain path below the folder.")
    return parts


def _require_file(mode: int, where: str) -> None:
    if stat.S_ISLNK(mode):
        raise outside(where, "This is a link; it may lead anywhere.")
    if not stat.S_ISREG(mode):
        raise outside(where, "This is not a file, but a device, a pipe or the like.")


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    handle = _open(folder, None, _FOLDER)
    try:
        yield handle
    finally:
        os.close(handle)


def _open(name: str | Path, parent: int | None, flags: int) -> int:
    """Open one step. A link there gives ELOOP, or ENOTDIR where a folder is asked."""
    try:
        return os.open(name, flags | os.O_CLOEXEC, dir_fd=parent)
    except FileNotFoundError:
        raise
    except OSError as error:
        why = f"It cannot be opened as what it should be ({error.strerror}); is it a link?"
        raise outside(str(name), why) from error


def _gone(source: Source, name: str) -> VoorkantError:
    return VoorkantError(
        "VK-S001",
        problem=f"The drop folder has no file {name!r}.",
        where=f"{source.base_url}/{name}",
        outcome=f"The source {source.id} was not captured.",
        remedy="Do not move files while a capture runs; run it again.",
    )
