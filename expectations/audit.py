"""One audit of one table: judge every rule, split the rows, and prove that none is lost.

    read = kept + quarantined

Every rule is counted twice, by Polars (the mask of the split) and by Great Expectations; different
counts stop the run, because then neither can be trusted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import polars as pl

from expectations import gx_runner
from expectations.contract import TRACE, Table
from expectations.errors import VoorkantError
from expectations.quarantine import QUARANTINE, Mask, conserved, in_full
from expectations.vocabulary import References, Rule, Severity
from expectations.vocabulary.measure import MEASURE

EXAMPLES = 10
# One row per key or group that breaks a rule. key: its columns as JSON. words: the same for people.
FAILURES = pl.Schema(
    {
        "rule_id": pl.String(),
        "key": pl.String(),
        "words": pl.String(),
        "observed": MEASURE,
        "expected": MEASURE,
        "deviation": MEASURE,
        "capture_sha256": pl.String(),
        "locator": pl.String(),
        "set_aside": pl.Boolean(),
    }
)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule found. judged and failed count rows or groups, as `about` says."""

    rule_id: str
    kind: str
    severity: Severity
    about: Literal["rows", "groups"]
    sentence: str
    sentence_nl: str
    reason: str
    source: str
    suggested_cause: str
    judged: int
    failed: int
    examples: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing broke the rule."""
        return self.failed == 0


@dataclass(frozen=True, slots=True)
class Audit:
    """A judged table.

    kept: contract columns plus trace, sorted by key. quarantined: see QUARANTINE. failures: see
    FAILURES, of all rules and without a limit. findings: one per rule, conservation last.
    partition: the part of the table this is about; None when it is all of it.
    """

    table: Table
    read: int
    kept: pl.DataFrame
    quarantined: pl.DataFrame
    findings: tuple[Finding, ...]
    failures: pl.DataFrame
    partition: str | None = None

    @property
    def blocked(self) -> bool:
        """Whether a critical rule failed, so that nothing of it may be published."""
        return any(f.severity == "critical" and not f.passed for f in self.findings)


class _Stage(NamedTuple):
    """Rows judged by some of the rules."""

    kept: pl.DataFrame
    quarantined: pl.DataFrame
    findings: tuple[Finding, ...] = ()
    failures: tuple[pl.DataFrame, ...] = ()


def promises(table: Table) -> tuple[Rule, ...]:
    """All rules a table is audited by, in the order they are reported."""
    return (*table.all_rules, conserved(table))


def audit(
    table: Table, frame: pl.LazyFrame, references: References, partition: str | None = None
) -> Audit:
    """Judge a candidate table, or one partition of it, against its contract.

    Raises VK-D004 (columns differ from the contract), VK-D003 (the two engines disagree) and
    VK-D002 (rows lost or doubled).
    """
    candidate = _as_promised(table, frame)
    row_rules = [rule for rule in table.all_rules if rule.about == "rows"]
    # Rows that do not belong here (a total among its parts) leave first; no other rule is about them.
    misplaced = [rule for rule in row_rules if rule.set_aside and rule.severity != "critical"]
    others = [rule for rule in row_rules if rule not in misplaced]
    first = _judge_rows(table, candidate, misplaced, references)
    second = _judge_rows(table, first.kept, others, references)
    groups = [
        _judge_groups(table, first.kept, rule, references)
        for rule in table.all_rules
        if rule.about == "groups"
    ]
    quarantined = pl.concat([first.quarantined, second.quarantined])
    _prove(table, candidate.height, second.kept.height, quarantined.height)
    conservation = _finding(conserved(table), judged=candidate.height, failed=0, failing=())
    findings = (*first.findings, *second.findings, *(finding for finding, _ in groups))
    failures = (*first.failures, *second.failures, *(failing for _, failing in groups))
    order = {rule.id: place for place, rule in enumerate(table.all_rules)}
    return Audit(
        table=table,
        read=candidate.height,
        kept=second.kept,
        quarantined=quarantined,
        findings=(*sorted(findings, key=lambda f: order[f.rule_id]), conservation),
        failures=_in_order(failures, order),
        partition=partition,
    )


def _as_promised(table: Table, frame: pl.LazyFrame) -> pl.DataFrame:
    """Contract columns in order and type, then the trace columns (null where a table has none)."""
    names = frame.collect_schema().names()
    differing = sorted(set(names) ^ set(table.dtypes) - set(TRACE))
    if differing := [name for name in differing if name not in TRACE]:
        raise VoorkantError(
            "VK-D004",
            problem=f"Columns missing or not promised: {', '.join(differing)}.",
            where=table.asset,
            outcome="The table was not written.",
            remedy="Bring the transform and datasets/*/contract.yaml in line.",
        )
    missing = [pl.lit(None, dtype=kind).alias(c) for c, kind in TRACE.items() if c not in names]
    complete = frame.with_columns(missing).select([*table.dtypes, *TRACE])
    return complete.cast(pl.Schema({**table.dtypes, **TRACE})).sort(table.key).collect()


def _judge_rows(
    table: Table, candidate: pl.DataFrame, rules: Sequence[Rule], references: References
) -> _Stage:
    """Judge rows by some rules: rows that stay, rows set aside, and what each rule found."""
    if not rules:
        return _Stage(candidate, pl.DataFrame(schema=QUARANTINE))
    mask = Mask(tuple(rules))
    judged = mask.applied(candidate.lazy(), references).collect()
    kept = mask.kept(table, judged.lazy()).collect()
    quarantined = mask.quarantined(table, judged.lazy()).collect()
    _prove(table, candidate.height, kept.height, quarantined.height)
    tally = mask.tally(judged.lazy())
    _agree(table, judged, rules, references, tally.failed)
    broken = judged.filter(mask.broken(rules)).sort(in_full(table))
    failures = [
        _failing_rows(table, rule, broken.filter(mask.broken([rule])), mask.broken(mask.leaving))
        for rule in rules
    ]
    return _Stage(
        kept=kept,
        quarantined=quarantined,
        findings=tuple(
            _finding(rule, tally.read, tally.failed[rule.id], failing["words"])
            for rule, failing in zip(rules, failures, strict=True)
        ),
        failures=tuple(failures),
    )


def _judge_groups(
    table: Table, candidate: pl.DataFrame, rule: Rule, references: References
) -> tuple[Finding, pl.DataFrame]:
    groups = rule.measured(candidate.lazy(), references).collect()
    failing = groups.filter(rule.fails())
    _agree(table, groups, [rule], references, {rule.id: failing.height})
    both = [pl.col(side).round(2).cast(pl.Decimal(38, 2)) for side in ("observed", "expected")]
    described = failing.select(pl.format("{}: {} against {}", "group", *both)).to_series()
    found = failing.select(
        pl.lit(rule.id).alias("rule_id"),
        "key",
        pl.col("group").alias("words"),
        *("observed", "expected", "deviation"),
        pl.lit(None).alias("capture_sha256"),
        pl.lit(None).alias("locator"),
        pl.lit(False).alias("set_aside"),
    ).cast(FAILURES)
    return _finding(rule, groups.height, failing.height, described), found


def _failing_rows(
    table: Table, rule: Rule, failing: pl.DataFrame, leaving: pl.Expr
) -> pl.DataFrame:
    return failing.select(
        pl.lit(rule.id).alias("rule_id"),
        pl.struct(table.key).struct.json_encode().alias("key"),
        _in_words(table.key).alias("words"),
        *(pl.lit(None).alias(side) for side in ("observed", "expected", "deviation")),
        pl.col("_capture").alias("capture_sha256"),
        pl.col("_locator").alias("locator"),
        leaving.alias("set_aside"),
    ).cast(FAILURES)


def _in_order(failures: Sequence[pl.DataFrame], order: dict[str, int]) -> pl.DataFrame:
    """All failures in one frame, in the order of the contract; within a rule as they were found."""
    every = pl.concat([pl.DataFrame(schema=FAILURES), *failures])
    return every.sort(
        pl.col("rule_id").replace_strict(order, return_dtype=pl.Int64), maintain_order=True
    )


def _finding(rule: Rule, judged: int, failed: int, failing: Sequence[str] | pl.Series) -> Finding:
    return Finding(
        rule_id=rule.id,
        kind=rule.kind,  # type: ignore[attr-defined]
        severity=rule.severity,
        about=rule.about,
        sentence=rule.sentence(),
        sentence_nl=rule.description().nl,
        reason=rule.reason,
        source=rule.source,
        suggested_cause=rule.suggested_cause(),
        judged=judged,
        failed=failed,
        examples=tuple(failing[:EXAMPLES]),
    )


def _agree(
    table: Table,
    judged: pl.DataFrame,
    rules: Sequence[Rule],
    references: References,
    counted: Mapping[str, int],
) -> None:
    """Let Great Expectations count the same rules; raise VK-D003 where it finds another number."""
    expectations = {rule.id: rule.expectation(references) for rule in rules}
    columns = dict.fromkeys(c for each in expectations.values() for c in each.columns)
    name = " ".join([table.asset, *(rule.id for rule in rules[:1])])
    outcomes = gx_runner.validate(name, judged.select(*columns), expectations)
    for rule_id, failed in counted.items():
        outcome = outcomes[rule_id]
        if outcome.unexpected != failed or outcome.success != (failed == 0):
            raise VoorkantError(
                "VK-D003",
                problem=f"Rule {rule_id}: the split counts {failed}, "
                f"Great Expectations {outcome.unexpected}.",
                where=table.asset,
                outcome="The table was not written.",
                remedy="This is an error of voorkant itself; report the rule and the archive's log.",
            )


def _prove(table: Table, read: int, kept: int, quarantined: int) -> None:
    """Raise VK-D002 when rows were lost or doubled."""
    if kept + quarantined != read:
        raise VoorkantError(
            "VK-D002",
            problem=f"{read} rows read, {kept} kept, {quarantined} set aside.",
            where=table.asset,
            outcome="The table was not written.",
            remedy="This is an error of voorkant itself; report it with the archive's log.",
        )


def _in_words(columns: tuple[str, ...]) -> pl.Expr:
    """A row's key in words: "year 2023, taakveld 6.1"."""
    parts = [
        pl.format(f"{c} {{}}", pl.col(c).cast(pl.String).fill_null("(missing)")) for c in columns
    ]
    return pl.concat_str(parts, separator=", ")
