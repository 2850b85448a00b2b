"""The instances of the resources: which folders, which origin. Every default is a folder below the root."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from assets.ports import OriginName, SourceArchive, TableStore
from pipelines.publish.release import Publisher

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Settings:
    """Where things are. origin: where new captures come from."""

    origin: OriginName = "sample"
    state: Path = ROOT / ".state"
    published: Path = ROOT / "published"
    sample: Path = ROOT / "sample"
    drop: Path = ROOT / "drop"


Resources = dict[str, SourceArchive | TableStore | Publisher]


def resources(settings: Settings) -> Resources:
    """The three resources every asset may ask for."""
    state = str(settings.state)
    return {
        "sources": SourceArchive(
            state=state,
            sample=str(settings.sample),
            drop=str(settings.drop),
            origin=settings.origin,
        ),
        "tables": TableStore(state=state),
        "publisher": Publisher(published=str(settings.published)),
    }
