"""The command line `voorkant`: arguments in, exit code out.

    0 fine    1 a problem with the data    2 a problem with the command or the configuration

What belongs here: dispatch. Options are in `options`, what a command does is in `commands` and is imported
only when it is run, so that `--help` answers at once.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from expectations.errors import VoorkantError
from pipelines.cli.options import COMMANDS
from pipelines.cli.options.common import Options

_CONFIGURATION = ("VK-C", "VK-U")
_BY_NAME = {each.NAME: each for each in COMMANDS}


def parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    top = argparse.ArgumentParser(
        prog="voorkant",
        description="Follow Dutch public money from care to the social base: capture, check, publish.",
        epilog="exit code: 0 fine, 1 a problem with the data, 2 a problem with the command",
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for each in COMMANDS:
        description = f"{each.SUMMARY[0].upper()}{each.SUMMARY[1:]}".rstrip("?.")
        each.declare(
            commands.add_parser(each.NAME, help=each.SUMMARY, description=f"{description}.")
        )
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code."""
    parsed = parser().parse_args(arguments)
    options = _BY_NAME[parsed.command].of(parsed)
    try:
        code = _work(options.NAME)(options)
        sys.stdout.flush()
        return code
    except VoorkantError as error:
        if options.json:
            print(json.dumps({"error": error.as_dict()}, ensure_ascii=False, indent=1))
        else:
            print(error, file=sys.stderr)
        return 2 if error.code.startswith(_CONFIGURATION) else 1
    except BrokenPipeError:
        # The reader (`| head`) has seen enough; without this, Python complains again while closing.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print(
            "stopped; what was published before stays, nothing half-made is visible; "
            "what was captured is kept, the next run goes on from there",
            file=sys.stderr,
        )
        return 130


def _work(name: str) -> Callable[[Options], int]:
    """What a command does; most of them take up to two seconds to import."""
    module = import_module(f"pipelines.cli.commands.{name.replace('-', '_')}")
    work: Callable[[Options], int] = module.run
    return work


if __name__ == "__main__":
    sys.exit(main())
