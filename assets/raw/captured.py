"""Raw tables of captures: the moment at which the newest capture of a source was taken, as in the log.

A date that must not come from a clock, because the same archive must give the same answer, comes from here.
"""

from __future__ import annotations

import polars as pl

from assets.framework.declared_tables import RawTable
from assets.ingest.archive import LOG, Archive, Capture
from assets.ingest.registry import Source


def captured(archive: Archive, capture: Capture, source: Source) -> pl.DataFrame:
    """When the newest capture of the source was taken, in UTC."""
    return pl.DataFrame(
        {
            "source": [source.id],
            "retrieved_at": [capture.retrieved_at],
            "_capture": [capture.entries[0].sha256],
            "_locator": [LOG],
        },
        schema=dict.fromkeys(("source", "retrieved_at", "_capture", "_locator"), pl.String),
    )


TABLES = (
    RawTable("brede_spuk", "captured", captured),
    RawTable("spuk_iza", "captured", captured),
    RawTable("cited_figures", "captured", captured),
)
