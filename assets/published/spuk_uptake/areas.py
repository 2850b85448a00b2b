"""The same numerators and denominators by area: the nation, provinces, size classes, regions, recipients.

What belongs here: where a recipient lies, in the division of its year and on the newest map. What does not:
what its numbers mean. Everything that is added up here is a sum, so that the parts are the whole.
"""

from __future__ import annotations

import polars as pl

from assets.calc.ratios import known_sum
from assets.published.spuk_uptake.measures import SUBJECT
from assets.reference import municipality_map
from assets.reference.size_classes import size_class
from assets.reference.tables import size_classes

SUMS = ["numerator", "denominator", "denominator_known"]
AREA = ["geography", "area_kind", "area", "area_name"]
COUNTS = ["recipients", "recipients_known", "takers", "bounded"]
TRACE = ["denominator_is", "no_carry_over", "vintage", "sure"]
NATION = ("NL01", "Nederland")
OFF_MAP = "not_on_map"
# Recipients that are an area by themselves.
THEMSELVES = ["region", "joint_authority"]


def by_area(
    cells: pl.LazyFrame,
    years: pl.LazyFrame,
    weights: pl.LazyFrame,
    register: pl.LazyFrame,
    regions: pl.LazyFrame,
) -> pl.LazyFrame:
    """SUBJECT, AREA, SUMS, taken, COUNTS, TRACE, flags.

    years, weights, register: the tables of dataset municipalities. regions: municipality_code,
    region_name. takers and bounded: recipients of whom the numerator, the denominator is known, whether
    or not the other side is.
    """
    recipients = cells.filter(pl.col("recipient_kind") != "nation").with_columns(
        recipients=pl.lit(1, pl.Int64),
        recipients_known=pl.col("numerator").is_not_null().cast(pl.Int64),
        takers=pl.col("taken").is_not_null().cast(pl.Int64),
        bounded=pl.col("denominator").is_not_null().cast(pl.Int64),
        flags=pl.lit(None, pl.String),
    )
    municipal = (
        _placed(recipients.filter(pl.col("recipient_kind") == "municipality"), weights)
        .collect()
        .lazy()
    )
    was = municipal.with_columns(geography=pl.lit(municipality_map.AS_REPORTED))
    both = pl.concat([was, _moved(municipal, weights)], how="diagonal_relaxed")
    where = _where(years, weights, register, regions)
    located = (
        both.join(where, on=["geography", "year", "municipality_code"], how="left").collect().lazy()
    )
    return pl.concat(
        [
            _all_recipients(recipients),
            _all_recipients(_national(cells), kind="national"),
            _themselves(recipients),
            located.with_columns(
                area_kind=pl.lit("municipality"),
                area=pl.coalesce("municipality_code", "recipient_name"),
                area_name=pl.coalesce("municipality_name", "recipient_name"),
            ),
            *(_grouped(located, kind) for kind in ("province", "size_class", "iza_region")),
        ],
        how="diagonal_relaxed",
    ).select(*SUBJECT, *AREA, *SUMS, "taken", *COUNTS, *TRACE, "flags")


def _placed(municipal: pl.LazyFrame, weights: pl.LazyFrame) -> pl.LazyFrame:
    """Municipalities with the year of the list that has them: the last one of their period.

    Of a period after the newest list, that list; without a year where no list of the period has the code.
    """
    listed = weights.select("year", municipality_code="from_code").unique()
    known = listed.with_columns(_newest=pl.col("year").max())
    period = municipal.select("period", municipality_code="recipient_code").unique()
    first, last = (
        side.cast(pl.Int64, strict=False)
        for side in (pl.col("period").str.head(4), pl.col("period").str.tail(4))
    )
    is_newest = pl.col("year") == pl.col("_newest")
    of_period = (pl.col("year") >= first) & (pl.col("year") <= last)
    found = (
        period.join(known, on="municipality_code")
        .filter(of_period | ((first > pl.col("_newest")) & is_newest) | first.is_null())
        .group_by("period", "municipality_code")
        .agg(pl.col("year").max())
    )
    return municipal.with_columns(municipality_code="recipient_code").join(
        found, on=["period", "municipality_code"], how="left"
    )


def _moved(municipal: pl.LazyFrame, weights: pl.LazyFrame) -> pl.LazyFrame:
    """The same on the newest map; what cannot be placed stays as it is and says so."""
    map_name = weights.select(geography=pl.format("on_map_{}", pl.col("map_year").max())).unique()
    bare = municipal.with_columns(
        # Nobody's inhabitants are asked for here.
        inhabitants=pl.lit(None, pl.Int64),
        _capture=pl.lit(None, pl.String),
        _locator=pl.lit(None, pl.String),
    )
    placed = bare.filter(pl.col("year").is_not_null())
    key = [*SUBJECT, "denominator_is"]
    onto = municipality_map.recast(
        placed,
        weights,
        key=key,
        amounts=["denominator", "numerator", "denominator_known", "taken"],
        no_carry_over=pl.col("no_carry_over"),
    ).with_columns(
        recipients=pl.lit(1, pl.Int64),
        recipients_known=pl.col("numerator").is_not_null().cast(pl.Int64),
        takers=pl.col("taken").is_not_null().cast(pl.Int64),
        bounded=pl.col("denominator").is_not_null().cast(pl.Int64),
    )
    trace = (
        placed.join(
            weights.select("year", "from_code", "to_code"),
            left_on=["year", "municipality_code"],
            right_on=["year", "from_code"],
        )
        .group_by(*SUBJECT, municipality_code="to_code")
        .agg(pl.col("vintage", "sure").max())
    )
    lost = bare.filter(pl.col("year").is_null()).with_columns(flags=pl.lit(OFF_MAP))
    return pl.concat(
        [
            onto.join(trace, on=[*SUBJECT, "municipality_code"], how="left", nulls_equal=True),
            lost.join(map_name, how="cross"),
        ],
        how="diagonal_relaxed",
    )


def _where(
    years: pl.LazyFrame, weights: pl.LazyFrame, register: pl.LazyFrame, regions: pl.LazyFrame
) -> pl.LazyFrame:
    """Name, province, size class and region of each municipality of each year, in both divisions."""
    names = pl.LazyFrame(size_classes().select("size_class", size_class_name="name_nl"))
    provinces = register.select("province_code", "province_name").drop_nulls().unique()
    # A municipality that went up in others has the region of the one that took most of it.
    largest = (
        weights.sort("weight", "to_code", descending=[True, False])
        .unique(["year", "from_code"], keep="first", maintain_order=True)
        .select("year", "to_code", municipality_code="from_code")
    )
    region = regions.select(to_code="municipality_code", iza_region="region_name")
    return (
        years.with_columns(size_class().cast(pl.String))
        .join(names, on="size_class", how="left")
        .join(provinces, on="province_code", how="left")
        .join(largest, on=["year", "municipality_code"], how="left")
        .with_columns(pl.coalesce("to_code", "municipality_code").alias("to_code"))
        .join(region, on="to_code", how="left")
        .select(
            "geography", "year", "municipality_code", "municipality_name",
            "size_class", "size_class_name", "iza_region",
            province="province_code", province_name="province_name",
            iza_region_name="iza_region",
        )
    )  # fmt: skip


def _added() -> list[pl.Expr]:
    """Sums, and what the most doubtful and the newest of the parts say of the whole."""
    return [
        *(known_sum(pl.col(name)) for name in [*SUMS, "taken"]),
        pl.col(COUNTS).sum(),
        pl.col("denominator_is", "vintage", "sure").max(),
        # Of those that are counted.
        pl.col("no_carry_over").filter(pl.col("numerator").is_not_null()).any(),
        pl.lit(None, pl.String).alias("flags"),
    ]


def _all_recipients(recipients: pl.LazyFrame, kind: str = "nation") -> pl.LazyFrame:
    return (
        recipients.group_by(SUBJECT)
        .agg(*_added())
        .with_columns(
            geography=pl.lit(municipality_map.AS_REPORTED),
            area_kind=pl.lit(kind),
            area=pl.lit(NATION[0]),
            area_name=pl.lit(NATION[1]),
        )
    )


def _national(cells: pl.LazyFrame) -> pl.LazyFrame:
    """What a document says of the nation at once, beside the sum of recipients."""
    return cells.filter(pl.col("recipient_kind") == "nation").with_columns(
        **dict.fromkeys(COUNTS, pl.lit(0, pl.Int64))
    )


def _themselves(recipients: pl.LazyFrame) -> pl.LazyFrame:
    return recipients.filter(pl.col("recipient_kind").is_in(THEMSELVES)).with_columns(
        geography=pl.lit(municipality_map.AS_REPORTED),
        area_kind="recipient_kind",
        area="recipient_name",
        area_name="recipient_name",
    )


def _grouped(located: pl.LazyFrame, kind: str) -> pl.LazyFrame:
    return (
        located.drop_nulls(kind)
        .group_by(*SUBJECT, "geography", area=kind, area_name=f"{kind}_name")
        .agg(*_added())
        .with_columns(area_kind=pl.lit(kind))
    )
