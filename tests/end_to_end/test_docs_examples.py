"""Every example in the how-to pages and the README does what the page says, on a finished run.

Blocks fenced as sh, python or sql are run; other fences (text, r, yaml) are shown only. The folder they
run in looks like the project's root after `make run`: the published datasets, the archive, the tables.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple, Protocol

import duckdb
import pytest

from expectations.paths import ROOT

PAGES = [
    page
    for page in [*sorted((ROOT / "docs" / "howto").glob("*.md")), ROOT / "README.md"]
    if page.exists()
]
BLOCK = re.compile(r"^```(sh|python|sql)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Folders(Protocol):
    """What the fixture `published` yields, as far as these tests need it."""

    published: Path
    state: Path


class Example(NamedTuple):
    """One fenced block of a page. line: of its opening fence."""

    page: Path
    line: int
    language: str
    text: str


def examples(page: Path) -> list[Example]:
    text = page.read_text("utf-8")
    return [
        Example(page, text.count("\n", 0, found.start()) + 1, found[1], found[2])
        for found in BLOCK.finditer(text)
        if not re.search(r"^\s*make\b", found[2], re.MULTILINE)
    ]


EXAMPLES = [example for page in PAGES for example in examples(page)]


@pytest.fixture(scope="module")
def root(published: Folders, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that looks like the project's root after a finished run."""
    folder = tmp_path_factory.mktemp("root")
    (folder / "published").symlink_to(published.published, target_is_directory=True)
    (folder / ".state").symlink_to(published.state, target_is_directory=True)
    for path in ROOT.iterdir():
        if not path.name.startswith(".") and path.name not in ("published", "drop"):
            (folder / path.name).symlink_to(path)
    # The command knows its own root; here it must read the folders of this run.
    tools = folder / ".tools"
    tools.mkdir()
    command = tools / "voorkant"
    command.write_text(
        f'#!/bin/sh\nname=$1; shift\nexec "{Path(sys.executable).with_name("voorkant")}" "$name" '
        f'--published "{folder}/published" --state "{folder}/.state" "$@"\n',
        "utf-8",
    )
    command.chmod(0o755)
    return folder


def test_there_are_examples() -> None:
    assert {example.language for example in EXAMPLES} == {"sh", "python", "sql"}


@pytest.mark.parametrize(
    "example",
    EXAMPLES,
    ids=lambda example: f"{example.page.stem}-{example.line}-{example.language}",
)
def test_example(example: Example, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if example.language == "sql":
        monkeypatch.chdir(root)
        with duckdb.connect() as connection:
            rows = connection.execute(example.text).fetchall()
        assert rows, f"{example.page.name}, line {example.line}: the query gives no rows"
        return
    runs = {"sh": ["sh", "-e", "-c"], "python": [sys.executable, "-c"]}[example.language]
    tools = f"{root}/.tools{os.pathsep}{Path(sys.executable).parent}"
    finished = subprocess.run(  # noqa: S603 (our own pages)
        [*runs, example.text],
        cwd=root,
        env=os.environ | {"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    where = f"{example.page.relative_to(ROOT)}, line {example.line}"
    assert finished.returncode == 0, f"{where}\n{finished.stdout}\n{finished.stderr}"
    assert "0 of 0 rows" not in finished.stdout, f"{where}: the condition finds nothing"
