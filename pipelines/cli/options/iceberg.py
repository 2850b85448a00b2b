"""Options of `voorkant iceberg`."""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from pipelines.cli.options.common import Options


@dataclass(frozen=True, slots=True, kw_only=True)
class IcebergOptions(Options):
    """dataset: none means all."""

    NAME: ClassVar[str] = "iceberg"
    SUMMARY: ClassVar[str] = "let Iceberg engines read the published files"

    dataset: tuple[str, ...]
    out: Path

    @classmethod
    def declare(cls, command: ArgumentParser) -> None:
        """Add the arguments to the parser of the command."""
        Options.declare(command)
        command.add_argument("dataset", nargs="*", metavar="DATASET", help="only these")
        command.add_argument(
            "--out",
            type=Path,
            required=True,
            metavar="DIR",
            help="folder for the metadata; the data stay where they are and are not copied",
        )
