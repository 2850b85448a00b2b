"""R01 and R10: what may be given at most, to everybody together and to each.

What belongs here: amounts against a ceiling or a maximum. What does not: whether they follow from one share.
"""

from __future__ import annotations

import polars as pl

from assets.published.spuk_ledger.audit_rules.comparisons import (
    beside,
    compared,
    difference,
    nation,
    summed,
)
from assets.published.spuk_ledger.audit_rules.distribution import (
    against_share,
    allocatable,
    ceilings,
    rounding,
)
from assets.published.spuk_ledger.audit_rules.factors import compensation
from assets.published.spuk_ledger.audit_rules.rule_inputs import PLACE, VERSION, RuleInputs
from assets.published.spuk_ledger.audit_rules.subjects import subject_of
from assets.reference.spuk_components import TOTAL

# A factor of price compensation is known to five decimals, an amount to a euro.
_FACTOR, _EURO = 1e-5, 1.0
_CEILING_HALF = 0.5
_FEWEST = 3


def allocated(evidence: RuleInputs) -> pl.LazyFrame:
    """R01: what municipalities may get together is the ceiling of the same version.

    Only of blocks that name as many municipalities as there were.
    """
    block = (*VERSION, "component")
    rows = allocatable(evidence)
    counts = rows.group_by(block).agg(
        _named=pl.col("party").n_unique(), _half=pl.len() * rounding()
    )
    floors = against_share(evidence).group_by(block).agg(named_eur=pl.col("above_eur").sum())
    tops = ceilings(evidence).select(
        *block, "parts", expected_eur="ceiling_eur", expected_cells="ceiling_cells"
    )
    held = (
        nation(beside(summed(rows, block, "observed"), tops, block))
        .join(counts, on=block)
        .join(floors, on=block, how="left")
        .join(listed(evidence), on="period")
        .filter(pl.col("_named") == pl.col("_listed"))
        .with_columns(
            pl.col("named_eur").cast(pl.Float64).fill_null(0.0),
            tolerance_eur=pl.col("_half") + pl.col("parts") * _CEILING_HALF,
        )
    )
    over = difference()
    cause = (
        pl.when(over.abs() <= pl.col("tolerance_eur"))
        .then(None)
        .when((over - pl.col("named_eur")).abs() <= pl.col("tolerance_eur"))
        .then(pl.lit("floors"))
        .when(over > 0)
        .then(pl.lit("allocated_over_ceiling"))
        .otherwise(pl.lit("allocated_under_ceiling"))
    )
    subject = subject_of("allocated_together", "document_id", "document_version")
    return compared(held, subject, cause)


def listed(evidence: RuleInputs) -> pl.LazyFrame:
    """`period`, `_list_year`, `_listed`: how many municipalities a year had; the nearest list there is."""
    counts = evidence.lists.group_by("year").agg(_listed=pl.col("municipality_code").n_unique())
    years = counts.select(_list_year=pl.col("year").cast(pl.Int32), _listed="_listed").sort(
        "_list_year"
    )
    periods = (
        evidence.ledger.filter(pl.col("period").str.contains(r"^\d{4}$"))
        .select("period", _year=pl.col("period").cast(pl.Int32))
        .unique()
        .sort("_year")
    )
    return periods.join_asof(
        years, left_on="_year", right_on="_list_year", strategy="nearest"
    ).drop("_year")


def granted(evidence: RuleInputs) -> pl.LazyFrame:
    """R10: nobody is granted more than its allocation with LPO, all together not more than the ceiling."""
    return pl.concat([_each(evidence), _together(evidence)])


def _each(evidence: RuleInputs) -> pl.LazyFrame:
    """Each recipient against its maximum; money that was left may be shared out, evenly (art. 5.3(1))."""
    held = (
        beside(evidence.granted.rename(_OBSERVED), _maxima(evidence), PLACE)
        .with_columns(tolerance_eur=_EURO + pl.col("expected_eur") * _FACTOR)
        .with_columns(
            _ratio=pl.col("observed_eur").cast(pl.Float64)
            / pl.when(pl.col("expected_eur") > 0).then(pl.col("expected_eur").cast(pl.Float64))
        )
    )
    block = ("scheme", "component", "period")
    usual = pl.col("_ratio").median().over(block)
    evenly = (
        (pl.len().over(block) >= _FEWEST)
        & (usual > 1 + _FACTOR)
        & ((pl.col("_ratio") / usual - 1).abs() <= _FACTOR)
    )
    cause = pl.when(difference() > pl.col("tolerance_eur")).then(
        pl.when(evenly).then(pl.lit("shared_out")).otherwise(pl.lit("above_allocatable"))
    )
    return compared(held, subject_of("granted_each"), cause)


def _maxima(evidence: RuleInputs) -> pl.LazyFrame:
    """The most a recipient may get: with LPO where that was published, else by its factor."""
    rows = evidence.newest.filter(
        pl.col("state") == "allocatable",
        pl.col("evidence") == "regulation",
        pl.col("amount_eur").is_not_null(),
    )
    order = pl.col("basis").replace_strict(
        {"incl_lpo": 0, "excl_lpo": 1, "as_stated": 2}, default=3, return_dtype=pl.Int8
    )
    best = rows.with_columns(_order=order).filter(
        pl.col("_order") == pl.col("_order").min().over(PLACE)
    )
    indexed = pl.when(pl.col("_order") > 0).then(pl.col("lpo")).fill_null(1.0)
    return (
        summed(best, (*PLACE, "_order"), "expected")
        .join(compensation(evidence), on=["scheme", "period"], how="left")
        .with_columns(expected_eur=pl.col("expected_eur").cast(pl.Float64) * indexed)
        .drop("_order", "lpo")
    )


def _together(evidence: RuleInputs) -> pl.LazyFrame:
    """All grants of a ceiling; declared floors and price compensation come on top of it.

    Floors come on top of the ceiling that the amounts follow: a later one may hold them already.
    """
    block = ("scheme", "component", "period")
    newest = (
        ceilings(evidence)
        .join(_visible(evidence), on=["scheme", "document_id", "document_version"])
        .sort(*block, "visible_from", "document_id", "document_version")
        .unique(block, keep="last", maintain_order=True)
    )
    floors = (
        against_share(evidence)
        .group_by(*VERSION, "component")
        .agg(
            followed_eur=pl.col("ceiling_eur").cast(pl.Float64).filter(~pl.col("floored")).median()
            + pl.col("above_eur").sum().cast(pl.Float64)
        )
    )
    expected = (
        newest.join(floors, on=[*VERSION, "component"], how="left")
        .join(compensation(evidence), on=["scheme", "period"], how="left")
        .select(
            "scheme",
            "component",
            _of="period",
            expected_eur=pl.max_horizontal(pl.col("ceiling_eur").cast(pl.Float64), "followed_eur")
            * pl.col("lpo").fill_null(1.0),
            expected_cells="ceiling_cells",
            parts="parts",
        )
    )
    years = pl.col("_of").str.extract_groups(r"^(?<first>\d{4})(?:-(?<last>\d{4}))?$")
    spans = expected.with_columns(years.alias("_years")).unnest("_years")
    grants = pl.concat(
        [
            evidence.granted.filter(pl.col("component") != TOTAL),
            evidence.granted_in_all().select(evidence.granted.collect_schema().names()),
        ]
    )
    within = (pl.col("_of") == pl.col("period")) | (
        pl.col("last").is_not_null()
        & pl.col("period").is_between(pl.col("first"), pl.col("last"), closed="both")
    )
    held = (
        grants.join(spans, on=["scheme", "component"])
        .filter(within)
        .group_by("scheme", "component", "_of", maintain_order=True)
        .agg(
            observed_eur=pl.col("granted_eur").sum(),
            observed_cells=pl.len().cast(pl.String),
            expected_eur=pl.col("expected_eur").first(),
            expected_cells=pl.col("expected_cells").first(),
            tolerance_eur=pl.len() * _EURO
            + pl.col("parts").first() * _CEILING_HALF
            + pl.col("expected_eur").first() * _FACTOR,
        )
        .rename({"_of": "period"})
    )
    cause = pl.when(difference() > pl.col("tolerance_eur")).then(pl.lit("granted_over_ceiling"))
    return compared(nation(held), subject_of("granted_together"), cause)


def _visible(evidence: RuleInputs) -> pl.LazyFrame:
    return evidence.published.group_by("scheme", "document_id", "document_version").agg(
        pl.col("visible_from").min()
    )


_OBSERVED = {"granted_eur": "observed_eur", "granted_cells": "observed_cells"}
