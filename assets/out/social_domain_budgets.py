"""Municipal budgets and accounts in the social domain, SPUK income, and the municipal fund.

Grain    year × report type × municipality, and taakveld or main field where the table has one
Unit     euros
Traps    a municipality that did not report is missing, not zero; a parent code beside its parts holds
         only what was booked on the parent itself
"""

from __future__ import annotations

import polars as pl

from assets.reference import taakveld_groups
from assets.tables import contracted_asset

PLACE = ["year", "report_type", "municipality_code"]
TOTAL = "totaal"
SPUK = "B4.3.1"
# Movements of reserves and the result are not spending.
NOT_SPENDING = ["0.10", "0.11"]
_FIELD = r"^\d\.\d"
_SOCIAL = r"^(6\.|7\.1$)"


def _sum(side: str) -> pl.Expr:
    """Sum of a side's categories; missing when no category has a value."""
    values = pl.col("amount_eur").filter(pl.col("category").str.starts_with(side))
    return pl.when(values.count() > 0).then(values.sum())


def _with_municipality(frame: pl.LazyFrame, years: pl.LazyFrame) -> pl.LazyFrame:
    """Add the name and the inhabitants of the year."""
    named = years.select("year", "municipality_code", "municipality_name", "inhabitants")
    return frame.join(named, on=["year", "municipality_code"], how="left")


def _totals(lines: pl.LazyFrame) -> pl.LazyFrame:
    """The lines that make up the total of a delivery, all under the code `totaal`."""
    fields = lines.filter(pl.col("taakveld").str.contains(_FIELD))
    stated = lines.filter(pl.col("taakveld") == TOTAL)
    summed = fields.filter(~pl.col("taakveld").is_in(NOT_SPENDING)).with_columns(
        taakveld=pl.lit(TOTAL)
    )
    # A source that states its total (the sample) is taken at its word; otherwise fields are added up.
    return pl.concat([stated, summed.join(stated.select(PLACE).unique(), on=PLACE, how="anti")])


def budgets(
    core_social_domain_budgets__lines: pl.LazyFrame,
    core_social_domain_budgets__codes: pl.LazyFrame,
    municipalities__years: pl.LazyFrame,
) -> pl.LazyFrame:
    """Lasten, baten and net per taakveld; a delivery without amounts keeps its rows, empty."""
    social = core_social_domain_budgets__lines.filter(pl.col("taakveld").str.contains(_SOCIAL))
    amounts = (
        pl.concat([social, _totals(core_social_domain_budgets__lines)])
        .group_by(*PLACE, "taakveld")
        .agg(
            _sum("L").alias("lasten_eur"),
            _sum("B").alias("baten_eur"),
            pl.col("_capture", "_locator").min(),
        )
    )
    parents = _parents_with_parts(core_social_domain_budgets__codes)
    return (
        _with_municipality(amounts, municipalities__years)
        .join(
            core_social_domain_budgets__codes.select("year", "taakveld", "taakveld_name"),
            on=["year", "taakveld"],
            how="left",
        )
        .join(taakveld_groups().lazy().drop("evidence"), on="taakveld", how="left")
        .join(parents, on=["year", "taakveld"], how="left")
        .select(
            *PLACE, "municipality_name", "taakveld", "taakveld_name", "taakveld_group",
            "lasten_eur", "baten_eur",
            (pl.col("lasten_eur") - pl.col("baten_eur")).alias("net_eur"),
            "inhabitants",
            pl.when(pl.col("has_parts")).then(pl.lit("parent_after_split")).alias("flags"),
            "_capture", "_locator",
        )
    )  # fmt: skip


def _parents_with_parts(codes: pl.LazyFrame) -> pl.LazyFrame:
    """Codes whose parts (6.71a, 6.711) are in the list of the same year too."""
    parts = codes.select(
        "year", pl.col("taakveld").str.extract(r"^(\d\.\d\d)(?:[a-z]|\d)$").alias("taakveld")
    )
    return parts.drop_nulls("taakveld").unique().with_columns(has_parts=pl.lit(True))


def reports(
    core_social_domain_budgets__lines: pl.LazyFrame, municipalities__years: pl.LazyFrame
) -> pl.LazyFrame:
    """Each delivery as a whole: what goes out and comes in, and the reserves that make it balance."""
    reserves = core_social_domain_budgets__lines.filter(pl.col("taakveld").is_in(NOT_SPENDING))
    moved = reserves.group_by(PLACE).agg(
        _sum("L").alias("to_reserves_eur"), _sum("B").alias("from_reserves_eur")
    )
    amounts = (
        _totals(core_social_domain_budgets__lines)
        .group_by(PLACE)
        .agg(
            _sum("L").alias("lasten_eur"),
            _sum("B").alias("baten_eur"),
            pl.col("_capture", "_locator").min(),
        )
        .join(moved, on=PLACE, how="left")
    )
    return _with_municipality(amounts, municipalities__years).select(
        *PLACE, "municipality_name", "lasten_eur", "baten_eur", "to_reserves_eur",
        "from_reserves_eur", "inhabitants", pl.lit(None, pl.String).alias("flags"),
        "_capture", "_locator",
    )  # fmt: skip


def spuk_income(
    core_social_domain_budgets__lines: pl.LazyFrame, municipalities__years: pl.LazyFrame
) -> pl.LazyFrame:
    """Specific grants booked as income on main fields 6 and 7."""
    grants = core_social_domain_budgets__lines.filter(
        (pl.col("category") == SPUK) & pl.col("taakveld").str.contains(r"^[67]")
    ).with_columns(main_field=pl.col("taakveld").str.slice(0, 1))
    amounts = grants.group_by(*PLACE, "main_field").agg(
        _sum("B").alias("spuk_income_eur"), pl.col("_capture", "_locator").min()
    )
    return _with_municipality(amounts, municipalities__years).select(
        *PLACE, "municipality_name", "main_field", "spuk_income_eur", "inhabitants",
        pl.when(pl.col("spuk_income_eur").is_null()).then(pl.lit("not_reported")).alias("flags"),
        "_capture", "_locator",
    )  # fmt: skip


def municipal_fund(
    core_social_domain_budgets__fund_amounts: pl.LazyFrame, municipalities__years: pl.LazyFrame
) -> pl.LazyFrame:
    """The social-base cluster of the municipal fund, under the name of the register."""
    named = municipalities__years.select(
        "year", "municipality_code", register_name="municipality_name"
    )
    return core_social_domain_budgets__fund_amounts.join(
        named,
        left_on=["payment_year", "municipality_code"],
        right_on=["year", "municipality_code"],
        how="left",
    ).select(
        "circular", "payment_year", "municipality_code",
        pl.col("register_name").alias("municipality_name"),
        pl.lit("sociale_basisvoorzieningen").alias("cluster"),
        "amount_eur", "_capture", "_locator",
    )  # fmt: skip


out_budgets = contracted_asset("social_domain_budgets.social_domain_budgets", budgets)
out_reports = contracted_asset("social_domain_budgets.reports", reports)
out_spuk_income = contracted_asset("social_domain_budgets.spuk_income", spuk_income)
out_municipal_fund = contracted_asset("social_domain_budgets.municipal_fund", municipal_fund)
