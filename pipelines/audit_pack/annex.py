"""The last sections of the report: deadlines ahead, method, and the releases and documents it is from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from pipelines.audit_pack import blocks, labels, provenance
from pipelines.audit_pack.blocks import Block
from pipelines.audit_pack.language import Speech
from pipelines.audit_pack.selection import Asked, Evidence

TERMS, DOCUMENTS = 40, 120


def ahead(evidence: Evidence) -> pl.DataFrame:
    """Deadlines on or after the day of knowledge, the nearest first; of a municipality, of its schemes."""
    # A moment may be as rough as a year; its last day may still be ahead.
    still = pl.col("date_to") >= pl.lit(evidence.known_on.isoformat()).str.head(
        pl.col("date_to").str.len_chars()
    )
    own = own_schemes(evidence)
    said = pl.lit(True) if own is None else pl.col("scheme").is_in(own)
    return evidence.terms.filter(still, said).sort("date_to", "scheme", "kind", "term", "period")


def own_schemes(evidence: Evidence) -> list[str] | None:
    """The schemes that say something of the municipality that was asked; None where none was asked."""
    if evidence.municipality is None:
        return None
    return evidence.ledger["scheme"].unique().sort().to_list()


def term(speech: Speech, row: dict[str, Any]) -> str:
    """What is due, in words, with its period."""
    return f"{speech.code('kind', row['kind'])}, {labels.period(speech, row['period'])}"


def terms(evidence: Evidence, speech: Speech) -> list[Block]:
    """The section on deadlines."""
    coming = ahead(evidence)
    title = blocks.heading(1, speech.say("terms"))
    if coming.is_empty():
        return [title, blocks.text(speech.say("terms.none"))]
    heads = [
        blocks.head(speech.say("head.day")),
        blocks.head(speech.say("head.scheme"), "2"),
        blocks.head(speech.say("head.kind"), "2"),
        blocks.head(speech.say("head.source"), "3"),
    ]
    rows = [
        [
            speech.day(row["date_to"]),
            labels.scheme(speech, row["scheme"]),
            term(speech, row),
            row["source"],
        ]
        for row in coming.head(TERMS).iter_rows(named=True)
    ]
    return [title, blocks.table(heads, rows), *_more(speech, coming.height - TERMS)]


def method(evidence: Evidence, asked: Asked, speech: Speech) -> list[Block]:
    """The section on method."""
    told = [speech.say(f"method.{n}") for n in range(1, 7)]
    if evidence.municipality and evidence.municipality.region:
        told.append(speech.say("method.region"))
    if asked.as_of:
        told.append(speech.say("method.as_of", day=speech.day(asked.as_of)))
    return [
        blocks.heading(1, speech.say("method")),
        *(blocks.text(sentence) for sentence in told),
    ]


def versions(evidence: Evidence, speech: Speech) -> list[Block]:
    """The section on releases, program and documents."""
    releases = [
        [name, str(each["version"]), speech.day(_date(each)), str(each["content_sha256"])]
        for name, each in evidence.manifests.items()
    ]
    documents = provenance.documents(evidence)
    rows = [
        [
            blocks.noted(row["document_id"], row["source_sha256"]),
            row["document_version"],
            speech.day(row["visible_from"]),
            speech.number(row["entries"]),
        ]
        for row in documents.head(DOCUMENTS).iter_rows(named=True)
    ]
    code = provenance.code()
    return [
        blocks.heading(1, speech.say("versions")),
        blocks.heading(2, speech.say("versions.releases")),
        blocks.table(
            [
                blocks.head(speech.say("head.dataset")),
                blocks.head(speech.say("head.version")),
                blocks.head(speech.say("about.known")),
                blocks.head(speech.say("head.content"), "1"),
            ],
            releases,
        ),
        blocks.heading(2, speech.say("versions.code")),
        blocks.facts(
            (speech.say(f"code.{name}"), str(code[name]))
            for name in ("voorkant", "code_sha256", "lock_sha256")
        ),
        blocks.heading(2, speech.say("versions.documents")),
        blocks.text(speech.say("versions.note"), note=True),
        blocks.table(
            [
                blocks.head(speech.say("head.document"), "1"),
                blocks.head(speech.say("head.version")),
                blocks.head(speech.say("head.visible")),
                blocks.head(speech.say("head.entries"), right=True),
            ],
            rows,
        ),
        *_more(speech, documents.height - DOCUMENTS),
    ]


def _date(manifest: Mapping[str, Any]) -> date:
    return date.fromisoformat(str(manifest["published_at"])[:10])


def _more(speech: Speech, more: int) -> list[Block]:
    words = speech.say("more_rows", n=speech.number(max(more, 0)))
    return [blocks.text(words, note=True)] if more > 0 else []
