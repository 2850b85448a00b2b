"""What an audit pack computes again for a day is what was published on that day."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import pytest

from pipelines.audit_pack import pack_data
from pipelines.audit_pack.pack_data import LEDGER, UPTAKE
from pipelines.audit_pack.recompute import recompute
from pipelines.publish.published import Publications

pytest.importorskip("assets.published.spuk_ledger.findings", reason="the rules are not there yet")
pytest.importorskip("assets.published.spuk_uptake.spuk_uptake", reason="uptake is not there yet")


class Folders(Protocol):
    """What the fixture `published` yields, as far as these tests need it."""

    published: Path
    state: Path


def test_the_day_of_the_release_computed_again_gives_the_release(published: Folders) -> None:
    place = Publications.at(published.published, published.state)
    names = (LEDGER, UPTAKE, "municipalities", "spuk_allocations")
    releases = {name: place.newest(name) for name in names}
    releases_read = {name: place.read(each) for name, each in releases.items() if each}
    data = pack_data.collect(releases_read[LEDGER], releases_read[UPTAKE], None)
    ledger, _, *also = releases_read.values()
    recomputed = pack_data.as_of(data, data.known_on, recompute(ledger, *also))
    for name in ("ledger", "findings", "checks", "uptake"):
        made, kept = getattr(recomputed, name), getattr(data, name)
        table = {LEDGER: LEDGER, "ledger": LEDGER, "uptake": UPTAKE}.get(name, name)
        key = list(data.contracts[UPTAKE if name == "uptake" else LEDGER].tables[table].key)
        columns = [column for column in kept.columns if column != "flags"]
        assert made.select(columns).sort(key).equals(kept.select(columns).sort(key)), name
