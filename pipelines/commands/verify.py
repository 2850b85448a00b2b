"""`voorkant verify`: is a copy of a release what was published, said in words."""

from __future__ import annotations

import os
import tempfile
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.console import console, print_json, usage
from pipelines.publish import fetching, signing, verification
from pipelines.publish.edition import MANIFEST
from pipelines.publish.verification import Check

if TYPE_CHECKING:
    from minisign import PublicKey

_MARKS = {"passed": "ok     ", "failed": "FAILED ", "skipped": "–      "}
_SHOWN = 10


def run(options: Namespace) -> int:
    """`voorkant verify`."""
    given = options.key or os.environ.get("VOORKANT_PUBLIC_KEY")
    key = signing.public_key(given) if given else None
    told: dict[str, list[Check]] = {}
    for name, folder in _copies(options):
        with folder as place:
            told[name] = _checks(place, key, options)
    whole = all(verification.passed(checks) for checks in told.values())
    if options.json:
        print_json(
            {"whole": whole, "releases": {name: _plain(each) for name, each in told.items()}}
        )
        return 0 if whole else 1
    for name, checks in told.items():
        console.print(f"\n{name}", style="bold", markup=False, soft_wrap=True)
        for check in checks:
            _print(check)
    verdict = (
        "What was looked at is what was published." if whole else "This is not what was published."
    )
    console.print(f"\n{verdict}")
    return 0 if whole else 1


def _checks(folder: Path, key: PublicKey | None, options: Namespace) -> list[Check]:
    checks = verification.verify(folder, key)
    if options.rebuild and verification.passed(checks):
        from pipelines.publish.rebuilding import rebuild
        from pipelines.resources import Settings

        checks.append(rebuild(folder, Settings(state=options.state.resolve())))
    return checks


def _copies(options: Namespace) -> Iterator[tuple[str, Any]]:
    """What is to be verified: a name, and a context that gives its folder."""
    if options.release.startswith(fetching.SCHEMES):
        if options.rebuild:
            raise usage(
                "--rebuild compares with the releases before it, which an address does not give.",
                "Give the folder of a version.",
            )
        yield options.release, _fetched(options.release)
        return
    path = Path(options.release)
    folders = sorted(each.parent for each in path.glob(f"data/*/*/{MANIFEST}")) or [path]
    for folder in folders:
        yield str(folder), _there(folder)


@contextmanager
def _fetched(address: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="voorkant-verify-") as place:
        fetching.fetch(address, Path(place))
        yield Path(place)


@contextmanager
def _there(folder: Path) -> Iterator[Path]:
    yield folder


def _plain(checks: list[Check]) -> list[dict[str, Any]]:
    return [
        {
            "check": each.name,
            "outcome": each.outcome,
            "sentence": each.sentence,
            "problems": list(each.problems),
        }
        for each in checks
    ]


def _print(check: Check) -> None:
    line = f"  {_MARKS[check.outcome]} {check.name:<11} {check.sentence}"
    console.print(line, markup=False, soft_wrap=True)
    for problem in check.problems[:_SHOWN]:
        console.print(f"             {problem}", markup=False, soft_wrap=True)
    if len(check.problems) > _SHOWN:
        console.print(f"             and {len(check.problems) - _SHOWN} more")
