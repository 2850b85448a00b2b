"""What the official shapes miss in a catalogue, as functions from graphs to faults.

Tried by planting: a made-up theme or licence, a title in one language, a date that is a text, a catalogue
that is none because of a typing error, a link to nothing, and a size or hash of another file.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.validators.standards import STANDARDS

rdflib = pytest.importorskip("rdflib")
DCAT, DCT = rdflib.DCAT, rdflib.DCTERMS
ADMS = rdflib.Namespace("http://www.w3.org/ns/adms#")
SPDX = rdflib.Namespace("http://spdx.org/rdf/terms#")
_EU = "http://publications.europa.eu/resource/authority/"

# Lists that are not saved beside the standards, in the terms that we use.
_STATUSES = {"COMPLETED", "DEPRECATED", "DEVELOP", "WITHDRAWN"}
_SMALL_LISTS = {
    DCT.accessRights: {f"{_EU}access-right/PUBLIC"},
    DCT.language: {f"{_EU}language/NLD", f"{_EU}language/ENG"},
    DCT.license: {"http://creativecommons.org/licenses/by/4.0/deed.nl"},
    SPDX.algorithm: {"http://spdx.org/rdf/terms#checksumAlgorithm_sha256"},
    ADMS.status: {
        f"{_EU}{kind}-status/{status}"
        for kind in ("dataset", "distribution")
        for status in _STATUSES
    },
    DCAT.mediaType: {
        "https://www.iana.org/assignments/media-types/application/vnd.apache.parquet",
        "https://www.iana.org/assignments/media-types/text/csv",
        "https://www.iana.org/assignments/media-types/"
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    },
    DCAT.compressFormat: {"https://www.iana.org/assignments/media-types/application/gzip"},
}
_SAVED_LISTS = {
    DCAT.theme: "data-theme",
    DCT.accrualPeriodicity: "frequencies",
    DCT.spatial: "countries",
    DCT.format: "filetypes",
}
_DATES = {
    rdflib.XSD.date: re.compile(r"\d{4}-\d\d-\d\d"),
    rdflib.XSD.dateTime: re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|\+00:00)"),
    rdflib.XSD.gYear: re.compile(r"\d{4}"),
}


def unknown_terms(graph: Any) -> Iterator[str]:
    """Values of controlled properties that are in no list."""
    for predicate, allowed in _SMALL_LISTS.items():
        for subject, term in graph.subject_objects(predicate):
            if str(term) not in allowed:
                yield f"{subject}: {term} is no value of {predicate}"
    for predicate, name in _SAVED_LISTS.items():
        path = STANDARDS / f"eu-vocabularies/{name}.slim.ttl"
        if not path.exists():
            pytest.skip(f"the list {name} is not next to the repository (../shared)")
        known = path.read_text("utf-8")
        for subject, term in graph.subject_objects(predicate):
            if f"\n<{term}> a skos:Concept" not in known:
                yield f"{subject}: {term} is not in the list {name}"


def one_language(graph: Any) -> Iterator[str]:
    """Titles, descriptions and notes that are not there in Dutch and in English, once each."""
    required = (DCT.title, DCT.description, ADMS.versionNotes)
    for predicate in required:
        for subject in set(graph.subjects(predicate)):
            spoken = sorted(str(text.language) for text in graph.objects(subject, predicate))
            if spoken != ["en", "nl"]:
                yield f"{subject}: {predicate} in {spoken}"
    for subject in graph.subjects(rdflib.RDF.type, DCAT.Dataset):
        for predicate in required:
            if (subject, predicate, None) not in graph:
                yield f"{subject}: no {predicate}"


def wrong_dates(graph: Any) -> Iterator[str]:
    """Dates that are not written as their type says, or that have no type of dates."""
    for predicate in (DCT.issued, DCT.modified, DCAT.startDate, DCAT.endDate):
        for subject, value in graph.subject_objects(predicate):
            form = _DATES.get(value.datatype)
            if form is None or not form.fullmatch(str(value)):
                yield f"{subject}: {predicate} is {value!r}"


def not_one_catalogue(graph: Any) -> Iterator[str]:
    """Anything but exactly one `dcat:Catalog`, and a dataset that is not listed in it."""
    catalogues = list(graph.subjects(rdflib.RDF.type, DCAT.Catalog))
    if len(catalogues) != 1:
        yield f"{len(catalogues)} catalogues"
    described = set(graph.subjects(rdflib.RDF.type, DCAT.Dataset))
    listed = set(graph.objects(None, DCAT.dataset))
    yield from (f"{each} is not in the catalogue" for each in sorted(described - listed))


def dangling(graph: Any, root: Path, base: str) -> Iterator[str]:
    """Our own names that are neither described in the graph nor a file of the publication."""
    subjects = set(graph.subjects())
    for subject, predicate, term in graph:
        ours = isinstance(term, rdflib.URIRef) and term.startswith(base)
        if ours and term not in subjects and not (root / term.removeprefix(base)).is_file():
            yield f"{subject}: {predicate} leads to {term}, which is not there"


def other_files(graph: Any, root: Path, base: str) -> Iterator[str]:
    """Sizes and hashes that are not those of the file at the address."""
    for form in graph.subjects(rdflib.RDF.type, DCAT.Distribution):
        path = root / str(graph.value(form, DCAT.downloadURL)).removeprefix(base)
        content = path.read_bytes() if path.is_file() else None
        if content is None:
            yield f"{form}: there is no file {path.name}"
            continue
        if str(graph.value(form, DCAT.byteSize)) != str(len(content)):
            yield f"{form}: the size is another"
        checksum = graph.value(form, SPDX.checksum)
        if str(graph.value(checksum, SPDX.checksumValue)) != hashlib.sha256(content).hexdigest():
            yield f"{form}: the sha256 is another"
