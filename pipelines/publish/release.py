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

from assets import corrections
from assets.archive import Capture
from assets.ports import SourceArchive, TableStore, sha256_of
from expectations.contract import DATASETS, Contract, Table
from expectations.errors import VoorkantError
from expectations.report import files as report_files
from expectations.report import frames, pages
from expectations.report.gate import refusal
from expectations.split import QUARANTINE
from pipelines.publish import catalog, descriptors, files
from pipelines.publish.provenance import provenance

Evidence = dict[str, Any]
VALIDATION = "validation"


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
        told = (record for each in evidence.values() for record in each.get("corrections", ()))
        corrected = corrections.published(told)
        _write_data(contract, tables, corrected, staging)
        found = frames.together([_report(table, tables) for table in contract.tables.values()])
        _write_report(contract, found, evidence, staging)
        content = _content(contract, _described(staging), found)
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
            "corrections": dict(corrected.select("id", "outcome").rows()),
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
        raise _no_audit(path)
    if evidence["blocked"]:
        aside = evidence["rows"]["quarantined"]
        raise refusal(table.asset, evidence["rules"], aside, tables.page(table.asset))
    return evidence


def _no_audit(path: Path) -> VoorkantError:
    return VoorkantError(
        "VK-P003",
        problem="There is no audit of exactly these rows.",
        where=str(path),
        outcome="The dataset was not published.",
        remedy="Run `voorkant refresh` so that the table is built and audited again.",
    )


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


def _write_data(
    contract: Contract, tables: TableStore, corrected: pl.DataFrame, staging: Path
) -> None:
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
    corrected.write_parquet(
        staging / "corrections.parquet", compression="zstd", row_group_size=files.ROW_GROUP
    )


def _write_report(
    contract: Contract, found: frames.Report, evidence: dict[str, Evidence], staging: Path
) -> None:
    """What every rule found: as Parquet, as JSON and as a page in two languages."""
    report_files.write(found, staging / VALIDATION)
    about = {
        "dataset": contract.dataset,
        "schema_version": contract.schema_version,
        "checks": _checks(evidence),
    }
    (staging / f"{VALIDATION}.json").write_text(report_files.as_json(found, about), "utf-8")
    quarantined = pl.read_parquet(staging / "quarantine.parquet")
    for language in pages.LANGUAGES:
        title = getattr(contract.title, language)
        told = pages.page(found, quarantined, title, language, folder=f"{VALIDATION}/")
        (staging / f"{VALIDATION}.{language}.html").write_text(told, "utf-8")


def _report(table: Table, tables: TableStore) -> frames.Report:
    """The report that the evidence of a table speaks of."""
    found = tables.report(table.asset)
    if found is None:
        raise _no_audit(tables.report_folder(table.asset))
    return found


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
        path.relative_to(folder).as_posix(): {
            "sha256": sha256_of(path),
            "bytes": path.stat().st_size,
        }
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _content(contract: Contract, described: dict[str, dict[str, Any]], found: frames.Report) -> str:
    """The identity of a release: its data, what the rules found, and the contract they were judged by.

    Where in a capture a failing row stands is not part of it: a source that serves the same rows in
    another order has not changed.
    """
    promised = (DATASETS / contract.dataset / "contract.yaml").read_bytes()
    digest = hashlib.sha256(promised)
    for name, about in described.items():
        if not name.startswith(VALIDATION):
            digest.update(f"{about['sha256']}  {name}\n".encode())
    digest.update(report_files.as_json(found.without_places(), {}).encode())
    return digest.hexdigest()


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", "utf-8")


def _commit(staging: Path, folder: Path) -> None:
    """Give a finished folder its final name, after its bytes are on disk."""
    for path in staging.rglob("*"):
        _sync(path)
    _sync(staging)
    folder.parent.mkdir(parents=True, exist_ok=True)
    staging.rename(folder)
    _sync(folder.parent)


def _sync(path: Path) -> None:
    """Wait until a file or folder is on disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
