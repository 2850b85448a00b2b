"""R16, R17 and R20: what a SiSa annex is in itself. Audited or not, there or not, corrected afterwards.

What belongs here: kinds of control, days by which something must be there, thresholds of the auditor. What
does not: amounts against a grant (`money`).
"""

from __future__ import annotations

import polars as pl

from assets.published.spuk_ledger.audit_rules import scheme_facts
from assets.published.spuk_ledger.audit_rules.comparisons import (
    beside,
    compared,
    difference,
    summed,
)
from assets.published.spuk_ledger.audit_rules.rule_inputs import PLACE, RuleInputs, is_year
from assets.published.spuk_ledger.audit_rules.subjects import subject_of
from assets.reference.spuk_components import TOTAL

_WHO = ("scheme", "party", "period")
# Besluit accountantscontrole decentrale overheden art. 5(4): costs up to, and what must be reported then.
_SMALL, _LARGE = 125_000, 1_000_000
_LEAST, _PART, _MOST = 12_500, 0.10, 125_000


def controls(evidence: RuleInputs) -> pl.LazyFrame:
    """R16: an amount that counts as spent was audited as an amount (R)."""
    rows = evidence.received.filter(
        pl.col("state") == "spent",
        pl.col("basis").is_in(["own", "through_others"]),
        pl.col("control").is_not_null(),
    )
    audited = summed(rows.filter(pl.col("control") == "R"), (*PLACE, "basis"), "expected")
    kinds = rows.group_by(*PLACE, "basis").agg(
        other=pl.col("control").unique().sort().str.join(", ")
    )
    held = (
        beside(summed(rows, (*PLACE, "basis"), "observed"), audited, (*PLACE, "basis"), left=True)
        .join(kinds, on=[*PLACE, "basis"])
        .with_columns(pl.col("expected_eur").fill_null(0), tolerance_eur=0.0)
    )
    cause = pl.when(pl.col("other") != "R").then(pl.lit("not_audited"))
    return compared(held, subject_of("audited", "basis", "basis"), cause)


def deliveries(evidence: RuleInputs) -> pl.LazyFrame:
    """R17: what had to be there by a day is there; what is missing is not zero, what is not due not missing.

    Only where others delivered for that year: a year for which no file was dropped says nothing.
    """
    grants = evidence.granted_in_all().filter(pl.col("granted_eur") > 0, is_year())
    accounts = evidence.received.filter(
        pl.col("evidence") == "sisa_annex", pl.col("state").is_in(["spent", "accounted"])
    )
    due = scheme_facts.accounts_due(evidence.schemes)
    spent = accounts.filter(
        pl.col("state") == "spent", pl.col("basis").is_in(["own", "through_others"])
    )
    delivered = _there(accounts, "_delivered").join(
        _there(spent, "_filled"), on=list(_WHO), how="left"
    )
    account = (
        _expected(grants, delivered, "_delivered")
        .join(due, on=["scheme", "period"])
        .filter((pl.col("due") < evidence.known_on) | pl.col("_delivered").is_not_null())
        .with_columns(other=pl.col("due").cast(pl.String))
    )
    cause = (
        pl.when(pl.col("_delivered").is_null())
        .then(pl.lit("account_missing"))
        .when(pl.col("_filled").is_null())
        .then(pl.lit("cell_empty"))
    )
    settled = _there(evidence.received.filter(pl.col("state") == "settled"), "_settled")
    settlement = (
        _expected(grants, settled, "_settled")
        .join(scheme_facts.settlements_due(evidence.schemes), on=["scheme", "period"])
        .filter((pl.col("settled_by") < evidence.known_on) | pl.col("_settled").is_not_null())
        .with_columns(other=pl.col("settled_by").cast(pl.String))
    )
    late = pl.when(pl.col("_settled").is_null()).then(pl.lit("settlement_missing"))
    return pl.concat(
        [
            compared(account, subject_of("account_there"), cause),
            compared(settlement, subject_of("settlement_there"), late),
        ]
    )


def _there(rows: pl.LazyFrame, name: str) -> pl.LazyFrame:
    return rows.select(*_WHO, pl.lit(value=True).alias(name)).unique()


def _expected(grants: pl.LazyFrame, there: pl.LazyFrame, name: str) -> pl.LazyFrame:
    """Each grant of a year of which somebody delivered, with what is there of its own."""
    years = there.filter(pl.col(name)).select("scheme", "period").unique()
    return (
        grants.join(years, on=["scheme", "period"], how="semi")
        .join(there, on=list(_WHO), how="left")
        .rename({"granted_cells": "expected_cells"})
        .with_columns(component=pl.lit(TOTAL), named_eur="granted_eur")
    )


def thresholds(evidence: RuleInputs) -> pl.LazyFrame:
    """R20: a later correction as large as what the auditor must report was in the table of errors."""
    corrected = evidence.spent("correction_own", "correction_through_others")
    both = beside(
        summed(corrected, PLACE, "observed"), summed(evidence.spent(), PLACE, "costs"), PLACE
    )
    costs = pl.col("costs_eur").cast(pl.Float64).abs()
    threshold = (
        pl.when(costs <= _SMALL).then(_LEAST).when(costs <= _LARGE).then(costs * _PART)
    ).otherwise(_MOST)
    held = both.with_columns(
        expected_eur=0.0,
        tolerance_eur=threshold,
        expected_cells="costs_cells",
        named_eur="costs_eur",
    )
    cause = pl.when(difference().abs() >= pl.col("tolerance_eur")).then(pl.lit("above_threshold"))
    return compared(held, subject_of("correction"), cause)
