"""A mutant that no test notices fails the run; so does one whose tests could not be run."""

from __future__ import annotations

from pathlib import Path

import pytest

from expectations.paths import ROOT
from tests.support import mutants

ONE = mutants.MUTANTS[0]


@pytest.mark.parametrize("mutant", mutants.MUTANTS, ids=lambda mutant: mutant.name)
def test_every_mutant_changes_one_line_that_exists(mutant: mutants.Mutant) -> None:
    original = (ROOT / mutant.path).read_text("utf-8")
    assert mutant.text(original) != original
    assert (ROOT / mutant.guard).exists()


def judged(
    monkeypatch: pytest.MonkeyPatch, tree: Path, with_mutant: int, without: int = 0
) -> list[str]:
    module = tree / ONE.path
    module.parent.mkdir()
    module.write_text(ONE.line, "utf-8")
    monkeypatch.setattr(mutants, "MUTANTS", (ONE,))
    monkeypatch.setattr(
        mutants,
        "_exit_code",
        lambda *_: without if module.read_text("utf-8") == ONE.line else with_mutant,
    )
    alive = mutants.survivors(tree)
    assert module.read_text("utf-8") == ONE.line, "the next mutant would not be alone"
    return [mutant.name for mutant in alive]


def test_only_a_mutant_that_no_test_notices_survives(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert judged(monkeypatch, tmp_path / "a", with_mutant=1) == []
    assert judged(monkeypatch, tmp_path / "b", with_mutant=0) == [ONE.name]


@pytest.mark.parametrize(("with_mutant", "without"), [(2, 0), (1, 1), (1, 5)])
def test_tests_that_do_not_run_show_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, with_mutant: int, without: int
) -> None:
    with pytest.raises(RuntimeError):
        judged(monkeypatch, tmp_path, with_mutant, without)
