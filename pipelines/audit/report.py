"""The report: its sections in their order, each with the blocks a reader sees.

What belongs here: the order, and the conclusions on the first page. What does not: the other sections (a
module each), how it looks (`*.typ`), the words (`words.yaml`).
"""

from __future__ import annotations

from typing import Any

import polars as pl

from pipelines.audit import amounts, annex, blocks, judged, naming, rules, summed, taken_up
from pipelines.audit.blocks import Block
from pipelines.audit.choosing import Asked, Evidence
from pipelines.audit.speaking import Speech


def report(evidence: Evidence, asked: Asked, speech: Speech) -> dict[str, Any]:
    """All that the template needs. Every number in it is a sum or a cell of the tables of the pack."""
    return {
        **frame(evidence, speech, speech.say("title")),
        "about": _about(evidence, asked, speech),
        "blocks": [
            *_conclusions(evidence, speech),
            *summed.section(evidence, speech),
            *taken_up.section(evidence.uptake, speech, areas=evidence.municipality is not None),
            *judged.section(evidence.findings, speech),
            *rules.section(evidence.checks, speech),
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
        ("about.schemes", ", ".join(naming.scheme(speech, each) for each in asked.schemes)),
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
    said = [*_known(evidence, speech), *_measured(evidence, speech), *_judged(evidence, speech)]
    return [
        blocks.heading(1, speech.say("conclusions")),
        blocks.listed(said),
        *summed.in_brief(evidence, speech),
    ]


def _known(evidence: Evidence, speech: Speech) -> list[str]:
    ledger = evidence.ledger
    if ledger.is_empty():
        return [speech.say("conclusion.empty")]
    values = {
        "entries": speech.number(ledger.height),
        "documents": speech.number(ledger.select("document_id", "document_version").n_unique()),
        "schemes": speech.number(ledger["scheme"].n_unique()),
    }
    told = [speech.say("conclusion.rows", **values)]
    known = set(amounts.deciding(ledger)["state"])
    # Of one municipality nobody states a ceiling.
    asked = amounts.STATES if evidence.municipality is None else amounts.OF_A_RECIPIENT
    absent = [summed.plain(speech, state) for state in asked if state not in known]
    if absent:
        told.append(speech.say("conclusion.unknown", states=", ".join(absent)))
    return told


def _measured(evidence: Evidence, speech: Speech) -> list[str]:
    uptake = evidence.uptake
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


def _judged(evidence: Evidence, speech: Speech) -> list[str]:
    found = evidence.findings
    told = []
    if found.is_empty():
        told.append(speech.say("conclusion.none"))
    else:
        numbers = {name: speech.number(n) for name, n in judged.counts(found).items()}
        told.append(speech.say("conclusion.findings", all=speech.number(found.height), **numbers))
        worst = judged.worst_first(found).row(0, named=True)
        told.append(
            speech.say(
                "conclusion.worst",
                recipient=naming.recipient(speech, worst),
                scheme=naming.scheme(speech, worst["scheme"]),
                period=naming.period(speech, worst["period"]),
                difference=speech.euros(worst["difference_eur"]),
                rule=worst["rule"],
                cause=speech.of(worst, "cause"),
            )
        )
    if evidence.checks.height:
        counted = dict(evidence.checks.group_by("status").len().rows())
        values = {
            kind: speech.number(counted.get(kind, 0)) for kind in ("judged", "no_data", "not_due")
        }
        every = speech.number(evidence.checks.height)
        told.append(speech.say("conclusion.checks", all=every, **values))
    return told
