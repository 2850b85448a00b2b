"""Breaches to plant in a made-up life cycle of SPUK: one thing done wrong, and the findings it must give.

What belongs here: what is changed, and rule, class and cause of everything that must be found for it. What
does not: the lawful life cycle (`spuk_life_cycle`) and how it is written down (`spuk_files`).

A plant changes what teams put in the folder. The rules about publications it cannot break: `spuk_misprints`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.support.spuk_life_cycle.life_cycle import (
    BREDE,
    CASES,
    IZA,
    TOTAL,
    Cycle,
    Published,
    Spent,
    euros,
)

Finding = tuple[str, str, str, str, str, str, str]
"""Rule, scheme, component, period, code or name of the recipient, class, cause."""


@dataclass(frozen=True)
class Plant:
    """A breach in what is put in the folder. found: for the recipient it is planted with, see `plant`."""

    about: str
    breach: Callable[[Cycle, str], list[Finding]]
    who: Callable[[Cycle, Published], list[str]]


def plant(cycle: Cycle, public: Published) -> dict[str, list[Finding]]:
    """Every breach, each with a recipient of its own; what it is -> what must be found."""
    taken: set[str] = set()
    found = {}
    for each in PLANTS:
        who = next(name for name in each.who(cycle, public) if name not in taken)
        taken.add(who)
        found[each.about] = each.breach(cycle, who)
    return found


# --- who may do something wrong -----------------------------------------------------------------------


def plain(cycle: Cycle, _: Published) -> list[str]:
    """Municipalities that applied for everything, are paid without BCF and hold no mandate."""
    busy = {*cycle.holders.values(), *(code for _, code in cycle.cases)}
    return [
        code
        for place, code in enumerate(sorted(cycle.names))
        if place % 20 != 7 and place % 10 != 3 and place % 6 and code not in busy
    ]


def printed(cycle: Cycle, public: Published) -> list[str]:
    """Those of which the regulation prints the total of 2025."""
    known = public.amounts(
        scheme=BREDE, state="allocatable", evidence="regulation", basis="incl_lpo", period="2025"
    )
    return sorted({code for _, _, code in known} & {*plain(cycle, public)})


def unprinted(cycle: Cycle, public: Published) -> list[str]:
    """Those of which no component is printed."""
    known = public.amounts(
        scheme=BREDE, state="allocatable", evidence="regulation", basis="as_stated"
    )
    named = {code for _, period, code in known if period != "2026"}
    return [code for code in plain(cycle, public) if code not in named]


def regions(cycle: Cycle, _: Published) -> list[str]:
    """Regions of the SPUK IZA of which a municipality holds the mandate."""
    return [region for region, holder in sorted(cycle.holders.items()) if holder in cycle.names]


def cases(cycle: Cycle, _: Published) -> list[str]:
    """Municipalities with a grant of the transformatiemiddelen."""
    return sorted({code for _, code in cycle.cases})


# --- breaches -----------------------------------------------------------------------------------------


def _raised(cycle: Cycle, year: int, code: str, component: str, more: int) -> None:
    """A grant that is so much higher, and paid."""
    (granted,) = (
        row
        for row in cycle.of(cycle.grants, BREDE, code, year)
        if row["Onderdeel"] == component and row["Staat"] == "verleend"
    )
    granted["Bedrag"] = euros(_euros(granted["Bedrag"]) + more)
    paid = cycle.of(cycle.payments, BREDE, code, year)[0]
    paid["Bedrag"] = euros(_euros(paid["Bedrag"]) + more)


def _euros(text: str) -> int:
    return int(text.removeprefix("€ ").replace(".", ""))


def above_allocatable(cycle: Cycle, code: str) -> list[Finding]:
    _raised(cycle, 2025, code, "", 50_000)
    return [("R10", BREDE, TOTAL, "2025", code, "breach", "above_allocatable")]


def over_ceiling(cycle: Cycle, code: str) -> list[Finding]:
    _raised(cycle, 2023, code, "ggd_kennis_en_advies", 100_000)
    return [
        ("R10", BREDE, "ggd_kennis_en_advies", "2023", "NL01", "breach", "granted_over_ceiling")
    ]


def paid_twice(cycle: Cycle, code: str) -> list[Finding]:
    again = cycle.of(cycle.payments, BREDE, code, 2024)[0]
    cycle.payments.append(again | {"Betaaltermijn": "extra"})
    return [("R11", BREDE, TOTAL, "2024", code, "breach", "advanced_too_much")]


def _paid_less(cycle: Cycle, code: str, year: int, **values: str) -> None:
    paid = cycle.of(cycle.payments, BREDE, code, year)[0]
    paid["Bedrag"] = euros(_euros(paid["Bedrag"]) - 3_000)
    paid |= values


def paid_less(cycle: Cycle, code: str) -> list[Finding]:
    _paid_less(cycle, code, 2024)
    return [("R11", BREDE, TOTAL, "2024", code, "needs_explanation", "bcf_not_stated")]


def paid_less_than_the_fund_explains(cycle: Cycle, code: str) -> list[Finding]:
    _paid_less(cycle, code, 2023, **{"BCF-deel": euros(1_000)})
    return [("R11", BREDE, TOTAL, "2023", code, "needs_explanation", "advanced_too_little")]


def overspent(cycle: Cycle, code: str) -> list[Finding]:
    account = cycle.brede[2025, code][TOTAL]
    account.spent, account.carried = (account.spent or 0) * 2, 0
    return [("R12", BREDE, TOTAL, "2025", code, "breach", "overspent")]


def overspent_component(cycle: Cycle, code: str) -> list[Finding]:
    """More than a shift explains on one component; the others leave room, so the year as a whole agrees."""
    accounts = cycle.brede[2023, code]
    least, *_ = sorted(accounts, key=lambda name: accounts[name].spent or 0)
    accounts[least].spent = 2 * ((accounts[least].spent or 0) + (accounts[least].carried or 0))
    for name in set(accounts) - {least}:
        accounts[name].spent = (accounts[name].spent or 0) // 2
    return [("R12", BREDE, least, "2023", code, "breach", "overspent")]


def carried_too_much(cycle: Cycle, code: str) -> list[Finding]:
    accounts = cycle.brede[2023, code]
    component = next(iter(accounts))
    complete = (accounts[component].spent or 0) + (accounts[component].carried or 0)
    accounts[component] = Spent(complete // 2, complete // 3)
    return [("R13", BREDE, component, "2023", code, "breach", "carried_over_limit")]


def carried_without_provision(cycle: Cycle, code: str) -> list[Finding]:
    account = next(iter(cycle.brede[2024, code].values()))
    account.spent, account.carried = (account.spent or 0) - 900, 900
    return [("R13", BREDE, TOTAL, "2024", code, "breach", "carried_without_provision")]


def carried_too_much_in_all(cycle: Cycle, code: str) -> list[Finding]:
    account = cycle.brede[2025, code][TOTAL]
    complete = (account.spent or 0) + (account.carried or 0)
    cycle.brede[2025, code][TOTAL] = Spent(complete * 8 // 10, complete * 2 // 10)
    return [("R13", BREDE, TOTAL, "2025", code, "breach", "carried_over_limit")]


def running_total(cycle: Cycle, region: str) -> list[Finding]:
    """Wrong in 2024; 2025 goes on from it, so only 2024 breaks."""
    for year in (2024, 2025):
        cycle.held[year, region].cumulative += 10_000
    return [
        ("R14", IZA, TOTAL, "2024", cycle.holders[region], "source_error", "running_total_breaks")
    ]


def final_twice(cycle: Cycle, code: str) -> list[Finding]:
    for year, spent in ((2024, None), (2025, 0)):
        for case in cycle.cases[year, code].values():
            case.final, case.spent = "Ja", case.spent if spent is None else spent
    return [("R15", CASES, TOTAL, "2025", code, "source_error", "final_twice")]


def spent_after_final(cycle: Cycle, code: str) -> list[Finding]:
    for case in cycle.cases[2024, code].values():
        case.final = "Ja"
    return [("R15", CASES, TOTAL, "2025", code, "breach", "spent_after_final")]


def not_audited(cycle: Cycle, code: str) -> list[Finding]:
    cycle.brede[2025, code][TOTAL].control = "n.v.t."
    return [("R16", BREDE, TOTAL, "2025", code, "needs_explanation", "not_audited")]


def no_account(cycle: Cycle, code: str) -> list[Finding]:
    del cycle.brede[2025, code]
    return [("R17", BREDE, TOTAL, "2025", code, "needs_explanation", "account_missing")]


def empty_cell(cycle: Cycle, code: str) -> list[Finding]:
    cycle.brede[2025, code] = {TOTAL: Spent(None)}
    return [("R17", BREDE, TOTAL, "2025", code, "needs_explanation", "cell_empty")]


def no_settlement(cycle: Cycle, region: str) -> list[Finding]:
    about = cycle.of(cycle.grants, IZA, region, 2023)
    cycle.grants[:] = [r for r in cycle.grants if r not in about or r["Staat"] != "vastgesteld"]
    return [("R17", IZA, TOTAL, "2023", region, "needs_explanation", "settlement_missing")]


def member_contradicts(cycle: Cycle, code: str) -> list[Finding]:
    cycle.members[2023, code] = (cycle.members[2023, code] or 0) + 7_777
    holder = cycle.holder_of[code]
    return [("R18", IZA, TOTAL, "2023", holder, "source_error", "members_differ")]


def member_is_silent(cycle: Cycle, code: str) -> list[Finding]:
    del cycle.members[2024, code]
    holder = cycle.holder_of[code]
    return [("R18", IZA, TOTAL, "2024", holder, "needs_explanation", "members_silent")]


def large_correction(cycle: Cycle, region: str) -> list[Finding]:
    account = cycle.held[2025, region]
    account.cumulative += -150_000 - account.corrected
    account.corrected = -150_000
    holder = cycle.holders[region]
    return [("R20", IZA, TOTAL, "2024", holder, "needs_explanation", "above_threshold")]


def one_decision_two_amounts(cycle: Cycle, code: str) -> list[Finding]:
    (requested,) = (
        r for r in cycle.of(cycle.grants, BREDE, code, 2025) if r["Staat"] == "aangevraagd"
    )
    cycle.grants.append(requested | {"Bedrag": euros(_euros(requested["Bedrag"]) + 1)})
    return [("R08", BREDE, TOTAL, "2025", code, "breach", "overwritten")]


PLANTS = (
    Plant("granted above what was allocatable", above_allocatable, printed),
    Plant("granted over the ceiling of a component", over_ceiling, unprinted),
    Plant("paid an instalment twice", paid_twice, plain),
    Plant("paid less, and no BCF part is named", paid_less, plain),
    Plant("paid less than the BCF part explains", paid_less_than_the_fund_explains, plain),
    Plant("spent twice the grant of a year", overspent, plain),
    Plant("spent more on a component than a shift allows", overspent_component, plain),
    Plant("carried a third of a component over", carried_too_much, plain),
    Plant("carried over where nothing provides for it", carried_without_provision, plain),
    Plant("carried a fifth of a year over", carried_too_much_in_all, plain),
    Plant("a running total that does not follow", running_total, regions),
    Plant("two final accounts", final_twice, cases),
    Plant("spent after the final account", spent_after_final, cases),
    Plant("an amount that nobody audited", not_audited, plain),
    Plant("no account", no_account, plain),
    Plant("an empty cell", empty_cell, plain),
    Plant("no settlement", no_settlement, regions),
    Plant("a member that says otherwise", member_contradicts, plain),
    Plant("a member that is silent", member_is_silent, plain),
    Plant("a correction that the auditor had to report", large_correction, regions),
    Plant("two amounts under one number", one_decision_two_amounts, plain),
)
