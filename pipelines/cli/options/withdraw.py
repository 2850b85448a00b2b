"""Options of `voorkant withdraw`."""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import dataclass
from typing import ClassVar

from pipelines.cli.options.common import Options


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawOptions(Options):
    """erase: files whose bytes must go as well."""

    NAME: ClassVar[str] = "withdraw"
    SUMMARY: ClassVar[str] = "mark a version as no longer to be used; its number is never reused"

    dataset: str
    version: str
    reason: str
    erase: tuple[str, ...]

    @classmethod
    def declare(cls, command: ArgumentParser) -> None:
        """Add the arguments to the parser of the command."""
        Options.declare(command)
        command.add_argument("dataset", metavar="DATASET")
        command.add_argument("version", metavar="VERSION")
        command.add_argument(
            "--reason", required=True, metavar="TEXT", help="why; everybody reads it"
        )
        command.add_argument(
            "--erase",
            nargs="+",
            action="extend",
            default=[],
            metavar="FILE",
            help="files of the version whose bytes must go as well",
        )
