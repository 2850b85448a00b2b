"""When temporary money ends, for whom, how much, and what is known to follow.

Grain    runway: scheme × component × recipient × kind of amount; transition: level × item × year
Unit     euros and percent
Traps    the last year of a component is the last with an amount, often before its regulation expires;
         the components of municipalities with a floor do not add up to their total
"""

from __future__ import annotations

import polars as pl

from assets.calc.ratios import percent, total
from assets.framework.declared_tables import Transform
from assets.published.funding_mix import grants
from assets.published.funding_mix.funding_mix import NATION
from assets.reference.municipality_map import as_reported
from assets.reference.spuk_components import TOTAL
from assets.reference.taakvelden import ALL_TAAKVELDEN
from assets.reference.tables import funding_components

LAST_YEAR = 2026
_PART = ["scheme", "component"]
_RECIPIENT = ["recipient_kind", "recipient_code", "recipient_name"]
# Amounts in the letter on the SPUK AZWA are printed in whole millions.
_HALF_A_MILLION = 500_000
# To whom the parts of the SPUK AZWA go, beside the scheme that reached the same recipients before it.
_BEFORE = {"lokaal": grants.BREDE, "regionaal": grants.IZA}


def runway(
    spuk_allocations: pl.LazyFrame,
    spuk_allocations__milestones: pl.LazyFrame,
    social_domain_budgets: pl.LazyFrame,
) -> pl.LazyFrame:
    """The last amount of every recipient, the day after which there is none, and what is said to follow."""
    amounts = _with_nation(grants.newest(spuk_allocations)).filter(pl.col("amount_eur") > 0)
    ended = amounts.filter(pl.col("recipient_kind") == "nation").group_by(_PART)
    last = amounts.join(ended.agg(pl.col("year").max()), on=[*_PART, "year"])
    totals = amounts.filter(pl.col("component") == TOTAL).select(
        "scheme", "year", *_RECIPIENT, "amount_kind", scheme_total_eur="amount_eur"
    )
    ends = spuk_allocations__milestones.filter(pl.col("milestone") == "expiry").select(
        "scheme", expires_on="date_from", expiry_reference="legal_reference"
    )
    return (
        last.join(
            totals, on=["scheme", "year", *_RECIPIENT, "amount_kind"], how="left", nulls_equal=True
        )
        .join(ends, on="scheme", how="left")
        .join(funding_components().lazy(), on=_PART, how="left")
        .join(_budgeted(as_reported(social_domain_budgets)), on=["year", "recipient_code"], how="left")
        .join(_schemes_outside(), on="scheme", how="left")
        .with_columns(booked_within=_booked_within())
        .select(
            *_PART, "component_name_nl", *_RECIPIENT, "amount_kind",
            pl.col("year").alias("last_year"),
            pl.date(pl.col("year").cast(pl.Int32) + 1, 1, 1).alias("ends_on"),
            "amount_eur",
            percent(pl.col("amount_eur"), pl.col("scheme_total_eur")).alias("of_scheme_pct"),
            "lasten_eur",
            "booked_within",
            pl.when(pl.col("booked_within").is_in(["within", "partly"]))
            .then(percent(pl.col("amount_eur"), pl.col("lasten_eur")))
            .alias("of_lasten_pct"),
            "taakveld", "follows_in", "expires_on", "expiry_reference",
            grants.vintage().alias("vintage"),
            _status().alias("status"),
            "confidence",
            pl.col("evidence").alias("source"),
        )
    )  # fmt: skip


def transition(spuk_allocations: pl.LazyFrame) -> pl.LazyFrame:
    """What 2026 was, component by component, and what 2027 to 2029 bring, as far as it is published."""
    nation = grants.nationwide(spuk_allocations)
    azwa = nation.filter(pl.col("scheme") == grants.AZWA)
    now = nation.filter((pl.col("year") == LAST_YEAR) & (pl.col("scheme") != grants.AZWA))
    groups = _groups(now, azwa)
    parts = pl.concat(
        [_components(now, azwa), groups, _like_with_like(groups, now), _totals(now, azwa)],
        how="diagonal_relaxed",
    )
    both = pl.col("amount_2026_eur").is_not_null() & pl.col("amount_eur").is_not_null()
    known = both & ~pl.col("unlike").fill_null(value=False)
    difference = pl.when(known).then(pl.col("amount_eur") - pl.col("amount_2026_eur"))
    return parts.with_columns(
        precision_eur=pl.when(pl.col("amount_eur").is_not_null()).then(_HALF_A_MILLION),
        difference_eur=difference,
        difference_pct=percent(difference, pl.col("amount_2026_eur")),
        availability=pl.when(known)
        .then(pl.lit("known"))
        .when(both)
        .then(pl.lit("not_comparable"))
        .when(pl.col("amount_eur").is_not_null())
        .then(pl.lit("no_counterpart_in_2026"))
        .otherwise(pl.lit("not_published")),
        status=pl.lit("announced"),
        confidence=pl.when(known).then(pl.lit("derived")).otherwise(pl.lit("seen")),
    ).select(
        "level", "item", "item_name_nl", "year", "amount_2026_eur", "amount_eur", "precision_eur",
        "difference_eur", "difference_pct", "availability", "follows_in", "status", "confidence",
        "vintage",
    )  # fmt: skip


def _with_nation(newest: pl.LazyFrame) -> pl.LazyFrame:
    """Also the nation: the sum of ceilings, and of all municipalities or regions for each kind."""
    seen = newest.with_columns(confidence=pl.lit("seen"))
    parts = newest.filter((pl.col("recipient_kind") != "nation") & (pl.col("component") == TOTAL))
    ceilings = newest.filter(pl.col("amount_kind") == "ceiling")
    summed = (
        pl.concat([parts, ceilings])
        .group_by("scheme", "year", "amount_kind", "regulation_id", "regulation_version")
        .agg(total(pl.col("amount_eur")).alias("amount_eur"))
        .with_columns(
            component=pl.lit("total"),
            component_name_nl=pl.lit("Totaal"),
            recipient_kind=pl.lit("nation"),
            recipient_code=pl.lit(NATION),
            recipient_name=pl.lit("Nederland"),
            confidence=pl.lit("derived"),
        )
    )
    return pl.concat([seen, summed], how="diagonal_relaxed")


def _budgeted(budgets: pl.LazyFrame) -> pl.LazyFrame:
    """Budgeted lasten on 6.x and 7.1 per year and municipality, and of all that reported."""
    mine = budgets.filter(
        (pl.col("report_type") == "begroting") & (pl.col("taakveld") != ALL_TAAKVELDEN)
    )
    lasten = total(pl.col("lasten_eur")).alias("lasten_eur")
    place = pl.col("municipality_code").alias("recipient_code")
    return pl.concat(
        [
            mine.group_by("year", place).agg(lasten),
            mine.group_by("year", pl.lit(NATION).alias("recipient_code")).agg(lasten),
        ]
    )


def _schemes_outside() -> pl.LazyFrame:
    """Schemes that have a component on a taakveld that is not in the lasten beside them."""
    outside = funding_components().lazy().filter(~_in_lasten())
    return outside.select("scheme", some_outside=pl.lit(value=True)).unique()


def _in_lasten() -> pl.Expr:
    """Whether a taakveld is in the lasten of `_budgeted`; missing without a taakveld."""
    return pl.col("taakveld").str.contains(r"^6\.|^7\.1$")


def _booked_within() -> pl.Expr:
    """How much of a component is booked on the taakvelden of the lasten beside it, if there are any."""
    kind = (
        pl.when(_in_lasten())
        .then(pl.lit("within"))
        .when(pl.col("taakveld").is_not_null())
        .then(pl.lit("outside"))
        .when(pl.col("some_outside"))
        .then(pl.lit("partly"))
        .otherwise(pl.lit("not_stated"))
    )
    return pl.when(pl.col("lasten_eur").is_not_null()).then(kind)


def _status() -> pl.Expr:
    announced = pl.col("amount_kind").str.starts_with("announced")
    return pl.when(announced).then(pl.lit("announced")).otherwise(pl.lit("in_force"))


def _components(now: pl.LazyFrame, azwa: pl.LazyFrame) -> pl.LazyFrame:
    """Each component of 2026; the letter gives no amount for any of them after it."""
    follows = funding_components().lazy().select(*_PART, "follows_in")
    return (
        now.filter(pl.col("component") != "total")
        .join(follows, on=_PART, how="left")
        .join(azwa.select("year").unique(), how="cross", suffix="_after")
        .select(
            pl.lit("component").alias("level"),
            pl.col("component").alias("item"),
            pl.col("component_name_nl").alias("item_name_nl"),
            pl.col("year_after").alias("year"),
            pl.col("amount_eur").alias("amount_2026_eur"),
            pl.lit(None, pl.Decimal(18, 2)).alias("amount_eur"),
            "follows_in",
            "vintage",
        )
    )


def _groups(now: pl.LazyFrame, azwa: pl.LazyFrame) -> pl.LazyFrame:
    """Each part of the SPUK AZWA, beside the scheme that went to the same recipients in 2026."""
    scheme = pl.col("component").replace_strict(_BEFORE, default=None, return_dtype=pl.String)
    unlike = _left_out(now).select(before="scheme", unlike=pl.lit(value=True))
    before = now.filter(pl.col("component") == TOTAL).select(
        pl.col("scheme").alias("before"),
        pl.col("amount_eur").alias("amount_2026_eur"),
        pl.col("vintage").alias("vintage_2026"),
    )
    parts = azwa.filter(pl.col("component") != "total")
    return (
        parts.with_columns(before=scheme)
        .join(before, on="before", how="left")
        .join(unlike, on="before", how="left")
        .select(
            pl.lit("recipients").alias("level"),
            pl.col("component").alias("item"),
            pl.col("component_name_nl").alias("item_name_nl"),
            "year",
            "amount_2026_eur",
            "amount_eur",
            pl.lit(None, pl.String).alias("follows_in"),
            pl.concat_str("vintage_2026", "vintage", separator="; ", ignore_nulls=True).alias(
                "vintage"
            ),
            "before",
            "unlike",
        )
    )


def _left_out(now: pl.LazyFrame) -> pl.LazyFrame:
    """Per scheme of 2026 what it pays for components that do not go into the SPUK AZWA."""
    return (
        now.join(funding_components().lazy(), on=_PART)
        .filter((pl.col("follows_in") == "not_in_spuk_azwa") & (pl.col("amount_eur") > 0))
        .group_by("scheme")
        .agg(total(pl.col("amount_eur")).alias("left_out_eur"))
    )


def _like_with_like(groups: pl.LazyFrame, now: pl.LazyFrame) -> pl.LazyFrame:
    """The parts that are unlike 2026, beside 2026 without what does not go into the SPUK AZWA."""
    return (
        groups.drop("unlike")
        .join(_left_out(now), left_on="before", right_on="scheme")
        .with_columns(
            level=pl.lit("like_with_like"),
            item_name_nl=pl.format(
                "{}, 2026 zonder wat niet in de SPUK AZWA opgaat", "item_name_nl"
            ),
            amount_2026_eur=pl.col("amount_2026_eur") - pl.col("left_out_eur"),
        )
        .drop("left_out_eur")
    )


def _totals(now: pl.LazyFrame, azwa: pl.LazyFrame) -> pl.LazyFrame:
    """Brede SPUK and SPUK IZA together in 2026, and the SPUK AZWA as a whole.

    They are not compared: the SPUK AZWA also holds money for areas, schools and GGDs, which in 2026 is
    in other grants.
    """
    before = now.filter(pl.col("component") == TOTAL).select(
        total(pl.col("amount_eur")).alias("amount_2026_eur"),
        pl.col("vintage").sort().str.join("; ").alias("vintage_2026"),
    )
    return (
        azwa.filter(pl.col("component") == TOTAL)
        .join(before, how="cross")
        .select(
            pl.lit("total").alias("level"),
            pl.lit("total").alias("item"),
            pl.lit("Totaal").alias("item_name_nl"),
            "year",
            "amount_2026_eur",
            "amount_eur",
            pl.lit(None, pl.String).alias("follows_in"),
            pl.concat_str("vintage_2026", "vintage", separator="; ").alias("vintage"),
            pl.lit(value=True).alias("unlike"),
        )
    )


TABLES = (
    Transform("funding_mix.runway", runway),
    Transform("funding_mix.transition_2027", transition),
)
