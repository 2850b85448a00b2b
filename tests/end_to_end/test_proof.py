"""The page that says how each claim is proven names what is there, and in CI no proof goes missing."""

from __future__ import annotations

import ast
import re
import sys
from functools import cache
from pathlib import Path

import pytest

from expectations.paths import ROOT
from tests.support.validators import environments

PAGE = (ROOT / "docs/proof.md").read_text("utf-8")
TESTS = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)
PROGRAMS = re.findall(r"`python -m ([\w.]+)((?: --\w+ \w+)*)`", PAGE)


@cache
def defined(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return {each.name for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)}


def test_every_claim_names_a_test() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and "| test |" not in line]
    assert len(rows) > 20
    assert [row for row in rows if "`tests/" not in row] == []


@pytest.mark.parametrize(("path", "name"), TESTS)
def test_a_named_test_is_there(path: str, name: str) -> None:
    assert name in defined(path)


@pytest.mark.parametrize(("module", "options"), PROGRAMS)
def test_a_named_program_has_its_options(module: str, options: str) -> None:
    text = (ROOT / f"{module.replace('.', '/')}.py").read_text("utf-8")
    assert all(f'"{option}"' in text for option in re.findall(r"--\w+", options))
    assert 'if __name__ == "__main__":' in text


@pytest.mark.parametrize(
    ("ci", "outcome"), [("", pytest.skip.Exception), ("true", pytest.fail.Exception)]
)
def test_an_absent_validator_is_skipped_and_fails_in_ci(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, ci: str, outcome: type[BaseException]
) -> None:
    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr(environments, "HOME", tmp_path)
    with pytest.raises(outcome, match="no environment cffconvert"):
        environments.run_in("cffconvert", "cffconvert")


def test_an_environment_is_made_anew_when_its_list_changes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(environments, "HOME", tmp_path)
    packages = tmp_path / "empty.txt"
    packages.write_text("", "utf-8")
    environment = environments.Environment("empty", Path(sys.executable), packages)
    assert not environment.ready
    environment.make()
    assert environment.ready
    packages.write_text("# another list\n", "utf-8")
    assert not environment.ready
