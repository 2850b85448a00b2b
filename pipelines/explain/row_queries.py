"""Queries on rows of tables, through DuckDB: the row of a key, and the inputs of given rows.

What belongs here: every query. Values are bound, never pasted; identifiers are quoted. A row is identified by
its table and its place in that table's file, so a table needs no key to be traced. What does not: which rows
are inputs (`lineage.py`), the traversal (`trace.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from pipelines.explain import reference_rows
from pipelines.explain.lineage import Read, explained, name, not_declared
from pipelines.explain.query_sources import rows_read

Values = dict[str, Any]

PLACE = "file_row_number"
_EVERY = 1 << 62


@dataclass(frozen=True, slots=True)
class FoundRows:
    """An input row. place: in its file, from 0. parts: explained column -> its share."""

    place: int
    values: Values
    parts: dict[str, Decimal | None]


@dataclass(frozen=True, slots=True)
class Inputs:
    """The inputs of one row through one read: the first of them, and totals of all.

    count: all of them. totals: explained column -> the sum of all parts; None when none is known.
    """

    found: tuple[FoundRows, ...]
    count: int
    totals: dict[str, Decimal | None]


@dataclass(slots=True)
class Tables:
    """The tables in a folder of staged ones, and the reference files of the project, opened when needed."""

    folder: Path
    connection: duckdb.DuckDBPyConnection = field(default_factory=duckdb.connect)
    _views: dict[str, str] = field(default_factory=dict)
    _types: dict[str, dict[str, str]] = field(default_factory=dict)

    def view(self, table: str) -> str:
        """The view of a table as lineage names it. Raises VK-C008 when there is no such table."""
        if table not in self._views:
            # Under this name SQL in a declaration finds it: dataset.table, raw.<table>, reference.<file>.
            schema, _, own = table.replace(":", ".", 1).partition(".")
            view = f"{name(schema)}.{name(own)}"
            self.connection.execute(f"CREATE SCHEMA IF NOT EXISTS {name(schema)}")
            if schema == "reference":
                reference_rows.relation(self.connection, own, view)
            else:
                self.open(self.path(table), view)
            self._views[table] = view
        return self._views[table]

    def add(self, table: str, path: Path) -> None:
        """Add a table under a given name, from a file outside the folder."""
        self._views[table] = name(table)
        self.open(path, self._views[table])

    def open(self, path: Path, view: str) -> None:
        """A Parquet file as a view."""
        if not path.exists():
            raise not_declared(path, "there is no such table, or it is not staged.")
        file = "'" + str(path).replace("'", "''") + "'"  # a view takes no parameters
        query = f"FROM read_parquet({file}, file_row_number = true)"
        self.connection.execute(f"CREATE VIEW {view} AS {query}")

    def path(self, table: str) -> Path:
        """The file of a staged table: `dataset.table` or `raw:<raw table>`."""
        if table.startswith("raw:"):
            return self.folder / f"{table.removeprefix('raw:')}.parquet"
        dataset, _, own = table.partition(".")
        names = [f"core_{dataset}__{own}", dataset if own == dataset else f"{dataset}__{own}"]
        names += [f"cross_{dataset}"] if own == "cross" else []
        paths = [self.folder / f"{each}.parquet" for each in names]
        return next((path for path in paths if path.exists()), paths[1])

    def raw_tables(self, source: str | None) -> list[str]:
        """The staged raw tables of a source, or of all."""
        paths = sorted(self.folder.glob(f"raw_{source or '*'}__*.parquet"))
        return [f"raw:{path.stem}" for path in paths]

    def types(self, table: str) -> dict[str, str]:
        """Column -> its type in DuckDB."""
        if table not in self._types:
            rows = self.connection.execute(f"DESCRIBE {self.view(table)}").fetchall()
            self._types[table] = {row[0]: row[1] for row in rows if row[0] != PLACE}
        return self._types[table]

    def matching(self, table: str, key: Mapping[str, Any], limit: int) -> list[tuple[int, Values]]:
        """Places and values of the rows in which these columns have these values; None is missing."""
        terms = " AND ".join(f"{name(each)} IS NOT DISTINCT FROM ?" for each in key) or "true"
        rows = self.connection.execute(
            f"SELECT * FROM {self.view(table)} WHERE {terms} ORDER BY {PLACE} LIMIT ?",  # noqa: S608
            [*key.values(), limit],
        )
        heads = [each[0] for each in rows.description or ()]
        found = [dict(zip(heads, row, strict=True)) for row in rows.fetchall()]
        return [(values.pop(PLACE), values) for values in found]

    def same_rows(self, one: str, other: str) -> bool:
        """Whether a table has the rows of another, in the columns of the first."""
        columns = ", ".join(map(name, self.types(one)))
        counts = [f"SELECT count(*) FROM {self.view(each)}" for each in (one, other)]  # noqa: S608
        lost = (
            f"SELECT count(*) FROM (SELECT {columns} FROM {self.view(one)} "  # noqa: S608
            f"EXCEPT ALL SELECT {columns} FROM {self.view(other)})"
        )
        same = self.connection.execute(f"SELECT ({counts[0]}) = ({counts[1]}) AND ({lost}) = 0")
        return bool(same.fetchall()[0][0])

    def inputs(
        self, table: str, places: Sequence[int], read: Read, limit: int | None
    ) -> Iterator[tuple[int, Inputs]]:
        """For each of these rows of a table that has any: the rows of one read, the largest part first.

        Without parts in the order of their file. Raises VK-C008 when the entry does not fit the tables.
        """
        self._named_in(read)
        own = read.columns()
        known = self.types(table)
        if lost := own - known.keys():
            raise not_declared(self.path(table), f"{table} has no column {sorted(lost)[0]!r}.")
        mine = "".join(f", {name(each)} AS {name('$' + each)}" for each in sorted(own))
        parts = list(read.parts)
        shares = "".join(
            f", ({explained(read.parts[each])}) AS {name('=' + each)}" for each in parts
        )
        sums = "".join(
            f", sum({name('=' + each)}) OVER same AS {name('+' + each)}" for each in parts
        )
        largest = f"abs({name('=' + parts[0])}) DESC NULLS LAST, " if parts else ""
        rows = self._run(
            f"""
            WITH explained AS MATERIALIZED (
                SELECT {PLACE} AS "$" {mine} FROM {self.view(table)}
                WHERE {PLACE} IN (SELECT unnest(?))
            ), joined AS (
                SELECT * {shares} FROM explained, {self.view(read.reads)}
                WHERE {read.terms}
            )
            SELECT *, count(*) OVER same AS "#" {sums},
                row_number() OVER (PARTITION BY "$" ORDER BY {largest}{PLACE}) AS "@"
            FROM joined WINDOW same AS (PARTITION BY "$")
            QUALIFY "@" <= ? ORDER BY "$", "@"
            """,  # noqa: S608
            [list(places), limit or _EVERY],
            read,
        )
        grouped: dict[int, list[Values]] = {}
        for row in rows:
            grouped.setdefault(row["$"], []).append(row)
        for place, found in grouped.items():
            first = found[0]
            totals = {each: first["+" + each] for each in parts}
            yield place, Inputs(tuple(_found(row, parts) for row in found), first["#"], totals)

    def _named_in(self, read: Read) -> None:
        """Open the tables that the condition of a read looks at; other names are aliases of its own."""
        for each in read.tables():
            schema, _, own = each.partition(".")
            if schema in ("reference", "raw"):
                self.view(f"{schema}:{own}")
            elif self.path(each).exists():
                self.view(each)

    def rows_of_query(self, query: str) -> dict[str, list[tuple[int, Values]]]:
        """Table -> places and values of the rows that a query reads. Raises VK-C008."""
        try:
            found = {}
            for table, places in rows_read(self.connection, query).items():
                rows = self.connection.execute(
                    f"FROM {self.view(table)} WHERE {PLACE} IN ({places}) ORDER BY {PLACE}"
                )
                heads = [each[0] for each in rows.description or ()]
                records = [dict(zip(heads, row, strict=True)) for row in rows.fetchall()]
                found[table] = [(values.pop(PLACE), values) for values in records]
        except (ValueError, duckdb.Error) as error:
            raise not_declared(self.folder, f"{query}: {str(error).splitlines()[0]}") from None
        return found

    def _run(self, query: str, values: list[Any], read: Read) -> list[Values]:
        try:
            rows = self.connection.execute(query, values)
            heads = [each[0] for each in rows.description or ()]
            return [dict(zip(heads, row, strict=True)) for row in rows.fetchall()]
        except duckdb.Error as error:
            why = f"{read.reads}: {str(error).splitlines()[0]}"
            raise not_declared(self.folder, why) from None


def _found(row: Values, parts: list[str]) -> FoundRows:
    ours = {"$", "#", "@", PLACE}
    values = {
        column: value
        for column, value in row.items()
        if column not in ours and column[:1] not in "$=+"
    }
    return FoundRows(row[PLACE], values, {each: row["=" + each] for each in parts})
