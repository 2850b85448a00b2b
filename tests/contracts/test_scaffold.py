"""`voorkant new` writes what the guides describe: filled in, it can be used; until then nothing is built."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from expectations import yaml_files, yaml_models
from expectations.contract import Contract, contracts
from expectations.errors import VoorkantError
from expectations.paths import ROOT
from pipelines import scaffold


def voorkant(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603
        [sys.executable, "-m", "pipelines.cli.main", *arguments],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )


def contract_of(text: str) -> Contract:
    return yaml_models.from_document(Contract, yaml_files.parse(Path("contract.yaml"), text))


@pytest.fixture(scope="module")
def filled_in(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, str]]]:
    """A copy of the tree with one of each kind, filled in; and what `check` listed before that."""
    root = tmp_path_factory.mktemp("tree")
    for name in ("assets", "datasets", "expectations", "pipelines", "sample"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    written: list[str] = []
    for kind, name in (
        ("source", "libraries"),
        ("dataset", "libraries"),
        ("rule", "municipalities.years"),
        ("rule", "care_spending.care_spending"),
        ("scheme", "libraries_2030"),
        ("claim", "libraries-13"),
    ):
        made = voorkant(root, "new", kind, name, "--json")
        assert (made.returncode, made.stderr) == (0, "")
        written += [each["file"] for each in json.loads(made.stdout)]
    before = json.loads(voorkant(root, "check", "--json").stdout)
    for file in written:
        text = (root / file).read_text("utf-8")
        text = text.replace("'TODO: a key of publications'", "sector_002").replace(
            "-TODO,", "-first,"
        )
        text = re.sub(r"'TODO: ([^']*)'", r"'\1'", text).replace("'TODO' = 'the condition'", "true")
        (root / file).write_text(text, "utf-8")
    return root, before


def test_check_lists_every_todo_by_file_and_line(
    filled_in: tuple[Path, list[dict[str, str]]],
) -> None:
    _, before = filled_in
    todo = [each for each in before if each["problem"].startswith("to be filled in: ")]
    assert {each["file"] for each in todo} == {
        "assets/reference/claims.yaml",
        "assets/sources/libraries/source.yaml",
        "assets/sources/spuk/schemes/libraries_2030.yaml",
        "datasets/care_spending/contract.yaml",
        "datasets/libraries/contract.yaml",
        "datasets/libraries/lineage.yaml",
        "datasets/municipalities/contract.yaml",
        "datasets/publication.yaml",
        "sample/sample.yaml",
    }
    (other,) = [each for each in before if each not in todo]
    assert "there is no publication" in other["problem"]


def test_filled_in_everything_can_be_used(filled_in: tuple[Path, list[dict[str, str]]]) -> None:
    root, _ = filled_in
    found = voorkant(root, "check")
    assert (found.returncode, found.stderr) == (0, ""), found.stdout
    text = (root / "datasets/municipalities/contract.yaml").read_text("utf-8")
    assert "id: MUN-years-first, kind: not_null" in text
    listed = voorkant(root, "datasets", "--json", "--published", str(root / "published"))
    assert "libraries" in {each["dataset"] for each in json.loads(listed.stdout)}


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("source", "cbs_iv3"),
        ("dataset", "care_spending"),
        ("scheme", "brede_spuk"),
        ("claim", "social-counsellors-150"),
        ("source", "../outside"),
        ("source", "With Capitals"),
        ("source", "class"),
        ("dataset", "import"),
        ("source", "two__underscores"),
        ("source", "underscore_"),
        ("claim", "with_underscore"),
    ],
)
def test_a_name_that_is_there_or_cannot_be_used_is_refused(kind: str, name: str) -> None:
    with pytest.raises(VoorkantError, match="VK-U001"):
        scaffold.files(kind, name, ROOT)


def test_a_rule_is_about_a_table_that_exists() -> None:
    with pytest.raises(VoorkantError, match="VK-U001"):
        scaffold.rule("municipalities.nothing", contracts()["municipalities"], ROOT)


def test_a_rule_can_be_added_to_every_table_of_every_contract() -> None:
    """The text of a contract is edited, so every way in which the tables are written is tried."""
    for contract in contracts().values():
        for name, table in contract.tables.items():
            if name == "cross":
                continue
            (new,) = scaffold.rule(f"{contract.dataset}.{name}", contract, ROOT)
            before = (ROOT / new.path).read_text("utf-8").splitlines()
            added = [line for line in new.text.splitlines() if line not in before]
            assert added[-1].strip().startswith(f"- {{id: {contract.rule_prefix}-{name}-TODO, ")
            again = contract_of(new.text)
            assert [rule.id for rule in again.tables[name].rules] == [
                *(rule.id for rule in table.rules),
                f"{contract.rule_prefix}-{name}-TODO",
            ]


def test_letters_of_rules_are_free_and_follow_from_the_name() -> None:
    assert scaffold.rule_prefix("libraries", []) == "LIB"
    assert scaffold.rule_prefix("libraries", ["LIB", "LIR"]) == "LIA"
    assert len(scaffold.rule_prefix("ab", [])) == 3
    assert scaffold.rule_prefix("qq", ["QQQ"]) == "AAA"
