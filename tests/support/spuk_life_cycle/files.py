"""A life cycle of SPUK as files that an auditor puts in the drop folder: two lists, and SiSa annexes.

    .venv/bin/python -m tests.support.spuk_life_cycle.files TABLES FOLDER [--breached]

TABLES: the folder with the tables of a refresh (`.state/tables`). Most annexes are sheets of workbooks, a
sheet for each authority; some are CSV files of their own. Two ways to print an indicator, numbered rows,
blocks that follow each other, and authorities named within cells are all there. The SiSa codes X98 and X99
and the number of the joint authority are made up, and look it.
"""

from __future__ import annotations

import argparse
import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import polars as pl
import xlsxwriter

from assets.reference.spuk_schemes import schemes
from assets.reference.tables import spuk_components
from tests.support.spuk_life_cycle.life_cycle import (
    BREDE,
    CASES,
    GRANTS,
    IZA,
    PAYMENTS,
    YEARS,
    Case,
    Cycle,
    Held,
    Published,
    Row,
    Spent,
    euros,
    lawful,
)

CODES = {BREDE: "X99", IZA: "H35", CASES: "X98"}
MEMBER = "H35B"
JOINT = "059999"  # of an authority that is no municipality; the real number is in no source here
PER_WORKBOOK = 90  # a workbook with more than a hundred sheets is refused

Cell = str | None
Grid = list[list[Cell]]


# --- annexes ------------------------------------------------------------------------------------------

Question = tuple[str, str]  # what is asked, and the kind of control
_FINAL: Question = ("Eindverantwoording (Ja/Nee)", "n.v.t.")


class Annex:
    """The grid of one annex: a band of questions and answers for each scheme and block."""

    def __init__(self, authority: str, place: int) -> None:
        self.authority = authority
        # Two ways to print an indicator are about.
        self._label = "Indicatornummer: {} / {:02}" if place % 9 == 4 else "Indicator: {}/{:02}"
        self.grid: Grid = [
            [
                "Verstrekker",
                "Uitkeringscode",
                "Specifieke uitkering\nJuridische grondslag\nOntvanger",
            ]
        ]
        self._indicators: dict[str, int] = defaultdict(int)

    def band(
        self, code: str, title: str, requested: Sequence[Question], rows: Iterable[Sequence[Cell]]
    ) -> None:
        """Questions, kinds of control, indicators, and one row of answers, or several with a number."""
        first = self._indicators[code] + 1
        self._indicators[code] += len(requested)
        begins = ["VWS", code, title] if first == 1 else [None] * 3
        who = "Gemeenten" if first == 1 else None
        self.grid += [
            [*begins, *(question for question, _ in requested)],
            [None, None, who, *(f"Aard controle {control}" for _, control in requested)],
            [
                None,
                None,
                None,
                *(self._label.format(code, first + n) for n in range(len(requested))),
            ],
        ]
        answers = [[cell or None for cell in row] for row in rows]
        numbered = len(answers) > 1
        self.grid += [
            [None, None, str(n) if numbered else None, *row]
            for n, row in enumerate(answers, start=1)
        ]  # fmt: skip


def annexes(cycle: Cycle) -> dict[tuple[int, str], Annex]:
    """(year, six digits of an authority) -> its annex of that year."""
    labels = dict(spuk_components().select("component", "component_name_nl").iter_rows())
    made: dict[tuple[int, str], Annex] = {}

    def annex(year: int, authority: str) -> Annex:
        return made.setdefault((year, authority), Annex(authority, int(authority[2:])))

    for (year, code), accounts in cycle.brede.items():
        _brede_bands(annex(year, authority_of(code)), year, accounts, labels)
    for (year, region), held in cycle.held.items():
        _held_bands(annex(year, authority_of(cycle.holders[region])), held, cycle, year)
    for (year, code), spent in cycle.members.items():
        if year + 1 in YEARS:  # a year later, with the name of who passed the money on
            requested = [("Naam medeoverheid", "n.v.t."), ("Besteding (jaar T-1)", "R")]
            answers = [[printed(cycle, cycle.holder_of[code]), euros(spent)]]
            annex(year + 1, authority_of(code)).band(MEMBER, _title(IZA), requested, answers)
    for (year, code), cases in cycle.cases.items():
        _case_bands(annex(year, authority_of(code)), cases)
    return made


def authority_of(recipient: str) -> str:
    """Level and number, as in the name of a file; who is no municipality has a made-up number."""
    return f"06{recipient[2:]}" if recipient.startswith("GM") else JOINT


def printed(cycle: Cycle, recipient: str) -> str:
    """An authority as an annex names another one: its number and its name."""
    name = f"Gemeente {cycle.names[recipient]}" if recipient in cycle.names else recipient
    return f"{authority_of(recipient)} {name}"


def _title(scheme: str) -> str:
    return schemes()[scheme].titles[0]


def _brede_bands(
    annex: Annex, year: int, accounts: Mapping[str, Spent], labels: Mapping[str, str]
) -> None:
    control = next(iter(accounts.values())).control
    requested = [("Besteding (jaar T)", control), ("Overheveling naar jaar T+1", "R")]
    rows = [[euros(each.spent), euros(each.carried)] for each in accounts.values()]
    if year < 2025:
        requested.insert(0, ("Naam onderdeel", "n.v.t."))
        rows = [[labels[name], *row] for name, row in zip(accounts, rows, strict=True)]
    annex.band(CODES[BREDE], _title(BREDE), requested, rows)
    annex.band(CODES[BREDE], "", [_FINAL], [["Nee"]])


def _held_bands(annex: Annex, held: Held, cycle: Cycle, year: int) -> None:
    code, title = CODES[IZA], _title(IZA)
    requested = [("Besteding (jaar T)", "R"), ("Cumulatieve besteding (t/m jaar T)", "R")]
    row = [euros(held.own), euros(held.cumulative)]
    if year == 2025:
        requested.append(("Correcties besteding (jaar T-1)", "R"))
        row.append(f"-{euros(-held.corrected)}" if held.corrected < 0 else euros(held.corrected))
    annex.band(code, title, requested, [row])
    annex.band(
        code,
        "",
        [("Naam medeoverheid", "n.v.t."), ("Besteding (jaar T) via medeoverheden", "R")],
        [[printed(cycle, member), euros(spent)] for member, spent in held.others.items()],
    )
    annex.band(
        code,
        "",
        [("Cumulatieve besteding (t/m jaar T) via medeoverheden", "R"), _FINAL],
        [[euros(held.cumulative_others), "Nee"]],
    )


def _case_bands(annex: Annex, cases: Mapping[str, Case]) -> None:
    for number, case in cases.items():
        annex.band(
            CODES[CASES],
            _title(CASES),
            [
                ("Beschikkingsnummer", "n.v.t."),
                ("Zijn de geplande mijlpalen gerealiseerd (Ja/Nee)?", "D1"),
                ("Bestedingen (jaar T) Zelfstandige uitvoering", "R"),
                ("Eindverantwoording jaar T? (Ja/Nee)", "n.v.t."),
            ],
            [[number, "Ja", euros(case.spent), case.final]],
        )


# --- files --------------------------------------------------------------------------------------------


def write(cycle: Cycle, drop: Path) -> int:
    """Everything as files below a drop folder; gives how many lines and answers that are."""
    _list(drop / "spuk_grants/beschikkingen.csv", GRANTS, cycle.grants)
    _list(drop / "spuk_payments/betalingen.csv", PAYMENTS, cycle.payments)
    made = annexes(cycle)
    folder = drop / "sisa"
    folder.mkdir(parents=True, exist_ok=True)
    for year in YEARS:
        authorities = sorted(authority for of, authority in made if of == year)
        alone, together = authorities[:3], authorities[3:]
        for authority in alone:  # as one gets them; the others in workbooks, a sheet for each
            grid = made[year, authority].grid
            with (folder / f"sisa_{year}_{authority}_bijlage.csv").open(
                "w", encoding="utf-8", newline=""
            ) as file:
                csv.writer(file, delimiter=";").writerows(grid)
        for number, start in enumerate(range(0, len(together), PER_WORKBOOK), start=1):
            sheets = {
                f"sisa_{year}_{authority}": made[year, authority].grid
                for authority in together[start : start + PER_WORKBOOK]
            }
            _workbook(folder / f"bijlagen {year}, deel {number}.xlsx", sheets)
    answers = sum(sum(map(bool, row)) for annex in made.values() for row in annex.grid)
    return len(cycle.grants) + len(cycle.payments) + answers


def _list(path: Path, columns: Sequence[str], rows: Iterable[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.DictWriter(file, columns, delimiter=";")
        lines.writeheader()
        lines.writerows(rows)


def _workbook(path: Path, sheets: Mapping[str, Grid]) -> None:
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        for name, grid in sheets.items():
            sheet = book.add_worksheet(name)
            for line, row in enumerate(grid):
                for place, cell in enumerate(row):
                    if cell:
                        sheet.write_string(line, place, cell)


def public(tables: Path) -> Published:
    """What is public, of the tables of a refresh."""
    names = ("core_spuk_ledger__official", "spuk_allocations__iza_regions")
    return Published(*(pl.read_parquet(tables / f"{name}.parquet") for name in names))


def main() -> None:
    """Write the files, with or without breaches, and say what must be found."""
    from tests.support.spuk_life_cycle.breaches import plant

    reported = argparse.ArgumentParser(description=__doc__)
    reported.add_argument("tables", type=Path)
    reported.add_argument("folder", type=Path)
    reported.add_argument("--breached", action="store_true")
    requested = reported.parse_args()
    known = public(requested.tables)
    cycle = lawful(known)
    for about, findings in plant(cycle, known).items() if requested.breached else ():
        for finding in findings:
            print(about, *finding, sep="; ")
    print(f"{write(cycle, requested.folder):,} lines and cells below {requested.folder}")


if __name__ == "__main__":
    main()
