"""Raw tables of cited figures: one per file, columns as in the file."""

from __future__ import annotations

import polars as pl

from assets.framework.declared_tables import RawTable, Reader
from assets.ingest.archive import Archive, Capture
from assets.ingest.connectors import figures_csv
from assets.ingest.registry import Source, SourceTable, sources

SOURCE = "cited_figures"


def reader(table: SourceTable) -> Reader:
    """A reader of one file; its description is the file's title in the registry."""

    def read(archive: Archive, capture: Capture, source: Source) -> pl.DataFrame:
        return figures_csv.read_table(archive, capture, table.id)

    read.__doc__ = f"{table.title}\n\n{table.reference or ''}".strip()
    return read


TABLES = tuple(RawTable(SOURCE, table.id, reader(table)) for table in sources()[SOURCE].tables)
