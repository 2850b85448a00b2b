"""Where answers come from: `sample` (our own figures), `live` (the sources), `drop` (a folder).

What belongs here: getting the body for a request. What does not: what to ask for and how to read it
(`connectors/`); that is the same code for all three.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Literal

from assets.origins.drop import DropOrigin
from assets.origins.sample import SampleOrigin
from assets.wire import Origin


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

    return LiveOrigin(SampleOrigin(sample), clock)
