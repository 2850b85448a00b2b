"""An audit as three tables.

    run       one row per table: rows read, kept and quarantined, rules that failed, versions
    rule      one row per rule: its words, how much it judged, how much of that failed
    failure   one row per key or group that fails: all of them

What belongs here: pure functions from audits to frames. Rows stand in the order of the contract, so
that equal audits give equal frames.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version

import polars as pl

from expectations.audit import FAILURES, Audit

_WHERE = {"dataset": pl.String(), "table": pl.String(), "partition": pl.String()}

RULE = pl.Schema(
    {
        **_WHERE,
        "rule_id": pl.String(),
        "kind": pl.String(),
        "severity": pl.String(),
        "about": pl.String(),  # "rows" or "groups": what judged and failed count
        "sentence": pl.String(),
        "sentence_nl": pl.String(),
        "reason": pl.String(),
        "source": pl.String(),
        "suggested_cause": pl.String(),
        "judged": pl.Int64(),
        "failed": pl.Int64(),
        "passed": pl.Boolean(),
    }
)
RUN = pl.Schema(
    {
        **_WHERE,
        "stage": pl.String(),
        "schema_version": pl.String(),
        "read": pl.Int64(),
        "kept": pl.Int64(),
        "quarantined": pl.Int64(),
        "rules": pl.Int64(),
        "failed_critical": pl.Int64(),  # rules that failed, by severity
        "failed_warning": pl.Int64(),
        "failed_info": pl.Int64(),
        "polars": pl.String(),
        "great_expectations": pl.String(),
    }
)
FAILURE = pl.Schema({**_WHERE, **FAILURES})


@dataclass(frozen=True, slots=True)
class Report:
    """The three tables, of one audit or of several."""

    run: pl.DataFrame
    rule: pl.DataFrame
    failure: pl.DataFrame

    @property
    def tables(self) -> dict[str, pl.DataFrame]:
        """Name -> table, the smallest first."""
        return {"run": self.run, "rule": self.rule, "failure": self.failure}

    def without_places(self) -> Report:
        """The same findings without where in which capture a failing row stands."""
        return replace(self, failure=self.failure.drop("capture_sha256", "locator"))


def report(audit: Audit) -> Report:
    """The report of one audit."""
    where = {
        "dataset": audit.table.dataset,
        "table": audit.table.name,
        "partition": audit.partition,
    }
    failed = [finding.severity for finding in audit.findings if not finding.passed]
    run = {
        **where,
        "stage": audit.table.stage,
        "schema_version": audit.table.schema_version,
        "read": audit.read,
        "kept": audit.kept.height,
        "quarantined": audit.quarantined.height,
        "rules": len(audit.findings),
        **{f"failed_{each}": failed.count(each) for each in ("critical", "warning", "info")},
        "polars": version("polars"),
        "great_expectations": version("great-expectations"),
    }
    rules = [{**where, **asdict(each), "passed": each.passed} for each in audit.findings]
    placed = [pl.lit(value, pl.String).alias(name) for name, value in where.items()]
    return Report(
        run=pl.DataFrame([run], schema=RUN),
        rule=pl.DataFrame(rules, schema=RULE),
        failure=audit.failures.select(*placed, *FAILURES),
    )


def together(reports: Sequence[Report]) -> Report:
    """Several reports as one, in the order they are given."""
    return Report(
        run=pl.concat([RUN.to_frame(), *(each.run for each in reports)]),
        rule=pl.concat([RULE.to_frame(), *(each.rule for each in reports)]),
        failure=pl.concat([FAILURE.to_frame(), *(each.failure for each in reports)]),
    )
