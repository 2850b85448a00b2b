"""Programs with an environment of their own: see tests/validators/README.md."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest


def run_in(name: str, *command: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a program of an environment; `python` is its Python. Skips the test where it is absent."""
    place = os.environ.get("VOORKANT_VALIDATORS")
    program = Path(place or "") / name / "bin" / command[0]
    if not place or not program.exists():
        pytest.skip(f"no environment {name!r}: see tests/validators/README.md")
    return subprocess.run(  # noqa: S603 (a validator)
        [str(program.absolute()), *command[1:]],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
