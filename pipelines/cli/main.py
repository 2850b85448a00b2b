"""The command line `voorkant`: arguments in, exit code out.

    0 fine    1 a problem with the data    2 a problem with the command or the configuration

What belongs here: arguments and dispatch. Everything heavy is imported by the command that needs it,
so that `--help` answers at once.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from expectations.errors import VoorkantError
from expectations.paths import ROOT

_CONFIGURATION = ("VK-C", "VK-U")


def parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    top = argparse.ArgumentParser(
        prog="voorkant",
        description="Follow Dutch public money from care to the social base: capture, check, publish.",
        epilog="exit code: 0 fine, 1 a problem with the data, 2 a problem with the command",
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    refresh = _command(commands, "refresh", "capture, build, check and publish what changed")
    refresh.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="DATASET",
        help="only this dataset (repeatable)",
    )
    _origin(refresh)

    capture = _command(commands, "capture", "read the sources into the archive and compare")
    _origin(capture)
    capture.add_argument(
        "--source",
        action="append",
        default=[],
        metavar="ID",
        help="only this source (repeatable)",
    )
    capture.add_argument(
        "--dry-run",
        action="store_true",
        help="say which requests would be sent, and send none",
    )
    capture.add_argument(
        "--find-ids",
        action="store_true",
        help="look tables of unknown id up by title in the live catalogues, and capture nothing",
    )
    capture.add_argument(
        "--accept",
        action="store_true",
        help="take a source into use also when a required test fails, after you looked at it",
    )

    _command(commands, "status", "what was captured and published, and whether it is intact")
    _command(commands, "datasets", "which datasets there are")
    _command(commands, "check", "whether everything that is declared can be used, by file and line")

    show = _command(commands, "show", "rows of a published dataset")
    show.add_argument("dataset", metavar="DATASET")
    show.add_argument("--table", metavar="TABLE", help="another table of the dataset")
    show.add_argument("--version", metavar="VERSION", help="another version than the newest")
    show.add_argument(
        "--where", metavar="SQL", help="a condition, e.g. \"year = 2023 AND taakveld = '6.1'\""
    )
    show.add_argument("--columns", metavar="A,B", help="only these columns")
    show.add_argument(
        "--limit", type=int, default=20, metavar="N", help="at most so many rows (default 20)"
    )
    explain = _command(
        commands, "explain", "a published number back to the cells of the sources it was made of"
    )
    explain.add_argument("dataset", metavar="DATASET")
    explain.add_argument("--table", metavar="TABLE", help="another table of the dataset")
    explain.add_argument(
        "--key",
        action="append",
        default=[],
        metavar="COLUMN=VALUE",
        help="the row that is meant (repeatable; as many as pick one row; COLUMN= for a missing value)",
    )
    explain.add_argument("--column", metavar="COLUMN", help="only what this column was made of")
    explain.add_argument(
        "--all", action="store_true", help="every row of every step, each followed to its source"
    )
    explain.add_argument(
        "--open", action="store_true", help="also what stands in the source around each cell"
    )
    explain.add_argument("--version", metavar="VERSION", help="another version than the newest")
    explain.add_argument(
        "--language", choices=("en", "nl"), default="en", help="of the explanation (default en)"
    )

    diff = _command(commands, "diff", "what differs between two versions of a dataset, and why")
    diff.add_argument("dataset", metavar="DATASET")
    diff.add_argument(
        "a", nargs="?", metavar="A", help="the earlier version (default: last but one)"
    )
    diff.add_argument("b", nargs="?", metavar="B", help="the later version (default: the newest)")

    as_of = _command(commands, "as-of", "a dataset as it was known on a day")
    as_of.add_argument("date", metavar="DATE", help="a day, e.g. 2024-06-30; its end in UTC counts")
    as_of.add_argument(
        "dataset", nargs="?", metavar="DATASET", help="without: all versions of then"
    )
    as_of.add_argument("--table", metavar="TABLE", help="another table of the dataset")
    as_of.add_argument(
        "--limit", type=int, default=20, metavar="N", help="at most so many rows (default 20)"
    )

    audit = _command(
        commands, "audit", "a report, a workbook and the data behind them, for auditors"
    )
    audit.add_argument("subject", choices=("spuk",), metavar="spuk", help="the specific grants")
    audit.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new folder for it")
    audit.add_argument(
        "--scheme", action="append", default=[], metavar="ID", help="only this one (repeatable)"
    )
    audit.add_argument(
        "--year",
        type=int,
        action="append",
        default=[],
        metavar="YEAR",
        help="only grants of this year (repeatable)",
    )
    audit.add_argument(
        "--municipality", metavar="NAME", help="only this one: its name or CBS code (GM0344)"
    )
    audit.add_argument("--as-of", metavar="DATE", help="as it was known at the end of a day")
    audit.add_argument(
        "--language", choices=("nl", "en"), default="nl", help="of the documents (default nl)"
    )
    audit.add_argument(
        "--letter",
        action="store_true",
        help="also a letter of one page to the municipality: what the files say about it",
    )

    verify = _command(commands, "verify", "is a copy of a release what was published?")
    verify.add_argument(
        "release",
        nargs="?",
        metavar="PLACE",
        help="a version, or all publications: a folder, s3://bucket/prefix, or the https address of one "
        "version (default: --published)",
    )
    verify.add_argument(
        "--key",
        metavar="KEY",
        help="minisign public key it must be signed with: a file, or the line that begins with RW "
        "(default: VOORKANT_PUBLIC_KEY)",
    )
    verify.add_argument(
        "--rebuild", action="store_true", help="also make it again from the archive and compare"
    )

    iceberg = _command(commands, "iceberg", "let Iceberg engines read the published files")
    iceberg.add_argument("dataset", nargs="*", metavar="DATASET", help="only these")
    iceberg.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="DIR",
        help="folder for the metadata; the data stay where they are and are not copied",
    )

    withdraw = _command(
        commands,
        "withdraw",
        "say that a version is no longer to be used; its number is never reused",
    )
    withdraw.add_argument("dataset", metavar="DATASET")
    withdraw.add_argument("version", metavar="VERSION")
    withdraw.add_argument("--reason", required=True, metavar="TEXT", help="why; everybody reads it")
    withdraw.add_argument(
        "--erase",
        nargs="+",
        action="extend",
        default=[],
        metavar="FILE",
        help="files of the version whose bytes must go as well",
    )

    doctor = _command(commands, "doctor", "whether all releases are whole, and what crashes left")
    doctor.add_argument("--clean", action="store_true", help="clear away what can be cleared")
    return top


def _origin(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--origin",
        choices=("sample", "live", "drop"),
        default="sample",
        help="where figures come from: the cited figures of this project (default), the official "
        "endpoints, or a folder with files you received",
    )
    command.add_argument(
        "--sample", type=Path, default=ROOT / "sample", metavar="DIR", help="folder of the sample"
    )
    command.add_argument(
        "--drop", type=Path, default=ROOT / "drop", metavar="DIR", help="folder of received files"
    )


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, does: str
) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=does, description=does[0].upper() + does[1:] + ".")
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
    return command


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code."""
    options = parser().parse_args(arguments)
    try:
        code = _run(options.command)(options)
        sys.stdout.flush()
        return code
    except VoorkantError as error:
        if options.json:
            import json

            print(json.dumps({"error": error.as_dict()}, ensure_ascii=False, indent=1))
        else:
            print(error, file=sys.stderr)
        return 2 if error.code.startswith(_CONFIGURATION) else 1
    except BrokenPipeError:
        # Whoever reads (`| head`) has seen enough; Python would complain once more while closing.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print(
            "stopped; what was published before stays, nothing half-made is visible; "
            "what was captured is kept, the next run goes on from there",
            file=sys.stderr,
        )
        return 130


def _run(name: str) -> Callable[[argparse.Namespace], int]:
    from importlib import import_module

    run: Callable[[argparse.Namespace], int] = import_module(
        f"pipelines.cli.commands.{name.replace('-', '_')}"
    ).run
    return run


if __name__ == "__main__":
    sys.exit(main())
