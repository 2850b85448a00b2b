"""What each municipality spends under each definition, on each basis, and per inhabitant.

Grain    geography × year × report type × municipality × numerator × basis
Unit     euros and percent
Traps    who did not report is missing, not zero; an amount net of anything is known only where that is
         known for every field with lasten; a basis that nobody's figures allow has no rows, and
         `availability` says why
"""

from __future__ import annotations

import polars as pl

from assets.calc.ratios import per_head, percent
from assets.core.deliveries import PLACE
from assets.framework.declared_tables import Transform
from assets.published.care_welfare_ratio.definitions import parts, with_breaks
from assets.published.social_domain_budgets.social_domain_budgets import SPUK
from assets.reference.municipality_map import AS_REPORTED
from assets.reference.taakvelden import ALL_TAAKVELDEN

HERE = ["geography", *PLACE]
OWN_DOMAIN = "social_domain"
# The sample states grants on main field 6 as a whole, under a code of its own.
_FIELD_TOTAL = {"6": OWN_DOMAIN}

BASES = {
    "gross": pl.col("lasten_eur"),
    "net": pl.col("lasten_eur") - pl.col("baten_eur"),
    "net_of_other_income": pl.col("lasten_eur") - pl.col("baten_eur") + pl.col("grants_eur"),
    "gross_without_grants": pl.col("lasten_eur") - pl.col("grants_eur"),
}


def sides(budgets: pl.LazyFrame, lines: pl.LazyFrame) -> pl.LazyFrame:
    """Lasten, baten and grants per municipality and numerator; each missing where it is not known.

    Baten and grants are known when no field with lasten lacks them.
    """
    grants = lines.filter(pl.col("category") == SPUK).select(
        pl.lit(AS_REPORTED).alias("geography"), *PLACE, "taakveld",
        pl.col("amount_eur").alias("grants_eur"),
    )  # fmt: skip
    fields = budgets.join(parts("municipal"), left_on="taakveld_group", right_on="part").join(
        grants, on=[*HERE, "taakveld"], how="left"
    )
    reported = pl.col("lasten_eur").is_not_null()

    def known(side: str) -> pl.Expr:
        complete = (pl.col(side).is_not_null() | ~reported).all() & reported.any()
        return pl.when(complete).then(pl.col(side).filter(reported).sum()).alias(side)

    summed = fields.group_by(*HERE, "numerator").agg(
        pl.col("municipality_name", "inhabitants").first(),
        pl.when(reported.any()).then(pl.col("lasten_eur").sum()).alias("lasten_eur"),
        known("baten_eur"),
        known("grants_eur"),
        flags=pl.col("flags").drop_nulls().str.split(";").explode().drop_nulls().unique().sort(),
    )
    field_total = grants.select(
        *HERE, pl.col("taakveld").replace_strict(_FIELD_TOTAL, default=None).alias("numerator"),
        stated="grants_eur",
    ).drop_nulls()  # fmt: skip
    words = pl.col("flags").list.join(";")
    return summed.join(field_total, on=[*HERE, "numerator"], how="left").with_columns(
        grants_eur=pl.when(pl.col("lasten_eur").is_not_null()).then(
            pl.coalesce("grants_eur", "stated")
        ),
        flags=pl.when(words != "").then(words),
    )


def municipal(
    social_domain_budgets: pl.LazyFrame, core_social_domain_budgets__lines: pl.LazyFrame
) -> pl.LazyFrame:
    """Every definition for every municipality on every basis that the figures of its report allow."""
    known = sides(social_domain_budgets, core_social_domain_budgets__lines)
    amounts = known.with_columns(**BASES).unpivot(
        list(BASES), index=[*HERE, "numerator"], variable_name="basis", value_name="amount_eur"
    )
    somebody = pl.col("amount_eur").is_not_null().any().over(
        "geography", "year", "report_type", "numerator", "basis"
    )  # fmt: skip
    about = known.select(*HERE, "numerator", "municipality_name", "inhabitants", "flags")
    rows = amounts.filter(somebody | (pl.col("basis") == "gross")).join(
        about, on=[*HERE, "numerator"], how="left"
    )
    return with_breaks(_with_shares(rows, social_domain_budgets), "numerator").select(
        *HERE, "municipality_name", "numerator", "basis", "amount_eur", "inhabitants",
        "per_inhabitant_eur", "share_of_social_domain_pct", "share_of_total_pct", "flags", "breaks",
    )  # fmt: skip


def _with_shares(rows: pl.LazyFrame, budgets: pl.LazyFrame) -> pl.LazyFrame:
    """Per inhabitant, and gross as a share of the own social domain and of all lasten.

    A share of a difference says little and may be of a negative whole, so other bases have none.
    """
    gross = rows.filter(pl.col("basis") == "gross")
    domain = gross.filter(pl.col("numerator") == OWN_DOMAIN).select(*HERE, domain="amount_eur")
    total = budgets.filter(pl.col("taakveld") == ALL_TAAKVELDEN).select(*HERE, total="lasten_eur")
    inside = (
        parts("municipal")
        .join(parts("municipal").filter(pl.col("numerator") == OWN_DOMAIN), on="part", how="left")
        .group_by("numerator")
        .agg(inside=pl.col("numerator_right").is_not_null().all())
    )
    amount = pl.col("amount_eur")

    def share(field_total: str) -> pl.Expr:
        meant = (pl.col("basis") == "gross") & (pl.col(field_total) > 0)
        return pl.when(meant).then(percent(amount, pl.col(field_total)))

    return (
        rows.join(domain, on=HERE, how="left")
        .join(total, on=HERE, how="left")
        .join(inside, on="numerator", how="left")
        .with_columns(
            per_inhabitant_eur=per_head(amount, pl.col("inhabitants")),
            share_of_social_domain_pct=pl.when("inside").then(share("domain")),
            share_of_total_pct=share("total"),
        )
    )


TABLES = (Transform("care_welfare_ratio.municipal", municipal),)
