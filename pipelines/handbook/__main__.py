"""Generate everything in `docs/` that is made from code, contracts and releases.

    python -m pipelines.handbook            write the files
    python -m pipelines.handbook --check    exit code 1 when a file is not current

What belongs here: the list of generators. Each module of this package is one and returns path -> bytes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from pipelines.handbook import (
    form_templates,
    generated_files,
    gx_polars_coverage,
    method_pictures,
    rule_pages,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or compare all generated files; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m pipelines.handbook",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("--check", action="store_true", help="compare, do not write")
    parser.add_argument(
        "--published",
        type=Path,
        default=Path("published"),
        help="releases to draw; default: published",
    )
    options = parser.parse_args(arguments)
    numbers, skipped = method_pictures.numbers(options.published)
    wanted = {
        **rule_pages.files(),
        **gx_polars_coverage.files(),
        **form_templates.files(),
        **numbers,
    }
    existing = rule_pages.existing()
    for note in skipped:
        print(note, file=sys.stderr)
    if not options.check:
        generated_files.write({**wanted, **method_pictures.drawings(numbers)}, existing)
        return 0
    problems = generated_files.differences(wanted, existing)
    if problems:
        print(*problems, "Run make docs and commit the files.", sep="\n", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
