"""Where answers come from: `sample` (our own figures), `live` (the sources), `drop` (a folder).

Files that people put are in that folder whichever is chosen (`dropped_files`): no endpoint has them.

What belongs here: getting the body for a request. What does not: what to ask for and how to read it
(`connectors/`); that is the same code for all three.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Literal

from assets.ingest.messages import Origin
from assets.ingest.origins.drop_folder import DropOrigin
from assets.ingest.origins.dropped_files import DroppedFilesOrigin
from assets.ingest.origins.sample import SampleOrigin
from assets.ingest.registry import Source


def origin_named(
    name: Literal["sample", "live", "drop"],
    sample: Path,
    drop: Path,
    clock: Callable[[], datetime],
) -> Origin:
    """The origin with this name. sample, drop: their folders. clock: for live and drop only."""
    if name == "sample":
        return SampleOrigin(sample)
    if name == "drop":
        return DropOrigin(drop, SampleOrigin(sample), clock)
    from assets.ingest.origins.live import LiveOrigin  # an HTTP client is of use to live only

    return LiveOrigin(SampleOrigin(sample), clock)


def origin_for(source: Source, named: Origin, drop: Path, clock: Callable[[], datetime]) -> Origin:
    """What answers for this source: dropped files come from the folder, whichever origin is named."""
    return DroppedFilesOrigin(drop, named, clock) if source.kind == "files" else named
