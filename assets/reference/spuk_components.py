"""Components of a SPUK by any spelling that a regulation or letter uses; an unknown one is a problem."""

from __future__ import annotations

import polars as pl

from assets.reference.tables import spuk_components
from expectations.vocabulary import PROBLEM

# The component of an amount that is for a scheme as it is, not for a part of it.
TOTAL = "total"


def with_component(frame: pl.LazyFrame) -> pl.LazyFrame:
    """Add component and its name by the printed label; an unknown label is a problem."""
    listed = spuk_components().lazy().select(spelled("label"), "component", "component_name_nl")
    known = listed.unique("_label", keep="first", maintain_order=True)
    joined = frame.with_columns(spelled("label")).join(
        known, on="_label", how="left", maintain_order="left"
    )
    earlier = pl.col(PROBLEM) if PROBLEM in frame.collect_schema() else pl.lit(None, pl.String)
    unknown = pl.when(pl.col("component").is_null()).then(
        pl.format('component: "{}" is in no list of components', "label")
    )
    return joined.with_columns(pl.coalesce(earlier, unknown).alias(PROBLEM)).drop("_label")


def spelled(label: str) -> pl.Expr:
    """A label as it is compared: between blocks capitals, hyphens and blanks drift."""
    bare = pl.col(label).str.to_lowercase().str.replace_all("[-\u00ad\u2010\u2011]", "")
    return bare.str.replace_all(r"\s+", " ").str.strip_chars().alias("_label")
