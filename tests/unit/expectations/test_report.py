"""The report of an audit: three tables, the same as JSON, a page for people, and the gate's message."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from expectations.audit import FAILURES, Audit, Finding
from expectations.contract import Table
from expectations.localized import LANGUAGES, Language
from expectations.quarantine import QUARANTINE
from expectations.report import files, frames, pages
from expectations.report.gate import refusal

TABLE = Table.model_validate(
    {
        "stage": "published",
        "title": {"nl": "Voorbeeld", "en": "Example"},
        "description": {"nl": "", "en": ""},
        "key": ["code"],
        "columns": {"code": {"type": "code", "nl": "", "en": ""}},
        "dataset": "example",
        "name": "rows",
        "rule_prefix": "EX-rows",
        "schema_version": "1.2.3",
    }
)


def finding(rule_id: str, failed: int = 0, **more: Any) -> Finding:
    given: dict[str, Any] = {
        "kind": "between",
        "severity": "critical",
        "about": "rows",
        "sentence": f"`{rule_id}` holds.",
        "sentence_nl": f"`{rule_id}` klopt.",
        "reason": "Why.",
        "source": "page 1",
        "suggested_cause": "a typing error",
        "judged": 1_000,
        "failed": failed,
        "examples": tuple(f"code {n}" for n in range(min(failed, 10))),
    }
    return Finding(rule_id=rule_id, **given | more)


def failures(rule_id: str, number: int, **more: Any) -> pl.DataFrame:
    given = {
        "rule_id": rule_id,
        "key": '{"code":"x"}',
        "set_aside": False,
        "capture_sha256": None,
        "locator": None,
        "observed": None,
        "expected": None,
        "deviation": None,
    }
    rows = [given | {"words": f"code {n}"} | more for n in range(number)]
    return pl.DataFrame(rows, schema=FAILURES)


def judged(*findings: Finding, failing: tuple[pl.DataFrame, ...] = (), **more: Any) -> Audit:
    given: dict[str, Any] = {
        "table": TABLE,
        "read": 3,
        "kept": pl.DataFrame({"code": ["a", "b"]}),
        "quarantined": pl.DataFrame(
            [dict.fromkeys(QUARANTINE, "x") | {"problem": "<b>bold</b>"}], schema=QUARANTINE
        ),
        "failures": pl.concat([FAILURES.to_frame(), *failing]),
    }
    return Audit(findings=findings, **given | more)


def test_the_three_tables_say_what_was_judged_and_found() -> None:
    audit = judged(
        finding("EX-1", 1), finding("EX-2", severity="warning"), failing=(failures("EX-1", 1),)
    )
    report = frames.report(audit)
    assert {name: table.schema for name, table in report.tables.items()} == {
        "run": frames.RUN,
        "rule": frames.RULE,
        "failure": frames.FAILURE,
    }
    run = report.run.row(0, named=True)
    assert (run["read"], run["kept"], run["quarantined"], run["rules"]) == (3, 2, 1, 2)
    assert (run["failed_critical"], run["failed_warning"], run["failed_info"]) == (1, 0, 0)
    assert (run["stage"], run["schema_version"], run["partition"]) == ("published", "1.2.3", None)
    assert run["polars"] == pl.__version__
    assert report.rule.select("table", "rule_id", "failed", "passed").rows() == [
        ("rows", "EX-1", 1, False),
        ("rows", "EX-2", 0, True),
    ]
    assert report.failure.select("dataset", "rule_id", "words").rows() == [
        ("example", "EX-1", "code 0")
    ]


def test_a_part_of_a_table_is_told_as_a_part() -> None:
    audit = judged(finding("EX-1", 1), failing=(failures("EX-1", 1),), partition="2024")
    report = frames.report(audit)
    for table in report.tables.values():
        assert table["partition"].to_list() == ["2024"]


def test_reports_together_keep_their_order_and_come_back_from_disk(tmp_path: Path) -> None:
    ours = frames.report(judged(finding("EX-2", 1), failing=(failures("EX-2", 1),)))
    both = frames.together([ours, frames.report(judged(finding("EX-1")))])
    assert both.rule["rule_id"].to_list() == ["EX-2", "EX-1"]
    files.write(both, tmp_path / "one")
    files.write(both, tmp_path / "two")
    for name, table in files.read(tmp_path / "one").tables.items():
        assert table.equals(both.tables[name])
        first, second = (tmp_path / each / f"{name}.parquet" for each in ("one", "two"))
        assert first.read_bytes() == second.read_bytes()
    assert frames.together([]).failure.schema == frames.FAILURE


def test_json_holds_the_same_rows_and_no_amount_becomes_a_float() -> None:
    sides = {"observed": Decimal("0.1"), "expected": Decimal("0.3"), "deviation": Decimal("-0.2")}
    failing = failures("EX-1", 2, words='quoted "é"\n', **sides)
    report = frames.report(judged(finding("EX-1", 2), failing=(failing,)))
    read = json.loads(files.as_json(report, {"dataset": "example"}))
    assert list(read) == ["dataset", "run", "rule", "failure"]
    assert [len(read[name]) for name in report.tables] == [1, 1, 2]
    assert read["failure"][0]["words"] == 'quoted "é"\n'
    assert read["failure"][0]["observed"] == "0.1000"
    assert json.loads(files.as_json(frames.together([]), {}))["failure"] == []


class Seen(HTMLParser):
    """The tags and the attributes of a page, and whether every tag is closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(page)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, []).append(value or "")
        if tag != "meta":
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_asks_nothing_of_anybody_and_escapes_what_it_shows(
    language: Language,
) -> None:
    attack = "<script>alert(1)</script> in `x<y`"
    bad = finding("EX-1", 1, sentence=attack, sentence_nl=attack)
    audit = judged(bad, failing=(failures("EX-1", 1, words="<i>key</i>"),))
    page = pages.page(frames.report(audit), audit.quarantined, "Title & more", language)
    seen = Seen(page)
    assert not {"script", "link", "img", "iframe", "i", "b"} & set(seen.tags)
    assert not {"src", "href", "onclick", "action"} & set(seen.attributes)
    assert not re.search(r"https?:|url\(|@import", page)
    assert "default-src 'none'" in page
    assert "Title &amp; more" in page
    assert "<code>x&lt;y</code>" in page
    assert f'<html lang="{language}">' in page


@pytest.mark.parametrize(("language", "ending"), [("nl", "klopt."), ("en", "holds.")])
def test_rules_are_in_the_language_of_the_page(language: Language, ending: str) -> None:
    audit = judged(finding("EX-1", 1), finding("EX-2"), failing=(failures("EX-1", 1),))
    page = pages.page(frames.report(audit), audit.quarantined, "Title", language)
    # Once where it fails, and once for each rule in the list of all.
    assert (page.count("</code> klopt."), page.count("</code> holds.")) == (
        (3, 0) if ending == "klopt." else (0, 3)
    )


def test_the_page_shows_what_is_worst_first_and_says_how_many_more() -> None:
    audit = judged(
        finding("EX-note", 900, severity="info"),
        finding("EX-good"),
        finding("EX-few", 1),
        finding("EX-many", 60),
        failing=(failures("EX-note", 900), failures("EX-few", 1), failures("EX-many", 60)),
    )
    page = pages.page(frames.report(audit), audit.quarantined, "T", "nl", folder="validation/")
    headed = re.findall(r"<h3><code>([^<]+)</code>", page)
    assert headed == ["EX-many", "EX-few", "EX-note"]
    assert page.count("<td>code 49</td>") == 2
    assert "<td>code 50</td>" not in page
    assert "Dit zijn de eerste 50 van 900; alle 900 staan in validation/failure.parquet." in page
    assert "60 van 1.000 rijen kloppen niet" in page
    assert "Een kritieke regel klopt niet" in page


def test_a_page_about_nothing_wrong_says_so() -> None:
    audit = judged(finding("EX-1"), quarantined=QUARANTINE.to_frame())
    page = pages.page(frames.report(audit), audit.quarantined, "T", "en")
    for sentence in ("All critical rules hold.", "No rule is broken.", "No row was set aside."):
        assert sentence in page
    assert 'class="verdict"' in page


def test_numbers_are_written_as_the_language_writes_them() -> None:
    dutch, english = pages._number("nl"), pages._number("en")
    assert (dutch(1_234_567), english(1_234_567)) == ("1.234.567", "1,234,567")
    amount = Decimal("-1234.5000")
    assert (dutch(amount), english(amount)) == ("-1.234,5", "-1,234.5")
    assert dutch(Decimal("100.0000")) == "100"


def test_the_gate_names_rules_rows_keys_and_what_to_do() -> None:
    found = [
        finding("EX-1", 1_200, judged=5_000),
        finding("EX-2", 3, severity="warning"),
        finding("EX-3", 1, about="groups", examples=("all rows: 1.00 against 2.00",)),
        finding("EX-4"),
    ]
    error = refusal("core_x", [asdict(each) for each in found], 1_200, Path("page.html"))
    assert error.code == "VK-D001"
    assert "EX-1: `EX-1` holds. Fails for 1,200 of 5,000 rows: code 0; code 1; code 2, …." in (
        error.problem
    )
    assert "EX-3" in error.problem
    assert "all rows: 1.00 against 2.00" in error.problem
    assert "a typing error" in error.problem
    assert "EX-2" not in error.problem
    assert "EX-4" not in error.problem
    assert "page.html" in error.remedy
