"""The product's own live origin, with the patience of a test: short waits, the same rules."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import httpx2

from assets.origins.live import LiveOrigin
from assets.origins.sample import SampleOrigin


def impatient() -> LiveOrigin:
    """Times out in a fraction of a second and does not wait between tries."""
    own = SampleOrigin(Path("there is none"))
    return LiveOrigin(own, lambda: datetime(2026, 11, 21, tzinfo=UTC), _hasty(), lambda _: None)


@cache
def _hasty() -> httpx2.Client:
    """One for all: a client reads the machine's certificates, and nothing here has one."""
    return httpx2.Client(timeout=httpx2.Timeout(0.3), trust_env=False)


def patient() -> LiveOrigin:
    """As in earnest, for measuring; only the proxy of the machine is not asked."""
    own = SampleOrigin(Path("there is none"))
    client = httpx2.Client(timeout=httpx2.Timeout(60.0), trust_env=False)
    return LiveOrigin(own, lambda: datetime(2026, 11, 21, tzinfo=UTC), client)
