"""Bridges: start and steps reach the end, what nobody publishes is a step of its own, nothing is made up."""

from __future__ import annotations

from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.published.care_welfare_ratio.bridge import KEY, fields, gross_to_net, spanned, steps
from assets.published.care_welfare_ratio.bridges_table import (
    care_groups,
    claim_to_iv3,
    publications,
    raw_to_edited,
    revision,
    sha_to_broad,
    welfare_to_iv3,
)
from assets.published.care_welfare_ratio.municipal import municipal
from tests.support.releases.ratio_rows import (
    AMOUNT,
    COMPLETE,
    budget,
    budgets_of,
    care_of,
    grant,
    lines_of,
    total,
)

BEFORE, AFTER = "before_2024_revision", "after_2024_revision"
MILLION = 1_000_000


def walked(bridge: pl.LazyFrame) -> list[tuple[str, int, str]]:
    """(step, amount, explained) in order."""
    rows = bridge.collect().sort(*KEY, "position").to_dicts()
    return [(r["step"], int(r["amount_eur"]), r["explained"]) for r in rows]


def provider(item: str, amount: int, series: str = AFTER) -> dict[str, Any]:
    return total(amount, "2024", breakdown="provider", item=item, revision=series)


def cited_of(taakvelden: str, lasten: int) -> pl.LazyFrame:
    return pl.LazyFrame(
        {
            "year": [2022],
            "report_type": ["jaarrekening"],
            "taakvelden": [taakvelden],
            "lasten_eur": [lasten],
        },
        schema_overrides={"year": pl.Int16, "lasten_eur": AMOUNT},
    )


def test_from_6_1_to_the_social_domain_and_7_1_goes_out_again() -> None:
    assert walked(fields(budgets_of(COMPLETE))) == [
        ("sociale_basis", 40, "known"),
        ("toegang", 25, "known"),
        ("volksgezondheid", 10, "known"),
        ("volksgezondheid_out", -10, "known"),
        ("wmo_maatwerk", 100, "known"),
        ("social_domain", 165, "known"),
    ]


def test_a_field_of_a_group_that_no_step_knows_leaves_a_bridge_that_does_not_close() -> None:
    """The end is added up by code, so a new group cannot vanish from the steps unseen."""
    outsider = budget("GM1", "6.3", 7) | {"taakveld_group": "new_group"}
    rows = walked(fields(budgets_of([*COMPLETE, outsider])))
    assert sum(amount for _, amount, _ in rows[:-1]) == 165
    assert rows[-1] == ("social_domain", 172, "known")


def test_gross_to_net_in_one_step_or_in_grants_and_the_rest() -> None:
    budgets = budgets_of(COMPLETE)
    for grants, expected in (
        ([], [("gross", 40), ("baten", -10), ("net", 30)]),
        (
            [grant("GM1", "6.1", 8), grant("GM2", "6.1", 0)],
            [("gross", 40), ("other_income", -2), ("specific_grants", -8), ("net", 30)],
        ),
    ):
        lines = lines_of(grants)
        each = municipal(budgets, lines).collect().lazy()
        way = gross_to_net(budgets, lines, each).filter(pl.col("definition") == "6.1")
        assert [(step, amount) for step, amount, _ in walked(way)] == expected


def test_where_baten_are_unknown_there_is_no_bridge_to_net() -> None:
    budgets, lines = budgets_of([budget("GM1", "6.1", 5, None)]), lines_of([])
    each = municipal(budgets, lines).collect().lazy()
    assert walked(gross_to_net(budgets, lines, each)) == []


def test_a_revision_goes_by_provider_and_the_rest_is_rounding() -> None:
    care = [
        total(100, "2023", revision=BEFORE),
        total(119, "2024"),
        provider("shelter", 40, BEFORE),
        provider("shelter", 55),
        provider("childcare", 60, BEFORE),
        provider("childcare", 65),
    ]
    assert walked(revision(care_of(care))) == [
        ("total", 100, "known"),
        ("childcare", 5, "known"),
        ("shelter", 15, "known"),
        ("rounding", -1, "rounding"),
        ("total", 119, "known"),
    ]


def test_a_revision_without_providers_is_unexplained_as_a_whole() -> None:
    care = [total(100, "2023", revision=BEFORE), total(119, "2024")]
    assert walked(revision(care_of(care)))[1] == ("unexplained", 19, "unexplained")


def test_sha_and_broad_meet_only_within_a_series() -> None:
    care = [total(80, "2024", "sha"), total(100, "2024"), total(90, "2023", revision=BEFORE)]
    assert walked(sha_to_broad(care_of(care))) == [
        ("total", 80, "known"),
        ("unexplained", 20, "unexplained"),
        ("total", 100, "known"),
    ]


def test_two_publications_of_one_notion_are_a_bridge_and_one_is_none() -> None:
    two = [
        total(96_028, "2024", source_table="84035ENG"),
        total(96_163, "2024", source_table="84043ENG"),
    ]
    assert [amount for _, amount, _ in walked(publications(care_of(two)))] == [96_028, 135, 96_163]
    assert walked(publications(care_of(two[:1]))) == []


def test_care_groups_need_all_their_providers() -> None:
    items = [
        "shelter", "social_work_and_other_welfare", "childcare", "youth_care",
        "policy_and_management",
    ]  # fmt: skip
    care = [provider(item, n) for n, item in enumerate(items, 1)]
    assert walked(care_groups(care_of(care)))[-1] == ("wjk_plus_policy", 15, "known")
    assert walked(care_groups(care_of(care[:-1]))) == []


def test_welfare_to_iv3_puts_what_cannot_be_split_before_7_1() -> None:
    care = care_of([provider("shelter", 20), provider("social_work_and_other_welfare", 25)])
    each = municipal(budgets_of(COMPLETE), lines_of([])).collect().lazy()
    assert walked(welfare_to_iv3(care, each)) == [
        ("welfare_narrow", 45, "known"),
        ("shelter", -20, "known"),
        ("unexplained", 40, "unexplained"),
        ("volksgezondheid", 10, "known"),
        ("6.1+6.2+7.1", 75, "known"),
    ]


def test_what_a_claim_without_definition_differs_by_is_not_called_rounding() -> None:
    budgets = budgets_of([budget("GM1", "7.1", 3_734 * MILLION, year=2018)])
    each = municipal(budgets, lines_of([])).collect().lazy()
    care = care_of([total(100_029, "2019", year=2018, revision=BEFORE)])
    assert walked(claim_to_iv3(care, each)) == [
        ("claim", 4_000 * MILLION, "known"),
        ("unexplained", -266 * MILLION, "unexplained"),
        ("6.1+6.2+7.1", 3_734 * MILLION, "known"),
    ]


def test_a_total_with_reserves_starts_without_them_and_adds_them_where_they_are_known() -> None:
    budgets = budgets_of([budget("GM1", "totaal", 100)])
    cited = cited_of("totaal+0.10+0.11", 130)
    assert walked(raw_to_edited(budgets, lines_of([]), cited)) == [
        ("raw_without_reserves", 100, "known"),
        ("unexplained", 30, "unexplained"),
        ("edited", 130, "known"),
    ]
    booked = [grant("GM1", "0.10", 25) | {"category": category} for category in ("L", "B")]
    assert walked(raw_to_edited(budgets, lines_of(booked), cited)) == [
        ("raw_without_reserves", 100, "known"),
        ("reserves_and_result", 25, "known"),
        ("unexplained", 5, "unexplained"),
        ("edited", 130, "known"),
    ]


def test_an_edited_total_starts_at_the_sum_of_its_fields_and_their_parts() -> None:
    budgets = budgets_of(
        [budget("GM1", "6.71", 1), budget("GM2", "6.71a", 2), budget("GM1", "6.72", 4)]
    )
    assert walked(raw_to_edited(budgets, lines_of([]), cited_of("6.71+6.72", 9))) == [
        ("raw", 7, "known"),
        ("unexplained", 2, "unexplained"),
        ("edited", 9, "known"),
    ]


AMOUNTS = st.integers(-(10**12), 10**12)


@settings(max_examples=25, deadline=None)
@given(amounts=st.lists(AMOUNTS, min_size=1, max_size=8), end=AMOUNTS)
def test_with_a_remainder_every_bridge_closes_and_runs_to_its_end(
    amounts: list[int], end: int
) -> None:
    about = {"year": 2022, "report_type": "jaarrekening"}
    way = [about | {"step": f"s{n}", "position": n, "amount_eur": a} for n, a in enumerate(amounts)]
    types = {"year": pl.Int16, "amount_eur": AMOUNT}
    ends = pl.LazyFrame([about | {"amount_eur": end}], schema_overrides=types)
    rows = (
        spanned(
            steps(pl.LazyFrame(way, schema_overrides=types), bridge="test"),
            steps(ends, bridge="test", step="end", reaches="end"),
            pl.lit("unexplained"),
        )
        .collect()
        .sort("position")
        .to_dicts()
    )
    assert [rows[0]["role"], rows[-1]["role"]] == ["start", "end"]
    assert sum(r["amount_eur"] for r in rows[:-1]) == rows[-1]["amount_eur"] == end
    assert rows[-2]["running_eur"] == end
    assert sum(r["explained"] == "unexplained" for r in rows) == (sum(amounts) != end)
