"""Places through time: what the municipalities of a year reported, told on the map of the newest year.

What belongs here: following a municipality to the newest list, and moving amounts and inhabitants along,
to the cent. What does not: which tables are given on both maps; that is said where they are made.

The list of 1 January rules: Weesp is in the list of 2022, reports over 2022, and is Amsterdam on the map.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import polars as pl

from assets.calc.ratios import known_sum

AS_REPORTED = "as_reported"
MERGED = "merged"
SPLIT = "split_by_inhabitants"
PARTLY = "partly_reported"
SILENT = "not_reported"

_WEIGHT = pl.Decimal(38, 18)
_UNIT = 1_000_000  # a weight of 1 in its last digit: weights have six
_PLACE = ["year", "municipality_code"]


def as_reported(frame: pl.LazyFrame) -> pl.LazyFrame:
    """The rows of a published table as municipalities reported them: for sums of a year."""
    return frame.filter(pl.col("geography") == AS_REPORTED)


def on_map(frame: pl.LazyFrame) -> pl.LazyFrame:
    """The rows of a published table on the map of the newest year: for series per municipality."""
    return frame.filter(pl.col("geography") != AS_REPORTED)


def weights(lists: pl.LazyFrame, transitions: pl.LazyFrame) -> pl.LazyFrame:
    """Where each municipality of each year lies on the map of the newest year, and by what share.

    lists: `year`, `municipality_code`. transitions: `date`, `from_code`, `to_code`, `split_weight`. Gives
    `year`, `from_code`, `to_code`, `map_year`, `weight` (six digits; those of one municipality are together
    exactly 1). Parts without inhabitants have no weight. Years before the first one of which every
    municipality can be followed are left out.
    """
    listed = lists.select("year", from_code="municipality_code").unique().collect()
    moves = (
        transitions.filter(pl.col("split_weight") > 0)
        .select("date", "from_code", "to_code", share=pl.col("split_weight").cast(_WEIGHT))
        .collect()
    )
    years = listed["year"].unique().sort(descending=True).to_list()
    to_map = listed.filter(pl.col("year") == years[0]).select(
        "from_code", to_code="from_code", weight=pl.lit(1).cast(_WEIGHT)
    )
    until = date(years[0], 1, 1)
    followed = []
    for year in years:
        # What changed on 1 January itself is in the list of that day already.
        first = date(year, 1, 1)
        later = moves.filter((pl.col("date") > first) & (pl.col("date") <= until))
        for day in later["date"].unique().sort(descending=True):
            to_map = _before(to_map, later.filter(pl.col("date") == day))
        until = first
        own = listed.filter(pl.col("year") == year).join(to_map, on="from_code", how="left")
        if own["to_code"].has_nulls():
            break
        followed.append(own.with_columns(map_year=pl.lit(years[0], pl.Int16)))
    return _six_digits(pl.concat(followed).lazy().sort("year", "from_code", "to_code")).select(
        "year", "from_code", "to_code", "map_year", "weight"
    )


def _before(to_map: pl.DataFrame, moves: pl.DataFrame) -> pl.DataFrame:
    """The way to the map before the changes of a day: through those who took over."""
    taken_over = to_map.rename({"from_code": "to_code", "to_code": "on_map"})
    through = moves.join(taken_over, on="to_code", how="left")
    # Who went to an unknown place, be it in part, cannot be followed: a share would be lost.
    lost = through.filter(pl.col("on_map").is_null()).select("from_code")
    moved = (
        through.join(lost, on="from_code", how="anti")
        .group_by("from_code", to_code="on_map")
        .agg(weight=(pl.col("share") * pl.col("weight")).sum().cast(_WEIGHT))
    )
    return pl.concat([to_map.join(moves, on="from_code", how="anti"), moved])


def _six_digits(followed: pl.LazyFrame) -> pl.LazyFrame:
    """Weights of six digits that are together exactly 1: the running total is rounded, not each part."""
    own = ["year", "from_code"]
    running = pl.col("weight").cum_sum().over(own) / pl.col("weight").sum().over(own)
    upto = running.round(6).cast(pl.Decimal(9, 6))
    return followed.with_columns(weight=upto - upto.shift(1).over(own).fill_null(Decimal(0)))


def recast(
    frame: pl.LazyFrame,
    weights: pl.LazyFrame,
    *,
    key: Sequence[str],
    amounts: Sequence[str],
    **every: pl.Expr,
) -> pl.LazyFrame:
    """Rows as reported, on the map of the newest year; every amount keeps its sum to the last digit.

    frame: `year`, `municipality_code`, the columns of `key`, `amounts` (decimals or whole numbers; the
    first one says whether a municipality reported), `inhabitants`, `flags`, `_capture`, `_locator`. Amounts
    of several municipalities are added up as far as they are known. Gives `geography`, `year`,
    `municipality_code`, the key, the amounts, `inhabitants_reported`, `flags`, the trace of the first part,
    and by its name whether something is true of every part of a row.
    """
    own, target = ["year", "from_code"], ["year", "to_code"]
    upto = pl.col("weight").cum_sum().over(own, order_by="to_code")
    ways = weights.select(
        *own, "to_code",
        geography=pl.format("on_map_{}", "map_year"),
        _upto=upto.to_physical().cast(pl.Int128),
        _from=(upto - pl.col("weight")).to_physical().cast(pl.Int128),
        _split=pl.col("weight") < 1,
        _alone=(pl.col("weight") == 1) & (pl.len().over(target) == 1),
    )  # fmt: skip
    parts = frame.join(ways, left_on=_PLACE, right_on=own).with_columns(
        pl.col("to_code").alias("municipality_code"),
        reported(amounts[0]).alias("inhabitants_reported"),
        **every,
    )
    columns = ["geography", *_PLACE, *key, *amounts, "inhabitants_reported", "flags"]
    columns += ["_capture", "_locator", *every]
    # Nearly all municipalities have their place for themselves: nothing is to be divided or added up.
    alone = parts.filter("_alone").select(columns)
    together = parts.filter(~pl.col("_alone")).pipe(_together, columns, key, amounts, list(every))
    return pl.concat([alone, together])


def reported(amount: str) -> pl.Expr:
    """Inhabitants of the municipalities that reported an amount: none where it is missing."""
    return pl.when(pl.col(amount).is_null()).then(0).otherwise(1) * pl.col("inhabitants")


def _together(
    parts: pl.LazyFrame,
    columns: Sequence[str],
    key: Sequence[str],
    amounts: Sequence[str],
    every: Sequence[str],
) -> pl.LazyFrame:
    """Several municipalities, or parts of them, as one row for each place on the map."""
    schema = parts.collect_schema()
    moved = [*amounts, "inhabitants_reported"]
    known = [pl.col(name).count() for name in amounts]
    words = {
        MERGED: pl.len() > 1,
        SPLIT: pl.col("_split").any(),
        PARTLY: pl.any_horizontal((count > 0) & (count < pl.len()) for count in known),
        SILENT: pl.col("flags").str.contains(SILENT).fill_null(False).all(),
    }
    flag_lists = pl.concat_list(
        pl.col("_words").list.join(";").str.split(";").list.set_difference([SILENT, ""]),
        *(pl.when(word).then(pl.lit(word)) for word in words),
    )
    flags = flag_lists.list.drop_nulls().list.unique().list.sort().list.join(";")
    return (
        parts.with_columns(_share(name, schema[name]) for name in moved)
        .group_by("geography", *_PLACE, *key)
        .agg(
            *(known_sum(pl.col(name)) for name in moved),
            *(happened.alias(word) for word, happened in words.items()),
            *(pl.col(name).all() for name in every),
            pl.col("_capture", "_locator").min(),
            _words=pl.col("flags").drop_nulls(),
        )
        .with_columns(flags=pl.when(flags != "").then(flags))
        .select(columns)
    )


def _share(name: str, kind: pl.DataType) -> pl.Expr:
    """A part of an amount by weight. Running totals are rounded, so that the parts lose nothing."""
    last_digits = pl.col(name).to_physical().cast(pl.Int128)

    def rounded(upto: str) -> pl.Expr:
        return (last_digits * pl.col(upto) * 2 + _UNIT) // (2 * _UNIT)

    part = rounded("_upto") - rounded("_from")
    if isinstance(kind, pl.Decimal):
        part = part.cast(pl.Decimal(38, kind.scale)) * pl.lit(Decimal(1).scaleb(-kind.scale))
    return pl.when(pl.col("_split")).then(part.cast(kind)).otherwise(pl.col(name)).alias(name)
