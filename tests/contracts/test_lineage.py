"""Every published table says what its rows were made of, in columns that exist and SQL that can be asked."""

from __future__ import annotations

import duckdb
import polars as pl
import pytest

from assets.calc.sql_answers import tables_read
from assets.definitions import raw_tables, transforms
from assets.reference.public_claims import claims
from expectations import contract as contracts
from expectations.contract import TRACE
from expectations.paths import ROOT
from pipelines.explain.lineage import Read, explained, lineage
from pipelines.explain.query_sources import rows_read
from pipelines.explain.row_queries import PLACE
from tests.support.releases.remake_rows import (
    schema_and_table,
    sql_name,
    target_of,
)

DATASETS = sorted(path.parent.name for path in ROOT.glob("datasets/*/lineage.yaml"))
ENTRIES = [
    pytest.param(f"{dataset}.{table}", read, id=f"{dataset}.{table}-{number}-{read.reads}")
    for dataset in DATASETS
    for table, reads in lineage(dataset).items()
    for number, read in enumerate(reads)
]


@pytest.fixture(scope="module")
def tables() -> duckdb.DuckDBPyConnection:
    """All tables of all contracts and all reference files, without a row."""
    connection = duckdb.connect()
    empty: dict[str, pl.DataFrame] = {
        f"{each.dataset}.{table.name}": pl.DataFrame(
            schema={**table.dtypes, **TRACE, PLACE: pl.Int64}
        )
        for each in contracts.contracts().values()
        for table in each.tables.values()
    }
    for path in (ROOT / "assets/reference").glob("*.csv"):
        empty[f"reference:{path.name}"] = pl.read_csv(path, infer_schema=False).clear()
    for target, frame in empty.items():
        schema, table = schema_and_table(target)
        connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
        connection.register("given", frame.to_arrow())
        connection.execute(f'CREATE TABLE "{schema}"."{table}" AS FROM given')
    return connection


def test_every_published_table_has_lineage() -> None:
    published = [name for name in transforms() if contracts.table(name).stage == "published"]
    stated = {f"{dataset}.{table}" for dataset in DATASETS for table in lineage(dataset)}
    assert len(published) > 40
    assert sorted(set(published) - stated) == []
    assert sorted(stated - set(transforms())) == []


def test_every_table_that_a_transform_reads_is_one_it_may_name() -> None:
    """What lineage names is what the transform is given, or a file of ours."""
    unknown = []
    for dataset in DATASETS:
        for table, reads in lineage(dataset).items():
            names = read_by(f"{dataset}.{table}")
            for read in reads:
                kind, colon, target = read.reads.partition(":")
                if colon and kind != "raw":
                    continue
                asset = target if colon else contracts.table(read.reads).asset
                if asset not in names:
                    unknown.append(f"{dataset}.{table}: {read.reads}")
    assert unknown == []


def read_by(table: str) -> set[str]:
    """The tables that a transform is given; of rows that one set aside, those that it was made of."""
    names = set(transforms()[table].inputs)
    aside = {name for name in names if name.endswith(".quarantine")}
    before = (transforms()[target_of(name.removesuffix(".quarantine"))].inputs for name in aside)
    return (names - aside).union(*before)


@pytest.mark.parametrize(("table", "read"), ENTRIES)
def test_an_entry_can_be_asked(tables: duckdb.DuckDBPyConnection, table: str, read: Read) -> None:
    own = {*contracts.table(table).columns, *TRACE}
    assert sorted(read.columns() - own) == []
    assert read.words is not None
    if read.reads.startswith("raw:"):
        assert read.reads.removeprefix("raw:") in raw_tables()
        return
    if ":" in read.reads and not read.reads.startswith("reference:"):
        return
    if read.reads == "reference:claims.yaml":
        assert set(read.on.values()) == {"id"}
        return
    columns = "".join(f', "{each}" AS "${each}"' for each in sorted(read.columns()))
    added = "".join(f", sum({explained(sql)})" for sql in read.parts.values())
    query = f"""
        WITH explained AS (SELECT 1 {columns} FROM {sql_name(table)})
        SELECT count(*) {added} FROM explained, {sql_name(read.reads)} WHERE {read.terms}
    """  # noqa: S608
    assert tables.execute(query).fetchall()[0][0] == 0


def test_the_rows_that_a_query_reads_can_be_asked(tables: duckdb.DuckDBPyConnection) -> None:
    for claim in claims().claims:
        for reading in claim.readings:
            requested = rows_read(tables, reading.query)
            assert requested.keys() == set(tables_read(reading.query))
            for query in requested.values():
                assert tables.execute(query).fetchall() == []
