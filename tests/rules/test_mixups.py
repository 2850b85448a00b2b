"""Whatever is mixed up is found, and nothing else: figures that fit are made, then one thing is moved."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations import gx_runner
from expectations.vocabulary.base import References
from expectations.vocabulary.mixups import NotSwapped, Placed, Stated

AMOUNT = pl.Decimal(18, 2)
STATED = "example.stated"
few = settings(max_examples=25, deadline=None, derandomize=True, database=None)

PLACED = Placed(
    id="EX-place",
    reason="An example.",
    member="member",
    group="region",
    weight=Stated(reference=STATED, keys=("name",), column="amount_eur"),
    amount=Stated(reference=STATED, keys=("name",), column="amount_eur"),
)
SWAPPED = NotSwapped(
    id="EX-swap",
    reason="An example.",
    column="amount_eur",
    by=("year",),
    keys=("name",),
    expected=Stated(reference=STATED, keys=("name",), column="amount_eur"),
)
# Apart by more than a tenth, so that none does for another; the least is over 2 % of any region.
WEIGHTS = [Decimal(11 * 113**step // 100**step) for step in range(15)]


def stated(amounts: dict[str, Decimal]) -> References:
    rows = {"name": list(amounts), "amount_eur": list(amounts.values())}
    return {STATED: pl.LazyFrame(rows, schema={"name": pl.String, "amount_eur": AMOUNT})}


def flagged(rule: Any, frame: pl.DataFrame, references: References) -> pl.DataFrame:
    """The failing rows, which Great Expectations must count too."""
    measured = rule.measured(frame.lazy(), references).collect()
    assert measured.select(frame.columns).equals(frame), "rows and their order stay"
    fails = measured.filter(rule.fails())
    outcome = gx_runner.validate(rule.id, measured, {rule.id: rule.expectation(references)})[
        rule.id
    ]
    assert outcome.unexpected == fails.height
    return fails


@few
@given(
    weights=st.permutations(WEIGHTS),
    moved=st.integers(0, 2),
    unit=st.decimals(2, 2000, places=2),
    noise=st.lists(st.integers(-3, 3), min_size=5, max_size=5),
)
def test_the_one_member_that_is_listed_elsewhere_is_found(
    weights: list[Decimal], moved: int, unit: Decimal, noise: list[int]
) -> None:
    """Five regions of three; each amount is off by up to 3 promille; one member moves to the next."""
    members = {f"m{number}": weight for number, weight in enumerate(weights)}
    region = {member: f"r{number // 3}" for number, member in enumerate(members)}
    amounts = {
        name: (sum(members[m] for m in members if region[m] == name) * unit * (1000 + off)) / 1000
        for name, off in zip(sorted(set(region.values())), noise, strict=True)
    }
    references = stated(members | {name: round(amount, 2) for name, amount in amounts.items()})

    def listed() -> pl.DataFrame:
        return pl.DataFrame({"member": list(region), "region": list(region.values())})

    assert flagged(PLACED, listed(), references).is_empty()
    region[f"m{moved}"] = "r1"
    assert flagged(PLACED, listed(), references)["member"].to_list() == [f"m{moved}"]


@few
@given(
    amounts=st.lists(st.integers(1, 10**7), min_size=2, max_size=6, unique=True),
    data=st.data(),
)
def test_two_swapped_amounts_are_found(amounts: list[int], data: st.DataObject) -> None:
    """Amounts are whole and differ, so by more than the euro of rounding when they are tripled."""
    expected = {f"n{number}": Decimal(3 * amount) for number, amount in enumerate(amounts)}
    references = stated(expected)
    pair = data.draw(st.permutations(sorted(expected)))[:2]
    printed = expected | {pair[0]: expected[pair[1]], pair[1]: expected[pair[0]]}

    def listed(amounts: dict[str, Decimal]) -> pl.DataFrame:
        rows = {
            "year": [2025] * len(amounts),
            "name": list(amounts),
            "amount_eur": [*amounts.values()],
        }
        return pl.DataFrame(rows, schema_overrides={"amount_eur": AMOUNT})

    assert flagged(SWAPPED, listed(expected), references).is_empty()
    assert set(flagged(SWAPPED, listed(printed), references)["name"]) == set(pair)
