"""Whether a zip file is a workbook that may be opened: looked at before any part of it is read.

What belongs here: names, sizes, encryption and contents of the package. What does not: cells. Nothing
is ever unpacked to disk; a name that leads outside still says what the file is.
"""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from assets.ingest.spreadsheets.file_limits import FileLimits, outside, too_large, unreadable
from expectations.errors import VoorkantError

ZIP = b"PK\x03\x04"
EMPTY_ZIP = b"PK\x05\x06"
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_CHUNK = 1 << 16


@contextmanager
def opened(path: Path, file: str, limits: FileLimits) -> Iterator[zipfile.ZipFile]:
    """The package, once it is safe to read its parts. Raises VK-F001, F002, F003 or F005."""
    try:
        package = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise unreadable(file, f"The file is damaged: {error}") from error
    with package:
        _check(package, file, limits)
        yield package


def refuse_compound(path: Path, file: str) -> VoorkantError:
    """What to say to an OLE compound file: an encrypted workbook, or one older than .xlsx."""
    content = path.read_bytes()
    if any(_wide(name) in content for name in ("Workbook", "Book")):
        return unreadable(file, "This is a workbook in the old binary form (.xls).")
    return closed(file, "The workbook is encrypted with a password.")


def closed(file: str, problem: str) -> VoorkantError:
    """VK-F002: a workbook that is encrypted or that holds programs."""
    return VoorkantError(
        "VK-F002",
        problem=problem,
        where=file,
        outcome="Nothing was taken from this file.",
        remedy="Save it without password and without macros, as .xlsx, and use that file instead.",
    )


def part(package: zipfile.ZipFile, name: str, file: str, limits: FileLimits) -> Iterator[bytes]:
    """The bytes of one part, piece by piece; counted, because declared sizes may lie."""
    size = 0
    try:
        with package.open(name) as stream:
            while piece := stream.read(_CHUNK):
                size += len(piece)
                if size > limits.unpacked:
                    raise too_large(file, _unpacked(limits), name)
                yield piece
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise unreadable(file, f"The file is damaged: {error}", name) from error
    except zlib.error as error:
        raise unreadable(file, f"The file is damaged: {error}", name) from error


def _check(package: zipfile.ZipFile, file: str, limits: FileLimits) -> None:
    members = package.infolist()
    if len(members) > limits.parts:
        raise too_large(file, f"It holds {len(members):,} parts; {limits.parts:,} is the most.")
    for member in members:
        _check_name(member, file)
        if member.flag_bits & 0x1:
            raise closed(file, f"The part {member.filename!r} is encrypted with a password.")
    if sum(member.file_size for member in members) > limits.unpacked:
        raise too_large(file, _unpacked(limits))
    names = [member.filename for member in members]
    if len(set(names)) < len(names):
        raise unreadable(file, "The same part is in it twice.")
    lower = {name.lower() for name in names}
    # Macro sheets are Excel 4 macros: programs in cells.
    if any(n.endswith("vbaproject.bin") or n.startswith("xl/macrosheets/") for n in lower):
        raise closed(file, "The workbook holds macros.")
    if "xl/workbook.bin" in lower:
        raise unreadable(file, "This is a workbook in the binary form (.xlsb).")
    if "xl/workbook.xml" not in lower:
        raise unreadable(file, "This is a zip file, but not a workbook: unpack it first.")


def _check_name(member: zipfile.ZipInfo, file: str) -> None:
    # As written in the package: zipfile itself cuts a name at a zero byte.
    name = member.orig_filename
    path = PurePosixPath(name.replace("\\", "/"))
    drive = len(name) > 1 and name[1] == ":"
    if path.is_absolute() or ".." in path.parts or drive or "\x00" in name:
        raise outside(file, f"It holds a part with a name that leads outside: {name!r}.")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise outside(file, f"It holds a link to another place: {name!r}.")


def _unpacked(limits: FileLimits) -> str:
    return f"Unpacked it has more than {limits.unpacked >> 20:,} MB."


def _wide(name: str) -> bytes:
    """A name as a compound file writes it."""
    return name.encode("utf-16-le") + b"\x00\x00"
