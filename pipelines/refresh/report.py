"""What a refresh did, as typed values; and the same for programs.

What belongs here: the report and its JSON. What does not: how it looks on a terminal (`cli`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from expectations.errors import VoorkantError
from pipelines.publish.store.log import Release


@dataclass(frozen=True, slots=True)
class DatasetReport:
    """What happened to one dataset.

    release: its newest, None when there is none. folder: where that is, or its address.
    """

    dataset: str
    outcome: Literal["published", "unchanged", "blocked"]
    release: Release | None
    folder: str | None

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "dataset": self.dataset,
            "outcome": self.outcome,
            "version": self.release and self.release.version,
            "rows": self.release and self.release.about["rows"],
            "checks": self.release and self.release.about["checks"],
            "folder": self.folder,
        }


@dataclass(frozen=True, slots=True)
class Problem:
    """Something a person must look at. where: the asset, or the publication, that it happened in."""

    where: str
    error: VoorkantError

    @property
    def text(self) -> str:
        """All of it, for people."""
        return str(self.error)

    def as_dict(self) -> dict[str, str]:
        """For `--json`: where it happened, its code, and its text."""
        return {"where": self.where, "code": self.error.code, "text": self.text}


@dataclass(frozen=True, slots=True)
class RefreshReport:
    """What a refresh did.

    problems: why a dataset was not published. older_inputs: sources of which an older capture was used.
    corrections: those that no longer fit their source.
    """

    datasets: tuple[DatasetReport, ...]
    problems: tuple[Problem, ...] = ()
    older_inputs: tuple[Problem, ...] = ()
    corrections: tuple[Problem, ...] = ()
    nothing_changed: bool = False

    @property
    def exit_code(self) -> int:
        """0 fine; 1 when a dataset was not published, an input is old, or a correction no longer fits."""
        return 1 if self.problems or self.older_inputs or self.corrections else 0

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""

        def plain(problems: Iterable[Problem]) -> list[dict[str, str]]:
            return [each.as_dict() for each in problems]

        return {
            "nothing_changed": self.nothing_changed,
            "datasets": [each.as_dict() for each in self.datasets],
            "problems": plain(self.problems),
            "older_inputs": plain(self.older_inputs),
            "corrections": plain(self.corrections),
        }
