"""Options of `voorkant show`."""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import dataclass
from typing import ClassVar

from pipelines.cli.options.common import Options


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowOptions(Options):
    """where: a condition in SQL. columns: their names, with commas."""

    NAME: ClassVar[str] = "show"
    SUMMARY: ClassVar[str] = "rows of a published dataset"

    dataset: str
    table: str | None
    version: str | None
    where: str | None
    columns: str | None
    limit: int

    @classmethod
    def declare(cls, command: ArgumentParser) -> None:
        """Add the arguments to the parser of the command."""
        Options.declare(command)
        command.add_argument("dataset", metavar="DATASET")
        command.add_argument("--table", metavar="TABLE", help="another table of the dataset")
        command.add_argument("--version", metavar="VERSION", help="another version than the newest")
        command.add_argument(
            "--where", metavar="SQL", help="a condition, e.g. \"year = 2023 AND taakveld = '6.1'\""
        )
        command.add_argument("--columns", metavar="A,B", help="only these columns")
        command.add_argument(
            "--limit", type=int, default=20, metavar="N", help="at most so many rows (default 20)"
        )
