"""The last sections of the report: upcoming deadlines, method, releases and documents."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from pipelines.audit_pack import blocks, labels, provenance
from pipelines.audit_pack.blocks import Block
from pipelines.audit_pack.language import Localizer
from pipelines.audit_pack.pack_data import PackData, PackRequest

TERMS, DOCUMENTS = 40, 120


def ahead(data: PackData) -> pl.DataFrame:
    """Deadlines on or after the day of knowledge, nearest first; for a municipality only its schemes."""
    # A moment may be as coarse as a year, whose last day is still to come.
    still = pl.col("date_to") >= pl.lit(data.known_on.isoformat()).str.head(
        pl.col("date_to").str.len_chars()
    )
    own = own_schemes(data)
    own_or_all = pl.lit(True) if own is None else pl.col("scheme").is_in(own)
    return data.terms.filter(still, own_or_all).sort("date_to", "scheme", "kind", "term", "period")


def own_schemes(data: PackData) -> list[str] | None:
    """The schemes with entries for the requested municipality; None without a municipality."""
    if data.municipality is None:
        return None
    return data.ledger["scheme"].unique().sort().to_list()


def term(localizer: Localizer, row: dict[str, Any]) -> str:
    """What is due, in words, with its period."""
    return f"{localizer.code('kind', row['kind'])}, {labels.period(localizer, row['period'])}"


def terms(data: PackData, localizer: Localizer) -> list[Block]:
    """The section on deadlines."""
    coming = ahead(data)
    title = blocks.heading(1, localizer.text("terms"))
    if coming.is_empty():
        return [title, blocks.text(localizer.text("terms.none"))]
    heads = [
        blocks.head(localizer.text("head.day")),
        blocks.head(localizer.text("head.scheme"), "2"),
        blocks.head(localizer.text("head.kind"), "2"),
        blocks.head(localizer.text("head.source"), "3"),
    ]
    rows = [
        [
            localizer.day(row["date_to"]),
            labels.scheme(localizer, row["scheme"]),
            term(localizer, row),
            row["source"],
        ]
        for row in coming.head(TERMS).iter_rows(named=True)
    ]
    return [title, blocks.table(heads, rows), *_more(localizer, coming.height - TERMS)]


def method(data: PackData, request: PackRequest, localizer: Localizer) -> list[Block]:
    """The section on method."""
    sentences = [localizer.text(f"method.{n}") for n in range(1, 7)]
    if data.municipality and data.municipality.region:
        sentences.append(localizer.text("method.region"))
    if request.as_of:
        sentences.append(localizer.text("method.as_of", day=localizer.day(request.as_of)))
    return [
        blocks.heading(1, localizer.text("method")),
        *(blocks.text(sentence) for sentence in sentences),
    ]


def versions(data: PackData, localizer: Localizer) -> list[Block]:
    """The section on releases, program and documents."""
    releases = [
        [name, str(each["version"]), localizer.day(_date(each)), str(each["content_sha256"])]
        for name, each in data.manifests.items()
    ]
    documents = provenance.documents(data)
    rows = [
        [
            blocks.noted(row["document_id"], row["source_sha256"]),
            row["document_version"],
            localizer.day(row["visible_from"]),
            localizer.number(row["entries"]),
        ]
        for row in documents.head(DOCUMENTS).iter_rows(named=True)
    ]
    code = provenance.code()
    return [
        blocks.heading(1, localizer.text("versions")),
        blocks.heading(2, localizer.text("versions.releases")),
        blocks.table(
            [
                blocks.head(localizer.text("head.dataset")),
                blocks.head(localizer.text("head.version")),
                blocks.head(localizer.text("about.known")),
                blocks.head(localizer.text("head.content"), "1"),
            ],
            releases,
        ),
        blocks.heading(2, localizer.text("versions.code")),
        blocks.facts(
            (localizer.text(f"code.{name}"), str(code[name]))
            for name in ("voorkant", "code_sha256", "lock_sha256")
        ),
        blocks.heading(2, localizer.text("versions.documents")),
        blocks.text(localizer.text("versions.note"), note=True),
        blocks.table(
            [
                blocks.head(localizer.text("head.document"), "1"),
                blocks.head(localizer.text("head.version")),
                blocks.head(localizer.text("head.visible")),
                blocks.head(localizer.text("head.entries"), right=True),
            ],
            rows,
        ),
        *_more(localizer, documents.height - DOCUMENTS),
    ]


def _date(manifest: Mapping[str, Any]) -> date:
    return date.fromisoformat(str(manifest["published_at"])[:10])


def _more(localizer: Localizer, more: int) -> list[Block]:
    words = localizer.text("more_rows", n=localizer.number(max(more, 0)))
    return [blocks.text(words, note=True)] if more > 0 else []
