"""A made-up but whole life cycle of three SPUK schemes, from grant to final account.

Every municipality gets and spends its Brede SPUK of 2023 to 2025, every region its SPUK IZA with a mandate
holder and members, and three grants of the transformatiemiddelen run to their final account. What
may be given is what the regulation and the letter publish, else share times ceiling. All of it keeps every
rule; `spuk_breaches` breaks them, `spuk_files` writes it down as an auditor receives it.

Nothing is drawn at random: who spends how much follows from a place in a list. Numbers of decisions are made
up, and look it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import polars as pl

BREDE, IZA, CASES = "brede_spuk", "spuk_iza", "spuk_transformatiemiddelen"
YEARS = (2023, 2024, 2025)
TOTAL = "total"

Row = dict[str, str]

GRANTS = (
    "Regeling", "Onderdeel", "Aanvraagtijdvak", "Soort ontvanger", "Ontvangercode", "Ontvanger",
    "Uitkeringsjaar", "Staat", "Basis", "Bedrag", "Datum", "Beschikkingsnummer",
)  # fmt: skip
PAYMENTS = (
    "Regeling", "Onderdeel", "Betaaltermijn", "Soort ontvanger", "Ontvangercode", "Ontvanger",
    "Uitkeringsjaar", "Bedrag", "BCF-deel", "Datum", "Beschikkingsnummer",
)  # fmt: skip


# --- what happened ------------------------------------------------------------------------------------


@dataclass
class Spent:
    """Of one component and year, in euros; None is an empty cell."""

    spent: int | None
    carried: int | None = None
    control: str = "R"


@dataclass
class Held:
    """The account of who holds a mandate, of one year. corrected: on the year before, told in this one."""

    own: int
    others: dict[str, int]
    cumulative: int
    cumulative_others: int
    corrected: int = 0


@dataclass
class Case:
    """One line about a grant of the transformatiemiddelen."""

    spent: int
    final: str


@dataclass
class Cycle:
    """Everything that is written to files. Keys: (year, municipality), (year, region), (year, number) …"""

    grants: list[Row] = field(default_factory=list)
    payments: list[Row] = field(default_factory=list)
    brede: dict[tuple[int, str], dict[str, Spent]] = field(default_factory=dict)
    held: dict[tuple[int, str], Held] = field(default_factory=dict)
    members: dict[tuple[int, str], int | None] = field(default_factory=dict)
    cases: dict[tuple[int, str], dict[str, Case]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    holders: dict[str, str] = field(default_factory=dict)
    holder_of: dict[str, str] = field(default_factory=dict)

    def of(self, rows: list[Row], scheme: str, recipient: str, year: int) -> list[Row]:
        """The lines of a list about one recipient and year."""
        who = {recipient, self.names.get(recipient)}
        return [
            row
            for row in rows
            if (row["Regeling"], row["Uitkeringsjaar"]) == (scheme, str(year))
            and {row["Ontvangercode"], row["Ontvanger"]} & who
        ]


@dataclass(frozen=True)
class Published:
    """What is public, of the tables of the product.

    official: entries of regulations and letters. regions: regions of the SPUK IZA and their municipalities.
    """

    official: pl.DataFrame
    regions: pl.DataFrame

    def amounts(self, **wanted: str) -> dict[tuple[str, str, str], int]:
        """(component, period, code or name) -> whole euros, of the version that came last."""
        rows = self.official.filter(**wanted).sort("visible_from")
        who = pl.coalesce("recipient_code", "recipient_name")
        return {
            (component, period, name): int(amount)
            for component, period, name, amount in rows.select(
                "component", "period", who.alias("who"), "amount_eur"
            ).iter_rows()
            if amount is not None
        }


def lawful(public: Published) -> Cycle:
    """The whole life cycle without a breach."""
    cycle = Cycle()
    for code, name in public.regions.select("municipality_code", "municipality_name").iter_rows():
        cycle.names[code] = name
    _brede(cycle, public)
    _iza(cycle, public)
    _transformation(cycle)
    return cycle


def _brede(cycle: Cycle, public: Published) -> None:
    """Grants by component for 2023 and 2024, one total for 2025; a few do not apply for all of it."""
    ceilings = public.amounts(scheme=BREDE, state="ceiling")
    printed = public.amounts(
        scheme=BREDE, state="allocatable", evidence="regulation", recipient_kind="municipality"
    )
    found = public.amounts(scheme=BREDE, state="allocatable", evidence="letter")
    complete = sum(amount for (_, period, _), amount in found.items() if period == "2026")
    components = [c for c, period, _ in ceilings if period == "2023" and c != TOTAL]
    for place, code in enumerate(sorted(cycle.names)):
        share = found[TOTAL, "2026", code] / complete
        left_out = place % 20 == 7  # applied for 2023 only
        for year in YEARS[: 1 if left_out else 3]:
            given = {
                c: printed.get((c, str(year), code), int(share * ceilings[c, str(year), "NL01"]))
                for n, c in enumerate(components)
                if not (place % 10 == 3 and n == place // 10 % len(components))
            }
            if year == 2025:
                given = {TOTAL: found[TOTAL, "2025", code]}
            for component, amount in given.items():
                for state in ("aangevraagd", "verleend"):
                    cycle.grants.append(
                        _grant(BREDE, year, state, amount, code, cycle.names[code])
                        | {
                            "Onderdeel": "" if component == TOTAL else component,
                            "Aanvraagtijdvak": "1" if year == 2023 else "2",
                            "Basis": "incl. LPO" if year == 2025 else "",
                        }
                    )
            _pay(cycle, BREDE, year, sum(given.values()), code, place)
            cycle.brede[year, code] = {
                component: _spent(year, component, amount, place + n, left_out, cycle, code)
                for n, (component, amount) in enumerate(given.items())
            }


def _spent(
    year: int, component: str, amount: int, place: int, last: bool, cycle: Cycle, code: str
) -> Spent:
    """What was done with an amount: at most a fifth of 2023 and a tenth of 2025 goes to the next year."""
    carried = {2023: amount * (place % 4) // 21, 2024: 0, 2025: amount * (place % 3) // 21}[year]
    carried = 0 if last else carried
    before = cycle.brede.get((year - 1, code), {}).get(component)
    room = amount - carried + ((before.carried or 0) if before else 0)
    return Spent(room - room * (place % 5) // 25, carried)


def _iza(cycle: Cycle, public: Published) -> None:
    """A grant for each region, spent by its mandate holder and, through it, by its other municipalities."""
    given = public.amounts(scheme=IZA, state="allocatable", evidence="regulation")
    by_region: dict[str, list[str]] = defaultdict(list)
    for region, holder, code, member in public.regions.select(
        "region_name", "mandate_holder", "mandate_holder_code", "municipality_code"
    ).iter_rows():
        cycle.holders[region] = code or holder
        by_region[region].append(member)
    for place, (region, municipalities) in enumerate(sorted(by_region.items())):
        members = sorted(set(municipalities) - {cycle.holders[region]})
        cycle.holder_of |= dict.fromkeys(members, cycle.holders[region])
        cumulative = others = correction = 0
        for year in YEARS:
            amount = given[TOTAL, str(year), region]
            row = _grant(IZA, year, "verleend", amount, "", region) | {"Soort ontvanger": "regio"}
            window = "" if year == 2023 else "2024-2026"
            cycle.grants.append(row | {"Aanvraagtijdvak": window})
            _pay(cycle, IZA, year, amount, "", place, name=region, kind="regio")
            through = {
                member: amount * (40 + place % 10) // 100 // len(members) for member in members
            }
            own = 0 if cycle.holders[region].startswith("O") else amount * (30 + place % 15) // 100
            correction = -500 - place if year == 2025 and own else 0
            cumulative += own + correction
            others += sum(through.values())
            cycle.held[year, region] = Held(own, through, cumulative, others, correction)
            for member, spent in through.items():
                cycle.members[year, member] = spent
            if year < 2025:  # settled each year, 37 weeks after the account
                done = own + sum(through.values())
                settled = _grant(IZA, year, "vastgesteld", done, "", region)
                cycle.grants.append(settled | {"Soort ontvanger": "regio", "Datum": f"{year + 2}"})


def _transformation(cycle: Cycle) -> None:
    """Three grants for several years together; the first one ends in 2025."""
    for place, code in enumerate(sorted(cycle.names)[40:43]):
        number = f"VOORBEELD-TM-{place + 1}"
        amount = 400_000 + 50_000 * place
        row = _grant(CASES, 0, "verleend", amount, code, cycle.names[code])
        cycle.grants.append(
            row
            | {"Uitkeringsjaar": "2024-2028", "Aanvraagtijdvak": "1", "Beschikkingsnummer": number}
        )
        for year in YEARS[1:]:
            final = "Ja" if place == 0 and year == 2025 else "Nee"
            cycle.cases[year, code] = {number: Case(amount // 5 + 1_000 * year % 7, final)}


def _grant(scheme: str, year: int, state: str, amount: int, code: str, name: str) -> Row:
    return dict.fromkeys(GRANTS, "") | {
        "Regeling": scheme,
        "Ontvangercode": code,
        "Ontvanger": name,
        "Uitkeringsjaar": str(year),
        "Staat": state,
        "Bedrag": euros(amount),
        "Datum": f"{min(year, 2024)}-01-15" if year else "2024-09-02",
        "Beschikkingsnummer": f"VOORBEELD-{scheme}-{year}-{code or name}",
    }


def _pay(
    cycle: Cycle, scheme: str, year: int, amount: int, code: str, place: int, name: str = "", kind: str = ""
) -> None:  # fmt: skip
    """All of it in advance, in one instalment or two; of every sixth a part goes to the BCF."""
    fund = amount // 50 if place % 6 == 0 else 0
    parts = (
        [amount - fund]
        if place % 2
        else [(amount - fund) // 2, amount - fund - (amount - fund) // 2]
    )
    for number, part in enumerate(parts, start=1):
        cycle.payments.append(
            dict.fromkeys(PAYMENTS, "")
            | {
                "Regeling": scheme,
                "Betaaltermijn": str(number),
                "Soort ontvanger": kind,
                "Ontvangercode": code,
                "Ontvanger": name or cycle.names[code],
                "Uitkeringsjaar": str(year),
                "Bedrag": euros(part),
                "BCF-deel": euros(fund) if fund and number == 1 else "",
                "Datum": f"{year}-{3 * number:02}-01",
            }
        )  # fmt: skip


def euros(amount: int | None) -> str:
    """As annexes and lists print it: `€ 1.234`; nothing where there is no amount."""
    return "" if amount is None else f"€ {amount:,}".replace(",", ".")
