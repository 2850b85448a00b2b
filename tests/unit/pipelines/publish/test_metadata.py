"""Descriptions from facts alone: what they say, and that they say it in the same bytes every time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any, get_args

import jsonschema
import polars as pl
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.reference.tables import breaks
from expectations.contract import TYPES, Bilingual, Column, Frequency, Licence, contracts
from expectations.errors import VoorkantError
from expectations.paths import ROOT
from pipelines.publish import release_reader, signing
from pipelines.publish.metadata import DESCRIPTIONS, dcat, describe, describe_all
from pipelines.publish.metadata.columns import KINDS, physical
from pipelines.publish.metadata.coverage import coverage
from pipelines.publish.metadata.index_schema import catalog_schema
from pipelines.publish.metadata.publication import (
    DECLARED,
    Publication,
    load_publication,
    publication,
)
from pipelines.publish.metadata.rdf import Iri, Literal, Node, json_ld, turtle
from pipelines.publish.metadata.release_facts import (
    BESIDES,
    FORMATS,
    SIGNATURE,
    VOUCHING,
    ReleaseFacts,
    ReleaseFile,
    table_files,
)
from pipelines.publish.metadata.text import LICENCES
from pipelines.publish.store import log as released
from pipelines.publish.store.index_files import pointers
from pipelines.publish.store.storage import Described

SMALL = "care_welfare_ratio"
WITHDRAWN = Bilingual(
    nl="De noemer is van een ander jaar.", en="The denominator is of another year."
)


def release(dataset: str = SMALL, version: str = "2026.11.1", **more: Any) -> ReleaseFacts:
    """A release with every table in every form, and all that can lie beside them."""
    tables = contracts()[dataset].published
    names = [table.name + form.suffix for table in tables for form in FORMATS]
    besides = {name.replace("*", table.name) for name in BESIDES for table in tables}
    return ReleaseFacts(
        dataset=dataset,
        version=version,
        published_at="2026-11-21T00:00:00Z",
        files={
            name: ReleaseFile(name, f"{n:064x}", n)
            for n, name in enumerate([*names, *sorted(besides)])
        },
        rows={table.name: 1234 for table in tables},
        schema_version="1.0.0",
        coverage=(2017, 2024),
    ).having(**more)


def described(**more: Any) -> dict[str, bytes]:
    return describe(contracts()[SMALL], release(**more), publication())


# --- the same bytes ------------------------------------------------------------------------------

DIGESTS = """
import hashlib, sys
from tests.unit.pipelines.publish.test_metadata import (
    contracts, describe_all, described, publication, release
)
made = described() | describe_all({n: (c, [release(n)]) for n, c in contracts().items()}, publication())
for name, content in made.items():
    print(hashlib.sha256(content).hexdigest(), name)
"""


def test_another_seed_clock_and_language_give_the_same_bytes() -> None:
    def output_of(**more: str) -> str:
        return subprocess.run(  # noqa: S603 (our own code)
            [sys.executable, "-c", DIGESTS],
            cwd=ROOT,
            env=dict(os.environ) | more,
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    output = output_of(PYTHONHASHSEED="1", TZ="UTC")
    assert len(output.splitlines()) == len(DESCRIPTIONS) + 3
    assert (
        output_of(PYTHONHASHSEED="2", TZ="Pacific/Auckland", LC_ALL="C", PYTHONUTF8="0") == output
    )


def test_the_order_in_which_files_are_given_does_not_matter() -> None:
    backwards = dict(reversed(release().files.items()))
    assert described(files=backwards) == described()


# --- nothing forgotten, nothing made up ----------------------------------------------------------


@pytest.mark.parametrize("page", ["README.md", "README.nl.md"])
def test_only_a_signed_release_names_a_signature(page: str) -> None:
    assert b"`manifest.json.minisig`" in described(signed=True)[page]
    assert b"minisig" not in described(signed=False)[page]


def test_the_manifest_states_whether_a_release_is_signed() -> None:
    plain = dict(
        zip(
            ("dataset", "version", "published_at", "schema_version"),
            ("d", "1", "", ""),
            strict=True,
        )
    )
    manifest = {**plain, "files": {}, "rows": {}, "inputs": []}
    assert ReleaseFacts.of({**manifest, "signature": {"key": "A1"}}).signed
    assert not ReleaseFacts.of({**manifest, "signature": signing.UNSIGNED}).signed
    assert SIGNATURE == signing.SIGNATURE
    assert set(VOUCHING) == {release_reader.MANIFEST, signing.PROVENANCE, signing.SUMS, SIGNATURE}


@pytest.mark.parametrize("dataset", contracts())
def test_every_dataset_is_declared_and_every_file_named(dataset: str) -> None:
    contract, facts = contracts()[dataset], release(dataset)
    made = describe(contract, facts, publication())
    assert list(made) == sorted(made)
    assert all(made.values())
    tables = [each.file.name for each in table_files(contract, facts)]
    assert len(tables) == len(contract.published) * len(FORMATS)
    for name in tables:
        for where in ("datapackage.json", "dcat.ttl", "dcat.jsonld", "schema-org.jsonld"):
            assert name in made[where].decode(), f"{name} is not in {where}"
    for name in facts.files.keys() - set(tables):
        for where in ("README.md", "README.nl.md"):
            assert f"`{name}`" in made[where].decode(), f"{name} is not in {where}"
    paths = {each["path"] for each in json.loads(made["datapackage.json"])["resources"]}
    assert paths == {name for name in facts.files if name in tables or name.endswith(".parquet")}
    for column in {name for table in contract.published for name in table.columns}:
        for where in ("README.md", "README.nl.md", "contract.odcs.yaml", "croissant.json"):
            assert column in made[where].decode(), f"{column} is not in {where}"


def test_the_declaration_is_about_our_datasets_and_breaks() -> None:
    declared = publication()
    assert set(declared.datasets) == set(contracts())
    assert set(declared.breaks_nl) == set(breaks()["break"])
    for dataset, about in declared.datasets.items():
        main = contracts()[dataset].published[0]
        assert about.period is None or about.period in main.columns


def test_a_file_that_is_not_there_is_not_described() -> None:
    files = {name: file for name, file in release().files.items() if name.endswith(".parquet")}
    made = described(files=files)
    for name, content in made.items():
        assert b".xlsx" not in content, name
    assert json.loads(made["csv-metadata.json"])["tables"] == []


def test_every_type_of_a_contract_has_its_words_in_every_standard() -> None:
    assert set(KINDS) == set(TYPES)
    for kind in TYPES:
        assert physical(Column(type=kind, nl="", en=""))  # type: ignore[arg-type]


def test_both_pages_have_the_same_parts() -> None:
    """As many headings, tables, lines of code and rows: a text in one language has its twin."""

    def parts(text: str) -> list[str]:
        marks = ("#", "|", "```", "* ", "> ")
        return [line.split(" ")[0][:3] for line in text.splitlines() if line.startswith(marks)]

    made = described(
        inputs=(
            {"source": "x", "origin": "sample", "retrieved_at": "2026-01-01", "published_at": None},
        )
    )
    text = made["README.md"].decode()
    assert len(parts(text)) > 40
    assert parts(text) == parts(made["README.nl.md"].decode())
    assert "{" not in text
    assert text.count("```") == 12


def test_the_pages_are_in_their_own_language() -> None:
    made = described(withdrawn=WITHDRAWN)
    assert "Rows: 1,234." in made["README.md"].decode()
    assert "Rijen: 1.234." in made["README.nl.md"].decode()
    assert WITHDRAWN.en in made["README.md"].decode()
    assert WITHDRAWN.nl in made["README.nl.md"].decode()
    assert "Shelter of refugees" in made["README.md"].decode()
    assert "Opvang van vluchtelingen" in made["README.nl.md"].decode()


def test_a_withdrawn_version_is_marked_as_such() -> None:
    contract = contracts()[SMALL]
    first, second = release(), release(version="2026.11.2")
    wrong = second.having(withdrawn=WITHDRAWN)

    def portals(*versions: ReleaseFacts) -> str:
        return describe_all({SMALL: (contract, versions)}, publication())["catalog.ttl"].decode()

    assert 'dcat:version "2026.11.1"' in portals(first, wrong)
    assert "2026.11.2" not in portals(first, wrong)
    assert "dataset-status/WITHDRAWN" in portals(wrong)
    assert WITHDRAWN.nl in portals(wrong)


def test_the_schema_of_the_catalogue_knows_withdrawn_versions() -> None:
    """The store makes `catalog.json` from its log; its schema is made here."""
    files = {"manifest.json": Described("ab" * 32, 10), "a.parquet": Described("cd" * 32, 20)}
    about = {
        "title": WITHDRAWN.model_dump(),
        "schema_version": "1.0.0",
        "licence": "CC-BY-4.0",
        "rows": {SMALL: 1},
        "checks": {"passed": 1},
    }
    entry = released.Release(SMALL, "2026.11.1", "ef" * 32, "2026-11-21", "a", "t", files, about)
    gone = released.Withdrawal(SMALL, "2026.11.1", WITHDRAWN.nl, ("a.parquet",))
    schema = json.loads(catalog_schema())
    latest = []
    for changes in ((), (entry,), (entry, gone)):
        catalogue = json.loads(pointers(released.History(changes))["catalog.json"])
        jsonschema.validate(catalogue, schema)
        latest += [each["latest"] for each in catalogue["datasets"]]
    assert latest == ["2026.11.1", None]
    catalogue["datasets"][0]["versions"][0]["withdrawn"] = True
    with pytest.raises(jsonschema.ValidationError, match="True is not valid"):
        jsonschema.validate(catalogue, schema)


def test_a_catalogue_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="without a dataset"):
        describe_all({}, publication())


# --- the declaration -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("base_url", "https://data.example.org/", "base_url"),
        ("status", "confirmed", "base_url"),
        ("status", "perhaps", "status"),
        ("publisher", {"name": {"nl": "x", "en": "x"}, "email": "nobody"}, "email"),
        ("publisher", {"name": "x"}, "name"),
        ("owner", "x", "owner"),
        ("breaks_nl", {}, "breaks_nl"),
        ("datasets", {"x": {"themes": []}}, "themes"),
    ],
)
def test_a_declaration_that_cannot_be_used_is_reported(
    tmp_path: Path, key: str, value: Any, words: str
) -> None:
    path = tmp_path / "publication.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load(DECLARED.read_text("utf-8")) | {key: value}))
    with pytest.raises(VoorkantError) as refusal:
        load_publication(path)
    assert refusal.value.code == "VK-C006"
    assert words in refusal.value.problem


def test_every_value_of_a_closed_list_has_its_word_in_the_standards() -> None:
    assert set(dcat.FREQUENCIES) == set(get_args(Frequency))
    assert set(LICENCES) == set(get_args(Licence))


def test_a_dataset_that_is_not_declared_is_reported() -> None:
    with pytest.raises(VoorkantError) as refusal:
        publication().about("housing")
    assert (refusal.value.code, "housing" in refusal.value.problem) == ("VK-C006", True)


def test_a_confirmed_address_is_in_the_lines_that_load() -> None:
    plain = publication().model_dump(mode="json")
    known = plain | {"base_url": "https://data.example.org/", "status": "confirmed"}
    made = describe(contracts()[SMALL], release(), Publication.model_validate(known))
    where = f"https://data.example.org/data/{SMALL}/2026.11.1/{SMALL}.parquet"
    assert made["README.md"].decode().count(where) == 6
    assert json.loads(made["croissant.json"])["distribution"][0]["contentUrl"] == where
    assert b"COMPLETED" in made["dcat.ttl"]
    assert b"DEVELOP" in described()["dcat.ttl"]


# --- years ---------------------------------------------------------------------------------------


def test_years_come_from_the_rows() -> None:
    contract = contracts()["social_workforce"]
    about = publication().about("social_workforce")
    rows = pl.LazyFrame({"period": [None, "2020KW1", "2010JJ00", "?"]})
    assert coverage(contract, about, {"social_workforce": rows}) == (2010, 2020)
    assert coverage(contract, about, {"social_workforce": rows.clear()}) is None


def test_years_come_from_the_next_table_when_the_main_one_has_none() -> None:
    contract, about = contracts()["municipalities"], publication().about("municipalities")
    tables = {
        "municipalities": pl.LazyFrame({"valid_from": [date(2010, 1, 1)]}),
        "years": pl.LazyFrame({"year": [2011, 2026]}),
        "transitions": pl.LazyFrame({"date": [date(1999, 1, 1)]}),
    }
    assert coverage(contract, about, tables) == (2011, 2026)


# --- RDF -----------------------------------------------------------------------------------------

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)


@settings(max_examples=60, deadline=None)  # the first example loads a parser
@given(TEXTS)
def test_any_text_comes_back_from_both_forms(text: str) -> None:
    rdflib = pytest.importorskip("rdflib")
    node = Node(
        "https://x.invalid/#a",
        ("dcat:Dataset",),
        (("dct:title", Literal(text, "nl")), ("dct:identifier", Literal(text))),
    )
    for form, content in (("turtle", turtle([node])), ("json-ld", json_ld([node]))):
        graph = rdflib.Graph().parse(data=content, format=form)
        assert [str(title) for title in graph.objects(None, rdflib.DCTERMS.title)] == [text]
        assert [str(name) for name in graph.objects(None, rdflib.DCTERMS.identifier)] == [text]


@pytest.mark.parametrize(
    "name", ["", "data", "https://x/ y", "https://x/<y>", 'https://x/"y', "x:\n"]
)
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="not an IRI"):
        Iri(name)
