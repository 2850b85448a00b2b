"""From a row to the rows it was made of, and from those on, down to the rows of the sources.

What belongs here: the way. Level after level, and in a level table after table, so that the number of
queries is that of the tables on the way and not that of the rows. A row that is reached twice is walked once,
so the way ends whatever the declarations say. What does not: the queries (`rows.py`), the words
(`telling.py`).
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
from pipelines.explain.sources import Place, Sources

FEW = 3
"""So many rows of a step are all followed; of more only the first, unless all are asked for."""

_SAME_PLACE = Words(
    nl="Deze rij is gelezen uit de bronrij op dezelfde plaats.",
    en="This row was read from the source row at the same place.",
)


@dataclass(slots=True, eq=False)
class Row:
    """A row on the way. place: in its file, from 0. source: of a row of a source.

    steps: what it was made of; None when it was not followed further.
    """

    table: str
    place: int
    values: Values
    source: Place | None = None
    steps: list[Step] | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A row in a step, and its share of the numbers that the step adds up to."""

    row: Row
    parts: dict[str, Decimal | None]


@dataclass(frozen=True, slots=True)
class Step:
    """The rows that one read brought into a row. count: of all; parts are the first, or all."""

    read: Read
    parts: tuple[Part, ...]
    count: int
    totals: dict[str, Decimal | None]
    file: Path | None = None


@dataclass(slots=True)
class Walk:
    """One way down. limit: so many rows of a step are told; None: all are told and followed.

    later: the first place on the way that was captured after the release, with its table.
    """

    tables: Tables
    sources: Sources
    limit: int | None = 10
    later: tuple[str, Place] | None = None
    _rows: dict[tuple[str, int], Row] = field(default_factory=dict)

    def down(self, table: str, place: int, values: Values, column: str | None = None) -> Row:
        """The row with all that it was made of. column: only what went into that column of it.

        Raises VK-C008 for a lineage that does not fit.
        """
        start = self._rows[table, place] = Row(table, place, values)
        level = [start]
        while level:
            grouped: dict[str, list[Row]] = {}
            for row in level:
                grouped.setdefault(row.table, []).append(row)
            level = [
                below
                for name, rows in grouped.items()
                for below in self._below(name, rows, column if rows == [start] else None)
            ]
        return start

    def _below(self, table: str, rows: list[Row], column: str | None) -> list[Row]:
        """Fill in the steps of rows of one table; give the rows to follow next."""
        for row in rows:
            row.steps = []
        following: dict[int, Row] = {}
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
        self, table: str, by_place: dict[int, Row], read: Read
    ) -> Iterator[tuple[Row, Step]]:
        """What one read brought into each of these rows that it brought something into."""
        kind, colon, named = read.reads.partition(":")
        if colon and kind == "schemes":
            for row in by_place.values():
                scheme = row.values.get(named[1:]) if named.startswith("$") else named
                if scheme is not None:
                    yield row, Step(read, (), 0, {}, reference_rows.scheme(str(scheme)))
        elif colon and kind == "asked":
            for row in by_place.values():
                yield from ((row, step) for step in self._asked(row, read))
        else:
            for place, inputs in self.tables.inputs(table, list(by_place), read, self.limit):
                listed = inputs.found if self.limit is None or not read.further else ()
                parts = tuple(
                    Part(self._row(read.reads, each.place, each.values), each.parts)
                    for each in listed
                )
                yield by_place[place], Step(read, parts, inputs.count, inputs.totals)

    def _asked(self, row: Row, read: Read) -> Iterator[Step]:
        """A step for each table that the query in a column of the row reads."""
        query = row.values[read.named[1:]]
        for table, found in self.tables.asked(query).items() if query else ():
            parts = tuple(Part(self._row(table, *each), {}) for each in found[: self.limit])
            yield Step(msgspec.structs.replace(read, reads=table), parts, len(found), {})

    def _reads(self, table: str, rows: list[Row], column: str | None) -> tuple[Read, ...]:
        """What the rows of a table are made of; nothing for a table that is itself a source."""
        if ":" in table:
            return ()
        dataset, _, own = table.partition(".")
        declared = lineage.lineage(dataset).get(own)
        if declared is not None:
            return _about(declared, column)
        path = self.tables.path(table)
        if not path.name.startswith("core_"):
            file = ROOT / "datasets" / dataset / lineage.FILE
            raise lineage.not_declared(file, f"it says nothing of the table {own!r}.")
        captures = {row.values.get("_capture") for row in rows} - {None}
        found = {self.sources.source(str(each)) for each in captures}
        names = {
            name for source in sorted(map(str, found)) for name in self.tables.raw_tables(source)
        }
        return tuple(map(_same_place, sorted(names)))

    def _row(self, table: str, place: int, values: Values) -> Row:
        """The row at a place, the same one whenever it is reached again."""
        known = self._rows.get((table, place))
        if known is None:
            known = self._rows[table, place] = Row(table, place, values)
            if table.startswith("raw:"):
                known.source = self._source(table, values)
        return known

    def _source(self, table: str, values: Values) -> Place:
        place = self.sources.place(str(values["_capture"]), str(values["_locator"]))
        if place.later:
            self.later = self.later or (table, place)
        return place


def _about(reads: tuple[Read, ...], column: str | None) -> tuple[Read, ...]:
    """Those that went into a column: where parts add up to it, these parts and no others."""
    if column is None or not any(column in read.parts for read in reads):
        return reads
    return tuple(
        msgspec.structs.replace(read, parts={column: read.parts[column]}) if read.parts else read
        for read in reads
        if not read.parts or column in read.parts
    )


def _same_place(raw: str) -> Read:
    """Core and raw row lie at one place; that of the core row may say the column too."""
    return Read(
        reads=raw,
        on={"_capture": "_capture"},
        where="_locator IN ($_locator, regexp_replace($_locator, ',? column .+$', ''))",
        words=_SAME_PLACE,
    )
