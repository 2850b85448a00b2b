"""Uniqueness: exact, whatever the types, and never fooled by equal hashes."""

from __future__ import annotations

import math

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from expectations import uniqueness
from expectations.uniqueness import duplicated

cells = st.sampled_from([None, 0.0, -0.0, 1.5, math.nan, -math.nan, math.inf])
texts = st.sampled_from([None, "", "a", "e\u0301", "\u00e9"])


@given(st.lists(st.tuples(cells, texts), max_size=12))
@settings(max_examples=60, deadline=None)
def test_the_repeated_keys_are_those_that_a_group_by_finds(rows: list[tuple[float, str]]) -> None:
    frame = pl.DataFrame(rows, schema={"n": pl.Float64, "t": pl.String}, orient="row")
    found = duplicated(frame.lazy(), ["n", "t"])
    groups = frame.group_by("n", "t").len().filter(pl.col("len") > 1)
    assert_frame_equal(found, groups.select("n", "t"), check_row_order=False)


def test_keys_with_one_hash_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        pl.Expr, "hash", lambda self: pl.lit(7, dtype=pl.UInt64) + self.struct[0] * 0
    )
    frame = pl.LazyFrame({"a": [1, 2, 2, 3]}, schema={"a": pl.UInt64})
    assert duplicated(frame, ["a"]).to_dicts() == [{"a": 2}]


def test_every_type_that_a_key_may_have() -> None:
    keys = pl.DataFrame(
        {
            "code": pl.Series(["a", "b"], dtype=pl.Categorical),
            "kind": pl.Series(["x", "y"], dtype=pl.Enum(["x", "y"])),
            "amount": pl.Series(["1.10", "2.20"]).str.to_decimal(scale=2),
            "day": pl.Series(["2024-01-01", None]).str.to_date(),
            "flag": [True, None],
        }
    )
    frame = pl.concat([keys, keys.head(1)]).lazy()
    assert duplicated(frame, keys.columns).to_dicts() == keys.head(1).to_dicts()
    assert duplicated(keys.lazy(), keys.columns).height == 0


def test_the_number_of_copies_is_counted() -> None:
    frame = pl.LazyFrame({"a": [1, 1, 1, 2], "b": [None, None, None, None]})
    copies = uniqueness.with_copies(frame, ["a", "b"], "copies")
    assert copies.to_dicts() == [{"a": 1, "b": None, "copies": 3}]


def test_an_empty_frame_has_no_copies() -> None:
    assert duplicated(pl.LazyFrame(schema={"a": pl.Int64}), ["a"]).schema == {"a": pl.Int64}
