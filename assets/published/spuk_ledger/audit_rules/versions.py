"""R08: an amount that changes comes in a new version; no version is overwritten.

What belongs here: one document against its own earlier version, and against itself. What does not: two
documents side by side.
"""

from __future__ import annotations

import polars as pl

from assets.published.spuk_ledger.audit_rules import scheme_facts
from assets.published.spuk_ledger.audit_rules.comparisons import (
    compared,
    difference,
    exact,
    nation,
    summed,
)
from assets.published.spuk_ledger.audit_rules.distribution import against_share, ceilings
from assets.published.spuk_ledger.audit_rules.rule_inputs import (
    PUBLISHED,
    RECEIVED,
    STATEMENT,
    RuleInputs,
)
from assets.published.spuk_ledger.audit_rules.subjects import subject_of
from assets.reference.spuk_components import TOTAL

_DOCUMENT = ("document_id", "evidence")
_VERSION = ("visible_from", "document_version")
_WHAT = ("state", "basis", "window", "round", "instalment", "grant_number", "event_date")


def versions(evidence: RuleInputs) -> pl.LazyFrame:
    """Each amount against the one before it, each version against itself, all ceilings together."""
    return pl.concat([_changed(evidence), _overwritten(evidence), _ceilings(evidence)])


def _changed(evidence: RuleInputs) -> pl.LazyFrame:
    """One amount in two versions of a document that follow each other."""
    again = evidence.ledger.group_by("document_id").agg(
        _versions=pl.col("document_version").n_unique()
    )
    several = again.filter(pl.col("_versions") > 1)
    rows = evidence.ledger.join(several, on="document_id", how="semi", maintain_order="left")
    stated = summed(rows, (*STATEMENT, *_DOCUMENT, *_VERSION), "observed")
    after = pl.struct(*STATEMENT, *_DOCUMENT)
    held = (
        stated.sort(_VERSION)
        .with_columns(
            pl.col(name).shift().over(after).alias(earlier)
            for name, earlier in (
                ("observed_eur", "expected_eur"),
                ("observed_cells", "expected_cells"),
                ("document_version", "_before"),
            )
        )
        .filter(pl.col("_before").is_not_null())
    )
    began = pl.col("period").str.extract(r"^(\d{4})").cast(pl.Int32)
    cause = pl.when(difference() != 0).then(
        pl.when(pl.col("evidence").is_in(RECEIVED))
        .then(pl.lit("changed_in_file"))
        .when(began < pl.col("visible_from").dt.year())
        .then(pl.lit("retroactive_change"))
        .otherwise(pl.lit("new_version"))
    )
    return compared(
        held, subject_of("changed", _WHAT, "document_id", "_before", "document_version"), cause
    )


def _overwritten(evidence: RuleInputs) -> pl.LazyFrame:
    """One version states an amount once. Lines of annexes and payments may repeat: they are parts."""
    one = pl.col("evidence").is_in(PUBLISHED) | (
        (pl.col("evidence") == "grant_list") & pl.col("grant_number").is_not_null()
    )
    rows = evidence.ledger.filter(one)
    what = (*STATEMENT, *_DOCUMENT, *_VERSION)
    amount = pl.col("amount_eur")
    twice = (
        rows.filter(amount.is_not_null())
        .group_by(what)
        .agg(expected_eur=amount.min(), _most=amount.max())
        .filter(pl.col("expected_eur") != pl.col("_most"))
    )
    both = rows.join(twice, on=list(what), how="semi", nulls_equal=True, maintain_order="left")
    held = summed(both, what, "observed").join(twice, on=list(what), nulls_equal=True)
    largest = held.with_columns(observed_eur="_most")
    return compared(
        largest,
        subject_of("stated_twice", _WHAT, "document_id", "document_version"),
        pl.lit("overwritten"),
    )


def _ceilings(evidence: RuleInputs) -> pl.LazyFrame:
    """The ceilings of a year together; that of 2024 was raised by what the floors cost."""
    tops = ceilings(evidence).filter(pl.col("component") == TOTAL)
    seen = evidence.published.group_by("document_id", "document_version").agg(
        pl.col("visible_from").min()
    )
    year = ["scheme", "period", "document_id"]
    following = (
        tops.join(seen, on=["document_id", "document_version"])
        .sort("visible_from", "document_version")
        .with_columns(
            expected_eur=pl.col("ceiling_eur").shift().over(year),
            expected_cells=pl.col("ceiling_cells").shift().over(year),
            _before=pl.col("document_version").shift().over(year),
        )
        .filter(pl.col("_before").is_not_null())
        .with_columns(observed_eur="ceiling_eur", observed_cells="ceiling_cells")
    )
    held = (
        following.join(_floors(evidence), on=["scheme", "period"], how="left")
        .with_columns(
            named_eur=pl.col("floor_eur")
            - pl.col("_share") * pl.col("expected_eur").cast(pl.Float64)
        )
        .group_by(*year, "document_version", "_before", maintain_order=True)
        .agg(
            pl.col(
                "observed_eur", "expected_eur", "observed_cells", "expected_cells", "parts"
            ).first(),
            named_eur=exact(pl.col("named_eur")).sum().cast(pl.Float64),
        )
        .with_columns(component=pl.lit(TOTAL), tolerance_eur=pl.col("parts").cast(pl.Float64))
    )
    by_floors = (pl.col("named_eur") > 0) & (
        (difference() - pl.col("named_eur")).abs() <= pl.col("tolerance_eur")
    )
    cause = pl.when(difference() != 0).then(
        pl.when(by_floors).then(pl.lit("raised_by_floors")).otherwise(pl.lit("ceiling_amended"))
    )
    subject = subject_of("ceilings_changed", "document_id", "_before", "document_version")
    return compared(nation(held), subject, cause)


def _floors(evidence: RuleInputs) -> pl.LazyFrame:
    """`scheme`, `period`, `floor_eur`, `_share`: of everyone with a floor in that year."""
    shares = (
        against_share(evidence)
        .select("scheme", "recipient_name", "_share")
        .unique(["scheme", "recipient_name"])
    )
    return (
        scheme_facts.floors(evidence.schemes)
        .join(shares, on=["scheme", "recipient_name"])
        .select("scheme", "period", "floor_eur", "_share")
    )
