"""Named definitions of the ratio as tables that other tables join with, so that no name is written in code.

What belongs here: the published list, and its readings by kind: what a numerator is made of, which
denominators a year can have, what the claim says. What does not: amounts.

Grain    definition
Traps    a definition may be a public claim or an inference; `provenance` says so
"""

from __future__ import annotations

from typing import Any

import polars as pl

from assets.framework.declared_tables import Transform
from assets.reference.taakvelden import breaks_by_year, breaks_of, in_words
from assets.reference.tables import ratio_definitions, taakveld_bridge

_SHARE = pl.Decimal(9, 4)
_EDGE = {"first_year": -(2**15), "last_year": 2**15 - 1}  # of a 16-bit year: always valid


def definitions() -> pl.LazyFrame:
    """Every definition: kind, names and meaning in two languages, parts, bounds, provenance, source."""
    return (
        ratio_definitions()
        .lazy()
        .with_columns(
            pl.col("at_least_pct", "below_pct").cast(_SHARE),
            pl.col("first_year", "last_year").cast(pl.Int16),
        )
    )


def of_kind(kind: str) -> pl.LazyFrame:
    """The definitions of one kind: numerator, basis, denominator, claim, target or bridge."""
    return definitions().filter(pl.col("kind") == kind)


def parts(counted_in: str) -> pl.LazyFrame:
    """`numerator`, `part`, `of`: what numerators are made of, and of how many parts.

    counted_in: `municipal` (parts are groups of taakvelden) or `care_accounts` (parts are providers).
    """
    listed = pl.col("parts").str.split(";")
    return (
        of_kind("numerator")
        .filter(pl.col("counted_in") == counted_in)
        .select(pl.col("definition").alias("numerator"), part=listed, of=listed.list.len())
        .explode("part")
    )


def denominators() -> pl.LazyFrame:
    """`denominator`, `care_definition`, `revision`, and the years it can speak about."""
    care_definition, revision = (pl.col("parts").str.split(";").list.get(n) for n in (0, 1))
    return of_kind("denominator").select(
        pl.col("definition").alias("denominator"),
        care_definition.alias("care_definition"),
        revision.alias("revision"),
        *(pl.col(edge).fill_null(year) for edge, year in _EDGE.items()),
    )


def one(name: str) -> dict[str, Any]:
    """The definition of this name, as a row. ValueError when there is none, or several."""
    return definitions().filter(pl.col("definition") == name).collect().row(0, named=True)


def broken() -> pl.LazyFrame:
    """`touched`, `report_type`, `year`, `break`: of numerators, and of series of care spending."""
    groups = taakveld_bridge().lazy().select(series="comparable_series", part="taakveld_group")
    made_of = groups.unique().join(parts("municipal"), on="part")
    itself = breaks_by_year().select(touched="series", series="series").unique()
    numerators = made_of.select(touched="numerator", series="series")
    return breaks_of(pl.concat([numerators, itself]).unique())


def outside() -> pl.LazyFrame:
    """`numerator`, `denominator`: what CBS does not count in the definition behind the denominator."""
    outsider = of_kind("numerator").select(numerator="definition", care_definition="outside")
    return (
        outsider.drop_nulls()
        .join(denominators(), on="care_definition")
        .select("numerator", "denominator")
    )


def with_breaks(frame: pl.LazyFrame, *touching: str) -> pl.LazyFrame:
    """Add `breaks`: the words of all breaks of the year and report that touch one of these columns."""
    own = ["report_type", "year"]
    keys = [*touching, *own]
    break_words = pl.concat(
        frame.select(keys)
        .unique()
        .join(broken(), left_on=[column, *own], right_on=["touched", *own])
        .select(*keys, "break")
        for column in touching
    )
    words = break_words.group_by(keys).agg(in_words())
    return frame.join(words, on=keys, how="left", maintain_order="left")


TABLES = (Transform("care_welfare_ratio.definitions", definitions),)
