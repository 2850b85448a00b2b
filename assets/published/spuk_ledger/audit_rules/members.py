"""R18: who holds a mandate accounts for what all members of its region spent.

What belongs here: one grant that several authorities spend. What does not: what one authority spends.

A member reports a year later than the holder. Until that day a member that is silent is not yet due.
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
from assets.published.spuk_ledger.audit_rules.rule_inputs import RuleInputs, is_year
from assets.published.spuk_ledger.audit_rules.subjects import subject_of
from assets.reference.spuk_components import TOTAL

_EURO = 1.0
_WHO = ("scheme", "party", "period")


def mandate_holders(evidence: RuleInputs) -> pl.LazyFrame:
    """What the holder says members spent against what they say themselves."""
    schemes = [name for name, s in evidence.schemes.items() if s.recipients == "region"]
    spent = evidence.spent().filter(is_year(), pl.col("scheme").is_in(schemes))
    through = summed(spent.filter(pl.col("basis") == "through_others"), _WHO, "observed")
    region_of = evidence.regions.filter(
        pl.coalesce("mandate_holder_code", "mandate_holder") != pl.col("municipality_code")
    ).select(_member="municipality_code", _region="region_name")
    own = spent.filter(pl.col("basis") == "own").join(
        region_of, left_on="party", right_on="_member"
    )
    members = summed(own.with_columns(party="_region"), _WHO, "expected")
    reporting = own.group_by("scheme", "period", party="_region").agg(
        _heard=pl.col("recipient_code").n_unique()
    )
    sizes = region_of.group_by(party="_region").agg(_members=pl.len())
    due = scheme_facts.accounts_due(evidence.schemes)
    held = (
        beside(through, members, _WHO, left=True)
        .join(reporting, on=list(_WHO), how="left")
        .join(sizes, on="party")
        .join(due, on=["scheme", "period"], how="left")
        .with_columns(
            component=pl.lit(TOTAL),
            tolerance_eur=_EURO,
            other=pl.format("{}/{}", pl.col("_heard").fill_null(0), "_members"),
            _complete=pl.col("_heard").fill_null(0) == pl.col("_members"),
            _over=pl.col("members_due") < evidence.known_on,
        )
        # Members that still have time are no part of a comparison, unless they already tell too much.
        .filter(
            pl.col("_complete")
            | pl.col("_over").fill_null(value=False)
            | (pl.col("expected_eur").fill_null(0) > pl.col("observed_eur"))
        )
    )
    cause = pl.when(difference().abs().fill_null(float("inf")) > _EURO).then(
        pl.when(pl.col("_complete") | (pl.col("expected_eur") > pl.col("observed_eur")))
        .then(pl.lit("members_differ"))
        .otherwise(pl.lit("members_silent"))
    )
    return compared(held, subject_of("members"), cause)
