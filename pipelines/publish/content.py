"""What a release is made of, before anything is written, and the identity that follows from it.

What belongs here: collecting rows, findings and inputs, and their hash. What does not: files
(`release_writer.py`); none are written for a dataset that did not change.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from assets import corrections
from assets.framework.resources import SourceArchive, TableStore
from assets.ingest.archive import Capture
from expectations.contract import DATASETS, Contract
from expectations.quarantine import QUARANTINE
from expectations.report import files as report_files
from expectations.report import frames
from pipelines.publish import canonical_files, release_reader
from pipelines.publish.audit_evidence import AuditEvidence, checks, report, require_audit
from pipelines.publish.history import municipal_reorganisation


@dataclass(frozen=True)
class ReleaseContent:
    """A dataset as it would be published; knows its rows and their audit, not its version.

    rows: published table -> its canonical rows. rows_sha256: published table -> the hash of its CSV.
    quarantined: rows in quarantine. corrected: our corrections and their outcome. found: the report of
    the rules. evidence: table -> its audit. checks: how many rules had which outcome. inputs: captures as
    a manifest names them. promised: the bytes of the contract. municipalities: the yearly lists, where it
    is built on them.
    """

    contract: Contract
    promised: bytes
    rows: Mapping[str, pl.DataFrame]
    rows_sha256: Mapping[str, str]
    quarantined: pl.DataFrame
    corrected: pl.DataFrame
    found: frames.Report
    evidence: Mapping[str, AuditEvidence]
    checks: Mapping[str, int]
    inputs: tuple[dict[str, Any], ...]
    municipalities: pl.DataFrame | None

    @property
    def moment(self) -> str:
        """When the newest input was captured, ISO 8601."""
        return max(str(each["retrieved_at"]) for each in self.inputs)

    @cached_property
    def sha256(self) -> str:
        """The identity of a release: its rows, what the rules found, and the contract they were judged by.

        Not of the bytes of its files, so that a newer writer makes no new version. The
        place of a failing row in its capture is not part of it either: a source that serves the same rows
        in another order has not changed.
        """
        digest = hashlib.sha256(self.promised)
        for name, rows in sorted(self.rows_sha256.items()):
            digest.update(f"{rows}  {name}\n".encode())
        for frame in (self.quarantined, self.corrected):
            digest.update(frame.write_csv().encode())
        digest.update(report_files.as_json(self.found.without_places(), {}).encode())
        return digest.hexdigest()


def collect_content(
    contract: Contract, tables: TableStore, sources: SourceArchive
) -> ReleaseContent:
    """The content of a dataset as it is staged now.

    Raises what `require_audit` and `audit_evidence.report` raise, VK-A001 (a source without a capture),
    and VK-P010 (a duplicate key).
    """
    evidence = {table.name: require_audit(table, tables) for table in contract.tables.values()}
    archive = sources.archive()
    rows = {
        table.name: canonical_files.canonical_rows(table, tables.scan(table.asset).collect())
        for table in contract.published
    }
    aside = [tables.scan(f"{table.asset}.quarantine") for table in contract.tables.values()]
    records = (record for each in evidence.values() for record in each.get("corrections", ()))
    return ReleaseContent(
        contract=contract,
        promised=(DATASETS / contract.dataset / release_reader.CONTRACT).read_bytes(),
        rows=rows,
        rows_sha256={
            name: canonical_files.content_sha256(canonical_files.as_csv(each))
            for name, each in rows.items()
        },
        quarantined=pl.concat(aside).sort(list(QUARANTINE)).collect(),
        corrected=corrections.published(records),
        found=frames.together([report(table, tables) for table in contract.tables.values()]),
        evidence=evidence,
        checks=checks(evidence.values()),
        inputs=tuple(_input(archive.require(source)) for source in sorted(contract.sources)),
        municipalities=municipal_reorganisation.lists(contract, tables),
    )


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
