"""Uptake: rates worked out by hand and by SQL, what is not there and why, and the two maps."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.published.spuk_uptake.spuk_uptake import PUBLISHED, uptake
from assets.reference.spuk_schemes import Scheme, schemes
from expectations.contract import table

LEDGER = table("spuk_ledger.spuk_ledger")
SEEN = {"source": "made up", "confidence": "seen"}
SCHEME = Scheme.model_validate(
    {
        "id": "made_up",
        "title": {"nl": "Verzonnen", "en": "Made up"},
        "ministry": "VWS",
        "legal_basis": SEEN,
        "status": "in_force",
        "years": (2023, 2024, 2025),
        "recipients": "municipality",
        "windows": [
            {"id": "1", "to": "2023-02-01", "years": (2023, 2024, 2025), "eligible": 3, **SEEN},
        ],
        "carry_over": [{"from_year": 2023, "to_year": 2024, "max_pct": "20", "within": "component", **SEEN}],
        "accountability": [
            {"years": (2023, 2024), "lines": "component", **SEEN},
            {"years": (2025,), "lines": "total", **SEEN},
        ],
        "settlement": {"kind": "yearly", "weeks": 37, **SEEN},
        "rounds": [{"id": "A", "amount_eur": "500", **SEEN}],
    }
)  # fmt: skip
REGIONAL = SCHEME.model_copy(
    update={"id": "regional", "recipients": "region", "rounds": (), "windows": ()}
)
BOTH = {each.id: each for each in (SCHEME, REGIONAL)}
# scheme, kind, term, period, last day: those of the real schemes as the table terms has them.
TERMS = [
    ("made_up", "accountability_due", "2023", "2023", "2024-07-15"),
    ("brede_spuk", "application_window", "1", "2023-2026", "2023-03-31"),
    ("brede_spuk", "application_window", "2", "2024-2026", "2023-10-31"),
    ("brede_spuk", "decision_due", "1", "2023-2026", "2023-05-26"),
    ("brede_spuk", "decision_due", "2", "2024-2026", "2024-01-30"),
    ("brede_spuk", "settlement_due", "once", "2023-2026", "2028-03-31"),
    ("spuk_iza", "application_window", "2024-2026", "2024-2026", "2024-03-01"),
    ("spuk_iza", "settlement_due", "2023", "2023", "2025-03-31"),
    ("spuk_iza", "settlement_due", "2024", "2024", "2026-03-31"),
    ("spuk_iza", "settlement_due", "2025", "2025", "2027-03-31"),
    ("spuk_iza", "settlement_due", "2026", "2026", "2028-03-30"),
    *(
        (scheme, "accountability_due", str(year), str(year), f"{year + 1}-07-15")
        for scheme in ("brede_spuk", "spuk_iza")
        for year in (2023, 2024, 2025, 2026)
    ),
]
PLACES = {"GM0001": "Aa", "GM0002": "Bee", "GM0003": "Cee"}
KNOWN = date(2026, 1, 1)


def entry(
    state: str, amount: int | str | None, code: str | None = "GM0001", **more: Any
) -> dict[str, Any]:
    """One row of the ledger, of scheme made_up in 2023 unless it says otherwise."""
    row = {
        "scheme": "made_up",
        "component": "valpreventie",
        "recipient_kind": "municipality",
        "recipient_code": code,
        "recipient_name": PLACES.get(code or "", "Nederland"),
        "period": "2023",
        "state": state,
        "basis": "as_stated",
        "amount_eur": None if amount is None else Decimal(amount),
        "evidence": "sisa_annex" if state in ("spent", "carried_over") else "grant_list",
        "document_id": "list.csv",
        "document_version": "0" * 12,
        "visible_from": date(2025, 1, 1),
        "confidence": "seen",
        "source_sha256": "0" * 64,
        "source_locator": "row 1",
        "is_newest": "yes",
    }
    return row | more


def ceiling(amount: int, component: str = "valpreventie", period: str = "2023") -> dict[str, Any]:
    return entry(
        "ceiling", amount, "NL01", component=component, period=period, recipient_kind="nation",
        evidence="regulation",
    )  # fmt: skip


def world(merged: bool = False) -> tuple[pl.LazyFrame, ...]:
    """Register, years, weights and regions of three places; merged: Bee and Cee are Dee in 2026."""
    lists = {year: dict(PLACES) for year in (2023, 2024, 2025, 2026)}
    if merged:
        lists[2026] = {"GM0001": "Aa", "GM0004": "Dee"}
    people = {"GM0001": 4000, "GM0002": 6000, "GM0003": 3000, "GM0004": 9000}
    onto = {"GM0002": "GM0004", "GM0003": "GM0004"} if merged else {}
    years, weights = [], []
    for year, names in lists.items():
        for code, name in names.items():
            to = onto.get(code, code)
            years.append(("as_reported", year, code, name, "PV20", people[code]))
            weights.append((year, code, name, to, lists[2026][to], 2026, Decimal(1)))
        for code, name in lists[2026].items():
            years.append(("on_map_2026", year, code, name, "PV20", people[code]))
    return (
        pl.LazyFrame({"province_code": ["PV20"], "province_name": ["Groningen"]}),
        pl.LazyFrame(
            years,
            {"geography": pl.String, "year": pl.Int16, "municipality_code": pl.String,
             "municipality_name": pl.String, "province_code": pl.String, "inhabitants": pl.Int64},
            orient="row",
        ),
        pl.LazyFrame(
            weights,
            {"year": pl.Int16, "from_code": pl.String, "from_name": pl.String, "to_code": pl.String,
             "to_name": pl.String, "map_year": pl.Int16, "weight": pl.Decimal(9, 6)},
            orient="row",
        ),
        pl.LazyFrame(
            {
                "municipality_code": list(lists[2026]),
                "region_name": "Noord",
                "mandate_holder": "Aa",
                "mandate_holder_code": "GM0001",
            }
        ),
    )  # fmt: skip


def ledger_of(entries: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(
        [dict.fromkeys(LEDGER.dtypes) | each for each in entries], LEDGER.dtypes, orient="row"
    )


def made(
    *entries: dict[str, Any],
    merged: bool = False,
    declared: dict[str, Scheme] = BOTH,
    known: date = KNOWN,
) -> pl.DataFrame:
    register, years, weights, regions = world(merged)
    day = pl.LazyFrame({"known_on": [known]})
    frame = ledger_of(list(entries)).lazy()
    names = ["scheme", "kind", "term", "period", "date_to"]
    terms = pl.LazyFrame(TERMS, names, orient="row").with_columns(confidence=pl.lit("derived"))
    return uptake(frame, terms, day, register, years, weights, regions, declared).collect()


def one(frame: pl.DataFrame, **wanted: Any) -> dict[str, Any]:
    """The row of scheme made_up, as reported, nationally, in 2023, unless asked otherwise."""
    wanted = {"scheme": "made_up", "component": "valpreventie", "period": "2023", "round": None,
              "area_kind": "nation", "geography": "as_reported"} | wanted  # fmt: skip
    found = frame.filter(pl.col(name).eq_missing(pl.lit(value)) for name, value in wanted.items())
    assert found.height == 1, found
    return found.row(0, named=True)


def rate(row: dict[str, Any]) -> tuple[Any, ...]:
    names = [
        "numerator",
        "denominator",
        "denominator_known",
        "rate_pct",
        "coverage_pct",
        "availability",
    ]
    return tuple(
        float(row[name]) if isinstance(row[name], Decimal) else row[name] for name in names
    )


LIFE = [
    ceiling(1000),
    ceiling(500, "mantelzorg"),
    entry("allocatable", 400, evidence="regulation"),
    entry("allocatable", 300, "GM0002", evidence="regulation"),
    entry("granted", 200),
    entry("granted", 50, component="mantelzorg"),
    entry("granted", 100, "GM0002"),
    entry("spent", 120, basis="own"),
    entry("spent", 30, basis="through_others"),
    entry("spent", 999, basis="cumulative"),
    entry("carried_over", 40),
    entry("settled", 180),
    entry("advanced", 200, evidence="payment_list"),
    entry("recovered", 20),
    entry("applied", None, window="1"),
    entry("not_applied", None, "GM0002", window="1", component="total"),
]


def test_spending_is_what_was_spent_and_carried_out_of_the_year_over_those_of_whom_both_are_known() -> (
    None
):
    found = made(*LIFE)
    assert rate(one(found, measure="spending")) == (190, 300, 200, 95, 66.6667, "measured")
    # The total: component by component, so that money without an account is no money unspent.
    assert rate(one(found, measure="spending", component="total")) == (
        190,
        350,
        200,
        95,
        57.1429,
        "measured",
    )
    aa = one(found, measure="spending", component="total", area_kind="municipality", area="GM0001")
    assert rate(aa) == (190, 250, 200, 95, 80, "measured")
    bee = one(found, measure="spending", component="total", area_kind="municipality", area="GM0002")
    assert rate(bee) == (None, 100, None, None, 0, "not_published")
    assert bee["fills_from_en"] == "SiSa annexes in drop/sisa"


def test_allocation_is_held_against_the_ceiling_and_its_rate_against_what_the_known_could_have() -> (
    None
):
    row = one(made(*LIFE), measure="allocation")
    assert rate(row) == (300, 1000, 700, 42.8571, 70, "measured")
    assert (row["denominator_is"], row["recipients"], row["recipients_known"]) == ("ceiling", 3, 2)


def test_allocation_of_everybody_is_held_against_the_ceiling_itself() -> None:
    row = one(made(*LIFE, entry("granted", 450, "GM0003")), measure="allocation")
    assert rate(row) == (750, 1000, 1000, 75, 100, "measured")


def test_a_maximum_that_is_known_for_some_components_is_no_maximum_of_the_whole() -> None:
    here: dict[str, Any] = {
        "measure": "allocation",
        "component": "total",
        "area_kind": "municipality",
    }
    found = made(*LIFE)
    assert found.filter(pl.col(name) == value for name, value in here.items()).is_empty()
    more = entry("allocatable", 100, component="mantelzorg", evidence="regulation")
    assert rate(one(made(*LIFE, more), area="GM0001", **here)) == (
        250,
        500,
        500,
        50,
        100,
        "measured",
    )


def test_realised_recovery_and_components_are_measures_of_their_own() -> None:
    found = made(*LIFE)
    aa: dict[str, Any] = {"area_kind": "municipality", "area": "GM0001"}
    assert rate(one(found, measure="realised", component="total", **aa))[:4] == (180, 250, 200, 90)
    assert rate(one(found, measure="recovery", component="total", **aa))[:4] == (20, 200, 200, 10)
    assert rate(one(found, measure="component_take_up", component="total", **aa))[:4] == (
        2,
        2,
        2,
        100,
    )
    # Bee names one of the two components: the other is not applied for. Cee says nothing.
    row = one(found, measure="component_take_up", component="total")
    assert rate(row) == (3, 6, 4, 75, 66.6667, "measured")


def test_participation_counts_who_is_known_to_have_applied_or_not() -> None:
    row = one(
        made(*LIFE), measure="participation", component="total", window="1", period="2023-2025"
    )
    assert rate(row) == (1, 3, 2, 50, 66.6667, "measured")


def test_a_round_is_held_against_its_own_amount() -> None:
    grants = [entry("granted", 100, code, round="A", component="total") for code in PLACES]
    row = one(made(*grants), measure="allocation", component="total", round="A", period="2023-2025")
    assert row["denominator"] == 500
    assert row["denominator_is"] == "ceiling"


def test_a_missing_carry_over_is_told_and_zero_is_not() -> None:
    grant, spent = entry("granted", 100), entry("spent", 90, basis="own")
    assert one(made(grant, spent), measure="spending")["flags"] == "carry_over_unknown"
    assert one(made(grant, spent, entry("carried_over", 0)), measure="spending")["flags"] is None
    # 2024 to 2025: nothing provides for it.
    later = [each | {"period": "2024"} for each in (grant, spent)]
    assert one(made(*later), measure="spending", period="2024")["flags"] is None


def test_components_have_no_spending_in_years_that_are_accounted_for_as_a_whole() -> None:
    year: dict[str, Any] = {"period": "2025"}
    found = made(ceiling(9, period="2025"), entry("granted", 5, **year), entry("spent", 4, **year))
    spending = found.filter((pl.col("measure") == "spending") & (pl.col("period") == "2025"))
    assert set(spending["component"]) == {"total"}


def test_a_settlement_once_waits_for_the_grants_of_all_years() -> None:
    assert SCHEME.settlement
    settlement = SCHEME.settlement.model_copy(update={"kind": "once", "due": date(2028, 3, 31)})
    once = SCHEME.model_copy(update={"settlement": settlement})
    years = [
        entry("granted", 100, component="total", period=str(year)) for year in (2023, 2024, 2025)
    ]
    settled = entry("settled", 270, component="total", period="2023-2025")
    complete: dict[str, Any] = {"measure": "realised", "component": "total", "period": "2023-2025"}
    assert rate(one(made(*years, settled, declared={"made_up": once}), **complete))[:4] == (
        270,
        300,
        300,
        90,
    )
    assert rate(one(made(*years[1:], settled, declared={"made_up": once}), **complete))[0] is None


def test_of_one_cell_the_official_and_then_the_newest_document_counts_once() -> None:
    newer: dict[str, Any] = {"document_id": "second.csv", "visible_from": date(2025, 6, 1)}
    regulation = entry("allocatable", 400, evidence="regulation")
    letter = entry("allocatable", 500, evidence="letter", **newer)
    found = made(regulation, letter, entry("granted", 100), entry("granted", 200, **newer))
    aa = one(found, measure="allocation", area_kind="municipality", area="GM0001")
    assert (aa["numerator"], aa["denominator"]) == (200, 400)
    assert made(entry("granted", 100, is_newest="no")).filter(area_kind="municipality").is_empty()


def test_a_municipality_is_known_by_its_code_however_a_document_spells_it() -> None:
    allocatable = entry("allocatable", 400, evidence="regulation", recipient_name="Aa (N.B.)")
    aa = one(
        made(allocatable, entry("granted", 100)),
        measure="allocation",
        area_kind="municipality",
        area="GM0001",
    )
    assert rate(aa)[:4] == (100, 400, 400, 25)


def test_what_a_list_corrects_in_two_rows_of_one_document_adds_up() -> None:
    rows = [
        entry("granted", 100),
        entry("granted", 20, source_locator="row 2"),
        entry("allocatable", 400),
    ]
    aa = one(made(*rows), measure="allocation", area_kind="municipality", area="GM0001")
    assert aa["numerator"] == 120


def test_the_holder_of_a_mandate_stands_for_its_region_and_members_do_not_count_again() -> None:
    common: dict[str, Any] = {"scheme": "regional", "component": "total"}
    found = made(
        entry("granted", 100, None, **common, recipient_kind="region")
        | {"recipient_name": "Noord"},
        entry("spent", 30, "GM0001", basis="own", **common),
        entry("spent", 60, "GM0001", basis="through_others", **common),
        entry("spent", 60, "GM0002", basis="own", **common),
    )
    row = one(found, scheme="regional", measure="spending", component="total", area_kind="region")
    assert (row["area"], rate(row)[:4]) == ("Noord", (90, 100, 100, 90))
    assert found.filter(scheme="regional", area_kind="municipality").is_empty()


def test_merged_municipalities_are_together_on_the_newest_map_and_apart_as_reported() -> None:
    rows = [
        entry("granted", 100, "GM0002", component="total"),
        entry("spent", 50, "GM0002", component="total"),
        entry("granted", 300, "GM0003", component="total"),
        entry("spent", 270, "GM0003", component="total"),
    ]
    found = made(*rows, merged=True).filter(measure="spending", component="total", period="2023")
    here: dict[str, Any] = {
        "measure": "spending",
        "component": "total",
        "area_kind": "municipality",
    }
    dee = one(found, **here, geography="on_map_2026", area="GM0004")
    assert (dee["area_name"], rate(dee)[:4], dee["flags"]) == (
        "Dee",
        (320, 400, 400, 80),
        "carry_over_unknown;merged",
    )
    assert rate(one(found, **here, area="GM0002"))[3] == 50
    # Two small places in the first two classes are one in the second.
    sizes = found.filter(area_kind="size_class").select("geography", "area", "rate_pct")
    assert set(sizes.rows()) == {
        ("as_reported", "5000_10000", Decimal(50)),
        ("as_reported", "under_5000", Decimal(90)),
        ("on_map_2026", "5000_10000", Decimal(80)),
    }
    assert rate(
        one(
            found,
            measure="spending",
            component="total",
            area_kind="iza_region",
            geography="as_reported",
        )
    )[:2] == (320, 400)


def test_a_code_that_no_list_knows_keeps_its_place_and_says_so() -> None:
    rows = [
        entry("granted", 10, "GM9999", recipient_name="Zee"),
        entry("spent", 5, "GM9999", recipient_name="Zee"),
    ]
    found = made(*rows)
    row = one(found, measure="spending", area_kind="municipality", geography="on_map_2026")
    assert (row["area"], row["numerator"], row["flags"]) == (
        "GM9999",
        5,
        "carry_over_unknown;not_on_map",
    )


def test_without_any_file_each_number_says_when_it_is_due() -> None:
    declared = {name: schemes()[name] for name in ("brede_spuk", "spuk_iza")}
    known_of_all = entry(
        "applied", None, "NL01", scheme="brede_spuk", component="total", period="2023-2026", window="1",
        recipient_kind="nation", evidence="web_page", confidence="secondary", document_id="a page",
    )  # fmt: skip
    found = made(
        ceiling(9) | {"scheme": "brede_spuk"},
        known_of_all,
        declared=declared,
        known=date(2026, 9, 1),
    )
    assert set(found["area_kind"]) == {"nation"}
    first = one(
        found,
        scheme="brede_spuk",
        measure="participation",
        component="total",
        window="1",
        period="2023-2026",
    )
    assert rate(first) == (342, 342, 342, 100, 100, "measured")
    assert (first["confidence"], first["vintage"]) == (
        "secondary",
        "2025-01-01 a page 000000000000",
    )
    second = one(
        found,
        scheme="brede_spuk",
        measure="participation",
        component="total",
        window="2",
        period="2024-2026",
    )
    assert (second["availability"], second["numerator"]) == ("not_published", None)

    def shown(scheme: str, measure: str) -> dict[str, tuple[str, str]]:
        rows = found.filter(scheme=scheme, measure=measure, component="total")
        return {
            row["period"]: (row["due_date"], row["availability"])
            for row in rows.iter_rows(named=True)
        }

    accounts = {
        "2023": ("2024-07-15", "not_published"),
        "2024": ("2025-07-15", "not_published"),
        "2025": ("2026-07-15", "not_published"),
        "2026": ("2027-07-15", "not_yet_due"),
    }
    assert shown("brede_spuk", "spending") == shown("spuk_iza", "spending") == accounts
    assert shown("brede_spuk", "realised") == {"2023-2026": ("2028-03-31", "not_yet_due")}
    assert shown("brede_spuk", "recovery") == shown("brede_spuk", "realised")
    assert shown("spuk_iza", "realised") == {
        "2023": ("2025-03-31", "not_published"),
        "2024": ("2026-03-31", "not_published"),
        "2025": ("2027-03-31", "not_yet_due"),
        "2026": ("2028-03-30", "not_yet_due"),
    }
    components = found.filter(scheme="brede_spuk", measure="spending", component="valpreventie")
    assert components["period"].to_list() == ["2023"]
    assert found.filter(pl.col("numerator").is_null())["fills_from_nl"].null_count() == 0


@pytest.mark.parametrize(
    ("known", "word"), [(date(2027, 7, 15), "not_yet_due"), (date(2027, 7, 16), "not_published")]
)
def test_a_number_is_due_until_its_day_has_passed(known: date, word: str) -> None:
    found = made(declared={"brede_spuk": schemes()["brede_spuk"]}, known=known)
    row = one(found, scheme="brede_spuk", measure="spending", component="total", period="2026")
    assert row["availability"] == word


def test_what_no_term_provides_for_is_not_due_before_its_years_begin() -> None:
    bare = SCHEME.model_copy(
        update={"windows": (), "years": (2025, 2026), "accountability": (), "settlement": None}
    )
    found = made(declared={"made_up": bare}, known=date(2025, 6, 1)).filter(measure="allocation")
    yearly = found.filter(pl.col("round").is_null())
    assert dict(yearly.select("period", "availability").iter_rows()) == {
        "2025": "not_published",
        "2026": "not_yet_due",
    }


def test_a_ceiling_for_all_years_at_once_is_held_against_the_grants_of_all_years() -> None:
    complete: dict[str, Any] = {"period": "2023-2025", "component": "total"}
    grants = [
        entry("granted", 40, component="total", period="2024"),
        entry("granted", 60, component="total", period="2025"),
        entry("granted", 300, "GM0002", **complete),
        entry("granted", 1, "GM0002", component="total"),
        entry("granted", 100, "GM0003", **complete),
    ]
    found = made(ceiling(1000, **complete), *grants)
    row = one(found, measure="allocation", **complete)
    # What is printed for the whole goes before one of its years.
    assert rate(row) == (500, 1000, 1000, 50, 100, "measured")
    assert found.filter(scheme="made_up", measure="allocation", period="2024").is_empty()


def test_a_scheme_of_which_no_years_are_known_has_its_rounds_and_its_measures_all_the_same() -> (
    None
):
    bare = SCHEME.model_copy(update={"years": (), "windows": (), "accountability": ()})
    grants = [entry("granted", 100, code, round="A", component="total") for code in PLACES]
    found = made(*grants, declared={"made_up": bare})
    row = one(found, measure="allocation", component="total", round="A", period="unknown")
    assert (row["denominator"], row["availability"]) == (500, "not_published")
    assert one(found, measure="spending", component="total", period="unknown")["due_date"] is None


SIDES = st.one_of(st.none(), st.integers(1, 10_000))
MONEY = st.lists(
    st.tuples(st.sampled_from(sorted(PLACES)), st.sampled_from(["valpreventie", "mantelzorg"]), SIDES, SIDES),
    max_size=6, unique_by=lambda each: each[:2],
)  # fmt: skip


def granted_and_spent(money: list[Any]) -> list[dict[str, Any]]:
    sides = [("granted", 2), ("spent", 3)]
    return [
        entry(state, each[place], each[0], component=each[1])
        for each in money
        for state, place in sides
        if each[place] is not None
    ]


@given(MONEY)
@settings(max_examples=8)
def test_the_nation_is_its_municipalities_on_every_map(money: list[Any]) -> None:
    found = made(*granted_and_spent(money), merged=True).filter(measure="spending", period="2023")
    sums = [
        found.filter(pl.col("area_kind") == kind, pl.col("geography") == geography)
        .group_by("component").agg(pl.col("numerator", "denominator_known").sum()).sort("component")
        .filter(pl.col("denominator_known") > 0)
        for kind, geography in [
            ("nation", "as_reported"), ("municipality", "as_reported"),
            ("municipality", "on_map_2026"), ("province", "on_map_2026"),
        ]
    ]  # fmt: skip
    assert all(each.equals(sums[0]) for each in sums[1:])


@given(MONEY, st.randoms(use_true_random=False))
@settings(max_examples=5)
def test_the_order_of_the_ledger_says_nothing(money: list[Any], random: Any) -> None:
    rows = [*LIFE, *granted_and_spent(money)]
    mixed = random.sample(rows, len(rows))
    order = PUBLISHED[:10]
    assert made(*rows, merged=True).sort(order).equals(made(*mixed, merged=True).sort(order))


@given(MONEY)
@settings(max_examples=8)
def test_sql_counts_the_same_spending(money: list[Any]) -> None:
    rows = granted_and_spent(money)
    ledger = ledger_of(rows)  # noqa: F841 (DuckDB reads it by its name)
    requested = duckdb.sql(
        """
        WITH cells AS (
            FROM ledger SELECT component, recipient_code,
                sum(amount_eur) FILTER (state = 'granted') AS granted,
                sum(amount_eur) FILTER (state = 'spent') AS spent
            GROUP BY ALL
        ),
        counted AS (FROM cells UNION ALL FROM cells SELECT 'total', recipient_code, granted, spent)
        FROM counted
        SELECT component, sum(spent) FILTER (granted IS NOT NULL) AS numerator, sum(granted) AS denominator,
            sum(granted) FILTER (spent IS NOT NULL) AS known
        GROUP BY component HAVING denominator IS NOT NULL OR component = 'total' ORDER BY component
        """
    )
    assert requested is not None
    expected = requested.fetchall()
    found = made(*rows).filter(
        measure="spending", period="2023", scheme="made_up", area_kind="nation"
    )
    shown = found.select("component", "numerator", "denominator", "denominator_known").sort(
        "component"
    )
    ours = {row[0]: row[1:] for row in shown.rows()}
    assert {name: sides for name, *sides in map(list, expected)} == {
        name: list(sides) for name, sides in ours.items() if name in {each[0] for each in expected}
    }
