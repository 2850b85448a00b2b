"""The mask: a bit for every rule, and all that is read from it."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from expectations.contract import TRACE, Table
from expectations.quarantine import QUARANTINE, Mask, conserved
from expectations.vocabulary import Rule
from expectations.vocabulary.rows import Between, KeyUnique, NotNull

WHY = "An example."
TABLE = Table.model_validate(
    {
        "stage": "published",
        "title": {"nl": "", "en": ""},
        "description": {"nl": "", "en": ""},
        "key": ["code"],
        "columns": {
            "code": {"type": "code", "nl": "", "en": ""},
            "count": {"type": "integer", "nl": "", "en": ""},
            "flags": {"type": "flags", "nl": "", "en": ""},
        },
        "dataset": "example",
        "name": "rows",
        "rule_prefix": "EX-rows",
    }
)


def at_most(bound: int, **more: Any) -> Between:
    return Between(id=f"EX-{bound:03}", column="count", max=bound, reason=WHY, **more)


def rows(*counts: int | None) -> pl.LazyFrame:
    """One row per count, with codes r000, r001 … and a place each."""
    numbered = pl.LazyFrame({"count": counts}, schema={"count": pl.Int64}).with_row_index("n")
    return numbered.select(
        pl.format("r{}", pl.col("n").cast(pl.String).str.zfill(3)).alias("code"),
        "count",
        pl.lit(None, pl.String).alias("flags"),
        pl.lit("0" * 64).alias("_capture"),
        pl.format("row {}", "n").alias("_locator"),
        pl.lit(None, pl.String).alias("_problem"),
    )


def test_a_bit_is_set_where_a_rule_is_broken_and_missing_breaks_nothing() -> None:
    mask = Mask((at_most(1), at_most(2), at_most(0)))
    masked = mask.applied(rows(0, 1, 2, 3, None), {}).collect()
    assert mask.columns == ("_broken_0",)
    assert masked["_broken_0"].to_list() == [0b000, 0b100, 0b101, 0b111, 0b000]
    assert masked.schema["_broken_0"] == pl.UInt64()


@pytest.mark.parametrize("number", [1, 63, 64, 65, 128, 129])
def test_any_number_of_rules_is_counted_exactly(number: int) -> None:
    mask = Mask(tuple(at_most(bound, severity="warning") for bound in range(number)))
    tally = mask.tally(mask.applied(rows(*range(200)), {}))
    assert len(mask.columns) == -(-number // 64)
    assert tally.failed == {f"EX-{bound:03}": 199 - bound for bound in range(number)}
    assert (tally.read, tally.kept, tally.aside) == (200, 200, 0)


def test_what_leaves_is_what_breaks_a_rule_that_sets_aside() -> None:
    rules = (
        at_most(2),
        at_most(1, severity="warning"),
        at_most(3, severity="info", set_aside=True),
    )
    mask = Mask(rules)
    masked = mask.applied(rows(1, 2, 3, 4), {})
    tally = mask.tally(masked)
    assert (tally.read, tally.kept, tally.aside) == (4, 2, 2)
    assert mask.kept(TABLE, masked).collect().rows() == [
        ("r000", 1, None, "0" * 64, "row 0", None),
        ("r001", 2, "EX-001", "0" * 64, "row 1", None),
    ]
    aside = mask.quarantined(TABLE, masked).collect()
    assert aside.schema == QUARANTINE
    assert aside["rule_ids"].to_list() == ["EX-002", "EX-002;EX-003"]
    assert aside["locator"].to_list() == ["row 2", "row 3"]


def test_one_cause_of_two_rules_is_said_once() -> None:
    rules = (at_most(1), at_most(2), NotNull(id="EX-f", column="flags", reason=WHY, cause="Mine."))
    mask = Mask(rules)
    aside = mask.quarantined(TABLE, mask.applied(rows(3), {})).collect()
    assert aside["suggested_cause"].to_list() == [f"Mine.; {rules[0].suggested_cause()}"]


def test_copies_of_a_key_are_found_wherever_they_are() -> None:
    mask = Mask((KeyUnique(id="EX-key", columns=("code",), reason=WHY),))
    given_rows = pl.concat([rows(*range(300)), rows(1), rows(None).with_columns(code=None)] * 2)
    tally = mask.tally(mask.applied(given_rows, {}))
    # r000 four times, all others twice; a missing key is no copy of another missing key.
    assert tally.failed == {"EX-key": 602}
    assert tally.read == 604


def test_the_mask_travels_through_a_file(tmp_path: Any) -> None:
    """The pass that writes a staged file carries the mask; the split needs nothing else."""
    mask = Mask((at_most(2), at_most(1, severity="warning", flag="more")))
    masked = mask.applied(rows(*range(5)), {})
    masked.sink_parquet(tmp_path / "staged.parquet")
    staged = pl.scan_parquet(tmp_path / "staged.parquet")
    assert mask.tally(staged) == mask.tally(masked)
    assert mask.kept(TABLE, staged).collect().equals(mask.kept(TABLE, masked).collect())
    aside = mask.quarantined(TABLE, staged).collect()
    assert aside.equals(mask.quarantined(TABLE, masked).collect())


def test_conservation_has_words_like_any_rule() -> None:
    rule = conserved(TABLE)
    assert rule.id == "EX-rows-conserved"
    assert rule.severity == "critical"
    assert rule.sentence()
    assert rule.suggested_cause()


BOUNDS = st.integers(-2, 3)
SEVERITIES = st.sampled_from(["critical", "warning", "info"])


@st.composite
def contracts(draw: st.DrawFn) -> tuple[Rule, ...]:
    """Some rules of any severity; some set aside what they need not block."""
    drawn = draw(st.lists(st.tuples(BOUNDS, SEVERITIES, st.booleans()), min_size=1, max_size=70))
    return tuple(
        Between(
            id=f"EX-{n}",
            column="count",
            max=bound,
            severity=severity,  # type: ignore[arg-type]
            set_aside=aside,
            flag=draw(st.none() | st.sampled_from(["low", "high"])),
            reason=WHY,
        )
        for n, (bound, severity, aside) in enumerate(drawn)
    )


@settings(
    max_examples=50,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(rules=contracts(), counts=st.lists(st.none() | BOUNDS, max_size=12))
def test_every_row_is_in_exactly_one_place_whatever_the_contract(
    rules: tuple[Rule, ...], counts: list[int | None]
) -> None:
    mask = Mask(rules)
    masked = mask.applied(rows(*counts), {}).collect().lazy()
    tally = mask.tally(masked)
    kept, aside = mask.kept(TABLE, masked).collect(), mask.quarantined(TABLE, masked).collect()
    assert (tally.read, tally.kept, tally.aside) == (len(counts), kept.height, aside.height)
    places = [*kept["_locator"], *aside["locator"]]
    assert sorted(places) == sorted(f"row {n}" for n in range(len(counts)))
    assert kept.schema == pl.Schema({**TABLE.dtypes, **TRACE})
    # A second opinion without a mask: which of the rows break a rule that sets aside.
    leaves = [
        any(r.sets_aside and count is not None and count > r.max for r in rules)  # type: ignore[attr-defined]
        for count in counts
    ]
    assert tally.aside == sum(leaves)
