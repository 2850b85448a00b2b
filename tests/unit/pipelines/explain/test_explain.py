"""Explaining: from a row to the rows it was made of, on small tables with a made-up lineage."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.calc.dutch_amounts import printed
from assets.ingest.archive import Archive
from expectations import yaml_files
from expectations.errors import VoorkantError
from expectations.yaml_files import NotAsAgreedError
from pipelines.explain import lineage, reference_rows, row_selection, rule_results, source_values
from pipelines.explain.query_sources import rows_read
from pipelines.explain.row_queries import Tables
from pipelines.explain.sources import Sources
from pipelines.explain.trace import TracedRow, Tracer

OBJECT = "a" * 64
NEWER = "b" * 64
MANIFEST = {
    "inputs": [
        {
            "source": "money",
            "origin": "sample",
            "retrieved_at": "2026-01-01T00:00:00Z",
            "responses": [{"name": "list", "page": 1, "url": "https://x", "sha256": OBJECT}],
        }
    ]
}
TABLES = {
    "towns": """SELECT * FROM (VALUES (1, 'north', 60.00::DECIMAL(18,2)), (2, 'north', 7.50),
        (1, NULL, 1.00)) t(year, area, amount_eur)""",
    "core_towns__lines": """SELECT *, repeat('a', 64) AS _capture,
        'row ' || n || CASE WHEN n = 5 THEN ' column amount' ELSE '' END AS _locator
        FROM (VALUES (1, 1, 'north', 10.00::DECIMAL(18,2)), (2, 1, 'north', 40.00),
        (3, 1, 'north', NULL), (4, 1, NULL, 1.00), (5, 1, 'north', 10.00), (6, 2, 'north', 7.50))
        t(n, year, area, amount_eur)""",
    "raw_money__list": """SELECT n::VARCHAR AS n, (n * 10)::VARCHAR AS amount,
        repeat('a', 64) AS _capture, 'row ' || n AS _locator FROM range(1, 7) t(n)""",
}
TOWNS = """
towns:
  - reads: towns.lines
    on: [year, area]
    parts: {amount_eur: amount_eur}
    words: {nl: Opgeteld., en: Added up.}
"""


@pytest.fixture
def state(tmp_path: Path) -> Path:
    (tmp_path / "tables").mkdir()
    for name, query in TABLES.items():
        duckdb.execute(f"COPY ({query}) TO '{tmp_path}/tables/{name}.parquet'")
    return tmp_path


Traced = Callable[..., TracedRow]


@pytest.fixture
def traced(state: Path, monkeypatch: pytest.MonkeyPatch) -> Traced:
    """Trace a row of `towns`, by a lineage in YAML."""

    def down(
        number: int = 0, declared: str = TOWNS, limit: int | None = 10, column: str | None = None
    ) -> TracedRow:
        found = lineage.read(yaml_files.parse(Path(lineage.FILE), declared))
        monkeypatch.setattr(lineage, "lineage", lambda dataset: found if dataset == "towns" else {})
        tables = Tables(state / "tables")
        sources = Sources(MANIFEST, Archive(state / "archive"))
        place, values = tables.matching("towns.towns", {}, 9)[number]
        return Tracer(tables, sources, limit).trace("towns.towns", place, values, column)

    return down


def refused(code: str) -> Any:
    return pytest.raises(VoorkantError, match=code)


def test_a_sum_names_its_parts_the_largest_first_and_their_total(traced: Traced) -> None:
    (step,) = traced().steps or []
    assert [part.parts["amount_eur"] for part in step.parts] == [40, 10, 10, None]
    assert [part.row.values["n"] for part in step.parts] == [2, 1, 5, 3]
    assert step.count == 4
    assert step.totals == {"amount_eur": Decimal("60.00")}


def test_fewer_rows_are_listed_than_there_are_but_the_total_is_of_all(traced: Traced) -> None:
    (step,) = traced(limit=1).steps or []
    assert len(step.parts) == 1
    assert (step.count, step.totals["amount_eur"]) == (4, 60)


def test_of_many_rows_the_first_is_followed_and_with_all_every_one(traced: Traced) -> None:
    (step,) = traced().steps or []
    assert [part.row.steps is not None for part in step.parts] == [True, False, False, False]
    (step,) = traced(limit=None).steps or []
    assert all(part.row.steps for part in step.parts)


def test_missing_equals_missing(traced: Traced) -> None:
    (step,) = traced(2).steps or []
    assert [part.row.values["n"] for part in step.parts] == [4]


def test_a_core_row_comes_from_the_source_row_at_its_place(traced: Traced) -> None:
    (step,) = traced(limit=None).steps or []
    sources = {}
    for part in step.parts:
        (below,) = part.row.steps or []
        (source,) = below.parts
        sources[part.row.values["n"]] = source.row
    assert {n: row.values["n"] for n, row in sources.items()} == {1: "1", 2: "2", 3: "3", 5: "5"}
    place = sources[5].source
    assert place is not None
    assert (place.locator, place.source, place.url) == ("row 5", "money", "https://x")


def test_a_condition_sees_the_explained_row_and_nothing_is_pasted(traced: Traced) -> None:
    declared = """
towns:
  - reads: towns.lines
    where: "area = $area AND n > $year AND '$area' <> area AND n IN (SELECT max(n) FROM towns.lines)"
"""
    (step,) = traced(declared=declared).steps or []
    assert [part.row.values["n"] for part in step.parts] == [6]


def test_a_column_is_followed_by_its_own_parts(traced: Traced) -> None:
    declared = """
towns:
  - {reads: towns.lines, on: [year], parts: {amount_eur: amount_eur, year: n}}
  - {reads: towns.lines, on: [area], parts: {year: n}}
  - {reads: 'raw:raw_money__list', where: "n = '1'"}
"""
    steps = traced(declared=declared, column="amount_eur").steps or []
    assert [(step.read.reads, list(step.totals)) for step in steps] == [
        ("towns.lines", ["amount_eur"]),
        ("raw:raw_money__list", []),
    ]
    assert len(traced(declared=declared, column="area").steps or []) == 3


def test_a_circle_ends_and_a_row_reached_twice_is_one_row(traced: Traced) -> None:
    declared = """
towns:
  - {reads: towns.lines, on: [year, area]}
  - {reads: towns.towns, on: [area]}
"""
    start = traced(declared=declared, limit=None)
    towns = {
        id(part.row): part.row for step in start.steps or [] for part in step.parts
        if part.row.table == "towns.towns"
    }  # fmt: skip
    assert id(start) in towns
    other = next(row for row in towns.values() if row is not start)
    again = [part.row for step in other.steps or [] for part in step.parts]
    assert any(row is start for row in again)


def test_a_query_names_the_rows_it_takes_its_number_from(traced: Traced, state: Path) -> None:
    query = "SELECT sum(amount_eur) AS value FROM towns.lines WHERE year = 1 AND area IS NOT NULL"
    duckdb.execute(f"COPY (SELECT '{query}' AS query) TO '{state}/tables/towns.parquet'")
    (step,) = traced(declared="towns: [{reads: 'query_of:$query'}]").steps or []
    assert step.read.reads == "towns.lines"
    assert [part.row.values["n"] for part in step.parts] == [1, 2, 3, 5]


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ("SELECT 1 AS value FROM a.b WHERE n = 2", {2}),
        ("WITH w AS (FROM a.b WHERE n > 1) SELECT max(n) FROM w WHERE n < 9", {2, 3}),
        ("SELECT x.n FROM a.b AS x JOIN a.b AS y ON x.n = y.n + 1 WHERE y.n = 2", {2, 3}),
        ("SELECT max(v) FROM (SELECT sum(n) AS v FROM a.b GROUP BY n HAVING n < 2)", {1, 2, 3}),
        ("SELECT n FROM a.b WHERE n = 1 UNION SELECT n FROM a.b WHERE n = 3", {1, 3}),
        ("SELECT sum(n) FILTER (n = 2) FROM a.b, (SELECT 3 AS m) WHERE n < m", {1, 2}),
        ("WITH w AS (FROM a.b WHERE n > 1) SELECT sum(x.n) FROM a.b AS x JOIN w USING (n)", {2, 3}),
    ],
)
def test_rows_of_queries_of_every_form(query: str, places: set[int]) -> None:
    connection = duckdb.connect()
    connection.execute(
        "CREATE SCHEMA a; CREATE TABLE a.b AS SELECT n, n AS file_row_number FROM range(1, 4) t(n)"
    )
    (sql,) = rows_read(connection, query).values()
    assert {n for (n,) in connection.execute(sql).fetchall()} == places


def test_a_further_read_excludes_rows_named_above_and_is_only_counted(traced: Traced) -> None:
    declared = """
towns:
  - {reads: towns.lines, where: n = 2 AND area = $area}
  - {reads: towns.lines, on: [year], further: true}
"""
    own, further = traced(declared=declared).steps or []
    assert [part.row.values["n"] for part in own.parts] == [2]
    assert (further.count, further.parts) == (4, ())
    _, further = traced(declared=declared, limit=None).steps or []
    assert [part.row.values["n"] for part in further.parts] == [1, 3, 4, 5]
    # A condition that is neither true nor false names no row.
    (further,) = traced(2, declared=declared).steps or []
    assert further.count == 5


def test_a_query_may_reach_tables_only() -> None:
    with pytest.raises(ValueError, match="calls none"):
        rows_read(duckdb.connect(), "SELECT content FROM read_text('/etc/hostname')")
    with pytest.raises(ValueError, match="cannot be read"):
        rows_read(duckdb.connect(), "SELECT FROM WHERE")


@pytest.mark.parametrize(
    "declared",
    [
        "towns: [{reads: towns.lines, join: [year]}]",
        "towns: [{reads: everything}]",
        "towns: [{on: [year]}]",
        "towns: [{reads: towns.lines, words: {nl: Alleen Nederlands.}}]",
        "towns: yes",
        "- towns",
    ],
)
def test_a_lineage_in_another_form_is_refused(declared: str) -> None:
    with pytest.raises(NotAsAgreedError):
        lineage.read(yaml_files.parse(Path(lineage.FILE), declared))


def test_a_lineage_file_in_another_form_has_a_code(tmp_path: Path) -> None:
    (tmp_path / "towns").mkdir()
    (tmp_path / "towns" / lineage.FILE).write_text("towns: [{reads: towns.lines, join: [year]}]")
    with refused("VK-C008"):
        lineage.lineage("towns", tmp_path)


@pytest.mark.parametrize(
    "declared",
    [
        "towns: [{reads: towns.lines, on: [nothing]}]",
        "towns: [{reads: towns.lines, on: {year: nothing}}]",
        "towns: [{reads: towns.lines, where: 'nothing = 1'}]",
        "towns: [{reads: towns.nothing}]",
        "towns: [{reads: 'reference:nothing'}]",
        "towns: [{reads: 'schemes:nothing'}]",
        "other: []",
    ],
)
def test_a_lineage_that_does_not_fit_the_tables_is_reported(traced: Traced, declared: str) -> None:
    with refused("VK-C008"):
        traced(declared=declared)


def test_schemes_and_reference_files_are_leaves(traced: Traced) -> None:
    declared = """
towns:
  - {reads: 'schemes:brede_spuk'}
  - {reads: 'reference:claims', where: "id = 'care-100-bn'"}
  - {reads: 'reference:breaks.csv', where: "$year = 1"}
"""
    scheme, claims, breaks = traced(declared=declared).steps or []
    assert scheme.file == reference_rows.SCHEMES / "brede_spuk.yaml"
    (claim,) = claims.parts
    line = int(claim.row.values[reference_rows.LINE])
    text = (reference_rows.FOLDER / "claims.yaml").read_text("utf-8").splitlines()
    assert text[line - 1].strip() == "- id: care-100-bn"
    csv_lines = (reference_rows.FOLDER / "breaks.csv").read_text("utf-8").splitlines()
    assert breaks.count == len(csv_lines) - 1
    assert csv_lines[1 + breaks.parts[0].row.place].startswith(breaks.parts[0].row.values["break"])


def test_a_source_newer_than_the_release_is_marked_as_later(traced: Traced, state: Path) -> None:
    (step,) = traced(declared="towns: [{reads: 'raw:raw_money__list'}]").steps or []
    assert not any(part.row.source.later for part in step.parts if part.row.source)
    query = TABLES["raw_money__list"].replace("'a'", "'b'")
    duckdb.execute(f"COPY ({query}) TO '{state}/tables/raw_money__list.parquet'")
    (step,) = traced(declared="towns: [{reads: 'raw:raw_money__list'}]").steps or []
    assert all(part.row.source and part.row.source.later for part in step.parts)


def test_a_file_dropped_before_the_newest_is_found_in_the_archive(state: Path) -> None:
    entry = {"name": "files/a.csv", "page": 1, "url": "drop/a.csv", "sha256": NEWER, "status": 200}
    entry |= {"content_type": "text/csv", "bytes": 1, "published_at": None}
    line = {
        "source": "money",
        "origin": "drop",
        "retrieved_at": "2025-01-01T00:00:00Z",
        "entries": [entry],
    }
    (state / "archive").mkdir()
    (state / "archive" / "log.jsonl").write_text(json.dumps(line) + "\n")
    sources = Sources(MANIFEST, Archive(state / "archive"))
    place = sources.place(NEWER, "cell B2")
    assert (place.name, place.captured_at) == ("files/a.csv", "2025-01-01T00:00:00Z")
    assert not place.later
    assert sources.place("c" * 64, "cell B2").later


@given(
    st.decimals(0, 10**9, places=2),
    st.sampled_from([1, 1_000, 1_000_000]),
    st.booleans(),
)
def test_a_number_is_recognised_in_its_cell(value: Decimal, factor: int, dutch: bool) -> None:
    text = printed(f"{value:f}") if dutch else f"{value:f}"
    found = source_values.taken({"amount_eur": value * factor}, {"text": text, "name": "Ameland"})
    assert [(each.source_column, each.text) for each in found] == [("text", text)]
    assert value == 0 or found[0].factor == factor


@pytest.mark.parametrize(
    "text", ["€ 12.978.290,", "12.978.290,-", "€12978290", " EUR 12.978.290,00 "]
)
def test_a_number_is_recognised_as_it_was_printed(text: str) -> None:
    (found,) = source_values.taken({"amount_eur": Decimal("12978290.00")}, {"text": text})
    assert found.factor == 1


def test_no_cell_is_guessed() -> None:
    five = Decimal("5.00")
    assert source_values.taken({"amount_eur": five}, {"a": "5", "b": "5.0"}) == []
    assert source_values.taken({"amount_eur": five}, {"a": "7", "b": None, "_locator": "5"}) == []
    (found,) = source_values.taken({"amount_eur": five}, {"amount_eur": "5", "page": "5"})
    assert found.source_column == "amount_eur"


@pytest.fixture
def towns(state: Path) -> Tables:
    return Tables(state / "tables")


def the_row(tables: Tables, *key: str) -> dict[str, Any]:
    wanted = row_selection.key(key, tables.types("towns.towns"), tables)
    return row_selection.row("towns.towns", wanted, ["year", "area"], tables)[1]


def test_a_key_may_be_partial_and_an_empty_value_means_missing(towns: Tables) -> None:
    assert the_row(towns, "year=2")["amount_eur"] == Decimal("7.50")
    assert the_row(towns, "area=")["amount_eur"] == 1
    assert the_row(towns, "amount_eur=60")["area"] == "north"


@pytest.mark.parametrize(
    ("key", "hints"),
    [
        (["area=north"], ["year=1", "year=2"]),
        ([], ["year=1, area=north"]),
        (["area=nort"], ["area has north"]),
        (["area=north", "year=4"], ["year has 2, 1 (with area=north)"]),
        (["year=x"], ["INTEGER"]),
        (["town=1"], ["Columns: year, area, amount_eur."]),
        (["year"], ["Write year=VALUE"]),
        (["area='; DROP TABLE towns"], ["area has"]),
    ],
)
def test_a_key_that_fits_no_row_or_several_is_refused_with_hints(
    towns: Tables, key: list[str], hints: list[str]
) -> None:
    with refused("VK-U001") as error:
        the_row(towns, *key)
    for each in hints:
        assert each in str(error.value)


def test_rules_are_of_the_table_and_failures_of_the_row(tmp_path: Path) -> None:
    folder = tmp_path / "validation"
    folder.mkdir()
    rules = """SELECT * FROM (VALUES ('towns', 'T-1', true, 0), ('towns', 'T-2', false, 2),
        ('towns', 'T-3', false, 1), ('cross', 'T-4', false, 1), ('cross', 'T-5', false, 1),
        ('other', 'T-6', false, 1)) t("table", rule_id, passed, failed),
        (SELECT 'warning' AS severity, 's' AS sentence, 'z' AS sentence_nl, 9 AS judged)"""
    failures = """SELECT * FROM (VALUES ('towns', 'T-2', '{"year":1}'),
        ('towns', 'T-2', '{"year":2}'), ('towns', 'T-3', '{"year":2,"area":"north"}'),
        ('cross', 'T-4', '{"area":null}'), ('cross', 'T-5', '{"month":1}'),
        ('other', 'T-6', '{"year":1}')) t("table", rule_id, key),
        (SELECT 'w' AS words, 1 AS observed, 2 AS expected, 1 AS deviation)"""
    duckdb.execute(f"COPY ({rules}) TO '{folder}/rule.parquet'")
    duckdb.execute(f"COPY ({failures}) TO '{folder}/failure.parquet'")
    found = rule_results.results_for(duckdb.connect(), tmp_path, "towns", {"year": 1, "area": None})
    assert (found.rules, found.passed) == (3, 1)
    assert [(each.rule_id, len(each.here)) for each in found.failed] == [
        ("T-2", 1),
        ("T-4", 1),
        ("T-3", 0),
    ]


def test_a_literal_keeps_its_dollar() -> None:
    assert lineage.explained("a = $b AND c ~ '^x$|$b' AND d = 'it''s $e'") == (
        "a = \"$b\" AND c ~ '^x$|$b' AND d = 'it''s $e'"
    )


def test_every_problem_of_a_lineage_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "towns").mkdir()
    (tmp_path / "towns" / lineage.FILE).write_text(
        "towns: []\nlines:\n- {reads: everything}\n- {reads: a.b, join: 1}\ntowns: []\n"
    )
    with pytest.raises(VoorkantError) as error:
        lineage.lineage("towns", tmp_path)
    assert error.value.code == "VK-C008"
    assert [int(n) for n in re.findall(r"line ([0-9]+), ", error.value.problem)] == [3, 4, 5]
