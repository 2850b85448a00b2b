"""The guides `add-a-source`, `add-a-dataset` and `add-a-rule`, followed block by block in a copy of the tree.

A block goes into the file that the heading or sentence above it names: `at the end of` a file that is there,
or as the file. Blocks of text are commands; those of make belong to the tree itself and are left out.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from expectations.paths import ROOT

HOWTO = ROOT / "docs" / "howto"
NAMED = re.compile(r"`([a-z_]+/[\w./]+\.(?:yaml|csv|py))`")


class Block(NamedTuple):
    """A fenced block. above: the heading and the text between it and the block."""

    language: str
    above: str
    text: str


def blocks(page: str) -> Iterator[Block]:
    above: list[str] = []
    lines = iter((HOWTO / page).read_text("utf-8").splitlines())
    for line in lines:
        if line.startswith("```"):
            inside = []
            for inner in lines:
                if inner == "```":
                    break
                inside.append(inner)
            yield Block(line[3:], "\n".join(above), "\n".join(inside) + "\n")
            above = above[:1]
        elif line.startswith("## "):
            above = [line]
        else:
            above.append(line)


def written(root: Path, block: Block) -> None:
    """Put a block where its page says. The last file that is named above it is meant."""
    path = root / NAMED.findall(block.above)[-1]
    if re.search(rf"at the end of\s+`{re.escape(str(path.relative_to(root)))}`", block.above):
        path.write_text(path.read_text("utf-8").rstrip("\n") + "\n" + block.text, "utf-8")
        return
    assert not path.exists(), path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(block.text, "utf-8")
    if path.parent.parent.name == "published":
        (path.parent / "__init__.py").touch()


def run(root: Path, command: str) -> str:
    """A command of a page, with its output. Raises AssertionError when it does not end well."""
    name, *arguments = command.partition("#")[0].split()
    assert name == "voorkant"
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "pipelines.cli.main", *arguments],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def follow(root: Path, page: str) -> dict[str, str]:
    """Do what a page says; command -> output."""
    outputs = {}
    for block in blocks(page):
        if block.language == "text":
            commands = [line for line in block.text.splitlines() if line.startswith("voorkant ")]
            outputs |= {command: run(root, command) for command in commands}
        else:
            written(root, block)
    return outputs


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("tree")
    for name in ("assets", "datasets", "expectations", "pipelines", "sample"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "dagster.yaml", root)
    shutil.copy(ROOT / "requirements.lock", root)
    return root


@pytest.fixture(scope="module")
def outputs(tree: Path) -> dict[str, str]:
    return follow(tree, "add-a-source.md") | follow(tree, "add-a-dataset.md")


def test_the_dataset_of_the_guides_is_published(tree: Path, outputs: dict[str, str]) -> None:
    assert "libraries" in outputs["voorkant status"]
    assert "Utrecht" in outputs["voorkant show libraries"]
    version = next((tree / "published/data/libraries").iterdir())
    assert {"README.md", "contract.yaml", "libraries.parquet"} <= {
        p.name for p in version.iterdir()
    }
    catalogue = json.loads((tree / "published/catalog.json").read_text("utf-8"))
    assert "libraries" in {each["dataset"] for each in catalogue["datasets"]}
    row = run(tree, "voorkant explain libraries --key year=2024 --key municipality_code=GM0344")
    assert "sample/figures/library_branches.csv" in row


def test_the_rule_of_the_guide_is_judged(tree: Path) -> None:
    block = next(b for b in blocks("add-a-rule.md") if b.language == "yaml")
    (line,) = [line for line in block.text.splitlines() if "MUN-years-code" in line]
    run(tree, "voorkant new rule municipalities.years")
    path = tree / "datasets" / "municipalities" / "contract.yaml"
    text = path.read_text("utf-8")
    (todo,) = [each for each in text.splitlines() if "TODO" in each]
    path.write_text(text.replace(todo, line), "utf-8")
    run(tree, "voorkant check")
    run(tree, "voorkant refresh --only municipalities")
    (newest,) = (tree / "published/data/municipalities").iterdir()
    rules = json.loads((newest / "validation.json").read_text("utf-8"))["rule"]
    assert [each["passed"] for each in rules if each["rule_id"] == "MUN-years-code"] == [True]


@pytest.mark.parametrize(
    ("page", "path", "key"),
    [
        ("add-a-scheme.md", "assets/sources/spuk/schemes/libraries_2030.yaml", "windows:"),
        ("add-a-claim.md", "assets/reference/claims.yaml", "comparison:"),
    ],
)
def test_what_the_guide_declares_is_accepted(tree: Path, page: str, path: str, key: str) -> None:
    """The block of the page is the file; the same block with a misspelt key is refused."""
    (block,) = [each for each in blocks(page) if each.language == "yaml"]
    file = tree / path
    before = file.read_text("utf-8") if file.exists() else None
    try:
        assert key in block.text
        file.write_text(block.text, "utf-8")
        run(tree, "voorkant check")
        file.write_text(block.text.replace(key, f"x{key}"), "utf-8")
        with pytest.raises(AssertionError, match=file.name):
            run(tree, "voorkant check")
    finally:
        file.unlink() if before is None else file.write_text(before, "utf-8")


def test_the_new_kind_of_the_guide_does_what_its_spec_table_says(tree: Path) -> None:
    """The class, the line in the list and the spec table of the page, judged as every kind is."""
    kind, spec = (b for b in blocks("add-a-rule.md") if "AtMost" in b.text or "at_most" in b.text)
    vocabulary = tree / "expectations" / "vocabulary"
    rows = vocabulary / "rows.py"
    rows.write_text(rows.read_text("utf-8") + "\n\n" + kind.text, "utf-8")
    listed = vocabulary / "__init__.py"
    text = listed.read_text("utf-8")
    assert "    | rows.Sign\n" in text
    text = text.replace("    | rows.Sign\n", "    | rows.Sign\n    | rows.AtMost\n")
    listed.write_text(text, "utf-8")
    shutil.copytree(ROOT / "tests", tree / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tree)
    (tree / NAMED.findall(spec.above)[-1]).write_text(spec.text, "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist",
         "tests/rules/test_rule_specs.py", "-k", "at_most or every_kind"],
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:]
    assert "passed" in done.stdout
