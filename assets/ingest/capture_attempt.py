"""One attempt to capture a source: the value that the steps of a capture hand on, and its summary on disk."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from assets import atomic_files
from assets.ingest.archive import Archive, Capture
from assets.ingest.capture_comparison import CaptureFinding, Profile
from assets.ingest.messages import Answer
from assets.ingest.registry import Source
from expectations.errors import VoorkantError


@dataclass(frozen=True, slots=True)
class Attempt:
    """What is known so far; each step returns it with more.

    origin: the name of where answers come from. before: the previous capture from there. counts: answers,
    bytes, retries, not_modified, resumed. candidate: everything that came, stored but not yet in use.
    profiles and findings: of its tables, compared with those of `before`.
    """

    source: Source
    origin: str
    before: Capture | None
    counts: Counter[str] = field(default_factory=Counter)
    answers: tuple[Answer, ...] = ()
    candidate: Capture | None = None
    profiles: tuple[Profile, ...] = ()
    findings: tuple[CaptureFinding, ...] = ()

    @property
    def failed(self) -> tuple[CaptureFinding, ...]:
        """The required tests that failed."""
        return tuple(each for each in self.findings if each.required and not each.passed)

    def summary(self, in_use: Capture | None, error: VoorkantError | None = None) -> dict[str, Any]:
        """The attempt for programs. in_use: the capture that readers get now."""
        candidate, before = self.candidate, self.before
        same = before and candidate and before.content() == candidate.content()
        outcome = "failed" if error else "unchanged" if same else "captured"
        return {
            "source": self.source.id,
            "origin": self.origin,
            "outcome": "refused" if error and error.code == "VK-S009" else outcome,
            "retrieved_at": candidate.retrieved_at if candidate else None,
            **{name: self.counts[name] for name in _COUNTS},
            "compared_with": before
            and {"retrieved_at": before.retrieved_at, "origin": before.origin},
            "in_use": in_use and {"retrieved_at": in_use.retrieved_at, "origin": in_use.origin},
            "accepted": list(candidate.accepted) if candidate else [],
            "findings": [asdict(finding) for finding in self.findings],
            "error": error and error.as_dict(),
            "tables": [asdict(profile) for profile in self.profiles],
        }


_COUNTS = ("answers", "bytes", "retries", "not_modified", "resumed")


def write_summary(archive: Archive, summary: dict[str, Any]) -> None:
    """Keep the summary of the newest attempt to capture a source."""
    atomic_files.write_json(_path(archive, summary["source"]), summary)


def summary_of(archive: Archive, source: str) -> dict[str, Any] | None:
    """The summary of the newest attempt, or None when there never was one."""
    path = _path(archive, source)
    return json.loads(path.read_text("utf-8")) if path.exists() else None


def known_profiles(archive: Archive, source: str) -> dict[str, Profile]:
    """Fingerprint -> profile, from the last summary: a table that did not change is not read again."""
    summary = summary_of(archive, source) or {}
    try:
        found = [Profile.from_dict(each) for each in summary.get("tables", ())]
    except (KeyError, TypeError):  # written by another version: it only costs reading again
        return {}
    return {profile.fingerprint: profile for profile in found}


def _path(archive: Archive, source: str) -> Path:
    return archive.root.parent / "captures" / f"{source}.json"
