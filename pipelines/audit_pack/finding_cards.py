"""Findings in the order a reader needs them, counted, and the worst of them as cards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from pipelines.audit_pack import blocks, labels
from pipelines.audit_pack.blocks import Block
from pipelines.audit_pack.language import Localizer

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


def section(findings: pl.DataFrame, checks: pl.DataFrame, localizer: Localizer) -> list[Block]:
    """The section: how many by rule, then the worst, as cards; known exceptions need no more than a row.

    checks: for the statement of each rule.
    """
    title = blocks.heading(1, localizer.text("findings"))
    if findings.is_empty():
        return [title, blocks.text(localizer.text("findings.none"))]
    shown = worst_first(findings).head(SHOWN)
    more = findings.height - shown.height
    key = "findings.shown" if more else "findings.all"
    values = {"shown": shown.height, "all": findings.height, "more": more}
    known = pl.col("class") == CLASSES[-1]
    return [
        title,
        blocks.heading(2, localizer.text("findings.counts")),
        by_rule(localizer, findings, checks),
        blocks.heading(2, localizer.text("findings.each")),
        blocks.text(
            localizer.text(key, **{name: localizer.number(n) for name, n in values.items()})
        ),
        *(card(localizer, row) for row in shown.filter(~known).iter_rows(named=True)),
        *exceptions(localizer, shown.filter(known)),
    ]


def exceptions(localizer: Localizer, findings: pl.DataFrame) -> list[Block]:
    """Known exceptions as a table: recipient, subject, difference and explanation."""
    if findings.is_empty():
        return []
    heads = [
        blocks.head(localizer.text("head.rule")),
        blocks.head(localizer.text("head.recipient"), "2"),
        blocks.head(localizer.text("head.about"), "2"),
        blocks.head(localizer.text("finding.difference"), right=True),
        blocks.head(localizer.text("head.explanation"), "4"),
    ]
    rows: list[list[blocks.BlockCell]] = [
        [
            row["rule"],
            labels.recipient(localizer, row),
            labels.subject(localizer, row),
            localizer.euros(row["difference_eur"]),
            localizer.of(row, "cause"),
        ]
        for row in findings.iter_rows(named=True)
    ]
    return [
        blocks.heading(2, localizer.text("many.known_exception")),
        blocks.table(heads, rows),
    ]


def by_rule(localizer: Localizer, findings: pl.DataFrame, checks: pl.DataFrame) -> Block:
    """The table of numbers by rule and judgement, with the statement of each rule."""
    statements = dict(checks.select("rule", f"statement_{localizer.language}").rows())
    heads = [
        blocks.head(localizer.text("head.rule"), "1"),
        *(blocks.head(localizer.text(f"class.{name}"), right=True) for name in CLASSES),
        blocks.head(localizer.text("head.total"), right=True),
    ]
    rows = [
        [
            f"{rule}  {statements.get(rule, '')}",
            *(localizer.number(n) for n in counts(part).values()),
            localizer.number(part.height),
        ]
        for (rule,), part in findings.sort("rule").group_by("rule", maintain_order=True)
    ]
    total = [*counts(findings).values(), findings.height]
    return blocks.table(
        heads, [[localizer.text("head.total"), *(localizer.number(n) for n in total)], *rows]
    )


def card(localizer: Localizer, row: Mapping[str, Any]) -> Block:
    """One finding with both sides and the next step."""
    numbers = (
        ("finding.observed", row["observed_eur"]),
        ("finding.expected", row["expected_eur"]),
        ("finding.difference", row["difference_eur"]),
        ("finding.tolerance", row["tolerance_eur"]),
    )
    cells = (
        ("finding.observed_cells", row["observed_cells"]),
        ("finding.expected_cells", row["expected_cells"]),
    )
    next_step = (localizer.text("finding.next"), localizer.of(dict(row), "next_step"))
    return blocks.card(
        level=row["class"],
        mark=f"{row['rule']} · {localizer.text('class.' + row['class'])}",
        title=f"{labels.recipient(localizer, dict(row))} · {labels.subject(localizer, dict(row))}",
        numbers=[(localizer.text(key), localizer.euros(value)) for key, value in numbers],
        facts=[
            (_sentence(localizer.of(dict(row), "subject")), localizer.of(dict(row), "cause")),
            *((localizer.text(key), _cells(localizer, words)) for key, words in cells if words),
            next_step,
        ],
    )


def _cells(localizer: Localizer, words: str) -> str:
    """The cells; when there are more than eight, only their number."""
    return localizer.text("cells", n=words) if words.isdecimal() else localizer.place(words)


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]
