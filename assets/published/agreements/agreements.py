"""Agreements of the field, and what hangs together with them: schemes, laws, deadlines, parties.

Source   documents read by people (source cited_figures)
Grain    agreement; link; agreement × deadline; agreement × party
Traps    what is not in the documents that were read stays empty; a link says that a document names the two
         together, never that one caused the other
"""

from __future__ import annotations

import polars as pl

from assets.calc import parse_cells
from assets.framework.declared_tables import Transform
from expectations import contract as contracts

_TRACE = ("_capture", "_locator")


def _as_cited(raw: pl.LazyFrame, table: str) -> pl.LazyFrame:
    """The columns of a contract as they were written down, without padding; empty is not established."""
    texts = [name for name in contracts.table(table).columns if name in raw.collect_schema()]
    return raw.select(*(parse_cells.clean(name).alias(name) for name in texts), *_TRACE)


def agreements(
    raw_cited_figures__agreements: pl.LazyFrame,
    raw_cited_figures__agreement_signatories: pl.LazyFrame,
) -> pl.LazyFrame:
    """Every agreement, with how many of its parties are known."""
    parties = raw_cited_figures__agreement_signatories.group_by(
        parse_cells.clean("agreement").alias("agreement")
    ).agg(known_parties=(pl.col("role") != "not_a_party").sum().cast(pl.Int64))
    return (
        _as_cited(raw_cited_figures__agreements, "agreements.agreements")
        .join(parties, on="agreement", how="left", maintain_order="left")
        .with_columns(pl.col("known_parties").fill_null(0), flags=pl.lit(None, pl.String))
    )


def links(raw_cited_figures__agreement_links: pl.LazyFrame) -> pl.LazyFrame:
    """Agreements with what a document names together with them."""
    return _as_cited(raw_cited_figures__agreement_links, "agreements.links")


def deadlines(raw_cited_figures__agreement_deadlines: pl.LazyFrame) -> pl.LazyFrame:
    """What was promised for when."""
    return _as_cited(raw_cited_figures__agreement_deadlines, "agreements.deadlines")


def signatories(raw_cited_figures__agreement_signatories: pl.LazyFrame) -> pl.LazyFrame:
    """Who agreed, and whether they signed."""
    return _as_cited(raw_cited_figures__agreement_signatories, "agreements.signatories")


TABLES = (
    Transform("agreements.agreements", agreements),
    Transform("agreements.links", links),
    Transform("agreements.deadlines", deadlines),
    Transform("agreements.signatories", signatories),
)
