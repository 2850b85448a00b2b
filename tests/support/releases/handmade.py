"""Releases made by hand: a small dataset with any history, written by the program's own writers.

    shelf = Shelf(tmp_path)
    shelf.publish("2026.1.1", {"ceilings": ceilings(...)})

Nothing is captured or audited here, so a test can say exactly what every version held, and when.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from expectations.contract import Contract
from pipelines.publish import canonical_files, release_reader, schema_version, signing
from pipelines.publish.history import write_history
from pipelines.publish.history.causes import Steps
from pipelines.publish.history.changes import Changes
from pipelines.publish.release_reader import ReleaseData

CODE = {"voorkant": "0", "code_sha256": "c0de" * 16, "lock_sha256": "10cc" * 16}
CEILINGS: dict[str, Any] = {
    "stage": "published",
    "title": {"nl": "Plafonds", "en": "Ceilings"},
    "description": {
        "nl": "Eén rij per onderdeel en jaar.",
        "en": "One row per component and year.",
    },
    "key": ["component", "year"],
    "columns": {
        "component": {"type": "code", "required": True, "nl": "Onderdeel", "en": "Component"},
        "year": {"type": "year", "required": True, "nl": "Jaar", "en": "Year"},
        "ceiling_eur": {"type": "amount", "unit": "EUR", "nl": "Plafond", "en": "Ceiling"},
        "status": {"type": "code", "nl": "Status", "en": "Status"},
    },
    "rules": [
        {
            "id": "TST-01",
            "kind": "between",
            "column": "ceiling_eur",
            "min": 0,
            "reason": "A grant is not negative.",
        }
    ],
}
NOTES: dict[str, Any] = {
    "stage": "published",
    "title": {"nl": "Opmerkingen", "en": "Notes"},
    "description": {"nl": "Eén rij per opmerking.", "en": "One row per note."},
    "key": ["about", "date"],
    "columns": {
        "about": {"type": "code", "nl": "Waarover", "en": "About"},
        "date": {"type": "date", "nl": "Dag", "en": "Day"},
        "note": {"type": "text", "nl": "Tekst", "en": "Text"},
        "words": {"type": "integer", "unit": "words", "nl": "Aantal woorden", "en": "Words"},
    },
}


def declared(**tables: dict[str, Any]) -> dict[str, Any]:
    """The content of a contract with these tables; without any, `ceilings`."""
    return {
        "dataset": "ceilings",
        "title": {"nl": "Plafonds", "en": "Ceilings"},
        "description": {"nl": "Om mee te proeven.", "en": "To try things with."},
        "schema_version": "1.0.0",
        "licence": "CC-BY-4.0",
        "attribution": ["Bron: bedacht"],
        "sources": ["made_up"],
        "owner": "team:voorkant",
        "frequency": "irregular",
        "keywords": ["proef"],
        "rule_prefix": "TST",
        "tables": tables or {"ceilings": CEILINGS},
    }


def contract(**tables: dict[str, Any]) -> Contract:
    """That contract."""
    return Contract.model_validate(declared(**tables))


def ceilings(*rows: tuple[str, int, str | None, str | None]) -> pl.DataFrame:
    """Rows of `ceilings`: component, year, amount as text, status."""
    table = contract().tables["ceilings"]
    amounts = [(c, y, None if a is None else Decimal(a), s) for c, y, a, s in rows]
    return pl.DataFrame(amounts, schema=table.dtypes, orient="row")


def captured(content: str, retrieved_at: str, source: str = "made_up") -> dict[str, Any]:
    """An input of a manifest: one answer with this content."""
    digest = hashlib.sha256(content.encode()).hexdigest()
    answer = {"name": "rows", "page": 0, "url": f"made-up:{source}", "sha256": digest, "bytes": 1}
    return {
        "source": source,
        "origin": "sample",
        "retrieved_at": retrieved_at,
        "published_at": None,
        "responses": [answer],
    }


@dataclass
class Shelf:
    """A folder of publications. content: what contracts say; promised and folders: as published."""

    published: Path
    signer: signing.Signer | None = None
    content: dict[str, Any] = field(default_factory=declared)
    folders: list[Path] = field(default_factory=list)

    def publish(
        self,
        version: str,
        rows: Mapping[str, pl.DataFrame],
        moment: str = "2026-01-01T00:00:00+00:00",
        *,
        inputs: list[dict[str, Any]] | None = None,
        code: Mapping[str, Any] = CODE,
        steps: Steps | None = None,
        municipalities: pl.DataFrame | None = None,
    ) -> Changes:
        """Lay a version on the shelf, whole: files, history, provenance, manifest, sums, signature."""
        promise = Contract.model_validate(self.content)
        folder = self.published / "data" / promise.dataset / version
        folder.mkdir(parents=True)
        previous = self.folders[-1] if self.folders else None
        manifest: dict[str, Any] = {
            "dataset": promise.dataset,
            "title": promise.title.model_dump(),
            "version": version,
            "schema_version": schema_version.kept(self._before(previous), promise),
            "published_at": moment,
            "content_sha256": hashlib.sha256(version.encode()).hexdigest(),
            "rows": {name: each.height for name, each in rows.items()},
            "read": {name: {"quarantined": 0} for name in rows},
            "checks": {"passed": 0, "warned": 0, "noted": 0, "failed": 0, "quarantined": 0},
            "rows_sha256": {
                table.name: canonical_files.write_all(promise, table, rows[table.name], folder)
                for table in promise.published
            },
            "inputs": inputs or [captured(version, moment)],
            "code": {**code, "writers": canonical_files.writers()},
            "signature": {"key": self.signer.key_id} if self.signer else signing.UNSIGNED,
        }
        (folder / release_reader.CONTRACT).write_text(yaml.safe_dump(self.content, sort_keys=False))
        rules = {
            t.name: [{"rule_id": r.id, "failed": 0} for r in t.all_rules] for t in promise.published
        }
        validation = {
            "rule": [{"table": name, **rule} for name, each in rules.items() for rule in each]
        }
        (folder / "validation.json").write_text(json.dumps(validation))
        canonical = {
            t.name: canonical_files.canonical_rows(t, rows[t.name]) for t in promise.published
        }
        changes = write_history.write_history(
            folder, ReleaseData(manifest, promise, canonical), previous, steps, municipalities
        )
        statement = signing.statement({**manifest, "files": described(folder)})
        (folder / signing.PROVENANCE).write_bytes(signing.envelope(statement, self.signer))
        complete = {**manifest, "files": described(folder)}
        (folder / release_reader.MANIFEST).write_text(json.dumps(complete, indent=1), "utf-8")
        signing.seal(folder, self.signer)
        self.folders.append(folder)
        return changes

    def _before(self, previous: Path | None) -> tuple[Contract, str] | None:
        if previous is None:
            return None
        return release_reader.read_contract(previous), release_reader.read_manifest(previous)[
            "schema_version"
        ]


def described(folder: Path) -> dict[str, dict[str, Any]]:
    """File name -> sha256 and bytes, of everything that is there."""
    return {
        path.name: {
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "bytes": path.stat().st_size,
        }
        for path in sorted(folder.iterdir())
    }
