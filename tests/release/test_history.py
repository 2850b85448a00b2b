"""Looking back: real figures that were revised, as they were known before and after.

    Brede SPUK, annex III    as seen on 11 November 2023 and on 29 October 2025
    Ameland 2023             annex IV, raised afterwards because of the floor amount
    care expenditure 2021    before and after the revision CBS published in December 2024

Each is published here as if voorkant had been at work on those days: two releases, real amounts.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from expectations.paths import ROOT
from pipelines.cli.main import main
from pipelines.publish.history import vintages, write_history
from pipelines.publish.store.commit import withdraw
from pipelines.publish.store.local import LocalStorage
from tests.support.releases.handmade import CEILINGS, Shelf, captured, contract, declared
from tests.support.releases.handmade import ceilings as rows_of

pytest.importorskip("securesystemslib")

FIGURES = ROOT / "sample/figures"


@dataclass(frozen=True)
class Case:
    """A figure that was revised. moments: of the two releases. key: of the row that is looked at."""

    name: str
    states: tuple[pl.DataFrame, pl.DataFrame]
    moments: tuple[str, str]
    key: tuple[str, int]
    amounts: tuple[str, str]


def _rows(frame: pl.DataFrame) -> pl.DataFrame:
    table = contract().tables["ceilings"]
    chosen = frame.select("component", "year", "ceiling_eur", "status")
    return chosen.cast({"year": pl.Int16, "ceiling_eur": pl.Decimal(18, 2)}).cast(table.dtypes)


def _csv(name: str) -> pl.DataFrame:
    return pl.read_csv(FIGURES / name, infer_schema=False)


def _spuk(name: str, label: str, version: str, chosen: pl.Expr) -> pl.DataFrame:
    found = _csv(name).filter(chosen & (pl.col("version") == version))
    return _rows(
        found.select(
            pl.col(label).alias("component"),
            "year",
            pl.col("amount_eur").alias("ceiling_eur"),
            pl.lit(None, pl.String).alias("status"),
        )
    )


def _care(revision: str, status: str) -> pl.DataFrame:
    broad = (pl.col("definition") == "broad") & (pl.col("breakdown") == "total")
    found = _csv("care_spending.csv").filter(broad & (pl.col("revision") == revision))
    million = pl.col("amount_mln_eur").cast(pl.Decimal(18, 2)) * 1_000_000
    return _rows(
        found.filter(pl.col("year") == "2021").select(
            pl.col("item").alias("component"),
            "year",
            million.alias("ceiling_eur"),
            pl.lit(status).alias("status"),
        )
    )


SEEN = ("2023-11-11", "2025-10-29")
AMELAND = (pl.col("municipality") == "Ameland") & (pl.col("year") == "2023")
CASES = [
    Case(
        "annex III",
        tuple(_spuk("brede_spuk_annex_iii.csv", "component", v, pl.lit(True)) for v in SEEN),
        tuple(f"{v}T00:00:00+00:00" for v in SEEN),
        ("Lokaal Sportakkoord", 2024),
        ("12978063.00", "12997276.00"),
    ),
    Case(
        "Ameland 2023",
        tuple(_spuk("brede_spuk_annex_iv.csv", "column_label", v, AMELAND) for v in SEEN),
        tuple(f"{v}T00:00:00+00:00" for v in SEEN),
        ("Lokaal Sportakkoord", 2023),
        ("2431.00", "6000.00"),
    ),
    Case(
        "care expenditure 2021",
        (
            _care("before_2024_revision", "revised_provisional"),
            _care("after_2024_revision", "revised"),
        ),
        ("2024-06-30T00:00:00+00:00", "2024-12-31T00:00:00+00:00"),
        ("total", 2021),
        ("124794000000.00", "129060000000.00"),
    ),
]
VERSIONS = ("2023.1.1", "2025.1.1")


@pytest.fixture(params=CASES, ids=lambda case: case.name)
def revision(request: Any, tmp_path: Path) -> Any:
    """A case, and the shelf on which its two releases lie."""
    case: Case = request.param
    shelf = Shelf(tmp_path / "published")
    for version, state, moment in zip(VERSIONS, case.states, case.moments, strict=True):
        shelf.publish(version, {"ceilings": state}, moment)
    return case, shelf


def amount(rows: pl.DataFrame, key: tuple[str, int]) -> str:
    mine = rows.filter((pl.col("component") == key[0]) & (pl.col("year") == key[1]))
    return str(mine["ceiling_eur"].item())


def test_the_figure_is_what_was_known_then(revision: Any) -> None:
    case, shelf = revision
    table = contract().tables["ceilings"]
    file = shelf.folders[-1] / vintages.file_name(table)
    days = [date.fromisoformat(moment[:10]) for moment in case.moments]
    for day, state, expected in zip(days, case.states, case.amounts, strict=True):
        then = vintages.as_of(table, pl.read_parquet(file), day)
        assert then.equals(state.sort(table.row_order), null_equal=True)
        assert amount(then, case.key) == expected
        by_sql = duckdb.sql(vintages.one_line(str(file), day)).pl().cast(table.dtypes)
        assert by_sql.sort(table.row_order).equals(then, null_equal=True)
    between = date.fromordinal(days[1].toordinal() - 1)
    assert (
        amount(vintages.as_of(table, pl.read_parquet(file), between), case.key) == case.amounts[0]
    )
    assert vintages.as_of(table, pl.read_parquet(file), date(2000, 1, 1)).height == 0


def test_what_a_release_held_is_in_its_own_file(revision: Any) -> None:
    case, shelf = revision
    table = contract().tables["ceilings"]
    known = pl.read_parquet(shelf.folders[-1] / vintages.file_name(table))
    for folder, moment in zip(shelf.folders, case.moments, strict=True):
        held = pl.read_parquet(folder / "ceilings.parquet")
        then = vintages.as_of(table, known, date.fromisoformat(moment[:10]))
        assert then.equals(held, null_equal=True)


def test_the_revision_is_in_the_changes_with_its_cause(revision: Any) -> None:
    case, shelf = revision
    found = pl.read_parquet(shelf.folders[-1] / write_history.ROWS)
    key = json.dumps(dict(zip(("component", "year"), map(str, case.key), strict=True)))
    mine = found.filter(
        (pl.col("key") == key.replace(": ", ":").replace(", ", ","))
        & (pl.col("column") == "ceiling_eur")
    )
    before, after = case.amounts
    (row,) = mine.iter_rows(named=True)
    assert (row["before"], row["after"], row["cause"]) == (before, after, "source_revised")
    assert row["difference"] == Decimal(after) - Decimal(before)
    summary = json.loads((shelf.folders[-1] / write_history.SUMMARY).read_text("utf-8"))
    total = sum(
        c["difference"] or 0
        for c in found.filter(pl.col("column") == "ceiling_eur").iter_rows(named=True)
    )
    stated_total = summary["tables"]["ceilings"]["columns"]["ceiling_eur"]["total_difference"]
    assert Decimal(stated_total) == total


# --- the commands ---------------------------------------------------------------------------------
# They know the project's own datasets only, so the shelf carries the name of one.


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    content = {**declared(care_spending=CEILINGS), "dataset": "care_spending"}
    shelf = Shelf(tmp_path / "published", content=content)
    old = rows_of(
        ("a", 2020, "100.00", "provisional"),
        ("b", 2020, "5.00", "definitive"),
        ("c", 2020, None, None),
    )
    new = rows_of(
        ("a", 2020, "250.00", "definitive"),
        ("b", 2020, "6.00", "definitive"),
        ("d", 2020, None, None),
    )
    shelf.publish("2026.1.1", {"care_spending": old}, "2026-01-10T00:00:00+00:00")
    shelf.publish("2026.2.1", {"care_spending": new}, "2026-02-10T00:00:00+00:00")
    return shelf


def output_of(shelf: Shelf, capsys: Any, *arguments: str) -> str:
    assert main([*arguments, "--published", str(shelf.published)]) == 0
    return str(capsys.readouterr().out)


def test_diff_lists_the_worst_first_and_coverage_apart(shelf: Shelf, capsys: Any) -> None:
    out = output_of(shelf, capsys, "diff", "care_spending")
    assert "2026.1.1 -> 2026.2.1" in out
    places = [out.index(text) for text in ("Revised: 2 cells", "+150.00", "+1.00", "Status")]
    places += [out.index(text) for text in ("Coverage", "1 rows are gone", "1 rows are new", "Why")]
    assert places == sorted(places)
    assert "1 rows of care_spending: provisional -> definitive" in out
    assert "source corrected" in out


def test_diff_takes_versions_and_gives_json(shelf: Shelf, capsys: Any) -> None:
    back = json.loads(
        output_of(shelf, capsys, "diff", "care_spending", "2026.2.1", "2026.1.1", "--json")
    )
    assert (back["from"], back["to"]) == ("2026.2.1", "2026.1.1")
    amounts = [c["difference"] for c in back["changes"] if c["column"] == "ceiling_eur"]
    assert sorted(map(float, amounts)) == [-150.0, -1.0]
    same = output_of(shelf, capsys, "diff", "care_spending", "2026.2.1", "2026.2.1")
    assert "Nothing differs" in same


@pytest.mark.parametrize(
    "arguments",
    [
        ["diff", "care_spending", "2020.1.1"],
        ["diff", "municipalities"],
        ["diff", "nothing"],
        ["as-of", "2026-01-09", "care_spending"],
        ["as-of", "2026-01-09", "municipalities"],
        ["as-of", "yesterday"],
        ["as-of", "2026-01-10", "care_spending", "--table", "nothing"],
    ],
)
def test_a_request_without_an_answer_is_reported(shelf: Shelf, capsys: Any, arguments: Any) -> None:
    assert main([*arguments, "--published", str(shelf.published)]) == 2
    assert "VK-" in capsys.readouterr().err


def test_as_of_shows_what_was_known_and_the_sql_for_it(shelf: Shelf, capsys: Any) -> None:
    out = output_of(shelf, capsys, "as-of", "2026-02-09", "care_spending")
    assert "100.00" in out
    assert "250.00" not in out
    assert "version 2026.1.1" in out
    (line,) = [line.strip() for line in out.splitlines() if line.strip().startswith("FROM '")]
    assert sorted(duckdb.sql(line).fetchall())[0][:2] == ("a", 2020)
    rows = json.loads(output_of(shelf, capsys, "as-of", "2026-02-10", "care_spending", "--json"))
    assert [(row["component"], row["ceiling_eur"]) for row in rows] == [
        ("a", "250.00"),
        ("b", "6.00"),
        ("d", None),
    ]


def test_a_clock_that_was_set_back_does_not_rewrite_the_past(shelf: Shelf, capsys: Any) -> None:
    """Also not of a table that did not change in the release whose clock was ahead."""
    same = pl.read_parquet(shelf.folders[-1] / "care_spending.parquet")
    shelf.publish("2026.3.1", {"care_spending": same}, "2026-03-10T00:00:00+00:00")
    late = rows_of(("a", 2020, "9.00", "definitive"))
    shelf.publish("2026.3.2", {"care_spending": late}, "2026-02-20T00:00:00+00:00")

    def then(day: str) -> list[str]:
        rows = json.loads(output_of(shelf, capsys, "as-of", day, "care_spending", "--json"))
        return pl.DataFrame(rows)["component"].to_list()

    assert then("2026-02-21") == ["a", "b", "d"]
    assert then("2026-03-10") == ["a"]


def test_as_of_without_a_dataset_names_the_versions_of_then(shelf: Shelf, capsys: Any) -> None:
    versions = json.loads(output_of(shelf, capsys, "as-of", "2026-01-31", "--json"))
    assert versions["care_spending"] == "2026.1.1"
    assert versions["municipalities"] is None
    assert "not published yet" in output_of(shelf, capsys, "as-of", "2025-01-31")


def test_the_merger_of_2023_is_the_cause_of_rows_that_came_and_went(tmp_path: Path) -> None:
    """Brielle, Hellevoetsluis and Westvoorne became Voorne aan Zee on 1 January 2023."""
    lists = _csv("municipalities_by_year.csv").rename({"name": "municipality_name"})
    merged, new, stays = ("GM0501", "GM0530", "GM0614"), "GM1992", "GM0014"
    shelf = Shelf(tmp_path)
    old = rows_of(*((code, 2022, "1.00", None) for code in (*merged, stays)))
    now = rows_of((stays, 2022, "2.00", None), (new, 2023, "3.00", None), (stays, 2023, None, None))
    shelf.publish("2022.1.1", {"ceilings": old})
    found = shelf.publish(
        "2023.1.1", {"ceilings": now}, municipalities=lists.cast({"year": pl.Int16})
    ).rows
    boundary = found.filter(pl.col("cause") == "boundary_change")
    words = {each.partition(";")[0] for each in boundary["evidence"]}
    assert words == {
        "GM0501 (Brielle) is a municipality until 2022",
        "GM0530 (Hellevoetsluis) is a municipality until 2022",
        "GM0614 (Westvoorne) is a municipality until 2022",
        "GM1992 (Voorne aan Zee) is a municipality from 2023 on",
    }
    assert set(boundary["certain"]) == {True}
    # A new year and a new amount of Groningen, which stayed, are its source's doing.
    rest = found.filter(pl.col("cause") != "boundary_change")
    assert rest.select("change", "cause").rows() == [
        ("added", "source_revised"),
        ("revised", "source_revised"),
    ]


def test_a_code_change_alone_is_named_as_the_cause(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    inputs = [captured("same", "2026-01-01T00:00:00+00:00")]
    shelf.publish("2026.1.1", {"ceilings": rows_of(("a", 2020, "1.00", None))}, inputs=inputs)
    found = shelf.publish(
        "2026.1.2",
        {"ceilings": rows_of(("a", 2020, "2.00", None))},
        inputs=inputs,
        code={"voorkant": "0", "code_sha256": "beef" * 16, "lock_sha256": "10cc" * 16},
    )
    assert found.rows.select("cause", "certain").rows() == [("code_changed", True)]
    assert found.summary["factors"][0]["evidence"] == "code c0dec0dec0de -> beefbeefbeef"


def test_what_was_withdrawn_is_taken_for_known_on_no_day(shelf: Shelf, capsys: Any) -> None:
    right = rows_of(("a", 2020, "101.00", "definitive"))
    shelf.publish("2026.3.1", {"care_spending": right}, "2026-03-10T00:00:00+00:00")
    between = ["as-of", "2026-02-20", "care_spending", "--json"]
    before = json.loads(output_of(shelf, capsys, "as-of", "2026-02-01", "care_spending", "--json"))
    assert json.loads(output_of(shelf, capsys, *between)) != before
    withdraw(LocalStorage(shelf.published), "care_spending", "2026.2.1", "swapped")
    # The vintages of 2026.3.1 still hold what 2026.2.1 brought.
    assert json.loads(output_of(shelf, capsys, *between)) == before
    after = json.loads(output_of(shelf, capsys, "as-of", "2026-03-10", "care_spending", "--json"))
    assert [row["ceiling_eur"] for row in after] == ["101.00"]
    summary = json.loads(output_of(shelf, capsys, "diff", "care_spending", "--json"))
    assert (summary["from"], summary["to"]) == ("2026.1.1", "2026.3.1")
