"""Prevention: the target of every denominator, the distance of every definition, the absent ones by name."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl

from assets.published.care_welfare_ratio.municipal import municipal
from assets.published.care_welfare_ratio.national import availability, care_welfare_ratio
from assets.published.prevention_share.prevention_share import prevention_share, targets
from tests.support.releases.ratio_rows import CARE, COMPLETE, budgets_of, care_of, lines_of, total


def shares(care: list[dict[str, Any]]) -> list[dict[str, Any]]:
    each = municipal(budgets_of(COMPLETE), lines_of([])).collect().lazy()
    spending = care_of(care)
    ratio = care_welfare_ratio(each, spending).collect().lazy()
    found = availability(each, spending, ratio)
    return prevention_share(targets(spending), ratio, found).collect().to_dicts()


def test_the_target_is_five_percent_of_every_published_total_also_of_old_years() -> None:
    old = total(40_678, "2001", year=1998, revision="old_series_71914ned")
    rows = targets(care_of([*CARE, old])).sort("year").collect().to_dicts()
    assert [(r["year"], r["target_eur"]) for r in rows] == [
        (1998, Decimal("2033.90")),
        (2022, Decimal("50.00")),
    ]


def test_the_distance_is_what_is_spent_minus_the_target() -> None:
    (row,) = [r for r in shares(CARE) if (r["definition"], r["basis"]) == ("6.1+6.2+7.1", "gross")]
    assert (row["spent_eur"], row["target_eur"], row["distance_eur"]) == (75, 50, 25)
    assert (row["spent_pct"], row["distance_pct"]) == (Decimal("7.5"), Decimal("2.5"))
    assert row["missing"] is None


def test_what_is_not_known_keeps_its_target_and_says_what_is_missing() -> None:
    rows = {(r["definition"], r["basis"]): r for r in shares(CARE)}
    row = rows["welfare_narrow", "gross"]
    assert (row["spent_eur"], row["distance_eur"], row["target_eur"]) == (None, None, 50)
    assert row["missing"] == "no_providers"


def test_only_definitions_that_are_named_prevention_take_part() -> None:
    taking_part = {r["definition"] for r in shares(CARE)}
    assert taking_part == {
        "6.1", "6.1+6.2", "6.1+6.2+7.1", "7.1", "welfare_narrow", "prevention_providers",
    }  # fmt: skip


def test_without_a_total_there_is_no_row() -> None:
    assert {r["denominator"] for r in shares(CARE)} == {"broad_after_2024_revision"}
    assert pl.DataFrame(shares(CARE))["care_eur"].null_count() == 0
