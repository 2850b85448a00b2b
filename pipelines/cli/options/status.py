"""Options of `voorkant status`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pipelines.cli.options.common import Options


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusOptions(Options):
    """Options of `voorkant status`."""

    NAME: ClassVar[str] = "status"
    SUMMARY: ClassVar[str] = "what was captured and published, and whether it is intact"
