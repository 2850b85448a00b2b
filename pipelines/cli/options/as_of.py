"""Options of `voorkant as-of`."""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import dataclass
from typing import ClassVar

from pipelines.cli.options.common import Options


@dataclass(frozen=True, slots=True, kw_only=True)
class AsOfOptions(Options):
    """date: as it was typed."""

    NAME: ClassVar[str] = "as-of"
    SUMMARY: ClassVar[str] = "a dataset as it was known on a day"

    date: str
    dataset: str | None
    table: str | None
    limit: int

    @classmethod
    def declare(cls, command: ArgumentParser) -> None:
        """Add the arguments to the parser of the command."""
        Options.declare(command)
        command.add_argument(
            "date", metavar="DATE", help="a day, e.g. 2024-06-30; its end in UTC counts"
        )
        command.add_argument(
            "dataset",
            nargs="?",
            metavar="DATASET",
            help="without: the version of every dataset on that day",
        )
        command.add_argument("--table", metavar="TABLE", help="another table of the dataset")
        command.add_argument(
            "--limit", type=int, default=20, metavar="N", help="at most so many rows (default 20)"
        )
