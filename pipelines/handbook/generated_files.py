"""Writes generated files, or compares them with those on disk.

What belongs here: the one way in which every generator of this package reaches the disk. What does not: the
contents, which the other modules return as path -> bytes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

GeneratedFiles = Mapping[Path, bytes]


def write(wanted: GeneratedFiles, existing: Collection[Path] = ()) -> None:
    """Write the wanted files and remove generated files that are no longer wanted."""
    for path in sorted(set(existing) - wanted.keys()):
        path.unlink()
    for path, content in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def differences(wanted: GeneratedFiles, existing: Collection[Path] = ()) -> list[str]:
    """One sentence per file that is absent, differs, or is no longer generated; empty when all is current."""
    problems = []
    for path in sorted({*wanted, *existing}):
        if path not in wanted:
            problems.append(f"{path} is no longer generated.")
        elif not path.exists():
            problems.append(f"{path} does not exist.")
        elif path.read_bytes() != wanted[path]:
            problems.append(f"{path} differs from what is generated.")
    return problems
