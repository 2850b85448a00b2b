"""The amounts of each scheme as tables: in brief, and in full with every basis.

What belongs here: which amounts a reader sees, and the remarks beside them. What does not: the sums
themselves (`amounts.py`).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl

from pipelines.audit_pack import amounts, blocks, labels
from pipelines.audit_pack.blocks import Block, BlockCell
from pipelines.audit_pack.language import Localizer
from pipelines.audit_pack.pack_data import PackData

IN_BRIEF, _MANY = 24, 5
_STATES = (
    "policy_amount", "ceiling", "allocatable", "granted", "advanced", "spent", "settled", "recovered",
)  # fmt: skip


def in_brief(data: PackData, localizer: Localizer) -> list[Block]:
    """Scheme by period, a column for each state that is known; only what fits the first page."""
    sums = amounts.one_basis(amounts.by_scheme(data.ledger, data.components)).join(
        _there_are(data), on="scheme", how="left", maintain_order="left"
    )
    known = [state for state in _STATES if state in set(sums["state"])]
    if not known:
        return []
    lines: list[list[BlockCell] | Block] = []
    count = 0
    for (scheme, period), part in sums.filter(pl.col("state").is_in(known)).group_by(
        "scheme", "period", maintain_order=True
    ):
        count += 1
        if count > IN_BRIEF:
            continue
        name = blocks.group(labels.scheme(localizer, str(scheme)))
        if name not in lines:
            lines.append(name)
        cells = {row["state"]: _amount(localizer, row) for row in part.iter_rows(named=True)}
        lines.append(
            [
                labels.period(localizer, str(period)),
                *(cells.get(state, localizer.number(None)) for state in known),
            ]
        )
    # Few columns leave room beside the period; many need it.
    heads = [blocks.head(localizer.text("head.period"), "1" if len(known) < _MANY else "auto")]
    heads += [blocks.head(localizer.code("state", state), right=True) for state in known]
    more = count - IN_BRIEF
    return [
        blocks.heading(2, localizer.text("euros.first")),
        blocks.table(heads, lines),
        *(
            [blocks.text(localizer.text("more_rows", n=localizer.number(more)), note=True)]
            * (more > 0)
        ),
        blocks.text(localizer.text("euros.note"), note=True),
        *(
            [blocks.text(localizer.text("method.region"), note=True)]
            if data.municipality and data.municipality.region
            else []
        ),
    ]


def _there_are(data: PackData) -> pl.DataFrame:
    """Scheme -> `there_are`: its number of recipients, where known. Empty for one municipality."""
    nation = (pl.col("area_kind") == "nation") & (pl.col("measure") == "allocation")
    return (
        data.uptake.filter(nation & pl.lit(data.municipality is None))
        .group_by("scheme")
        .agg(pl.col("recipients").max().alias("there_are"))
    )


def _amount(localizer: Localizer, row: dict[str, Any]) -> BlockCell:
    """An amount; where it is not known for all recipients of the scheme, with the number it covers."""
    notes = remarks(localizer, row)
    if not row["of_nation"] and row["recipients"] < (row["there_are"] or 0):
        notes.insert(0, localizer.text("of_only", n=localizer.number(row["recipients"])))
    amount = localizer.number(row["amount_eur"], 0)
    return blocks.noted(amount, ", ".join(notes)) if notes else amount


def remarks(localizer: Localizer, row: dict[str, Any]) -> list[str]:
    """The remarks beside an amount: a basis other than the usual ones, and its doubts."""
    usual = row["basis"] in amounts.PLAIN
    basis = localizer.code("beside", row["basis"], localizer.code("basis", row["basis"]))
    return [*([] if usual else [basis]), *_doubts(localizer, row)]


def _doubts(localizer: Localizer, row: dict[str, Any]) -> list[str]:
    """Components are missing, the amount is implausible, documents differ."""
    doubts = {
        "in_part": not row["complete"],
        "doubtful": row["doubtful"],
        "contested": row["contested"],
    }
    return [localizer.text(word) for word, true in doubts.items() if true]


def section(data: PackData, localizer: Localizer) -> list[Block]:
    """The section: every state on every basis, to the cent, with a bar."""
    sums = amounts.by_scheme(data.ledger, data.components)
    if sums.is_empty():
        return []
    heads = [
        blocks.head(localizer.text("head.period")),
        blocks.head(localizer.text("head.state"), "2"),
        blocks.head(localizer.text("head.basis"), "2"),
        blocks.head(localizer.text("head.recipients"), right=True),
        blocks.head(localizer.text("head.amount"), right=True),
        blocks.head("", "3"),
    ]
    made = [
        blocks.heading(1, localizer.text("euros")),
        blocks.text(localizer.text("euros.detail"), note=True),
    ]
    for (scheme,), part in sums.group_by("scheme", maintain_order=True):
        largest = part.filter(~pl.col("doubtful"))["amount_eur"].max()
        made.append(blocks.heading(2, labels.scheme(localizer, str(scheme))))
        made.append(
            blocks.table(
                heads,
                [
                    [
                        labels.period(localizer, row["period"]),
                        localizer.code("state", row["state"]).replace("-\n", ""),
                        _basis(localizer, row),
                        localizer.code("recipient", "nation")
                        if row["of_nation"]
                        else localizer.number(row["recipients"]),
                        localizer.euros(row["amount_eur"]),
                        _bar(row, largest),  # type: ignore[arg-type]
                    ]
                    for row in part.iter_rows(named=True)
                ],
            )
        )
    return made


def _bar(row: dict[str, Any], largest: Decimal | None) -> BlockCell:
    """No bar for an implausible amount, which would dwarf the others."""
    return "" if row["doubtful"] else blocks.bar(row["amount_eur"], largest)


def _basis(localizer: Localizer, row: dict[str, Any]) -> str:
    return ", ".join([localizer.code("basis", row["basis"]), *_doubts(localizer, row)])


def state_in_sentence(localizer: Localizer, state: str) -> str:
    """The word for a state within a sentence."""
    return localizer.code("state", state).replace("-\n", "").lower()
