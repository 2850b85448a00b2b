"""The ledger: what becomes of an amount of an annex, letter or page, and which version is the newest."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.core import spuk_ledger as core
from assets.ingest.archive import Archive, Capture, Entry
from assets.ingest.registry import sources
from assets.published.spuk_ledger import spuk_ledger as out
from assets.raw.captured import captured
from expectations import contract as contracts

ENTRY = contracts.table("spuk_ledger.official").dtypes
TRACED = pl.Schema({**ENTRY, "_capture": pl.String(), "_locator": pl.String()})


def texts(columns: str, *rows: tuple[str | None, ...]) -> pl.LazyFrame:
    """Raw rows: every column a text."""
    names = columns.split()
    return pl.LazyFrame(list(rows), schema=dict.fromkeys(names, pl.String), orient="row")


def allocation(**more: Any) -> dict[str, Any]:
    row = {
        "scheme": "brede_spuk",
        "component": "valpreventie",
        "component_name_nl": "Valpreventie",
        "year": 2023,
        "recipient_kind": "municipality",
        "recipient_code": "GM0060",
        "recipient_name": "Ameland",
        "amount_kind": "component_allocation",
        "amount_eur": Decimal("9632.00"),
        "regulation_id": "BWBR0047862",
        "regulation_version": "2023-11-11",
        "_capture": "annexes",
        "_locator": "Bijlage IV, table 2, row 1, column 8",
    }
    return row | more


def cell(text: str, **more: Any) -> dict[str, Any]:
    row = {
        "regulation_id": "BWBR0047862",
        "regulation_version": "2023-11-11",
        "visible_from": date(2023, 11, 11),
        "effective_from": date(2023, 1, 1),
        "text": text,
        "_capture": "annexes",
        "_locator": "Bijlage IV, table 2, row 1, column 8",
    }
    return row | more


def official(
    allocations: list[dict[str, Any]] | None = None,
    cells: list[dict[str, Any]] | None = None,
    letter: tuple[tuple[str | None, ...], ...] = (),
    gala: tuple[tuple[str | None, ...], ...] = (),
    statements: tuple[tuple[str | None, ...], ...] = (),
) -> pl.DataFrame:
    shape = pl.LazyFrame([allocation()]).cast({"year": pl.Int16, "amount_eur": pl.Decimal(18, 2)})
    published = pl.LazyFrame(allocations or [], schema=shape.collect_schema())
    annexes = pl.LazyFrame(cells or [], schema=pl.LazyFrame([cell("")]).collect_schema())
    return core.official(
        published,
        annexes,
        texts("municipality amount_2025_eur amount_2026_eur page _capture _locator", *letter),
        texts("region amount_2025_eur amount_2026_eur _capture _locator"),
        texts("component year amount_mln_eur source _capture _locator"),
        texts("scheme label period as_printed as_shown page _capture _locator", *gala),
        texts(
            "scheme component period state amount_eur answer window as_printed evidence document_id "
            "document_version valid_from visible_from confidence remark source _capture _locator",
            *statements,
        ),
    ).collect()


def test_an_amount_of_an_annex_keeps_its_text_its_days_and_its_place() -> None:
    (row,) = official([allocation()], [cell("9.632")]).to_dicts()
    assert (row["state"], row["basis"], row["evidence"]) == (
        "allocatable", "as_stated", "regulation"
    )  # fmt: skip
    assert (row["as_printed"], row["remark"]) == ("9.632", "no euro sign")
    assert (row["valid_from"], row["visible_from"]) == (date(2023, 1, 1), date(2023, 11, 11))
    assert (row["source_sha256"], row["source_locator"]) == (row["_capture"], row["_locator"])
    assert (row["year"], row["period"], row["amount_eur"]) == (2023, "2023", Decimal("9632"))
    # What an annex cannot say is missing: no window, no round, no number of a decision.
    assert {row[name] for name in ("window", "round", "instalment", "grant_number")} == {None}


@pytest.mark.parametrize(
    ("kind", "recipient", "state", "basis", "evidence"),
    [
        ("ceiling", "nation", "ceiling", "as_stated", "regulation"),
        ("allocation_excl_lpo", "municipality", "allocatable", "excl_lpo", "regulation"),
        ("allocation_incl_lpo", "municipality", "allocatable", "incl_lpo", "regulation"),
        ("region_maximum", "region", "allocatable", "as_stated", "regulation"),
        ("announced_incl_lpo", "municipality", "allocatable", "incl_lpo", "letter"),
        ("announced", "region", "allocatable", "as_stated", "letter"),
        ("announced", "nation", "policy_amount", "as_stated", "letter"),
    ],
)
def test_a_kind_of_amount_is_a_state_of_the_euro(
    kind: str, recipient: str, state: str, basis: str, evidence: str
) -> None:
    frame = official([allocation(amount_kind=kind, recipient_kind=recipient)])
    assert frame.select("state", "basis", "evidence").rows() == [(state, basis, evidence)]


def test_an_unknown_kind_goes_along_without_a_state_so_that_it_is_set_aside() -> None:
    frame = official([allocation(amount_kind="new"), allocation(year=2024)])
    assert sorted(frame["state"].to_list(), key=str) == [None, "allocatable"]


def test_one_cell_for_several_years_says_so_in_each() -> None:
    several = [allocation(year=year) for year in (2023, 2024, 2025)]
    frame = official(several, [cell("€ 2.598.073")])
    assert frame["remark"].to_list() == ["one cell for several years"] * 3
    assert frame["period"].to_list() == ["2023", "2024", "2025"]


def test_the_same_place_in_two_versions_is_two_cells() -> None:
    newer = {"regulation_version": "2025-10-29"}
    frame = official(
        [allocation(), allocation(**newer, amount_eur=Decimal("14982"))],
        [cell("€ 9.632"), cell("€ 14.982", **newer, visible_from=date(2025, 10, 29))],
    )
    assert frame["as_printed"].to_list() == ["€ 9.632", "€ 14.982"]
    assert frame["remark"].null_count() == 2


def test_a_letter_was_visible_when_it_was_dated() -> None:
    announced = allocation(
        amount_kind="announced_incl_lpo",
        year=2026,
        regulation_id="4190863-1084972-DMO",
        regulation_version="2025-09-12",
        _capture="letter",
        _locator="row 1 column amount_2026_eur",
    )
    frame = official([announced], letter=(("Ameland", "91053", "91066", "4", "letter", "row 1"),))
    found = frame.select("as_printed", "visible_from", "valid_from", "document_id").rows()
    assert found == [("91066", date(2025, 9, 12), None, "4190863-1084972-DMO")]


def test_gala_is_its_page_and_the_text_of_its_file_is_a_document_of_its_own() -> None:
    total = "Totaal Brede SPUK (inclusief IZA)"
    frame = official(
        gala=(
            ("brede_spuk", "Sportakkoord", "2023", "13,0", None, "38", "gala", "row 1"),
            ("brede_spuk", total, "2026", "3384,66", "384,6", "38", "gala", "row 2"),
            ("brede_spuk", "Sportakkoord", "structural", "10,0", None, "38", "gala", "row 3"),
            ("brede_spuk", "Sport", "2024", "p.m.", None, "38", "gala", "row 4"),
        )
    ).sort("source_locator", "document_id")  # fmt: skip
    assert frame.filter(pl.col("component") == "total").select(
        "document_id", "evidence", "amount_eur", "as_printed"
    ).rows() == [
        ("GALA", "agreement", Decimal("384600000"), "384,6"),
        ("GALA text layer", "text_layer", Decimal("3384660000"), "3384,66"),
    ]
    amounts = [
        Decimal("13000000"),
        Decimal("384600000"),
        Decimal("3384660000"),
        Decimal("10000000"),
        None,
    ]
    assert frame["amount_eur"].to_list() == amounts
    assert frame["component"].to_list()[:4] == [
        "lokaal_sportakkoord", "total", "total", "lokaal_sportakkoord"
    ]  # fmt: skip
    assert frame["year"].to_list() == [2023, 2026, 2026, None, 2024]
    found = "the page shows 384,6, the text of the file 3384,66"
    assert frame["remark"].to_list() == [None, found, found, None, None]
    assert frame["_problem"].is_not_null().to_list() == [False, False, False, False, True]


def test_two_ceilings_that_contradict_each_other_both_stay() -> None:
    def ceiling(amount: str, document: str, row: str) -> tuple[str | None, ...]:
        return (
            "spuk_transformatiemiddelen", "total", "2024-2028", "ceiling", amount, None, None, amount,
            "regulation", document, "2026-04-01", "2026-04-01", "2026-04-22", "seen", None, "x", "f", row,
        )  # fmt: skip

    both = official(
        statements=(
            ceiling("352973325", "BWBR0049737", "row 1"),
            ceiling("185742677", "page", "row 2"),
        )
    )
    assert both.select("period", "year").unique().rows() == [("2024-2028", None)]
    empty = pl.LazyFrame(schema=TRACED)
    ledger = out.spuk_ledger(both.lazy(), empty, empty, empty).collect()
    assert ledger["is_newest"].to_list() == ["yes", "yes"]


def test_a_day_that_cannot_be_read_is_a_problem() -> None:
    row = ("brede_spuk", "total", "2023", "applied", None, "all", "1", None, "web_page", "page",
           "v", None, "soon", "secondary", None, "x", "f", "row 1")  # fmt: skip
    (problem,) = official(statements=(row,))["_problem"]
    assert problem == 'visible_from: cannot read "soon"'


def test_the_moment_of_a_capture_comes_from_the_log(tmp_path: Path) -> None:
    entry = Entry("made up", 1, "", 200, "", "0a" * 32, 1, None)
    taken = Capture("cited_figures", "sample", "2026-11-21T00:00:00Z", (entry,))
    frame = captured(Archive(tmp_path), taken, sources()["cited_figures"])
    assert frame.rows() == [("cited_figures", "2026-11-21T00:00:00Z", "0a" * 32, "log of captures")]


def test_the_day_up_to_which_is_known_is_that_of_the_newest_capture() -> None:
    def taken(moment: str) -> pl.LazyFrame:
        return texts("source retrieved_at _capture _locator", ("made_up", moment, "sha", "log"))

    moments = "2026-11-20T23:59:59Z", "2026-11-21T00:00:00Z", "2025-12-31T12:00:00Z"
    known = core.known(*map(taken, moments)).collect()
    assert known["known_on"].to_list() == [date(2026, 11, 21)]


# --- which version is the newest

SQL = """
SELECT evidence, document_id, period, grant_number, document_version, source_locator,
  CASE WHEN place = CASE WHEN evidence = 'grant_list'
    THEN max(place) OVER (PARTITION BY evidence, document_id)
    ELSE max(place) OVER (PARTITION BY document_id, scheme, component, recipient_kind, recipient_name,
      period, state, basis, "window", round, instalment, grant_number)
  END THEN 'yes' ELSE 'no' END AS is_newest
FROM (
  SELECT *, (visible_from, coalesce(valid_from, visible_from), document_version) AS place FROM entries
) ORDER BY ALL
"""

DATABASE = duckdb.connect()

entries = st.lists(
    st.fixed_dictionaries(
        {
            "evidence": st.sampled_from(["regulation", "grant_list"]),
            "document_id": st.sampled_from(["annex", "list"]),
            "document_version": st.sampled_from(["1", "2", "3"]),
            "period": st.sampled_from(["2023", "2024"]),
            "grant_number": st.sampled_from([None, "A", "B"]),
            "visible_from": st.sampled_from([date(2023, 11, 11), date(2025, 10, 29)]),
            "valid_from": st.sampled_from([None, date(2023, 1, 1), date(2026, 1, 1)]),
        }
    ),
    max_size=12,
)


def ledger_of(rows: list[dict[str, Any]]) -> pl.DataFrame:
    numbered = [{**row, "source_locator": f"row {n}"} for n, row in enumerate(rows)]
    frame = pl.DataFrame(numbered, schema_overrides=TRACED) if rows else pl.DataFrame()
    missing = [pl.lit(None, kind).alias(n) for n, kind in TRACED.items() if n not in frame.columns]
    complete = frame.with_columns(missing).select(
        pl.col(n).cast(kind) for n, kind in TRACED.items()
    )
    half = complete.height // 2
    parts = [
        complete[:half].lazy(),
        complete[half:].lazy(),
        complete.clear().lazy(),
        complete.clear().lazy(),
    ]
    return out.spuk_ledger(*parts).collect()


@settings(max_examples=40)
@given(entries)
def test_the_newest_is_the_one_that_sql_finds(rows: list[dict[str, Any]]) -> None:
    ledger = ledger_of(rows)
    assert ledger.height == len(rows)
    with DATABASE.cursor() as database:
        database.register("entries", ledger.to_arrow())
        expected = database.sql(SQL).fetchall()
    columns = [
        "evidence", "document_id", "period", "grant_number", "document_version", "source_locator",
        "is_newest",
    ]  # fmt: skip
    assert sorted(ledger.select(columns).rows(), key=str) == sorted(expected, key=str)


def test_a_changed_annex_leaves_what_it_replaced() -> None:
    def version(document: str, number: str, visible: date) -> dict[str, Any]:
        return {
            "document_id": document,
            "document_version": number,
            "period": "2023",
            "visible_from": visible,
        }

    first, second = (
        version("annex", "1", date(2023, 11, 11)),
        version("annex", "2", date(2025, 10, 29)),
    )
    other = version("letter", "1", date(2023, 1, 1))
    assert ledger_of([first, second, other])["is_newest"].to_list() == ["no", "yes", "yes"]


def test_a_list_that_is_laid_again_replaces_all_of_what_it_was() -> None:
    """Also on the same day, and also a line that it does not have any more."""

    def line(version: str, grant: str) -> dict[str, Any]:
        return {
            "evidence": "grant_list",
            "document_id": "list",
            "document_version": version,
            "grant_number": grant,
            "visible_from": date(2026, 1, 2),
        }

    first, second = "001 ffffffffffff", "002 000000000000"
    made = ledger_of([line(first, "A"), line(first, "B"), line(second, "B")])
    assert made["is_newest"].to_list() == ["no", "no", "yes"]


# --- the rules of the contract

LAWFUL = {
    "scheme": "brede_spuk",
    "component": "valpreventie",
    "recipient_kind": "municipality",
    "recipient_code": "GM0060",
    "recipient_name": "Ameland",
    "period": "2023",
    "state": "allocatable",
    "basis": "as_stated",
    "amount_eur": Decimal("9632.00"),
    "evidence": "regulation",
    "document_id": "BWBR0047862",
    "document_version": "2023-11-11",
    "visible_from": date(2023, 11, 11),
    "confidence": "seen",
    "source_sha256": "0a" * 32,
}
REFERENCES = {
    "spuk_ledger.schemes": pl.LazyFrame({"scheme": ["brede_spuk"]}),
    "spuk_allocations.allocations": pl.LazyFrame({"component": ["valpreventie", "total"]}),
    "municipalities.regions": pl.LazyFrame({"region_code": ["GM0060", "GM0001"]}),
    "municipalities.weights": pl.LazyFrame({"to_code": ["GM0060"]}),
}


def broken(table: str, rule_id: str, frame: pl.DataFrame) -> int:
    """How many rows, or groups, break a rule of the contract."""
    (rule,) = [r for r in contracts.table(f"spuk_ledger.{table}").all_rules if r.id == rule_id]
    measured = rule.measured(frame.lazy(), REFERENCES)
    return measured.filter(rule.fails()).collect().height


@pytest.mark.parametrize(
    ("table", "rule", "change"),
    [
        ("official", "SPL-official-component", {"component": "made_up"}),
        ("official", "SPL-official-municipality", {"recipient_code": "GM9999"}),
        ("official", "SPL-official-states", {"state": "granted"}),
        ("spuk_ledger", "SPL-01", {"scheme": "made_up"}),
        ("spuk_ledger", "SPL-03", {"period": "2023/2024"}),
        ("spuk_ledger", "SPL-04", {"recipient_code": "60"}),
        ("spuk_ledger", "SPL-05", {"source_sha256": "0a"}),
        ("spuk_ledger", "SPL-06", {"evidence": "sisa_annex"}),
        ("spuk_ledger", "SPL-07", {"evidence": "payment_list"}),
        ("spuk_ledger", "SPL-08", {"amount_eur": Decimal("3384660000.00")}),
        ("spuk_ledger", "SPL-09", {"recipient_code": "GM0001"}),
    ],
)
def test_each_rule_finds_what_it_is_for_and_nothing_else(
    table: str, rule: str, change: dict[str, Any]
) -> None:
    assert broken(table, rule, ledger_of([LAWFUL])) == 0
    assert broken(table, rule, ledger_of([LAWFUL, {**LAWFUL, **change}])) == 1


def test_two_newest_versions_of_one_cell_break_a_rule() -> None:
    versions = ledger_of([LAWFUL, {**LAWFUL, "document_version": "2023-11-12"}])
    assert broken("spuk_ledger", "SPL-02", versions) == 0
    both = versions.with_columns(is_newest=pl.lit("yes"))
    assert broken("spuk_ledger", "SPL-02", both) == 1
