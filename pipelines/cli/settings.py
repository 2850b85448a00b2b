"""From the options of a command to the settings of a run."""

from __future__ import annotations

from pipelines.cli.options.common import SourceOptions
from pipelines.publish.store.open_storage import absolute
from pipelines.runtime.settings import Settings


def settings_of(options: SourceOptions) -> Settings:
    """The settings that the options of a command name."""
    return Settings(
        origin=options.origin,
        state=options.state.resolve(),
        published=absolute(options.published),
        sample=options.sample.resolve(),
        drop=options.drop.resolve(),
    )
