"""Temporary and structural money: which amount counts, what a nation is, what ends when."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from assets.published.funding_mix import affected_fields, grants, runway
from assets.published.funding_mix.funding_mix import funding_mix, measures
from assets.reference.municipality_map import AS_REPORTED

EUR = pl.Decimal(18, 2)
COMPONENTS = {"a": 60, "b": 40}


def amount(kind: str, recipient: str, euros: int, **more: Any) -> dict[str, Any]:
    nation = recipient == "Nederland"
    row = {
        "scheme": "brede_spuk",
        "component": "total",
        "component_name_nl": "Totaal",
        "year": 2026,
        "recipient_kind": "nation" if nation else "municipality",
        "recipient_code": "NL01" if nation else f"GM{recipient}",
        "recipient_name": recipient,
        "amount_kind": kind,
        "amount_eur": euros,
        "regulation_id": "BWB",
        "regulation_version": "2025-10-29",
    }
    return row | more


def frame(*rows: dict[str, Any], **kinds: pl.DataType | type[pl.DataType]) -> pl.LazyFrame:
    money = {name: EUR for row in rows for name in row if name.endswith("_eur")}
    made = pl.LazyFrame(list(rows), schema_overrides={"year": pl.Int16, **money, **kinds})
    return made.with_columns(geography=pl.lit(AS_REPORTED))


CEILINGS = [amount("ceiling", "Nederland", n, component=name) for name, n in COMPONENTS.items()]


def municipal(*rows: dict[str, Any]) -> list[tuple[Any, ...]]:
    found = grants.by_municipality(frame(*CEILINGS, *rows)).sort("year", "code").collect()
    return found.select("year", "code", "amount_eur", "basis").rows()


def test_of_two_versions_the_newest_counts_whole() -> None:
    """A recipient that is only in the old version is not mixed into the new one."""
    old = {"regulation_version": "2023-11-11"}
    rows = municipal(
        amount("allocation_incl_lpo", "1", 9, **old),
        amount("allocation_incl_lpo", "2", 8, **old),
        amount("allocation_incl_lpo", "1", 7),
    )
    assert rows == [(2026, "GM1", 7, "allocation_incl_lpo")]


def test_all_municipalities_of_a_year_have_the_kind_that_is_known_for_most() -> None:
    rows = municipal(
        amount("allocation_incl_lpo", "1", 7),
        amount("announced_incl_lpo", "1", 6, regulation_version="2025-09-12"),
        amount("announced_incl_lpo", "2", 5, regulation_version="2025-09-12"),
    )
    assert rows == [(2026, "GM1", 6, "announced_incl_lpo"), (2026, "GM2", 5, "announced_incl_lpo")]


def test_the_regulation_goes_before_a_letter_that_knows_as_much() -> None:
    letter = amount("announced_incl_lpo", "1", 6, regulation_version="2025-09-12")
    (row,) = municipal(letter, amount("allocation_incl_lpo", "1", 7))
    assert row[2:] == (7, "allocation_incl_lpo")


def test_components_are_added_only_when_all_that_have_a_ceiling_are_there() -> None:
    empty = amount("ceiling", "Nederland", 0, component="c")
    rows = municipal(
        empty,
        amount("component_allocation", "1", 6, component="a"),
        amount("component_allocation", "1", 4, component="b"),
        amount("component_allocation", "2", 5, component="a"),
    )
    assert rows == [(2026, "GM1", 10, "sum_of_components")]


# --- the mix ---------------------------------------------------------------------------------------

YEARS = [
    {"year": 2026, "municipality_code": f"GM{n}", "municipality_name": n, "inhabitants": heads}
    for n, heads in (("1", 30), ("2", 70))
]
FUND = [
    {
        "circular": circular,
        "payment_year": 2026,
        "municipality_code": f"GM{n}",
        "amount_eur": euros,
    }
    for circular, euros in (("septembercirculaire 2025", 90), ("meicirculaire 2025", 1))
    for n in ("1", "2")
]


def delivery(
    n: str, six: int | None, seven: int | None, lasten: int | None
) -> list[dict[str, Any]]:
    place = {"year": 2026, "report_type": "begroting", "municipality_code": f"GM{n}"}
    named = place | {"municipality_name": n, "inhabitants": {"1": 30, "2": 70}[n]}
    return [
        named | {"main_field": "6", "spuk_income_eur": six},
        named | {"main_field": "7", "spuk_income_eur": seven},
        place | {"taakveld": "6.1", "lasten_eur": lasten},
        place | {"taakveld": "7.1", "lasten_eur": 1000},
        place | {"taakveld": "totaal", "lasten_eur": lasten and lasten * 2},
    ]


def mix(
    allocations: list[dict[str, Any]], deliveries: list[dict[str, Any]]
) -> dict[tuple[Any, ...], dict[str, Any]]:
    income = [row for row in deliveries if "main_field" in row]
    budgets = [row for row in deliveries if "taakveld" in row]
    rows = funding_mix(
        frame(*CEILINGS, *allocations),
        frame(*budgets),
        frame(*income),
        frame(*FUND, payment_year=pl.Int16),
        frame(*YEARS),
    ).collect()
    return {(r["year"], r["measure"], r["municipality_code"]): r for r in rows.to_dicts()}


GRANTED = [amount("allocation_incl_lpo", "1", 10), amount("allocation_incl_lpo", "2", 30)]
BOOKED = [*delivery("1", 20, 5, 100), *delivery("2", 30, None, 100)]


def test_granted_money_stands_beside_the_fund_of_the_last_circular() -> None:
    rows = mix(GRANTED, BOOKED)
    one = rows[2026, "granted_to_municipalities", "GM1"]
    assert (one["temporary_eur"], one["structural_eur"], one["temporary_pct"]) == (10, 90, 10)
    assert one["vintage"] == "BWB, 2025-10-29; septembercirculaire 2025"
    nation = rows[2026, "granted_to_municipalities", "NL01"]
    assert (nation["temporary_eur"], nation["structural_eur"]) == (40, 180)
    assert (nation["temporary_pct"], nation["coverage_pct"]) == (Decimal("18.1818"), 100)


def test_a_nation_of_which_not_all_is_known_is_what_was_made_available() -> None:
    rows = mix(GRANTED[:1], BOOKED)
    nation = rows[2026, "granted_to_municipalities", "NL01"]
    assert (nation["temporary_eur"], nation["temporary_basis"]) == (100, "ceiling")
    silent = rows[2026, "granted_to_municipalities", "GM2"]
    assert (silent["temporary_eur"], silent["availability"]) == (None, "temporary_missing")


def test_national_announcements_leave_the_municipalities_unpublished() -> None:
    azwa = {
        "scheme": "spuk_azwa",
        "component": "lokaal",
        "year": 2027,
        "regulation_version": "2026-04-22",
    }
    rows = mix([*GRANTED, amount("announced", "Nederland", 500, **azwa)], BOOKED)
    nation = rows[2027, "granted_to_municipalities", "NL01"]
    assert (nation["temporary_eur"], nation["status"]) == (500, "announced")
    for code in ("GM1", "GM2"):
        each = rows[2027, "granted_to_municipalities", code]
        assert (each["temporary_eur"], each["availability"]) == (None, "not_published")


def test_booked_grants_are_held_against_the_lasten_they_are_part_of() -> None:
    rows = mix(GRANTED, BOOKED)
    six = rows[2026, "booked_on_6", "GM1"]
    assert (six["temporary_eur"], six["structural_eur"], six["temporary_pct"]) == (20, 80, 20)


def test_grants_on_6_and_7_have_no_structural_part_as_their_lasten_are_not_carried() -> None:
    """All lasten minus these grants would call grants on other fields structural."""
    rows = mix(GRANTED, BOOKED)
    for code in ("GM1", "NL01"):
        both = rows[2026, "booked_on_6_and_7", code]
        assert (both["temporary_eur"], both["structural_eur"]) == (25, None)
        assert (both["temporary_pct"], both["availability"]) == (None, "structural_missing")


@pytest.mark.parametrize(
    ("year", "report", "groups", "words"),
    [
        (2022, "jaarrekening", ["sociale_basis"], "refugee_shelter_on_6.1"),
        (2022, "begroting", ["sociale_basis"], None),
        (2022, "jaarrekening", ["volksgezondheid", "inkomen"], "corona"),
        (2022, "toedeling", ["sociale_basis"], None),
    ],
)
def test_breaks_are_those_of_the_groups_that_are_counted(
    year: int, report: str, groups: list[str], words: str | None
) -> None:
    row = {"year": year, "report_type": report, "measure": "booked"}
    reported = affected_fields.with_breaks(frame(row), "measure", {"booked": groups}).collect()
    assert reported["breaks"].to_list() == [words]


def test_rows_that_count_no_group_have_no_breaks() -> None:
    row = {"year": 2022, "report_type": "jaarrekening", "measure": "booked"}
    reported = affected_fields.with_breaks(frame(row), "measure", {"booked": []}).collect()
    assert reported["breaks"].to_list() == [None]


def test_a_main_field_has_the_groups_of_its_taakvelden() -> None:
    assert affected_fields.groups_of("7") == ["volksgezondheid"]
    assert {"sociale_basis", "jeugd", "inkomen"} < set(affected_fields.groups_of("6"))


def test_a_change_of_price_level_is_told_in_the_row() -> None:
    """The ceiling of 2025 is without LPO, what is granted in 2026 with it, the SPUK AZWA does not say."""
    azwa = {"scheme": "spuk_azwa", "component": "lokaal", "year": 2027}
    rows = mix(
        [
            amount("ceiling", "Nederland", 90, component="a", year=2025),
            *GRANTED,
            amount("announced", "Nederland", 500, **azwa),
        ],
        BOOKED,
    )
    reported = {
        year: (row["price_level"], row["flags"])
        for (year, measure, code), row in rows.items()
        if measure == "granted_to_municipalities" and code == "NL01"
    }
    assert reported == {
        2025: ("without_lpo", None),
        2026: ("with_lpo", "price_level_changed"),
        2027: ("not_stated", "price_level_changed"),
    }
    all_levels = rows[2026, "granted_at_all_levels", "NL01"]
    assert (all_levels["temporary_eur"], all_levels["price_level"]) == (100, "without_lpo")


def test_a_field_that_is_unknown_makes_the_sum_of_fields_unknown_and_lowers_coverage() -> None:
    rows = mix(GRANTED, BOOKED)
    two = rows[2026, "booked_on_6_and_7", "GM2"]
    assert (two["temporary_eur"], two["availability"]) == (None, "not_reported")
    nation = rows[2026, "booked_on_6_and_7", "NL01"]
    assert (nation["temporary_eur"], nation["coverage_pct"]) == (25, 30)
    assert nation["temporary_per_inhabitant_eur"] == Decimal("0.83"), "25 euros over 30 people"


def test_every_measure_that_is_published_is_explained() -> None:
    rows = pl.LazyFrame(list(mix(GRANTED, BOOKED).values()))
    explained = measures(rows).collect()
    assert set(explained["measure"]) == {measure for _, measure, _ in mix(GRANTED, BOOKED)}
    upper = dict(explained.select("measure", "reading").iter_rows())
    assert upper["booked_on_6"] == "upper_bound"


# --- what ends -------------------------------------------------------------------------------------


def ends(*rows: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    expiry = {
        "scheme": "brede_spuk",
        "milestone": "expiry",
        "date_from": "2027-07-16",
        "legal_reference": "art. 10.2",
    }
    budgets = {
        "year": 2026,
        "report_type": "begroting",
        "municipality_code": "GM1",
        "taakveld": "6.1",
        "lasten_eur": 1000,
    }
    found = runway.runway(frame(*rows), frame(expiry), frame(budgets)).collect()
    return {(r["component"], r["recipient_name"]): r for r in found.to_dicts()}


def test_a_component_ends_with_its_last_amount_not_with_the_regulation() -> None:
    found = ends(
        amount("ceiling", "Nederland", 5, component="eenzaamheid", year=2025),
        amount("ceiling", "Nederland", 0, component="eenzaamheid"),
        amount("ceiling", "Nederland", 20, component="valpreventie"),
        amount("allocation_incl_lpo", "1", 10),
    )
    gone = found["eenzaamheid", "Nederland"]
    assert (gone["last_year"], str(gone["ends_on"])) == (2025, "2026-01-01")
    assert gone["expires_on"] == "2027-07-16"
    assert found["valpreventie", "Nederland"]["follows_in"] == "spuk_azwa"
    mine = found["total", "1"]
    assert (mine["amount_eur"], mine["of_lasten_pct"], mine["booked_within"]) == (10, 1, "partly")


@pytest.mark.parametrize(
    ("component", "within", "pct"),
    [("valpreventie", "within", 2), ("combinatiefuncties", "outside", None)],
)
def test_an_amount_is_a_part_of_lasten_only_where_it_is_booked_in_them(
    component: str, within: str, pct: int | None
) -> None:
    found = ends(amount("ceiling", "Nederland", 20, component=component))
    row = found[component, "Nederland"]
    assert (row["booked_within"], row["of_lasten_pct"]) == (within, pct)
    assert row["lasten_eur"] == 1000


def test_an_old_amount_of_a_recipient_is_not_taken_for_its_last() -> None:
    """The sample has some municipal components of 2023 only; the component itself goes on."""
    found = ends(
        amount("ceiling", "Nederland", 20, component="valpreventie"),
        amount("component_allocation", "1", 3, component="valpreventie", year=2023),
    )
    assert ("valpreventie", "1") not in found


@pytest.mark.parametrize("announced", [231, None])
def test_the_transition_compares_only_what_reaches_the_same_recipients(
    announced: int | None,
) -> None:
    azwa = {"scheme": "spuk_azwa", "year": 2027, "regulation_version": "2026-04-22"}
    rows = [
        amount("ceiling", "Nederland", 254, component="valpreventie"),
        amount("announced", "Nederland", 15, component="nplv_gebieden", **azwa),
    ]
    if announced:
        rows.append(amount("announced", "Nederland", announced, component="lokaal", **azwa))
    found = {
        (r["level"], r["item"]): r for r in runway.transition(frame(*rows)).collect().to_dicts()
    }
    part = found["component", "valpreventie"]
    assert (part["amount_2026_eur"], part["amount_eur"], part["availability"]) == (
        254,
        None,
        "not_published",
    )
    assert found["recipients", "nplv_gebieden"]["availability"] == "no_counterpart_in_2026"
    if announced:
        assert found["recipients", "lokaal"]["difference_eur"] == -23
        assert ("like_with_like", "lokaal") not in found, "nothing is left out"
    assert found["total", "total"]["amount_eur"] == 15 + (announced or 0)


def test_a_part_is_held_against_2026_without_what_does_not_go_into_it() -> None:
    azwa = {"scheme": "spuk_azwa", "year": 2027, "regulation_version": "2026-04-22"}
    rows = [
        amount("ceiling", "Nederland", 80, component="combinatiefuncties"),
        amount("ceiling", "Nederland", 160, component="valpreventie"),
        amount("announced", "Nederland", 200, component="lokaal", **azwa),
    ]
    made = runway.transition(frame(*rows)).collect().to_dicts()
    found = {(r["level"], r["item"]): r for r in made}
    for unlike in (found["recipients", "lokaal"], found["total", "total"]):
        assert (unlike["amount_2026_eur"], unlike["amount_eur"]) == (240, 200)
        assert (unlike["difference_eur"], unlike["difference_pct"]) == (None, None)
        assert unlike["availability"] == "not_comparable"
    like = found["like_with_like", "lokaal"]
    assert (like["amount_2026_eur"], like["amount_eur"], like["difference_pct"]) == (160, 200, 25)
    assert like["availability"] == "known"
