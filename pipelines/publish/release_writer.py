"""Write the files of a version from its content: which files there are, and their order.

What belongs here: that order, and the manifest. What does not: the form of a table (`canonical_files.py`),
the text of the descriptions (`metadata`), how the files become visible (`store`).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from assets import atomic_files
from expectations.localized import LANGUAGES
from expectations.report import files as report_files
from expectations.report import pages
from pipelines.publish import canonical_files, release_reader, schema_version, signing
from pipelines.publish.content import ReleaseContent
from pipelines.publish.history import write_history
from pipelines.publish.history.causes import Steps
from pipelines.publish.metadata import describe
from pipelines.publish.metadata.coverage import coverage
from pipelines.publish.metadata.publication import publication
from pipelines.publish.metadata.release_facts import ReleaseFacts
from pipelines.publish.method_pages import method
from pipelines.publish.provenance import provenance
from pipelines.publish.published import Publications
from pipelines.publish.release_reader import ReleaseData
from pipelines.publish.store.log import Release

VALIDATION = "validation"
_PREVIOUS = (release_reader.MANIFEST, release_reader.CONTRACT, write_history.SUMMARY, "*.parquet")
"""Files of the previous release that the history of a version is computed from."""

Attribute = Callable[[Path | None, ReleaseData], Steps]
"""The folder of the previous release, and the new release -> the causes of the changes."""


def write_release(
    content: ReleaseContent,
    folder: Path,
    version: str,
    after: Release | None,
    published: Publications,
    attribute: Attribute,
) -> dict[str, Path]:
    """Write all files of a version into an empty folder: file name -> its path.

    after: the release before it, of which `published` holds the files; None for the first. attribute: finds
    which factor caused which change since then. Raises VK-P011 (the release
    before cannot be read) and VK-P012 (the signing key).
    """
    contract = content.contract
    _write_content(content, folder)
    previous = published.folder(after, *_PREVIOUS) if after else None
    signer = signing.from_environment()
    manifest = _manifest(content, version, previous, signer)
    release = ReleaseData(manifest, contract, content.rows, content.corrected)
    steps = attribute(previous, release)
    write_history.write_history(folder, release, previous, steps, content.municipalities)
    earlier = tuple(each.version for each in published.valid(contract.dataset))
    facts = ReleaseFacts.of({**manifest, "files": release_reader.listed(folder)}).having(
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


def _manifest(
    content: ReleaseContent, version: str, previous: Path | None, signer: signing.Signer | None
) -> dict[str, Any]:
    """The manifest without its list of files. previous: the folder of the release before."""
    contract = content.contract
    before = None
    if previous:
        promised = release_reader.read_manifest(previous)["schema_version"]
        before = (release_reader.read_contract(previous), promised)
    return {
        "dataset": contract.dataset,
        "title": contract.title.model_dump(),
        "version": version,
        "schema_version": schema_version.kept(before, contract),
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
        "checks": dict(content.checks),
        "corrections": dict(content.corrected.select("id", "outcome").rows()),
        "inputs": list(content.inputs),
        "code": provenance(),
        "signature": {"key": signer.key_id} if signer else signing.UNSIGNED,
    }


def _write_content(content: ReleaseContent, folder: Path) -> None:
    """Write the files that are the same in every version of this content."""
    canonical_files.write_rows(content.quarantined, folder / "quarantine.parquet")
    canonical_files.write_rows(content.corrected, folder / release_reader.CORRECTED)
    for table in content.contract.published:
        canonical_files.write_all(content.contract, table, content.rows[table.name], folder)
    (folder / release_reader.CONTRACT).write_bytes(content.promised)
    _write_report(content, folder)
    for name, page in method(content.contract.dataset).items():
        (folder / name).write_bytes(page)


def _write_report(content: ReleaseContent, folder: Path) -> None:
    """Write the validation report as Parquet, as JSON and as a page in two languages."""
    contract = content.contract
    report_files.write(content.found, folder / VALIDATION)
    about = {
        "dataset": contract.dataset,
        "schema_version": contract.schema_version,
        "checks": dict(content.checks),
    }
    (folder / f"{VALIDATION}.json").write_text(report_files.as_json(content.found, about), "utf-8")
    for language in LANGUAGES:
        title = getattr(contract.title, language)
        page = pages.page(
            content.found, content.quarantined, title, language, folder=f"{VALIDATION}/"
        )
        (folder / f"{VALIDATION}.{language}.html").write_text(page, "utf-8")
