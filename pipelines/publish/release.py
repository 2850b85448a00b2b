"""One release: whole or not at all, immutable, its identity its content.

The files are written in a folder of their own, the manifest last; then the folder gets its final name
in one step. The publisher trusts nobody: it compares the staged rows with the audit's evidence itself.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl

from assets.archive import Capture
from assets.ports import SourceArchive, TableStore, sha256_of
from expectations.audit import QUARANTINE
from expectations.contract import DATASETS, Contract, Table
from expectations.errors import VoorkantError
from pipelines.publish import catalog, descriptors, files
from pipelines.publish.provenance import provenance

Evidence = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Published:
    """What came of it. changed: False when the newest release already holds this content."""

    manifest: catalog.Manifest
    folder: Path
    changed: bool


class Publisher(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Publishes datasets into one folder."""

    published: str

    @property
    def root(self) -> Path:
        """The folder of publications."""
        return Path(self.published)

    def publish(self, contract: Contract, tables: TableStore, sources: SourceArchive) -> Published:
        """Publish a dataset when its content is new.

        Raises VK-D001 (a critical rule failed), VK-P003 (evidence of other rows), VK-P001 (folder),
        VK-P002 (its newest release was altered).
        """
        evidence = {t.name: _evidence(t, tables) for t in contract.tables.values()}
        archive = sources.archive()
        inputs = [_input(archive.require(source)) for source in sorted(contract.sources)]
        moment = max(each["retrieved_at"] for each in inputs)
        try:
            staging = self.root / ".staging" / f"{contract.dataset}.{os.getpid()}"
            shutil.rmtree(staging, ignore_errors=True)
            staging.mkdir(parents=True)
            return self._publish(contract, tables, evidence, inputs, moment, staging)
        except OSError as error:
            raise VoorkantError(
                "VK-P001",
                problem=f"Writing failed: {error.strerror or error}.",
                where=str(error.filename or self.root),
                outcome="Nothing was published; earlier releases are untouched.",
                remedy="Make room, or make the folder writable, and run again.",
            ) from error
        finally:
            shutil.rmtree(staging, ignore_errors=True)
            with suppress(OSError):  # another publisher may be at work beside us
                staging.parent.rmdir()

    def _publish(
        self,
        contract: Contract,
        tables: TableStore,
        evidence: dict[str, Evidence],
        inputs: list[dict[str, Any]],
        moment: str,
        staging: Path,
    ) -> Published:
        _write_data(contract, tables, staging)
        _write_json(staging / "validation.json", _validation(contract, evidence))
        content = _content(contract, _described(staging))
        newest = catalog.latest(self.root, contract.dataset)
        if newest and newest["content_sha256"] == content:
            catalog.verify(self.root, newest)
            # An earlier run may have stopped between its commit and the catalogue.
            catalog.rebuild(self.root)
            folder = catalog.folder_of(self.root, contract.dataset, newest["version"])
            return Published(newest, folder, changed=False)

        version = catalog.next_version(self.root, contract.dataset, moment)
        rows = {t.name: evidence[t.name]["rows"]["kept"] for t in contract.published}
        page = descriptors.readme(contract, version, rows, inputs)
        (staging / "README.md").write_text(page, "utf-8")
        package = descriptors.datapackage(contract, version, moment, _described(staging))
        _write_json(staging / "datapackage.json", package)
        sums = [f"{about['sha256']}  {name}\n" for name, about in _described(staging).items()]
        (staging / "SHA256SUMS").write_text("".join(sums), "utf-8")
        manifest = {
            "dataset": contract.dataset,
            "title": contract.title.model_dump(),
            "version": version,
            "schema_version": contract.schema_version,
            "published_at": moment,
            "licence": contract.licence,
            "attribution": list(contract.attribution),
            "content_sha256": content,
            "rows": rows,
            "read": {name: each["rows"] for name, each in evidence.items()},
            "checks": _checks(evidence),
            "files": _described(staging),
            "inputs": inputs,
            "code": provenance(),
        }
        _write_json(staging / "manifest.json", manifest)
        folder = catalog.folder_of(self.root, contract.dataset, version)
        _commit(staging, folder)
        catalog.rebuild(self.root)
        return Published(manifest, folder, changed=True)


def _evidence(table: Table, tables: TableStore) -> Evidence:
    """The audit of a table, if it is about exactly the rows that are staged now and found no fault."""
    evidence = tables.evidence(table.asset)
    path = tables.path(table.asset)
    aside = tables.path(f"{table.asset}.quarantine")
    if evidence is None or not (
        _is(path, evidence["kept_sha256"]) and _is(aside, evidence["quarantined_sha256"])
    ):
        raise VoorkantError(
            "VK-P003",
            problem="There is no audit of exactly these rows.",
            where=str(path),
            outcome="The dataset was not published.",
            remedy="Run `voorkant refresh` so that the table is built and audited again.",
        )
    if evidence["blocked"]:
        failed = [r for r in evidence["rules"] if r["severity"] == "critical" and r["failed"]]
        raise VoorkantError(
            "VK-D001",
            problem="; ".join(f"{r['rule_id']} fails {r['failed']} times" for r in failed),
            where=table.asset,
            outcome="The dataset was not published; the previous release stays the newest.",
            remedy=f"Look at the rows set aside in {tables.path(f'{table.asset}.quarantine')}.",
        )
    return evidence


def _is(path: Path, sha256: str) -> bool:
    return path.exists() and sha256_of(path) == sha256


def _input(capture: Capture) -> dict[str, Any]:
    return {
        "source": capture.source,
        "origin": capture.origin,
        "retrieved_at": capture.retrieved_at,
        "published_at": max(
            (e.published_at for e in capture.entries if e.published_at), default=None
        ),
        "responses": [
            {"name": e.name, "page": e.page, "url": e.url, "sha256": e.sha256, "bytes": e.bytes}
            for e in capture.entries
        ],
    }


def _write_data(contract: Contract, tables: TableStore, staging: Path) -> None:
    about = {
        "title": contract.title.nl,
        "licence": contract.licence,
        "attribution": "; ".join(contract.attribution),
        "dataset": contract.dataset,
        "schema_version": contract.schema_version,
    }
    for table in contract.published:
        frame = tables.scan(table.asset).collect()
        files.write_parquet(
            table, frame, staging / f"{table.name}.parquet", about | {"table": table.name}
        )
        files.write_csv(table, frame, staging / f"{table.name}.csv")
    aside = [tables.scan(f"{t.asset}.quarantine") for t in contract.tables.values()]
    quarantine = pl.concat(aside).sort(list(QUARANTINE)).collect()
    quarantine.write_parquet(
        staging / "quarantine.parquet", compression="zstd", row_group_size=files.ROW_GROUP
    )


def _validation(contract: Contract, evidence: dict[str, Evidence]) -> dict[str, Any]:
    return {
        "dataset": contract.dataset,
        "schema_version": contract.schema_version,
        "checks": _checks(evidence),
        "tables": [
            {
                "table": name,
                "stage": contract.tables[name].stage,
                "rows": each["rows"],
                "rules": each["rules"],
            }
            for name, each in evidence.items()
        ],
    }


def _checks(evidence: dict[str, Evidence]) -> dict[str, int]:
    """How many rules passed, warned (or noted) and failed, and how many rows were set aside."""
    outcomes: Counter[str] = Counter()
    for each in evidence.values():
        for rule in each["rules"]:
            outcomes["passed" if rule["failed"] == 0 else rule["severity"]] += 1
    return {
        "passed": outcomes["passed"],
        "warned": outcomes["warning"],
        "noted": outcomes["info"],
        "failed": outcomes["critical"],
        "quarantined": sum(each["rows"]["quarantined"] for each in evidence.values()),
    }


def _described(folder: Path) -> dict[str, dict[str, Any]]:
    """File name -> sha256 and bytes, by name, of everything that is there."""
    return {
        path.name: {"sha256": sha256_of(path), "bytes": path.stat().st_size}
        for path in sorted(folder.iterdir())
    }


def _content(contract: Contract, described: dict[str, dict[str, Any]]) -> str:
    """The identity of a release: its data, what the rules found, and the contract they were judged by."""
    promised = (DATASETS / contract.dataset / "contract.yaml").read_bytes()
    digest = hashlib.sha256(promised)
    for name, about in described.items():
        digest.update(f"{about['sha256']}  {name}\n".encode())
    return digest.hexdigest()


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", "utf-8")


def _commit(staging: Path, folder: Path) -> None:
    """Give a finished folder its final name, after its bytes are on disk."""
    for path in staging.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
    _sync_folder(staging)
    folder.parent.mkdir(parents=True, exist_ok=True)
    staging.rename(folder)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
