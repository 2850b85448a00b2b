"""What was known on a day: the vintages give exactly what the release of that day held."""

from __future__ import annotations

import copy
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.contract import Contract, Table, contracts
from pipelines.publish.history import vintages
from pipelines.publish.history.vintages import ABOUT, Known
from tests.support.releases.handmade import NOTES, ceilings, contract, declared

TABLE = contract().tables["ceilings"]
FIRST_DAY = date(2026, 1, 1)


def release(number: int, day: date | None = None) -> Known:
    day = day or FIRST_DAY + timedelta(days=number)
    moment = datetime(day.year, day.month, day.day, 12)
    return Known(f"2026.1.{number + 1}", moment, None, moment.isoformat())


def grown(table: Table, history: list[pl.DataFrame]) -> pl.DataFrame:
    found: pl.DataFrame | None = None
    for number, rows in enumerate(history):
        found = vintages.extended(table, found, rows, release(number))
    assert found is not None
    return found


def same(left: pl.DataFrame, right: pl.DataFrame, table: Table = TABLE) -> bool:
    return left.sort(table.row_order).equals(right.sort(table.row_order), null_equal=True)


# --- any history ----------------------------------------------------------------------------------

amounts = st.none() | st.sampled_from(["0.00", "1.00", "2.50"])
states = st.dictionaries(
    st.tuples(st.sampled_from(["a", "b", "c"]), st.integers(2020, 2021)),
    st.tuples(amounts, st.none() | st.sampled_from(["provisional", "definitive"])),
    max_size=6,
).map(lambda d: ceilings(*((c, y, a, s) for (c, y), (a, s) in d.items())))
histories = st.lists(states, min_size=1, max_size=7)


@settings(max_examples=60, deadline=None)
@given(histories)
def test_as_of_any_day_is_what_the_release_of_that_day_held(history: list[pl.DataFrame]) -> None:
    found = grown(TABLE, history)
    assert vintages.as_of(TABLE, found, FIRST_DAY - timedelta(days=1)).height == 0
    for number, rows in enumerate(history):
        then = vintages.as_of(TABLE, found, FIRST_DAY + timedelta(days=number))
        assert same(then, rows), number
    assert same(vintages.as_of(TABLE, found, date.max), history[-1])


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(states, st.integers(0, 2)), min_size=1, max_size=6))
def test_whatever_the_days_both_ways_give_the_newest_release_of_then(history: Any) -> None:
    """Several releases on a day, days without any, rows that go and come back: Polars and DuckDB."""
    found, known, since = None, list[tuple[date, pl.DataFrame]](), FIRST_DAY
    for number, (rows, days) in enumerate(history):
        since += timedelta(days=days)
        found = vintages.extended(TABLE, found, rows, release(number, since))
        known.append((since, rows))
    connection = duckdb.connect()
    connection.register("known", found.to_arrow())
    for day in sorted({since + timedelta(days=more) for since, _ in known for more in (-1, 0)}):
        held = next((rows for since, rows in reversed(known) if since <= day), ceilings())
        assert same(vintages.as_of(TABLE, found, day), held)
        by_sql = connection.sql(vintages.one_line("known", day).replace("'known'", "known")).pl()
        assert same(by_sql.cast(TABLE.dtypes), held)


@settings(max_examples=40, deadline=None)
@given(histories)
def test_only_changes_are_stored(history: list[pl.DataFrame]) -> None:
    found = grown(TABLE, history)
    expected, before = 0, set[tuple[object, ...]]()
    for rows in history:
        now = set(rows.rows())
        gone = {row[:2] for row in before} - {row[:2] for row in now}
        expected += len(now - before) + len(gone)
        before = now
    assert found.height == expected
    assert grown(TABLE, [*history, history[-1]]).height == expected


@settings(max_examples=20, deadline=None)
@given(histories, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(history: list[pl.DataFrame], random: object) -> None:
    seed = random.randrange(1000)  # type: ignore[attr-defined]
    mixed = [rows.sample(fraction=1, shuffle=True, seed=seed) for rows in history]
    assert grown(TABLE, mixed).equals(grown(TABLE, history), null_equal=True)


# --- states ---------------------------------------------------------------------------------------


def test_a_row_that_goes_leaves_a_tombstone_and_may_come_back() -> None:
    with_it, without = ceilings(("a", 2020, "1.00", None)), ceilings()
    found = grown(TABLE, [with_it, without, without, with_it])
    assert found.select("ceiling_eur", "withdrawn", "version", "known_to").rows() == [
        (Decimal("1.00"), False, "2026.1.1", datetime(2026, 1, 2, 12)),
        (None, True, "2026.1.2", datetime(2026, 1, 4, 12)),
        (Decimal("1.00"), False, "2026.1.4", None),
    ]


def test_two_releases_on_one_day_the_later_counts() -> None:
    first, second = ceilings(("a", 2020, "1.00", None)), ceilings(("a", 2020, "2.00", None))
    found = vintages.extended(TABLE, None, first, release(0))
    found = vintages.extended(TABLE, found, second, release(1, FIRST_DAY))
    assert same(vintages.as_of(TABLE, found, FIRST_DAY), second)
    assert vintages.as_of(TABLE, found, FIRST_DAY - timedelta(days=1)).height == 0


def test_a_clock_that_was_set_back_does_not_rewrite_the_past() -> None:
    manifest = {"version": "2", "published_at": "2025-01-01T00:00:00Z", "inputs": []}
    before = datetime(2026, 1, 9, 12)
    assert vintages.known(manifest).known_from == datetime(2025, 1, 1)
    assert vintages.known(manifest, before).known_from == before


def test_a_null_in_a_key_is_a_value_like_any_other() -> None:
    table = contract(notes=NOTES).tables["notes"]

    def notes(text: str) -> pl.DataFrame:
        rows = [(None, None, text, 1), ("x", None, "stays", 1)]
        return pl.DataFrame(rows, schema=table.dtypes, orient="row")

    found = grown(table, [notes("first"), notes("second")])
    assert found.height == 3
    assert same(vintages.as_of(table, found, FIRST_DAY), notes("first"), table)


# --- a schema that changes ------------------------------------------------------------------------


def later(**columns: dict[str, object] | None) -> Table:
    content = copy.deepcopy(declared())
    mine = content["tables"]["ceilings"]["columns"]
    for name, column in columns.items():
        if column is None:
            del mine[name]
        else:
            mine[name] = column
    return Contract.model_validate(content).tables["ceilings"]


ROWS = ceilings(("a", 2020, "1.25", "provisional"))


def test_each_day_has_the_columns_it_had() -> None:
    table = later(status=None, area={"type": "text", "nl": "Gebied", "en": "Area"})
    now = ROWS.drop("status").with_columns(area=pl.lit("north"))
    found = vintages.extended(table, grown(TABLE, [ROWS]), now, release(1))
    assert found.columns == ["component", "year", "ceiling_eur", "area", "status", *ABOUT]
    assert same(vintages.as_of(TABLE, found, FIRST_DAY), ROWS)
    assert same(vintages.as_of(table, found, date.max), now)


def test_history_that_does_not_fit_the_new_type_is_kept_as_text() -> None:
    table = later(status={"type": "integer", "unit": "number", "nl": "Status", "en": "Status"})
    now = ROWS.with_columns(status=pl.lit(3, pl.Int64))
    found = vintages.extended(table, grown(TABLE, [ROWS]), now, release(1))
    assert found.schema["status"] == pl.String
    assert same(vintages.as_of(TABLE, found, FIRST_DAY), ROWS)
    assert same(vintages.as_of(table, found, date.max), now)


def test_a_wider_number_stays_a_number() -> None:
    table = later(year={"type": "integer", "required": True, "nl": "Jaar", "en": "Year"})
    now = ROWS.cast({"year": pl.Int64})
    found = vintages.extended(table, grown(TABLE, [ROWS]), now, release(1))
    assert found.schema["year"] == pl.Int64
    assert found.height == 1
    assert same(vintages.as_of(TABLE, found, FIRST_DAY), ROWS)


def test_no_published_table_has_a_column_of_that_name() -> None:
    for each in contracts().values():
        for table in each.published:
            assert not set(ABOUT) & set(table.columns), table.asset


def test_moments_are_read_as_utc() -> None:
    assert vintages.moment_of("2026-01-01T00:30:00+01:00") == datetime(2025, 12, 31, 23, 30)
    assert vintages.moment_of("2026-01-01T00:30:00Z") == datetime(2026, 1, 1, 0, 30)
    assert vintages.moment_of("2026-01-01T00:30:00") == datetime(2026, 1, 1, 0, 30)
    assert vintages.moment_of(datetime(2026, 1, 1, tzinfo=UTC).isoformat()) == datetime(2026, 1, 1)
