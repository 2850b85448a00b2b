"""Options of `voorkant refresh`."""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import dataclass
from typing import ClassVar

from pipelines.cli.options.common import SourceOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshOptions(SourceOptions):
    """only: datasets; none means all."""

    NAME: ClassVar[str] = "refresh"
    SUMMARY: ClassVar[str] = "capture, build, check and publish what changed"

    only: tuple[str, ...]

    @classmethod
    def declare(cls, command: ArgumentParser) -> None:
        """Add the arguments to the parser of the command."""
        SourceOptions.declare(command)
        command.add_argument(
            "--only",
            action="append",
            default=[],
            metavar="DATASET",
            help="only this dataset (repeatable)",
        )
