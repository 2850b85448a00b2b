"""`voorkant show`: rows of a published table, chosen by a condition in SQL."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import duckdb

from expectations.contract import contract
from pipelines.console import console, plain, print_json, print_rows, usage
from pipelines.publish import catalog


def run(options: Namespace) -> int:
    """`voorkant show`: the condition is SQL on one table; nothing else can be reached from it."""
    release = _release(options.published, options.dataset, options.version)
    names = [table.name for table in contract(options.dataset).published]
    table = options.table or names[0]
    if table not in names:
        raise usage(
            f"{options.dataset} has no table {table!r}.", f"Choose one of: {', '.join(names)}."
        )
    file = (
        catalog.folder_of(options.published, options.dataset, release["version"])
        / f"{table}.parquet"
    )
    connection = duckdb.connect()
    connection.read_parquet(str(file)).create(table)
    # From here on the condition can reach this one table and nothing else.
    connection.execute("SET enable_external_access = false; SET lock_configuration = true")
    try:
        chosen = connection.table(table)
        if options.where:
            chosen = chosen.filter(options.where)
        if options.columns:
            chosen = chosen.select(*(name.strip() for name in options.columns.split(",")))
        counted = len(chosen)
        answer = chosen.limit(max(options.limit, 0))
        heads, rows = answer.columns, answer.fetchall()
    except duckdb.Error as error:
        raise usage(
            str(error).splitlines()[0], "Write a condition on the columns of the table."
        ) from None
    if options.json:
        print_json([dict(zip(heads, (plain(v) for v in row), strict=True)) for row in rows])
        return 0
    print_rows(heads, [["" if v is None else str(plain(v)) for v in row] for row in rows])
    console.print(
        f"{len(rows)} of {counted:,} rows of {options.dataset} {release['version']}, table {table}"
    )
    return 0


def _release(published: Path, dataset: str, version: str | None) -> catalog.Manifest:
    contract(dataset)
    found = catalog.manifests(published, dataset)
    if not found:
        raise usage(
            f"{dataset} was not published yet in {published}.", "Run `voorkant refresh` first."
        )
    if version is None:
        return found[-1]
    for manifest in found:
        if manifest["version"] == version:
            return manifest
    raise usage(
        f"{dataset} has no version {version}.",
        f"Choose one of: {', '.join(manifest['version'] for manifest in found)}.",
    )
