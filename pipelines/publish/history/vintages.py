"""All states of a table over time: one row per state of a row, so that any date is one filter.

    key and value columns    of the table, those it dropped on the way behind the others
    known_from, known_to     UTC; the state was published from here until there, empty: still is
    withdrawn                a tombstone: from here on the row is no longer there; its values are null
    version                  the release that brought the state
    inputs_published_at      the newest moment its sources give for their own figures, as they give it
    inputs_retrieved_at      when the newest of its sources was captured

Only changes are stored. A table has none of these names among its own columns. What belongs here:
growing this table, and looking back in it, here or in one line of SQL. A state belongs to the day it
was known at the end of, so of two releases on one day the later counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import polars as pl

from expectations.contract import Table

MOMENT = pl.Datetime("us")
ABOUT = pl.Schema(
    {
        "known_from": MOMENT,
        "known_to": MOMENT,
        "withdrawn": pl.Boolean(),
        "version": pl.String(),
        "inputs_published_at": pl.String(),
        "inputs_retrieved_at": pl.String(),
    }
)


@dataclass(frozen=True, slots=True)
class Known:
    """The release that brought a state. known_from: naive UTC."""

    version: str
    known_from: datetime
    published_at: str | None
    retrieved_at: str


def known(manifest: Mapping[str, Any], after: datetime | None = None) -> Known:
    """When the content of a manifest was known.

    after: when the release before it was. A release never counts as known before the one it follows,
    even where the clocks of its sources differ.
    """
    captured = [each["retrieved_at"] for each in manifest["inputs"]]
    published = [each["published_at"] for each in manifest["inputs"] if each["published_at"]]
    own = moment_of(manifest["published_at"])
    return Known(
        version=manifest["version"],
        known_from=max(own, after) if after else own,
        published_at=max(published, default=None),
        retrieved_at=max(captured, default=manifest["published_at"]),
    )


def moment_of(text: str) -> datetime:
    """An ISO 8601 moment as naive UTC; one without an offset is UTC already. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def file_name(table: Table) -> str:
    """The file of a table's vintages in a release."""
    return f"{table.name}.vintages.parquet"


def extended(
    table: Table, earlier: pl.DataFrame | None, rows: pl.DataFrame, release: Known
) -> pl.DataFrame:
    """The vintages after a release. earlier: those before it; None for the first. rows: all it holds.

    Sorted by the row order of the table, then by when a state was known.
    """
    now = rows.select(table.dtypes.names()).cast(table.dtypes)
    if earlier is None:
        earlier = pl.DataFrame(schema=pl.Schema({**table.dtypes, **ABOUT}))
    earlier, now = _alike(earlier, now)
    values = [name for name in earlier.columns if name not in ABOUT]
    since = release.known_from

    over = earlier.filter(pl.col("known_to").is_not_null())
    current = earlier.filter(pl.col("known_to").is_null())
    alive, buried = current.filter(~pl.col("withdrawn")), current.filter(pl.col("withdrawn"))
    began = now.join(alive, on=values, how="anti", nulls_equal=True)
    same = alive.join(now, on=values, how="semi", nulls_equal=True)
    changed = alive.join(now, on=values, how="anti", nulls_equal=True)
    gone = changed.join(now, on=list(table.key), how="anti", nulls_equal=True)
    back = buried.join(began, on=list(table.key), how="semi", nulls_equal=True)
    still_buried = buried.join(began, on=list(table.key), how="anti", nulls_equal=True)
    current_state = [
        pl.lit(since, MOMENT).alias("known_from"),
        pl.lit(None, MOMENT).alias("known_to"),
        pl.lit(False).alias("withdrawn"),
        pl.lit(release.version).alias("version"),
        pl.lit(release.published_at, pl.String).alias("inputs_published_at"),
        pl.lit(release.retrieved_at).alias("inputs_retrieved_at"),
    ]
    empty = [pl.lit(None, gone.schema[n]).alias(n) for n in values if n not in table.key]
    tombstones = gone.with_columns([*empty, *current_state]).with_columns(withdrawn=pl.lit(True))
    ended = pl.concat([changed, back]).with_columns(known_to=pl.lit(since, MOMENT))
    parts = [over, same, still_buried, ended, began.with_columns(current_state), tombstones]
    grown = pl.concat([part.select(*values, *ABOUT) for part in parts])
    key = [name for name in table.row_order if name in table.key]
    # The open end of a state comes after every end that is known.
    ends = pl.col("known_to").fill_null(datetime.max)
    return grown.sort(*key, "known_from", ends, "withdrawn", "version")


def _alike(earlier: pl.DataFrame, now: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Both with the same columns and types: those of now, then those that were dropped.

    History is never rounded: where its values do not fit the type of now, both become text.
    """
    dropped = [name for name in earlier.columns if name not in ABOUT and name not in now.columns]
    now = now.with_columns(pl.lit(None, earlier.schema[name]).alias(name) for name in dropped)
    new = [name for name in now.columns if name not in earlier.columns]
    earlier = earlier.with_columns(pl.lit(None, now.schema[name]).alias(name) for name in new)
    for name, kind in now.schema.items():
        if earlier.schema[name] != kind:
            column = earlier[name]
            cast = column.cast(kind, strict=False)
            if cast.cast(column.dtype, strict=False).equals(column, null_equal=True):
                earlier = earlier.with_columns(cast)
            else:
                text = pl.col(name).cast(pl.String)
                earlier, now = earlier.with_columns(text), now.with_columns(text)
    return earlier.select(*now.columns, *ABOUT), now


def as_of(table: Table, vintages: pl.DataFrame, day: date) -> pl.DataFrame:
    """The table as it was known at the end of a day (UTC), as the release of then held it.

    table: as the contract of that release describes it.
    """
    then = (pl.col("known_from").dt.date() <= day) & (
        pl.col("known_to").is_null() | (pl.col("known_to").dt.date() > day)
    )
    rows = vintages.filter(then & ~pl.col("withdrawn")).select(table.dtypes.names())
    return rows.cast(table.dtypes).sort(table.row_order)


def one_line(file: str, day: date) -> str:
    """The same as SQL for DuckDB, over the file."""
    return (
        f"FROM '{file}' SELECT * EXCLUDE ({', '.join(ABOUT)}) "
        f"WHERE known_from::DATE <= '{day}' AND coalesce(known_to::DATE > '{day}', true) "
        "AND NOT withdrawn"
    )
