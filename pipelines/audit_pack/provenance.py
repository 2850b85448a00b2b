"""Provenance of a pack: the documents behind its entries and the program that made it."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import polars as pl

from pipelines.audit_pack.pack_data import PackData
from pipelines.publish.provenance import provenance

_CAPTURED = pl.Schema(
    {
        "source_sha256": pl.String, "source": pl.String, "url": pl.String, "retrieved_at": pl.String,
    }
)  # fmt: skip
_DOCUMENT = (
    "document_id", "document_version", "evidence", "valid_from", "visible_from", "source_sha256",
)  # fmt: skip


def documents(data: PackData) -> pl.DataFrame:
    """One row per document version: kind, place and time of capture, number of entries.

    url and retrieved_at are those of the capture in the manifest of the release; null where an older capture
    holds it.
    """
    captured = pl.DataFrame(
        [
            (response["sha256"], each["source"], response["url"], each["retrieved_at"])
            for manifest in data.manifests.values()
            for each in manifest["inputs"]
            for response in each["responses"]
        ],
        schema=_CAPTURED,
        orient="row",
    ).unique("source_sha256", keep="first", maintain_order=True)
    found = data.ledger.group_by(_DOCUMENT).agg(pl.len().cast(pl.Int64).alias("entries"))
    return found.join(captured, on="source_sha256", how="left").sort(_DOCUMENT)


def code() -> dict[str, Any]:
    """The program: its version, the hash of its code and of its lock, the versions of the writers."""
    program = provenance()
    return program | {"writers": program["writers"] | {"typst": version("typst")}}
