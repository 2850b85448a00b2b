"""Options of `voorkant diff`."""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import dataclass
from typing import ClassVar

from pipelines.cli.options.common import Options


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffOptions(Options):
    """a and b: the earlier and the later version."""

    NAME: ClassVar[str] = "diff"
    SUMMARY: ClassVar[str] = "what differs between two versions of a dataset, and why"

    dataset: str
    a: str | None
    b: str | None

    @classmethod
    def declare(cls, command: ArgumentParser) -> None:
        """Add the arguments to the parser of the command."""
        Options.declare(command)
        command.add_argument("dataset", metavar="DATASET")
        command.add_argument(
            "a", nargs="?", metavar="A", help="the earlier version (default: last but one)"
        )
        command.add_argument(
            "b", nargs="?", metavar="B", help="the later version (default: the newest)"
        )
