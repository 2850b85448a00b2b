"""The rows of the ledger that count, as amounts per recipient and period.

What belongs here: which document of a cell, which basis and which period is followed. What does not: what is
held against what.

Traps    cumulative amounts are no spending of a year; what a mandate holder spent through its members is
         reported by these members too, so that only the holder counts
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import polars as pl

from assets.calc.ratios import known_sum
from assets.published.spuk_uptake.measures import UNKNOWN, in_one, span, years_of
from assets.reference.spuk_components import TOTAL
from assets.reference.spuk_evidence import DECIDING, rank
from assets.reference.spuk_schemes import Scheme

RECIPIENT = ["recipient_kind", "recipient_code", "recipient_name"]
SCOPE = ["scheme", "component", "round", "period"]
NUMBER = pl.Decimal(18, 3)
CONFIDENCE = ["seen", "derived", "secondary"]
BASES = ["incl_lpo", "as_stated", "excl_lpo"]
SPENT = ["as_stated", "own", "through_others", "correction_own", "correction_through_others"]

_CELL = [
    "scheme", "component", *RECIPIENT, "period", "state", "basis", "window", "round", "instalment",
    "grant_number",
]  # fmt: skip


def stated(
    ledger: pl.LazyFrame, regions: pl.LazyFrame, schemes: Mapping[str, Scheme]
) -> pl.LazyFrame:
    """The rows of the ledger that count: of each cell those of one document.

    regions: region_name, mandate_holder, mandate_holder_code. In a scheme for regions the holder of the
    mandate stands for its region; its members have their money through it and do not count again.
    """
    document = ["document_id", "document_version"]
    order = ["_rank", "visible_from", *document]
    # Documents spell a name in their own way; who has a code is known by it.
    spelled = pl.col("recipient_name").max().over("recipient_kind", "recipient_code")
    named = pl.when(pl.col("recipient_code").is_not_null()).then(spelled)
    newest = _regional(
        ledger.filter(pl.col("is_newest") == "yes").with_columns(
            _rank=rank(DECIDING), recipient_name=pl.coalesce(named, "recipient_name")
        ),
        regions,
        schemes,
    )
    followed = (
        newest.select(*_CELL, *order)
        .unique()
        .sort(order, descending=[False, True, True, True])
        .unique(_CELL, keep="first", maintain_order=True)
    )
    return newest.join(followed, on=[*_CELL, *document], how="semi", nulls_equal=True).with_columns(
        amount=pl.col("amount_eur").cast(NUMBER),
        vintage=pl.format("{} {} {}", "visible_from", *document),
        sure=pl.col("confidence").cast(pl.Enum(CONFIDENCE)).to_physical(),
    )


def _regional(
    rows: pl.LazyFrame, regions: pl.LazyFrame, schemes: Mapping[str, Scheme]
) -> pl.LazyFrame:
    """Rows of holders of a mandate as rows of their regions."""
    regional = [each.id for each in schemes.values() if each.recipients == "region"]
    holders = regions.select("region_name", "mandate_holder", "mandate_holder_code").unique()
    by_code = holders.drop_nulls("mandate_holder_code").select(
        recipient_code="mandate_holder_code", _by_code="region_name"
    )
    by_name = holders.filter(pl.col("mandate_holder_code").is_null()).select(
        recipient_name="mandate_holder", _by_name="region_name"
    )
    concerned = pl.col("scheme").is_in(regional)
    holds = pl.coalesce("_by_code", "_by_name")
    itself = ~concerned | pl.col("recipient_kind").is_in(["region", "nation"])
    return (
        rows.join(by_code, on="recipient_code", how="left")
        .join(by_name, on="recipient_name", how="left")
        .filter(itself | holds.is_not_null())
        .with_columns(
            recipient_kind=pl.when(itself).then("recipient_kind").otherwise(pl.lit("region")),
            recipient_code=pl.when(itself).then("recipient_code"),
            recipient_name=pl.when(itself).then("recipient_name").otherwise(holds),
        )
        .drop("_by_code", "_by_name")
    )


def at_once(rows: pl.LazyFrame, schemes: Mapping[str, Scheme]) -> set[str]:
    """Schemes whose ceiling is printed for all their years together."""
    wholes = pl.LazyFrame(
        [(each.id, span(each)) for each in schemes.values() if len(each.years) > 1],
        {"scheme": pl.String, "period": pl.String},
        orient="row",
    )
    ceiling = rows.filter(pl.col("state") == "ceiling")
    found = ceiling.join(wholes, on=["scheme", "period"], how="semi").select("scheme").collect()
    return set(found["scheme"])


def spans(
    schemes: Mapping[str, Scheme], measure: str | None = None, reported_once: Collection[str] = ()
) -> pl.LazyFrame:
    """scheme, _span, _years: schemes whose measure is reported for all years at once, or all schemes."""
    return pl.LazyFrame(
        [
            (each.id, span(each), len(years_of(span(each))))
            for each in schemes.values()
            if measure is None or in_one(each, measure, reported_once)
        ],
        {"scheme": pl.String, "_span": pl.String, "_years": pl.Int64},
        orient="row",
    )


def within() -> pl.Expr:
    """Whether a period lies in the span of its scheme; in one of which nothing is known, all do."""
    first, last = pl.col("_span").str.head(4), pl.col("_span").str.tail(4)
    lies = (pl.col("period").str.head(4) >= first) & (pl.col("period").str.tail(4) <= last)
    return (lies | (pl.col("_span") == UNKNOWN)).fill_null(False)


def amounts(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Amounts per scheme, component, recipient, period, round, state on one basis."""
    booked = pl.when((pl.col("state") == "spent") & pl.col("basis").is_in(SPENT)).then(
        pl.lit("as_stated")
    )
    summed = (
        rows.drop_nulls("amount")
        .with_columns(basis=booked.otherwise("basis"))
        .filter(pl.col("basis").is_in(BASES))
        .group_by(*SCOPE, *RECIPIENT, "state", "basis")
        .agg(pl.col("amount").sum(), pl.col("vintage").max(), pl.col("sure").max())
    )
    # What can be had at most is given on one basis for all recipients: the one most of them have.
    recipients_with_basis = pl.len().over(*SCOPE, "state", "recipient_kind", "basis")
    preference = pl.col("basis").cast(pl.Enum(BASES)).to_physical().cast(pl.Int32)
    rank = preference - pl.when(pl.col("state") == "allocatable").then(
        recipients_with_basis.cast(pl.Int32) * 10
    ).otherwise(0)
    ranked = summed.with_columns(_rank=rank)
    uniform = pl.col("_rank").min().over(*SCOPE, "recipient_kind", "state")
    own = pl.col("_rank").min().over(*SCOPE, *RECIPIENT, "state")
    best = pl.when(pl.col("state") == "allocatable").then(uniform).otherwise(own)
    return ranked.filter(pl.col("_rank") == best).drop("_rank")


def periods(amount_rows: pl.LazyFrame, reported_at_once: pl.LazyFrame) -> pl.LazyFrame:
    """Amounts of years as those of the whole scheme where a measure is reported for it as a total.

    An amount that is printed for the whole goes before the sum of the years. `whole` says whether all
    years of the scheme are in it.
    """
    joined = amount_rows.join(reported_at_once, on="scheme", how="left").with_columns(_in=within())
    apart = joined.filter(~pl.col("_in")).with_columns(all_years=pl.lit(True))
    key = [*SCOPE, *RECIPIENT, "state"]
    merged = (
        joined.filter("_in")
        .with_columns(
            _printed=pl.col("period") == pl.col("_span"),
            _year=pl.col("period"),
            period=pl.col("_span"),
        )
        .filter(pl.col("_printed") | ~pl.col("_printed").any().over(key))
        .group_by(key)
        .agg(
            pl.col("amount").sum(), pl.col("basis").min(), pl.col("vintage").max(), pl.col("sure").max(),
            all_years=pl.col("_printed").any() | (pl.col("_year").n_unique() >= pl.col("_years").first()),
        )
    )  # fmt: skip
    columns = [*key, "basis", "amount", "vintage", "sure", "all_years"]
    return pl.concat([apart.select(columns), merged.select(columns)])


def ceilings(rows: pl.LazyFrame, reported_at_once: pl.LazyFrame) -> pl.LazyFrame:
    """Components with money in a period: scheme, component, period, ceiling (missing if not published).

    The ceiling of the whole is the printed one, or the sum where every component has one.
    told_at_once: as `spans` gives it.
    """
    amount_rows = periods(amounts(rows), reported_at_once).filter(
        pl.col("round").is_null() & pl.col("state").is_in(["ceiling", "allocatable"])
    )
    offered = (
        amount_rows.group_by("scheme", "component", "period")
        .agg(
            ceiling=known_sum(pl.col("amount").filter(pl.col("state") == "ceiling")),
            some=pl.col("amount").max(),
        )
        .filter(pl.col("some") > 0)
    )
    parts = offered.filter(pl.col("component") != TOTAL)
    printed = offered.filter(pl.col("component") == TOTAL)
    summed = (
        parts.group_by("scheme", "period")
        .agg(
            pl.lit(TOTAL).alias("component"),
            pl.when(pl.col("ceiling").is_not_null().all()).then(pl.col("ceiling").sum()),
        )
        .join(printed.drop_nulls("ceiling"), on=["scheme", "period"], how="anti")
    )
    without = printed.join(summed, on=["scheme", "period"], how="anti")
    columns = ["scheme", "component", "period", "ceiling"]
    return pl.concat([each.select(columns) for each in (parts, without, summed)]).sort(columns[:3])
