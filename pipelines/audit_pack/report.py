"""The report: its sections in their order, each with the blocks a reader sees.

What belongs here: the order, and the conclusions on the first page. What does not: the other sections (a
module each), how it looks (`*.typ`), the words (`words.yaml`).
"""

from __future__ import annotations

from typing import Any

import polars as pl

from pipelines.audit_pack import (
    amount_tables,
    amounts,
    annex,
    blocks,
    finding_cards,
    labels,
    rule_tables,
    uptake_tables,
)
from pipelines.audit_pack.blocks import Block
from pipelines.audit_pack.language import Localizer
from pipelines.audit_pack.pack_data import PackData, PackRequest


def report(data: PackData, request: PackRequest, localizer: Localizer) -> dict[str, Any]:
    """The data of the template. Every number in it is a sum or a cell of the tables of the pack."""
    return {
        **frame(data, localizer, localizer.text("title")),
        "about": _about(data, request, localizer),
        "blocks": [
            *_conclusions(data, localizer),
            *amount_tables.section(data, localizer),
            *uptake_tables.section(data.uptake, localizer, own=annex.own_schemes(data)),
            *finding_cards.section(data.findings, data.checks, localizer),
            *rule_tables.section(data.checks, localizer),
            *annex.terms(data, localizer),
            *annex.method(data, request, localizer),
            *annex.versions(data, localizer),
        ],
    }


def frame(data: PackData, localizer: Localizer, title: str) -> dict[str, Any]:
    """Title, language, date and footer texts, the same in every document of the pack."""
    return {
        "language": localizer.language,
        "title": title,
        "subject": localizer.text("subject"),
        "author": localizer.text("author"),
        "keywords": localizer.text("keywords").split(", "),
        "state_of": localizer.text("state_of", day=localizer.day(data.known_on)),
        "page_of": localizer.text("page_of", page="{page}", pages="{pages}"),
        "contents": localizer.text("contents"),
        "date": [data.known_on.year, data.known_on.month, data.known_on.day],
    }


def _about(data: PackData, request: PackRequest, localizer: Localizer) -> list[list[str]]:
    every = localizer.text("about.all")
    lines = [
        ("about.schemes", ", ".join(labels.scheme(localizer, each) for each in request.schemes)),
        ("about.years", ", ".join(str(year) for year in request.years)),
        ("about.municipality", named(data, localizer)),
        ("about.known", localizer.day(data.known_on)),
        (
            "about.releases",
            ", ".join(f"{name} {each['version']}" for name, each in data.manifests.items()),
        ),
    ]
    return [[localizer.text(key), value or every] for key, value in lines]


def named(data: PackData, localizer: Localizer) -> str:
    """The requested municipality; empty where there is none."""
    one = data.municipality
    if one is None:
        return ""
    key = "about.region" if one.region else "about.no_region"
    return localizer.text(key, name=one.name, code=one.code, region=one.region)


def _conclusions(data: PackData, localizer: Localizer) -> list[Block]:
    """The answers a head of audit wants first: was it used as intended, what is wrong, what is unknown."""
    answers = {
        "as_meant": _as_meant(data, localizer),
        "wrong": _wrong(data, localizer),
        "unknown": _unknown(data, localizer),
    }
    return [
        blocks.heading(1, localizer.text("conclusions")),
        *(
            block
            for question, items in answers.items()
            for block in (
                blocks.heading(2, localizer.text(f"ask.{question}")),
                blocks.listed(items),
            )
        ),
        *amount_tables.in_brief(data, localizer),
    ]


def _as_meant(data: PackData, localizer: Localizer) -> list[str]:
    if data.ledger.is_empty():
        return [localizer.text("conclusion.empty")]
    breaches = data.findings.filter(pl.col("class") == "breach")
    judged_at_all = data.checks.filter(pl.col("status") == "judged").height
    spent = _spent(data, localizer)
    if breaches.height:
        return [_of_class(breaches, "breach", localizer), *spent]
    return [*spent, localizer.text("conclusion.no_breach")] if judged_at_all else spent


def _spent(data: PackData, localizer: Localizer) -> list[str]:
    """Of each scheme the newest period of which spending is measured; then the schemes without."""
    area = "nation" if data.municipality is None else "municipality"
    newest = (
        data.uptake.filter(
            pl.col("measure") == "spending",
            pl.col("availability") == "measured",
            pl.col("component") == "total",
            pl.col("geography") == "as_reported",
            pl.col("area_kind").is_in([area, "iza_region"] if area != "nation" else [area]),
        )
        .sort("scheme", "period")
        .unique("scheme", keep="last", maintain_order=True)
    )
    lines = [
        localizer.text(
            "conclusion.spent",
            scheme=labels.scheme(localizer, row["scheme"]),
            period=labels.period(localizer, row["period"]),
            granted=localizer.euros(row["denominator"]),
            rate=localizer.percent(row["rate_pct"]),
            coverage=localizer.percent(row["coverage_pct"]),
        )
        for row in newest.iter_rows(named=True)
    ]
    known = set(newest["scheme"])
    without = [each for each in data.ledger["scheme"].unique().sort() if each not in known]
    if without:
        names = ", ".join(labels.scheme(localizer, each) for each in without)
        lines.append(localizer.text("conclusion.unspent", schemes=names))
    return lines


def _wrong(data: PackData, localizer: Localizer) -> list[str]:
    found = data.findings
    if found.is_empty():
        return [localizer.text("conclusion.none")]
    parts = {level: found.filter(pl.col("class") == level) for level in finding_cards.CLASSES[1:]}
    *open_ones, exceptions = parts.items()
    lines = [_of_class(part, level, localizer) for level, part in open_ones if part.height]
    level, part = exceptions
    if part.height:
        lines.append(f"{localizer.text(f'many.{level}')}: {localizer.number(part.height)}.")
    return lines or [localizer.text("conclusion.only_breaches")]


def _of_class(findings: pl.DataFrame, level: str, localizer: Localizer) -> str:
    """How many there are of this judgement, and the one with the largest difference."""
    worst = finding_cards.worst_first(findings).row(0, named=True)
    return localizer.text(
        "conclusion.worst",
        level=localizer.text(f"many.{level}"),
        n=localizer.number(findings.height),
        recipient=labels.recipient(localizer, worst),
        about=labels.subject(localizer, worst),
        difference=localizer.euros(worst["difference_eur"]),
        rule=worst["rule"],
        cause=localizer.of(worst, "cause"),
    )


def _unknown(data: PackData, localizer: Localizer) -> list[str]:
    lines = []
    known = set(amounts.deciding(data.ledger)["state"])
    # No document states a ceiling for one municipality.
    states = amounts.STATES if data.municipality is None else amounts.OF_A_RECIPIENT
    absent = [
        amount_tables.state_in_sentence(localizer, state) for state in states if state not in known
    ]
    if absent:
        lines.append(localizer.text("conclusion.unknown", states=", ".join(absent)))
    lines += _measured(data.uptake, localizer)
    lines += _compared(data.checks, localizer)
    ledger = data.ledger
    values = {
        "entries": localizer.number(ledger.height),
        "documents": localizer.number(ledger.select("document_id", "document_version").n_unique()),
        "schemes": localizer.number(ledger["scheme"].n_unique()),
    }
    return [*lines, localizer.text("conclusion.rows", **values)]


def _measured(uptake: pl.DataFrame, localizer: Localizer) -> list[str]:
    if uptake.is_empty():
        return []
    found = dict(uptake.group_by("availability").len().rows())
    kinds = ("measured", "not_published", "not_yet_due")
    values = {kind: localizer.number(found.get(kind, 0)) for kind in kinds}
    lines = [localizer.text("conclusion.uptake", all=localizer.number(uptake.height), **values)]
    due = uptake.filter(pl.col("availability") == "not_yet_due")["due_date"].drop_nulls().sort()
    if due.len():
        lines.append(localizer.text("conclusion.due", day=localizer.day(due[0])))
    return lines


def _compared(checks: pl.DataFrame, localizer: Localizer) -> list[str]:
    if checks.is_empty():
        return []
    counted = dict(checks.group_by("status").len().rows())
    kinds = ("judged", "no_data", "not_due")
    values = {kind: localizer.number(counted.get(kind, 0)) for kind in kinds}
    return [localizer.text("conclusion.checks", all=localizer.number(checks.height), **values)]
