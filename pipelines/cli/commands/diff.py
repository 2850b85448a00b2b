"""`voorkant diff`: what differs between two versions of a dataset, worst first."""

from __future__ import annotations

import json
from typing import Any

import polars as pl

from expectations.contract import contract
from expectations.errors import usage
from pipelines.cli.commands import pick_version
from pipelines.cli.console import console, plain, print_json
from pipelines.cli.options.diff import DiffOptions
from pipelines.publish.history import write_history
from pipelines.publish.history.changes import COVERAGE, Changes
from pipelines.publish.history.compare_releases import compare_releases
from pipelines.publish.release_reader import ReleaseData

_SHOWN = 10


def run(options: DiffOptions) -> int:
    """`voorkant diff`: without versions the newest and the one before it."""
    before, after = _versions(options)
    found = compare_releases(before, after)
    if options.json:
        rows = found.rows.iter_rows(named=True)
        shown = [{name: plain(value) for name, value in row.items()} for row in rows]
        print_json({**found.summary, "changes": shown})
        return 0
    title = f"{options.dataset}  {before.version} -> {after.version}"
    console.print(title, style="bold", markup=False)
    if not found.rows.height and not found.summary["schema"]:
        console.print("Nothing differs in the rows or in what is promised about them.")
        return 0
    _schema(found.summary)
    _revisions(found)
    _status(found.summary)
    _coverage(found)
    _causes(found)
    return 0


def _versions(options: DiffOptions) -> tuple[ReleaseData, ReleaseData]:
    contract(options.dataset)
    published = pick_version.publications(options)
    given = [
        pick_version.release(published, options.dataset, version)
        for version in (options.a, options.b)
        if version
    ]
    valid = published.valid(options.dataset)
    chosen = given if len(given) == 2 else [*given, *valid[-1:]] if given else valid[-2:]
    if len(chosen) < 2:
        raise usage(
            f"{options.dataset} has no two versions to compare.",
            "Publish again when its sources have changed.",
        )
    for release in chosen:
        pick_version.warn_if_withdrawn(published, release)
    for release in published.valid(options.dataset):  # what those between them told of themselves
        published.folder(release, write_history.SUMMARY, write_history.ROWS)
    before, after = map(published.read, chosen)
    return before, after


def _head(text: str) -> None:
    console.print(f"\n{text}", style="bold", markup=False)


def _schema(summary: dict[str, Any]) -> None:
    if not summary["schema"]:
        return
    versions = summary["schema_version"]
    breaking = ", breaking" if summary["breaking"] else ""
    _head(f"Schema {versions['from']} -> {versions['to']}{breaking}")
    for each in summary["schema"]:
        place = ".".join(filter(None, (each["table"], each["column"]))) or "dataset"
        text = " -> ".join(filter(None, (each["before"], each["after"])))
        console.print(f"  {each['level']:<6} {place}: {each['what']} {text}", markup=False)


def _revisions(found: Changes) -> None:
    """Figures that became other figures: the largest first, then words."""
    revised = found.rows.filter((pl.col("change") == "revised") & (pl.col("column") != "status"))
    if not revised.height:
        return
    worst = revised.sort(
        pl.col("difference").abs(), "table", "key", descending=[True, False, False], nulls_last=True
    )
    _head(f"Revised: {revised.height:,} cells")
    for row in worst.head(_SHOWN).iter_rows(named=True):
        sizes = [f"{row['difference']:+,.2f}"] if row["difference"] is not None else []
        sizes += [f"{row['difference_pct']:+.3g} %"] if row["difference_pct"] is not None else []
        text = f"{row['before']} -> {row['after']}" + (f"  ({'; '.join(sizes)})" if sizes else "")
        place = f"  {row['table']}.{row['column']}"
        console.print(f"{place}  {text}", markup=False, soft_wrap=True)
        console.print(f"      {_row(row['key'])}", style="dim", markup=False, soft_wrap=True)
    _more(revised.height)


def _row(key: str) -> str:
    """The key of a row in words."""
    return ", ".join(f"{name} {value or '(missing)'}" for name, value in json.loads(key).items())


def _status(summary: dict[str, Any]) -> None:
    moves = [
        f"  {each['rows']:,} rows of {name}: {each['from']} -> {each['to']}"
        for name, table in summary["tables"].items()
        for each in table["status"]
    ]
    if moves:
        _head("Status")
        for line in moves:
            console.print(line, markup=False)


def _coverage(found: Changes) -> None:
    """What came and went, losses first."""
    kinds = found.rows.filter(pl.col("change").is_in(COVERAGE))
    if not kinds.height:
        return
    _head("Coverage")
    words = {
        "removed": "rows are gone",
        "emptied": "cells are empty now",
        "added": "rows are new",
        "filled": "cells are filled now",
    }
    for kind in COVERAGE:
        mine = kinds.filter(pl.col("change") == kind)
        for table, rows in mine.group_by("table", maintain_order=True):
            example = rows.row(0, named=True)
            place = f"{example['column']} of " if example["column"] else ""
            console.print(
                f"  {rows.height:,} {words[kind]} in {table[0]}, e.g. {place}{_row(example['key'])}",
                markup=False,
                soft_wrap=True,
            )


def _causes(found: Changes) -> None:
    _head("Why")
    counted = (
        found.rows.group_by("cause", "certain", "evidence")
        .len("n")
        .sort("n", "cause", "evidence", descending=[True, False, False])
    )
    for row in counted.head(_SHOWN).iter_rows(named=True):
        sure = "" if row["certain"] else ", not certain"
        text = f"  {row['n']:,} × {row['cause'].replace('_', ' ')}{sure}: {row['evidence']}"
        console.print(text, markup=False, soft_wrap=True)
    _more(counted.height)


def _more(count: int) -> None:
    if count > _SHOWN:
        console.print(f"  and {count - _SHOWN:,} more; all of them with --json", style="dim")
