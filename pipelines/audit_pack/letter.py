"""The letter to a municipality: one page on what the files say about it.

What belongs here: which facts fit that page, and in which order. Everything else about the municipality is in
the report and the workbook. No address, no name of a person and no reference is made up.
"""

from __future__ import annotations

import re
from typing import Any

import polars as pl

from pipelines.audit_pack import (
    amount_tables,
    amounts,
    annex,
    blocks,
    finding_cards,
    labels,
    report,
)
from pipelines.audit_pack.blocks import Block, Cell
from pipelines.audit_pack.language import Speech
from pipelines.audit_pack.selection import Evidence, Municipality

STATES = ("allocatable", "granted", "advanced", "spent", "accounted", "settled")
_AMOUNTS, _FINDINGS, _TERMS, _SOURCES, _PLACES = 16, 4, 5, 12, 6
# Where we lay such a file, which the reader of a letter need not know.
_PLACE = r"( \(docs/[^)]*\))? in drop/\w+"
_LAST = re.compile(r"(?P<before>.*)\b(?P<kind>column|cell) (?P<at>\w+)")


def letter(evidence: Evidence, municipality: Municipality, speech: Speech) -> dict[str, Any]:
    """All that the template needs. evidence: as chosen for this municipality."""
    sums = amounts.by_recipient(evidence.ledger, evidence.components)
    shown = amounts.one_basis(sums.filter(pl.col("state").is_in(STATES)))
    sources: dict[str, list[str]] = {}
    told = [
        blocks.text(
            speech.say(
                "letter.intro",
                name=municipality.name,
                code=municipality.code,
                day=speech.day(evidence.known_on),
            )
        ),
        *_amounts(speech, shown, sources),
        *_findings(speech, evidence.findings),
        *_terms(speech, evidence),
        *_unknown(speech, shown, evidence.uptake),
        blocks.heading(1, speech.say("letter.react")),
        blocks.text(speech.say("letter.reaction")),
    ]
    if sources:
        told += [
            blocks.heading(1, speech.say("letter.sources")),
            *(
                blocks.text(f"[{n}] {document}: {_places(speech, places)}", note=True)
                for n, (document, places) in enumerate(list(sources.items())[:_SOURCES], start=1)
            ),
            *_more(speech, len(sources) - _SOURCES),
        ]
    title = speech.say("letter.title")
    return {
        **report.frame(evidence, speech, title),
        "to": speech.say("letter.to", name=municipality.name),
        "blocks": told,
    }


def _amounts(speech: Speech, sums: pl.DataFrame, sources: dict[str, list[str]]) -> list[Block]:
    """Scheme by period, a column for each state, and where the row is from.

    sources: document -> places in it; filled here, and referred to by its number.
    """
    title = blocks.heading(1, speech.say("letter.amounts"))
    if sums.is_empty():
        return [title, blocks.text(speech.say("letter.no_amounts"))]
    lines: list[list[Cell] | Block] = []
    by = ("scheme", "recipient_kind", "recipient_name", "period")
    rows = list(sums.sort(by, maintain_order=True).group_by(by, maintain_order=True))
    for (scheme, kind, name, period), part in rows[:_AMOUNTS]:
        heading = labels.scheme(speech, str(scheme))
        if kind == "region":
            heading = f"{heading}, {speech.say('letter.of_region', region=name)}"
        if (group := blocks.group(heading)) not in lines:
            lines.append(group)
        cells = [cell for cells in part["cells"].to_list() for cell in cells]
        for each in cells:
            sources.setdefault(each["document"], []).append(each["place"])
        numbers = {document: n for n, document in enumerate(sources, start=1)}
        cell = {row["state"]: _amount(speech, row) for row in part.iter_rows(named=True)}
        lines.append(
            [
                labels.period(speech, str(period)),
                *(cell.get(state, speech.number(None)) for state in STATES),
                ", ".join(str(n) for n in sorted({numbers[each["document"]] for each in cells})),
            ]
        )
    heads = [
        blocks.head(speech.say("head.period")),
        *(blocks.head(speech.code("state", state), right=True) for state in STATES),
        blocks.head(speech.say("letter.source"), "1"),
    ]
    return [
        title,
        blocks.table(heads, lines),
        *_more(speech, len(rows) - _AMOUNTS),
        blocks.text(speech.say("letter.dash"), note=True),
    ]


def _amount(speech: Speech, row: dict[str, Any]) -> Cell:
    amount = speech.number(row["amount_eur"], 2)
    notes = amount_tables.remarks(speech, row)
    return blocks.noted(amount, ", ".join(notes)) if notes else amount


def _places(speech: Speech, places: list[str]) -> str:
    told = together(places)
    more = speech.say("letter.places", n=speech.number(len(told) - _PLACES))
    shown = "; ".join(told[:_PLACES])
    return speech.place(f"{shown}; {more}" if len(told) > _PLACES else shown)


def together(places: list[str]) -> list[str]:
    """Cells of one row or sheet as one place: `row 1, column 2` and `column 3` are `row 1, columns 2–3`."""
    rows: dict[tuple[str, str], list[str]] = {}
    for place in dict.fromkeys(places):
        found = _LAST.fullmatch(place)
        key = (found["before"], found["kind"]) if found else (place, "")
        rows.setdefault(key, []).extend([found["at"]] if found else [])
    return [
        f"{before}{kind}{'s' if len(at) > 1 else ''} {_runs(at)}" if kind else before
        for (before, kind), at in rows.items()
    ]


def _runs(places: list[str]) -> str:
    """2, 3, 4, 7 as `2–4, 7`; names of cells as they are, at most a few."""
    if not all(each.isdecimal() for each in places):
        return ", ".join(places[:_PLACES]) + (" …" if len(places) > _PLACES else "")
    runs: list[list[int]] = []
    for number in sorted(int(each) for each in places):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def _findings(speech: Speech, findings: pl.DataFrame) -> list[Block]:
    title = blocks.heading(1, speech.say("letter.findings"))
    if findings.is_empty():
        return [title, blocks.text(speech.say("letter.no_findings"))]
    said = []
    for row in finding_cards.worst_first(findings).head(_FINDINGS).iter_rows(named=True):
        difference = f"{speech.say('finding.difference')} {speech.euros(row['difference_eur'])}. "
        said.append(
            f"{speech.say('class.' + row['class'])}, {_about(speech, row)} ({row['rule']}): "
            f"{speech.of(row, 'cause')} {difference if row['difference_eur'] is not None else ''}"
            f"{speech.of(row, 'next_step')}"
        )
    more = findings.height - _FINDINGS
    tail = [blocks.text(speech.say("letter.more_findings", n=speech.number(more)), note=True)]
    return [title, blocks.listed(said), *(tail if more > 0 else [])]


def _about(speech: Speech, row: dict[str, Any]) -> str:
    about = labels.subject(speech, row)
    if row["recipient_kind"] != "region":
        return about
    return f"{about}, {speech.say('letter.of_region', region=row['recipient_name'])}"


def _terms(speech: Speech, evidence: Evidence) -> list[Block]:
    terms = annex.ahead(evidence)
    title = blocks.heading(1, speech.say("letter.terms"))
    if terms.is_empty():
        return [title, blocks.text(speech.say("terms.none"))]
    said = [
        f"{speech.day(row['date_to'])}: {labels.scheme(speech, row['scheme'])}, "
        f"{annex.term(speech, row)}"
        for row in terms.head(_TERMS).iter_rows(named=True)
    ]
    return [title, blocks.listed(said), *_more(speech, terms.height - _TERMS)]


def _unknown(speech: Speech, sums: pl.DataFrame, uptake: pl.DataFrame) -> list[Block]:
    """The states of which no amount is known, with the files that would tell."""
    known = set(sums["state"])
    absent = [state for state in STATES if state not in known]
    if not absent:
        return []
    files = (
        uptake.filter(
            pl.col("numerator_is").is_in(absent) | pl.col("denominator_is").is_in(absent),
            pl.col("availability") != "measured",
        )[f"fills_from_{speech.language}"]
        .drop_nulls()
        .str.split("; ")
        .explode()
        .str.replace_all(_PLACE, "")
        .unique()
        .sort()
    )
    key = "letter.unknown_states" if files.len() else "letter.unknown_bare"
    words = ", ".join(amount_tables.plain(speech, state) for state in absent)
    return [
        blocks.heading(1, speech.say("letter.unknown")),
        blocks.text(speech.say(key, states=words, files="; ".join(files))),
    ]


def _more(speech: Speech, more: int) -> list[Block]:
    if more <= 0:
        return []
    return [blocks.text(speech.say("letter.more", n=speech.number(more)), note=True)]
