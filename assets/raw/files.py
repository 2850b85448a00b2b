"""Raw tables of files that a team laid in a folder: a row for every figure, and what did not fit.

Nothing needs them yet, and a folder may well be empty: then both tables are empty, and that is right.
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from assets.archive import Archive, Capture
from assets.files import exports, layouts
from assets.registry import Source
from assets.tables import raw_asset

READERS: dict[str, Callable[[Archive, Capture, str], layouts.Readings]] = {
    exports.SOURCE: exports.read_capture,
    **dict.fromkeys(layouts.READERS, layouts.read_capture),
}
"""Source -> what reads a whole capture of it: both raw tables at once."""


def rows(archive: Archive, capture: Capture, source: Source) -> pl.DataFrame:
    """A row for every figure of every file, as text, with its cell. Empty when no file was laid."""
    return READERS[source.id](archive, capture, source.id).rows


def told(archive: Archive, capture: Capture, source: Source) -> pl.DataFrame:
    """Files that cannot be read, cells that fit no row, and remarks on cells that do. Often empty."""
    return READERS[source.id](archive, capture, source.id).told


file_assets = [
    raw_asset(source, slug, read, may_be_empty=True)
    for source in READERS
    for slug, read in (("rows", rows), ("told", told))
]
