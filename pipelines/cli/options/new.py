"""Options of `voorkant new`."""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import dataclass
from typing import ClassVar

from pipelines.cli.options.common import Options


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOptions(Options):
    """kind: what is new. name: its name; of a rule, the table it is about."""

    NAME: ClassVar[str] = "new"
    SUMMARY: ClassVar[str] = "write the files of something new, with what is to be filled in"

    kind: str
    name: str

    @classmethod
    def declare(cls, command: ArgumentParser) -> None:
        """Add the arguments to the parser of the command."""
        Options.declare(command)
        command.add_argument(
            "kind",
            choices=("source", "dataset", "rule", "scheme", "claim"),
            metavar="KIND",
            help="source, dataset, rule, scheme or claim",
        )
        command.add_argument(
            "name",
            metavar="NAME",
            help="a name of its own; of a rule, the table it is about: dataset.table",
        )
