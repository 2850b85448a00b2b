"""R02 and R03: amounts that follow from one share and one sum.

What belongs here: regularities within the amounts of one document. A recipient has one share of every
ceiling, and the parts are the total. Who departs from it has a floor, or asks for an explanation. What does
not: factors from one amount to the next (`factors`), two documents held side by side (`publications`).
"""

from __future__ import annotations

import polars as pl

from assets.published.spuk_ledger.audit_rules import scheme_facts
from assets.published.spuk_ledger.audit_rules.comparisons import (
    beside,
    compared,
    difference,
    exact,
    nation,
    several,
    summed,
)
from assets.published.spuk_ledger.audit_rules.rule_inputs import VERSION, RuleInputs
from assets.published.spuk_ledger.audit_rules.subjects import subject_of
from assets.reference.spuk_components import TOTAL

# No cell of annex IV is further from share times ceiling than this, but for floors.
ROUNDING_EUR = 1.2
PER_CENT, EURO_ROUNDING = 0.005, 0.5
"""Half of what an amount is rounded to."""


def rounding(amount: str = "amount_eur") -> pl.Expr:
    """How far rounding can move one amount of a group: half a euro where all are whole euros."""
    in_euros = (pl.col(amount).cast(pl.Float64) % 1 == 0).all()
    return pl.when(in_euros).then(EURO_ROUNDING).otherwise(PER_CENT)


def ceilings(evidence: RuleInputs) -> pl.LazyFrame:
    """Per version the ceiling of each component and of all together: `ceiling_eur`, `parts`."""
    printed = evidence.published.filter(
        pl.col("state") == "ceiling",
        pl.col("evidence") == "regulation",
        pl.col("amount_eur").is_not_null(),
    )
    of_component = printed.filter(pl.col("component") != TOTAL)
    of_scheme = summed(of_component, VERSION, "ceiling").with_columns(component=pl.lit(TOTAL))
    parts = of_component.group_by(VERSION).agg(parts=(pl.col("amount_eur") != 0).sum())
    each = summed(printed, (*VERSION, "component"), "ceiling").with_columns(parts=pl.lit(1))
    stated = each.filter(pl.col("component") == TOTAL).select(VERSION)
    together = of_scheme.join(stated, on=VERSION, how="anti").join(parts, on=VERSION, how="left")
    return pl.concat([each, together], how="diagonal_relaxed")


def allocatable(evidence: RuleInputs) -> pl.LazyFrame:
    """What a regulation says a municipality may get: of each component, and in all before LPO."""
    before_lpo = (pl.col("component") != TOTAL) | (pl.col("basis") == "excl_lpo")
    return evidence.published.filter(
        pl.col("state") == "allocatable",
        pl.col("evidence") == "regulation",
        pl.col("recipient_kind") == "municipality",
        pl.col("amount_eur").is_not_null(),
        before_lpo,
    )


def against_share(evidence: RuleInputs) -> pl.LazyFrame:
    """Amounts beside share times ceiling: columns of a comparison, and `above_eur`, what floors add to it.

    off: further away than rounding; floored: because of a floor that is declared for that year. Only that is
    in `above_eur`, below zero where a floor that is spread gives a component less.

    Annex IV follows the ceiling of any version that was printed, because annex III was amended without it;
    the nearest counts.
    """
    cell = (*VERSION, "component", "party")
    amounts = summed(allocatable(evidence), cell, "observed")
    tops = ceilings(evidence).filter(pl.col("ceiling_eur") > 0)
    own = amounts.join(
        tops.select(*VERSION, "component", "ceiling_eur"), on=[*VERSION, "component"]
    )
    shares = _shares(own.filter(pl.col("component") != TOTAL))
    printed = tops.select(
        "scheme", "document_id", "period", "component", "ceiling_eur",
        expected_cells="ceiling_cells",
    ).unique(maintain_order=True)  # fmt: skip
    held = (
        amounts.join(shares, on=["scheme", "party"])
        .join(printed, on=["scheme", "document_id", "period", "component"], maintain_order="left")
        .with_columns(expected_eur=pl.col("_share") * pl.col("ceiling_eur").cast(pl.Float64))
        .with_columns(_off=difference())
        .sort(*cell, pl.col("_off").abs().round(4), "expected_cells")
        .unique(cell, keep="first", maintain_order=True)
        .with_columns(tolerance_eur=ROUNDING_EUR + pl.col("expected_eur") * pl.col("_vague"))
    )
    wanted = tops.filter(pl.col("component") == TOTAL).select(*VERSION, "parts")
    placed = with_floors(held, evidence).join(wanted, on=VERSION, how="left", maintain_order="left")
    off = pl.col("_off").abs() > pl.col("tolerance_eur")
    floored = off & pl.when(pl.col("component") == TOTAL).then(_at_floor()).otherwise(
        _distributed()
    )
    judged = placed.with_columns(off=off, floored=floored.fill_null(value=False))
    above = pl.when("floored").then(pl.col("_off")).otherwise(0.0)
    return judged.with_columns(above_eur=exact(above))


def _at_floor() -> pl.Expr:
    """The amount is the floor of that year."""
    return (pl.col("observed_eur") - pl.col("floor_eur")).abs() <= 1


def _distributed() -> pl.Expr:
    """The floor of that year is in the components: all of them are that amount, fewer no more than it."""
    part = pl.col("component") != TOTAL
    block = (*VERSION, "party")
    number = part.sum().over(block)
    over = pl.col("observed_eur").filter(part).sum().over(block) - pl.col("floor_eur")
    rounded = number * EURO_ROUNDING
    fits = (over <= rounded) & ((over >= -rounded) | (number < pl.col("parts")))
    return pl.col("spread") & fits


def _shares(parts: pl.LazyFrame) -> pl.LazyFrame:
    """`scheme`, `party`, `_share`, and `_vague`: what rounding may make of it, as a part.

    Read from the cells printed most finely, in cents where there are any: of those near their median share
    the sum over the sum of their ceilings. So a wrong cell has no say, and the rounding of many cancels out.
    """
    amount, ceiling = (pl.col(name).cast(pl.Float64) for name in ("observed_eur", "ceiling_eur"))
    in_euros = (amount % 1 == 0).all().over(*VERSION, "party")
    half = pl.col("_half")
    who = ["scheme", "party"]
    near = (
        parts.with_columns(_half=pl.when(in_euros).then(EURO_ROUNDING).otherwise(PER_CENT))
        .filter(half == half.min().over(who))
        .with_columns(
            _usual=(amount / ceiling).median().over(who) * ceiling,
            _coarse=(half / pl.when(amount > 0).then(amount)).max().over(who).fill_null(0.0),
        )
        .filter(
            (amount - pl.col("_usual")).abs() <= ROUNDING_EUR + pl.col("_usual") * pl.col("_coarse")
        )
    )
    return near.group_by(who, maintain_order=True).agg(
        several(pl.col("observed_cells")).alias("_share_cells"),
        _share=pl.col("observed_eur").sum().cast(pl.Float64)
        / pl.col("ceiling_eur").sum().cast(pl.Float64),
        _vague=half.sum() / pl.when(amount.sum() > 0).then(amount.sum()).otherwise(1.0),
    )


def constant_share(evidence: RuleInputs) -> pl.LazyFrame:
    """R02: a recipient has the same share of the ceiling of each component and year."""
    held = against_share(evidence)
    cause = (
        pl.when(~pl.col("off"))
        .then(None)
        .when("floored")
        .then(
            pl.when(pl.col("component") == TOTAL)
            .then(pl.lit("floor"))
            .otherwise(pl.lit("floor_spread"))
        )
        .when((pl.col("_off") > 0) & pl.col("_has_floor"))
        .then(pl.lit("undeclared_floor"))
        .otherwise(pl.lit("off_share"))
    )
    subject = subject_of("by_share", "document_id", "document_version")
    return compared(held.with_columns(named_eur="floor_eur"), subject, cause)


def parts_and_total(evidence: RuleInputs) -> pl.LazyFrame:
    """R03: the components are the total, of a recipient and in a document as a whole."""
    return pl.concat([_recipient_totals(evidence), _document_totals(evidence)])


def _recipient_totals(evidence: RuleInputs) -> pl.LazyFrame:
    """Of municipalities of which every component with a ceiling is there."""
    rows = allocatable(evidence)
    who = (*VERSION, "party")
    is_total = pl.col("component") == TOTAL
    parts = summed(rows.filter(~is_total), who, "expected").join(
        rows.filter(~is_total, pl.col("amount_eur") != 0)
        .group_by(who)
        .agg(_there=pl.col("component").n_unique(), _half=rounding()),
        on=who,
    )
    wanted = ceilings(evidence).filter(is_total).select(*VERSION, "parts")
    totals = summed(rows.filter(is_total), who, "observed")
    held = (
        beside(totals, parts, who)
        .join(wanted, on=VERSION)
        .filter(pl.col("_there") == pl.col("parts"))
        .with_columns(
            component=pl.lit(TOTAL),
            tolerance_eur=(pl.col("_there") + 1) * pl.col("_half"),
        )
    )
    cause = pl.when(difference().abs() > pl.col("tolerance_eur")).then(
        pl.when(_at_floor()).then(pl.lit("floor")).otherwise(pl.lit("parts_differ"))
    )
    subject = subject_of("total_of_recipient", "document_id", "document_version")
    return compared(with_floors(held, evidence).with_columns(named_eur="floor_eur"), subject, cause)


def _document_totals(evidence: RuleInputs) -> pl.LazyFrame:
    """Policy amounts: the printed total of a document against everything it lists, also of other schemes."""
    rows = evidence.published.filter(
        pl.col("state") == "policy_amount",
        pl.col("recipient_kind") == "nation",
        pl.col("amount_eur").is_not_null(),
    )
    page = ["document_id", "document_version", "period"]
    is_part = pl.col("component") != TOTAL
    # The scheme with parts states the total of the page; a total of another scheme is a line of it.
    marked = rows.with_columns(_is_total=~is_part & is_part.any().over(*page, "scheme"))
    totals = summed(marked.filter("_is_total"), (*page, "scheme"), "observed")
    lines = marked.filter(~pl.col("_is_total"))
    unit = pl.col("amount_eur").cast(pl.Float64)
    step = pl.coalesce(*(pl.when((unit % size == 0).all()).then(size) for size in (1e6, 1e5, 1.0)))
    parts = summed(lines, page, "expected").join(
        lines.group_by(page).agg(tolerance_eur=(pl.len() + 1) * step.fill_null(0.01) / 2), on=page
    )
    held = nation(beside(totals, parts, page)).with_columns(component=pl.lit(TOTAL))
    cause = pl.when(difference().abs() > pl.col("tolerance_eur")).then(pl.lit("stated_total_wrong"))
    subject = subject_of("total_of_document", *page[:2])
    return compared(held, subject, cause)


def with_floors(frame: pl.LazyFrame, evidence: RuleInputs) -> pl.LazyFrame:
    """Add `floor_eur` and `spread` of that year, and `_has_floor`: whether there is one in any year."""
    declared = scheme_facts.floors(evidence.schemes)
    ever = declared.select("scheme", "recipient_name").unique().with_columns(_has_floor=True)
    return (
        frame.join(declared, on=["scheme", "recipient_name", "period"], how="left")
        .join(ever, on=["scheme", "recipient_name"], how="left")
        .with_columns(pl.col("_has_floor").fill_null(value=False))
    )
