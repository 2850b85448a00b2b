"""Making a release again from the archive, and comparing the bytes.

The captures that its manifest names are put in a separate state, with the releases before it, and the
same pipeline runs over them: without network, and without touching what is published.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg

from assets.atomic_files import sha256_of
from assets.ingest.archive import Archive, Capture
from pipelines.definitions import build_defs
from pipelines.publish import release_reader, signing
from pipelines.publish.history import write_history
from pipelines.publish.store.versions import order
from pipelines.runtime.settings import Settings
from pipelines.runtime.table_run import SILENT, find_capture, run_assets, seed_archive
from pipelines.verify.checks import Check

_NAME = "rebuild"
_NAMING = frozenset({release_reader.MANIFEST, signing.SUMS, signing.SIGNATURE, signing.PROVENANCE})
_NAMING_CODE = frozenset({write_history.SUMMARY, write_history.ROWS})


def rebuild(folder: Path, settings: Settings) -> Check:
    """Whether the archive of these settings and this code give the same bytes as the release in a folder."""
    manifest = release_reader.read_manifest(folder)
    archive = Archive(settings.state / "archive")
    captures = {each["source"]: find_capture(archive, each) for each in manifest["inputs"]}
    if lost := sorted(source for source, capture in captures.items() if capture is None):
        sentence = "The release must follow from captures in the archive."
        return Check(
            _NAME, "failed", sentence, tuple(f"{s}: this capture is not there" for s in lost)
        )
    with tempfile.TemporaryDirectory(prefix="voorkant-rebuild-") as place:
        again = _prepare(Path(place), folder, manifest, archive, captures, settings)
        made, problem = _made(again, manifest)
        if made is None:
            return Check(_NAME, "failed", "The release must be made again.", (problem,))
        return compared(folder, made)


def _prepare(
    place: Path,
    folder: Path,
    manifest: Mapping[str, Any],
    archive: Archive,
    captures: Mapping[str, Capture | None],
    settings: Settings,
) -> Settings:
    """Folders that hold exactly what the release was made from, and the releases before it."""
    # The captures before it are needed to attribute its changes. A source that only the checks read is no
    # input of the release; then the newest capture will do.
    until = [
        each for source, last in captures.items() for each in _until(archive.captures(source), last)
    ]
    seed_archive(archive, until, place / "state")
    data = place / "published/data" / str(manifest["dataset"])
    data.mkdir(parents=True)
    for earlier in folder.resolve().parent.glob(f"*/{release_reader.MANIFEST}"):
        if order(earlier.parent.name) < order(str(manifest["version"])):
            # A folder of its own: the store takes a link to a folder for a file.
            shutil.copytree(earlier.parent, data / earlier.parent.name, copy_function=os.symlink)
    return replace(settings, state=place / "state", published=str(place / "published"))


def _until(captures: list[Capture], last: Capture | None) -> list[Capture]:
    """The captures up to the last time that one was logged."""
    end = max(place for place, each in enumerate(captures) if each == last)
    return captures[: end + 1]


def _made(settings: Settings, manifest: Mapping[str, Any]) -> tuple[Path | None, str]:
    """The folder of the release made again; or None and why not."""
    wanted = dg.AssetSelection.assets(f"release_{manifest['dataset']}")
    failed = run_assets(build_defs(settings, SILENT), settings.state, wanted)
    made = Path(settings.published) / "data" / str(manifest["dataset"]) / str(manifest["version"])
    if failed:
        return None, f"{failed[0]} did not succeed"
    if not made.is_dir():
        return None, f"the archive gives no release {manifest['version']}"
    return made, ""


def compared(folder: Path, made: Path) -> Check:
    """Whether two folders of one version hold the same bytes; where not, whether the rows are the same."""
    manifest, again = release_reader.read_manifest(folder), release_reader.read_manifest(made)
    reasons = []
    if again.get("signature") != manifest.get("signature"):
        reasons.append("a signature that only its holder can make")
    other_code = again["code"] != manifest["code"]
    if other_code:
        reasons.append("the code, which is another than this")
    # What names the key or the code cannot come out the same; everything else must.
    apart = _NAMING if reasons else frozenset[str]()
    apart |= _NAMING_CODE if other_code else frozenset()
    names = (release_reader.files_of(folder) | release_reader.files_of(made)) - apart
    problems = list(_differences(folder, made, sorted(names), manifest, again))
    sentence = f"Made again from the archive, {len(names)} files have the same bytes"
    if reasons:
        sentence += f"; left out are those that name {' and '.join(reasons)}"
    if other_code and problems:
        sentence += "; docs/upgrading.md lists what other versions of the code write differently"
    return Check(_NAME, "failed" if problems else "passed", f"{sentence}.", tuple(problems))


def _differences(
    folder: Path, made: Path, names: list[str], before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[str]:
    same_rows = {
        table
        for table, digest in before.get("rows_sha256", {}).items()
        if after.get("rows_sha256", {}).get(table) == digest
    }
    for name in names:
        if not (made / name).exists():
            yield f"{name}: was not made again"
        elif not (folder / name).exists():
            yield f"{name}: is made now, and was not part of the release"
        elif sha256_of(folder / name) != sha256_of(made / name):
            data = name.partition(".")[0] in same_rows and "vintages" not in name
            yield f"{name}: {'same data, new bytes' if data else 'other bytes'}"
