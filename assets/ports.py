"""What a table needs from outside: folders, the archive, an origin. Resource classes, no instances.

`pipelines/resources.py` makes the instances; keeping the classes here keeps the arrows one way.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import dagster as dg
import polars as pl

from assets import whole
from assets.archive import Archive
from assets.wire import Origin
from expectations.audit import Audit

OriginName = Literal["sample", "live", "drop"]


class SourceArchive(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The archive folder, and the origin that new captures come from.

    state: folder of everything that can be rebuilt. sample and drop: folders of those origins.
    """

    state: str
    sample: str
    drop: str
    origin: OriginName = "sample"

    def archive(self) -> Archive:
        """The archive below the state folder."""
        return Archive(Path(self.state) / "archive")

    def source_origin(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Origin:
        """The configured origin. Only live and drop captures read the clock."""
        from assets.origins import origin_named

        return origin_named(self.origin, Path(self.sample), Path(self.drop), clock)


class TableStore(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Staged tables: `<name>.parquet`, and for audited ones `.quarantine.parquet`, `.audit.json`.

    Files are readable outside Dagster. A table is replaced whole, never written in place.
    """

    state: str

    @property
    def folder(self) -> Path:
        """Where the staged tables are."""
        return Path(self.state) / "tables"

    def path(self, name: str) -> Path:
        """The file of a table."""
        return self.folder / f"{name}.parquet"

    def scan(self, name: str) -> pl.LazyFrame:
        """A table as a lazy frame."""
        return pl.scan_parquet(self.path(name))

    def save(self, name: str, frame: pl.DataFrame) -> str:
        """Write a table and give the sha256 of its file."""
        path = self.path(name)
        whole.write(path, lambda partial: frame.write_parquet(partial, row_group_size=100_000))
        return sha256_of(path)

    def save_audit(self, audit: Audit) -> str:
        """Write kept rows, quarantined rows, and the evidence that belongs to exactly those bytes."""
        name = audit.table.asset
        evidence_path = self._evidence(name)
        evidence_path.unlink(missing_ok=True)
        kept = self.save(name, audit.kept)
        quarantined = self.save(f"{name}.quarantine", audit.quarantined)
        evidence = {
            "table": name,
            "kept_sha256": kept,
            "quarantined_sha256": quarantined,
            "rows": {
                "read": audit.read,
                "kept": audit.kept.height,
                "quarantined": audit.quarantined.height,
            },
            "blocked": audit.blocked,
            "rules": [asdict(finding) for finding in audit.findings],
        }
        whole.write_json(evidence_path, evidence)
        return kept

    def evidence(self, name: str) -> dict[str, Any] | None:
        """What the last audit of a table found, or None when it was not audited."""
        path = self._evidence(name)
        return json.loads(path.read_text("utf-8")) if path.exists() else None

    def _evidence(self, name: str) -> Path:
        return self.folder / f"{name}.audit.json"


def sha256_of(path: Path) -> str:
    """The sha256 of a file's bytes, as hexadecimal text."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
