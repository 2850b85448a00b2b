"""The instances of the resources that assets may ask for, made from the settings."""

from __future__ import annotations

from assets.framework.resources import SourceArchive, TableStore
from pipelines.publish.publisher import Publisher
from pipelines.runtime.settings import Settings

Resources = dict[str, SourceArchive | TableStore | Publisher]


def resources(settings: Settings) -> Resources:
    """The three resources every asset may ask for."""
    return {
        "sources": settings.source_archive(),
        "tables": TableStore(state=str(settings.state)),
        "publisher": Publisher(published=str(settings.published), state=str(settings.state)),
    }
