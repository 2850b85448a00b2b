"""Agreements: what was written down comes through whole, and nothing that was not."""

from __future__ import annotations

import csv

import duckdb
import polars as pl
import pytest

from assets.published.agreements.agreements import agreements, deadlines, links, signatories
from assets.reference.tables import spuk_components
from expectations.paths import ROOT

FIGURES = ROOT / "sample/figures"


def raw(name: str) -> pl.LazyFrame:
    return pl.read_csv(FIGURES / f"{name}.csv", infer_schema=False).lazy().with_columns(
        _capture=pl.lit("c"), _locator=pl.lit("l")
    )  # fmt: skip


def straight(query: str) -> list[tuple[object, ...]]:
    """An answer from the CSV files themselves, without any of our code."""
    connection = duckdb.connect()
    for path in FIGURES.glob("agreement*.csv"):
        connection.execute(
            f"CREATE VIEW {path.stem} AS FROM read_csv('{path}', all_varchar = true)"
        )
    return connection.execute(query).fetchall()


@pytest.mark.parametrize(
    ("name", "transform"),
    [
        ("agreement_links", links),
        ("agreement_deadlines", deadlines),
        ("agreement_signatories", signatories),
    ],
)
def test_every_cell_comes_through(name: str, transform: object) -> None:
    assert callable(transform)
    out = transform(raw(name)).collect()
    columns = [name for name in out.columns if not name.startswith("_")]
    assert out.select(columns).rows() == straight(f"SELECT {', '.join(columns)} FROM {name}")  # noqa: S608
    with (FIGURES / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        assert next(csv.reader(file)) == columns


def test_parties_are_counted_and_who_is_expressly_none_is_not() -> None:
    out = agreements(raw("agreements"), raw("agreement_signatories")).collect()
    assert out.select("agreement", "known_parties").rows() == straight(
        "SELECT agreement, count(party) FROM agreements LEFT JOIN "
        "(FROM agreement_signatories WHERE role <> 'not_a_party') USING (agreement) "
        "GROUP BY agreement ORDER BY agreement"
    )
    known = dict(out.select("agreement", "known_parties").iter_rows())
    assert (known["gala"], known["iza"], known["wozo"]) == (4, 1, 0)


def test_components_are_those_of_the_schemes() -> None:
    named = set(raw("agreement_links").collect()["component"].drop_nulls())
    assert named <= set(spuk_components()["component"])
    of_the_brede_spuk = straight(
        "SELECT count(DISTINCT component) FROM agreement_links "
        "WHERE agreement = 'gala' AND scheme = 'brede_spuk'"
    )
    assert of_the_brede_spuk == [(15,)]


def test_only_a_number_that_was_seen_is_confirmed() -> None:
    assert (
        straight(
            "SELECT * FROM agreement_links WHERE (regulation_id IS NOT NULL) "
            "<> (coalesce(regulation_id_status, '') = 'confirmed')"
        )
        == []
    )
