"""Claims: what a query may be, what counts as the same number, and that the verdict follows from those."""

# ruff: noqa: S608 (queries are put together from the constants of this file)

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from assets.calc import sql_answers
from assets.published.claims.claims import judged, readings
from assets.reference.public_claims import Claims, load
from expectations.errors import VoorkantError

CARE = "care_spending.care_spending"
TOTALS = pl.LazyFrame(
    {"year": [2018, 2019, 2020], "amount_eur": [Decimal("100029.4"), Decimal("106200.0"), None]},
    schema_overrides={"year": pl.Int16, "amount_eur": pl.Decimal(18, 2)},
)
TEXT = {"nl": "Er is iets.", "en": "There is something."}


def of_year(year: int) -> str:
    return f"SELECT amount_eur AS value FROM {CARE} WHERE year = {year}"


def reading(id_: str, query: str, **more: Any) -> dict[str, Any]:
    return {"id": id_, "definition": TEXT, "query": query, **more}


def claim(*read: dict[str, Any], **more: Any) -> dict[str, Any]:
    plain = {"id": "a", "source": "p", "text": TEXT, "value": 100, "unit": "EUR"}
    close = {"comparison": "rounded", "margin": 1}
    return plain | close | ({"readings": list(read)} if read else {}) | more


def declared(*each: dict[str, Any]) -> Claims:
    return Claims.model_validate({"publications": {"p": {"title": "P"}}, "claims": each})


def verdict(*read: dict[str, Any], totals: pl.LazyFrame = TOTALS, **more: Any) -> dict[str, Any]:
    claims = declared(claim(*read, **more))
    (row,) = judged(claims, readings(claims, {CARE: totals})).collect().to_dicts()
    return row


# --- what counts as the same number --------------------------------------------------------------


@pytest.mark.parametrize(
    ("comparison", "margin", "lowest", "highest"),
    [
        ("rounded", "1", "99.5", "100.5"),
        ("within", "2.5", "97.5", "102.5"),
        ("at_least", None, "100", None),
        ("at_most", None, None, "100"),
        ("range", "120", "100", "120"),
    ],
)
def test_bounds(comparison: str, margin: str | None, lowest: str, highest: str) -> None:
    how = {"comparison": comparison, "margin": margin}
    (one,) = declared(claim(reading("r", of_year(2018)), **how)).claims
    assert one.bounds == tuple(each and Decimal(each) for each in (lowest, highest))


# --- the verdict ---------------------------------------------------------------------------------

BILLION = "SELECT amount_eur / 1000 AS value FROM care_spending.care_spending WHERE year = {}"


def test_each_verdict() -> None:
    right, wrong = BILLION.format(2018), BILLION.format(2019)
    assert verdict(reading("r", right, as_stated=True))["verdict"] == "reproduced"
    assert verdict(reading("r", right))["verdict"] == "reproduced_under_definition"
    assert verdict(reading("r", wrong, as_stated=True))["verdict"] == "not_reproducible"
    known = reading("known", right)
    untested = claim(would_answer={"title": "T"}) | {"id": "b"}
    both = declared(claim(known), untested)
    rows = judged(both, readings(both, {CARE: TOTALS})).collect()
    (row,) = rows.filter(pl.col("claim") == "b").to_dicts()
    assert (row["verdict"], row["found"], row["query"]) == ("no_open_data", None, None)
    assert row["would_answer_status"] == "unresolved"


def test_of_several_readings_what_agrees_decides_and_first_what_was_said() -> None:
    right, wrong = BILLION.format(2018), BILLION.format(2019)
    stated = verdict(reading("x", right), reading("y", right, as_stated=True))
    assert (stated["reading"], stated["verdict"]) == ("y", "reproduced")
    first = verdict(reading("z", right), reading("b", right))
    assert first["reading"] == "z"
    other = verdict(reading("x", wrong, as_stated=True), reading("y", right))
    assert (other["reading"], other["verdict"]) == ("y", "reproduced_under_definition")
    none = verdict(reading("x", wrong), reading("y", wrong, as_stated=True))
    assert (none["reading"], none["verdict"]) == ("y", "not_reproducible")


def test_a_demand_is_met_or_not_and_never_true() -> None:
    right, wrong = BILLION.format(2018), BILLION.format(2019)

    def of(query: str, **more: Any) -> str:
        return str(verdict(reading("r", query, **more), kind="demand")["verdict"])

    assert of(right, as_stated=True) == "met"
    assert of(right) == "met_under_definition"
    assert of(wrong, as_stated=True) == "not_met"


@pytest.mark.parametrize("kind", ["statement", "demand"])
@pytest.mark.parametrize("year", [2018, 2019])
def test_a_reading_that_may_not_decide_is_published_and_decides_nothing(
    kind: str, year: int
) -> None:
    shown = reading("same-text", BILLION.format(year), as_stated=True, decides=False)
    one = claim(shown, kind=kind, would_answer={"title": "T"})
    # A claim that is decided keeps the table of readings that may decide from being empty.
    both = declared(one, claim(reading("r", BILLION.format(2018))) | {"id": "b"})
    read = readings(both, {CARE: TOTALS})
    (row,) = judged(both, read).filter(pl.col("claim") == "a").collect().to_dicts()
    assert (row["verdict"], row["reading"], row["found"]) == ("no_open_data", None, None)
    (published,) = read.filter(pl.col("claim") == "a").collect().to_dicts()
    assert published["decides"] == "no"
    assert published["agrees"] == ("yes" if year == 2018 else "no")


def test_a_reading_that_may_not_decide_gives_way_to_one_that_may() -> None:
    right, wrong = BILLION.format(2018), BILLION.format(2019)
    row = verdict(reading("x", right, as_stated=True, decides=False), reading("y", wrong))
    assert (row["reading"], row["verdict"]) == ("y", "not_reproducible")


def test_a_changed_figure_changes_the_verdict() -> None:
    read = reading("r", BILLION.format(2018), as_stated=True)
    changed = TOTALS.with_columns(pl.col("amount_eur") * 2)
    assert verdict(read)["verdict"] == "reproduced"
    row = verdict(read, totals=changed.cast({"amount_eur": pl.Decimal(18, 2)}))
    assert (row["verdict"], row["found"]) == ("not_reproducible", Decimal("200.059"))
    assert row["difference"] == Decimal("100.059")


@given(
    value=st.integers(-5, 5),
    found=st.integers(-8, 8),
    how=st.sampled_from(["rounded", "within", "at_least", "at_most", "range"]),
    margin=st.integers(0, 4),
    as_stated=st.booleans(),
)
def test_the_verdict_follows_from_number_and_rule_only(
    value: int, found: int, how: str, margin: int, as_stated: bool
) -> None:
    """Against the words of the rule, written out again; the query is stood in for by its answer."""
    upper = value + margin if how == "range" else margin
    one_sided = how in ("at_least", "at_most")
    claims = declared(
        claim(
            reading("r", of_year(2018), as_stated=as_stated),
            value=value,
            comparison=how,
            margin=None if one_sided else upper,
        )
    )
    close = {
        "rounded": 2 * abs(found - value) <= margin,
        "within": abs(found - value) <= margin,
        "at_least": found >= value,
        "at_most": found <= value,
        "range": value <= found <= upper,
    }[how]
    lowest, highest = claims.claims[0].bounds
    assert close == ((lowest is None or lowest <= found) and (highest is None or found <= highest))
    answered = pl.LazyFrame(
        {
            "claim": ["a"], "reading": ["r"], "rank": [1], "as_stated": ["yes" if as_stated else "no"],
            "decides": ["yes"], "agrees": ["yes" if close else "no"], "found": [Decimal(found)],
        }
    ).with_columns(
        *(pl.lit(None, pl.String).alias(name) for name in (
            "definition_nl", "definition_en", "query", "tables", "difference", "flags",
            "coverage_pct", "status", "confidence", "published_at",
        ))
    )  # fmt: skip
    (row,) = judged(claims, answered).collect().to_dicts()
    expected = "reproduced" if as_stated else "reproduced_under_definition"
    assert row["verdict"] == (expected if close else "not_reproducible")


# --- what a query may be -------------------------------------------------------------------------


def test_the_tables_of_a_query_are_found_wherever_they_stand() -> None:
    query = (
        f"WITH t AS (SELECT year FROM {CARE}) SELECT count(*) AS value FROM t AS x "
        "JOIN social_workforce.social_workforce AS y ON x.year = y.value "
        "WHERE EXISTS (FROM spuk_allocations.milestones)"
    )
    assert sql_answers.tables_read(query) == (
        CARE,
        "social_workforce.social_workforce",
        "spuk_allocations.milestones",
    )


@pytest.mark.parametrize(
    ("query", "expected_text"),
    [
        ("SELECT 100 AS value", "reads no table"),
        ("SELECT 100 AS value FROM care_spending.totals", "no published table"),
        ("SELECT 1 AS value FROM care_spending.figures", "no published table"),
        (f"SELECT 1 AS value FROM {CARE}; SELECT 2", "one SELECT"),
        (f"DELETE FROM {CARE}", "cannot be read"),
        (f"COPY (SELECT 1 AS value FROM {CARE}) TO 'x.csv'", "cannot be read"),
        (f"SELECT 1 AS value FROM {CARE}, read_csv('x.csv')", "calls none"),
        ("SELEC 1", "cannot be read"),
    ],
)
def test_a_query_that_is_no_question_to_published_tables_is_refused(
    query: str, expected_text: str
) -> None:
    with pytest.raises(ValueError, match=expected_text):
        sql_answers.tables_read(query)


@pytest.mark.parametrize(
    ("query", "expected_text"),
    [
        (of_year(2030), "No row"),
        (f"SELECT amount_eur AS value FROM {CARE}", "More than one row"),
        (of_year(2020), "missing"),
        (f"SELECT amount_eur AS value, year FROM {CARE} WHERE year = 2018", "'year'"),
        (f"SELECT 'many' AS value FROM {CARE} WHERE year = 2018", "many"),
        (f"SELECT amount AS value FROM {CARE}", "amount"),
        ("SELECT value FROM social_workforce.social_workforce", "social_workforce"),
        (f"SELECT amount_eur AS value FROM {CARE}, 'x.parquet'", "x.parquet"),
    ],
)
def test_anything_else_than_one_number_is_an_error(query: str, expected_text: str) -> None:
    with pytest.raises(VoorkantError) as refusal:
        sql_answers.answers({"a/r": query}, {CARE: TOTALS})
    assert refusal.value.code == "VK-D005"
    assert expected_text in refusal.value.problem
    assert "a/r" in refusal.value.problem


@pytest.mark.parametrize(
    ("number", "rounded"),
    [("1.0005", "1.001"), ("-1.0005", "-1.001"), ("2.0004999", "2.000"), ("1.0/3", "0.333")],
)
def test_numbers_are_rounded_half_away_from_zero(number: str, rounded: str) -> None:
    query = f"SELECT {number} AS value FROM {CARE} WHERE year = 2018"
    (row,) = sql_answers.answers({"a/r": query}, {CARE: TOTALS}).to_dicts()
    assert row["value"] == Decimal(rounded)


# --- the file ------------------------------------------------------------------------------------

READ = reading("r", of_year(2018))
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a query on a table that is not there": (
        claim(reading("r", "SELECT 1 AS value FROM care_spending.totals")),
        "no published table",
    ),
    "no readings and nothing that would answer": (claim(), "would answer"),
    "readings and something that would answer": (
        claim(READ, would_answer={"title": "T"}),
        "would answer",
    ),
    "no reading that decides and nothing that would answer": (
        claim(READ | {"decides": False}),
        "would answer",
    ),
    "an answer from no known source": (
        claim(would_answer={"title": "T", "source": "nobody", "table": "none"}),
        "registry",
    ),
    "no margin": (claim(READ, margin=None), "margin"),
    "a margin that nobody uses": (claim(READ, comparison="at_least"), "margin"),
    "two readings of one name": (claim(READ, READ), "one id"),
    "no such publication": (claim(READ, source="q"), "publication"),
    "an unknown key": (claim(READ, verdict="reproduced"), "verdict"),
    "a number found": (claim(READ | {"found": 4}), "found"),
}


@pytest.mark.parametrize(("wrong", "expected_text"), WRONG.values(), ids=WRONG)
def test_a_claim_of_the_wrong_form_is_told(
    wrong: dict[str, Any], expected_text: str, tmp_path: Path
) -> None:
    path = tmp_path / "claims.yaml"
    path.write_text(
        yaml.safe_dump({"publications": {"p": {"title": "P"}}, "claims": [wrong]}), "utf-8"
    )
    with pytest.raises(VoorkantError) as refusal:
        load(path)
    assert refusal.value.code == "VK-C007"
    assert expected_text in refusal.value.problem
