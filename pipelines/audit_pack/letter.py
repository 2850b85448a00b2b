"""The letter to a municipality: one page about its amounts, findings and deadlines.

What belongs here: which facts fit that page, and in which order. Everything else about the municipality is in
the report and the workbook. It has no address, no name of a person and no reference number.
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
from pipelines.audit_pack.blocks import Block, BlockCell
from pipelines.audit_pack.language import Localizer
from pipelines.audit_pack.pack_data import Municipality, PackData

STATES = ("allocatable", "granted", "advanced", "spent", "accounted", "settled")
_AMOUNTS, _FINDINGS, _TERMS, _SOURCES, _PLACES = 16, 4, 5, 12, 6
# Where such a file is dropped, which the reader of a letter need not know.
_PLACE = r"( \(docs/[^)]*\))? in drop/\w+"
_LAST = re.compile(r"(?P<before>.*)\b(?P<kind>column|cell) (?P<at>\w+)")


def letter(data: PackData, municipality: Municipality, localizer: Localizer) -> dict[str, Any]:
    """The data of the template. data: as selected for this municipality."""
    sums = amounts.by_recipient(data.ledger, data.components)
    shown = amounts.one_basis(sums.filter(pl.col("state").is_in(STATES)))
    sources: dict[str, list[str]] = {}
    content = [
        blocks.text(
            localizer.text(
                "letter.intro",
                name=municipality.name,
                code=municipality.code,
                day=localizer.day(data.known_on),
            )
        ),
        *_amounts(localizer, shown, sources),
        *_findings(localizer, data.findings),
        *_terms(localizer, data),
        *_unknown(localizer, shown, data.uptake),
        blocks.heading(1, localizer.text("letter.react")),
        blocks.text(localizer.text("letter.reaction")),
    ]
    if sources:
        content += [
            blocks.heading(1, localizer.text("letter.sources")),
            *(
                blocks.text(f"[{n}] {document}: {_places(localizer, places)}", note=True)
                for n, (document, places) in enumerate(list(sources.items())[:_SOURCES], start=1)
            ),
            *_more(localizer, len(sources) - _SOURCES),
        ]
    title = localizer.text("letter.title")
    return {
        **report.frame(data, localizer, title),
        "to": localizer.text("letter.to", name=municipality.name),
        "blocks": content,
    }


def _amounts(
    localizer: Localizer, sums: pl.DataFrame, sources: dict[str, list[str]]
) -> list[Block]:
    """Scheme by period, a column for each state, and where the row is from.

    sources: document -> places in it; filled here, and referred to by its number.
    """
    title = blocks.heading(1, localizer.text("letter.amounts"))
    if sums.is_empty():
        return [title, blocks.text(localizer.text("letter.no_amounts"))]
    lines: list[list[BlockCell] | Block] = []
    by = ("scheme", "recipient_kind", "recipient_name", "period")
    rows = list(sums.sort(by, maintain_order=True).group_by(by, maintain_order=True))
    for (scheme, kind, name, period), part in rows[:_AMOUNTS]:
        heading = labels.scheme(localizer, str(scheme))
        if kind == "region":
            heading = f"{heading}, {localizer.text('letter.of_region', region=name)}"
        if (group := blocks.group(heading)) not in lines:
            lines.append(group)
        cells = [cell for cells in part["cells"].to_list() for cell in cells]
        for each in cells:
            sources.setdefault(each["document"], []).append(each["place"])
        numbers = {document: n for n, document in enumerate(sources, start=1)}
        cell = {row["state"]: _amount(localizer, row) for row in part.iter_rows(named=True)}
        lines.append(
            [
                labels.period(localizer, str(period)),
                *(cell.get(state, localizer.number(None)) for state in STATES),
                ", ".join(str(n) for n in sorted({numbers[each["document"]] for each in cells})),
            ]
        )
    heads = [
        blocks.head(localizer.text("head.period")),
        *(blocks.head(localizer.code("state", state), right=True) for state in STATES),
        blocks.head(localizer.text("letter.source"), "1"),
    ]
    return [
        title,
        blocks.table(heads, lines),
        *_more(localizer, len(rows) - _AMOUNTS),
        blocks.text(localizer.text("letter.dash"), note=True),
    ]


def _amount(localizer: Localizer, row: dict[str, Any]) -> BlockCell:
    amount = localizer.number(row["amount_eur"], 2)
    notes = amount_tables.remarks(localizer, row)
    return blocks.noted(amount, ", ".join(notes)) if notes else amount


def _places(localizer: Localizer, places: list[str]) -> str:
    shown = together(places)
    more = localizer.text("letter.places", n=localizer.number(len(shown) - _PLACES))
    first = "; ".join(shown[:_PLACES])
    return localizer.place(f"{first}; {more}" if len(shown) > _PLACES else first)


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


def _findings(localizer: Localizer, findings: pl.DataFrame) -> list[Block]:
    title = blocks.heading(1, localizer.text("letter.findings"))
    if findings.is_empty():
        return [title, blocks.text(localizer.text("letter.no_findings"))]
    items = []
    for row in finding_cards.worst_first(findings).head(_FINDINGS).iter_rows(named=True):
        difference = (
            f"{localizer.text('finding.difference')} {localizer.euros(row['difference_eur'])}. "
        )
        items.append(
            f"{localizer.text('class.' + row['class'])}, {_about(localizer, row)} ({row['rule']}): "
            f"{localizer.of(row, 'cause')} {difference if row['difference_eur'] is not None else ''}"
            f"{localizer.of(row, 'next_step')}"
        )
    more = findings.height - _FINDINGS
    tail = [
        blocks.text(localizer.text("letter.more_findings", n=localizer.number(more)), note=True)
    ]
    return [title, blocks.listed(items), *(tail if more > 0 else [])]


def _about(localizer: Localizer, row: dict[str, Any]) -> str:
    about = labels.subject(localizer, row)
    if row["recipient_kind"] != "region":
        return about
    return f"{about}, {localizer.text('letter.of_region', region=row['recipient_name'])}"


def _terms(localizer: Localizer, data: PackData) -> list[Block]:
    terms = annex.ahead(data)
    title = blocks.heading(1, localizer.text("letter.terms"))
    if terms.is_empty():
        return [title, blocks.text(localizer.text("terms.none"))]
    items = [
        f"{localizer.day(row['date_to'])}: {labels.scheme(localizer, row['scheme'])}, "
        f"{annex.term(localizer, row)}"
        for row in terms.head(_TERMS).iter_rows(named=True)
    ]
    return [title, blocks.listed(items), *_more(localizer, terms.height - _TERMS)]


def _unknown(localizer: Localizer, sums: pl.DataFrame, uptake: pl.DataFrame) -> list[Block]:
    """The states without a known amount, with the files that would supply it."""
    known = set(sums["state"])
    absent = [state for state in STATES if state not in known]
    if not absent:
        return []
    files = (
        uptake.filter(
            pl.col("numerator_is").is_in(absent) | pl.col("denominator_is").is_in(absent),
            pl.col("availability") != "measured",
        )[f"fills_from_{localizer.language}"]
        .drop_nulls()
        .str.split("; ")
        .explode()
        .str.replace_all(_PLACE, "")
        .unique()
        .sort()
    )
    key = "letter.unknown_states" if files.len() else "letter.unknown_bare"
    words = ", ".join(amount_tables.state_in_sentence(localizer, state) for state in absent)
    return [
        blocks.heading(1, localizer.text("letter.unknown")),
        blocks.text(localizer.text(key, states=words, files="; ".join(files))),
    ]


def _more(localizer: Localizer, more: int) -> list[Block]:
    if more <= 0:
        return []
    return [blocks.text(localizer.text("letter.more", n=localizer.number(more)), note=True)]
