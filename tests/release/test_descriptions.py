"""Every description of the real releases meets its standard, and each check finds a planted fault."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from expectations.contract import contracts
from expectations.paths import ROOT
from pipelines.publish import release_reader
from pipelines.publish.metadata import DESCRIPTIONS
from pipelines.publish.metadata.publication import Publication, publication
from pipelines.publish.metadata.release_facts import ReleaseFacts, table_files
from tests.support.releases.published_trees import describe_into, newest
from tests.support.validators import standards
from tests.support.validators.environments import run_in

DATASETS = sorted(path.parent.name for path in ROOT.glob("datasets/*/contract.yaml"))
# Small, and with a key that may hold empty cells; small, and with a key that may not.
OPEN_KEY, CLOSED_KEY = "care_spending", "prevention_share"

Check = Callable[[Path, Path], list[str]]
_SECTION = re.MULTILINE | re.DOTALL


def by_cffconvert(folder: Path, _: Path) -> list[str]:
    answer = run_in("cffconvert", "cffconvert", "--validate", "-i", "CITATION.cff", cwd=folder)
    return [] if answer.returncode == 0 else [answer.stdout + answer.stderr]


def by_nde(folder: Path, _: Path) -> list[str]:
    """All that its shapes say, but for what is not yet known about the publisher."""
    who = publication().publisher
    open_yet = {"schema.org/contactPoint": who.email, "schema.org/identifier": who.uri}
    return [
        fault
        for fault in standards.nde_faults(folder / "schema-org.jsonld")
        if not any(name in fault for name, known in open_yet.items() if known is None)
    ]


CHECKS: dict[str, Check] = {
    "package": lambda folder, _: standards.package_faults(folder),
    "csv": lambda folder, _: standards.csv_faults(folder),
    "croissant": lambda folder, _: standards.croissant_faults(folder),
    "csvw": standards.csvw_faults,
    "odcs": lambda folder, _: standards.odcs_faults(folder),
    "citation": lambda folder, _: standards.citation_faults(folder),
    "cffconvert": by_cffconvert,
    "datacite": lambda folder, _: standards.datacite_faults(folder),
    "dcat": lambda folder, _: standards.dcat_faults(folder / "dcat.ttl"),
    "nde": by_nde,
}


def but_for_a_period(faults: list[str], dataset: str) -> list[str]:
    """NDE recommends a period; claims are about none of their own, and none is made up."""
    recommended = ("Info ", "https://schema.org/temporalCoverage")
    return [
        each
        for each in faults
        if dataset != "claims"
        or not (each.startswith(recommended[0]) and each.endswith(recommended[1]))
    ]


@pytest.mark.parametrize("dataset", DATASETS)
@pytest.mark.parametrize("check", CHECKS)
def test_a_release_is_described_without_faults(
    described: Path, tmp_path: Path, check: str, dataset: str
) -> None:
    assert but_for_a_period(CHECKS[check](newest(described, dataset), tmp_path), dataset) == []


def test_the_catalogue_for_programs_follows_its_schema(described: Path) -> None:
    assert standards.catalog_faults(described) == []


# check, dataset, file, pattern, replacement, words in what the check says
PLANTED: list[tuple[str, str, str, str, str, str]] = [
    ("package", OPEN_KEY, "datapackage.json", r'"resources"', '"files"', "resources"),
    ("package", OPEN_KEY, "datapackage.json", r'"type": "year"', '"type": "jaar"', "jaar"),
    ("package", OPEN_KEY, "datapackage.json", r'"hash": "sha256:..', '"hash": "sha256:zz', "hash"),
    ("package", OPEN_KEY, "datapackage.json", r'"path": "care', '"path": "/care', "/care"),
    ("csv", CLOSED_KEY, "prevention_share.csv.gz", r"\n2017,", "\n2O17,", "type-error"),
    ("csv", CLOSED_KEY, "prevention_share.csv.gz", r"\n2017,", "\n,", "constraint-error"),
    ("csv", CLOSED_KEY, "prevention_share.csv.gz", r",gross,", ",grOss,", "constraint-error"),
    ("csv", CLOSED_KEY, "prevention_share.csv.gz", r"\n([^\n]+)", r"\n\1\n\1", "primary-key"),
    ("csv", CLOSED_KEY, "prevention_share.csv.gz", r"\.00,", ".01,", "hash-count"),
    ("csv", CLOSED_KEY, "prevention_share.csv.gz", r"\n$", "", "hash-count"),
    ("csv", CLOSED_KEY, "prevention_share.csv.gz", r"\n[^\n]+\n$", "\n", "byte-count"),
    ("csv", CLOSED_KEY, "prevention_share.csv.gz", r"year,report_type", "report_type,year", "label"),
    ("croissant", OPEN_KEY, "croissant.json", r'"sha256": "..', '"sha256": "00', "not identical"),
    ("croissant", OPEN_KEY, "croissant.json", r'"sha256": [^\n]*\n', '"x": 1', "sha256"),
    ("croissant", OPEN_KEY, "croissant.json", r'"column": "year"', '"column": "jaar"', "ReadFields"),
    ("croissant", OPEN_KEY, "croissant.json", r'"license": [^\n]*\n', "", "license"),
    ("csvw", CLOSED_KEY, "prevention_share.csv.gz", r",gross,", ",grOss,", "grOss"),
    ("csvw", CLOSED_KEY, "prevention_share.csv.gz", r",(\d+)\.00,", r",\1.oo,", ".oo"),
    ("csvw", CLOSED_KEY, "prevention_share.csv.gz", r"^year,", "jaar,", "required columns"),
    ("csvw", CLOSED_KEY, "prevention_share.csv.gz", r"\n([^\n]+)", r"\n\1\n\1", "duplicate primary key"),
    ("odcs", OPEN_KEY, "contract.odcs.yaml", "logicalType: integer", "logicalType: int", "'int'"),
    ("odcs", OPEN_KEY, "contract.odcs.yaml", "kind: DataContract", "kind: Contract", "Contract"),
    ("odcs", OPEN_KEY, "contract.odcs.yaml", "\nstatus: draft", "", "status"),
    ("citation", OPEN_KEY, "CITATION.cff", "type: dataset", "type: data", "data"),
    ("citation", OPEN_KEY, "CITATION.cff", "\nauthors:\n- name: [^\n]*", "", "authors"),
    ("citation", OPEN_KEY, "CITATION.cff", "date-released: '....", "date-released: '26", "26-"),
    ("cffconvert", OPEN_KEY, "CITATION.cff", "type: dataset", "type: data", "data"),
    ("cffconvert", OPEN_KEY, "CITATION.cff", "license: CC-BY-4.0", "license: CC", "CC"),
    ("datacite", OPEN_KEY, "datacite.json", '"creators"', '"makers"', "creators"),
    ("datacite", OPEN_KEY, "datacite.json", '"Dataset"', '"Data"', "Data"),
    ("datacite", OPEN_KEY, "datacite.json", '"publicationYear": "', '"publicationYear": "x', "x2"),
    ("datacite", OPEN_KEY, "datacite.json", '"titleType": "Tr', '"titleType": "tr', "translated"),
    ("dcat", OPEN_KEY, "dcat.ttl", r"    dcat:contactPoint [^\n]*\n", "", "contactPoint"),
    ("dcat", OPEN_KEY, "dcat.ttl", r"    dct:creator [^\n]*\n", "", "creator"),
    ("dcat", OPEN_KEY, "dcat.ttl", r"    dct:license [^\n]*\n", "", "license"),
    ("dcat", OPEN_KEY, "dcat.ttl", r"    dcat:accessURL [^\n]*\n", "", "accessURL"),
    ("dcat", OPEN_KEY, "dcat.ttl", r"dct:identifier ", 'dct:identifier "x", ', "identifier"),
    ("dcat", OPEN_KEY, "dcat.ttl", r"dcat:version ", 'dcat:version "1", ', "version"),
    ("dcat", OPEN_KEY, "dcat.ttl", r"dcat:theme [^,]*,", 'dcat:theme "HEAL",', "theme"),
    ("dcat", OPEN_KEY, "dcat.ttl", r'dcat:byteSize "\d*"\^\^\S*', 'dcat:byteSize "1,8 MB"', "byteSize"),
    ("dcat", OPEN_KEY, "dcat.ttl", r"dcat:downloadURL <([^>]*)>", r'dcat:downloadURL "\1"', "downloadURL"),
    ("dcat", OPEN_KEY, "dcat.ttl", r"spdx:checksum <[^>]*>", 'spdx:checksum "00"', "checksum"),
    ("dcat", OPEN_KEY, "dcat.ttl", r"    spdx:algorithm [^\n]*\n", "", "algorithm"),
    ("dcat", OPEN_KEY, "dcat.ttl", r"    dcat:landingPage [^\n]*\n", "", "landingPage"),
    ("nde", OPEN_KEY, "schema-org.jsonld", r'"license": "https', '"license": "http', "license"),
    ("nde", OPEN_KEY, "schema-org.jsonld", r'"name": \[', '"titel": [', "name"),
    ("nde", OPEN_KEY, "schema-org.jsonld", r'"creator"', '"maker"', "creator"),
    ("nde", OPEN_KEY, "schema-org.jsonld", r'"contentUrl"', '"address"', "contentUrl"),
    ("nde", OPEN_KEY, "schema-org.jsonld", r'"@value": "20..-', '"@value": "', "date"),
    ("nde", OPEN_KEY, "schema-org.jsonld", r'application/vnd', "application/x-vnd", "encodingFormat"),
    ("nde", OPEN_KEY, "schema-org.jsonld", r'"temporalCoverage"', '"years"', "temporalCoverage"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("check", "dataset", "file", "pattern", "replacement", "words"),
    PLANTED,
    ids=[f"{each[0]}: {each[3]}" for each in PLANTED],
)
def test_a_planted_fault_is_found(
    described: Path,
    plant: Any,
    tmp_path: Path,
    check: str,
    dataset: str,
    file: str,
    pattern: str,
    replacement: str,
    words: str,
) -> None:
    folder = tmp_path / "release"
    shutil.copytree(newest(described, dataset), folder)
    plant(folder / file, pattern, replacement)
    (tmp_path / "workplace").mkdir()
    found = CHECKS[check](folder, tmp_path / "workplace")
    assert any(words in fault for fault in found), found


@pytest.mark.parametrize(
    ("pattern", "replacement"),
    [
        (r'"sha256": "..', '"sha256": "'),
        (r'"latest": "', '"newest": "'),
        (r'"version": "2', '"version": "v2'),
        (r'"rows": ', '"lines": '),
        (r'"bytes": ', '"bytes": -'),
        (r'"published_at"', '"withdrawn": true, "published_at"'),
        (r'"path": "data/', '"path": "/data/'),
    ],
)
def test_a_fault_in_the_catalogue_for_programs_is_found(
    described: Path, plant: Any, tmp_path: Path, pattern: str, replacement: str
) -> None:
    for name in ("catalog.json", "catalog.schema.json"):
        shutil.copy(described / name, tmp_path)
    plant(tmp_path / "catalog.json", pattern, replacement)
    assert standards.catalog_faults(tmp_path)


# --- every file ----------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["README.md", "README.nl.md"])
@pytest.mark.parametrize("dataset", DATASETS)
def test_the_page_names_every_file_and_nothing_else(
    described: Path, dataset: str, page: str
) -> None:
    folder = newest(described, dataset)
    assert listed_on(folder / page) == sorted(release_reader.files_of(folder))


def listed_on(page: Path) -> list[str]:
    """The files that the page lists, in alphabetical order."""
    (section,) = re.findall(
        r"^## A(?:ll files|lle bestanden)\n(.+?)^## ", page.read_text(), _SECTION
    )
    names = re.findall(r"^\* ((?:`[^`]+`,? ?)+)", section, re.MULTILINE)
    return sorted(name for each in names for name in re.findall(r"`([^`]+)`", each))


@pytest.mark.parametrize("dataset", DATASETS)
def test_the_package_lists_every_table(described: Path, dataset: str) -> None:
    folder = newest(described, dataset)
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    files = manifest["files"]
    package = json.loads((folder / "datapackage.json").read_text("utf-8"))
    tables = {
        each.file.name for each in table_files(contracts()[dataset], ReleaseFacts.of(manifest))
    }
    assert {name.partition(".")[2] for name in tables} == {"parquet", "csv.gz", "xlsx"}
    assert {each["path"]: (each["hash"], each["bytes"]) for each in package["resources"]} == {
        name: (f"sha256:{about['sha256']}", about["bytes"])
        for name, about in files.items()
        if name in tables or name.endswith(".parquet")
    }


@pytest.mark.parametrize("dataset", DATASETS)
def test_portals_learn_how_a_file_is_packed(described: Path, dataset: str) -> None:
    text = (newest(described, dataset) / "dcat.ttl").read_text("utf-8")
    for word in ("compressFormat", "application/gzip", "file-type/XLSX", f"{dataset}.csv.gz>"):
        assert word in text


# --- when everything is known --------------------------------------------------------------------

# Made up for this test: nothing of it may be in the repository's own declaration.
COMPLETE = {
    "base_url": "https://data.example.org/",
    "status": "confirmed",
    "publisher": {
        "name": {"nl": "Voorbeeld", "en": "Example"},
        "uri": "https://example.org/id/example",
        "email": "data@example.org",
        "telephone": "+31 70 000 0000",
    },
}


@pytest.fixture(scope="module")
def complete(published: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same releases under a publication of which address, publisher and DOIs are known."""
    plain = publication().model_dump(mode="json")
    for each in plain["datasets"].values():
        each["doi"] = "10.5072/example"  # the prefix that is kept free for tests
    total = Publication.model_validate(plain | COMPLETE)
    folder = tmp_path_factory.mktemp("complete") / "published"
    return describe_into(folder, published.published, total)


@pytest.mark.parametrize("dataset", DATASETS)
def test_what_is_known_about_the_publisher_is_in_every_description(
    complete: Path, tmp_path: Path, dataset: str
) -> None:
    folder = newest(complete, dataset)
    found = standards.nde_faults(folder / "schema-org.jsonld")
    assert but_for_a_period(found, dataset) == []
    assert standards.dcat_faults(folder / "dcat.ttl") == []
    # Not the checks of CSV: its rows and their description are the same.
    for check in ("package", "croissant", "odcs", "citation", "datacite"):
        assert CHECKS[check](folder, tmp_path) == [], check
    texts = {name: (folder / name).read_text("utf-8") for name in DESCRIPTIONS}
    assert not any("voorkant.invalid" in content for content in texts.values())
    with_doi = {name for name, content in texts.items() if "10.5072/example" in content}
    assert {"CITATION.cff", "README.md", "datacite.json", "schema-org.jsonld"} <= with_doi


def test_a_complete_catalogue_meets_all_shapes(complete: Path) -> None:
    assert standards.dcat_faults(complete / "catalog.ttl") == []
    assert "mailto:data@example.org" in (complete / "catalog.ttl").read_text("utf-8")


def test_nothing_is_made_up(described: Path) -> None:
    """No DOI, no e-mail, no address that could be somebody's, as long as nobody declared one."""
    who = publication()
    assert (who.status, who.publisher.uri, who.publisher.email) == ("placeholder", None, None)
    texts = [
        path.read_text("utf-8")
        for path in described.rglob("*")
        if path.suffix in {".json", ".jsonld", ".ttl", ".cff", ".md", ".yaml"}
    ]
    assert len(texts) > 60
    assert not any("doi.org/" in text or "mailto:" in text for text in texts)


def test_every_check_was_seen_to_fail() -> None:
    assert {each[0] for each in PLANTED} == set(CHECKS)
