"""Options of `voorkant verify`."""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import dataclass
from typing import ClassVar

from pipelines.cli.options.common import Options


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyOptions(Options):
    """release: a folder or an address; none means all that is published."""

    NAME: ClassVar[str] = "verify"
    SUMMARY: ClassVar[str] = "is a copy of a release what was published?"

    release: str | None
    key: str | None
    rebuild: bool

    @classmethod
    def declare(cls, command: ArgumentParser) -> None:
        """Add the arguments to the parser of the command."""
        Options.declare(command)
        command.add_argument(
            "release",
            nargs="?",
            metavar="PLACE",
            help="a version, or all publications: a folder, s3://bucket/prefix, or the https "
            "address of one version (default: --published)",
        )
        command.add_argument(
            "--key",
            metavar="KEY",
            help="minisign public key it must be signed with: a file, or the line that "
            "begins with RW (default: VOORKANT_PUBLIC_KEY)",
        )
        command.add_argument(
            "--rebuild", action="store_true", help="also make it again from the archive and compare"
        )
