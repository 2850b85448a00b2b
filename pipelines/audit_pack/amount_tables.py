"""What the euros did: the amounts of each scheme as tables, in brief and with every basis.

What belongs here: which amounts a reader sees, and what must stand beside them. What does not: the sums
themselves (`amounts.py`).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl

from pipelines.audit_pack import amounts, blocks, labels
from pipelines.audit_pack.blocks import Block, Cell
from pipelines.audit_pack.language import Speech
from pipelines.audit_pack.selection import Evidence

IN_BRIEF, _MANY = 24, 5
_STATES = (
    "policy_amount", "ceiling", "allocatable", "granted", "advanced", "spent", "settled", "recovered",
)  # fmt: skip


def in_brief(evidence: Evidence, speech: Speech) -> list[Block]:
    """Scheme by period, a column for each state that is known; only what fits the first page."""
    sums = amounts.one_basis(amounts.by_scheme(evidence.ledger, evidence.components)).join(
        _there_are(evidence), on="scheme", how="left", maintain_order="left"
    )
    known = [state for state in _STATES if state in set(sums["state"])]
    if not known:
        return []
    lines: list[list[Cell] | Block] = []
    count = 0
    for (scheme, period), part in sums.filter(pl.col("state").is_in(known)).group_by(
        "scheme", "period", maintain_order=True
    ):
        count += 1
        if count > IN_BRIEF:
            continue
        name = blocks.group(labels.scheme(speech, str(scheme)))
        if name not in lines:
            lines.append(name)
        cells = {row["state"]: _amount(speech, row) for row in part.iter_rows(named=True)}
        lines.append(
            [
                labels.period(speech, str(period)),
                *(cells.get(state, speech.number(None)) for state in known),
            ]
        )
    # Few columns leave room beside the period; many need it.
    heads = [blocks.head(speech.say("head.period"), "1" if len(known) < _MANY else "auto")]
    heads += [blocks.head(speech.code("state", state), right=True) for state in known]
    more = count - IN_BRIEF
    return [
        blocks.heading(2, speech.say("euros.first")),
        blocks.table(heads, lines),
        *([blocks.text(speech.say("more_rows", n=speech.number(more)), note=True)] * (more > 0)),
        blocks.text(speech.say("euros.note"), note=True),
        *(
            [blocks.text(speech.say("method.region"), note=True)]
            if evidence.municipality and evidence.municipality.region
            else []
        ),
    ]


def _there_are(evidence: Evidence) -> pl.DataFrame:
    """How many recipients `there_are` of a scheme, where known. For one municipality: nothing."""
    nation = (pl.col("area_kind") == "nation") & (pl.col("measure") == "allocation")
    return (
        evidence.uptake.filter(nation & pl.lit(evidence.municipality is None))
        .group_by("scheme")
        .agg(pl.col("recipients").max().alias("there_are"))
    )


def _amount(speech: Speech, row: dict[str, Any]) -> Cell:
    """An amount; where it is not known of all recipients the scheme has, of how many it is."""
    notes = remarks(speech, row)
    if not row["of_nation"] and row["recipients"] < (row["there_are"] or 0):
        notes.insert(0, speech.say("of_only", n=speech.number(row["recipients"])))
    amount = speech.number(row["amount_eur"], 0)
    return blocks.noted(amount, ", ".join(notes)) if notes else amount


def remarks(speech: Speech, row: dict[str, Any]) -> list[str]:
    """What must stand beside an amount: another basis than usual, and what `_doubts` says."""
    usual = row["basis"] in amounts.PLAIN
    basis = speech.code("beside", row["basis"], speech.code("basis", row["basis"]))
    return [*([] if usual else [basis]), *_doubts(speech, row)]


def _doubts(speech: Speech, row: dict[str, Any]) -> list[str]:
    """That components are missing, that the amount is not to be believed, that documents differ."""
    so = {
        "in_part": not row["whole"],
        "doubtful": row["doubtful"],
        "contested": row["contested"],
    }
    return [speech.say(word) for word, true in so.items() if true]


def section(evidence: Evidence, speech: Speech) -> list[Block]:
    """The section: every state on every basis, to the cent, with a bar."""
    sums = amounts.by_scheme(evidence.ledger, evidence.components)
    if sums.is_empty():
        return []
    heads = [
        blocks.head(speech.say("head.period")),
        blocks.head(speech.say("head.state"), "2"),
        blocks.head(speech.say("head.basis"), "2"),
        blocks.head(speech.say("head.recipients"), right=True),
        blocks.head(speech.say("head.amount"), right=True),
        blocks.head("", "3"),
    ]
    made = [
        blocks.heading(1, speech.say("euros")),
        blocks.text(speech.say("euros.detail"), note=True),
    ]
    for (scheme,), part in sums.group_by("scheme", maintain_order=True):
        whole = part.filter(~pl.col("doubtful"))["amount_eur"].max()
        made.append(blocks.heading(2, labels.scheme(speech, str(scheme))))
        made.append(
            blocks.table(
                heads,
                [
                    [
                        labels.period(speech, row["period"]),
                        speech.code("state", row["state"]).replace("-\n", ""),
                        _basis(speech, row),
                        speech.code("recipient", "nation")
                        if row["of_nation"]
                        else speech.number(row["recipients"]),
                        speech.euros(row["amount_eur"]),
                        _bar(row, whole),  # type: ignore[arg-type]
                    ]
                    for row in part.iter_rows(named=True)
                ],
            )
        )
    return made


def _bar(row: dict[str, Any], whole: Decimal | None) -> Cell:
    """Without what is not to be believed, which would dwarf the others."""
    return "" if row["doubtful"] else blocks.bar(row["amount_eur"], whole)


def _basis(speech: Speech, row: dict[str, Any]) -> str:
    return ", ".join([speech.code("basis", row["basis"]), *_doubts(speech, row)])


def plain(speech: Speech, state: str) -> str:
    """The word of a state within a sentence."""
    return speech.code("state", state).replace("-\n", "").lower()
