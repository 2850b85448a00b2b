"""SPUK, what did not fit: every file, cell and line of the folder that is no entry, with the cell and why.

Together with the entries of `core/spuk_received` this is everything that was read: a cell that was set aside,
a row of which a cell cannot be read, a line of a scheme nobody declared, an explanation beside an answer.
"""

from __future__ import annotations

import polars as pl

from assets.core import spuk_accounts
from assets.framework.declared_tables import Transform

SOURCES = {"spuk_grants": "grants", "spuk_payments": "payments", "sisa": "accounts"}
_ROWS = "raw_sisa__rows"
_COLUMNS = ("source", "file", "source_locator", "as_printed", "kind", "problem", "source_sha256")


def rejected(**read: pl.LazyFrame) -> pl.LazyFrame:
    """What the readers noted, the rows that core tables set aside, and SiSa lines that are no entry."""
    parts = []
    for source, table in SOURCES.items():
        parts += [
            _notes(read[f"raw_{source}__notes"], source),
            _aside(read[_aside_of(table)], source),
        ]
    sisa = read[_ROWS]
    notes = spuk_accounts.understood(sisa).filter(takes="note")
    parts += [
        _line(notes, "note", pl.lit("An explanation beside an answer; it is no entry.")),
        _line(spuk_accounts.of_no_scheme(sisa), "unknown_scheme", _UNKNOWN),
    ]
    # The same cell of a file is listed once for each thing that is wrong with it.
    return pl.concat(parts).unique().sort(_COLUMNS)


def _aside_of(table: str) -> str:
    return f"core_spuk_ledger__{table}.quarantine"


_UNKNOWN = pl.format(
    'The code {} was seen in no annex, and "{}" is the title of no scheme that is declared.',
    "scheme_code",
    pl.col("scheme").fill_null(""),
)


def _notes(notes: pl.LazyFrame, source: str) -> pl.LazyFrame:
    return notes.select(
        pl.lit(source).alias("source"),
        "file",
        pl.col("_locator").alias("source_locator"),
        pl.col("text").alias("as_printed"),
        pl.col("kind").str.replace(" ", "_"),
        "problem",
        pl.col("_capture").alias("source_sha256"),
    )


def _aside(quarantined: pl.LazyFrame, source: str) -> pl.LazyFrame:
    row = pl.col("row")
    return quarantined.select(
        pl.lit(source).alias("source"),
        row.str.json_path_match("$.document_id").alias("file"),
        pl.col("locator").alias("source_locator"),
        row.str.json_path_match("$.as_printed").alias("as_printed"),
        pl.lit("quarantined").alias("kind"),
        "problem",
        pl.col("capture_sha256").alias("source_sha256"),
    )


def _line(rows: pl.LazyFrame, kind: str, problem: pl.Expr) -> pl.LazyFrame:
    return rows.select(
        pl.lit("sisa").alias("source"),
        "file",
        pl.col("_locator").alias("source_locator"),
        pl.col("text").alias("as_printed"),
        pl.lit(kind).alias("kind"),
        problem.alias("problem"),
        pl.col("_capture").alias("source_sha256"),
    )


READS = (
    *(f"raw_{source}__notes" for source in SOURCES),
    *(_aside_of(table) for table in SOURCES.values()),
    _ROWS,
)


TABLES = (Transform("spuk_ledger.rejected", rejected, reads=READS),)
