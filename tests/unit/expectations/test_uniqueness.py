"""Uniqueness: exact, whatever the types, never wrong because of equal hashes, and counted by two methods."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from expectations import uniqueness
from expectations.audit import audit
from expectations.contract import Bilingual, Column, Table
from expectations.errors import VoorkantError
from expectations.gx_polars import resolver
from expectations.uniqueness import in_copies, with_copies
from expectations.vocabulary import rows

cells = st.sampled_from([None, 0.0, -0.0, 1.5, math.nan, -math.nan, math.inf])
texts = st.sampled_from([None, "", "a", "e\u0301", "\u00e9"])


def repeated(frame: pl.LazyFrame, columns: Sequence[str]) -> pl.DataFrame:
    """The repeated keys, as both methods find them."""
    by_hash = with_copies(frame, columns, "copies")
    marked = in_copies(frame, columns, "marked").collect()
    assert_frame_equal(marked.drop("marked"), frame.collect())
    by_order = marked.filter("marked").group_by(columns).len("copies").sort(columns)
    assert_frame_equal(by_hash, by_order, check_row_order=False)
    return by_hash.select(columns)


@given(st.lists(st.tuples(cells, texts), max_size=12))
@settings(max_examples=60, deadline=None)
def test_the_repeated_keys_are_those_that_a_group_by_finds(
    given_rows: list[tuple[float, str]],
) -> None:
    frame = pl.DataFrame(given_rows, schema={"n": pl.Float64, "t": pl.String}, orient="row")
    for columns in (["n", "t"], ["t", "n"], ["n"], ["t"]):
        found = repeated(frame.lazy(), columns)
        groups = frame.group_by(columns).len().filter(pl.col("len") > 1)
        assert_frame_equal(found, groups.select(columns), check_row_order=False)


def test_keys_with_one_hash_are_distinguished(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        pl.Expr, "hash", lambda self: pl.lit(7, dtype=pl.UInt64) + self.struct[0] * 0
    )
    frame = pl.LazyFrame({"a": [1, 2, 2, 3]}, schema={"a": pl.UInt64})
    assert repeated(frame, ["a"]).to_dicts() == [{"a": 2}]


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
    assert repeated(frame, keys.columns).to_dicts() == keys.head(1).to_dicts()
    assert repeated(keys.lazy(), keys.columns).height == 0


def test_the_number_of_copies_is_counted() -> None:
    frame = pl.LazyFrame({"a": [1, 1, 1, 2], "b": [None, None, None, None]})
    copies = uniqueness.with_copies(frame, ["a", "b"], "copies")
    assert copies.to_dicts() == [{"a": 1, "b": None, "copies": 3}]


def test_an_empty_frame_has_no_copies() -> None:
    assert repeated(pl.LazyFrame(schema={"a": pl.Int64}), ["a"]).schema == {"a": pl.Int64}


def table(*key: str) -> Table:
    text = Bilingual(nl="x", en="x")
    return Table(
        stage="published",
        title=text,
        description=text,
        key=key,
        columns={name: Column(type="code", nl="x", en="x") for name in key},
        dataset="d",
        name="d",
        rule_prefix="DD-d",
        schema_version="1.0.0",
    )


def never_a_copy(frame: pl.LazyFrame, columns: Sequence[str], counted: str) -> pl.DataFrame:
    return with_copies(frame, columns, counted).clear()


def never_marked(frame: pl.LazyFrame, columns: Sequence[str], marked: str) -> pl.LazyFrame:
    return frame.with_columns(pl.lit(False).alias(marked))


@pytest.mark.parametrize(
    ("module", "name", "broken"),
    [(resolver, "with_copies", never_a_copy), (rows, "in_copies", never_marked)],
)
@pytest.mark.parametrize("key", [("code",), ("code", "other")])
def test_a_fault_in_either_method_stops_the_run(
    monkeypatch: pytest.MonkeyPatch,
    module: Any,
    name: str,
    broken: Callable[..., Any],
    key: tuple[str, ...],
) -> None:
    frame = pl.LazyFrame({name: ["A", "A", "B"] for name in key})
    assert audit(table(*key), frame, {}).quarantined.height == 2
    monkeypatch.setattr(uniqueness, name, broken)
    monkeypatch.setattr(module, name, broken)
    with pytest.raises(VoorkantError) as error:
        audit(table(*key), frame, {})
    assert error.value.code == "VK-D003"
