"""Publishers that are really killed: nothing half visible, nothing lost, nothing twice.

The by-hand sizes are run with `python -m tests.support.crash.kill_publishers --kills 1000`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.crash.kill_publishers import rounds
from tests.support.s3 import S3, available


def test_killed_on_a_local_disk(tmp_path: Path) -> None:
    (done,) = rounds(20, [str(tmp_path / "store")], longest=0.2)
    assert not done.wrong
    assert done.kills == 20
    assert done.acknowledged > 5
    assert done.reads > 0


@pytest.mark.skipif(not available("localbucket"), reason="needs obstore and localbucket")
def test_killed_on_s3_compatible_storage(monkeypatch: pytest.MonkeyPatch) -> None:
    with S3("localbucket") as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        (done,) = rounds(6, [f"s3://{server.bucket}/store"], longest=0.8)
    assert not done.wrong
    assert done.kills == 6
    assert done.acknowledged > 0
