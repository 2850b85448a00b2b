"""What the options of every command are: a frozen class that declares its arguments and holds their values.

A command is three things: its options (here, light enough that `--help` answers at once), its work
(`pipelines/cli/commands`, imported only when the command is run), and a line in `COMMANDS`.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from expectations.paths import ROOT

if TYPE_CHECKING:  # it knows Dagster, which `--help` need not wait for
    from assets.framework.resources import OriginName


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options that every command has. published: a folder, or `s3://bucket/prefix`."""

    NAME: ClassVar[str]
    SUMMARY: ClassVar[str]

    json: bool
    published: str
    state: Path

    @classmethod
    def declare(cls, command: ArgumentParser) -> None:
        """Add the arguments to the parser of the command."""
        command.add_argument("--json", action="store_true", help="answer in JSON, for programs")
        command.add_argument(
            "--published",
            default=str(ROOT / "published"),
            metavar="PLACE",
            help="where publications are: a folder, or s3://bucket/prefix",
        )
        command.add_argument(
            "--state",
            type=Path,
            default=ROOT / ".state",
            metavar="DIR",
            help="folder of archive and tables",
        )

    @classmethod
    def of(cls, parsed: Namespace) -> Self:
        """The values that were given on the command line."""
        given = {each.name: getattr(parsed, each.name) for each in fields(cls)}
        values: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in given.items()
        }
        return cls(**values)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceOptions(Options):
    """The options of a command that reads sources."""

    origin: OriginName
    sample: Path
    drop: Path

    @classmethod
    def declare(cls, command: ArgumentParser) -> None:
        """Add the arguments to the parser of the command."""
        Options.declare(command)
        command.add_argument(
            "--origin",
            choices=("sample", "live", "drop"),
            default="sample",
            help="where figures come from: the cited figures of this project (default), the official "
            "endpoints, or a folder with files you received",
        )
        command.add_argument(
            "--sample",
            type=Path,
            default=ROOT / "sample",
            metavar="DIR",
            help="folder of the sample",
        )
        command.add_argument(
            "--drop",
            type=Path,
            default=ROOT / "drop",
            metavar="DIR",
            help="folder of received files",
        )
