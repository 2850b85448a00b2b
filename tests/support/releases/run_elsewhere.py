"""The program as it would run elsewhere: `python -m tests.support.releases.run_elsewhere refresh …`.

Our own code sees a clock years ahead, and every table that one step hands to the next comes with its rows
shuffled. Threads, time zone, language and the Python itself are the caller's.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from datetime import datetime, tzinfo

import polars as pl

from assets.framework.resources import TableStore
from pipelines.cli.main import main

YEAR = 2041
_scan = TableStore.scan
_mixed: set[str] = set()


class Later(datetime):
    """A clock that is years ahead."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return datetime.now(tz).replace(year=YEAR)


# They need what running does not install: what draws docs/, and the extra for Iceberg.
NOT_IN_A_REFRESH = ("pipelines.handbook", "pipelines.publish.iceberg")


def years_later() -> int:
    """Give our modules that clock; how many had one.

    Not by patching `datetime` itself: compiled modules rely on its layout.
    """
    patched = 0
    for package in ("expectations", "assets", "pipelines"):
        for found in pkgutil.walk_packages([package], f"{package}."):
            if found.name.startswith(NOT_IN_A_REFRESH):
                continue
            module = importlib.import_module(found.name)
            if vars(module).get("datetime") is datetime:
                module.datetime = Later  # type: ignore[attr-defined]
                patched += 1
    return patched


def shuffled(tables: TableStore, name: str) -> pl.LazyFrame:
    """A staged table with its rows in an order that means nothing."""
    _mixed.add(name)
    return _scan(tables, name).collect().sample(fraction=1, shuffle=True, seed=len(name)).lazy()


if __name__ == "__main__":
    assert years_later(), "no module of ours knows a clock any more: this can be simpler"
    TableStore.scan = shuffled  # type: ignore[method-assign]
    outcome = main(sys.argv[1:])
    assert _mixed, "no table was shuffled, so nothing was tried"
    sys.exit(outcome)
