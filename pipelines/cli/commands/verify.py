"""`voorkant verify`: is a copy of a release what was published, said in words."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from expectations.errors import usage
from pipelines.cli.console import console, print_json
from pipelines.cli.options.verify import VerifyOptions
from pipelines.publish import release_reader, signing
from pipelines.publish.release_reader import MANIFEST
from pipelines.publish.store.log import FOLDER
from pipelines.publish.store.open_storage import absolute, is_folder, storage_at
from pipelines.verify import checks as verification
from pipelines.verify import download, log_check
from pipelines.verify.checks import Check

if TYPE_CHECKING:
    from minisign import PublicKey

_MARKS = {"passed": "ok     ", "failed": "FAILED ", "skipped": "–      "}
_SHOWN = 10
_VERSION = re.compile(r"(?P<root>.+)/(?P<below>data/[^/]+/[^/]+)")


def run(options: VerifyOptions) -> int:
    """`voorkant verify`."""
    given = options.key or os.environ.get("VOORKANT_PUBLIC_KEY")
    key = signing.public_key(given) if given else None
    with _copies(options) as copies:
        results = {name: _checks(folder, key, options) for name, folder in copies.items()}
    intact = all(verification.passed(checks) for checks in results.values())
    if options.json:
        print_json(
            {"whole": intact, "releases": {name: _plain(each) for name, each in results.items()}}
        )
        return 0 if intact else 1
    for name, checks in results.items():
        console.print(f"\n{name}", style="bold", markup=False, soft_wrap=True)
        for check in checks:
            _print(check)
    verdict = (
        "What was looked at is what was published." if intact else "This is not what was published."
    )
    console.print(f"\n{verdict}")
    return 0 if intact else 1


def _checks(folder: Path, key: PublicKey | None, options: VerifyOptions) -> list[Check]:
    listed = log_check.check_log(folder)
    if listed and not (folder / MANIFEST).is_file():
        return [listed.check]
    checks = verification.verify(folder, key, listed.erased if listed else ())
    if listed:
        checks.append(listed.check)
    if options.rebuild and verification.passed(checks):
        if release_reader.read_manifest(folder).get("kind") == release_reader.PACK:
            raise usage(
                "An audit pack is not rebuilt from the archive.",
                "Ask the same question of the same releases, and compare SHA256SUMS.",
            )
        from pipelines.runtime.settings import Settings
        from pipelines.verify.rebuild import rebuild

        checks.append(rebuild(folder, Settings(state=options.state.resolve())))
    return checks


@contextmanager
def _copies(options: VerifyOptions) -> Iterator[dict[str, Path]]:
    """What is to be verified: name -> folder."""
    given = absolute(options.published) if options.release is None else str(options.release)
    if is_folder(given):
        yield {str(folder): folder for folder in log_check.releases(Path(given))}
        return
    with tempfile.TemporaryDirectory(prefix="voorkant-verify-") as place:
        if not given.startswith(download.SCHEMES):
            yield _copied(given.rstrip("/"), Path(place), options.rebuild)
            return
        if options.rebuild:
            raise usage(
                "--rebuild compares with the releases before it, which an address does not give.",
                "Give the folder of a version, or s3://bucket/prefix.",
            )
        download.fetch(given, Path(place))
        yield {given: Path(place)}


def _copied(given: str, folder: Path, rebuild: bool) -> dict[str, Path]:
    """All releases at an address in S3, or the one version that it is of; to rebuild, those beside it too."""
    one = _VERSION.fullmatch(given)
    root, below = (one["root"], one["below"]) if one else (given, "data")
    needed = below.rpartition("/")[0] if one and rebuild else below
    download.fetch_tree(storage_at(root), (FOLDER, needed), folder)
    found = [folder / below] if one else log_check.releases(folder)
    return {
        f"{root}/{each.relative_to(folder).as_posix()}".removesuffix("/."): each for each in found
    }


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
