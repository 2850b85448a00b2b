"""Options of `voorkant datasets`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pipelines.cli.options.common import Options


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetsOptions(Options):
    """Options of `voorkant datasets`."""

    NAME: ClassVar[str] = "datasets"
    SUMMARY: ClassVar[str] = "which datasets there are"
