"""A release as it is read back: its manifest, the contract it was judged by, its rows.

What belongs here: reading. What does not: checking it against what was published (`pipelines/verify`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from assets.atomic_files import sha256_of
from assets.corrections import CORRECTIONS
from expectations import yaml_models
from expectations.contract import DATASETS, Contract
from expectations.errors import VoorkantError
from expectations.yaml_files import NotAsAgreedError

CONTRACT = "contract.yaml"
CORRECTED = "corrections.parquet"
MANIFEST = "manifest.json"
PACK = "audit_pack"
"""The kind of a folder that `voorkant audit` made from releases, and that is no release itself."""


@dataclass(frozen=True, slots=True)
class ReleaseData:
    """A version of a dataset in memory, read from a folder or about to be written.

    rows: published table -> its rows. corrections: as published. folder: where it was read from, if it was.
    """

    manifest: Mapping[str, Any]
    contract: Contract
    rows: Mapping[str, pl.DataFrame]
    corrections: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=CORRECTIONS))
    folder: Path | None = None

    @property
    def version(self) -> str:
        """Its version."""
        return str(self.manifest["version"])


def read(folder: Path) -> ReleaseData:
    """The release in a folder. Raises VK-P011 when there is none that can be read."""
    return read_rows(folder, read_manifest(folder), read_contract(folder))


def read_rows(folder: Path, manifest: Mapping[str, Any], contract: Contract) -> ReleaseData:
    """The release in a folder of which the manifest and the contract have been read."""
    rows = {
        table.name: pl.read_parquet(folder / f"{table.name}.parquet", hive_partitioning=False)
        for table in contract.published
    }
    corrected = folder / CORRECTED
    if not corrected.exists():
        return ReleaseData(manifest, contract, rows, folder=folder)
    return ReleaseData(manifest, contract, rows, pl.read_parquet(corrected), folder)


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a release. Raises VK-P011."""
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise unreadable(str(path), f"The manifest cannot be read: {error}.") from None
    if not isinstance(manifest, dict) or not isinstance(manifest.get("files"), dict):
        raise unreadable(str(path), "The manifest does not list the files of a release.")
    return manifest


def read_contract(folder: Path) -> Contract:
    """The contract in a release; of a release that carries none, the project's own of today.

    Raises VK-P011 when it cannot be read.
    """
    path = folder / CONTRACT
    if not path.exists():
        dataset = str(read_manifest(folder).get("dataset"))
        path = DATASETS / Path(dataset).name / CONTRACT
    try:
        return yaml_models.read(Contract, path)
    except NotAsAgreedError as error:
        raise unreadable(str(path), f"The contract cannot be read: {error}.") from None


def files_of(folder: Path) -> set[str]:
    """Everything that lies in a folder and below it, by its name as a manifest writes it."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}


def listed(folder: Path) -> dict[str, dict[str, Any]]:
    """File name -> sha256 and bytes, by name, of everything that is there."""
    return {
        path.relative_to(folder).as_posix(): {
            "sha256": sha256_of(path),
            "bytes": path.stat().st_size,
        }
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def is_file_name(name: str) -> bool:
    """Whether a manifest may list this: a name that cannot lead out of the folder."""
    parts = name.split("/")
    return not set(parts) & {"", ".", ".."} and not set(name) & set("\\\0:")


def unreadable(where: str, problem: str) -> VoorkantError:
    """There is no release that can be read (VK-P011)."""
    return VoorkantError(
        "VK-P011",
        problem=problem,
        where=where,
        outcome="Nothing was done.",
        remedy="Give the folder or the address of one version, the one that holds manifest.json.",
    )
