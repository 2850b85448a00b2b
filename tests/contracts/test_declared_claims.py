"""The claims that are published: enough of them, each with a source, and no number typed into its query."""

from __future__ import annotations

import polars as pl
import pytest

from assets.calc import sql_answers
from assets.reference.public_claims import claims
from expectations.contract import contract, contracts, table
from expectations.errors import VoorkantError

CLAIMS = claims()
READINGS = [
    pytest.param(reading.query, id=f"{claim.id}/{reading.id}")
    for claim in CLAIMS.claims
    for reading in claim.readings
]


def test_there_are_enough_claims_and_most_of_them_are_asked() -> None:
    assert sum(claim.kind == "statement" for claim in CLAIMS.claims) >= 20
    assert sum(any(each.decides for each in claim.readings) for claim in CLAIMS.claims) >= 20


def test_every_publication_is_cited_by_a_claim() -> None:
    assert {claim.source for claim in CLAIMS.claims} == set(CLAIMS.publications)


def test_claims_wait_for_the_tables_they_ask() -> None:
    """And for the sources of those: the manifest of a release lists them."""
    requested = {name.partition(".")[0] for name in CLAIMS.tables()}
    needed = {source for dataset in requested for source in contracts()[dataset].sources}
    assert set(contract("claims").sources) == needed


@pytest.mark.parametrize("query", READINGS)
def test_a_query_finds_nothing_where_there_is_nothing(query: str) -> None:
    """What a query found would otherwise be what someone typed into it."""
    empty = {
        name: pl.LazyFrame(schema=table(name).dtypes) for name in sql_answers.tables_read(query)
    }
    with pytest.raises(VoorkantError) as refusal:
        sql_answers.answers({"a/r": query}, empty)
    assert refusal.value.code == "VK-D005"
    assert refusal.value.problem.endswith(("No row.", "The value is missing."))
