"""What spending is worth: wage and price series, cited shortfalls, and spending per inhabitant deflated.

Grain    series × year; year × report type × definition × series
Unit     euros, percent, index
Traps    a series that is missing gives no figure, never a factor of one; the base year is the first
         year that both the series and the spending have
"""

from __future__ import annotations

import polars as pl

from assets.calc.ratios import AMOUNT, EXACT, per_head, percent, ratio, total
from assets.framework.declared_tables import Transform
from assets.published.care_spending.figures import status
from assets.published.funding_mix import affected_fields, grants
from assets.reference.municipality_map import as_reported

# Groups of taakvelden that are comparable through the years.
DEFINITIONS = {
    "sociale_basis": ["sociale_basis"],
    "sociale_basis_en_toegang": ["sociale_basis", "toegang"],
    "wmo_maatwerk": ["wmo_maatwerk"],
    "social_domain": [
        "sociale_basis", "toegang", "inkomen", "participatie", "wmo_maatwerk", "wmo_opvang",
        "jeugd", "pgb_wmo_en_jeugd",
    ],
}  # fmt: skip
INDICES = ["price_index", "wage_index"]
_REPORT = ["report_type", "definition"]


def series(
    core_indexation_gap__cited_series: pl.LazyFrame, spuk_allocations: pl.LazyFrame
) -> pl.LazyFrame:
    """All cited series, and the adjustment that two amounts of one grant imply."""
    missing = pl.col("value").is_null()
    cited = core_indexation_gap__cited_series.with_columns(
        basis=pl.when(missing).then(pl.lit("none")).otherwise(pl.lit("cited")),
        availability=pl.when(missing).then(pl.lit("missing")).otherwise(pl.lit("known")),
        status=status("status_source"),
    )
    # The row that says what would fill a series has done its work once the series has a value.
    wanted = cited.filter(~missing | missing.all().over("series"))
    return pl.concat([wanted, implied_adjustment(spuk_allocations)], how="diagonal_relaxed")


def implied_adjustment(allocations: pl.LazyFrame) -> pl.LazyFrame:
    """The LPO in a grant: all municipal amounts with it, over the same without it, per grant year.

    Only municipalities with both amounts in one version of the regulation count.
    """
    kinds = ["allocation_incl_lpo", "allocation_excl_lpo"]
    amount = {kind: pl.col("amount_eur").filter(pl.col("amount_kind") == kind) for kind in kinds}
    scope = ["scheme", "year", "regulation_id", "regulation_version"]
    both = (
        grants.newest(allocations)
        .filter(pl.col("amount_kind").is_in(kinds))
        .drop_nulls("amount_eur")
        .group_by(*scope, "recipient_name")
        .agg(**{kind: amount[kind].sum() for kind in kinds}, kinds=pl.len())
        .filter(pl.col("kinds") == len(kinds))
    )
    more = (pl.col(kinds[0]) - pl.col(kinds[1])).cast(EXACT) * 100
    return (
        both.group_by(scope)
        .agg(pl.col(kinds).sum(), municipalities=pl.len())
        .select(
            pl.format("lpo_{}", "scheme").alias("series"),
            pl.lit("adjustment").alias("kind"),
            "year",
            ratio(more, pl.col(kinds[1])).round(3).cast(pl.Decimal(18, 3)).alias("value"),
            pl.lit("percent").alias("unit"),
            pl.lit("exact").alias("bound"),
            pl.lit("derived").alias("basis"),
            pl.lit("known").alias("availability"),
            pl.lit("derived").alias("status"),
            pl.lit("derived").alias("confidence"),
            grants.vintage().alias("source"),
            pl.col("regulation_version").str.slice(0, 10).alias("published_at"),
            pl.format(
                "loon- en prijsontwikkeling uit 2024 in dit uitkeringsjaar; som met en zonder, {} gemeenten",
                "municipalities",
            ).alias("note"),
        )
    )


def indexation_gap(
    indexation_gap__series: pl.LazyFrame, social_domain_budgets: pl.LazyFrame
) -> pl.LazyFrame:
    """Spending per inhabitant under each definition, deflated by each index: every step in a column."""
    indices = indexation_gap__series.filter(pl.col("kind").is_in(INDICES))
    names = indices.select("series", "kind", "fills_from").unique(
        "series", keep="first", maintain_order=True
    )
    known = indices.filter(pl.col("availability") == "known").select(
        "series",
        "year",
        pl.col("value").alias("index"),
        pl.col("base_year").alias("index_base_year"),
        pl.col("status").alias("index_status"),
        pl.col("confidence").alias("index_confidence"),
        pl.col("source").alias("index_source"),
        pl.col("published_at").alias("index_published_at"),
    )
    spent = spending(as_reported(social_domain_budgets))
    steps = deflated(spent.join(names, how="cross").join(known, on=["series", "year"], how="left"))
    per_inhabitant = pl.col("nominal_per_inhabitant_eur").is_null()
    availability = (
        pl.when(per_inhabitant)
        .then(pl.lit("spending_missing"))
        .when(pl.col("index").is_null())
        .then(pl.lit("index_missing"))
        .otherwise(pl.lit("known"))
    )
    return affected_fields.with_breaks(steps, "definition", DEFINITIONS).select(
        "year", *_REPORT, "series", "kind", "nominal_eur", "inhabitants",
        "nominal_per_inhabitant_eur", "index", "index_base_year", "base_year", "base_index",
        "factor", "real_per_inhabitant_eur", "base_per_inhabitant_eur",
        "indexed_per_inhabitant_eur", "gap_per_inhabitant_eur", "gap_eur", "coverage_pct",
        availability.alias("availability"), "fills_from", "index_status", "index_confidence",
        "index_source", "index_published_at",
        pl.format("CBS Iv3 {}, unedited delivery", "year").alias("vintage"),
        pl.col("breaks").alias("flags"),
    )  # fmt: skip


def spending(budgets: pl.LazyFrame) -> pl.LazyFrame:
    """National lasten per definition, over the inhabitants of municipalities that reported."""
    parts = []
    for name, fields in DEFINITIONS.items():
        place = ["year", "report_type", "municipality_code"]
        municipal = (
            budgets.filter(pl.col("taakveld_group").is_in(fields))
            .group_by(place)
            .agg(total(pl.col("lasten_eur")).alias("lasten_eur"), pl.col("inhabitants").first())
        )
        people = pl.col("inhabitants")
        reported = people.filter(pl.col("lasten_eur").is_not_null()).sum()
        parts.append(
            municipal.group_by("year", "report_type").agg(
                pl.lit(name).alias("definition"),
                total(pl.col("lasten_eur")).alias("nominal_eur"),
                reported.alias("inhabitants"),
                percent(reported, people.sum()).alias("coverage_pct"),
            )
        )
    return pl.concat(parts).with_columns(
        nominal_per_inhabitant_eur=per_head(pl.col("nominal_eur"), pl.col("inhabitants"))
    )


def deflated(steps: pl.LazyFrame) -> pl.LazyFrame:
    """From nominal to real, and what it would be had it followed the index since the base year.

    steps: a row per year × report type × definition × series, with `nominal_eur`, `inhabitants`,
    `nominal_per_inhabitant_eur` and `index` (missing where the series has none). The base year of a
    group is the first that has both.
    """
    group = [*_REPORT, "series"]
    nominal = pl.col("nominal_per_inhabitant_eur")
    both = pl.col("index").is_not_null() & nominal.is_not_null()
    first = pl.col("year").filter(both).min().over(group)
    at_base = pl.col("year") == pl.col("base_year")

    def of_base(column: str) -> pl.Expr:
        return pl.when(pl.col("index").is_not_null()).then(
            pl.col(column).filter(at_base).first().over(group)
        )

    def moved(amount: str, to: str, since: str) -> pl.Expr:
        part = pl.col(amount).cast(EXACT) * pl.col(to).cast(EXACT)
        return ratio(part, pl.col(since)).round(2).cast(AMOUNT)

    gap = pl.col("nominal_per_inhabitant_eur") - pl.col("indexed_per_inhabitant_eur")
    return (
        steps.with_columns(base_year=first)
        .with_columns(
            base_index=of_base("index"),
            base_per_inhabitant_eur=of_base("nominal_per_inhabitant_eur"),
        )
        .with_columns(
            factor=ratio(pl.col("index"), pl.col("base_index")).round(6).cast(pl.Decimal(9, 6)),
            real_per_inhabitant_eur=moved("nominal_per_inhabitant_eur", "base_index", "index"),
            indexed_per_inhabitant_eur=moved("base_per_inhabitant_eur", "index", "base_index"),
        )
        .with_columns(gap_per_inhabitant_eur=gap)
        .with_columns(
            gap_eur=(pl.col("gap_per_inhabitant_eur").cast(EXACT) * pl.col("inhabitants")).cast(
                AMOUNT
            )
        )
    )


def shortfalls(
    indexation_gap__series: pl.LazyFrame, social_domain_budgets: pl.LazyFrame
) -> pl.LazyFrame:
    """Cited shortfalls beside what was spent on Wmo support, and which series could test them.

    They are not divided: which providers and taakvelden a shortfall is about, nobody says.
    """
    cited = indexation_gap__series.filter(pl.col("kind") == "shortfall")
    spent = spending(as_reported(social_domain_budgets)).filter(
        (pl.col("definition") == "wmo_maatwerk") & (pl.col("report_type") == "jaarrekening")
    )
    beside = indexation_gap__series.filter(pl.col("kind").is_in([*INDICES, "adjustment"]))
    known = beside.filter(pl.col("availability") == "known").group_by("year")
    missing = beside.filter(pl.col("availability") == "missing").select(
        pl.col("series").unique().sort().str.join("; ").alias("missing_series")
    )
    return (
        cited.join(
            known.agg(pl.col("series").unique().sort().str.join("; ").alias("known_series")),
            on="year",
            how="left",
        )
        .join(missing, how="cross")
        .join(spent, on="year", how="left")
        .select(
            "series",
            "year",
            pl.col("value").cast(AMOUNT).alias("shortfall_eur"),
            "bound",
            "definition",
            pl.col("nominal_eur").alias("lasten_eur"),
            "coverage_pct",
            "known_series",
            pl.when(pl.col("missing_series") != "").then("missing_series").alias("missing_series"),
            "status",
            "confidence",
            "source",
            "note",
        )
    )


TABLES = (
    Transform("indexation_gap.series", series),
    Transform("indexation_gap.indexation_gap", indexation_gap),
    Transform("indexation_gap.shortfalls", shortfalls),
)
