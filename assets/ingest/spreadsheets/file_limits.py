"""How much a file may be: of memory, time, bytes, cells. One place, so that a page can tell them.

What belongs here: the numbers and the error for going over one. The largest file we know of
(`Financiele_instrumenten_2017-2024.csv`) has 5.4 MB and some half a million cells.
"""

from __future__ import annotations

from dataclasses import dataclass

from expectations.errors import VoorkantError

_MB = 1 << 20


@dataclass(frozen=True, slots=True)
class FileLimits:
    """What one file, and the process that reads it, may use.

    memory: address space of the child. cpu_s, wall_s: processor and clock seconds. output: bytes of one
    file that the child writes. bytes: of the file as dropped. unpacked: of one part of a workbook, and of
    all its parts together. rows, columns: of a sheet. cells: with something in them, over all sheets.
    text: characters of one cell. parts: files in a workbook.
    """

    memory: int = 2048 * _MB
    cpu_s: int = 60
    wall_s: float = 120.0
    output: int = 512 * _MB
    bytes: int = 64 * _MB
    unpacked: int = 1024 * _MB
    rows: int = 1_048_576
    columns: int = 1_024
    cells: int = 1_000_000
    text: int = 131_072
    parts: int = 2_000
    sheets: int = 100


def too_large(file: str, problem: str, place: str = "") -> VoorkantError:
    """VK-F003: what is larger than it may be."""
    return VoorkantError(
        "VK-F003",
        problem=problem,
        where=f"{file}, {place}" if place else file,
        outcome="Nothing was taken from this file.",
        remedy="Lay a file with only the table that is needed; delete sheets and columns around it.",
    )


def unreadable(file: str, problem: str, place: str = "") -> VoorkantError:
    """VK-F001: why a file cannot be read."""
    return VoorkantError(
        "VK-F001",
        problem=problem,
        where=f"{file}, {place}" if place else file,
        outcome="Nothing was taken from this file.",
        remedy="Open it in a spreadsheet program and save it as .xlsx or as CSV in UTF-8.",
    )


def outside(name: str, problem: str) -> VoorkantError:
    """VK-F005: a name that leads out of the place it belongs to."""
    return VoorkantError(
        "VK-F005",
        problem=problem,
        where=name,
        outcome="Nothing was read there, and the source was not captured.",
        remedy="Lay the file itself in the folder, under a plain name.",
    )
