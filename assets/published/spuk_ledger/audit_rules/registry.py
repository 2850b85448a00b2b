"""The reconciliation rules, R01 to R20, in one list; what each says of itself is in tables and contract.

What belongs here: which function judges a rule, for which schemes, and from when there can be anything to
judge. What does not: how (the other modules), in what words (`words`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import polars as pl

from assets.published.spuk_ledger.audit_rules import (
    annexes,
    ceilings,
    distribution,
    factors,
    members,
    money,
    publications,
    regions,
    scheme_facts,
    versions,
)
from assets.published.spuk_ledger.audit_rules.rule_inputs import Evidence
from assets.reference.spuk_schemes import Scheme

Since = Callable[[Scheme], date | None]


def _always(_: Scheme) -> date | None:
    """Publications can be compared whenever they are there."""
    return None


def _granted(scheme: Scheme) -> date | None:
    """The first decision; where no window began on a known day, the first grant year."""
    due = [w.decision_due for w in scheme.windows if w.from_ and w.decision_due is not None]
    return min(due, default=date(min(scheme.years), 1, 1) if scheme.years else None)


def _accounted(scheme: Scheme) -> date | None:
    return scheme_facts.account_due(scheme, min(scheme.years)) if scheme.years else None


def _settled(scheme: Scheme) -> date | None:
    """The account of the last year is the final one; where the state settles once, that day."""
    if not scheme.years:
        return None
    if scheme.settlement is not None and scheme.settlement.kind == "once":
        return scheme.settlement.due
    return scheme_facts.account_due(scheme, max(scheme.years))


@dataclass(frozen=True)
class Rule:
    """A rule. compared: its comparisons; since: the day before which there is nothing to compare.

    shared: it is about schemes for regions only, of which one authority holds the mandate.
    """

    id: str
    compared: Callable[[Evidence], pl.LazyFrame]
    since: Since = _always
    shared: bool = False

    def about(self, scheme: Scheme) -> bool:
        """Whether the scheme can have anything to compare."""
        return scheme.recipients == "region" or not self.shared


RULES = (
    Rule("R01", ceilings.allocated),
    Rule("R02", distribution.constant_share),
    Rule("R03", distribution.parts_and_total),
    Rule("R04", factors.uniform_compensation),
    Rule("R05", factors.uniform_growth),
    Rule("R06", publications.publications),
    Rule("R07", regions.regions, shared=True),
    Rule("R08", versions.versions),
    Rule("R09", regions.municipalities),
    Rule("R10", ceilings.granted, _granted),
    Rule("R11", money.advances, _granted),
    Rule("R12", money.spending, _accounted),
    Rule("R13", money.carry_over, _accounted),
    Rule("R14", money.cumulative, _accounted),
    Rule("R15", money.final_account, _settled),
    Rule("R16", annexes.controls, _accounted),
    Rule("R17", annexes.deliveries, _accounted),
    Rule("R18", members.mandate_holders, _accounted, shared=True),
    Rule("R19", regions.merged, _granted),
    Rule("R20", annexes.thresholds, _accounted),
)


def comparisons(evidence: Evidence) -> pl.LazyFrame:
    """Every comparison of every rule: `rule` and the columns of a comparison."""
    return pl.concat(
        [rule.compared(evidence).select(pl.lit(rule.id).alias("rule"), pl.all()) for rule in RULES]
    )
