"""The page of rules says what contracts and spec tables say, and `--check` sees when it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from expectations.contract import contracts
from expectations.handbook import SPECS, handbook, main
from expectations.specs import kind_of, load_specs
from expectations.vocabulary import KINDS


@pytest.fixture(scope="module")
def page() -> str:
    return handbook(load_specs(SPECS), contracts())


def test_the_page_on_disk_is_the_generated_one() -> None:
    """Drift check. When this fails: `python -m expectations.handbook`."""
    assert main(["--check"]) == 0


def test_check_names_a_page_that_was_edited_by_hand(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "rules.md"
    assert main(["--page", str(copy)]) == 0
    assert main(["--check", "--page", str(copy)]) == 0
    copy.write_text(copy.read_text("utf-8").replace("critical", "warning", 1), "utf-8")
    assert main(["--check", "--page", str(copy)]) == 1
    told = capsys.readouterr().err
    assert f"{copy} differs" in told
    assert "python -m expectations.handbook" in told


def test_check_names_a_page_that_is_not_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--check", "--page", str(tmp_path / "rules.md")]) == 1
    assert "does not exist" in capsys.readouterr().err
    assert not (tmp_path / "rules.md").exists()


def test_every_kind_and_example_is_told(page: str) -> None:
    for kind in KINDS:
        assert f"\n### `{kind_of(kind)}`\n" in page
    for spec in load_specs(SPECS).values():
        for case in spec.cases:
            assert page.count(f"**{case.says}** {case.rule.sentence()}") == 1


def test_every_rule_of_every_contract_is_told_once(page: str) -> None:
    for contract in contracts().values():
        for table in contract.tables.values():
            for rule in table.all_rules:
                assert page.count(f"\n| `{rule.id}` | {rule.severity}") == 1


def test_every_table_of_the_page_has_as_many_cells_in_each_row(page: str) -> None:
    """A bar in a pattern must not open a new column."""
    columns = 0
    for line in page.splitlines():
        bars = line.replace("\\|", "").count("|") if line.startswith("|") else 0
        assert bars == columns or not (bars and columns), line
        columns = bars


def test_characters_that_do_not_show_are_written_out(page: str) -> None:
    assert r'`"GM0014\n"`' in page
    assert r"Frysla\u0302n" in page
    assert "Frysl\u00e2n" in page
    assert not [c for c in page if c != "\n" and not c.isprintable()]
