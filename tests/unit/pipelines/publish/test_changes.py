"""What differs between two versions, and why: nothing is missed, nothing is listed twice."""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.corrections import CORRECTIONS
from expectations.contract import Contract
from pipelines.publish.history import causes, changes
from pipelines.publish.history.causes import Factor, Steps
from pipelines.publish.release_reader import ReleaseData
from tests.support.releases.handmade import (
    CEILINGS,
    CODE,
    NOTES,
    captured,
    ceilings,
    contract,
    declared,
)

LATER = {**CODE, "code_sha256": "beef" * 16}
TABLE = contract().tables["ceilings"]


def release(
    rows: pl.DataFrame,
    version: str = "1",
    capture: str = "a",
    code: Any = CODE,
    promise: Any = None,
) -> ReleaseData:
    manifest = {
        "dataset": "ceilings",
        "version": version,
        "schema_version": "1.0.0",
        "inputs": [captured(capture, f"2026-01-0{version}T00:00:00+00:00")],
        "code": code,
    }
    return ReleaseData(manifest, promise or contract(), {"ceilings": rows})


OLD = ceilings(
    ("gezond", 2023, "100.00", "provisional"),
    ("gezond", 2024, "0.00", "definitive"),
    ("sport", 2023, None, "provisional"),
    ("sport", 2024, "50.00", "definitive"),
    ("kans", 2023, "8.00", None),
)
NEW = ceilings(
    ("gezond", 2023, "150.00", "definitive"),
    ("gezond", 2024, "10.00", "definitive"),
    ("sport", 2023, "5.00", "provisional"),
    ("sport", 2024, None, "definitive"),
    ("spel", 2023, "7.00", None),
)


def cells(found: changes.Changes) -> set[tuple[Any, ...]]:
    return set(found.rows.select("change", "key", "column", "before", "after").iter_rows())


def key(component: str, year: int) -> str:
    return json.dumps({"component": component, "year": str(year)}, separators=(",", ":"))


def test_every_difference_is_listed_once_with_before_and_after() -> None:
    found = changes.compare(release(OLD), release(NEW, "2", "b"))
    gone = '{"component":"kans","year":"2023","ceiling_eur":"8.00","status":null}'
    came = '{"component":"spel","year":"2023","ceiling_eur":"7.00","status":null}'
    assert cells(found) == {
        ("removed", key("kans", 2023), None, gone, None),
        ("added", key("spel", 2023), None, None, came),
        ("revised", key("gezond", 2023), "ceiling_eur", "100.00", "150.00"),
        ("revised", key("gezond", 2023), "status", "provisional", "definitive"),
        ("revised", key("gezond", 2024), "ceiling_eur", "0.00", "10.00"),
        ("filled", key("sport", 2023), "ceiling_eur", None, "5.00"),
        ("emptied", key("sport", 2024), "ceiling_eur", "50.00", None),
    }
    assert found.rows.schema == changes.CHANGES


def test_the_summary_separates_coverage_from_revisions() -> None:
    summary = changes.compare(release(OLD), release(NEW, "2", "b")).summary
    table = summary["tables"]["ceilings"]
    assert (table["added"], table["removed"], table["rows"]) == (1, 1, {"from": 5, "to": 5})
    amounts = table["columns"]["ceiling_eur"]
    assert {k: amounts[k] for k in ("revised", "filled", "emptied")} == {
        "revised": 2,
        "filled": 1,
        "emptied": 1,
    }
    assert amounts["total_difference"] == "60"
    assert amounts["largest"]["difference"] == "50"
    # The one from zero has no percentage.
    assert amounts["largest_relative"] == {
        "key": key("gezond", 2023),
        "before": "100.00",
        "after": "150.00",
        "difference": "50",
        "difference_pct": "50",
    }
    assert table["status"] == [{"from": "provisional", "to": "definitive", "rows": 1}]
    assert (summary["from"], summary["to"], summary["breaking"]) == ("1", "2", False)
    json.dumps(summary)


def test_a_first_release_lists_no_rows() -> None:
    found = changes.compare(None, release(NEW))
    assert found.rows.height == 0
    assert found.summary["from"] is None
    assert found.summary["tables"]["ceilings"]["rows"] == {"from": 0, "to": 5}


def promised(change: Any) -> Contract:
    content = copy.deepcopy(declared())
    change(content["tables"]["ceilings"])
    return Contract.model_validate(content)


def test_a_column_of_another_type_is_a_change_of_the_schema_not_of_each_row() -> None:
    after = promised(
        lambda t: t["columns"].update(year={**t["columns"]["year"], "type": "integer"})
    )
    wider = OLD.cast({"year": pl.Int64})
    found = changes.compare(release(OLD), release(wider, "2", "b", promise=after))
    assert found.rows.height == 0
    assert found.summary["breaking"]
    assert [each["what"] for each in found.summary["schema"]] == ["column retyped"]


def test_a_column_that_came_or_went_is_a_change_of_the_schema() -> None:
    after = promised(lambda t: t["columns"].pop("status"))
    found = changes.compare(release(OLD), release(OLD.drop("status"), "2", "b", promise=after))
    assert found.rows.height == 0
    assert [each["column"] for each in found.summary["schema"]] == ["status"]


def test_under_another_key_rows_cannot_be_matched() -> None:
    after = promised(lambda t: t.update(key=["component", "year", "status"]))
    found = changes.compare(release(OLD), release(OLD, "2", "b", promise=after))
    assert found.rows["change"].value_counts().sort("change").rows() == [
        ("added", 5),
        ("removed", 5),
    ]


def test_a_table_that_went_has_all_its_rows_removed() -> None:
    both = contract(ceilings=declared()["tables"]["ceilings"], notes=NOTES)
    note = pl.DataFrame([(None, None, "x", 1)], schema=both.tables["notes"].dtypes, orient="row")
    before = release(OLD, promise=both)
    with_notes = ReleaseData(before.manifest, both, {"ceilings": OLD, "notes": note})
    found = changes.compare(with_notes, release(OLD, "2", "b"))
    assert found.rows.select("table", "change").rows() == [("notes", "removed")]
    assert found.summary["breaking"]


# --- why ------------------------------------------------------------------------------------------


def reasons(found: changes.Changes) -> set[tuple[str, bool]]:
    return set(found.rows.select("cause", "certain").iter_rows())


def test_when_one_thing_differs_it_is_the_cause() -> None:
    found = changes.compare(release(OLD), release(NEW, "2", code=LATER))
    assert reasons(found) == {("code_changed", True)}
    assert found.summary["causes"] == {"code_changed": 7}
    by_source = changes.compare(release(OLD), release(NEW, "2", "b"))
    assert reasons(by_source) == {("source_revised", True), ("source_corrected", True)}
    evidence = by_source.rows["evidence"].unique().to_list()
    assert evidence == [
        "made_up: capture of 2026-01-02T00:00:00+00:00 from sample, 1 of 1 answers differ from "
        "2026-01-01T00:00:00+00:00"
    ]


def test_a_definitive_figure_that_changes_was_corrected_by_its_source() -> None:
    found = changes.compare(release(OLD), release(NEW, "2", "b"))
    corrected = found.rows.filter(pl.col("cause") == "source_corrected")
    assert corrected["key"].to_list() == [key("gezond", 2024)]


def test_when_several_things_differ_no_cause_is_certain() -> None:
    found = changes.compare(release(OLD), release(NEW, "2", "b", LATER))
    assert {certain for _, certain in reasons(found)} == {False}
    assert all(" or code c0dec0dec0de -> beef" in each for each in found.rows["evidence"])


def test_building_one_step_at_a_time_makes_every_cause_certain() -> None:
    """Old input with new code shows what the code changed; the rest is the source's."""
    between = OLD.with_columns(
        ceiling_eur=pl.when(pl.col("component") == "gezond").then("ceiling_eur").otherwise(None)
    )
    step = changes.table_changes(TABLE, OLD, TABLE, between)
    claims = causes.claims_of_step(step, Factor("code_changed", "the new reader"))
    rest = changes.table_changes(TABLE, between, TABLE, NEW)
    claims = pl.concat([claims, causes.claims_of_step(rest, Factor("source_revised", "capture 2"))])
    found = changes.compare(release(OLD), release(NEW, "2", "b", LATER), Steps(claims))
    by_cell = {(r["key"], r["column"]): r["cause"] for r in found.rows.iter_rows(named=True)}
    assert set(found.rows["certain"]) == {True}
    assert by_cell[key("sport", 2024), "ceiling_eur"] == "code_changed"
    assert by_cell[key("gezond", 2023), "ceiling_eur"] == "source_revised"


def test_a_claim_about_a_cell_or_its_row_goes_before_everything() -> None:
    claims = pl.DataFrame(
        [
            ("ceilings", key("gezond", 2023), "ceiling_eur", "our_correction", True, "COR-1"),
            ("ceilings", key("gezond", 2023), None, "contract_changed", True, "the row"),
        ],
        schema=causes.CLAIMS,
        orient="row",
    )
    found = changes.compare(release(OLD), release(NEW, "2", "b"), Steps(claims)).rows
    mine = found.filter(pl.col("key") == key("gezond", 2023)).select(
        "column", "cause", "certain", "evidence"
    )
    assert mine.sort("column").rows() == [
        ("ceiling_eur", "our_correction", True, "COR-1"),
        ("status", "contract_changed", True, "the row"),
    ]


ENDED = {"kans": "kans ended in 2023"}


def test_rows_of_a_municipality_that_ended_went_with_it() -> None:
    found = changes.compare(release(OLD), release(NEW, "2", "b", LATER), moved=ENDED)
    boundary = found.rows.filter(pl.col("cause") == "boundary_change")
    assert boundary.select("change", "key", "certain").rows() == [
        ("removed", key("kans", 2023), True)
    ]
    assert boundary["evidence"].item().startswith("kans ended in 2023; made_up: capture of ")


def test_what_the_code_did_is_not_blamed_on_a_municipality_that_ended() -> None:
    found = changes.compare(release(OLD), release(NEW, "2", code=LATER), moved=ENDED)
    assert reasons(found) == {("code_changed", True)}


def test_a_change_that_nothing_recorded_explains_is_unexplained() -> None:
    found = changes.compare(release(OLD), release(NEW, "2"))
    assert reasons(found) == {("unexplained", False)}


PARTS = {"assets": "1", "corrections": "1", "datasets/ceilings": "1", "datasets/other": "1"}


@pytest.mark.parametrize(
    ("part", "cause"),
    [
        ("assets", "code_changed"),
        ("datasets/other", "code_changed"),
        ("datasets/ceilings", "unexplained"),  # the contract itself is compared
        ("corrections", "unexplained"),  # and so is each correction
    ],
)
def test_a_contract_and_a_correction_are_no_change_of_the_code(part: str, cause: str) -> None:
    before = release(OLD, code=CODE | {"parts_sha256": PARTS})
    after = release(NEW, "2", code=LATER | {"parts_sha256": PARTS | {part: "2"}})
    found = changes.compare(before, after)
    assert {each for each, _ in reasons(found)} == {cause}
    if cause == "code_changed":
        assert found.rows["evidence"][0] == f"code c0dec0dec0de -> beefbeefbeef in {part}"


def test_a_rule_of_a_table_that_stays_at_home_is_a_change_of_the_contract() -> None:
    at_home = {**CEILINGS, "stage": "core", "rules": []}
    stricter = {**CEILINGS, "stage": "core"}
    promises = [
        contract(ceilings=CEILINGS, lines={**lines, "rules": rules})
        for lines, rules in ((at_home, []), (stricter, [{**CEILINGS["rules"][0], "id": "TST-09"}]))
    ]
    before, after = release(OLD, promise=promises[0]), release(NEW, "2", promise=promises[1])
    assert reasons(changes.compare(before, after)) == {("contract_changed", True)}


def correction(name: str, after: str = "2", outcome: str = "applied") -> dict[str, str]:
    about = {"source": "made_up", "table": "rows", "cell": "row x: y", "before": "1"}
    return {"id": name, **about, "after": after, "outcome": outcome}


def test_corrections_that_came_went_or_changed_are_factors() -> None:
    def published(*records: dict[str, str]) -> pl.DataFrame:
        return pl.DataFrame(list(records), schema=CORRECTIONS)

    before = published(correction("gone"), correction("met"), correction("other"))
    after = published(
        correction("met", outcome="mended"), correction("new"), correction("other", after="3")
    )
    assert [each.evidence for each in causes.corrected(before, after)] == [
        "correction gone dropped (row x: y)",
        "correction new added (row x: y)",
        "correction other changed (row x: y)",
    ]


# --- properties -----------------------------------------------------------------------------------

amounts = st.none() | st.decimals(-999, 999, places=2).map(lambda d: str(Decimal(d)))
rows = st.dictionaries(
    st.tuples(st.sampled_from(["a", "b", 'c"', "d,é"]), st.integers(2020, 2022)),
    st.tuples(amounts, st.none() | st.sampled_from(["provisional", "definitive"])),
    max_size=12,
).map(lambda d: ceilings(*((c, y, a, s) for (c, y), (a, s) in d.items())))


@settings(max_examples=60, deadline=None)
@given(rows, rows)
def test_before_with_its_changes_is_after(before: pl.DataFrame, after: pl.DataFrame) -> None:
    found = changes.table_changes(TABLE, before, TABLE, after)
    state = {json.dumps(dict(zip(TABLE.key, r[:2], strict=True))): r for r in _texts(before)}
    for change in found.iter_rows(named=True):
        place = json.dumps(json.loads(change["key"]))
        if change["change"] == "added":
            assert place not in state
            state[place] = tuple(json.loads(change["after"]).values())
        elif change["change"] == "removed":
            assert tuple(json.loads(change["before"]).values()) == state.pop(place)
        else:
            at = TABLE.dtypes.names().index(change["column"])
            row = list(state[place])
            assert row[at] == change["before"] != change["after"]
            row[at] = change["after"]
            state[place] = tuple(row)
    assert sorted(map(str, state.values())) == sorted(map(str, _texts(after)))


def _texts(frame: pl.DataFrame) -> list[tuple[Any, ...]]:
    return frame.cast(pl.String).rows()


@settings(max_examples=20, deadline=None)
@given(rows)
def test_the_same_rows_have_no_changes(frame: pl.DataFrame) -> None:
    shuffled = frame.sample(fraction=1, shuffle=True, seed=1)
    assert changes.table_changes(TABLE, frame, TABLE, shuffled).height == 0


def test_the_difference_of_large_amounts_is_exact() -> None:
    before = ceilings(("a", 2020, "9999999999999999.99", None))
    after = ceilings(("a", 2020, "-9999999999999999.98", None))
    found = changes.table_changes(TABLE, before, TABLE, after)
    assert found["difference"].to_list() == [Decimal("-19999999999999999.97")]


def test_a_null_in_a_key_is_a_value_like_any_other() -> None:
    table = contract(notes=NOTES).tables["notes"]
    before = pl.DataFrame([(None, None, "x", 1)], schema=table.dtypes, orient="row")
    after = pl.DataFrame([(None, None, "y", 1)], schema=table.dtypes, orient="row")
    found = changes.table_changes(table, before, table, after)
    assert found.select("change", "column").rows() == [("revised", "note")]
