"""The Dagster instance of a state folder: the project's `dagster.yaml`, its files below that folder."""

from __future__ import annotations

import sqlite3
from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.instance.ref import InstanceRef
from sqlalchemy import Engine, event

from pipelines.resources import ROOT


def instance(state: Path) -> dg.DagsterInstance:
    """The run history below `state`, the same one that `make ui` shows for the default folder."""
    _without_waiting_for_the_disk()
    home = state / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    folder = {"base_dir": str(home)}
    overrides = {
        "storage": {"sqlite": folder},
        "local_artifact_storage": {
            "module": "dagster._core.storage.root",
            "class": "LocalArtifactStorage",
            "config": folder,
        },
    }
    ref = InstanceRef.from_dir(str(home), config_dir=str(ROOT), overrides=overrides)
    return dg.DagsterInstance.from_ref(ref)


@cache
def _without_waiting_for_the_disk() -> None:
    """Dagster commits every event on its own; waiting for the disk each time is most of a short run.

    A power cut can cost the history of that run. It cannot cost data: archive and releases sync their own
    files.
    """

    def relax(connection: Any, _: Any) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.execute("PRAGMA synchronous = OFF")

    event.listen(Engine, "connect", relax)
