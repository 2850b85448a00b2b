"""Traces a row to the rows it was made of, and those to theirs, down to the rows of the sources.

What belongs here: the traversal. Level by level, and table by table within a level, so that the number of
queries depends on the number of tables and not of rows. A row that is reached twice is followed once, so the
trace ends even when declarations form a circle. What does not: the queries (`row_queries.py`), the output
(`text_output.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import msgspec

from expectations.paths import ROOT
from pipelines.explain import lineage, reference_rows
from pipelines.explain.lineage import Read, Words
from pipelines.explain.row_queries import Tables, Values
from pipelines.explain.sources import SourcePlace, Sources

FEW = 3
"""Up to this many rows of a step are all followed; of more only the first, unless all are requested."""

_SAME_PLACE = Words(
    nl="Deze rij is gelezen uit de bronrij op dezelfde plaats.",
    en="This row was read from the source row at the same place.",
)


@dataclass(slots=True, eq=False)
class TracedRow:
    """A row in a trace. place: in its file, from 0. source: only for a source row.

    steps: the rows it was made of, by table; None when it was not followed further.
    """

    table: str
    place: int
    values: Values
    source: SourcePlace | None = None
    steps: list[Step] | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A row in a step, and its share of each number."""

    row: TracedRow
    parts: dict[str, Decimal | None]


@dataclass(frozen=True, slots=True)
class Step:
    """The rows that one declared read contributes to a row. count: all of them; parts: the first, or all."""

    read: Read
    parts: tuple[Part, ...]
    count: int
    totals: dict[str, Decimal | None]
    file: Path | None = None


@dataclass(slots=True)
class Tracer:
    """One trace. limit: the rows that a step lists; None: all are listed and followed.

    later: the first place found that was captured after the release, with its table.
    """

    tables: Tables
    sources: Sources
    limit: int | None = 10
    later: tuple[str, SourcePlace] | None = None
    _rows: dict[tuple[str, int], TracedRow] = field(default_factory=dict)

    def trace(self, table: str, place: int, values: Values, column: str | None = None) -> TracedRow:
        """The row with its inputs, level by level. column: only the inputs of this column.

        Raises VK-C008 for a lineage that does not fit the tables.
        """
        start = self._rows[table, place] = TracedRow(table, place, values)
        level = [start]
        while level:
            grouped: dict[str, list[TracedRow]] = {}
            for row in level:
                grouped.setdefault(row.table, []).append(row)
            level = [
                below
                for name, rows in grouped.items()
                for below in self._below(name, rows, column if rows == [start] else None)
            ]
        return start

    def _below(self, table: str, rows: list[TracedRow], column: str | None) -> list[TracedRow]:
        """Fill in the steps of rows of one table; return the rows to follow next."""
        for row in rows:
            row.steps = []
        following: dict[int, TracedRow] = {}
        by_place = {row.place: row for row in rows}
        for read in self._reads(table, rows, column):
            for row, step in self._steps(table, by_place, read):
                if row.steps is not None:
                    row.steps.append(step)
                every = self.limit is None or step.count <= FEW
                for part in step.parts if every else step.parts[:1]:
                    if part.row.steps is None:
                        following[id(part.row)] = part.row
        return list(following.values())

    def _steps(
        self, table: str, by_place: dict[int, TracedRow], read: Read
    ) -> Iterator[tuple[TracedRow, Step]]:
        """The step of one read, for each of these rows that it contributes to."""
        kind, colon, named = read.reads.partition(":")
        if colon and kind == "schemes":
            for row in by_place.values():
                scheme = row.values.get(named[1:]) if named.startswith("$") else named
                if scheme is not None:
                    yield row, Step(read, (), 0, {}, reference_rows.scheme(str(scheme)))
        elif colon and kind == "query_of":
            for row in by_place.values():
                yield from ((row, step) for step in self._of_query(row, read))
        else:
            for place, inputs in self.tables.inputs(table, list(by_place), read, self.limit):
                listed = inputs.found if self.limit is None or not read.further else ()
                parts = tuple(
                    Part(self._row(read.reads, each.place, each.values), each.parts)
                    for each in listed
                )
                yield by_place[place], Step(read, parts, inputs.count, inputs.totals)

    def _of_query(self, row: TracedRow, read: Read) -> Iterator[Step]:
        """A step for each table that the query in a column of the row reads."""
        query = row.values[read.named[1:]]
        for table, found in self.tables.rows_of_query(query).items() if query else ():
            parts = tuple(Part(self._row(table, *each), {}) for each in found[: self.limit])
            yield Step(msgspec.structs.replace(read, reads=table), parts, len(found), {})

    def _reads(self, table: str, rows: list[TracedRow], column: str | None) -> tuple[Read, ...]:
        """The reads behind the rows of a table; none for a source table."""
        if ":" in table:
            return ()
        dataset, _, own = table.partition(".")
        declared = lineage.lineage(dataset).get(own)
        if declared is not None:
            return _for_column(declared, column)
        path = self.tables.path(table)
        if not path.name.startswith("core_"):
            file = ROOT / "datasets" / dataset / lineage.FILE
            raise lineage.not_declared(file, f"it has no entry for the table {own!r}.")
        captures = {row.values.get("_capture") for row in rows} - {None}
        found = {self.sources.source(str(each)) for each in captures}
        names = {
            name for source in sorted(map(str, found)) for name in self.tables.raw_tables(source)
        }
        return tuple(map(_same_place, sorted(names)))

    def _row(self, table: str, place: int, values: Values) -> TracedRow:
        """The row at a place, the same one whenever it is reached again."""
        known = self._rows.get((table, place))
        if known is None:
            known = self._rows[table, place] = TracedRow(table, place, values)
            if table.startswith("raw:"):
                known.source = self._source(table, values)
        return known

    def _source(self, table: str, values: Values) -> SourcePlace:
        place = self.sources.place(str(values["_capture"]), str(values["_locator"]))
        if place.later:
            self.later = self.later or (table, place)
        return place


def _for_column(reads: tuple[Read, ...], column: str | None) -> tuple[Read, ...]:
    """The reads behind a column: where parts add up to it, only those."""
    if column is None or not any(column in read.parts for read in reads):
        return reads
    return tuple(
        msgspec.structs.replace(read, parts={column: read.parts[column]}) if read.parts else read
        for read in reads
        if not read.parts or column in read.parts
    )


def _same_place(raw: str) -> Read:
    """A core row and its raw row have the same locator; that of the core row may end in a column."""
    return Read(
        reads=raw,
        on={"_capture": "_capture"},
        where="_locator IN ($_locator, regexp_replace($_locator, ',? column .+$', ''))",
        words=_SAME_PLACE,
    )
