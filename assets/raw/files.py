"""Raw tables of files that a team laid in a folder: a row for every figure, and what did not fit.

Nothing needs them yet, and a folder may well be empty: then both tables are empty, and that is right.
"""

from __future__ import annotations

import polars as pl

from assets.archive import Archive, Capture
from assets.files import layouts
from assets.registry import Source
from assets.tables import raw_asset


def rows(archive: Archive, capture: Capture, source: Source) -> pl.DataFrame:
    """A row for every figure of every file, as text, with its cell. Empty when no file was laid."""
    return layouts.read_capture(archive, capture, source.id).rows


def told(archive: Archive, capture: Capture, source: Source) -> pl.DataFrame:
    """Files that cannot be read, cells that fit no row, and remarks on cells that do. Often empty."""
    return layouts.read_capture(archive, capture, source.id).told


file_assets = [
    raw_asset(source, slug, read, may_be_empty=True)
    for source in layouts.READERS
    for slug, read in (("rows", rows), ("told", told))
]
