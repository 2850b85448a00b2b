"""How a module of `raw`, `core` or `published` declares its tables: plain data that knows no Dagster.

Such a module ends in one tuple, `TABLES`. `assets/definitions.py` gathers them and makes the assets.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from assets.ingest.archive import Archive, Capture
from assets.ingest.registry import Source

Reader = Callable[[Archive, Capture, Source], pl.DataFrame]
Function = Callable[..., pl.LazyFrame]


@dataclass(frozen=True, slots=True)
class RawTable:
    """Rows of a source as text, exactly as served, with `_capture` and `_locator`.

    source: its id in the registry. slug: what the table holds. may_be_empty: no rows is a fact and no
    failure, as with an empty drop folder.
    """

    source: str
    slug: str
    read: Reader
    may_be_empty: bool = False

    @property
    def name(self) -> str:
        """The name of the asset."""
        return f"raw_{self.source}__{self.slug}"


@dataclass(frozen=True, slots=True)
class Transform:
    """The function that makes a table of a contract.

    table: `dataset.table`. reads: the assets it is given, by parameter name; by default its parameters.
    `<table>.quarantine` are the rows that a table set aside.
    """

    table: str
    make: Function
    reads: tuple[str, ...] = ()

    @property
    def inputs(self) -> tuple[str, ...]:
        """The assets it is given."""
        return self.reads or tuple(inspect.signature(self.make).parameters)
