"""Names of municipalities to codes: exact, by alias, or not at all; never a guess."""

from __future__ import annotations

import polars as pl

from assets.reference.municipality_names import with_codes
from expectations.paths import ROOT

LISTS = pl.LazyFrame(
    {
        "year": [2025, 2025, 2025, 2025, 2012],
        "municipality_code": ["GM0363", "GM0457", "GM0888", "GM0820", "GM9000"],
        "municipality_name": ["Amsterdam", "Weesp", "Beek (L.)", "Nuenen", "Amstelveen"],
    }
)


def coded(
    names: list[str | None], required: bool = True, problem: str | None = None
) -> pl.DataFrame:
    frame = pl.LazyFrame({"place": names}, schema={"place": pl.String})
    if problem:
        frame = frame.with_columns(_problem=pl.lit(problem))
    named = with_codes(frame, LISTS, name="place", year=2025, code="code", required=required)
    return named.collect()


def test_an_exact_name_gets_its_code() -> None:
    assert coded(["Weesp", "Amsterdam"]).rows() == [
        ("Weesp", "GM0457", None),
        ("Amsterdam", "GM0363", None),
    ]


def test_a_name_printed_otherwise_is_known_by_its_alias() -> None:
    assert coded(["Beek"]).rows() == [("Beek", "GM0888", None)]


def test_an_unknown_name_gets_no_code_but_the_nearest_names() -> None:
    ((_, code, problem),) = coded(["Amsterdm"]).rows()
    assert code is None
    assert problem == 'place: no municipality "Amsterdm" in 2025; nearest: Amsterdam'


def test_a_name_like_no_other_says_so() -> None:
    ((_, code, problem),) = coded(["Qqqq"]).rows()
    assert code is None
    assert problem.endswith("nearest: no name that looks like it")


def test_a_municipality_of_another_year_is_unknown_in_this_one() -> None:
    ((_, code, problem),) = coded(["Amstelveen"]).rows()
    assert code is None
    assert "in 2025" in problem


def test_a_missing_name_is_no_unknown_name() -> None:
    assert coded([None]).rows() == [(None, None, None)]


def test_what_was_wrong_before_stays_told() -> None:
    frame = coded(["Weesp", "Amsterdm"], problem="amount: cannot read")
    assert frame["_problem"].to_list() == [
        "amount: cannot read",
        'amount: cannot read; place: no municipality "Amsterdm" in 2025; nearest: Amsterdam',
    ]


def test_what_need_not_be_a_municipality_has_no_problem() -> None:
    frame = coded(["Weesp", "Openbaar Lichaam SamenTwente"], required=False)
    assert frame.rows() == [("Weesp", "GM0457"), ("Openbaar Lichaam SamenTwente", None)]


def test_the_order_of_rows_stays() -> None:
    names = ["Weesp", "Qqqq", "Amsterdam", "Beek", "Weesp"]
    assert coded(list(names))["place"].to_list() == names


def test_an_alias_of_a_municipality_that_is_not_in_the_list_of_the_year_is_unknown() -> None:
    ((_, code, problem),) = coded(["Rijswijk"]).rows()
    assert code is None
    assert 'no municipality "Rijswijk" in 2025' in problem


REAL = (
    pl.scan_csv(ROOT / "sample/figures/municipalities_by_year.csv", infer_schema=False)
    .rename({"name": "municipality_name"})
    .with_columns(pl.col("year").cast(pl.Int16))
)


def test_names_as_regulations_and_the_municipal_fund_print_them() -> None:
    printed = {
        "Bergen (L.)": "GM0893",
        "Bergen (NH.)": "GM0373",
        "Hengelo": "GM0164",
        "Súdwest Fryslân": "GM1900",
        "Nuenen c.a.": "GM0820",
    }
    frame = pl.LazyFrame({"place": list(printed)})
    coded = with_codes(frame, REAL, name="place", year=2026, code="code").collect()
    assert dict(coded.select("place", "code").iter_rows()) == printed
    assert coded["_problem"].null_count() == len(printed)


def test_a_name_of_two_municipalities_is_none_of_them() -> None:
    frame = pl.LazyFrame({"place": ["Bergen"]})
    ((_, code, problem),) = (
        with_codes(frame, REAL, name="place", year=2026, code="code").collect().rows()
    )
    assert code is None
    assert "Bergen (L.)" in problem and "Bergen (NH.)" in problem
