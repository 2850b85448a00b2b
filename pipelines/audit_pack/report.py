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
from pipelines.audit_pack.language import Speech
from pipelines.audit_pack.selection import Asked, Evidence


def report(evidence: Evidence, asked: Asked, speech: Speech) -> dict[str, Any]:
    """All that the template needs. Every number in it is a sum or a cell of the tables of the pack."""
    return {
        **frame(evidence, speech, speech.say("title")),
        "about": _about(evidence, asked, speech),
        "blocks": [
            *_conclusions(evidence, speech),
            *amount_tables.section(evidence, speech),
            *uptake_tables.section(evidence.uptake, speech, own=annex.own_schemes(evidence)),
            *finding_cards.section(evidence.findings, evidence.checks, speech),
            *rule_tables.section(evidence.checks, speech),
            *annex.terms(evidence, speech),
            *annex.method(evidence, asked, speech),
            *annex.versions(evidence, speech),
        ],
    }


def frame(evidence: Evidence, speech: Speech, title: str) -> dict[str, Any]:
    """What every document of the pack says of itself."""
    return {
        "language": speech.language,
        "title": title,
        "subject": speech.say("subject"),
        "author": speech.say("author"),
        "keywords": speech.say("keywords").split(", "),
        "state_of": speech.say("state_of", day=speech.day(evidence.known_on)),
        "page_of": speech.say("page_of", page="{page}", pages="{pages}"),
        "contents": speech.say("contents"),
        "date": [evidence.known_on.year, evidence.known_on.month, evidence.known_on.day],
    }


def _about(evidence: Evidence, asked: Asked, speech: Speech) -> list[list[str]]:
    every = speech.say("about.all")
    told = [
        ("about.schemes", ", ".join(labels.scheme(speech, each) for each in asked.schemes)),
        ("about.years", ", ".join(str(year) for year in asked.years)),
        ("about.municipality", named(evidence, speech)),
        ("about.known", speech.day(evidence.known_on)),
        (
            "about.releases",
            ", ".join(f"{name} {each['version']}" for name, each in evidence.manifests.items()),
        ),
    ]
    return [[speech.say(key), value or every] for key, value in told]


def named(evidence: Evidence, speech: Speech) -> str:
    """The municipality that was asked; empty where none was."""
    one = evidence.municipality
    if one is None:
        return ""
    key = "about.region" if one.region else "about.no_region"
    return speech.say(key, name=one.name, code=one.code, region=one.region)


def _conclusions(evidence: Evidence, speech: Speech) -> list[Block]:
    """What a head of audit asks first: was it used as meant, what is wrong, what is not known."""
    answers = {
        "as_meant": _as_meant(evidence, speech),
        "wrong": _wrong(evidence, speech),
        "unknown": _unknown(evidence, speech),
    }
    return [
        blocks.heading(1, speech.say("conclusions")),
        *(
            block
            for question, said in answers.items()
            for block in (blocks.heading(2, speech.say(f"ask.{question}")), blocks.listed(said))
        ),
        *amount_tables.in_brief(evidence, speech),
    ]


def _as_meant(evidence: Evidence, speech: Speech) -> list[str]:
    if evidence.ledger.is_empty():
        return [speech.say("conclusion.empty")]
    breaches = evidence.findings.filter(pl.col("class") == "breach")
    judged_at_all = evidence.checks.filter(pl.col("status") == "judged").height
    spent = _spent(evidence, speech)
    if breaches.height:
        return [_of_class(breaches, "breach", speech), *spent]
    return [*spent, speech.say("conclusion.no_breach")] if judged_at_all else spent


def _spent(evidence: Evidence, speech: Speech) -> list[str]:
    """Of each scheme the newest period of which spending is measured; then the schemes without."""
    area = "nation" if evidence.municipality is None else "municipality"
    newest = (
        evidence.uptake.filter(
            pl.col("measure") == "spending",
            pl.col("availability") == "measured",
            pl.col("component") == "total",
            pl.col("geography") == "as_reported",
            pl.col("area_kind").is_in([area, "iza_region"] if area != "nation" else [area]),
        )
        .sort("scheme", "period")
        .unique("scheme", keep="last", maintain_order=True)
    )
    told = [
        speech.say(
            "conclusion.spent",
            scheme=labels.scheme(speech, row["scheme"]),
            period=labels.period(speech, row["period"]),
            granted=speech.euros(row["denominator"]),
            rate=speech.percent(row["rate_pct"]),
            coverage=speech.percent(row["coverage_pct"]),
        )
        for row in newest.iter_rows(named=True)
    ]
    known = set(newest["scheme"])
    without = [each for each in evidence.ledger["scheme"].unique().sort() if each not in known]
    if without:
        names = ", ".join(labels.scheme(speech, each) for each in without)
        told.append(speech.say("conclusion.unspent", schemes=names))
    return told


def _wrong(evidence: Evidence, speech: Speech) -> list[str]:
    found = evidence.findings
    if found.is_empty():
        return [speech.say("conclusion.none")]
    parts = {level: found.filter(pl.col("class") == level) for level in finding_cards.CLASSES[1:]}
    *open_ones, exceptions = parts.items()
    told = [_of_class(part, level, speech) for level, part in open_ones if part.height]
    level, part = exceptions
    if part.height:
        told.append(f"{speech.say(f'many.{level}')}: {speech.number(part.height)}.")
    return told or [speech.say("conclusion.only_breaches")]


def _of_class(findings: pl.DataFrame, level: str, speech: Speech) -> str:
    """How many there are of this judgement, and the one with the largest difference."""
    worst = finding_cards.worst_first(findings).row(0, named=True)
    return speech.say(
        "conclusion.worst",
        level=speech.say(f"many.{level}"),
        n=speech.number(findings.height),
        recipient=labels.recipient(speech, worst),
        about=labels.subject(speech, worst),
        difference=speech.euros(worst["difference_eur"]),
        rule=worst["rule"],
        cause=speech.of(worst, "cause"),
    )


def _unknown(evidence: Evidence, speech: Speech) -> list[str]:
    told = []
    known = set(amounts.deciding(evidence.ledger)["state"])
    # Of one municipality nobody states a ceiling.
    asked = amounts.STATES if evidence.municipality is None else amounts.OF_A_RECIPIENT
    absent = [amount_tables.plain(speech, state) for state in asked if state not in known]
    if absent:
        told.append(speech.say("conclusion.unknown", states=", ".join(absent)))
    told += _measured(evidence.uptake, speech)
    told += _compared(evidence.checks, speech)
    ledger = evidence.ledger
    values = {
        "entries": speech.number(ledger.height),
        "documents": speech.number(ledger.select("document_id", "document_version").n_unique()),
        "schemes": speech.number(ledger["scheme"].n_unique()),
    }
    return [*told, speech.say("conclusion.rows", **values)]


def _measured(uptake: pl.DataFrame, speech: Speech) -> list[str]:
    if uptake.is_empty():
        return []
    found = dict(uptake.group_by("availability").len().rows())
    kinds = ("measured", "not_published", "not_yet_due")
    values = {kind: speech.number(found.get(kind, 0)) for kind in kinds}
    told = [speech.say("conclusion.uptake", all=speech.number(uptake.height), **values)]
    due = uptake.filter(pl.col("availability") == "not_yet_due")["due_date"].drop_nulls().sort()
    if due.len():
        told.append(speech.say("conclusion.due", day=speech.day(due[0])))
    return told


def _compared(checks: pl.DataFrame, speech: Speech) -> list[str]:
    if checks.is_empty():
        return []
    counted = dict(checks.group_by("status").len().rows())
    kinds = ("judged", "no_data", "not_due")
    values = {kind: speech.number(counted.get(kind, 0)) for kind in kinds}
    return [speech.say("conclusion.checks", all=speech.number(checks.height), **values)]
