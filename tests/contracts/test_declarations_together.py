"""What several declarations show together: names that lead nowhere are found by file and line, in seconds."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from assets import definitions
from assets.ingest import registry
from assets.ingest.origins import sample
from assets.reference import public_claims, spuk_schemes
from expectations.contract import DATASETS, contracts, table
from expectations.errors import VoorkantError
from expectations.paths import ROOT
from expectations.vocabulary import AnyRule, Rule
from pipelines import declarations
from pipelines.declarations import SAMPLE, Declarations, check, together
from pipelines.explain.lineage import FILE, Read, lineage
from pipelines.publish.metadata.publication import publication


@pytest.fixture(scope="module")
def every() -> Declarations:
    return Declarations(
        contracts=contracts(),
        sources=registry.sources(),
        schemes=spuk_schemes.schemes(),
        claims=public_claims.claims(),
        publication=publication(),
        lineages={
            path.parent.name: lineage(path.parent.name) for path in DATASETS.glob(f"*/{FILE}")
        },
        sample=sample.load_sample(SAMPLE / sample.DESCRIPTION),
        raw=definitions.raw_tables(),
        transforms=definitions.functions(),
    )


def test_what_is_declared_here_can_be_used(every: Declarations) -> None:
    assert check() == ()
    assert list(together(every)) == []
    declarations.require()


def only(every: Declarations, code: str, file: str) -> tuple[int, str]:
    """Line and words of the one problem."""
    (finding,) = together(every)
    assert (finding.code, finding.problem.path) == (code, ROOT / file)
    return finding.problem.line, finding.problem.text


def line_of(file: str, text: str) -> int:
    lines = (ROOT / file).read_text("utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if line.strip().startswith(text))


CONTRACT = "datasets/care_spending/contract.yaml"
LINEAGE = "datasets/care_spending/lineage.yaml"


def changed(every: Declarations, **change: Any) -> Declarations:
    contract = every.contracts["care_spending"].model_copy(update=change)
    return replace(every, contracts={**every.contracts, "care_spending": contract})


def with_rule(every: Declarations, rule: Rule) -> Declarations:
    contract = every.contracts["care_spending"]
    table = contract.tables["care_spending"]
    rules = table.model_copy(update={"rules": (*table.rules, rule)})
    return changed(every, tables={**contract.tables, "care_spending": rules})


def test_a_contract_names_sources_that_exist(every: Declarations) -> None:
    line, text = only(changed(every, sources=("cited_figures", "elsewhere")), "VK-C001", CONTRACT)
    assert text == "sources.2: there is no source 'elsewhere'"
    assert line >= line_of(CONTRACT, "sources:")


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"kind": "not_null", "column": "yeer"}, "yeer"),
        (
            {"kind": "in_code_list", "columns": ["year"], "reference": "care_spending.nothing",
             "reference_columns": ["year"]},
            "there is no table 'care_spending.nothing'",
        ),
        (
            {"kind": "in_code_list", "columns": ["year"], "reference": "municipalities.years",
             "reference_columns": ["yeer"]},
            "yeer",
        ),
        ({"kind": "between", "column": "note", "min": 0}, "cannot compare"),
    ],
)  # fmt: skip
def test_a_rule_names_tables_and_columns_that_exist(
    every: Declarations, rule: dict[str, Any], words: str
) -> None:
    wrong = TypeAdapter[Rule](AnyRule).validate_python({"id": "CAR-zz", "reason": "?", **rule})
    _, text = only(with_rule(every, wrong), "VK-C001", CONTRACT)
    assert words in text
    assert text.startswith("tables.care_spending.rules.")


def test_every_table_of_a_contract_has_a_function_and_the_reverse(every: Declarations) -> None:
    name = "care_spending.care_spending"
    without = {table for table in every.transforms if table != name}
    line, text = only(replace(every, transforms=without), "VK-C010", CONTRACT)
    assert text == f"tables.care_spending: no function makes {name}"
    assert line == line_of(CONTRACT, "care_spending:")
    more = replace(every, transforms={*every.transforms, "care_spending.more"})
    assert "a function makes care_spending.more" in only(more, "VK-C010", CONTRACT)[1]


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (Read("care_spending.nothing"), "there is no table 'care_spending.nothing'"),
        (Read("raw:raw_cited_figures__nothing"), "there is no raw table"),
        (Read("reference:nothing.csv"), "there is no file 'nothing.csv' in assets/reference"),
        (Read("schemes:nothing"), "there is no scheme 'nothing'"),
        (Read("care_spending.care_spending", on={"yeer": "year"}), "no column 'yeer'"),
        (Read("care_spending.care_spending", on={"year": "yeer"}), "yeer"),
        (Read("care_spending.care_spending", where="year = = 1"), "syntax error"),
        (Read("reference:breaks.csv", where='"break" = nothing'), "nothing"),
    ],
)
def test_lineage_names_what_exists(every: Declarations, entry: Read, words: str) -> None:
    own = every.lineages["care_spending"]
    reads = {**own, "care_spending": (entry, *own["care_spending"])}
    wrong = replace(every, lineages={**every.lineages, "care_spending": reads})
    line, text = only(wrong, "VK-C008", LINEAGE)
    assert words in text
    assert line >= line_of(LINEAGE, "care_spending:")


def test_every_published_table_has_lineage_and_no_other(every: Declarations) -> None:
    own = every.lineages["care_spending"]
    moved = {("nothing" if name == "care_spending" else name): own[name] for name in own}
    wrong = replace(every, lineages={**every.lineages, "care_spending": moved})
    assert {each.problem.text for each in together(wrong)} == {
        "there is no entry for the table 'care_spending'",
        "nothing: there is no table care_spending.nothing",
    }
    without = {name: each for name, each in every.lineages.items() if name != "care_spending"}
    _, text = only(replace(every, lineages=without), "VK-C008", CONTRACT)
    assert text == "there is no lineage.yaml beside it"


def test_a_query_of_a_claim_names_columns_that_exist(every: Declarations) -> None:
    number, claim = next((n, c) for n, c in enumerate(every.claims.claims) if c.readings)
    wrong = claim.readings[0].model_copy(
        update={"query": "SELECT nothing AS value FROM care_spending.care_spending"}
    )
    claims = list(every.claims.claims)
    claims[number] = claim.model_copy(update={"readings": (wrong, *claim.readings[1:])})
    broken = every.claims.model_copy(update={"claims": tuple(claims)})
    line, text = only(replace(every, claims=broken), "VK-C007", "assets/reference/claims.yaml")
    assert text.startswith(f"claims.{number + 1}.readings.1.query: the query cannot be asked")
    assert line > 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"breaks": ("nothing",)}, "there is no break 'nothing'"),
        ({"period": "nothing"}, "no published table has a column 'nothing'"),
    ],
)
def test_the_publication_names_what_exists(
    every: Declarations, change: dict[str, Any], words: str
) -> None:
    about = every.publication.datasets["care_spending"].model_copy(update=change)
    datasets = {**every.publication.datasets, "care_spending": about}
    wrong = every.publication.model_copy(update={"datasets": datasets})
    line, text = only(replace(every, publication=wrong), "VK-C006", "datasets/publication.yaml")
    assert words in text
    assert line >= line_of("datasets/publication.yaml", "care_spending:")


def test_a_dataset_has_an_entry_in_the_publication_and_the_reverse(every: Declarations) -> None:
    datasets = dict(every.publication.datasets)
    datasets["housing"] = datasets.pop("care_spending")
    wrong = every.publication.model_copy(update={"datasets": datasets})
    found = {each.problem.text for each in together(replace(every, publication=wrong))}
    assert found == {
        "dataset: datasets/publication.yaml has no entry for 'care_spending'",
        "datasets.housing: there is no dataset 'housing'",
    }


def test_a_scheme_names_sources_that_exist(every: Declarations) -> None:
    scheme = every.schemes["brede_spuk"].model_copy(update={"sources": ("elsewhere",)})
    wrong = replace(every, schemes={**every.schemes, "brede_spuk": scheme})
    file = "assets/sources/spuk/schemes/brede_spuk.yaml"
    assert only(wrong, "VK-C009", file)[1] == "sources.1: there is no source 'elsewhere'"


def test_the_files_of_the_sample_are_there(every: Declarations) -> None:
    table = every.sample.tables[0].model_copy(update={"file": "figures/nothing.csv"})
    wrong = every.sample.model_copy(update={"tables": (table, *every.sample.tables[1:])})
    _, text = only(replace(every, sample=wrong), "VK-C004", "sample/sample.yaml")
    assert text == "tables.1.file: there is no file 'figures/nothing.csv'"
    source = every.sources["cited_figures"]
    listed = (source.listed[0].model_copy(update={"id": "nothing"}), *source.listed[1:])
    cited = {**every.sources, "cited_figures": source.model_copy(update={"listed": listed})}
    file = "assets/sources/cited_figures/source.yaml"
    careless = {**every.sources, "cited_figures": source.model_copy(update={"traps": ()})}
    assert only(replace(every, sources=careless), "VK-C002", file)[1].startswith("traps: ")
    _, text = only(replace(every, sources=cited), "VK-C002", file)
    assert text == "tables.1.id: there is no file sample/figures/nothing.csv"


def test_a_name_that_code_uses_in_vain_has_a_code() -> None:
    with pytest.raises(VoorkantError, match="VK-C003"):
        table("care_spending.nothing")
    with pytest.raises(VoorkantError, match="VK-C002"):
        registry.source("nothing")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The parts of the tree that `voorkant check` reads."""
    root = tmp_path_factory.mktemp("tree")
    for name in ("assets", "datasets", "expectations", "pipelines", "sample"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    return root


def voorkant(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603
        [sys.executable, "-m", "pipelines.cli.main", *arguments],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )


def replaced(path: Path, right: str, wrong: str) -> None:
    text = path.read_text("utf-8")
    assert right in text
    path.write_text(text.replace(right, wrong, 1), "utf-8")


def test_the_command_lists_everything_that_is_wrong_at_once(copy: Path) -> None:
    fine = voorkant(copy, "check")
    assert (fine.returncode, fine.stderr) == (0, "")
    replaced(copy / CONTRACT, "frequency: annual", "frequency: monthly")
    replaced(copy / "datasets/claims/contract.yaml", "licence: CC-BY-4.0", "licence: CC0-1.0")
    replaced(copy / "assets/sources/cited_figures/source.yaml", "kind: csv", "kind: excel")
    replaced(copy / "sample/sample.yaml", "retrieved_at:", "taken_at:")
    # What other files show together is found in the same go.
    replaced(
        copy / "datasets/municipalities/lineage.yaml", "municipalities.lists", "municipalities.list"
    )
    replaced(
        copy / "assets/sources/spuk/schemes/brede_spuk.yaml", "sources: [", "sources: [elsewhere, "
    )
    found = voorkant(copy, "check", "--json")
    assert (found.returncode, found.stderr) == (2, "")
    rows = json.loads(found.stdout)
    assert {(each["code"], each["file"]) for each in rows} == {
        ("VK-C001", CONTRACT),
        ("VK-C001", "datasets/claims/contract.yaml"),
        ("VK-C002", "assets/sources/cited_figures/source.yaml"),
        ("VK-C004", "sample/sample.yaml"),
        ("VK-C008", "datasets/municipalities/lineage.yaml"),
        ("VK-C009", "assets/sources/spuk/schemes/brede_spuk.yaml"),
    }
    assert all(each["line"] >= 1 for each in rows)
    plain = voorkant(copy, "check")
    assert plain.returncode == 2
    assert (
        f"{CONTRACT}:{line_of(CONTRACT, 'frequency:')}  frequency: Input should be" in plain.stdout
    )
    assert "Traceback" not in plain.stdout + plain.stderr
    refused = voorkant(copy, "refresh", "--state", str(copy / "state"))
    assert refused.returncode == 2
    assert "VK-C001" in refused.stderr
    assert "frequency: Input should be 'annual', 'quarterly' or 'irregular'" in refused.stderr
