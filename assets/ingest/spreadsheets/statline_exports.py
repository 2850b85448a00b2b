"""Exports of the CBS portal that a team put in a folder: a row for every cell, and what did not fit.

What belongs here: the two raw tables of the source. What does not: the forms of an export
(`connectors/portal`). Each export has its own columns, so together they are given cell by cell.
"""

from __future__ import annotations

import polars as pl

from assets.ingest.archive import Archive, Capture
from assets.ingest.connectors import files as connector
from assets.ingest.connectors import portal
from assets.ingest.spreadsheets.cell_grid import NOTES, REMARK
from assets.ingest.spreadsheets.layouts import Readings, refused
from expectations.errors import VoorkantError

SOURCE = "cbs_portal"
COLUMNS = ("file", "table_id", "entity", "row", "column", "text", "_capture", "_locator")


def read_capture(archive: Archive, capture: Capture, _: str = SOURCE) -> Readings:
    """Every export of a capture; one that cannot be read is reported with its code, and the others go on."""
    rows = [pl.DataFrame(schema=dict.fromkeys(COLUMNS, pl.String))]
    notes = [pl.DataFrame(schema=dict.fromkeys(NOTES, pl.String))]
    for entry in connector.dropped_files(capture):
        body = archive.read(entry.sha256)
        try:
            frame = portal.parse(body, entry.name)
        except VoorkantError as error:
            notes.append(refused(entry, error))
            continue
        rows.append(_cells(frame, entry.name, entry.sha256))
        if portal.table_of(entry.name) is None:
            notes.append(_nameless(entry.name, entry.sha256))
    return Readings(pl.concat(rows), pl.concat(notes))


def _cells(frame: pl.DataFrame, file: str, sha256: str) -> pl.DataFrame:
    """Row by row, and in a row from left to right; a cell that is null has its place too."""
    table_id, entity = portal.table_of(file) or (None, None)
    places = pl.DataFrame({"column": frame.columns}).with_row_index("place")
    return (
        frame.with_row_index("row", offset=1)
        .unpivot(index="row", on=frame.columns, variable_name="column", value_name="text")
        .join(places, on="column", how="left")
        .sort("row", "place")
        .select(
            pl.lit(file).alias("file"),
            pl.lit(table_id, pl.String).alias("table_id"),
            pl.lit(entity, pl.String).alias("entity"),
            pl.col("row").cast(pl.String),
            "column",
            "text",
            pl.lit(sha256).alias("_capture"),
            pl.format("row {} column {}", "row", "column").alias("_locator"),
        )
    )


def _nameless(file: str, sha256: str) -> pl.DataFrame:
    remark = dict.fromkeys(NOTES) | {
        "file": file,
        "kind": REMARK,
        "cells": "0",
        "problem": "Its name does not tell the table, as in 85755NED_UntypedDataSet.csv; "
        "an export does not either.",
        "_capture": sha256,
        "_locator": "file",
    }
    return pl.DataFrame([remark], schema=dict.fromkeys(NOTES, pl.String))
