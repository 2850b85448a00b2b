"""What is due when under a scheme: windows, rounds, instalments and last days.

What belongs here: from one declared scheme to rows of the table `terms`. A day that follows from a rule and
another day is derived, whatever the rule itself is. What does not: whether a day has passed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from assets.reference.spuk_schemes import Confidence, Fact, Scheme, span

Term = dict[str, Any]


def terms_of(scheme: Scheme) -> Iterator[Term]:
    """The rows of one scheme."""
    for terms in (_windows, _rounds, _instalments, _accounts, _ends):
        for term in terms(scheme):
            yield {"scheme": scheme.id, **term}


def _windows(scheme: Scheme) -> Iterator[Term]:
    for window in scheme.windows:
        period = span(window.years) or scheme.full_period
        yield _term("application_window", window.id, period, window, window.from_, window.to)
        if window.decision_due:
            yield _derived("decision_due", window.id, period, window, window.decision_due)
    for unasked in scheme.unasked:
        if unasked.decision_due:
            period = span(unasked.years) or scheme.full_period
            yield _term(
                "decision_due", "without_application", period, unasked, to=unasked.decision_due
            )


def _rounds(scheme: Scheme) -> Iterator[Term]:
    for each in scheme.rounds:
        period = scheme.full_period
        announced = _term("funding_round", each.id, period, each, each.published)
        yield {**announced, "amount_eur": each.amount_eur}
        if each.from_ or each.to:
            # A round is applied for in a window of its own.
            yield _term("application_window", each.id, period, each, each.from_, each.to)


def _instalments(scheme: Scheme) -> Iterator[Term]:
    if scheme.instalments:
        for year in scheme.years:
            yield _term("payment_instalment", str(year), str(year), scheme.instalments)


def _accounts(scheme: Scheme) -> Iterator[Term]:
    """Each account, that of members, and the settlement where it follows upon the account."""
    settlement = scheme.settlement
    for account in scheme.accountability:
        for year in account.years:
            name = str(year)
            due = account.due(year)
            yield _derived("accountability_due", name, name, account, due)
            if members := account.members_due(year):
                yield _derived("members_accountability_due", name, name, account, members)
            if settlement and settlement.kind != "once" and (last := settlement.due_after(due)):
                yield _derived("settlement_due", name, name, settlement, last)


def _ends(scheme: Scheme) -> Iterator[Term]:
    settlement, expiry = scheme.settlement, scheme.expiry
    if settlement and settlement.kind == "once":
        yield _term("settlement_due", "once", scheme.full_period, settlement, to=settlement.due)
    if expiry:
        yield _term("expiry", "regulation", scheme.full_period, expiry, to=expiry.ends)


def _term(
    kind: str,
    term: str,
    period: str,
    fact: Fact,
    from_: str | None = None,
    to: date | str | None = None,
    confidence: Confidence | None = None,
) -> Term:
    return {
        "kind": kind,
        "term": term,
        "period": period,
        "date_from": from_,
        "date_to": to,
        "confidence": confidence or fact.confidence,
        "source": fact.source,
        "note_nl": fact.note and fact.note.nl,
        "note_en": fact.note and fact.note.en,
    }


def _derived(kind: str, term: str, period: str, fact: Fact, due: date) -> Term:
    """A day that was computed. What rests upon a secondary source stays secondary."""
    confidence: Confidence = "secondary" if fact.confidence == "secondary" else "derived"
    return _term(kind, term, period, fact, to=due, confidence=confidence)
