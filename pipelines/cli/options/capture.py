"""Options of `voorkant capture`."""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import dataclass
from typing import ClassVar

from pipelines.cli.options.common import SourceOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureOptions(SourceOptions):
    """source: ids; none means all that the origin has."""

    NAME: ClassVar[str] = "capture"
    SUMMARY: ClassVar[str] = "read the sources into the archive and compare"

    source: tuple[str, ...]
    dry_run: bool
    find_ids: bool
    accept: bool

    @classmethod
    def declare(cls, command: ArgumentParser) -> None:
        """Add the arguments to the parser of the command."""
        SourceOptions.declare(command)
        command.add_argument(
            "--source",
            action="append",
            default=[],
            metavar="ID",
            help="only this source (repeatable)",
        )
        command.add_argument(
            "--dry-run",
            action="store_true",
            help="list the requests that would be sent, and send none",
        )
        command.add_argument(
            "--find-ids",
            action="store_true",
            help="look tables of unknown id up by title in the live catalogues, and capture nothing",
        )
        command.add_argument(
            "--accept",
            action="store_true",
            help="take a source into use also when a required test fails, after you looked at it",
        )
