"""R11 to R15: one euro through the years. Paid as granted, spent as received, carried over as allowed.

What belongs here: amounts of one recipient at a later state against an earlier one. What does not: several
recipients of one grant (`members`), and what an annex is in itself (`annexes`).
"""

from __future__ import annotations

import polars as pl

from assets.published.spuk_ledger.audit_rules import scheme_facts
from assets.published.spuk_ledger.audit_rules.comparisons import (
    RECIPIENT,
    beside,
    cells,
    compared,
    difference,
    summed,
)
from assets.published.spuk_ledger.audit_rules.rule_inputs import (
    PLACE,
    RuleInputs,
    in_all,
    is_year,
)
from assets.published.spuk_ledger.audit_rules.subjects import subject_of
from assets.reference.spuk_components import TOTAL

_EURO = 1.0
_WHO = ("scheme", "party", "period")
_OBSERVED = {"granted_eur": "observed_eur", "granted_cells": "observed_cells"}
_EXPECTED = {"granted_eur": "expected_eur", "granted_cells": "expected_cells"}


def next_year() -> pl.Expr:
    """The period after a period of one year."""
    return (pl.col("period").cast(pl.Int32) + 1).cast(pl.String)


def advances(evidence: RuleInputs) -> pl.LazyFrame:
    """R11: what was paid is what was granted, less what went into the BTW-compensatiefonds."""
    paid = evidence.received.filter(pl.col("state") == "advanced")
    in_fund = pl.col("basis") == "bcf"
    fund = paid.filter(in_fund).group_by(_WHO).agg(named_eur=pl.col("amount_eur").sum())
    granted = evidence.granted_in_all().rename(_EXPECTED)
    held = (
        beside(summed(paid.filter(~in_fund), _WHO, "observed"), granted, _WHO)
        .join(fund, on=list(_WHO), how="left")
        .join(scheme_facts.advances(evidence.schemes), on="scheme", how="left")
        .with_columns(
            expected_eur=pl.col("expected_eur").cast(pl.Float64)
            * pl.col("advance_pct").cast(pl.Float64).fill_null(100.0)
            / 100
            - pl.col("named_eur").cast(pl.Float64).fill_null(0.0),
            tolerance_eur=_EURO,
        )
    )
    over = difference()
    cause = (
        pl.when(over > _EURO)
        .then(pl.lit("advanced_too_much"))
        .when((over < -_EURO) & pl.col("named_eur").is_null())
        .then(pl.lit("bcf_not_stated"))
        .when(over < -_EURO)
        .then(pl.lit("advanced_too_little"))
    )
    return compared(held, subject_of("advanced"), cause)


def spending(evidence: RuleInputs) -> pl.LazyFrame:
    """R12: what was spent is at most what was granted and carried in; per component where reported."""
    return pl.concat([_components(evidence), _totals(evidence)])


def _carried_in(evidence: RuleInputs) -> pl.LazyFrame:
    """What a year took over from the year before: `carried_eur`, per place."""
    rows = evidence.received.filter(pl.col("state") == "carried_over", is_year())
    return summed(rows.with_columns(period=next_year()), PLACE, "carried")


def _components(evidence: RuleInputs) -> pl.LazyFrame:
    """Years that account for each component: some of it may have gone to another one."""
    spent = evidence.spent().filter(pl.col("component") != TOTAL, is_year())
    allowed = scheme_facts.shifts(evidence.schemes)
    held = (
        beside(summed(spent, PLACE, "observed"), evidence.granted.rename(_EXPECTED), PLACE)
        .join(allowed, on=["scheme", "period"])
        .join(_carried_in(evidence).select(*PLACE, "carried_eur"), on=list(PLACE), how="left")
        .with_columns(
            tolerance_eur=_EURO
            + pl.col("expected_eur").cast(pl.Float64) * pl.col("shift_pct").cast(pl.Float64) / 100,
            expected_eur=pl.col("expected_eur") + pl.col("carried_eur").fill_null(0),
        )
    )
    cause = pl.when(difference() > pl.col("tolerance_eur")).then(pl.lit("overspent"))
    subject = subject_of("spent_of_component")
    return compared(held.with_columns(named_eur="carried_eur"), subject, cause)


def _totals(evidence: RuleInputs) -> pl.LazyFrame:
    """Every year as a whole: nothing comes from elsewhere."""
    spent = in_all(summed(evidence.spent().filter(is_year()), PLACE, "observed"), "observed")
    carried = in_all(_carried_in(evidence), "carried").select(*_WHO, "carried_eur")
    held = (
        beside(spent, evidence.granted_in_all().rename(_EXPECTED), _WHO)
        .join(carried, on=list(_WHO), how="left")
        .with_columns(
            expected_eur=pl.col("expected_eur") + pl.col("carried_eur").fill_null(0),
            tolerance_eur=_EURO,
        )
    )
    cause = pl.when(difference() > _EURO).then(pl.lit("overspent"))
    subject = subject_of("spent_together")
    return compared(held.with_columns(named_eur="carried_eur"), subject, cause)


def carry_over(evidence: RuleInputs) -> pl.LazyFrame:
    """R13: no more of a year goes to the next than the scheme allows; without a provision nothing."""
    rows = evidence.received.filter(pl.col("state") == "carried_over", is_year())
    each = summed(rows, PLACE, "observed")
    limits = scheme_facts.carry_over(evidence.schemes)
    judged = pl.col("granted_eur").is_not_null() | (pl.col("max_pct") == 0)
    of_component = (
        beside(each, evidence.granted, PLACE, left=True)
        .join(limits.filter(pl.col("within") == "component"), on=["scheme", "period"])
        .filter(judged)
    )
    # What holds for every component holds for them together, where a list grants only a total.
    of_scheme = (
        beside(in_all(each, "observed"), evidence.granted_in_all(), _WHO, left=True)
        .join(limits, on=["scheme", "period"])
        .filter(judged)
        .join(of_component, on=list(_WHO), how="anti")
    )
    held = (
        pl.concat([of_component, of_scheme], how="diagonal")
        .rename(_EXPECTED)
        .with_columns(
            expected_eur=pl.col("expected_eur").cast(pl.Float64).fill_null(0.0)
            * pl.col("max_pct").cast(pl.Float64)
            / 100,
            tolerance_eur=_EURO,
        )
    )
    cause = pl.when(difference() > _EURO).then(
        pl.when(pl.col("max_pct") == 0)
        .then(pl.lit("carried_without_provision"))
        .otherwise(pl.lit("carried_over_limit"))
    )
    with_limit = held.with_columns(_pct=pl.col("max_pct").cast(pl.Float64))
    return compared(with_limit, subject_of("carried_over", "_pct"), cause)


def cumulative(evidence: RuleInputs) -> pl.LazyFrame:
    """R14: the running total is that of the year before, what was spent since, and corrections on it."""
    own = _chain(evidence, "cumulative", "own", "correction_own")
    others = ("through_others", "correction_through_others")
    return pl.concat([own, _chain(evidence, "cumulative_through_others", *others)])


def _chain(evidence: RuleInputs, total: str, spent: str, correction: str) -> pl.LazyFrame:
    """One running total; the first year of a scheme begins at nothing."""
    what = (*PLACE, "grant_number")
    rows = evidence.received.filter(pl.col("state") == "spent", is_year())
    now = summed(rows.filter(pl.col("basis") == total), what, "observed")
    before = summed(
        rows.filter(pl.col("basis") == total).with_columns(period=next_year()), what, "before"
    )
    spent_now = summed(rows.filter(pl.col("basis") == spent), what, "spent")
    corrected = summed(
        rows.filter(pl.col("basis") == correction).with_columns(period=next_year()),
        what,
        "corrected",
    )
    first = scheme_facts.first_years(evidence.schemes).with_columns(_first=True)
    held = (
        beside(beside(now, spent_now, what), before, what, left=True)
        .join(first, on=["scheme", "period"], how="left")
        .filter(pl.col("before_eur").is_not_null() | pl.col("_first").fill_null(value=False))
    )
    with_corrections = beside(held, corrected, what, left=True).with_columns(
        expected_eur=pl.sum_horizontal(
            pl.col("before_eur", "spent_eur", "corrected_eur").cast(pl.Decimal(18, 2))
        ),
        expected_cells=pl.concat_str(
            "before_cells", "spent_cells", "corrected_cells", separator="; ", ignore_nulls=True
        ),
        tolerance_eur=_EURO,
        named_eur="before_eur",
    )
    cause = pl.when(difference().abs() > _EURO).then(pl.lit("running_total_breaks"))
    others = "" if spent == "own" else f"_{spent}"
    subject = subject_of(f"running_total{others}", also="grant_number")
    return compared(with_corrections, subject, cause)


def final_account(evidence: RuleInputs) -> pl.LazyFrame:
    """R15: an account is the last one once, and nothing is spent after it."""
    what = ("scheme", "component", "party", "grant_number")
    yes = evidence.received.filter(
        pl.col("state") == "accounted",
        pl.col("basis") == "as_stated",
        pl.col("answer").str.to_lowercase().str.strip_chars() == "ja",
        is_year(),
    )
    finals = yes.group_by(what, maintain_order=True).agg(
        pl.col("period").max(),
        pl.col("period").min().alias("_first"),
        pl.col("period").n_unique().alias("_times"),
        cells().alias("expected_cells"),
        *(pl.col(name).first() for name in RECIPIENT),
    )
    once = compared(
        finals.with_columns(other=pl.col("_times").cast(pl.String)),
        subject_of("final_once", also="grant_number"),
        pl.when(pl.col("_times") > 1).then(pl.lit("final_twice")),
    )
    ended = finals.select(*what, "_first", "expected_cells")
    later = (
        evidence.spent()
        .filter(is_year())
        .join(ended, on=list(what), nulls_equal=True)
        .filter(pl.col("period") > pl.col("_first"))
    )
    held = beside(summed(later, (*PLACE, "grant_number"), "observed"), ended, what).with_columns(
        expected_eur=0.0, tolerance_eur=0.0, other="_first"
    )
    cause = pl.when(pl.col("observed_eur") != 0).then(pl.lit("spent_after_final"))
    subject = subject_of("spent_after_final", also="grant_number")
    return pl.concat([once, compared(held, subject, cause)])
