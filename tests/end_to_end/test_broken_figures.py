"""Broken figures: every way a source can be wrong, one at a time, and what comes of it.

Always the same promises: the user gets a message, never a traceback; nothing is lost; the
release that was there stays the newest with the same bytes; what does not depend on the broken
figure is published all the same.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from expectations.paths import ROOT

Row = dict[str, str]
Rows = list[Row]
Change = Callable[[Rows], Rows]

IV3 = "iv3/45063NED.csv"
LINES = "core_social_domain_budgets__lines"
BUDGETS = "social_domain_budgets"
FIELDS = "core_social_domain_budgets__fields"


def is_line(row: Row, municipality: str = "GM0363") -> bool:
    """The lasten of one municipality on 6.1 in its account of 2023."""
    place = (row["verslagsoort"], row["gemeente"], row["taakveld"], row["categorie"])
    return place == ("2023X005", municipality, "6.1", "L")


def put(wanted: Callable[[Row], bool], **values: str) -> Change:
    """Write these values in the rows that are wanted."""
    return lambda rows: [row | values if wanted(row) else row for row in rows]


def also(wanted: Callable[[Row], bool], **values: str) -> Change:
    """Add a copy of the wanted rows with these values."""
    return lambda rows: [*rows, *(row | values for row in rows if wanted(row))]


def without(column: str) -> Change:
    """Take a column away."""
    return lambda rows: [{k: v for k, v in row.items() if k != column} for row in rows]


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample with few Iv3 lines: enough for every rule, and a quarter of the time."""
    root = ROOT
    sample = Path(shutil.copytree(root / "sample", tmp_path_factory.mktemp("small") / "sample"))
    totals, fields = {"6.1,L", "totaal,L"}, {"6.1", "6.2", "7.1", "totaal", "6", "7"}
    for file in (sample / "figures/iv3").glob("*.csv"):
        head, *lines = file.read_text("utf-8").splitlines(keepends=True)
        kept = []
        for line in lines:
            report, _, field, category, _ = line.split(",")
            of_2023 = report == "2023X005" and field in fields
            other = not report.startswith("2023") and f"{field},{category}" in totals
            if of_2023 or other:
                kept.append(line)
        file.write_text(head + "".join(kept), "utf-8")
    return sample


@pytest.fixture(scope="session")
def sound(small: Path, refresh_into: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A good release of that sample, for a broken one to come after."""
    only = [BUDGETS, "municipalities", "care_spending"]
    good = refresh_into(tmp_path_factory.mktemp("sound"), sample=small, only=only)
    assert set(good.outcomes.values()) == {"published"}, good.problems
    return good


@pytest.fixture
def broken(small: Path, sound: Any, refresh_into: Any, edit: Any, tmp_path: Path) -> Any:
    """Break one file of figures, refresh after the good release, and check what always holds."""

    def refreshed(file: str, change: Change | bytes | None, only: list[str]) -> Any:
        sample = Path(shutil.copytree(small, tmp_path / "sample"))
        path = sample / "figures" / file
        if change is None:
            path.unlink()
        elif isinstance(change, bytes):
            path.write_bytes(change)
        else:
            edit(path, change)
        folder = tmp_path / "later"
        shutil.copytree(sound.published, folder / "published")
        shutil.copytree(sound.state / "archive", folder / "state/archive")
        before = hashes(folder / "published/data")

        after = refresh_into(folder, sample=sample, only=only)

        assert "Traceback" not in after.problems
        assert ".py" not in after.problems
        assert before.items() <= hashes(folder / "published/data").items()
        for dataset, outcome in after.outcomes.items():
            if outcome == "blocked" and dataset in sound.outcomes:
                assert after.manifest(dataset) == sound.manifest(dataset)
                assert latest(folder, dataset) == sound.manifest(dataset)["version"]
        for evidence in (folder / "state/tables").glob("*.audit.json"):
            rows = json.loads(evidence.read_text("utf-8"))["rows"]
            assert rows["read"] == rows["kept"] + rows["quarantined"], evidence.name
        return after

    return refreshed


@pytest.fixture(autouse=True)
def silent(capfd: pytest.CaptureFixture[str]) -> Any:
    """Nobody may have to read a traceback, whatever is wrong with the figures."""
    yield
    found = capfd.readouterr()
    assert "Traceback" not in found.err + found.out


def hashes(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


def latest(folder: Path, dataset: str) -> str:
    catalog = json.loads((folder / "published/catalog.json").read_text("utf-8"))
    return str(next(d["latest"] for d in catalog["datasets"] if d["dataset"] == dataset))


# --- rows that are set aside ---------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """file and change: what is broken. asset: the table that stops it. rules: how many rows fail each.

    says: words of the quarantined row or of the report. free: a dataset that must not suffer.
    aside: rows set aside, where it is not the sum over rules of one row each.
    """

    file: str
    change: Change
    dataset: str
    asset: str
    rules: dict[str, int]
    aside: int
    expected_text: str
    free: str | None = None


CASES = {
    "an amount no municipality can spend": Case(
        IV3,
        put(is_line, amount_keur="40000000"),
        BUDGETS,
        LINES,
        {"SDB-lines-bounds": 1},
        1,
        "`amount_eur` lies between",
        free="municipalities",
    ),
    "an unknown municipality": Case(
        IV3,
        also(is_line, gemeente="GM9999"),
        BUDGETS,
        LINES,
        {"SDB-lines-municipality": 1},
        1,
        "`municipality_code × year` is in `municipalities.lists`",
    ),
    "a taakveld outside the list of its year": Case(
        IV3,
        put(is_line, taakveld="6.99"),
        BUDGETS,
        LINES,
        {"SDB-lines-taakveld": 1},
        1,
        "`taakveld × year` is in `social_domain_budgets.codes`",
    ),
    "a taakveld that is a word": Case(
        IV3,
        put(is_line, taakveld="Samenkracht"),
        BUDGETS,
        LINES,
        {"SDB-lines-taakveld": 1},
        1,
        "`taakveld × year` is in `social_domain_budgets.codes`",
    ),
    "no taakveld at all": Case(
        IV3,
        put(is_line, taakveld=""),
        BUDGETS,
        LINES,
        {"SDB-lines-taakveld-filled": 1},
        1,
        "`taakveld` is filled",
    ),
    "the same line twice": Case(
        IV3,
        also(is_line, amount_keur="1"),
        BUDGETS,
        LINES,
        {"SDB-lines-key": 2},
        2,
        "occurs once",
    ),
    "text for an amount in Iv3": Case(
        IV3,
        put(is_line, amount_keur="n.n.b."),
        BUDGETS,
        LINES,
        {"SDB-lines-readable": 1},
        1,
        ': cannot read "n.n.b."',
    ),
    "text for inhabitants": Case(
        "inhabitants.csv",
        put(lambda r: r["year"] == "2020" and r["region_code"] == "GM0363", inhabitants="veel"),
        "municipalities",
        "core_municipalities__inhabitants",
        {"MUN-inhabitants-readable": 1},
        1,
        'Value: cannot read "veel"',
        free="care_spending",
    ),
    "inhabitants of a municipality that does not exist": Case(
        "inhabitants.csv",
        also(lambda r: r["year"] == "2020" and r["region_code"] == "GM0363", region_code="GM9998"),
        "municipalities",
        "core_municipalities__inhabitants",
        {"MUN-inhabitants-region": 1},
        1,
        "`region_code` is in `municipalities.regions`",
    ),
    "text for a care figure": Case(
        "care_spending.csv",
        put(lambda r: r["year"] == "1998", amount_mln_eur="veertig miljard"),
        "care_spending",
        "core_care_spending__figures",
        {"CAR-figures-readable": 1, "CAR-figures-amount_eur-filled": 1},
        1,
        'amount_mln_eur: cannot read "veertig miljard"',
    ),
    "providers that do not add up to the total": Case(
        "care_spending.csv",
        put(
            lambda r: (
                (r["year"], r["item"], r["revision"])
                == ("2021", "general_hospitals", "after_2024_revision")
            ),
            amount_mln_eur="1",
        ),
        "care_spending",
        "care_spending",
        {"CAR-01": 1},
        0,
        "against 129060000000",
    ),
    "text for a ceiling in annex III": Case(
        "brede_spuk_annex_iii.csv",
        put(
            lambda r: (
                (r["version"], r["component"], r["year"]) == ("2025-10-29", "Valpreventie", "2024")
            ),
            amount_eur="PM",
            as_printed="PM",
        ),
        "spuk_allocations",
        "core_spuk_allocations__cells",
        {"SPK-cells-readable": 1},
        1,
        'cannot read the amount "PM"',
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_wrong_row_is_set_aside_with_its_reason_and_stops_its_dataset(
    broken: Any, case: Case, refresh_into: Any
) -> None:
    only = [case.dataset, *([case.free] if case.free else [])]
    after = broken(case.file, case.change, only)

    assert after.outcomes[case.dataset] == "blocked"
    assert after.report.exit_code == 1
    assert after.failed(case.asset) == case.rules
    assert f"VK-D001  {next(iter(case.rules))}" in after.problems.replace("\n           ", "  ")
    page = after.state / "reports" / case.asset / "validation.en.html"
    assert f"Open {page}:" in after.problems
    assert all(rule in page.read_text("utf-8") for rule in case.rules)
    assert all(len(after.failing(case.asset, rule)) == n for rule, n in case.rules.items())
    aside = after.set_aside(case.asset)
    assert len(aside) == case.aside
    for row in aside:
        assert row["rule_ids"] == ";".join(sorted(r for r in case.rules if r in row["rule_ids"]))
        assert case.expected_text in row["problem"]
        assert row["suggested_cause"]
        # Enough to walk to the very cell: the sha256 of the archived body, and the place in it.
        assert (after.state / "archive/objects" / row["capture_sha256"][:2]).is_dir()
        assert row["locator"]
        assert json.loads(row["row"])
    if not aside:
        assert case.expected_text in after.problems
    if case.free:
        assert after.outcomes[case.free] in ("published", "unchanged")


# --- rows that do not belong here ----------------------------------------------------------------

STRANGERS: dict[str, tuple[str, Change, str, str, str]] = {
    "among Iv3 lines": (
        IV3,
        also(is_line, gemeente="NL00"),
        BUDGETS,
        LINES,
        "SDB-lines-national",
    ),
    "in the list of municipalities": (
        "municipalities_by_year.csv",
        lambda rows: [*rows, {"year": "2026", "municipality_code": "NL00", "name": "Nederland"}],
        "municipalities",
        "core_municipalities__lists",
        "MUN-lists-national",
    ),
}


@pytest.mark.parametrize(
    ("file", "change", "dataset", "asset", "rule"), STRANGERS.values(), ids=STRANGERS.keys()
)
def test_a_row_for_the_country_is_set_aside_and_doubles_no_sum(
    broken: Any, sound: Any, file: str, change: Change, dataset: str, asset: str, rule: str
) -> None:
    after = broken(file, change, [dataset])
    assert after.outcomes == {dataset: "published"}
    assert after.failed(asset) == {rule: 1}
    (aside,) = after.set_aside(asset)
    assert aside["rule_ids"] == rule
    assert '"NL00"' in aside["row"]
    assert after.value(f"SELECT count(*) FROM {dataset}.quarantine") == 1  # noqa: S608
    assert after.manifest(dataset)["checks"]["quarantined"] == 1
    before, now = sound.manifest(dataset)["files"], after.manifest(dataset)["files"]
    tables = [name for name in before if name.endswith(".csv.gz")]
    assert tables
    assert [name for name in tables if before[name] != now[name]] == []


# --- rows that are published with a flag ---------------------------------------------------------


def test_negative_lasten_are_published_and_flagged(broken: Any, sound: Any) -> None:
    after = broken(IV3, put(is_line, amount_keur="-5"), [BUDGETS])
    assert after.outcomes == {BUDGETS: "published"}
    assert after.report.exit_code == 0
    assert (
        after.sql(
            f"SELECT lasten_eur::VARCHAR, flags FROM {BUDGETS}.{BUDGETS} WHERE year = 2023 "  # noqa: S608
            "AND municipality_code = 'GM0363' AND taakveld = '6.1'"
        )
        == [("-5000.00", "negative_lasten")] * 2
    ), "once on each map"
    rule = "SDB-01"
    assert after.failed(FIELDS)[rule] == sound.failed(FIELDS).get(rule, 0) + 1


# --- files that are not what they should be ------------------------------------------------------

FILES = {
    "missing": (None, "VK-C004"),
    "empty": (b"", "VK-S004"),
    "an error page": (b"<html><body>Onderhoud</body></html>", "VK-S004"),
    "not UTF-8": ("year,definition\n2021,gezondheidszorg é\n".encode("latin-1"), "VK-S004"),
}


@pytest.mark.parametrize(("content", "code"), FILES.values(), ids=FILES.keys())
def test_a_file_that_cannot_be_captured_leaves_the_older_capture_in_use(
    broken: Any, content: bytes | None, code: str
) -> None:
    after = broken("care_spending.csv", content, ["care_spending"])
    assert after.outcomes == {"care_spending": "unchanged"}
    assert after.report.exit_code == 1, "an input that is older than it should be is a problem"
    (older,) = after.report.older_inputs
    assert older.where == "archive_cited_figures"
    assert older.text.startswith(code)


@pytest.mark.parametrize("how", ["missing", "empty"])
def test_the_first_time_a_file_that_cannot_be_captured_stops_only_what_needs_it(
    sample_copy: Path, refresh_into: Any, tmp_path: Path, how: str
) -> None:
    content, code = FILES[how]
    path = sample_copy / "figures/care_spending.csv"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    only = ["care_spending", "municipalities"]
    after = refresh_into(tmp_path / "first", sample=sample_copy, only=only)
    assert after.outcomes == {"care_spending": "blocked", "municipalities": "published"}
    (problem,) = after.report.problems
    assert problem.text.startswith(code)
    assert not (after.published / "data/care_spending").exists()


def test_a_cited_table_without_a_needed_column_names_the_column(broken: Any) -> None:
    after = broken("care_spending.csv", without("amount_mln_eur"), ["care_spending"])
    assert after.outcomes == {"care_spending": "blocked"}
    assert after.problems.count("VK-") >= 1
    assert "amount_mln_eur" in after.problems


IV3_FILES: dict[str, tuple[Change | bytes, str]] = {
    "a column less": (without("amount_keur"), "amount_keur"),
    "nothing in it": (b"", "45063NED"),
    "a heading only": (b"verslagsoort,gemeente,taakveld,categorie,amount_keur\n", "45063NED"),
}


@pytest.mark.parametrize(("change", "expected_text"), IV3_FILES.values(), ids=IV3_FILES.keys())
def test_a_broken_iv3_file_is_told_and_publishes_nothing_new(
    broken: Any, sound: Any, change: Change | bytes, expected_text: str
) -> None:
    after = broken(IV3, change, [BUDGETS])
    assert after.outcomes[BUDGETS] in ("blocked", "unchanged")
    assert after.manifest(BUDGETS) == sound.manifest(BUDGETS)
    assert after.report.exit_code == 1
    assert "VK-" in after.problems
    assert expected_text in after.problems
