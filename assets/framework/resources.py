"""What a table needs from outside: folders, the archive, an origin. Resource classes, no instances.

`pipelines/resources.py` makes the instances; keeping the classes here keeps the arrows one way.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import dagster as dg
import polars as pl

from assets import atomic_files
from assets.corrections import Correction, CorrectionRecord, corrections, from_records
from assets.ingest.archive import Archive
from assets.ingest.messages import Origin
from assets.ingest.registry import Source
from expectations.audit import Audit
from expectations.localized import LANGUAGES, Language
from expectations.report import files as report_files
from expectations.report import frames, pages

OriginName = Literal["sample", "live", "drop"]
Clock = Callable[[], datetime]


def _now() -> datetime:
    return datetime.now(UTC)


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

    def source_origin(self, source: Source | None = None, clock: Clock = _now) -> Origin:
        """The configured origin, or what stands for it with this source (files come from the folder).

        Only captures of live and drop, and of files that are there, read the clock.
        """
        # 0.2 of 1.2 CPU s of a start-up, for commands that only read what is stored.
        from assets.ingest.origins import origin_for, origin_named

        drop = Path(self.drop)
        named = origin_named(self.origin, Path(self.sample), drop, clock)
        return origin_for(source, named, drop, clock) if source else named


class TableStore(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Staged tables: `<name>.parquet`, and for audited ones `.quarantine.parquet`, `.audit.json`.

    What the last audit of each table found is below `reports/`, whether it may be published or not.
    Files are readable outside Dagster. A table is replaced whole, never written in place.
    corrected_as: the `corrections.parquet` of a release, to correct as it did; empty: as is declared.
    """

    state: str
    corrected_as: str = ""

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

    def corrections(self, name: str) -> tuple[Correction, ...]:
        """The corrections of a raw table. Raises VK-C005."""
        known = (
            from_records(pl.read_parquet(self.corrected_as)) if self.corrected_as else corrections()
        )
        return known.get(name, ())

    def save(self, name: str, frame: pl.DataFrame) -> str:
        """Write a table and give the sha256 of its file."""
        path = self.path(name)
        atomic_files.write(
            path, lambda partial: frame.write_parquet(partial, row_group_size=100_000)
        )
        return atomic_files.sha256_of(path)

    def save_audit(self, audit: Audit, corrections: Sequence[CorrectionRecord] = ()) -> str:
        """Write kept rows, quarantined rows, the report, and the evidence of exactly those bytes.

        corrections: what came of every correction of the raw tables that the rows were made of.
        """
        name = audit.table.asset
        evidence_path = self._evidence(name)
        evidence_path.unlink(missing_ok=True)
        kept = self.save(name, audit.kept)
        quarantined = self.save(f"{name}.quarantine", audit.quarantined)
        evidence = {
            "table": name,
            "kept_sha256": kept,
            "quarantined_sha256": quarantined,
            "report_sha256": self._save_report(audit),
            "rows": {
                "read": audit.read,
                "kept": audit.kept.height,
                "quarantined": audit.quarantined.height,
            },
            "blocked": audit.blocked,
            "rules": [asdict(finding) for finding in audit.findings],
            "corrections": corrections,
        }
        atomic_files.write_json(evidence_path, evidence)
        return kept

    def _save_report(self, audit: Audit) -> dict[str, str]:
        """Write what an audit found as data and as pages; file name -> sha256 of the data."""
        name, found = audit.table.asset, frames.report(audit)
        report_files.write(found, self.report_folder(name))
        for language in LANGUAGES:
            title = f"{getattr(audit.table.title, language)} ({name})"
            aside = f"{name}.quarantine.parquet"
            page_text = pages.page(found, audit.quarantined, title, language, quarantine_file=aside)
            self.page(name, language).write_text(page_text, "utf-8")
        return {
            path.name: atomic_files.sha256_of(path)
            for path in sorted(self.report_folder(name).glob("*.parquet"))
        }

    def report_folder(self, name: str) -> Path:
        """Where the report of a table's last audit is."""
        return Path(self.state) / "reports" / name

    def page(self, name: str, language: Language = "en") -> Path:
        """The page of that report for people."""
        return self.report_folder(name) / f"validation.{language}.html"

    def report(self, name: str) -> frames.Report | None:
        """The report of a table's last audit; None when it is not the one its evidence speaks of."""
        written = (self.evidence(name) or {}).get("report_sha256", {})
        folder = self.report_folder(name)
        paths = {folder / file: sha256 for file, sha256 in written.items()}
        if not paths or any(
            not p.exists() or atomic_files.sha256_of(p) != s for p, s in paths.items()
        ):
            return None
        return report_files.read(folder)

    def evidence(self, name: str) -> dict[str, Any] | None:
        """What the last audit of a table found, or None when it was not audited."""
        path = self._evidence(name)
        return json.loads(path.read_text("utf-8")) if path.exists() else None

    def _evidence(self, name: str) -> Path:
        return self.folder / f"{name}.audit.json"
