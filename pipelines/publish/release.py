"""One release: from tables that passed their audit to the files of a version.

What belongs here: which files a release has, in which order they are made, and the proof that the rows
are those of the audit. What does not: how they become visible (`store`), how a file is written
(`files`), what the descriptions say (`descriptions`).

The publisher trusts nobody: it compares the staged rows with the audit's evidence itself, before
anything is made and again just before the release.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl

from assets import corrections, whole
from assets.archive import Capture
from assets.ports import SourceArchive, TableStore, sha256_of
from expectations.contract import DATASETS, Contract, Table
from expectations.errors import VoorkantError
from expectations.report import files as report_files
from expectations.report import frames, pages
from expectations.report.gate import refusal
from expectations.split import QUARANTINE
from pipelines.publish import catalog, edition, files, history, schema_version, signing
from pipelines.publish.descriptions import describe
from pipelines.publish.descriptions.coverage import coverage
from pipelines.publish.descriptions.facts import Release as Facts
from pipelines.publish.descriptions.publication import publication
from pipelines.publish.method import method
from pipelines.publish.provenance import provenance
from pipelines.publish.store import layout, publishing
from pipelines.publish.store.log import Log, Release
from pipelines.publish.store.opening import storage_to_publish_at

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

    def publish(
        self, contract: Contract, tables: TableStore, sources: SourceArchive, attempt: str
    ) -> Published:
        """Publish a dataset when its content is new.

        attempt: who asks, e.g. the id of a run; the same attempt never publishes twice. Raises VK-D001
        (a critical rule failed), VK-P003 (evidence of other rows), and what `store.publishing` raises.
        """
        evidence = {t.name: _evidence(t, tables) for t in contract.tables.values()}
        archive = sources.archive()
        inputs = [_input(archive.require(source)) for source in sorted(contract.sources)]
        moment = max(each["retrieved_at"] for each in inputs)
        with tempfile.TemporaryDirectory(prefix="voorkant-release-") as place:
            made = _Making(contract, tables, evidence, inputs, moment, Path(place), self.root)
            storage = storage_to_publish_at(self.root)
            outcome = publishing.publish(
                storage,
                publishing.Candidate(
                    dataset=contract.dataset,
                    content_sha256=made.content,
                    moment=moment,
                    attempt=attempt,
                    make=made.version,
                    prove=lambda: [_evidence(t, tables) for t in contract.tables.values()],
                ),
            )
        if not outcome.changed:
            layout.verify(storage, Log(storage).read(), outcome.release)
        catalog.describe(self.root)
        folder = self.root / outcome.release.folder
        return Published(edition.read_manifest(folder), folder, outcome.changed)


class _Making:
    """The files of a dataset, in a folder of their own: what no version changes first."""

    def __init__(
        self,
        contract: Contract,
        tables: TableStore,
        evidence: dict[str, Evidence],
        inputs: list[dict[str, Any]],
        moment: str,
        folder: Path,
        root: Path,
    ) -> None:
        self._contract = contract
        self._evidence = evidence
        self._inputs = inputs
        self._moment = moment
        self._folder = folder
        self._root = root
        told = (record for each in evidence.values() for record in each.get("corrections", ()))
        self._corrected = corrections.published(told)
        self._rows = {t.name: tables.scan(t.asset).collect() for t in contract.published}
        self._hashes = {
            table.name: files.write_all(contract, table, self._rows[table.name], folder)
            for table in contract.published
        }
        aside = [tables.scan(f"{t.asset}.quarantine") for t in contract.tables.values()]
        quarantined = pl.concat(aside).sort(list(QUARANTINE)).collect()
        files.write_rows(quarantined, folder / "quarantine.parquet")
        files.write_rows(self._corrected, folder / "corrections.parquet")
        shutil.copyfile(DATASETS / contract.dataset / "contract.yaml", folder / edition.CONTRACT)
        found = frames.together([_report(table, tables) for table in contract.tables.values()])
        _write_report(contract, found, quarantined, evidence, folder)
        self.content = _content(contract, self._hashes, (quarantined, self._corrected), found)
        for name, page in method(contract.dataset).items():
            (folder / name).write_bytes(page)
        self._same = _described(folder)

    def version(self, version: str, after: Release | None) -> dict[str, Path]:
        """All files of this version, which comes after that release."""
        self._start_again()
        contract, folder = self._contract, self._folder
        previous = self._root / after.folder if after else None
        promised = previous and edition.read_manifest(previous)
        signer = signing.from_environment()
        manifest = {
            "dataset": contract.dataset,
            "title": contract.title.model_dump(),
            "version": version,
            "schema_version": schema_version.kept(
                (edition.read_contract(previous), promised["schema_version"])
                if previous and promised
                else None,
                contract,
            ),
            "published_at": self._moment,
            "licence": contract.licence,
            "attribution": list(contract.attribution),
            "content_sha256": self.content,
            "coverage": coverage(
                contract,
                publication().about(contract.dataset),
                {name: rows.lazy() for name, rows in self._rows.items()},
            ),
            "rows": {t.name: self._evidence[t.name]["rows"]["kept"] for t in contract.published},
            "rows_sha256": self._hashes,
            "read": {name: each["rows"] for name, each in self._evidence.items()},
            "checks": _checks(self._evidence),
            "corrections": dict(self._corrected.select("id", "outcome").rows()),
            "inputs": self._inputs,
            "code": provenance(),
            "signature": {"key": signer.key_id} if signer else signing.UNSIGNED,
        }
        history.write(folder, edition.Edition(manifest, contract, self._rows), previous)
        facts = Facts.of({**manifest, "files": _described(folder)})
        earlier = [each["version"] for each in catalog.manifests(self._root, contract.dataset)]
        for name, written in describe(
            contract, facts.having(earlier=tuple(earlier)), publication()
        ).items():
            (folder / name).write_bytes(written)
        statement = signing.statement({**manifest, "files": _described(folder)})
        (folder / signing.PROVENANCE).write_bytes(signing.envelope(statement, signer))
        whole.write_json(folder / edition.MANIFEST, {**manifest, "files": _described(folder)})
        signing.seal(folder, signer)
        return {name: folder / name for name in _described(folder)}

    def _start_again(self) -> None:
        """Leave out what was made for a version that went to another publisher."""
        for name in _described(self._folder).keys() - self._same.keys():
            (self._folder / name).unlink()


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


def _write_report(
    contract: Contract,
    found: frames.Report,
    quarantined: pl.DataFrame,
    evidence: dict[str, Evidence],
    folder: Path,
) -> None:
    """What every rule found: as Parquet, as JSON and as a page in two languages."""
    report_files.write(found, folder / VALIDATION)
    about = {
        "dataset": contract.dataset,
        "schema_version": contract.schema_version,
        "checks": _checks(evidence),
    }
    (folder / f"{VALIDATION}.json").write_text(report_files.as_json(found, about), "utf-8")
    for language in pages.LANGUAGES:
        title = getattr(contract.title, language)
        told = pages.page(found, quarantined, title, language, folder=f"{VALIDATION}/")
        (folder / f"{VALIDATION}.{language}.html").write_text(told, "utf-8")


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


def _content(
    contract: Contract,
    hashes: Mapping[str, str],
    beside: tuple[pl.DataFrame, ...],
    found: frames.Report,
) -> str:
    """The identity of a release: its rows, what the rules found, and the contract they were judged by.

    Not of the bytes of its files, so that a newer writer makes no new version. Where in a capture a
    failing row stands is not part of it either: a source that serves the same rows in another order
    has not changed.
    """
    promised = (DATASETS / contract.dataset / "contract.yaml").read_bytes()
    digest = hashlib.sha256(promised)
    for name, content in sorted(hashes.items()):
        digest.update(f"{content}  {name}\n".encode())
    for frame in beside:
        digest.update(frame.write_csv().encode())
    digest.update(report_files.as_json(found.without_places(), {}).encode())
    return digest.hexdigest()
