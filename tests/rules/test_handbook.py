"""The rule pages agree with contracts and spec tables; `--check` finds each outdated generated file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from expectations.contract import contracts
from expectations.rule_examples import kind_of, load_specs
from expectations.vocabulary import KINDS, Rule
from pipelines.handbook import generated_files, reconciliation_page, rule_pages
from pipelines.handbook.__main__ import main
from pipelines.handbook.rule_pages import INDEX, PAGES, SPECS


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return rule_pages.pages(load_specs(SPECS), contracts())


def test_all_generated_files_are_current(tmp_path: Path) -> None:
    """Drift check of pages, table and forms. When this fails: `make docs`."""
    assert main(["--check", "--published", str(tmp_path)]) == 0


def test_check_reports_a_file_that_is_not_current(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    absent = tmp_path / "absent.md"
    monkeypatch.setattr(rule_pages, "files", lambda: {absent: b""})
    arguments = ["--published", str(tmp_path)]
    monkeypatch.setattr(rule_pages, "existing", set)
    assert main(["--check", *arguments]) == 1
    error = capsys.readouterr().err
    assert f"{absent} does not exist." in error
    assert "Run make docs" in error


def test_differences_name_each_page_that_is_not_current(tmp_path: Path) -> None:
    wanted = rule_pages.files(tmp_path)
    generated_files.write(wanted)
    assert generated_files.differences(wanted, rule_pages.existing(tmp_path)) == []
    edited, gone, left = (tmp_path / name for name in ("sign.md", INDEX, "no_such_kind.md"))
    left.write_bytes(edited.read_bytes())
    edited.write_text(edited.read_text("utf-8").replace("zero", "one", 1), "utf-8")
    gone.unlink()
    assert set(generated_files.differences(wanted, rule_pages.existing(tmp_path))) == {
        f"{edited} differs from what is generated.",
        f"{gone} does not exist.",
        f"{left} is no longer generated.",
    }
    assert not gone.exists()


def test_writing_removes_the_page_of_a_removed_kind_and_nothing_else(tmp_path: Path) -> None:
    wanted = rule_pages.files(tmp_path)
    generated_files.write(wanted)
    old, own = tmp_path / "no_such_kind.md", tmp_path / "notes.md"
    old.write_bytes((tmp_path / "sign.md").read_bytes())
    own.write_text("# Written by hand\n", "utf-8")
    generated_files.write(wanted, rule_pages.existing(tmp_path))
    assert not old.exists()
    assert own.exists()
    assert generated_files.differences(wanted, rule_pages.existing(tmp_path)) == []


def test_every_kind_has_a_page_with_its_cause_and_examples(pages: dict[str, str]) -> None:
    specs = load_specs(SPECS)
    kinds = {f"{kind_of(kind)}.md" for kind in KINDS}
    assert set(pages) == {INDEX, reconciliation_page.PAGE, *kinds}
    for kind in KINDS:
        page = pages[f"{kind_of(kind)}.md"]
        assert kind.usual_cause in page
        for case in specs[kind_of(kind)].cases:
            assert page.count(f"\n### {case.title}\n\n{case.rule.sentence()}\n") == 1


@pytest.mark.parametrize("kind", KINDS, ids=kind_of)
def test_a_page_names_every_key_of_its_kind(kind: type[Rule], pages: dict[str, str]) -> None:
    own = kind.model_fields.keys() - Rule.model_fields.keys() - {"kind"}
    page, _, _ = pages[f"{kind_of(kind)}.md"].partition("## Used by")
    assert not [name for name in own if page.count(f"\n| `{name}` | ") != 1]


def test_every_rule_of_every_contract_is_listed_once(pages: dict[str, str]) -> None:
    for contract in contracts().values():
        for table in contract.tables.values():
            for rule in table.all_rules:
                assert len(re.findall(rf"\n\| `{re.escape(rule.id)}` \| ", pages[INDEX])) == 1


def test_the_index_counts_the_rules_of_each_kind(pages: dict[str, str]) -> None:
    counted = re.findall(
        r"\n\| \[`\w+`\]\(\w+\.md\) \| (?:rows|groups) \| .* \| (\d+) \|", pages[INDEX]
    )
    written = [r for c in contracts().values() for t in c.tables.values() for r in t.all_rules]
    assert len(counted) == len(KINDS)
    assert sum(map(int, counted)) == len(written)


def test_every_link_leads_to_a_page(pages: dict[str, str]) -> None:
    for page in pages.values():
        for target in re.findall(r"\]\(([^()\s]+\.md)\)", page):
            assert target in pages or (PAGES / target).exists(), target


def test_every_table_has_as_many_cells_in_each_row(pages: dict[str, str]) -> None:
    """A bar in a pattern must not open a new column."""
    columns = 0
    for line in "\n".join(pages.values()).splitlines():
        bars = line.replace("\\|", "").count("|") if line.startswith("|") else 0
        assert bars == columns or not (bars and columns), line
        columns = bars


def test_invisible_characters_are_written_out(pages: dict[str, str]) -> None:
    assert r'`"GM0014\n"`' in pages["matches.md"]
    assert r"Frysla\u0302n" in pages["key_unique.md"]
    assert "Frysl\u00e2n" in pages["key_unique.md"]
    assert not [c for c in "".join(pages.values()) if c != "\n" and not c.isprintable()]
