"""Counts of people: which inhabitants they are held against, and how a claim of decline is judged."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from assets.published.social_workforce import decline
from assets.published.social_workforce.social_workforce import (
    definitions,
    nearest_new_year,
    reference_day,
    social_workforce,
)
from assets.reference.tables import workforce_definitions

NUMBER = pl.Decimal(18, 3)
KINDS: dict[str, Any] = {
    "period": pl.String,
    "indicator": pl.String,
    "value": NUMBER,
    "precision": NUMBER,
    "unit": pl.String,
    "status": pl.String,
}


def counts(*rows: tuple[str | None, str, str, str | None]) -> pl.LazyFrame:
    """Published counts: period, indicator, value, precision."""
    claim = [
        (None, "social_work_decline_at_least", "10", None),
        (None, "social_work_decline_towards", "20", None),
    ]
    return pl.LazyFrame(
        [
            {
                "period": period,
                "indicator": indicator,
                "value": Decimal(value),
                "precision": None if precision is None else Decimal(precision),
                "unit": "persons",
                "status": "definitive",
            }
            for period, indicator, value, precision in [*claim, *rows]
        ],
        schema=KINDS,
    )


def judged(*rows: tuple[str | None, str, str, str | None]) -> dict[tuple[str, str], dict[str, Any]]:
    tested = decline.decline_test(counts(*rows)).collect()
    return {(row["indicator"], row["since"]): row for row in tested.to_dicts()}


@pytest.mark.parametrize(
    ("period", "day", "new_year"),
    [
        ("2014JJ00", date(2014, 12, 31), date(2015, 1, 1)),
        ("2020KW1", date(2020, 3, 31), date(2020, 1, 1)),
        ("2020KW02", date(2020, 6, 30), date(2020, 1, 1)),
        ("2020KW3", date(2020, 9, 30), date(2021, 1, 1)),
        ("2022", date(2022, 1, 1), date(2022, 1, 1)),
        (None, None, None),
    ],
)
def test_a_period_stands_for_a_day_and_its_nearest_new_year(
    period: str | None, day: date | None, new_year: date | None
) -> None:
    frame = pl.DataFrame({"period": [period]}, schema={"period": pl.String})
    found = frame.with_columns(day=reference_day()).with_columns(
        new_year=nearest_new_year(pl.col("day"))
    )
    assert found.select("day", "new_year").row(0) == (day, new_year)


def test_per_1000_inhabitants_only_where_both_are_known() -> None:
    figures = {"conflicts_with": None, "status_source": None, "definition": "D", "source": "S"}
    dated = [
        ("2020KW1", "employees_social_work", "54300", "persons"),
        ("2015KW4", "jobs_care_and_welfare_broad", "1293.3", "1000 jobs"),
        (None, "care_vacancies", "5", "vacancies"),
    ]
    cited = pl.LazyFrame(
        [
            figures | {"period": period, "indicator": name, "value": Decimal(value), "unit": unit}
            for period, name, value, unit in dated
        ],
        schema_overrides={"value": NUMBER, "conflicts_with": pl.String, "status_source": pl.String},
    )
    jobs = pl.LazyFrame(
        {"period": ["2019JJ00"], "value": [Decimal(20)], "status_source": ["Voorlopig"]},
        schema_overrides={"value": NUMBER},
    )
    people = pl.LazyFrame(
        {"year": [2020, 2020], "region_code": ["NL01", "GM1"], "inhabitants": [10_000_000, 5]},
        schema_overrides={"year": pl.Int16},
    )
    found = social_workforce(cited, jobs, people).collect()
    per = {row["indicator"]: row for row in found.to_dicts()}
    assert per["employees_social_work"]["per_1000_inhabitants"] == Decimal("5.43")
    assert per["employees_social_work"]["inhabitants_on"] == date(2020, 1, 1)
    assert per["jobs_sbi_88"]["per_1000_inhabitants"] == 2, "20 thousand jobs, 10 million people"
    for other in ("jobs_care_and_welfare_broad", "care_vacancies"):
        assert (per[other]["per_1000_inhabitants"], per[other]["inhabitants"]) == (None, None)


@pytest.mark.parametrize(
    ("last", "precision", "verdict"),
    [
        ("85", "1", "reproduced"),
        ("80.6", "1", "reproduced"),
        ("89.9", "1", "undecided"),
        ("80.1", "1", "undecided"),
        ("95", "1", "not_reproducible"),
        ("70", "1", "not_reproducible"),
        ("107", "1", "not_reproducible"),
        ("85", "20", "undecided"),
    ],
)
def test_a_verdict_holds_for_the_whole_interval(last: str, precision: str, verdict: str) -> None:
    row = judged(
        ("2014JJ00", "social_workers", "100", "0.1"),
        ("2019JJ00", "social_workers", last, precision),
    )
    assert row["social_workers", "wmo_2015"]["verdict"] == verdict
    assert row["all", "all"]["verdict"] == verdict


def test_the_interval_is_that_of_the_printed_unit() -> None:
    row = judged(
        ("2014JJ00", "social_workers", "100", "2"), ("2019JJ00", "social_workers", "90", "4")
    )["social_workers", "wmo_2015"]
    assert row["change_pct"] == -10
    assert row["change_low_pct"] == Decimal("-12.8713"), "88 / 101"
    assert row["change_high_pct"] == Decimal("-7.0707"), "92 / 99"


def test_wider_work_is_consistent_with_the_claim_at_most_and_does_not_decide() -> None:
    rows = judged(
        ("2014JJ00", "jobs_sbi_88", "100", "0.1"), ("2019JJ00", "jobs_sbi_88", "85", "0.1")
    )
    found = rows["jobs_sbi_88", "wmo_2015"]
    assert found["verdict"] == "reproduced_under_definition"
    assert found["flags"] == "other_work_inside"
    assert rows["all", "all"]["verdict"] == "no_open_data"


def test_a_start_long_after_the_act_is_no_start() -> None:
    rows = judged(
        ("2020KW1", "social_workers", "100", "0.1"), ("2021KW1", "social_workers", "85", "0.1")
    )
    assert rows["social_workers", "wmo_2015"]["verdict"] == "no_open_data"
    longest = rows["social_workers", "first_published"]
    assert (longest["verdict"], longest["flags"]) == ("reproduced", "not_since_the_act")
    assert rows["all", "all"]["verdict"] == "no_open_data", "the claim is about the Wmo"


def test_a_start_within_a_year_of_the_act_says_so() -> None:
    rows = judged(
        ("2015KW4", "social_workers", "100", "0.1"), ("2019JJ00", "social_workers", "85", "0.1")
    )
    assert rows["social_workers", "wmo_2015"]["flags"] == "starts_after_the_act"


def test_a_break_between_the_values_leaves_it_undecided() -> None:
    """The correction of 19 May 2022 may lie before a count of which only the year is known."""
    for last, verdict in (
        ("2021KW4", "reproduced"),
        ("2022", "undecided"),
        ("2022KW4", "undecided"),
    ):
        rows = judged(
            ("2014JJ00", "employees_social_work", "100", "0.1"),
            (last, "employees_social_work", "85", "0.1"),
        )
        found = rows["employees_social_work", "wmo_2015"]
        assert found["verdict"] == verdict, last
        assert ("break_in_series" in (found["flags"] or "")) == (verdict == "undecided")


def test_one_count_is_no_change_and_a_rounding_that_is_not_known_no_interval() -> None:
    rows = judged(
        ("2014JJ00", "jobs_sbi_88", "100", "0.1"),
        ("2014JJ00", "social_workers", "100", None),
        ("2019JJ00", "social_workers", "85", None),
    )
    assert rows["jobs_sbi_88", "wmo_2015"]["verdict"] == "no_open_data"
    assert rows["social_workers", "wmo_2015"]["verdict"] == "no_open_data"


def test_every_count_has_a_definition() -> None:
    described = definitions(counts(("2019JJ00", "jobs_sbi_88", "1", "0.1"))).collect()
    assert described["scope"].null_count() == 0
    assert workforce_definitions()["indicator"].is_unique().all()
