"""Findings in the order a reader needs them, counted, and the worst of them as cards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from pipelines.audit_pack import blocks, labels
from pipelines.audit_pack.blocks import Block
from pipelines.audit_pack.language import Speech

SHOWN = 60
CLASSES = ("breach", "source_error", "needs_explanation", "known_exception")
_KEY = (
    "rule", "scheme", "component", "period", "recipient_kind", "recipient_name", "subject",
)  # fmt: skip


def worst_first(findings: pl.DataFrame) -> pl.DataFrame:
    """By judgement, then by size of the difference; without a difference last; then by key."""
    rank = pl.col("class").replace_strict({name: n for n, name in enumerate(CLASSES)}, default=9)
    size = pl.col("difference_eur").abs()
    return findings.sort(
        rank, size, *_KEY, descending=[False, True, *[False] * len(_KEY)], nulls_last=True
    )


def counts(findings: pl.DataFrame) -> dict[str, int]:
    """Judgement -> number of findings, zeros too."""
    found = dict(findings.group_by("class").len().rows())
    return {name: int(found.get(name, 0)) for name in CLASSES}


def section(findings: pl.DataFrame, checks: pl.DataFrame, speech: Speech) -> list[Block]:
    """The section: how many by rule, then the worst, as cards; known exceptions need no more than a row.

    checks: for what each rule says.
    """
    title = blocks.heading(1, speech.say("findings"))
    if findings.is_empty():
        return [title, blocks.text(speech.say("findings.none"))]
    shown = worst_first(findings).head(SHOWN)
    more = findings.height - shown.height
    key = "findings.shown" if more else "findings.all"
    values = {"shown": shown.height, "all": findings.height, "more": more}
    known = pl.col("class") == CLASSES[-1]
    return [
        title,
        blocks.heading(2, speech.say("findings.counts")),
        by_rule(speech, findings, checks),
        blocks.heading(2, speech.say("findings.each")),
        blocks.text(speech.say(key, **{name: speech.number(n) for name, n in values.items()})),
        *(card(speech, row) for row in shown.filter(~known).iter_rows(named=True)),
        *exceptions(speech, shown.filter(known)),
    ]


def exceptions(speech: Speech, findings: pl.DataFrame) -> list[Block]:
    """Known exceptions as a table: of whom, what, how much, and why that is as it should be."""
    if findings.is_empty():
        return []
    heads = [
        blocks.head(speech.say("head.rule")),
        blocks.head(speech.say("head.recipient"), "2"),
        blocks.head(speech.say("head.about"), "2"),
        blocks.head(speech.say("finding.difference"), right=True),
        blocks.head(speech.say("head.explanation"), "4"),
    ]
    rows: list[list[blocks.Cell]] = [
        [
            row["rule"],
            labels.recipient(speech, row),
            labels.subject(speech, row),
            speech.euros(row["difference_eur"]),
            speech.of(row, "cause"),
        ]
        for row in findings.iter_rows(named=True)
    ]
    return [
        blocks.heading(2, speech.say("many.known_exception")),
        blocks.table(heads, rows),
    ]


def by_rule(speech: Speech, findings: pl.DataFrame, checks: pl.DataFrame) -> Block:
    """The table of numbers by rule and judgement, with what the rule says."""
    says = dict(checks.select("rule", f"statement_{speech.language}").rows())
    heads = [
        blocks.head(speech.say("head.rule"), "1"),
        *(blocks.head(speech.say(f"class.{name}"), right=True) for name in CLASSES),
        blocks.head(speech.say("head.total"), right=True),
    ]
    rows = [
        [
            f"{rule}  {says.get(rule, '')}",
            *(speech.number(n) for n in counts(part).values()),
            speech.number(part.height),
        ]
        for (rule,), part in findings.sort("rule").group_by("rule", maintain_order=True)
    ]
    total = [*counts(findings).values(), findings.height]
    return blocks.table(
        heads, [[speech.say("head.total"), *(speech.number(n) for n in total)], *rows]
    )


def card(speech: Speech, row: Mapping[str, Any]) -> Block:
    """One finding with both sides and the next step."""
    numbers = (
        ("finding.observed", row["observed_eur"]),
        ("finding.expected", row["expected_eur"]),
        ("finding.difference", row["difference_eur"]),
        ("finding.tolerance", row["tolerance_eur"]),
    )
    told = (
        ("finding.observed_cells", row["observed_cells"]),
        ("finding.expected_cells", row["expected_cells"]),
    )
    next_step = (speech.say("finding.next"), speech.of(dict(row), "next_step"))
    return blocks.card(
        level=row["class"],
        mark=f"{row['rule']} · {speech.say('class.' + row['class'])}",
        title=f"{labels.recipient(speech, dict(row))} · {labels.subject(speech, dict(row))}",
        numbers=[(speech.say(key), speech.euros(value)) for key, value in numbers],
        told=[
            (_sentence(speech.of(dict(row), "subject")), speech.of(dict(row), "cause")),
            *((speech.say(key), _cells(speech, words)) for key, words in told if words),
            next_step,
        ],
    )


def _cells(speech: Speech, words: str) -> str:
    """Over eight cells only their number is told."""
    return speech.say("cells", n=words) if words.isdecimal() else speech.place(words)


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]
