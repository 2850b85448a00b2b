"""Options of `voorkant explain`."""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from pipelines.cli.options.common import Options

if TYPE_CHECKING:  # it brings YAML, which `--help` need not wait for
    from expectations.localized import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainOptions(Options):
    """key: `column=value`, as many as pick one row."""

    NAME: ClassVar[str] = "explain"
    SUMMARY: ClassVar[str] = "a published number back to the cells of the sources it was made of"

    dataset: str
    table: str | None
    key: tuple[str, ...]
    column: str | None
    all: bool
    open: bool
    version: str | None
    language: Language

    @classmethod
    def declare(cls, command: ArgumentParser) -> None:
        """Add the arguments to the parser of the command."""
        Options.declare(command)
        command.add_argument("dataset", metavar="DATASET")
        command.add_argument("--table", metavar="TABLE", help="another table of the dataset")
        command.add_argument(
            "--key",
            action="append",
            default=[],
            metavar="COLUMN=VALUE",
            help="the row that is meant (repeatable; as many as pick one row; COLUMN= for a missing value)",
        )
        command.add_argument("--column", metavar="COLUMN", help="only what this column was made of")
        command.add_argument(
            "--all",
            action="store_true",
            help="every row of every step, each followed to its source",
        )
        command.add_argument(
            "--open", action="store_true", help="also the surroundings of each cell in its source"
        )
        command.add_argument("--version", metavar="VERSION", help="another version than the newest")
        command.add_argument(
            "--language", choices=("en", "nl"), default="en", help="of the explanation (default en)"
        )
