"""The validators of the standards: functions from a file or folder to the faults they found in it.

Shapes and schemas are not part of the repository (see `material`); libraries are looked up when they are
needed. A test that lacks either is skipped, with the reason.
"""

from __future__ import annotations

import gzip
import json
import logging
import shutil
import sys
import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from tests.support.material import MATERIAL
from tests.support.proof import size

STANDARDS = MATERIAL.parent / "standards"


def _standard(path: str) -> Path:
    found = STANDARDS / path
    if not found.exists():
        pytest.skip(f"the standard {path} is not next to the repository (../shared)")
    return found


# --- JSON Schema ---------------------------------------------------------------------------------


def _against(schema: Path, content: Any) -> list[str]:
    jsonschema = pytest.importorskip("jsonschema")
    rules = json.loads(schema.read_text("utf-8"))
    validator = jsonschema.validators.validator_for(rules)(rules)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(content)]


def package_faults(folder: Path) -> list[str]:
    """The profile of Data Package v2."""
    return _against(
        _standard("datapackage-2.0/datapackage.json"),
        json.loads((folder / "datapackage.json").read_text("utf-8")),
    )


def odcs_faults(folder: Path) -> list[str]:
    """The Open Data Contract Standard, in both versions at hand."""
    content = yaml.safe_load((folder / "contract.odcs.yaml").read_text("utf-8"))
    return [
        fault
        for schema in ("odcs-json-schema-v3.1.0.json", "odcs-3.2.0.schema.json")
        for fault in _against(_standard(f"odcs/{schema}"), content)
    ]


def citation_faults(folder: Path) -> list[str]:
    """The schema of the Citation File Format."""
    content = yaml.safe_load((folder / "CITATION.cff").read_text("utf-8"))
    return _against(_standard("citation-cff-1.2.0/schema.json"), content)


def datacite_faults(folder: Path) -> list[str]:
    """DataCite 4.5, by schema and by library. Without a DOI a record is a draft."""
    content = json.loads((folder / "datacite.json").read_text("utf-8"))
    datacite = pytest.importorskip("datacite.schema45")
    known = [error.message for error in datacite.validator.iter_errors(content)]
    return [*known, *_against(_standard("datacite-4.5/datacite-v4.5.json"), content)]


def catalog_faults(root: Path) -> list[str]:
    """`catalog.json` against the schema that lies beside it."""
    content = json.loads((root / "catalog.json").read_text("utf-8"))
    return _against(root / "catalog.schema.json", content)


# --- rows ----------------------------------------------------------------------------------------


def csv_faults(folder: Path) -> list[str]:
    """Frictionless over every CSV: bytes, hash, types, required, closed lists, key."""
    frictionless = pytest.importorskip("frictionless")
    package = json.loads((folder / "datapackage.json").read_text("utf-8"))
    package["resources"] = [each for each in package["resources"] if each["format"] == "csv"]
    assert package["resources"], "no CSV to look at"
    report = frictionless.Package(package, basepath=str(folder)).validate()
    return [f"{kind}: {message}" for kind, message in report.flatten(["type", "message"])]


def croissant_faults(folder: Path) -> list[str]:
    """Mlcroissant: what it says of the description, and the first row of every table, read by it.

    Files are those of the folder, also where the description gives them an address on the network.
    """
    mlcroissant = pytest.importorskip("mlcroissant")
    from absl import logging as absl

    # It keeps the stream of the moment it was imported, here one of pytest's, and closes that when somebody
    # configures logging while another test captures what is said.
    absl.get_absl_handler().python_handler.setStream(sys.__stderr__)
    content = json.loads((folder / "croissant.json").read_text("utf-8"))
    beside = {each["@id"]: str(folder / each["@id"]) for each in content["distribution"]}
    messages: list[str] = []
    # It speaks through the loggers of two libraries; a warning counts as a fault.
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: messages.append(record.getMessage())  # type: ignore[method-assign]
    speakers = [logging.getLogger(name) for name in ("absl", None)]
    for speaker in speakers:
        speaker.addHandler(handler)
    try:
        dataset = mlcroissant.Dataset(jsonld=str(folder / "croissant.json"), mapping=beside)
        for table in dataset.metadata.record_sets:
            row = next(iter(dataset.records(table.uuid)), None)
            if row is None:
                if pl.scan_parquet(folder / f"{table.uuid}.parquet").head(1).collect().height:
                    messages.append(f"{table.uuid}: no row came")
            elif len(row) != len(table.fields):
                messages.append(f"{table.uuid}: {len(row)} of {len(table.fields)} columns came")
    except Exception as error:
        messages.append(f"{type(error).__name__}: {error} {error.__cause__!r}")
    finally:
        for speaker in speakers:
            speaker.removeHandler(handler)
    return messages


_AT_MOST = size(4_000, 20_000)  # rows of a table that are read cell by cell in Python


def csvw_faults(folder: Path, workplace: Path) -> list[str]:
    """CSV on the Web: the description and every cell. Compressed files are unpacked in `workplace`.

    Of a large table every so many rows, evenly; frictionless reads all of them.
    """
    csvw = pytest.importorskip("csvw")
    for path in folder.glob("*.csv*"):
        if path.suffix == ".gz":
            head, *rows = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
            chosen = rows[:: len(rows) // _AT_MOST + 1]
            (workplace / path.stem).write_bytes(b"".join([head, *chosen]))
        else:
            shutil.copy(path, workplace / path.name)
    shutil.copy(folder / "csv-metadata.json", workplace)
    faults: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            read = csvw.CSVW(str(workplace / "csv-metadata.json"), validate=True)
            # What its `is_valid` looks at, in one strict pass over the rows instead of two.
            for table in read.tables:
                names = table.tableSchema.primaryKey
                keys = [tuple(row[n] for n in names) for row in table.iterdicts()]
                if len(set(keys)) != len(keys):
                    faults.append(f"{table.url}: duplicate primary key")
        except Exception as error:
            return [f"{type(error).__name__}: {error}"]
    return [*faults, *(str(each.message) for each in [*read.warnings, *caught])]


# --- shapes --------------------------------------------------------------------------------------

_NL = "dcat-ap-nl-3.0.1/shapes"
_NL_ALL = (
    f"{_NL}/dcat-ap-SHACL.ttl",
    f"{_NL}/dcat-ap-nl-SHACL.ttl",
    f"{_NL}/dcat-ap-nl-SHACL-klassebereik.ttl",
    f"{_NL}/dcat-ap-nl-SHACL-klassebereik-codelijsten.ttl",
    f"{_NL}/dcat-ap-nl-SHACL-aanbevolen.ttl",
)
_EU = "http://publications.europa.eu/resource/authority/"
_DCT = "http://purl.org/dc/terms/"
# The class of a term in a list that is not in our graph; the shapes ask for it.
_CLASSES = {
    f"{_EU}access-right/": f"{_DCT}RightsStatement",
    f"{_EU}country/": f"{_DCT}Location",
    f"{_EU}data-theme/": "http://www.w3.org/2004/02/skos/core#Concept",
    f"{_EU}dataset-status/": "http://www.w3.org/2004/02/skos/core#Concept",
    f"{_EU}distribution-status/": "http://www.w3.org/2004/02/skos/core#Concept",
    f"{_EU}file-type/": f"{_DCT}MediaTypeOrExtent",
    f"{_EU}frequency/": f"{_DCT}Frequency",
    f"{_EU}language/": f"{_DCT}LinguisticSystem",
    "http://creativecommons.org/licenses/": f"{_DCT}LicenseDocument",
    "http://spdx.org/rdf/terms#checksumAlgorithm_": "http://spdx.org/rdf/terms#ChecksumAlgorithm",
    "https://www.iana.org/assignments/media-types/": f"{_DCT}MediaType",
}


@cache
def _shapes(*files: str) -> Any:
    """Shapes without the two things that pyshacl cannot run: see the notes beside the standards."""
    rdflib = pytest.importorskip("rdflib")
    shapes = rdflib.Graph()
    for file in files:
        shapes.parse(_standard(file))
    sh = rdflib.SH
    for triple in list(shapes.triples((None, sh.property, None))):
        if (triple[2], sh.path, None) not in shapes:
            shapes.remove(triple)
    for component in list(shapes.subjects(rdflib.RDF.type, sh.ConstraintComponent)):
        shapes.remove((component, None, None))
    return shapes


def dcat_faults(path: Path) -> list[str]:
    """DCAT-AP-NL, all shapes. A recommendation counts too, but for one: files need no access service."""
    rdflib = pytest.importorskip("rdflib")
    graph = rdflib.Graph().parse(path)
    for term in set(graph.objects()):
        for start, kind in _CLASSES.items():
            if isinstance(term, rdflib.URIRef) and term.startswith(start):
                graph.add((term, rdflib.RDF.type, rdflib.URIRef(kind)))
                graph.add((term, rdflib.SKOS.prefLabel, rdflib.Literal("-", lang="nl")))
    faults = _violations(graph, _shapes(*_NL_ALL), {"Violation", "Warning"})
    return [fault for fault in faults if "dcat#accessService" not in fault]


def nde_faults(path: Path) -> list[str]:
    """The shapes of the Dutch heritage network for schema.org/Dataset; what is of no use to us counts too."""
    rdflib = pytest.importorskip("rdflib")
    content = json.loads(path.read_text("utf-8"))
    assert content["@context"] == "https://schema.org/", "a search engine reads no other context"
    # The part of that context that matters here; the whole one needs the network.
    addresses = (
        "about", "contentUrl", "includedInDataCatalog", "license", "mainEntityOfPage", "sameAs",
        "spatialCoverage", "url",
    )  # fmt: skip
    content["@context"] = {"@vocab": "https://schema.org/"} | {
        name: {"@type": "@id"} for name in addresses
    }
    graph = rdflib.Graph().parse(data=json.dumps(content), format="json-ld")
    shapes = _shapes("nde-schema-org-dataset/shacl.ttl")
    return _violations(graph, shapes, {"Violation", "Warning", "Info"})


def _violations(graph: Any, shapes: Any, severities: set[str]) -> list[str]:
    pyshacl = pytest.importorskip("pyshacl")
    rdflib = pytest.importorskip("rdflib")
    _, report, _ = pyshacl.validate(graph, shacl_graph=shapes)

    def faults() -> Iterator[str]:
        for result in report.subjects(rdflib.RDF.type, rdflib.SH.ValidationResult):
            severity = str(report.value(result, rdflib.SH.resultSeverity)).rpartition("#")[2]
            if severity in severities:
                place = [
                    report.value(result, each)
                    for each in (rdflib.SH.focusNode, rdflib.SH.resultPath, rdflib.SH.value)
                ]
                yield " ".join([severity, *(str(each) for each in place if each is not None)])

    return sorted(faults())
