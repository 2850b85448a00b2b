"""Options of `voorkant audit`."""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from pipelines.cli.options.common import Options

if TYPE_CHECKING:  # it brings YAML, which `--help` need not wait for
    from expectations.localized import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditOptions(Options):
    """scheme and year: none means all."""

    NAME: ClassVar[str] = "audit"
    SUMMARY: ClassVar[str] = "a report, a workbook and the data behind them, for auditors"

    subject: str
    out: Path
    scheme: tuple[str, ...]
    year: tuple[int, ...]
    municipality: str | None
    as_of: str | None
    language: Language
    letter: bool

    @classmethod
    def declare(cls, command: ArgumentParser) -> None:
        """Add the arguments to the parser of the command."""
        Options.declare(command)
        command.add_argument(
            "subject", choices=("spuk",), metavar="spuk", help="the specific grants"
        )
        command.add_argument(
            "--out", type=Path, required=True, metavar="DIR", help="a new folder for it"
        )
        command.add_argument(
            "--scheme", action="append", default=[], metavar="ID", help="only this one (repeatable)"
        )
        command.add_argument(
            "--year",
            type=int,
            action="append",
            default=[],
            metavar="YEAR",
            help="only grants of this year (repeatable)",
        )
        command.add_argument(
            "--municipality", metavar="NAME", help="only this one: its name or CBS code (GM0344)"
        )
        command.add_argument("--as-of", metavar="DATE", help="as it was known at the end of a day")
        command.add_argument(
            "--language", choices=("nl", "en"), default="nl", help="of the documents (default nl)"
        )
        command.add_argument(
            "--letter",
            action="store_true",
            help="also a letter of one page to the municipality: what the files say about it",
        )
