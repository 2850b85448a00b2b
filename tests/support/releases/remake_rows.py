"""Remakes rows from only the rows that `datasets/<name>/lineage.yaml` names as their inputs.

What belongs here: finding the inputs of a row, and running the real transform on exactly those. Source rows
are read again from the archived bytes. What does not: which rows are tried, and what must hold
(`tests/end_to_end/test_every_cell.py`).

A row is known by its table and its place in the staged file, from 0.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from unittest import mock

import duckdb
import polars as pl

from assets.corrections import apply, corrections
from assets.definitions import raw_tables, transforms
from assets.ingest.archive import Archive
from assets.ingest.registry import sources
from assets.published.spuk_ledger.audit_rules import rule_list
from assets.reference import tables as reference
from assets.reference.public_claims import Claims, claims
from expectations import contract as contracts
from expectations.audit import _as_promised
from expectations.contract import TRACE, Table
from expectations.paths import ROOT
from expectations.quarantine import Mask
from pipelines.explain.lineage import Read, explained, lineage
from pipelines.explain.query_sources import rows_read
from pipelines.explain.row_queries import PLACE

_REFERENCES = sorted(path.stem for path in (ROOT / "assets/reference").glob("*.csv"))
# Each rule judges by itself, so a row is made by its own rule alone: twenty cost a second.
_JUDGED = {"spuk_ledger.findings", "spuk_ledger.checks"}
# Reference tables with sentences; they contain no facts.
WORDS = {"spuk_subjects"}
_OF_THE_CAPTURE = {"_capture": "_capture"}
_WITHOUT_COLUMN = (
    "_locator = regexp_replace($_locator, ',? column .+$', '') AND _locator <> $_locator"
)

Places = dict[str, set[int]]
"""What is read -> places of rows in it."""


def lineage_of(table: Table) -> tuple[Read, ...]:
    """What a row of a table is made of: as declared, or of a core table the raw row at its place."""
    declared = lineage(table.dataset).get(table.name)
    if declared is not None:
        return declared
    names = transforms()[f"{table.dataset}.{table.name}"].inputs
    assert table.stage == "core", f"no lineage for {table.dataset}.{table.name}"
    return tuple(
        each
        for name in names
        if name.startswith("raw_")
        for each in (
            Read(f"raw:{name}", on=_OF_THE_CAPTURE | {"_locator": "_locator"}),
            # The locator of a core row may end in a column.
            Read(f"raw:{name}", on=_OF_THE_CAPTURE, where=_WITHOUT_COLUMN),
        )
    )


@dataclass
class Remade:
    """The staged tables of a refresh, and their rows made again.

    frames: what is read -> its rows, those of raw tables as the archived bytes give them.
    """

    state: Path
    frames: dict[str, pl.DataFrame] = field(default_factory=dict)
    connection: duckdb.DuckDBPyConnection = field(default_factory=duckdb.connect)
    _lineage: dict[str, tuple[Read, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for qualified in self.tables:
            self._add(qualified, self.staged(contracts.table(qualified).asset))
        for name in raw_tables():
            if (self.state / "tables" / f"{name}.parquet").exists():
                self._add(f"raw:{name}", self._read_again(name))
        for name in _REFERENCES:
            self._add(f"reference:{name}.csv", reference._read(name))
        ids = [claim.id for claim in claims().claims]
        self._add("reference:claims.yaml", pl.DataFrame({"id": ids}))

    @cached_property
    def tables(self) -> list[str]:
        """The tables that were staged, each after those it reads."""
        there = {
            name
            for name in transforms()
            if contracts.table(name).stage != "cross"  # rows of rules, made of what they compare
            and (self.state / "tables" / f"{contracts.table(name).asset}.parquet").exists()
        }
        order: list[str] = []

        def after_its_inputs(name: str) -> None:
            for read in transforms()[name].inputs:
                if (target := target_of(read)) in there and target not in order:
                    after_its_inputs(target)
            if name not in order:
                order.append(name)

        for name in sorted(there):
            after_its_inputs(name)
        return order

    def staged(self, asset: str) -> pl.DataFrame:
        """A table as the refresh left it."""
        return pl.read_parquet(self.state / "tables" / f"{asset}.parquet")

    def _read_again(self, name: str) -> pl.DataFrame:
        table = raw_tables()[name]
        archive = Archive(self.state / "archive")
        return table.read(archive, archive.require(table.source), sources()[table.source])

    def _add(self, target: str, frame: pl.DataFrame) -> None:
        self.frames[target] = frame
        schema, table = schema_and_table(target)
        self.connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
        self.connection.register("given", frame.with_row_index(PLACE).to_arrow())
        self.connection.execute(f'CREATE TABLE "{schema}"."{table}" AS FROM given')
        self.connection.unregister("given")

    def lineage(self, qualified: str) -> tuple[Read, ...]:
        """What a row of a table is made of."""
        if qualified not in self._lineage:
            self._lineage[qualified] = lineage_of(contracts.table(qualified))
        return self._lineage[qualified]

    def places(self, qualified: str, which: str) -> list[int]:
        """The places of the rows of a table for which this SQL holds."""
        query = f"SELECT {PLACE} FROM {sql_name(qualified)} WHERE {which} ORDER BY {PLACE}"  # noqa: S608
        return [place for (place,) in self.connection.execute(query).fetchall()]

    def named(self, qualified: str, places: Iterable[int]) -> dict[int, list[Places]]:
        """For each of these rows: the rows that each entry of the lineage names, entry by entry."""
        reads = self.lineage(qualified)
        found: dict[int, list[Places]] = {
            place: [{} for _ in reads] for place in sorted(set(places))
        }
        for number, read in enumerate(reads):
            for target, query in self._queries(qualified, read, list(found)):
                pairs = self._answer(qualified, read, f'SELECT "$", {PLACE} {query}', list(found))
                for place, other in pairs:
                    found[place][number].setdefault(target, set()).add(other)
        return found

    def closure(self, wanted: Places) -> Places:
        """These rows of tables, and all rows they were made of, down to the raw rows."""
        needed: Places = defaultdict(set, {name: set(places) for name, places in wanted.items()})
        for name in reversed(self.tables):
            places = sorted(needed[name])
            for read in self.lineage(name) if places else ():
                for target, query in self._queries(name, read, places):
                    found = self._answer(name, read, f"SELECT DISTINCT {PLACE} {query}", places)
                    needed[target].update(other for (other,) in found)
        return {target: places for target, places in needed.items() if places}

    def _queries(self, qualified: str, read: Read, places: list[int]) -> Iterator[tuple[str, str]]:
        """What an entry reads, and the SQL that joins these rows (`"$"`) with the rows it names."""
        if read.reads.startswith("schemes:"):
            return  # a complete file, which a transform reads by itself
        if not read.reads.startswith("query_of:"):
            yield read.reads, f"FROM explained, {sql_name(read.reads)} WHERE {read.terms}"
            return
        column = read.named[1:]
        for place in places:
            for target, query in rows_read(
                self.connection, self.frames[qualified][column][place]
            ).items():
                one = f'(SELECT * FROM explained WHERE "$" = {place})'  # noqa: S608
                yield target, f"FROM {one}, ({query})"

    def _answer(
        self, qualified: str, read: Read, query: str, places: list[int]
    ) -> list[tuple[Any, ...]]:
        own = "".join(f', "{each}" AS "${each}"' for each in sorted(read.columns()))
        rows = f"FROM {sql_name(qualified)} WHERE {PLACE} IN (SELECT unnest(?))"
        full_query = f'WITH explained AS (SELECT {PLACE} AS "$" {own} {rows}) {query}'
        return self.connection.execute(full_query, [places]).fetchall()

    def run(self, qualified: str, given: Places, wanted: Iterable[int] = ()) -> pl.DataFrame:
        """The real transform of a table on these rows only, typed as in its contract.

        wanted: the rows that it is run for, where the transform would also ask after others (claims).
        """
        transform = transforms()[qualified]
        frames = {}
        for name in transform.inputs:
            rows = self._slice(target_of(name), given)
            frames[name] = apply(rows.lazy(), corrections().get(name, ()))[0]
        with self._nothing_else(qualified, given, wanted):
            made = transform.make(**frames)
            return _as_promised(contracts.table(qualified), made)

    def _slice(self, target: str, given: Places) -> pl.DataFrame:
        return self.frames[target][sorted(given.get(target, ()))]

    @contextmanager
    def _nothing_else(self, qualified: str, given: Places, wanted: Iterable[int]) -> Iterator[None]:
        """Reference files have the named rows only, and so have the claims."""

        read_all = reference._read

        def read(name: str) -> pl.DataFrame:
            return read_all(name) if name in WORDS else self._slice(f"reference:{name}.csv", given)

        with mock.patch.object(reference, "_read", read):
            if qualified.startswith("claims."):
                ids = set(self._slice("reference:claims.yaml", given)["id"])
                rows = self.frames[qualified][sorted(wanted)]
                declared = selected_claims(claims(), ids, rows)
                with mock.patch("assets.published.claims.claims.claims", lambda: declared):
                    yield
            elif qualified in _JUDGED:
                ids = set(self.frames[qualified][sorted(wanted)]["rule"])
                selected_rules = tuple(rule for rule in rule_list.RULES if rule.id in ids)
                with mock.patch.object(rule_list, "RULES", selected_rules):
                    yield
            else:
                yield

    def flagged(self, qualified: str, made: pl.DataFrame) -> pl.DataFrame:
        """Rows with the words of the rules that they break, judged among the staged rows of their table."""
        table = contracts.table(qualified)
        rules = [
            rule
            for rule in table.all_rules
            if rule.about == "rows" and rule.severity == "warning" and not rule.sets_aside
        ]
        if not rules or table.flags_column is None or made.is_empty():
            return made
        columns = [*table.dtypes, *TRACE]
        others = self.frames[qualified].select(columns).join(
            made, on=list(table.key), how="anti", nulls_equal=True
        )  # fmt: skip
        mask = Mask(tuple(rules))
        yardsticks = {name: self.frames[name].lazy() for name in table.references()}
        table_rows = pl.concat([others, made.select(columns)]).sort(table.key)
        judged = mask.kept(table, mask.applied(table_rows.lazy(), yardsticks)).collect()
        return judged.join(made, on=list(table.key), how="semi", nulls_equal=True)

    def differences(self, qualified: str, places: Iterable[int], made: pl.DataFrame) -> list[str]:
        """In words, where rows made again are not the staged ones; empty when every column is equal."""
        table = contracts.table(qualified)
        key, columns = list(table.key), [*table.dtypes, *TRACE]
        staged = self.frames[qualified][sorted(places)].select(columns)
        both = staged.join(made.select(columns), on=key, how="left", suffix=" made",
            nulls_equal=True, coalesce=True, maintain_order="left")  # fmt: skip
        if both.height > staged.height:
            return [f"{qualified}: a row is made twice"]
        there = staged.join(made, on=key, how="anti", nulls_equal=True)
        problems = [f"{qualified} {row}: is not made" for row in there.select(key).iter_rows()]
        found = both.join(there, on=key, how="anti", nulls_equal=True)
        for column in columns:
            if column in key:
                continue
            unlike = found.filter(pl.col(column).ne_missing(pl.col(f"{column} made")))
            problems += [
                f"{qualified} {row[:-2]}: {column} is {row[-2]}, made {row[-1]}"
                for row in unlike.select(*key, column, f"{column} made").iter_rows()
            ]
        return problems

    def parts(self, qualified: str, places: Iterable[int]) -> Iterator[tuple[int, str, Any, Any]]:
        """Place, column, the number, and the sum of its parts; of rows that have parts at all.

        Where several entries have parts of one column, the number is the sum over all of them.
        """
        sums: dict[tuple[int, str], Any] = {}
        chosen = sorted(set(places))
        for read in self.lineage(qualified):
            added = ", ".join(f"sum({explained(sql)})" for sql in read.parts.values())
            for _, query in self._queries(qualified, read, chosen) if read.parts else ():
                full_query = f'SELECT "$", {added} {query} GROUP BY "$"'
                for place, *found in self._answer(qualified, read, full_query, chosen):
                    for column, value in zip(read.parts, found, strict=True):
                        if value is not None:
                            sums[place, column] = sums.get((place, column), 0) + value
        for (place, column), total in sorted(sums.items()):
            yield place, column, self.frames[qualified][column][place], total


def selected_claims(every: Claims, ids: set[str], rows: pl.DataFrame) -> Claims:
    """Only the claims with these ids; a reading that the rows are not about asks what another one asks."""
    wanted = set(rows.select("claim", "reading").iter_rows())
    kept = []
    for claim in every.claims:
        queries = [each.query for each in claim.readings if (claim.id, each.id) in wanted]
        if claim.id in ids:
            readings = tuple(
                each if (claim.id, each.id) in wanted or not queries
                else each.model_copy(update={"query": queries[0]})
                for each in claim.readings
            )  # fmt: skip
            kept.append(claim.model_copy(update={"readings": readings}))
    return every.model_copy(update={"claims": tuple(kept)})


def target_of(asset: str) -> str:
    """What a parameter of a transform is in lineage: `core_a__b` is `a.b`, `raw_a__b` is `raw:raw_a__b`."""
    if asset.startswith("raw_"):
        return f"raw:{asset}"
    dataset, _, table = asset.removeprefix("core_").partition("__")
    return f"{dataset}.{table or dataset}"


def schema_and_table(target: str) -> tuple[str, str]:
    """Where DuckDB has what is read: `reference:breaks.csv` is `reference.breaks`."""
    kind, colon, name = target.partition(":")
    if colon:
        return kind, name.partition(".")[0]
    schema, _, table = target.partition(".")
    return schema, table


def sql_name(target: str) -> str:
    """What is read, as an identifier of SQL."""
    return ".".join(f'"{part}"' for part in schema_and_table(target))
