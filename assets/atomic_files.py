"""Files that are there whole or not at all: written beside their place, then put there in one step.

And how to tell whether one still is: its sha256.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any


def write(path: Path, fill: Callable[[Path], object]) -> None:
    """Have `fill` write a file, then give it its name; a reader sees the old or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{os.getpid()}.partial")
    fill(beside)
    beside.replace(path)


def write_bytes(path: Path, content: bytes) -> None:
    """The content as it is."""
    write(path, partial(Path.write_bytes, data=content))


def write_json(path: Path, content: Any) -> None:
    """The content as JSON for programs and people alike."""
    text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
    write_bytes(path, text.encode())


def sha256_of(path: Path) -> str:
    """The sha256 of a file's bytes, as hexadecimal text."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
