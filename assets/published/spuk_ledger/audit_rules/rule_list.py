"""The reconciliation rules, R01 to R20, in one list; what each says of itself is in tables and contract.

What belongs here: which function judges a rule, for which schemes, and from when there can be anything to
judge. What does not: how (the other modules), in what words (`sentences`).
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
from assets.published.spuk_ledger.audit_rules.rule_inputs import RuleInputs
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
class AuditRule:
    """A rule. compared: its comparisons; since: the day before which there is nothing to compare.

    shared: it is about schemes for regions only, of which one authority holds the mandate.
    """

    id: str
    compared: Callable[[RuleInputs], pl.LazyFrame]
    since: Since = _always
    shared: bool = False

    def about(self, scheme: Scheme) -> bool:
        """Whether the scheme can have anything to compare."""
        return scheme.recipients == "region" or not self.shared


RULES = (
    AuditRule("R01", ceilings.allocated),
    AuditRule("R02", distribution.constant_share),
    AuditRule("R03", distribution.parts_and_total),
    AuditRule("R04", factors.uniform_compensation),
    AuditRule("R05", factors.uniform_growth),
    AuditRule("R06", publications.publications),
    AuditRule("R07", regions.regions, shared=True),
    AuditRule("R08", versions.versions),
    AuditRule("R09", regions.municipalities),
    AuditRule("R10", ceilings.granted, _granted),
    AuditRule("R11", money.advances, _granted),
    AuditRule("R12", money.spending, _accounted),
    AuditRule("R13", money.carry_over, _accounted),
    AuditRule("R14", money.cumulative, _accounted),
    AuditRule("R15", money.final_account, _settled),
    AuditRule("R16", annexes.controls, _accounted),
    AuditRule("R17", annexes.deliveries, _accounted),
    AuditRule("R18", members.mandate_holders, _accounted, shared=True),
    AuditRule("R19", regions.merged, _granted),
    AuditRule("R20", annexes.thresholds, _accounted),
)


def comparisons(evidence: RuleInputs) -> pl.LazyFrame:
    """Every comparison of every rule: `rule` and the columns of a comparison."""
    return pl.concat(
        [rule.compared(evidence).select(pl.lit(rule.id).alias("rule"), pl.all()) for rule in RULES]
    )
