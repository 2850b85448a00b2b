"""The product's own live origin, with the patience of a test: short waits, the same rules."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import httpx2

from assets.ingest.origins.live import LiveOrigin
from assets.ingest.origins.sample import SampleOrigin


def impatient() -> LiveOrigin:
    """Times out in a fraction of a second: for a server that stays silent."""
    return _patient_client(0.3)


def unhurried() -> LiveOrigin:
    """Never times out on a busy machine. Like the impatient one it does not wait between tries."""
    return _patient_client(60.0)


def _patient_client(seconds: float) -> LiveOrigin:
    own = SampleOrigin(Path("there is none"))
    now = datetime(2026, 11, 21, tzinfo=UTC)
    return LiveOrigin(own, lambda: now, _client(seconds), lambda _: None)


@cache
def _client(seconds: float) -> httpx2.Client:
    """One for all: a client reads the machine's certificates, and nothing here has one."""
    return httpx2.Client(timeout=httpx2.Timeout(seconds), trust_env=False)


def patient() -> LiveOrigin:
    """As in earnest, for measuring; only the proxy of the machine is not asked."""
    own = SampleOrigin(Path("there is none"))
    client = httpx2.Client(timeout=httpx2.Timeout(60.0), trust_env=False)
    return LiveOrigin(own, lambda: datetime(2026, 11, 21, tzinfo=UTC), client)
