"""The ratio: every definition apart, what is not known is missing and told, the claim is tested as stated."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from assets.published.care_welfare_ratio.definitions import broken, definitions, denominators, parts
from assets.published.care_welfare_ratio.municipal import municipal
from assets.published.care_welfare_ratio.national import availability, care_welfare_ratio
from tests.support.releases.ratio_rows import (
    CARE,
    COMPLETE,
    GROUPS,
    Rows,
    budget,
    budgets_of,
    care_of,
    grant,
    lines_of,
    total,
)


def per_municipality(budgets: Rows, grants: Rows | None = None) -> Rows:
    return municipal(budgets_of(budgets), lines_of(grants or [])).collect().to_dicts()


def ratios(budgets: Rows, care: Rows, grants: Rows | None = None) -> Rows:
    each = municipal(budgets_of(budgets), lines_of(grants or [])).collect().lazy()
    return care_welfare_ratio(each, care_of(care)).collect().to_dicts()


def pick(rows: Rows, numerator: str, basis: str = "gross") -> dict[str, Any]:
    (row,) = [r for r in rows if (r["numerator"], r["basis"]) == (numerator, basis)]
    return row


def named(rows: Rows) -> set[tuple[str, str]]:
    return {(r["numerator"], r["basis"]) for r in rows}


# --- national ------------------------------------------------------------------------------------


def test_each_definition_has_its_own_numerator() -> None:
    rows = ratios(COMPLETE, CARE)
    assert {n: pick(rows, n)["numerator_eur"] for n, b in named(rows) if b == "gross"} == {
        "6.1": 40,
        "6.1+6.2": 65,
        "6.1+6.2+7.1": 75,
        "7.1": 10,
        "social_domain": 165,
    }
    assert pick(rows, "6.1")["ratio_pct"] == 4
    assert pick(rows, "6.1", "net")["numerator_eur"] == 30


def test_net_is_told_only_where_all_baten_are_known() -> None:
    assert ("6.1", "net") in named(ratios(COMPLETE, CARE))
    rows = ratios([*COMPLETE, budget("GM3", "6.1", 7, None)], CARE)
    assert ("6.1", "net") not in named(rows)
    assert pick(rows, "6.1")["numerator_eur"] == 47


def test_who_did_not_report_lowers_coverage_and_does_not_hide_net() -> None:
    rows = ratios([*COMPLETE, budget("GM3", "6.1", None, None, inhabitants=100)], CARE)
    assert pick(rows, "6.1")["coverage_pct"] == 50
    assert pick(rows, "6.1")["per_inhabitant_eur"] == Decimal("0.40")
    assert pick(rows, "6.1", "net")["numerator_eur"] == 30


def test_grants_are_left_in_or_taken_out_only_where_every_field_tells_them() -> None:
    grants = [grant("GM1", "6.1", 8), grant("GM2", "6.1", 0)]
    rows = ratios(COMPLETE, CARE, grants)
    assert pick(rows, "6.1", "net_of_other_income")["numerator_eur"] == 38
    assert pick(rows, "6.1", "gross_without_grants")["numerator_eur"] == 32
    assert ("6.1+6.2", "gross_without_grants") not in named(rows)
    one_unknown = ratios(COMPLETE, CARE, [grant("GM1", "6.1", 8), grant("GM2", "6.1", None)])
    assert ("6.1", "gross_without_grants") not in named(one_unknown)


def test_grants_on_the_whole_of_main_field_6_tell_about_the_whole_social_domain_only() -> None:
    rows = ratios(COMPLETE, CARE, [grant("GM1", "6", 9), grant("GM2", "6", 1)])
    assert pick(rows, "social_domain", "gross_without_grants")["numerator_eur"] == 155
    assert {n for n, b in named(rows) if b == "net_of_other_income"} == {"social_domain"}


def test_of_several_publications_the_last_is_the_denominator() -> None:
    care = [total(900, "2023-06"), total(1000, "2024-12"), total(800, "2022")]
    row = pick(ratios(COMPLETE, care), "6.1")
    assert (row["denominator_eur"], row["denominator_published_at"]) == (1000, "2024-12")


def test_series_and_definitions_stay_apart() -> None:
    care = [
        total(1000, "2024-12"),
        total(500, "2023-06", revision="before_2024_revision"),
        total(700, "2024-12", definition="sha"),
    ]
    found = {
        r["denominator"]: r["ratio_pct"]
        for r in ratios(COMPLETE, care)
        if (r["numerator"], r["basis"]) == ("6.1", "gross")
    }
    assert found == {
        "broad_after_2024_revision": Decimal("4.0000"),
        "broad_before_2024_revision": Decimal("8.0000"),
        "sha_after_2024_revision": Decimal("5.7143"),
    }


def test_a_share_is_rounded_once() -> None:
    """3,806,628 of 80,900,000 is 4.70534981 percent: 4.7053, and not 4.7054 by way of 4.705350."""
    row = pick(ratios([budget("GM1", "6.1", 3_806_628)], [total(80_900_000, "2024")]), "6.1")
    assert row["ratio_pct"] == Decimal("4.7053")


def test_a_figure_of_the_care_accounts_is_divided_by_its_own_series_only() -> None:
    welfare = total(60, "2024-12", breakdown="group", item="wjk")
    care = [*CARE, total(500, "2023", revision="before_2024_revision"), welfare]
    row = pick(ratios(COMPLETE, care), "wjk")
    assert (row["report_type"], row["denominator"]) == (
        "care_accounts",
        "broad_after_2024_revision",
    )
    assert row["ratio_pct"] == 6


def test_a_numerator_with_parts_outside_the_denominator_has_no_ratio_and_says_so() -> None:
    """Childcare is no part of SHA: a share of it there is no share."""
    care = [*CARE, total(700, "2024", "sha"), total(60, "2024", breakdown="group", item="wjk")]
    each = municipal(budgets_of(COMPLETE), lines_of([])).collect().lazy()
    published = care_welfare_ratio(each, care_of(care)).collect()
    reported = availability(each, care_of(care), published.lazy()).collect()

    def about(frame: pl.DataFrame, *columns: str) -> Any:
        return frame.filter(pl.col("numerator") == "wjk").select(columns).sort(columns).rows()

    assert about(published, "denominator") == [("broad_after_2024_revision",)]
    outside = ("sha_after_2024_revision", "numerator_outside_denominator")
    assert outside in about(reported, "denominator", "availability")


def test_welfare_is_added_up_from_providers_when_all_are_published_and_the_published_sum_wins() -> (
    None
):
    shelter = total(20, "2024", breakdown="provider", item="shelter")
    social = total(25, "2024", breakdown="provider", item="social_work_and_other_welfare")
    assert "welfare_narrow" not in {n for n, _ in named(ratios(COMPLETE, [*CARE, shelter]))}
    added = pick(ratios(COMPLETE, [*CARE, shelter, social]), "welfare_narrow")
    assert (added["numerator_eur"], added["numerator_confidence"]) == (45, "derived")
    cited = total(46, "2024", breakdown="group", item="welfare_narrow", confidence="seen")
    row = pick(ratios(COMPLETE, [*CARE, shelter, social, cited]), "welfare_narrow")
    assert (row["numerator_eur"], row["numerator_confidence"]) == (46, "seen")


@pytest.mark.parametrize(
    ("year", "definition", "lasten", "reported"),
    [
        (2018, "broad", 3_500, "yes"),
        (2019, "broad", 4_499, "yes"),
        (2018, "broad", 3_499, "no"),
        (2018, "broad", 4_500, "no"),
        (2018, "sha", 4_000, "elsewhere"),
        (2017, "broad", 4_000, "elsewhere"),
    ],
)
def test_a_share_reproduces_the_claim_when_it_rounds_to_four_in_its_years(
    year: int, definition: str, lasten: int, reported: str
) -> None:
    care = [total(100_000, "2020", definition, year=year, revision="before_2024_revision")]
    row = pick(ratios([budget("GM1", "6.1", lasten, year=year)], care), "6.1")
    assert row["reproduces_claim"] == reported


def test_breaks_that_touch_a_figure_are_named_in_order() -> None:
    row = pick(ratios(COMPLETE, CARE), "6.1")
    assert row["breaks"] == "refugee_shelter_on_6.1;revision_dec_2024"


def test_a_corona_year_of_the_care_accounts_says_so() -> None:
    care = [
        total(1000, "2024-12", year=2021),
        total(57, "2024-12", year=2021, breakdown="provider", item="prevention_and_public_health"),
    ]
    row = pick(ratios(COMPLETE, care), "prevention_providers")
    assert row["breaks"] == "corona;revision_dec_2024"


def test_every_combination_is_available_or_says_what_is_missing() -> None:
    each = municipal(budgets_of(COMPLETE), lines_of([])).collect().lazy()
    care = care_of(CARE)
    published = care_welfare_ratio(each, care).collect()
    reported = availability(each, care, published.lazy()).collect()
    assert reported.filter(pl.col("availability") == "available").height == published.height
    about = {
        (r["numerator"], r["basis"], r["denominator"]): r["availability"]
        for r in reported.to_dicts()
    }
    broad = "broad_after_2024_revision"
    assert about["6.1", "net", broad] == "available"
    assert about["6.1", "gross_without_grants", broad] == "no_gross_without_grants"
    assert about["wjk", "gross", broad] == "no_providers"
    assert about["6.1", "gross", "sha_after_2024_revision"] == "no_denominator"
    assert ("6.1", "gross", "broad_old_series_71914ned") not in about


# --- per municipality ----------------------------------------------------------------------------


def test_a_municipality_has_an_amount_per_inhabitant_and_shares_of_what_it_spends() -> None:
    rows = [r for r in per_municipality(COMPLETE) if r["municipality_code"] == "GM1"]
    row = pick(rows, "6.1+6.2")
    assert (row["amount_eur"], row["per_inhabitant_eur"]) == (55, Decimal("1.10"))
    assert row["share_of_social_domain_pct"] == Decimal("35.4839")  # 55 of 155
    assert row["share_of_total_pct"] == Decimal("0.5501")  # 55 of 9,999
    assert pick(rows, "7.1")["share_of_social_domain_pct"] is None
    assert pick(rows, "6.1", "net")["share_of_total_pct"] is None


def test_who_did_not_report_stays_visible_without_amounts() -> None:
    silent = budget("GM3", "6.1", None, None, flags="not_reported")
    row = pick([r for r in per_municipality([silent]) if r["municipality_code"] == "GM3"], "6.1")
    assert (row["amount_eur"], row["per_inhabitant_eur"], row["flags"]) == (
        None,
        None,
        "not_reported",
    )


def test_flags_of_all_fields_come_along_once_and_in_order() -> None:
    rows = per_municipality(
        [
            budget("GM1", "6.1", 1, flags="wrong_sign;out_of_scale"),
            budget("GM1", "6.2", 1, flags="wrong_sign"),
        ]
    )
    assert pick(rows, "6.1+6.2")["flags"] == "out_of_scale;wrong_sign"


def test_two_geographies_are_told_apart_and_only_one_makes_the_nation() -> None:
    both = pl.concat(
        [
            budgets_of(COMPLETE).with_columns(geography=pl.lit(geography))
            for geography in ("as_reported", "on_map_2026")
        ]
    )
    each = municipal(both, lines_of([])).collect()
    assert set(each["geography"]) == {"as_reported", "on_map_2026"}
    (ratio,) = (
        care_welfare_ratio(each.lazy(), care_of(CARE))
        .filter(pl.col("numerator") == "6.1", pl.col("basis") == "gross")
        .collect()
        .to_dicts()
    )
    assert ratio["numerator_eur"] == 40


# --- definitions ---------------------------------------------------------------------------------


def test_every_definition_is_named_once_and_says_where_it_is_from() -> None:
    listed = definitions().collect()
    assert listed["definition"].is_unique().all()
    needed = ("kind", "name_nl", "name_en", "provenance", "source")
    assert listed.select(needed).null_count().row(0) == (0,) * len(needed)


def test_the_parts_of_municipal_numerators_are_groups_of_fields_and_6_x_is_whole() -> None:
    groups = set(GROUPS.values())
    made = parts("municipal").collect()
    assert set(made["part"]) <= groups
    domain = set(made.filter(pl.col("numerator") == "social_domain")["part"])
    assert domain == {group for field, group in GROUPS.items() if field.startswith("6.")}


def test_denominators_know_the_years_they_can_speak_about() -> None:
    years = {r["denominator"]: r for r in denominators().collect().to_dicts()}
    assert years["broad_old_series_71914ned"]["last_year"] == 2013
    assert years["broad_after_2024_revision"]["first_year"] == 2021
    assert years["broad_before_2024_revision"]["first_year"] < 0


def test_a_break_of_a_field_touches_every_numerator_that_holds_it() -> None:
    touched = broken().filter(pl.col("break") == "corona", pl.col("year") == 2021).collect()
    assert set(touched["touched"]) == {"7.1", "6.1+6.2+7.1", "prevention_providers"}
