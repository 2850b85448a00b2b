"""Rules and corrections as Dagster checks: their names, and their results in a run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import dagster as dg

from assets.corrections import Correction, CorrectionOutcome
from expectations.audit import Finding, promises
from expectations.contract import Table
from expectations.vocabulary import Rule


def rule_checks(table: Table) -> dict[str, Rule]:
    """Check name -> its rule: one for every rule a table is audited by."""
    return {_check_name(rule.id): rule for rule in promises(table)}


def rule_result(
    finding: Finding, page: dg.PathMetadataValue, partition: str | None
) -> dg.AssetCheckResult:
    """What a rule found, with examples and a link to its page of the report."""
    critical = finding.severity == "critical"
    return dg.AssetCheckResult(
        check_name=_check_name(finding.rule_id),
        passed=finding.passed,
        severity=dg.AssetCheckSeverity.ERROR if critical else dg.AssetCheckSeverity.WARN,
        description=finding.sentence,
        metadata={
            "judged": finding.judged,
            "failed": finding.failed,
            "counts": finding.about,
            "report": page,
            **({"examples": _listed(finding.examples)} if finding.examples else {}),
            **({"partition": partition} if partition else {}),
        },
    )


def _listed(lines: Iterable[str]) -> dg.MetadataValue[Any]:
    return dg.MetadataValue.md("\n".join(f"* {line}" for line in lines))


def correction_check(correction: Correction) -> str:
    """The name of the check that a correction still holds."""
    return _check_name(f"correction_{correction.id}")


def correction_result(outcome: CorrectionOutcome) -> dg.AssetCheckResult:
    """Whether a correction still holds; one that does not is reported with its code."""
    error = outcome.error()
    return dg.AssetCheckResult(
        check_name=correction_check(outcome.correction),
        passed=error is None,
        severity=dg.AssetCheckSeverity.WARN,
        metadata=error.as_dict() if error else {},
    )


def _check_name(rule_id: str) -> str:
    """A rule id in the alphabet Dagster allows for checks."""
    return "".join(c if c.isalnum() else "_" for c in rule_id)
