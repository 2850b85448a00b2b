"""What a scheme provides, one row per provision, each with where it was read.

What belongs here: from one declared scheme to rows of the table `provisions`. What does not: days (`terms`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from assets.reference.spuk_schemes import Fact, Scheme, SisaCode, SisaIndicator, span
from expectations.contract import Bilingual

Provision = dict[str, Any]


def provisions_of(scheme: Scheme) -> Iterator[Provision]:
    """The rows of one scheme."""
    for provision in (*_plain(scheme), *_money(scheme), *_accounts(scheme)):
        yield {"scheme": scheme.id, **provision}


def _plain(scheme: Scheme) -> Iterator[Provision]:
    """Provisions that are given in words."""
    facts: dict[str, Fact | None] = {
        "legal_basis": scheme.legal_basis,
        "advance": scheme.advance,
        "instalments": scheme.instalments,
        "lpo": scheme.lpo,
        "mandate_holder": scheme.mandate_holder,
        "recovery": scheme.recovery,
    }
    values = {
        "advance": (scheme.advance_pct, "percent"),
        "instalments": (scheme.instalments and scheme.instalments.per, "per"),
    }
    for name, fact in facts.items():
        if fact:
            value, unit = values.get(name, (None, None))
            yield _of(fact, name, scheme.full_period, value, unit)


def _money(scheme: Scheme) -> Iterator[Provision]:
    """What may be applied for, move, or be no less."""
    for window in scheme.windows:
        for name, count in (("eligible", window.eligible), ("applied", window.applied)):
            if count is not None:
                counted = window.counted or window
                yield _of(counted, name, f"window {window.id}", count, "recipients")
    for unasked in scheme.unasked:
        yield _of(unasked, "without_application", span(unasked.years) or scheme.full_period)
    for each in scheme.rounds:
        if each.recipients is not None:
            yield _of(each, "recipients", f"round {each.id}", each.recipients, "recipients")
        if each.applications is not None:
            yield _of(each, "applied", f"round {each.id}", each.applications, "applications")
        for amendment in each.amended_by:
            yield _of(each, "amended_by", f"round {each.id}", amendment, "publication")
    for over in scheme.carry_over:
        years = span((over.from_year, over.to_year)) or ""
        yield _of(over, "carry_over", years, over.max_pct, "percent", over.within)
    for shift in scheme.shifts:
        years = span(shift.years) or scheme.full_period
        yield _of(shift, "shift", years, shift.max_pct, "percent", "component")
    for floor in scheme.floors:
        years = span(floor.years) or scheme.full_period
        yield _of(floor, "floor", years, floor.amount_eur, "EUR", "; ".join(floor.municipalities))


def _accounts(scheme: Scheme) -> Iterator[Provision]:
    """How the money is accounted for and settled."""
    for account in scheme.accountability:
        years = span(account.years) or scheme.full_period
        yield _of(account, "accountability_lines", years, account.lines, "per")
    if settlement := scheme.settlement:
        yield _of(
            settlement,
            "settlement",
            scheme.full_period,
            settlement.weeks,
            "weeks",
            settlement.kind,
        )
    for code in scheme.sisa:
        yield _of_sisa(code)
    for number, indicator in enumerate(scheme.sisa_indicators, 1):
        yield _question(number, indicator)


def _of(
    fact: Fact,
    provision: str,
    applies_to: str,
    value: object = None,
    unit: str | None = None,
    scope: str | None = None,
) -> Provision:
    return {
        "provision": provision,
        "applies_to": applies_to,
        "scope": scope,
        "value": value,
        "unit": unit if value is not None else None,
        "status": fact.confidence,
        "source": fact.source,
        **_noted(fact.note),
    }


def _of_sisa(code: SisaCode) -> Provision:
    return {
        "provision": "sisa_code",
        "applies_to": code.role,
        "value": code.code,
        "status": code.status,
        "source": code.source,
    }


def _question(number: int, indicator: SisaIndicator) -> Provision:
    since = f"from SiSa {indicator.from_year}" if indicator.from_year else "every year"
    return {
        "provision": "sisa_indicator",
        "applies_to": since,
        "scope": f"{number:02}",
        "value": indicator.asks,
        "unit": indicator.control,
        "status": "seen",
        "source": indicator.source,
        **_noted(indicator.note),
    }


def _noted(note: Bilingual | None) -> Provision:
    return {"note_nl": note and note.nl, "note_en": note and note.en}
