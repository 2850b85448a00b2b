"""Findings and checks: what the reconciliation rules find in the ledger, and how much they compared.

Grain    findings: comparison that does not agree; checks: rule × scheme
Unit     euros
Traps    what is not due is not missing; a rule with nothing to compare says so, it does not agree
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl

from assets.calc.ratios import AMOUNT
from assets.framework.declared_tables import Transform
from assets.published.spuk_ledger.audit_rules.rule_inputs import RuleInputs
from assets.published.spuk_ledger.audit_rules.rule_list import RULES, comparisons
from assets.published.spuk_ledger.audit_rules.sentences import with_sentences
from assets.reference.spuk_schemes import Scheme, schemes
from assets.reference.tables import spuk_causes, spuk_rules
from expectations import contract as contracts

CLASSES = ("breach", "source_error", "needs_explanation", "known_exception")
_FINDINGS = "spuk_ledger.findings"


def findings(
    spuk_ledger: pl.LazyFrame,
    core_spuk_ledger__known: pl.LazyFrame,
    spuk_allocations__iza_regions: pl.LazyFrame,
    core_municipalities__lists: pl.LazyFrame,
    municipalities__transitions: pl.LazyFrame,
) -> pl.LazyFrame:
    """Every comparison that does not agree, with both sides, the judgement and the next step."""
    evidence = RuleInputs.of(
        spuk_ledger,
        schemes(),
        _known_on(core_spuk_ledger__known),
        spuk_allocations__iza_regions,
        core_municipalities__lists,
        municipalities__transitions,
    )
    return found(comparisons(evidence))


def checks(
    spuk_ledger: pl.LazyFrame,
    core_spuk_ledger__known: pl.LazyFrame,
    spuk_allocations__iza_regions: pl.LazyFrame,
    core_municipalities__lists: pl.LazyFrame,
    municipalities__transitions: pl.LazyFrame,
) -> pl.LazyFrame:
    """How much each rule compared in each scheme, how it came out, and why there was nothing."""
    known_on = _known_on(core_spuk_ledger__known)
    evidence = RuleInputs.of(
        spuk_ledger,
        schemes(),
        known_on,
        spuk_allocations__iza_regions,
        core_municipalities__lists,
        municipalities__transitions,
    )
    return counted(comparisons(evidence), schemes(), known_on)


def found(compared: pl.LazyFrame) -> pl.LazyFrame:
    """The comparisons with a cause, in the columns of the contract."""
    disagreeing = compared.filter(pl.col("cause").is_not_null()).with_columns(
        difference_eur=(pl.col("observed_eur") - pl.col("expected_eur")).cast(AMOUNT)
    )
    return with_sentences(disagreeing).select(*contracts.table(_FINDINGS).columns)


def counted(
    compared: pl.LazyFrame, known_schemes: Mapping[str, Scheme], known_on: date
) -> pl.LazyFrame:
    """One row for each rule and each scheme it is about."""
    classed = compared.join(
        spuk_causes().lazy().select("rule", "cause", "class"), on=["rule", "cause"], how="left"
    )
    counts = classed.group_by("rule", "scheme").agg(
        pl.len().cast(pl.Int64).alias("judged"),
        pl.col("cause").is_null().sum().cast(pl.Int64).alias("agreed"),
        *((pl.col("class") == name).sum().cast(pl.Int64).alias(name) for name in CLASSES),
    )
    wanted = pl.LazyFrame(
        [
            {"rule": rule.id, "scheme": scheme.id, "_since": rule.since(scheme)}
            for rule in RULES
            for scheme in known_schemes.values()
            if rule.about(scheme)
        ],
        schema={"rule": pl.String, "scheme": pl.String, "_since": pl.Date},
    )
    numbers = ("judged", "agreed", *CLASSES)
    status = (
        pl.when(pl.col("judged") > 0)
        .then(pl.lit("judged"))
        .when(pl.col("_since") >= known_on)
        .then(pl.lit("not_due"))
        .otherwise(pl.lit("no_data"))
    )
    return (
        wanted.join(counts, on=["rule", "scheme"], how="left")
        .join(_statements(), on="rule", how="left")
        .with_columns(pl.col(numbers).fill_null(0))
        .with_columns(status=status)
        .select(*contracts.table("spuk_ledger.checks").columns)
        .sort("rule", "scheme")
    )


def _statements() -> pl.LazyFrame:
    """What each rule says: in Dutch beside the files that fill it, in English in the contract."""
    promised = {
        rule.id.removeprefix("SPL-"): rule.reason for rule in contracts.table(_FINDINGS).rules
    }
    return (
        spuk_rules()
        .lazy()
        .with_columns(statement_en=pl.col("rule").replace_strict(promised, return_dtype=pl.String))
    )


def _known_on(known: pl.LazyFrame) -> date:
    day: date = known.select(pl.col("known_on").max()).collect().item()
    return day


TABLES = (
    Transform(_FINDINGS, findings),
    Transform("spuk_ledger.checks", checks),
)
