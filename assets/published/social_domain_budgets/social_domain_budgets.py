"""Municipal budgets and accounts in the social domain, SPUK income, and the municipal fund.

Grain    geography × year × report type × municipality, and taakveld or main field where the table has one
Unit     euros
Traps    both geographies tell the same euros: take one of them; a municipality that did not report is
         missing, not zero
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from assets.core.deliveries import NOT_SPENDING, PLACE, SOCIAL, sum_of, totals, with_municipality
from assets.framework.declared_tables import Transform
from assets.reference import municipality_map
from assets.reference.taakvelden import ALL_TAAKVELDEN, breaks_table, bridged, with_breaks

SPUK = "B4.3.1"


def _both(
    frame: pl.LazyFrame,
    weights: pl.LazyFrame,
    years: pl.LazyFrame,
    key: Sequence[str],
    amounts: Sequence[str],
    **every: pl.Expr,
) -> pl.LazyFrame:
    """Rows as reported and on the map of the newest year, each with the name and inhabitants there."""
    moved = municipality_map.recast(frame, weights, key=key, amounts=amounts, **every)
    stayed = frame.with_columns(
        pl.lit(municipality_map.AS_REPORTED).alias("geography"),
        municipality_map.reported(amounts[0]).alias("inhabitants_reported"),
        **every,
    )
    place = ["geography", "year", "municipality_code"]
    there = years.select(*place, "municipality_name", "inhabitants")
    return pl.concat([stayed.select(moved.collect_schema().names()), moved]).join(
        there, on=place, how="left"
    )


def budgets(
    core_social_domain_budgets__fields: pl.LazyFrame,
    social_domain_budgets__taakvelden: pl.LazyFrame,
    municipalities__weights: pl.LazyFrame,
    municipalities__years: pl.LazyFrame,
) -> pl.LazyFrame:
    """Lasten, baten and net per taakveld, with its group, its comparable series and their breaks."""
    lasten, baten = pl.col("lasten_eur"), pl.col("baten_eur")
    named = social_domain_budgets__taakvelden.select(
        "year", "taakveld", "taakveld_name", "taakveld_group", "comparable_series"
    )
    rows = _both(
        core_social_domain_budgets__fields,
        municipalities__weights,
        municipalities__years,
        ["report_type", "taakveld"],
        ["lasten_eur", "baten_eur"],
        net_known=lasten.is_null() == baten.is_null(),
    ).join(named, on=["year", "taakveld"], how="left")
    return with_breaks(rows).select(
        "geography", *PLACE, "municipality_name", "taakveld", "taakveld_name",
        "taakveld_group", "comparable_series", "lasten_eur", "baten_eur",
        pl.when("net_known").then(lasten - baten).alias("net_eur"),
        "inhabitants", "inhabitants_reported", "flags", "breaks", "_capture", "_locator",
    )  # fmt: skip


def taakvelden(core_social_domain_budgets__codes: pl.LazyFrame) -> pl.LazyFrame:
    """The codes of each year with their place in the bridge; a code without one breaks a rule."""
    code = pl.col("taakveld")
    published = core_social_domain_budgets__codes.filter(
        code.str.contains(SOCIAL) | (code == ALL_TAAKVELDEN)
    )
    return with_breaks(bridged(published)).select(
        "year", "taakveld", "taakveld_name", "taakveld_group", "parent", "comparable_series",
        "first_year", "last_year", "evidence", "breaks", "_capture", "_locator",
    )  # fmt: skip


def reports(
    core_social_domain_budgets__lines: pl.LazyFrame, core_municipalities__yearly: pl.LazyFrame
) -> pl.LazyFrame:
    """Each delivery as a whole: what goes out and comes in, and the reserves that make it balance."""
    reserves = core_social_domain_budgets__lines.filter(pl.col("taakveld").is_in(NOT_SPENDING))
    moved = reserves.group_by(PLACE).agg(
        sum_of("L").alias("to_reserves_eur"), sum_of("B").alias("from_reserves_eur")
    )
    amounts = (
        totals(core_social_domain_budgets__lines)
        .group_by(PLACE)
        .agg(
            sum_of("L").alias("lasten_eur"),
            sum_of("B").alias("baten_eur"),
            pl.col("_capture", "_locator").min(),
        )
        .join(moved, on=PLACE, how="left")
    )
    return with_municipality(amounts, core_municipalities__yearly).select(
        *PLACE, "municipality_name", "lasten_eur", "baten_eur", "to_reserves_eur",
        "from_reserves_eur", "inhabitants", pl.lit(None, pl.String).alias("flags"),
        "_capture", "_locator",
    )  # fmt: skip


def grants(
    core_social_domain_budgets__lines: pl.LazyFrame, core_municipalities__yearly: pl.LazyFrame
) -> pl.LazyFrame:
    """Specific grants booked as income on main fields 6 and 7, as each municipality reported them."""
    booked = core_social_domain_budgets__lines.filter(
        (pl.col("category") == SPUK) & pl.col("taakveld").str.contains(r"^[67]")
    ).with_columns(main_field=pl.col("taakveld").str.slice(0, 1))
    amounts = booked.group_by(*PLACE, "main_field").agg(
        sum_of("B").alias("spuk_income_eur"), pl.col("_capture", "_locator").min()
    )
    silent = pl.when(pl.col("spuk_income_eur").is_null()).then(pl.lit(municipality_map.SILENT))
    return with_municipality(amounts, core_municipalities__yearly).with_columns(flags=silent)


def spuk_income(
    core_social_domain_budgets__lines: pl.LazyFrame,
    core_municipalities__yearly: pl.LazyFrame,
    municipalities__weights: pl.LazyFrame,
    municipalities__years: pl.LazyFrame,
) -> pl.LazyFrame:
    """Specific grants booked as income on main fields 6 and 7."""
    return _both(
        grants(core_social_domain_budgets__lines, core_municipalities__yearly),
        municipalities__weights,
        municipalities__years,
        ["report_type", "main_field"],
        ["spuk_income_eur"],
    ).select(
        "geography", *PLACE, "municipality_name", "main_field", "spuk_income_eur", "inhabitants",
        "inhabitants_reported", "flags", "_capture", "_locator",
    )  # fmt: skip


def municipal_fund(
    core_social_domain_budgets__fund_amounts: pl.LazyFrame,
    core_municipalities__yearly: pl.LazyFrame,
    municipalities__weights: pl.LazyFrame,
    municipalities__years: pl.LazyFrame,
) -> pl.LazyFrame:
    """The social-base cluster of the municipal fund, under the name of the register."""
    amounts = core_social_domain_budgets__fund_amounts.rename({"payment_year": "year"}).drop(
        "municipality_name"
    )
    return _both(
        with_municipality(amounts, core_municipalities__yearly).with_columns(
            flags=pl.lit(None, pl.String)
        ),
        municipalities__weights,
        municipalities__years,
        ["circular"],
        ["amount_eur"],
    ).select(
        "geography", "circular", pl.col("year").alias("payment_year"), "municipality_code",
        "municipality_name", pl.lit("sociale_basisvoorzieningen").alias("cluster"),
        "amount_eur", "_capture", "_locator",
    )  # fmt: skip


TABLES = (
    Transform("social_domain_budgets.social_domain_budgets", budgets),
    Transform("social_domain_budgets.taakvelden", taakvelden),
    Transform("social_domain_budgets.breaks", breaks_table),
    Transform("social_domain_budgets.reports", reports),
    Transform("social_domain_budgets.spuk_income", spuk_income),
    Transform("social_domain_budgets.municipal_fund", municipal_fund),
)
