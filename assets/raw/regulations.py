"""Raw tables of regulations: every cell of every table in every version, as text."""

from __future__ import annotations

import polars as pl

from assets.framework.declared_tables import RawTable
from assets.ingest.archive import Archive, Capture
from assets.ingest.connectors import bwb
from assets.ingest.registry import Source


def cells(archive: Archive, capture: Capture, source: Source) -> pl.DataFrame:
    """Every cell of every table in every version of the regulation, as text."""
    return pl.concat([bwb.read_cells(archive, capture, table.id) for table in source.tables])


TABLES = (
    RawTable("brede_spuk", "cells", cells),
    RawTable("spuk_iza", "cells", cells),
)
