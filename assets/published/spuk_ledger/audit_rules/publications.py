"""R06: two publications of one amount agree.

What belongs here: the same amount in two documents, and whether two recipients have each other's. What does
not: versions of one document.
"""

from __future__ import annotations

import polars as pl

from assets.published.spuk_ledger.audit_rules.comparisons import (
    beside,
    compared,
    difference,
    summed,
)
from assets.published.spuk_ledger.audit_rules.rule_inputs import PLACE, PUBLISHED, RuleInputs
from assets.published.spuk_ledger.audit_rules.subjects import subject_of
from assets.reference.spuk_evidence import BINDING, rank

_EURO = 0.5
_GROUP = ["scheme", "component", "period", "state", "basis", "document_id", "_binding"]


def publications(evidence: RuleInputs) -> pl.LazyFrame:
    """R06: every amount that two documents state, against the one that binds most."""
    pairs = _pairs(evidence)
    held = pairs.join(_crosswise(pairs), on=[*_GROUP, "party"], how="left", nulls_equal=True)
    cause = pl.when("_differs").then(
        pl.when(pl.col("other").is_not_null())
        .then(pl.lit("swapped"))
        .when(pl.col("_rank") == BINDING.index("text_layer"))
        .then(pl.lit("text_differs"))
        .when((pl.col("state") == "policy_amount") & (pl.col("visible_from") > pl.col("_since")))
        .then(pl.lit("policy_changed"))
        .when(pl.col("state") == "ceiling")
        .then(pl.lit("ceiling_conflict"))
        .when(pl.col("_rank") == BINDING.index("grant_list"))
        .then(pl.lit("lists_differ"))
        .otherwise(pl.lit("publications_differ"))
    )
    what = ("state", "basis", "window", "round", "grant_number", "event_date")
    return compared(held, subject_of("published_twice", what, "document_id", "_binding"), cause)


def swapped(evidence: RuleInputs) -> pl.LazyFrame:
    """`scheme`, `document_id`, `party`, `period` of a swapped amount, `other`: who has the right one."""
    where = ["scheme", "document_id", "party", "period"]
    return _crosswise(_pairs(evidence)).group_by(where).agg(pl.col("other").min())


def _pairs(evidence: RuleInputs) -> pl.LazyFrame:
    """Two statements of one amount: `observed_eur` of a document, `expected_eur` of the one that binds."""
    decided = (
        (pl.col("evidence") == "grant_list")
        & (pl.col("state") == "granted")
        & pl.col("grant_number").is_not_null()
    )
    rows = evidence.newest.filter(pl.col("evidence").is_in(PUBLISHED) | decided).with_columns(
        _rank=rank(BINDING)
    )
    what = (*PLACE, "state", "basis", "window", "round", "grant_number", "event_date")
    document = ("_rank", "document_id", "visible_from")
    stated = summed(rows, (*what, *document), "observed")
    first = (
        stated.sort(document)
        .unique(what, keep="first", maintain_order=True)
        .select(
            *what,
            expected_eur="observed_eur",
            expected_cells="observed_cells",
            _binding="document_id",
            _since="visible_from",
        )
    )
    in_euros = pl.col("observed_eur").cast(pl.Float64) % 1 == 0
    return (
        beside(stated, first, what)
        .filter(pl.col("document_id") != pl.col("_binding"))
        .with_columns(tolerance_eur=pl.when(in_euros).then(_EURO).otherwise(0.0))
        .with_columns(_differs=difference().abs() > pl.col("tolerance_eur"))
    )


def _crosswise(pairs: pl.LazyFrame) -> pl.LazyFrame:
    """`other`: the recipient that has this one's amount, while this one has its."""
    differing = pairs.filter("_differs").select(
        *_GROUP, "party", "recipient_name", "observed_eur", "expected_eur"
    )
    return (
        differing.join(differing, on=_GROUP, nulls_equal=True)
        .filter(
            pl.col("party") != pl.col("party_right"),
            (pl.col("observed_eur") - pl.col("expected_eur_right")).abs() <= _EURO,
            (pl.col("observed_eur_right") - pl.col("expected_eur")).abs() <= _EURO,
        )
        .group_by(*_GROUP, "party")
        .agg(other=pl.col("recipient_name_right").min())
    )
