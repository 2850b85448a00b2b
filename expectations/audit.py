"""One audit of one table: judge every rule, split the rows, and prove that none is lost.

    read = kept + quarantined

Every rule is counted twice, by Polars (the split) and by Great Expectations (the report); different
counts stop the run, because then neither can be trusted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import polars as pl

from expectations import great
from expectations.contract import TRACE, Table
from expectations.errors import VoorkantError
from expectations.vocabulary import PROBLEM, References, Rule, Severity

EXAMPLES = 10
QUARANTINE = pl.Schema(
    {
        "dataset": pl.String(),
        "table": pl.String(),
        "rule_ids": pl.String(),
        "problem": pl.String(),
        "capture_sha256": pl.String(),
        "locator": pl.String(),
        "row": pl.String(),
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
    reason: str
    source: str
    judged: int
    failed: int
    examples: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing broke the rule."""
        return self.failed == 0


@dataclass(frozen=True, slots=True)
class Audit:
    """A judged table. kept: contract columns plus trace, sorted by key. quarantined: see QUARANTINE."""

    table: Table
    read: int
    kept: pl.DataFrame
    quarantined: pl.DataFrame
    findings: tuple[Finding, ...]

    @property
    def blocked(self) -> bool:
        """Whether a critical rule failed, so that nothing of it may be published."""
        return any(f.severity == "critical" and not f.passed for f in self.findings)


def audit(table: Table, frame: pl.LazyFrame, references: References) -> Audit:
    """Judge a candidate table against its contract.

    Raises VK-D004 (columns differ from the contract), VK-D003 (the two engines disagree) and
    VK-D002 (rows lost or doubled).
    """
    candidate = _as_promised(table, frame)
    row_rules = [rule for rule in table.all_rules if rule.about == "rows"]
    group_rules = [rule for rule in table.all_rules if rule.about == "groups"]

    # Rows that do not belong here (a total among its parts) leave first; no other rule is about them.
    strangers = [rule for rule in row_rules if rule.set_aside and rule.severity != "critical"]
    belonging, apart, findings = _stage(table, candidate, strangers, references)
    kept, broken, found = _stage(
        table, belonging, [rule for rule in row_rules if rule not in strangers], references
    )
    findings += found
    findings += [_judge_groups(table, belonging, rule, references) for rule in group_rules]
    quarantined = pl.concat([apart, broken])
    if kept.height + quarantined.height != candidate.height:
        raise VoorkantError(
            "VK-D002",
            problem=f"{candidate.height} rows read, {kept.height} kept, {quarantined.height} set aside.",
            where=table.asset,
            outcome="The table was not written.",
            remedy="This is an error of voorkant itself; report it with the archive's log.",
        )
    by_id = {finding.rule_id: finding for finding in findings}
    return Audit(
        table=table,
        read=candidate.height,
        kept=kept,
        quarantined=quarantined,
        findings=tuple(by_id[rule.id] for rule in table.all_rules),
    )


def _as_promised(table: Table, frame: pl.LazyFrame) -> pl.DataFrame:
    """Contract columns in order and type, then the trace columns (null where a table has none)."""
    names = frame.collect_schema().names()
    odd = sorted(set(names) ^ set(table.dtypes) - set(TRACE))
    if odd := [name for name in odd if name not in TRACE]:
        raise VoorkantError(
            "VK-D004",
            problem=f"Columns missing or not promised: {', '.join(odd)}.",
            where=table.asset,
            outcome="The table was not written.",
            remedy="Bring the transform and datasets/*/contract.yaml in line.",
        )
    missing = [pl.lit(None, dtype=kind).alias(c) for c, kind in TRACE.items() if c not in names]
    complete = frame.with_columns(missing).select([*table.dtypes, *TRACE])
    return complete.cast(pl.Schema({**table.dtypes, **TRACE})).sort(table.key).collect()


def _stage(
    table: Table, candidate: pl.DataFrame, rules: list[Rule], references: References
) -> tuple[pl.DataFrame, pl.DataFrame, list[Finding]]:
    """Judge rows by some rules: rows that stay, rows set aside, and what each rule found."""
    if not rules:
        return candidate, pl.DataFrame(schema=QUARANTINE), []
    judged, findings = _judge_rows(table, candidate, rules, references)
    return *_split(table, judged, rules), findings


def _failed(rule: Rule) -> str:
    return f"_fails {rule.id}"


def _judge_rows(
    table: Table, candidate: pl.DataFrame, rules: list[Rule], references: References
) -> tuple[pl.DataFrame, list[Finding]]:
    measured = candidate.lazy()
    for rule in rules:
        measured = rule.measured(measured, references)
    verdicts = [rule.fails().fill_null(False).alias(_failed(rule)) for rule in rules]
    judged = measured.with_columns(verdicts).collect()
    expectations = {rule.id: rule.expectation(references) for rule in rules}
    looked_at = dict.fromkeys(c for each in expectations.values() for c in each.columns)
    outcomes = great.validate(table.asset, judged.select(*looked_at), expectations)
    findings = []
    for rule in rules:
        failing = judged.filter(pl.col(_failed(rule)))
        _agree(table, rule, failing.height, outcomes[rule.id])
        shown = failing.head(EXAMPLES).select(_spoken(table.key)).to_series().to_list()
        findings.append(_finding(rule, judged.height, failing.height, shown))
    return judged, findings


def _judge_groups(
    table: Table, candidate: pl.DataFrame, rule: Rule, references: References
) -> Finding:
    groups = rule.measured(candidate.lazy(), references).collect()
    failing = groups.filter(rule.fails().fill_null(False))
    expectations = {rule.id: rule.expectation(references)}
    outcomes = great.validate(f"{table.asset} {rule.id}", groups.select("deviation"), expectations)
    _agree(table, rule, failing.height, outcomes[rule.id])
    both = [pl.col(side).round(2).cast(pl.Decimal(38, 2)) for side in ("observed", "expected")]
    spoken = pl.format("{}: {} against {}", "group", *both)
    shown = failing.head(EXAMPLES).select(spoken).to_series().to_list()
    return _finding(rule, groups.height, failing.height, shown)


def _finding(rule: Rule, judged: int, failed: int, examples: list[str]) -> Finding:
    return Finding(
        rule_id=rule.id,
        kind=rule.kind,  # type: ignore[attr-defined]
        severity=rule.severity,
        about=rule.about,
        sentence=rule.sentence(),
        reason=rule.reason,
        source=rule.source,
        judged=judged,
        failed=failed,
        examples=tuple(examples),
    )


def _agree(table: Table, rule: Rule, counted: int, outcome: great.Outcome) -> None:
    if outcome.unexpected != counted or outcome.success != (counted == 0):
        raise VoorkantError(
            "VK-D003",
            problem=f"Rule {rule.id}: the split counts {counted}, Great Expectations {outcome.unexpected}.",
            where=table.asset,
            outcome="The table was not written.",
            remedy="This is an error of voorkant itself; report the rule and the archive's log.",
        )


def _spoken(columns: tuple[str, ...]) -> pl.Expr:
    """A row's key in words: "year 2023, taakveld 6.1"."""
    parts = [
        pl.format(f"{c} {{}}", pl.col(c).cast(pl.String).fill_null("(missing)")) for c in columns
    ]
    return pl.concat_str(parts, separator=", ")


def _words(rules: list[Rule], word: dict[str, str]) -> pl.Expr:
    """The words of the failed rules, alphabetical, separated by ";"; null when none failed."""
    said = [pl.when(pl.col(_failed(rule))).then(pl.lit(word[rule.id])) for rule in rules]
    joined = pl.concat_list(said).list.drop_nulls().list.unique().list.sort().list.join(";")
    return pl.when(joined != "").then(joined)


def _split(
    table: Table, judged: pl.DataFrame, rules: list[Rule]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    leaving = [rule for rule in rules if rule.sets_aside]
    warnings = [rule for rule in rules if rule.severity == "warning" and not rule.sets_aside]
    aside = pl.any_horizontal([pl.col(_failed(rule)) for rule in leaving])

    kept = judged.filter(~aside)
    if table.flags_column and warnings:
        flags = pl.col(table.flags_column)
        words = {rule.id: rule.flag or rule.id for rule in warnings}
        both = pl.concat_str([flags, _words(warnings, words)], separator=";", ignore_nulls=True)
        merged = both.str.split(";").list.unique().list.sort().list.join(";")
        kept = kept.with_columns(pl.when(merged != "").then(merged).alias(table.flags_column))

    ids = {rule.id: rule.id for rule in leaving}
    reasons = {rule.id: f"{rule.id}: {rule.sentence()}" for rule in leaving}
    # Copies of one key are told apart by the other columns, so that the order is always the same.
    ordered = judged.filter(aside).sort([*table.key, *table.dtypes, *TRACE])
    quarantined = ordered.select(
        pl.lit(table.dataset).alias("dataset"),
        pl.lit(table.name).alias("table"),
        _words(leaving, ids).alias("rule_ids"),
        pl.coalesce(PROBLEM, _words(leaving, reasons)).alias("problem"),
        pl.col("_capture").alias("capture_sha256"),
        pl.col("_locator").alias("locator"),
        pl.struct(list(table.dtypes)).struct.json_encode().alias("row"),
    )
    return kept.select([*table.dtypes, *TRACE]), quarantined.cast(QUARANTINE)
