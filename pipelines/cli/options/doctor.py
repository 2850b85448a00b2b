"""Options of `voorkant doctor`."""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import dataclass
from typing import ClassVar

from pipelines.cli.options.common import Options


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorOptions(Options):
    """clean: clear away what can be cleared."""

    NAME: ClassVar[str] = "doctor"
    SUMMARY: ClassVar[str] = "whether all releases are whole, and what crashes left"

    clean: bool

    @classmethod
    def declare(cls, command: ArgumentParser) -> None:
        """Add the arguments to the parser of the command."""
        Options.declare(command)
        command.add_argument("--clean", action="store_true", help="clear away what can be cleared")
