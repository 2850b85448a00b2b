"""The catalogue that portals harvest: by the shapes, by our own checks, and by a portal's own parser."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from expectations.paths import ROOT

rdflib = pytest.importorskip("rdflib", reason="reads the catalogue; a dependency of development")

from expectations.contract import contracts  # noqa: E402
from pipelines.publish import portal_catalogue, release_reader  # noqa: E402
from pipelines.publish.metadata.publication import publication  # noqa: E402
from pipelines.publish.metadata.release_facts import ReleaseFacts, table_files  # noqa: E402
from pipelines.publish.store.commit import withdraw  # noqa: E402
from pipelines.publish.store.local import LocalStorage  # noqa: E402
from tests.support.releases.published_trees import publish_again  # noqa: E402
from tests.support.validators import catalogue_checks as checks  # noqa: E402
from tests.support.validators import standards  # noqa: E402
from tests.support.validators.environments import run_in  # noqa: E402

DATASETS = sorted(path.parent.name for path in ROOT.glob("datasets/*/contract.yaml"))
TWICE = "care_welfare_ratio"
BASE = publication().base_url

Check = Callable[[Any, Path], list[str]]
CHECKS: dict[str, Check] = {
    "unknown terms": lambda graph, _: list(checks.unknown_terms(graph)),
    "one language": lambda graph, _: list(checks.one_language(graph)),
    "wrong dates": lambda graph, _: list(checks.wrong_dates(graph)),
    "not one catalogue": lambda graph, _: list(checks.not_one_catalogue(graph)),
    "dangling": lambda graph, root: list(checks.dangling(graph, root, BASE)),
    "other files": lambda graph, root: list(checks.other_files(graph, root, BASE)),
}


def test_the_catalogue_meets_all_shapes(described: Path) -> None:
    assert standards.dcat_faults(described / "catalog.ttl") == []


@pytest.mark.parametrize("check", CHECKS)
def test_the_catalogue_meets_our_own_checks(described: Path, check: str) -> None:
    graph = rdflib.Graph().parse(described / "catalog.ttl")
    assert CHECKS[check](graph, described) == []


@pytest.fixture(scope="module")
def two_versions(published: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same tree, with a second version of one dataset after the first."""
    folder = tmp_path_factory.mktemp("two") / "published"
    shutil.copytree(published.published, folder)
    publish_again(LocalStorage(folder), folder, TWICE, "2099-01-01T00:00:00Z")
    return folder


def test_every_version_meets_our_own_checks(two_versions: Path) -> None:
    paths = sorted(two_versions.glob("data/*/*/dcat.ttl"))
    assert len(paths) == len(DATASETS) + 1
    graph = rdflib.Graph()
    for path in paths:
        graph.parse(path)
    for name in CHECKS.keys() - {"not one catalogue"}:
        assert CHECKS[name](graph, two_versions) == [], name


def test_versions_are_found_from_each_other_and_from_the_catalogue(two_versions: Path) -> None:
    oldest, newest = sorted(path.name for path in (two_versions / "data" / TWICE).iterdir())
    complete = (two_versions / "catalog.ttl").read_text("utf-8")
    for version in (oldest, newest):
        assert f"<{BASE}data/{TWICE}/{version}/dcat.ttl>" in complete
    assert f'dcat:version "{newest}"' in complete
    later = (two_versions / "data" / TWICE / newest / "dcat.ttl").read_text("utf-8")
    assert f"dcat:previousVersion <{BASE}data/{TWICE}/{oldest}/>" in later
    assert standards.dcat_faults(two_versions / "catalog.ttl") == []
    assert standards.dcat_faults(two_versions / "data" / TWICE / newest / "dcat.ttl") == []
    assert standards.catalog_faults(two_versions) == []
    entry = listed(two_versions, TWICE)
    assert entry["latest"] == newest
    assert [each["version"] for each in entry["versions"]] == [oldest, newest]


def test_a_withdrawn_version_is_no_longer_what_a_portal_gets(
    two_versions: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "published"
    shutil.copytree(two_versions, folder)
    oldest, newest = sorted(path.name for path in (folder / "data" / TWICE).iterdir())

    def without(version: str) -> tuple[dict[str, Any], str]:
        withdraw(LocalStorage(folder), TWICE, version, "De noemer is van een ander jaar.")
        portal_catalogue.describe(LocalStorage(folder), tmp_path)
        assert standards.catalog_faults(folder) == []
        assert standards.dcat_faults(folder / "catalog.ttl") == []
        complete = (folder / "catalog.ttl").read_text("utf-8")
        return listed(folder, TWICE), complete

    entry, complete = without(newest)
    assert entry["latest"] == oldest
    assert ["withdrawn" in each for each in entry["versions"]] == [False, True]
    assert newest not in complete
    assert "WITHDRAWN" not in complete

    entry, complete = without(oldest)
    assert entry["latest"] is None
    assert "dataset-status/WITHDRAWN" in complete
    assert "De noemer is van een ander jaar." in complete


def listed(folder: Path, dataset: str) -> dict[str, Any]:
    """What `catalog.json` says of a dataset."""
    catalogue = json.loads((folder / "catalog.json").read_text("utf-8"))
    (entry,) = (each for each in catalogue["datasets"] if each["dataset"] == dataset)
    return dict(entry)


def test_a_version_without_description_is_found(two_versions: Path) -> None:
    graph = rdflib.Graph().parse(two_versions / "data" / TWICE / "2099.1.1" / "dcat.ttl")
    (fault,) = checks.dangling(graph, two_versions, BASE)
    assert "previousVersion" in fault


@pytest.mark.parametrize("name", ["catalog", *(f"data/{dataset}/*/dcat" for dataset in DATASETS)])
def test_turtle_and_json_ld_hold_the_same(described: Path, name: str) -> None:
    from rdflib.compare import isomorphic

    (turtle, *_), (json_ld, *_) = described.glob(f"{name}.ttl"), described.glob(f"{name}.jsonld")
    assert isomorphic(rdflib.Graph().parse(turtle), rdflib.Graph().parse(json_ld))


@pytest.mark.parametrize(
    ("check", "pattern", "replacement"),
    [
        ("unknown terms", "data-theme/HEAL", "data-theme/HEALTH"),
        ("unknown terms", "by/4.0/deed.nl", "by/5.0/deed.nl"),
        ("unknown terms", "frequency/ANNUAL", "frequency/YEARLY"),
        ("unknown terms", "country/NLD", "country/HOLLAND"),
        ("unknown terms", "file-type/CSV", "file-type/KOMMA"),
        ("unknown terms", "access-right/PUBLIC", "access-right/OPEN"),
        ("unknown terms", "dataset-status/[A-Z]*", "dataset-status/NEW"),
        ("unknown terms", "language/ENG", "language/EN"),
        ("unknown terms", "checksumAlgorithm_sha256", "checksumAlgorithm_sha265"),
        ("unknown terms", "media-types/text/csv", "media-types/csv"),
        ("one language", r'dct:title "[^"]*"@nl, ', "dct:title "),
        ("one language", r'"First version\."@en', '"First version."@nl'),
        ("one language", r"    adms:versionNotes [^\n]*\n", ""),
        ("wrong dates", r'dct:issued "[^"]*"\^\^\S*', 'dct:issued "30-06-2026"'),
        ("wrong dates", r'dcat:startDate "(\d+)-', r'dcat:startDate "\1'),
        ("not one catalogue", "dcat:Catalog ", "dcat:Catalogue "),
        ("not one catalogue", r"dcat:dataset <[^>]*>, ", "dcat:dataset "),
        ("dangling", r"(rdfs:seeAlso <[^>]*)/dcat.ttl", r"\1.9/dcat.ttl"),
        ("dangling", r"dct:publisher <([^>]*)>", r"dct:publisher <\1s>"),
        ("dangling", r"dct:temporal <([^>]*)>", r"dct:temporal <\1s>"),
        ("other files", r'dcat:byteSize "', 'dcat:byteSize "1'),
        ("other files", r'spdx:checksumValue "..', 'spdx:checksumValue "zz'),
        ("other files", r"dcat:downloadURL <([^>]*)>", r"dcat:downloadURL <\1.gz>"),
    ],
)
def test_a_planted_fault_is_found(
    described: Path, plant: Any, tmp_path: Path, check: str, pattern: str, replacement: str
) -> None:
    path = Path(shutil.copy(described / "catalog.ttl", tmp_path))
    plant(path, pattern, replacement)
    assert CHECKS[check](rdflib.Graph().parse(path), described)


# --- a harvest -----------------------------------------------------------------------------------

# What a portal makes of the catalogue, as JSON on one line.
HARVEST = """
import json, sys
from ckanext.dcat.processors import RDFParser
parser = RDFParser(profiles=["euro_dcat_ap_3"])
parser.parse(open(sys.argv[1], encoding="utf-8").read(), _format=sys.argv[2])
print(json.dumps(list(parser.datasets()), default=str))
"""


def harvested(path: Path, form: str) -> dict[str, dict[str, Any]]:
    answer = run_in("ckan", "python", "-c", HARVEST, str(path), form)
    assert answer.returncode == 0, answer.stderr
    entries = json.loads(answer.stdout.splitlines()[-1])
    return {entry["title"]: entry for entry in entries}


@pytest.mark.parametrize("form", ["turtle", "json-ld"])
def test_a_portal_makes_one_entry_per_dataset(described: Path, form: str) -> None:
    path = described / ("catalog.ttl" if form == "turtle" else "catalog.jsonld")
    entries = harvested(path, form)
    catalogue = json.loads((described / "catalog.json").read_text("utf-8"))
    assert sorted(entries) == sorted(each["title"]["en"] for each in catalogue["datasets"])
    for each in catalogue["datasets"]:
        entry = entries[each["title"]["en"]]
        assert entry["version"] == each["latest"]
        (version,) = (v for v in each["versions"] if v["version"] == each["latest"])
        facts = ReleaseFacts.of(release_reader.read_manifest(described / version["path"]))
        tables = table_files(contracts()[each["dataset"]], facts)
        got = {
            resource["download_url"].removeprefix(BASE): (resource["size"], resource["hash"])
            for resource in entry["resources"]
        }
        assert got == {
            f"{version['path']}{form.file.name}": (form.file.bytes, form.file.sha256)
            for form in tables
        }


def test_a_harvest_shows_a_dataset_too_many(described: Path, plant: Any, tmp_path: Path) -> None:
    path = Path(shutil.copy(described / "catalog.ttl", tmp_path))
    plant(path, r"$", "\n<https://voorkant.invalid/data/x/> a dcat:Dataset ; dct:title 'x'@en .\n")
    assert len(harvested(path, "turtle")) == len(DATASETS) + 1
