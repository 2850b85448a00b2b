"""Where answers come from: `sample` (our own figures), `live` (the sources), `drop` (a folder).

What belongs here: getting the body for a request. What does not: what to ask for and how to read it
(`connectors/`); that is the same code for all three.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Literal

from assets.origins import laid
from assets.origins.drop import DropOrigin
from assets.origins.sample import SampleOrigin
from assets.registry import Source
from assets.wire import Origin, Request, Response


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
    from assets.origins.live import LiveOrigin  # an HTTP client is of use to live only

    return LiveOrigin(_Own(SampleOrigin(sample), drop), clock)


class _Own:
    """What no endpoint has: cited figures from the sample, files from the folder they were laid in."""

    name = "own"

    def __init__(self, sample: SampleOrigin, folder: Path) -> None:
        self._sample = sample
        self._folder = folder

    def retrieved_at(self) -> str:
        return self._sample.retrieved_at()

    def fetch(self, source: Source, request: Request) -> Response:
        if source.kind == "files":
            return laid.answer(source, request, self._folder / source.id)
        return self._sample.fetch(source, request)
