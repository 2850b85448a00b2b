"""Which code made a release: version, hash of the code, hash of the lock, versions of the writers."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from assets.version import project_version
from expectations.paths import ROOT
from pipelines.publish import canonical_files, method_pages

_CODE = ("assets", "expectations", "pipelines", "datasets")
_KINDS = {".py", ".yaml", ".csv", ".jinja", ".typ"}


@cache
def code_sha256() -> str:
    """One hash over every file that decides what a release holds, by name and content."""
    return _sha256([*_files(), *method_pages.files()])


@cache
def parts_sha256() -> dict[str, str]:
    """The same for each part that can change a figure: a package, the corrections, each dataset."""
    parts: dict[str, list[Path]] = {}
    for path in _files():
        parts.setdefault(_part(path.relative_to(ROOT)), []).append(path)
    return {name: _sha256(parts[name]) for name in sorted(parts)}


def _part(path: Path) -> str:
    if path.parent.as_posix() == "assets/corrections" and path.suffix == ".yaml":
        return "corrections"
    return "/".join(path.parts[:-1][: 2 if path.parts[0] == "datasets" else 1])


def _files() -> list[Path]:
    return sorted(
        path
        for folder in _CODE
        for path in (ROOT / folder).rglob("*")
        if path.suffix in _KINDS and "__pycache__" not in path.parts
    )


def _sha256(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def provenance() -> dict[str, Any]:
    """The part of a manifest that names the code."""
    lock = ROOT / "requirements.lock"
    return {
        "voorkant": project_version(),
        "code_sha256": code_sha256(),
        "parts_sha256": parts_sha256(),
        "lock_sha256": hashlib.sha256(lock.read_bytes()).hexdigest() if lock.exists() else None,
        "writers": canonical_files.writers(),
    }
