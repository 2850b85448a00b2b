"""The size classes of CBS, by the inhabitants of a municipality in its year.

What belongs here: which class a number of inhabitants falls in. What does not: the bounds and names, which
are in `assets/reference/size_classes.csv`.
"""

from __future__ import annotations

import polars as pl

from assets.reference.tables import size_classes


def size_class() -> pl.Expr:
    """`size_class` of `inhabitants`, ordered from small to large; missing where these are."""
    least = pl.col("min_inhabitants").cast(pl.Int64)
    classes = size_classes().select("size_class", least).sort("min_inhabitants")
    found = pl.lit(None, pl.String)
    for name, fewest in classes.rows():
        found = pl.when(pl.col("inhabitants") >= fewest).then(pl.lit(name)).otherwise(found)
    return found.cast(pl.Enum(classes["size_class"])).alias("size_class")
