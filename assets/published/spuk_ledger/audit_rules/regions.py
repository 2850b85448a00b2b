"""R07, R09 and R19: who the money is for. Regions and their municipalities, the list of a year, mergers.

What belongs here: recipients against the map. What does not: how much they should get or spend.
"""

from __future__ import annotations

import polars as pl

from assets.published.spuk_ledger.audit_rules.ceilings import listed
from assets.published.spuk_ledger.audit_rules.comparisons import (
    beside,
    compared,
    difference,
    nation,
    summed,
)
from assets.published.spuk_ledger.audit_rules.distribution import against_share
from assets.published.spuk_ledger.audit_rules.rule_inputs import (
    PLACE,
    RECEIVED,
    VERSION,
    RuleInputs,
    is_year,
)
from assets.published.spuk_ledger.audit_rules.subjects import subject_of
from assets.reference.spuk_components import TOTAL
from expectations.vocabulary.mixups import Placed, Stated

# Of fewer than this part of the municipalities a table is a selection, not a list with gaps.
_A_LIST = 0.9
_PLACED = Placed(
    id="SPL-R07",
    reason="A region gets the share of its municipalities.",
    member="municipality_code",
    group="region_name",
    weight=Stated(reference="shares", keys=("party",), column="share_eur"),
    amount=Stated(reference="amounts", keys=("party",), column="observed_eur"),
)


def regions(evidence: RuleInputs) -> pl.LazyFrame:
    """R07: every municipality is in exactly one region, and the amount of the region counts it."""
    return pl.concat([_once(evidence), _counted(evidence)])


def _schemes_of_regions(evidence: RuleInputs) -> pl.LazyFrame:
    names = [name for name, s in evidence.schemes.items() if s.recipients == "region"]
    return pl.LazyFrame({"scheme": names}, schema={"scheme": pl.String})


def _once(evidence: RuleInputs) -> pl.LazyFrame:
    """Each municipality of the newest list against the regions."""
    newest = evidence.lists.filter(pl.col("year") == pl.col("year").max())
    member = evidence.regions.group_by("municipality_code").agg(
        _times=pl.col("region_name").n_unique(),
        other=pl.col("region_name").unique().sort().str.join("; "),
    )
    held = (
        newest.join(member, on="municipality_code", how="full", coalesce=True)
        .join(_schemes_of_regions(evidence), how="cross")
        .select(
            "scheme",
            "other",
            pl.lit(TOTAL).alias("component"),
            pl.col("year").max().cast(pl.String).alias("period"),
            pl.lit("municipality").alias("recipient_kind"),
            pl.col("municipality_code").alias("recipient_code"),
            pl.coalesce("municipality_name", "municipality_code").alias("recipient_name"),
            pl.col("_times").fill_null(0),
            pl.col("year").is_not_null().alias("_exists"),
        )
    )
    regions_there = evidence.regions.select(pl.len().alias("_regions"))
    cause = (
        pl.when(pl.col("_times") == 0)
        .then(pl.lit("in_no_region"))
        .when(pl.col("_times") > 1)
        .then(pl.lit("in_two_regions"))
        .when(~pl.col("_exists"))
        .then(pl.lit("not_on_the_list"))
    )
    present = held.join(regions_there, how="cross").filter(pl.col("_regions") > 0)
    return compared(present, subject_of("in_one_region"), cause)


def _counted(evidence: RuleInputs) -> pl.LazyFrame:
    """The amount of each region against the shares of its municipalities, in the newest year."""
    shares = (
        against_share(evidence)
        .select("party", "_share", "_share_cells")
        .unique("party", maintain_order=True)
        # A share as an amount per hundred billion, so that it keeps its digits as a decimal.
        .select("party", "_share_cells", share_eur=(pl.col("_share") * 1e11).round(2))
    )
    rows = evidence.newest.filter(
        pl.col("state") == "allocatable",
        pl.col("evidence") == "regulation",
        pl.col("recipient_kind") == "region",
    )
    latest = rows.filter(pl.col("period") == pl.col("period").max().over("scheme"))
    amounts = summed(latest, PLACE, "observed")
    wanted = {"shares": shares, "amounts": amounts}
    placed = _PLACED.moves(evidence.regions, wanted).select(
        "municipality_code",
        pl.col("region_name").alias("party"),
        pl.col("fits_in").alias("other"),
        pl.col(_PLACED.deviation).cast(pl.Float64).alias("_off_pct"),
    )
    names = evidence.regions.select("municipality_code", "municipality_name").unique()
    held = (
        amounts.join(placed, on="party", how="left")
        .join(names, on="municipality_code", how="left")
        .join(
            shares.select(municipality_code="party", expected_cells="_share_cells"),
            on="municipality_code",
            how="left",
        )
        .with_columns(
            expected_eur=pl.col("observed_eur").cast(pl.Float64)
            / (1 + pl.col("_off_pct").fill_null(0.0) / 100),
            recipient_kind=pl.when(pl.col("other").is_null())
            .then("recipient_kind")
            .otherwise(pl.lit("municipality")),
            recipient_code=pl.coalesce("municipality_code", "recipient_code"),
            recipient_name=pl.coalesce("municipality_name", "recipient_name"),
        )
    )
    cause = pl.when(pl.col("other").is_not_null()).then(pl.lit("counted_elsewhere"))
    subject = subject_of("region_by_shares", "party")
    return compared(held, subject, cause)


def municipalities(evidence: RuleInputs) -> pl.LazyFrame:
    """R09: a publication about municipalities names those of the year, no others, and all of them."""
    rows = evidence.published.filter(
        pl.col("recipient_kind") == "municipality",
        pl.col("state") == "allocatable",
        is_year(),
    )
    named = rows.select(*VERSION, municipality_code="party").unique()
    years = listed(evidence)
    wanted = years.join(
        evidence.lists.select(
            "municipality_code", "municipality_name", _list_year=pl.col("year").cast(pl.Int32)
        ),
        on="_list_year",
    ).drop("_list_year")
    tables = (
        named.group_by(VERSION)
        .agg(_named=pl.len())
        .join(years, on="period")
        .with_columns(_is_list=pl.col("_named") >= _A_LIST * pl.col("_listed"))
    )
    missing = (
        tables.filter("_is_list")
        .join(wanted.drop("_listed"), on="period")
        .join(named, on=[*VERSION, "municipality_code"], how="anti")
        .with_columns(cause=pl.lit("not_named"))
    )
    unknown = (
        tables.join(named, on=VERSION)
        .join(wanted, on=["period", "municipality_code"], how="anti")
        .with_columns(municipality_name="municipality_code", cause=pl.lit("not_on_the_list"))
    )
    each = pl.concat([missing, unknown], how="diagonal").select(
        *VERSION,
        "cause",
        recipient_kind=pl.lit("municipality"),
        recipient_code="municipality_code",
        recipient_name="municipality_name",
        other=pl.lit(None, pl.String),
    )
    # One comparison per table that agrees or is a selection; those with gaps are told by their gaps.
    all_recipients = nation(
        tables.join(each.select(VERSION).unique(), on=VERSION, how="anti").with_columns(
            cause=pl.when(~pl.col("_is_list")).then(pl.lit("selection")),
            other=pl.format("{}/{}", "_named", "_listed"),
        )
    ).select(*VERSION, "cause", "recipient_kind", "recipient_code", "recipient_name", "other")
    subject = subject_of("recipients_listed", "document_id", "document_version")
    listed_rows = pl.concat([each, all_recipients]).with_columns(component=pl.lit(TOTAL))
    return compared(listed_rows, subject, pl.col("cause"))


def merged(evidence: RuleInputs) -> pl.LazyFrame:
    """R19: what was for municipalities that merged is for their successor, to the cent."""
    moves = evidence.transitions.filter(pl.col("split_weight") == 1).select(
        party="from_code", _to="to_code", _day="date", _since=pl.col("date").dt.year()
    )
    year = pl.col("period").cast(pl.Int32)
    rows = evidence.newest.filter(pl.col("evidence").is_in(RECEIVED), is_year())
    gone = rows.join(moves, on="party").filter(year >= pl.col("_since"))
    late = gone.filter(pl.col("visible_from") >= pl.col("_day"), pl.col("evidence") != "grant_list")
    what = ("scheme", "component", "period", "state", "basis")
    after = summed(late, (*what, "party", "_to"), "observed").with_columns(other="_to")
    stated = ("state", "basis")
    predecessors = compared(
        after, subject_of("predecessor_there", stated), pl.lit("predecessor_after_merger")
    )
    before = summed(gone.with_columns(party="_to"), (*what, "party"), "expected")
    successors = summed(
        rows.join(moves.select(party="_to").unique(), on="party", how="semi"),
        (*what, "party"),
        "observed",
    )
    held = beside(successors, before, (*what, "party")).with_columns(tolerance_eur=0.0)
    cause = pl.when(difference() != 0).then(pl.lit("sum_not_preserved"))
    return pl.concat([predecessors, compared(held, subject_of("predecessors", stated), cause)])
