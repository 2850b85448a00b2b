"""Where the project's own files are: one root, computed once."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
"""The folder that holds `datasets/`, `docs/`, `sample/` and the four packages."""
