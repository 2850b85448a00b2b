"""R04 and R05: one factor for everybody. Price compensation, and a new year.

What belongs here: an amount of a publication that is another one of it times what all others share. Who
departs from it has a floor, has the amount of another, or asks for an explanation. What does not: shares of
a ceiling (`shares`).
"""

from __future__ import annotations

import polars as pl

from assets.published.spuk_ledger.audit_rules import scheme_facts
from assets.published.spuk_ledger.audit_rules.comparisons import (
    beside,
    compared,
    difference,
    summed,
)
from assets.published.spuk_ledger.audit_rules.distribution import (
    EURO_ROUNDING,
    PER_CENT,
    with_floors,
)
from assets.published.spuk_ledger.audit_rules.publications import swapped
from assets.published.spuk_ledger.audit_rules.rule_inputs import VERSION, RuleInputs, is_year
from assets.published.spuk_ledger.audit_rules.subjects import subject_of
from assets.reference.spuk_components import TOTAL

# Printed factors of price compensation and of a new year differ in their fifth decimal.
_FACTOR = 1e-5
# A median of two is none of them.
_FEWEST = 3


def uniform_compensation(evidence: RuleInputs) -> pl.LazyFrame:
    """R04: price compensation is one factor on the total of everybody."""
    rows = evidence.published.filter(pl.col("state") == "allocatable", pl.col("component") == TOTAL)
    who = (*VERSION, "component", "party")
    with_lpo = summed(rows.filter(pl.col("basis") == "incl_lpo"), who, "observed")
    without = summed(rows.filter(pl.col("basis") == "excl_lpo"), who, "expected")
    held = with_floors(_uniform(beside(with_lpo, without, who), VERSION), evidence)
    cause = _unexplained("odd_compensation")
    subject = subject_of("with_compensation", "document_id", "document_version")
    return compared(held.with_columns(named_eur="floor_eur"), subject, cause)


def uniform_growth(evidence: RuleInputs) -> pl.LazyFrame:
    """R05: from one year to the next all amounts of a publication change by one factor."""
    rows = evidence.published.filter(
        pl.col("state") == "allocatable",
        pl.col("component") == TOTAL,
        pl.col("recipient_kind").is_in(["municipality", "region"]),
        is_year(),
    )
    group = ("scheme", "document_id", "document_version", "recipient_kind", "basis")
    who = (*group, "component", "period", "party")
    now = summed(rows, who, "observed")
    before = summed(rows, who, "expected").with_columns(_before="period", period=_next_year())
    paired = _uniform(beside(now, before, who), (*group, "period"))
    earlier = scheme_facts.floors(evidence.schemes).select(
        "scheme", "recipient_name", _before="period", _earlier="floor_eur"
    )
    held = with_floors(paired, evidence).join(
        earlier, on=["scheme", "recipient_name", "_before"], how="left"
    )
    held = _swapped(held, evidence)
    hidden = pl.col("floor_eur").is_not_null() & pl.col("_earlier").is_null()
    cause = (
        pl.when(_beyond() & hidden)
        .then(pl.lit("hidden_floor"))
        .when(_beyond() & pl.col("other").is_not_null())
        .then(pl.lit("follows_from_swap"))
        .otherwise(_unexplained("odd_growth"))
    )
    subject = subject_of(
        "next_year", "basis", "period", "_before", "document_id", "document_version"
    )
    return compared(held.with_columns(named_eur="floor_eur"), subject, cause)


def _swapped(held: pl.LazyFrame, evidence: RuleInputs) -> pl.LazyFrame:
    """`other`: who has this recipient's amount in that document, in the year or the one before."""
    mixed = swapped(evidence)
    either = pl.concat([mixed, mixed.with_columns(period=_next_year())]).unique(
        ["scheme", "document_id", "party", "period"], keep="first", maintain_order=True
    )
    return held.join(either, on=["scheme", "document_id", "party", "period"], how="left")


def _next_year() -> pl.Expr:
    return (pl.col("period").cast(pl.Int32, strict=False) + 1).cast(pl.String)


def _uniform(paired: pl.LazyFrame, by: tuple[str, ...]) -> pl.LazyFrame:
    """expected_eur, the amount divided by, becomes that amount times the median factor of its group."""
    old, new = (pl.col(name).cast(pl.Float64) for name in ("expected_eur", "observed_eur"))
    factor = (new / pl.when(old > 0).then(old)).median().over(by)
    half = pl.when((new % 1 == 0).all().over(by)).then(EURO_ROUNDING).otherwise(PER_CENT)
    old_half = pl.when((old % 1 == 0).all().over(by)).then(EURO_ROUNDING).otherwise(PER_CENT)
    return (
        paired.filter(pl.len().over(by) >= _FEWEST)
        .with_columns(_factor=factor, _half=half, _old_half=old_half)
        .with_columns(expected_eur=old * pl.col("_factor"))
        .with_columns(
            tolerance_eur=(
                pl.col("_half")
                + pl.col("_old_half") * pl.col("_factor")
                + pl.col("expected_eur") * _FACTOR
            ).round(2)
        )
    )


def _beyond() -> pl.Expr:
    return difference().abs().round(4) > pl.col("tolerance_eur")


def _unexplained(otherwise: str) -> pl.Expr:
    """An amount beyond its tolerance: because of a floor, where one is declared, or unexplained."""
    known = pl.when(pl.col("floor_eur").is_not_null()).then(pl.lit("floor"))
    return pl.when(_beyond()).then(known.otherwise(pl.lit(otherwise)))


def compensation(evidence: RuleInputs) -> pl.LazyFrame:
    """`scheme`, `period`, `lpo`: the factor that price compensation adds; only where it was published."""
    rows = evidence.newest.filter(
        pl.col("state") == "allocatable", pl.col("component") == TOTAL, pl.col("amount_eur") > 0
    )
    who = [*VERSION, "party"]
    amount = pl.col("amount_eur").cast(pl.Float64)
    both = rows.group_by(who).agg(
        new=amount.filter(pl.col("basis") == "incl_lpo").first(),
        old=amount.filter(pl.col("basis") == "excl_lpo").first(),
    )
    return (
        both.drop_nulls(["new", "old"])
        .group_by("scheme", "period")
        .agg(lpo=(pl.col("new") / pl.col("old")).median())
    )
