"""Consolidated regulations (Basiswettenbestand): a manifest, and one XML body per expression.

What belongs here: the manifest with the dates of each expression, and every table of every
expression as one frame of cells. What does not: spans and headers of tables (`cals`), and what a
cell means.

An expression has two pairs of dates. Visible: on which days a reader could see this text. Effective:
on which days it was the law. A retroactive change is visible later than it is effective, so one
effective day has several texts, and one visible day may bring several. The label (`2023-11-11_0`) is
a name and nothing more: its date may be either.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import polars as pl

from assets.ingest.archive import Archive, Capture
from assets.ingest.capture_comparison import Profile
from assets.ingest.connectors import cals
from assets.ingest.connectors.bodies import bodies, not_its_format
from assets.ingest.connectors.cals import cells
from assets.ingest.connectors.xmltext import parse, words
from assets.ingest.messages import Answer, Fetch, Page, Planned, Request, side_by_side
from assets.ingest.registry import Source, SourceTable
from expectations.errors import VoorkantError

__all__ = [
    "COLUMNS",
    "Expression",
    "cells",
    "collect",
    "expressions",
    "parse",
    "plan",
    "read_cells",
    "words",
]

COLUMNS = (
    "regulation_id",
    "label",
    "version",
    "visible_from",
    "visible_to",
    "effective_from",
    "effective_to",
    *cals.COLUMNS,
    "_capture",
    "_locator",
)

_LABEL = re.compile(r"\d{4}-\d{2}-\d{2}_\d+")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_SIZE = re.compile(r"[0-9]{1,12}")
_SHA512 = re.compile(r"[0-9a-f]{128}")


@dataclass(frozen=True, slots=True)
class Expression:
    """One dated state of a regulation, as the manifest names it. Days may be empty, never wrong.

    version: the day it became visible; with more behind it where several did on that day.
    size, hashcode: number of bytes of its XML and their SHA-512, where the manifest tells them.
    """

    label: str
    item: str
    visible_from: str
    effective_from: str
    visible_to: str = ""
    effective_to: str = ""
    version: str = ""
    size: str = ""
    hashcode: str = ""

    @property
    def retroactive(self) -> bool:
        """Whether it was the law before anyone could read it."""
        return bool(self.visible_from and self.effective_from < self.visible_from)


def collect(source: Source, fetch: Fetch) -> list[Answer]:
    """The manifest of every regulation, then every expression that was not deleted."""
    found = side_by_side(
        lambda table: _regulation(source, table, fetch), source.tables, source.limits.concurrency
    )
    return [answer for answers in found for answer in answers]


def plan(source: Source) -> list[Planned]:
    """The manifests; their expressions follow from them."""
    then = "then follows every expression with XML that it names: {}/<label>/xml/<item>"
    return [
        Planned(_manifest(source, table), then.format(f"{source.base_url}/{table.id}"))
        for table in source.tables
    ]


def _manifest(source: Source, table: SourceTable) -> Request:
    return Request(f"{table.id}/manifest", f"{source.base_url}/{table.id}/manifest.xml")


def _regulation(source: Source, table: SourceTable, fetch: Fetch) -> list[Answer]:
    manifest = fetch(_manifest(source, table))
    body = manifest.body
    answers: list[Answer] = [manifest]
    state = hashlib.sha256(body).hexdigest()
    for expression in expressions(body, source.id, manifest.request.name, manifest.request.url):
        url = f"{source.base_url}/{table.id}/{expression.label}/xml/{expression.item}"
        request = Request(f"{table.id}/{expression.label}", url, version=state)
        answer = fetch(request)
        try:
            parse(answer.body, source.id, request.name, url=url)
        except VoorkantError:
            # Perhaps what an interrupted capture left in the journal: request it again, from the source.
            answer = fetch(replace(request, fresh=True))
            parse(answer.body, source.id, request.name, url=url)
        answers.append(replace(answer, published_at=expression.visible_from))
    return answers


def profile(
    plain: Profile, archive: Archive, capture: Capture, source: Source, seen: Mapping[str, Page]
) -> Profile:
    """The profile with its versions as codes: a version that is gone is a code gone."""
    del source, seen
    names = (entry.name.partition("/") for entry in capture.entries)
    versions = tuple(version for table, _, version in names if table == plain.table)
    unlike = unlike_manifest(archive, capture, plain.table)
    return replace(plain, version=None, codes={"versions": versions}, unlike=unlike)


def unlike_manifest(archive: Archive, capture: Capture, regulation_id: str) -> tuple[str, ...]:
    """The captured expressions of which the manifest tells another size or SHA-512, by label.

    That the hash is a SHA-512 is not documented, and manifests are known to lag behind their texts: so
    this is reported and refuses nothing. A hash of another length is of a kind we do not know.
    """
    (listed,) = capture.named(f"{regulation_id}/manifest")
    unlike = []
    for expression in expressions(archive.read(listed.sha256), capture.source, listed.name):
        for entry in capture.named(f"{regulation_id}/{expression.label}"):
            body = archive.read(entry.sha256)
            size = _SIZE.fullmatch(expression.size) and int(expression.size) != len(body)
            hashed = _SHA512.fullmatch(expression.hashcode)
            if size or (hashed and expression.hashcode != hashlib.sha512(body).hexdigest()):
                unlike.append(expression.label)
    return tuple(unlike)


def read_cells(archive: Archive, capture: Capture, regulation_id: str) -> pl.DataFrame:
    """Every cell of every table of every captured expression of a regulation, as text."""
    rows: list[tuple[str | None, ...]] = []
    manifest_name = f"{regulation_id}/manifest"
    for _, manifest in bodies(archive, capture, manifest_name):
        for expression in expressions(manifest, capture.source, manifest_name):
            name = f"{regulation_id}/{expression.label}"
            state = (
                regulation_id,
                expression.label,
                expression.version,
                expression.visible_from,
                expression.visible_to,
                expression.effective_from,
                expression.effective_to,
            )
            for entry, body in bodies(archive, capture, name):
                rows += [
                    (*state, *cell.as_row(), entry.sha256, cell.locator)
                    for cell in cells(parse(body, capture.source, name))
                ]
    return pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String), orient="row")


def expressions(manifest: bytes, source: str, name: str, url: str = "") -> list[Expression]:
    """The expressions with an XML body, in the order of the manifest. Raises VK-S004."""

    def malformed(why: str) -> VoorkantError:
        return not_its_format(source, name, 1, manifest, why, url)

    root = parse(manifest, source, name, url=url)
    if root.tag != "work":
        raise malformed("The answer is XML, but not a manifest.")
    found = []
    for expression in root.iter("expression"):
        label = expression.get("label", "")
        items = [
            item.get("label", "")
            for manifestation in expression.iter("manifestation")
            for item in manifestation.iter("item")
            if manifestation.get("label") == "xml"
            and "true" not in (e.get("_deleted") for e in (expression, manifestation, item))
        ]
        days = [
            expression.findtext(f"metadata/{element}", "").strip()
            for element in (
                "zichtdatum_start",
                "datum_inwerkingtreding",
                "zichtdatum_eind",
                "einddatum",
            )
        ]
        size, hashcode = (
            expression.findtext(f"manifestation[@label='xml']/metadata/{element}", "").strip()
            for element in ("size", "hashcode")
        )
        for item in items:
            # Both become part of an address and of a file name: only the known form may pass.
            if not _LABEL.fullmatch(label) or not re.fullmatch(r"[\w.-]+\.xml", item):
                why = f"The manifest names an expression in an unknown form: {label!r}, {item!r}."
                raise malformed(why)
            if wrong_days := [day for day in days if day and not _DAY.fullmatch(day)]:
                why = f"The manifest dates the expression {label!r} with {wrong_days[0]!r}."
                raise malformed(why)
            state = Expression(label, item, *days)
            found.append(replace(state, size=size, hashcode=hashcode.lower()))
    labels = Counter(expression.label for expression in found)
    if twice := [label for label, number in labels.items() if number > 1]:
        raise malformed(f"The manifest names the expression {twice[0]!r} twice.")
    return _versioned(found)


def _versioned(found: Iterable[Expression]) -> list[Expression]:
    """Give each its version: never the same for two, and the visible day alone where that will do."""
    found = list(found)
    visible = Counter(each.visible_from for each in found)
    both = Counter((each.visible_from, each.effective_from) for each in found)

    def version(each: Expression) -> str:
        if not each.visible_from:
            return each.label
        if visible[each.visible_from] == 1:
            return each.visible_from
        alone = each.effective_from and both[each.visible_from, each.effective_from] == 1
        return f"{each.visible_from} ({each.effective_from if alone else each.label})"

    return [replace(each, version=version(each)) for each in found]
