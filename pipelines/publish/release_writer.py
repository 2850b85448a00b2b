"""The files of a version, made from its content: which there are, and in which order they are made.

What belongs here: that order, and the manifest. What does not: how a table is written (`files.py`), what
the descriptions say (`descriptions`), how the files become visible (`store`).
"""

from __future__ import annotations

from pathlib import Path

from assets import atomic_files
from expectations.report import files as report_files
from expectations.report import pages
from pipelines.publish import canonical_files, release_reader, schema_version, signing
from pipelines.publish.audit_evidence import checks
from pipelines.publish.content import Content
from pipelines.publish.history import write_history
from pipelines.publish.history.attribution import attribute_changes
from pipelines.publish.metadata import describe
from pipelines.publish.metadata.coverage import coverage
from pipelines.publish.metadata.publication import publication
from pipelines.publish.metadata.release_facts import Release as Facts
from pipelines.publish.method_pages import method
from pipelines.publish.provenance import provenance
from pipelines.publish.published import Publications
from pipelines.publish.release_reader import Edition
from pipelines.publish.store.log import Release
from pipelines.runtime.table_run import BuildTables

VALIDATION = "validation"
_BEFORE = (release_reader.MANIFEST, release_reader.CONTRACT, write_history.SUMMARY, "*.parquet")
"""What the history of a version needs of the release before it."""


class Making:
    """The files of one dataset, made in a folder of their own when a version is really wanted."""

    def __init__(self, content: Content, folder: Path, build_tables: BuildTables) -> None:
        self._content = content
        self._folder = folder
        self._build_tables = build_tables
        self._same: set[str] = set()

    def version(
        self, version: str, after: Release | None, published: Publications
    ) -> dict[str, Path]:
        """All files of this version, which comes after that release; made once more for another version."""
        content, folder = self._content, self._folder
        contract = content.contract
        self._start()
        previous = published.folder(after, *_BEFORE) if after else None
        promised = previous and release_reader.read_manifest(previous)
        signer = signing.from_environment()
        manifest = {
            "dataset": contract.dataset,
            "title": contract.title.model_dump(),
            "version": version,
            "schema_version": schema_version.kept(
                (release_reader.read_contract(previous), promised["schema_version"])
                if previous and promised
                else None,
                contract,
            ),
            "published_at": content.moment,
            "licence": contract.licence,
            "attribution": list(contract.attribution),
            "content_sha256": content.sha256,
            "coverage": coverage(
                contract,
                publication().about(contract.dataset),
                {name: rows.lazy() for name, rows in content.rows.items()},
            ),
            "rows": {t.name: content.evidence[t.name]["rows"]["kept"] for t in contract.published},
            "rows_sha256": content.rows_sha256,
            "read": {name: each["rows"] for name, each in content.evidence.items()},
            "checks": checks(content.evidence.values()),
            "corrections": dict(content.corrected.select("id", "outcome").rows()),
            "inputs": list(content.inputs),
            "code": provenance(),
            "signature": {"key": signer.key_id} if signer else signing.UNSIGNED,
        }
        release = Edition(manifest, contract, content.rows, content.corrected)
        steps = attribute_changes(previous, release, content.archive, self._build_tables)
        write_history.write(folder, release, previous, steps, content.municipalities)
        earlier = tuple(each.version for each in published.valid(contract.dataset))
        facts = Facts.of({**manifest, "files": release_reader.listed(folder)}).having(
            earlier=earlier
        )
        for name, written in describe(contract, facts, publication()).items():
            (folder / name).write_bytes(written)
        statement = signing.statement({**manifest, "files": release_reader.listed(folder)})
        (folder / signing.PROVENANCE).write_bytes(signing.envelope(statement, signer))
        atomic_files.write_json(
            folder / release_reader.MANIFEST, {**manifest, "files": release_reader.listed(folder)}
        )
        signing.seal(folder, signer)
        return {name: folder / name for name in release_reader.files_of(folder)}

    def _start(self) -> None:
        """Leave exactly the files that every version has: made now, or kept from a version that lost."""
        if not self._same:
            self._write_what_stays()
            self._same = release_reader.files_of(self._folder)
        for name in release_reader.files_of(self._folder) - self._same:
            (self._folder / name).unlink()

    def _write_what_stays(self) -> None:
        content, folder = self._content, self._folder
        for table in content.contract.published:
            canonical_files.write_all(content.contract, table, content.rows[table.name], folder)
        canonical_files.write_rows(content.quarantined, folder / "quarantine.parquet")
        canonical_files.write_rows(content.corrected, folder / release_reader.CORRECTED)
        (folder / release_reader.CONTRACT).write_bytes(content.promised)
        _write_report(content, folder)
        for name, page in method(content.contract.dataset).items():
            (folder / name).write_bytes(page)


def _write_report(content: Content, folder: Path) -> None:
    """What every rule found: as Parquet, as JSON and as a page in two languages."""
    contract = content.contract
    report_files.write(content.found, folder / VALIDATION)
    about = {
        "dataset": contract.dataset,
        "schema_version": contract.schema_version,
        "checks": checks(content.evidence.values()),
    }
    (folder / f"{VALIDATION}.json").write_text(report_files.as_json(content.found, about), "utf-8")
    for language in pages.LANGUAGES:
        title = getattr(contract.title, language)
        told = pages.page(
            content.found, content.quarantined, title, language, folder=f"{VALIDATION}/"
        )
        (folder / f"{VALIDATION}.{language}.html").write_text(told, "utf-8")
