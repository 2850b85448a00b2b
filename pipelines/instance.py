"""The Dagster instance of a state folder: the project's `dagster.yaml`, its files below that folder."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
from dagster._core.instance.ref import InstanceRef

from pipelines.resources import ROOT


def instance(state: Path) -> dg.DagsterInstance:
    """The run history below `state`, the same one that `make ui` shows for the default folder."""
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
