"""A published tree with all its descriptions, made from what a refresh published."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from expectations.contract import Contract, contracts
from pipelines.publish import catalog
from pipelines.publish.descriptions import DESCRIPTIONS, describe, describe_all
from pipelines.publish.descriptions.coverage import coverage
from pipelines.publish.descriptions.facts import Release
from pipelines.publish.descriptions.publication import Publication, publication

# What is about the files of a release as a whole, so it comes after the descriptions.
_AFTER = {"manifest.json", "SHA256SUMS"}


def releases(published: Path) -> dict[str, tuple[Contract, Sequence[Release]]]:
    """Every release below a folder, as facts about its files of data."""
    found: dict[str, tuple[Contract, Sequence[Release]]] = {}
    for dataset, contract in contracts().items():
        versions: list[Release] = []
        for manifest in catalog.manifests(published, dataset):
            release = Release.of(
                manifest
                | {
                    "files": {
                        name: about
                        for name, about in manifest["files"].items()
                        if name not in _AFTER | set(DESCRIPTIONS)
                    }
                }
            )
            tables = {
                t.name: pl.scan_parquet(published / release.path / f"{t.name}.parquet")
                for t in contract.published
            }
            versions.append(
                release.having(
                    coverage=coverage(contract, publication().about(dataset), tables),
                    earlier=tuple(each.version for each in versions),
                )
            )
        if versions:
            found[dataset] = (contract, versions)
    return found


def describe_into(folder: Path, published: Path, by: Publication) -> Path:
    """Copy a published tree and lay every description in the copy. Gives the folder."""
    shutil.copytree(published, folder)
    made = releases(published)
    for contract, versions in made.values():
        for release in versions:
            for name, content in describe(contract, release, by).items():
                (folder / release.path / name).write_bytes(content)
    for name, content in describe_all(made, by).items():
        (folder / name).write_bytes(content)
    return folder


def newest(folder: Path, dataset: str) -> Path:
    """The folder of the current version, as the catalogue names it."""
    told = json.loads((folder / "catalog.json").read_text("utf-8"))
    (entry,) = (each for each in told["datasets"] if each["dataset"] == dataset)
    return folder / "data" / dataset / str(entry["latest"])
