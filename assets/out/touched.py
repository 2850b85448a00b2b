"""Which breaks in series touch a row: the words of `assets/reference/breaks.csv` by year.

What belongs here: the column of words. What does not: which breaks matter to a dataset.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

from assets.reference import breaks


def words(column: str, touched: Mapping[str, Iterable[str]]) -> pl.Expr:
    """Breaks that lie in the row's year, in alphabetical order; missing when there are none.

    touched: value of the column -> the breaks that touch rows with it.
    """
    found = [
        pl.when(
            pl.col(column).is_in(sorted(v for v, names in touched.items() if row["break"] in names))
            & pl.col("year").is_between(int(row["first_year"]), int(row["last_year"]))
        ).then(pl.lit(row["break"]))
        for row in breaks().iter_rows(named=True)
    ]
    joined = pl.concat_list(found).list.drop_nulls().list.unique().list.sort().list.join(";")
    return pl.when(joined != "").then(joined)
