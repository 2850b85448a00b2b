"""Places through time: nothing is lost on the way to the newest map, whatever happened in between."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.published.municipalities.municipalities import transitions
from assets.reference.municipality_map import as_reported, on_map, recast, weights

FIRST, LAST = 2018, 2022
ROWS = {
    "year": pl.Int16,
    "municipality_code": pl.String,
    "field": pl.String,
    "lasten_eur": pl.Decimal(18, 2),
    "inhabitants": pl.Int64,
    "flags": pl.String,
    "_capture": pl.String,
    "_locator": pl.String,
}
TRANSFERS = {
    "date": pl.Date, "kind": pl.String, "from_code": pl.String, "from_name": pl.String,
    "to_code": pl.String, "to_name": pl.String, "inhabitants": pl.Int64, "_capture": pl.String,
    "_locator": pl.String,
}  # fmt: skip


class History(NamedTuple):
    """The lists of some years, and who went where between them."""

    lists: pl.LazyFrame
    moves: pl.LazyFrame


def history(lists: dict[int, list[str]], *moves: tuple[date, str, str, int | None]) -> History:
    """Lists by year; moves as day, from, to and inhabitants (None: a rename)."""
    transfers = [
        {
            "date": day,
            "kind": "rename" if people is None else "merger",
            "from_code": old,
            "to_code": new,
            "inhabitants": people,
        }
        for day, old, new, people in moves
    ]
    pairs = [(year, code) for year, codes in lists.items() for code in codes]
    return History(
        pl.LazyFrame(pairs, schema={"year": pl.Int16, "municipality_code": pl.String}, orient="row"),
        transitions(pl.LazyFrame(transfers, schema=TRANSFERS)),
    )  # fmt: skip


def ways(known: History) -> dict[tuple[int, str], dict[str, str]]:
    """Year and code -> place on the map -> weight."""
    found: dict[tuple[int, str], dict[str, str]] = {}
    for row in weights(*known).collect().to_dicts():
        found.setdefault((row["year"], row["from_code"]), {})[row["to_code"]] = str(row["weight"])
    return found


def reported(code: str, amount: str | None, people: int = 10, year: int = 2020, **more: Any) -> Any:
    return {
        "year": year, "municipality_code": code, "field": "6.1",
        "lasten_eur": amount and Decimal(amount), "inhabitants": people, **more,
    }  # fmt: skip


def moved(known: History, *rows: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Place on the map -> its row."""
    frame = pl.LazyFrame(rows, schema=ROWS)
    found = recast(frame, weights(*known), key=["field"], amounts=["lasten_eur"])
    return {row["municipality_code"]: row for row in found.collect().to_dicts()}


# --- the way to the map --------------------------------------------------------------------------

HAAREN = history(
    {2020: ["GM0788", "GM0824"], 2021: ["GM0824", "GM0865", "GM0757", "GM0855"]},
    (date(2021, 1, 1), "GM0788", "GM0824", 5914),
    (date(2021, 1, 1), "GM0788", "GM0865", 4973),
    (date(2021, 1, 1), "GM0788", "GM0757", 2181),
    (date(2021, 1, 1), "GM0788", "GM0855", 1464),
)


def test_a_split_follows_the_inhabitants_and_is_exactly_the_whole() -> None:
    parts = ways(HAAREN)[2020, "GM0788"]
    assert set(parts) == {"GM0824", "GM0865", "GM0757", "GM0855"}
    assert parts["GM0824"].startswith("0.40")
    assert sum(Decimal(part) for part in parts.values()) == 1


def test_a_change_within_a_year_counts_from_the_next_list() -> None:
    weesp = history(
        {2021: ["GM0363", "GM0457"], 2022: ["GM0363", "GM0457"], 2023: ["GM0363"]},
        (date(2022, 3, 24), "GM0457", "GM0363", 20767),
    )
    assert ways(weesp)[2022, "GM0457"] == {"GM0363": "1.000000"}
    row = moved(weesp, reported("GM0457", "7", year=2022), reported("GM0363", "90", year=2022))
    assert (row["GM0363"]["lasten_eur"], row["GM0363"]["flags"]) == (97, "merged")


def test_a_new_code_for_the_same_place_is_neither_merged_nor_split() -> None:
    groesbeek = history(
        {2015: ["GM0241"], 2016: ["GM1945"]}, (date(2016, 1, 1), "GM0241", "GM1945", None)
    )
    assert ways(groesbeek)[2015, "GM0241"] == {"GM1945": "1.000000"}
    assert moved(groesbeek, reported("GM0241", "7", year=2015))["GM1945"]["flags"] is None


def test_chains_are_followed_to_their_end() -> None:
    chain = history(
        {2018: ["A", "B"], 2019: ["B"], 2020: ["C", "D"], 2021: ["D", "E"]},
        (date(2019, 1, 1), "A", "B", 5),
        (date(2020, 1, 1), "B", "C", 30),
        (date(2020, 1, 1), "B", "D", 10),
        (date(2021, 1, 1), "C", "E", None),
    )
    assert ways(chain)[2018, "A"] == {"D": "0.250000", "E": "0.750000"}
    assert ways(chain)[2020, "D"] == {"D": "1.000000"}


def test_the_map_is_the_newest_list_and_not_what_is_announced_after_it() -> None:
    announced = history({2025: ["A", "B"], 2026: ["A", "B"]}, (date(2027, 1, 1), "B", "A", 5))
    assert ways(announced)[2025, "B"] == {"B": "1.000000"}


def test_a_year_with_a_municipality_nobody_can_follow_is_no_year_of_the_map() -> None:
    unknown = history({2013: ["A", "GONE"], 2014: ["A"], 2015: ["A"]})
    assert {year for year, _ in ways(unknown)} == {2014, 2015}
    half = history({2018: ["A", "B"], 2019: ["A"]}, (date(2019, 1, 1), "B", "A", 3),
                   (date(2019, 1, 1), "B", "NOWHERE", 3))  # fmt: skip
    assert {year for year, _ in ways(half)} == {2019}


def test_a_part_without_inhabitants_takes_nothing() -> None:
    empty = history({2018: ["A"], 2019: ["B", "C"]}, (date(2019, 1, 1), "A", "B", 7),
                    (date(2019, 1, 1), "A", "C", 0))  # fmt: skip
    assert ways(empty)[2018, "A"] == {"B": "1.000000"}


def test_three_equal_parts_are_one_whole() -> None:
    thirds = history({2018: ["A"], 2019: ["B", "C", "D"]},
                     *((date(2019, 1, 1), "A", to, 5) for to in "BCD"))  # fmt: skip
    assert sorted(ways(thirds)[2018, "A"].values()) == ["0.333333", "0.333333", "0.333334"]


# --- amounts on the map --------------------------------------------------------------------------

PAIR = history({2020: ["A", "B"], 2021: ["A"]}, (date(2021, 1, 1), "B", "A", 30))


def test_who_did_not_report_makes_a_place_partly_reported() -> None:
    row = moved(PAIR, reported("A", "5", 10), reported("B", None, 30, flags="not_reported"))["A"]
    assert (row["lasten_eur"], row["inhabitants_reported"]) == (5, 10)
    assert row["flags"] == "merged;partly_reported"


def test_where_nobody_reported_nothing_is_known_and_nothing_is_zero() -> None:
    silent = {"flags": "not_reported"}
    row = moved(PAIR, reported("A", None, **silent), reported("B", None, **silent))["A"]
    assert (row["lasten_eur"], row["inhabitants_reported"]) == (None, 0)
    assert row["flags"] == "merged;not_reported"


def test_words_about_the_parts_stay_each_once() -> None:
    row = moved(
        PAIR, reported("A", "1", flags="wrong_sign"), reported("B", "2", flags="a;wrong_sign")
    )
    assert row["A"]["flags"] == "a;merged;wrong_sign"


def test_a_cent_is_not_divided_and_not_lost() -> None:
    parts = moved(HAAREN, reported("GM0788", "0.01", 3), reported("GM0824", "-0.03", 1))
    assert sum(row["lasten_eur"] for row in parts.values()) == Decimal("-0.02")
    assert sum(row["inhabitants_reported"] for row in parts.values()) == 4
    assert parts["GM0865"]["flags"] == "split_by_inhabitants"
    assert parts["GM0824"]["flags"] == "merged;split_by_inhabitants"


def test_amounts_of_the_size_of_a_state_are_moved_exactly() -> None:
    complete = Decimal("999999999999999.99")
    parts = moved(HAAREN, reported("GM0788", str(complete)))
    assert sum(row["lasten_eur"] for row in parts.values()) == complete


def test_readers_choose_one_map() -> None:
    both = pl.LazyFrame(
        {"geography": ["as_reported", "on_map_2026", "as_reported"], "n": [1, 2, 3]}
    )
    assert as_reported(both).collect()["n"].to_list() == [1, 3]
    assert on_map(both).collect()["n"].to_list() == [2]


# --- any history ---------------------------------------------------------------------------------


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Years of renames, mergers and splits, on 1 January and within the year."""
    now = [f"GM{n:04}" for n in range(draw(st.integers(2, 5)))]
    lists, moves, fresh = {FIRST: list(now)}, [], len(now)
    for year in range(FIRST, LAST):
        for day in (date(year, 3, 24), date(year + 1, 1, 1)):
            leaving = draw(st.lists(st.sampled_from(now), unique=True, max_size=len(now) - 1))
            staying = [code for code in now if code not in leaving]
            for old in leaving:
                new, fresh = f"GM{fresh:04}", fresh + 1
                to = draw(
                    st.lists(st.sampled_from([*staying, new]), unique=True, min_size=1, max_size=3)
                )
                people = draw(
                    st.lists(st.integers(0, 9_999), min_size=len(to), max_size=len(to)).filter(any)
                )
                rename = to == [new] and draw(st.booleans())
                moves += [
                    (day, old, each, None if rename else n)
                    for each, n in zip(to, people, strict=True)
                ]
                now = [code for code in now if code != old] + [each for each in to if each == new]
        lists[year + 1] = list(now)
    return history(lists, *moves)  # fmt: skip


AMOUNTS = st.none() | st.decimals(-(10**9), 10**10, places=2, allow_nan=False)
bounded = settings(max_examples=60, deadline=None, derandomize=True, database=None)


@bounded
@given(known=histories(), data=st.data())
def test_whatever_happened_no_cent_and_nobody_is_lost_or_made(
    known: History, data: st.DataObject
) -> None:
    listed = known.lists.collect()
    rows = [
        reported(code, None, data.draw(st.integers(0, 10**6)), year)
        | {"lasten_eur": data.draw(AMOUNTS), "field": field}
        for year, code in listed.iter_rows()
        for field in ("6.1", "7.1")
    ]
    before = pl.DataFrame(rows, schema=ROWS)
    after = recast(
        before.lazy(), weights(*known), key=["field"], amounts=["lasten_eur", "inhabitants"]
    ).collect()
    own = ["year", "field"]
    sums = [pl.col("lasten_eur", "inhabitants").sum()]
    assert before.group_by(own).agg(sums).sort(own).rows() == (
        after.group_by(own).agg(sums).sort(own).rows()
    )
    covered = before.filter(pl.col("lasten_eur").is_not_null())["inhabitants"].sum()
    assert after["inhabitants_reported"].sum() == covered
    newest = set(listed.filter(pl.col("year") == LAST)["municipality_code"])
    assert set(after["municipality_code"]) <= newest
    assert Counter(after["geography"]) == {f"on_map_{LAST}": after.height}


@bounded
@given(known=histories())
def test_weights_are_wholes_and_two_short_ways_make_one_long_way(known: History) -> None:
    long = weights(*known).collect()
    complete = long.group_by("year", "from_code").agg(pl.col("weight").sum())
    assert complete["weight"].unique().to_list() == [Decimal(1)]
    assert complete.height == known.lists.collect().height
    middle = 2020
    to_middle = weights(known.lists.filter(pl.col("year") <= middle), known.moves).collect()
    from_middle = long.filter(pl.col("year") == middle)
    through = (
        to_middle.join(from_middle, left_on="to_code", right_on="from_code", suffix="_on")
        .group_by("year", "from_code", to_code="to_code_on")
        .agg(by_steps=(pl.col("weight").cast(float) * pl.col("weight_on").cast(float)).sum())
    )
    both = long.filter(pl.col("year") <= middle).join(
        through, on=["year", "from_code", "to_code"], how="full", coalesce=True
    )
    off = (pl.col("weight").cast(float).fill_null(0) - pl.col("by_steps").fill_null(0)).abs()
    # Each way is rounded to six digits.
    assert both.select(off.max()).item() < 1e-5
