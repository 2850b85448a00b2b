"""Options of `voorkant check`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pipelines.cli.options.common import Options


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOptions(Options):
    """Options of `voorkant check`."""

    NAME: ClassVar[str] = "check"
    SUMMARY: ClassVar[str] = "whether everything that is declared can be used, by file and line"
