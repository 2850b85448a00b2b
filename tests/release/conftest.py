"""What the tests of releases share: the published tree, and faults to plant in copies of it."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def described(published: Any) -> Path:
    """The real releases with the descriptions they were published with. Do not change this folder."""
    return Path(published.published)


@pytest.fixture(scope="session")
def plant() -> Callable[[Path, str, str], None]:
    """Plant a fault: `plant(path, pattern, replacement)` changes the first match of the pattern.

    In a compressed file, in what it holds.
    """

    def planted(path: Path, pattern: str, replacement: str) -> None:
        packed = path.suffix == ".gz"
        content = path.read_bytes()
        text = (gzip.decompress(content) if packed else content).decode()
        changed = re.sub(pattern, replacement, text, count=1, flags=re.DOTALL)
        assert changed != text, "nothing was planted, so the test could not fail"
        path.write_bytes(gzip.compress(changed.encode(), mtime=0) if packed else changed.encode())

    return planted
