"""`voorkant show`: rows of a published table, chosen by a condition in SQL."""

from __future__ import annotations

import duckdb

from expectations.contract import contract
from expectations.errors import usage
from pipelines.cli.commands import pick_version
from pipelines.cli.console import console, plain, print_json, print_rows
from pipelines.cli.options.show import ShowOptions


def run(options: ShowOptions) -> int:
    """`voorkant show`: the condition is SQL on one table; nothing else can be reached from it."""
    names = [table.name for table in contract(options.dataset).published]
    published = pick_version.publications(options)
    release = pick_version.release(published, options.dataset, options.version)
    table = options.table or names[0]
    if table not in names:
        raise usage(
            f"{options.dataset} has no table {table!r}.", f"Choose one of: {', '.join(names)}."
        )
    name = f"{table}.parquet"
    if name not in release.files:
        raise usage(f"{options.dataset} {release.version} had no table {table!r}.", "Take another.")
    file = published.folder(release, name) / name
    pick_version.warn_if_withdrawn(published, release)
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
        f"{len(rows)} of {counted:,} rows of {options.dataset} {release.version}, table {table}"
    )
    return 0
