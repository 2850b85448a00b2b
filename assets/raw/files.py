"""Raw tables of files that a team put in a folder: a row for every figure, and what did not fit.

A folder may well be empty: then both tables are empty, and that is right. Of most sources the newest
capture counts, as everywhere; of those in `EVERY` each file that was ever dropped does, so that replacing
a file in the folder takes nothing away that was known.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import polars as pl

from assets.framework.declared_tables import RawTable
from assets.ingest.archive import Archive, Capture
from assets.ingest.connectors import files as connector
from assets.ingest.registry import Source
from assets.ingest.spreadsheets import layouts, statline_exports
from assets.ingest.spreadsheets.cell_grid import NOTES, REMARK

EVERY = ("sisa", "spuk_grants", "spuk_payments")
SOURCES = (statline_exports.SOURCE, *layouts.READERS)


def rows(archive: Archive, capture: Capture, source: Source) -> pl.DataFrame:
    """A row for every figure of every file, as text, with its cell. Empty when no file was dropped."""
    return _readings(archive, capture, source.id).rows


def notes(archive: Archive, capture: Capture, source: Source) -> pl.DataFrame:
    """Files that cannot be read, cells that fit no row, and remarks on cells that do. Often empty."""
    return _readings(archive, capture, source.id).notes


def _readings(archive: Archive, capture: Capture, source: str) -> layouts.Readings:
    if source == statline_exports.SOURCE:
        return statline_exports.read_capture(archive, capture)
    if source not in EVERY:
        return layouts.read_capture(archive, capture, source)
    received = connector.received(archive.captures(source))
    read = _once(archive.root, source, tuple(each.file for each in received))
    noted = pl.concat([read.notes, *map(_other_names, received)])
    when = {
        "received_on": {each.file.sha256: each.on.isoformat() for each in received},
        "version": {each.file.sha256: f"{each.version:03}" for each in received},
    }
    of_file = {
        name: pl.col("_capture").replace_strict(known, default=None, return_dtype=pl.String)
        for name, known in when.items()
    }
    return layouts.Readings(*(each.with_columns(**of_file) for each in (read.rows, noted)))


@lru_cache(maxsize=1)
def _once(root: Path, source: str, files: tuple[connector.DroppedFile, ...]) -> layouts.Readings:
    """Both tables of a source come from one reading: a file costs a process of its own."""
    return layouts.read_files(Archive(root), files, source)


def _other_names(file: connector.Received) -> pl.DataFrame:
    """A remark for each further name under which the same bytes were dropped."""
    remarks = [
        dict.fromkeys(NOTES)
        | {
            "file": name,
            "kind": REMARK,
            "cells": "0",
            "problem": f"The same bytes as {file.file.name}, which is read; they count once.",
            "_capture": file.file.sha256,
            "_locator": "file",
        }
        for name in file.also
    ]
    return pl.DataFrame(remarks, schema=dict.fromkeys(NOTES, pl.String))


TABLES = tuple(
    RawTable(source, slug, read, may_be_empty=True)
    for source in SOURCES
    for slug, read in (("rows", rows), ("notes", notes))
)
