"""The audit as evidence: that it is about exactly the rows that are staged now, and found no fault.

The publisher compares the staged rows with the audit's evidence itself, before anything is made and
again just before the release. What does not belong here: the rules (`expectations`), the report in a
release (`release_writer.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from assets.atomic_files import sha256_of
from assets.framework.resources import TableStore
from expectations.contract import Table
from expectations.errors import VoorkantError
from expectations.report import frames
from expectations.report.gate import refusal

AuditEvidence = dict[str, Any]


def require_audit(table: Table, tables: TableStore) -> AuditEvidence:
    """The audit of a table. Raises VK-P003 (of other rows) and VK-D001 (a critical rule failed)."""
    evidence = tables.evidence(table.asset)
    path = tables.path(table.asset)
    aside = tables.path(f"{table.asset}.quarantine")
    if evidence is None or not (
        _is(path, evidence["kept_sha256"]) and _is(aside, evidence["quarantined_sha256"])
    ):
        raise _no_audit(path)
    if evidence["blocked"]:
        count = evidence["rows"]["quarantined"]
        raise refusal(table.asset, evidence["rules"], count, tables.page(table.asset))
    return evidence


def report(table: Table, tables: TableStore) -> frames.Report:
    """The report that the evidence of a table is about. Raises VK-P003."""
    found = tables.report(table.asset)
    if found is None:
        raise _no_audit(tables.report_folder(table.asset))
    return found


def checks(evidence: Iterable[AuditEvidence]) -> dict[str, int]:
    """How many rules passed, warned (or noted) and failed, and how many rows were set aside."""
    outcomes: Counter[str] = Counter()
    quarantined = 0
    for each in evidence:
        quarantined += each["rows"]["quarantined"]
        for rule in each["rules"]:
            outcomes["passed" if rule["failed"] == 0 else rule["severity"]] += 1
    return {
        "passed": outcomes["passed"],
        "warned": outcomes["warning"],
        "noted": outcomes["info"],
        "failed": outcomes["critical"],
        "quarantined": quarantined,
    }


def _is(path: Path, sha256: str) -> bool:
    return path.exists() and sha256_of(path) == sha256


def _no_audit(path: Path) -> VoorkantError:
    return VoorkantError(
        "VK-P003",
        problem="There is no audit of exactly these rows.",
        where=str(path),
        outcome="The dataset was not published.",
        remedy="Run `voorkant refresh` so that the table is built and audited again.",
    )
