"""Where a run reads and writes, and where its captures come from; by default folders below the root."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, cast, get_args

from assets.framework.resources import OriginName, SourceArchive
from expectations.errors import VoorkantError
from expectations.paths import ROOT


@dataclass(frozen=True, slots=True)
class Settings:
    """Where things are. origin: where new captures come from. published: a folder, or s3://bucket/prefix."""

    origin: OriginName = "sample"
    state: Path = ROOT / ".state"
    published: str = str(ROOT / "published")
    sample: Path = ROOT / "sample"
    drop: Path = ROOT / "drop"

    @classmethod
    def from_environment(cls) -> Settings:
        """What Dagster runs with: VOORKANT_ORIGIN, and VOORKANT_STATE, _PUBLISHED, _SAMPLE, _DROP.

        Raises VK-U001 when the origin is none of the three.
        """
        found = {each.name: os.environ.get(f"VOORKANT_{each.name.upper()}") for each in fields(cls)}
        origin = found.pop("origin") or "sample"
        if origin not in get_args(OriginName):
            raise VoorkantError(
                "VK-U001",
                problem=f"There is no origin {origin!r}.",
                where="environment, VOORKANT_ORIGIN",
                outcome="Nothing was loaded.",
                remedy=f"Choose one of: {', '.join(get_args(OriginName))}.",
            )
        published = found.pop("published")
        places: dict[str, Any] = {name: Path(path) for name, path in found.items() if path}
        if published:
            places["published"] = published
        return replace(cls(origin=cast(OriginName, origin)), **places)

    def source_archive(self) -> SourceArchive:
        """The archive of these settings, and the origin that new captures come from."""
        return SourceArchive(
            state=str(self.state),
            sample=str(self.sample),
            drop=str(self.drop),
            origin=self.origin,
        )
