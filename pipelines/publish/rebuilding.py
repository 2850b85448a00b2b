"""Making a release again from the archive, and comparing the bytes.

The captures that its manifest names are laid in a state of their own, with the releases before it, and
the same road is run over them: no network, and nothing of it touches what is published.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from assets.archive import Archive, Capture
from assets.ports import sha256_of
from pipelines.publish import edition, signing
from pipelines.publish.store.versions import order
from pipelines.publish.verification import Check
from pipelines.resources import Settings

_NAME = "rebuild"
_NAMING = frozenset({edition.MANIFEST, signing.SUMS, signing.SIGNATURE, signing.PROVENANCE})


def rebuild(folder: Path, settings: Settings) -> Check:
    """Whether the archive of these settings and this code give the same bytes as the release in a folder."""
    manifest = edition.read_manifest(folder)
    archive = Archive(settings.state / "archive")
    captures = {each["source"]: _capture(archive, each) for each in manifest["inputs"]}
    if lost := sorted(source for source, capture in captures.items() if capture is None):
        told = "The release must follow from captures in the archive."
        return Check(_NAME, "failed", told, tuple(f"{s}: this capture is not there" for s in lost))
    with tempfile.TemporaryDirectory(prefix="voorkant-rebuild-") as place:
        again = _laid_out(Path(place), folder, manifest, archive, captures, settings)
        made, problem = _made(again, manifest)
        if made is None:
            return Check(_NAME, "failed", "The release must be made again.", (problem,))
        return compared(folder, made)


def _capture(archive: Archive, used: Mapping[str, Any]) -> Capture | None:
    """The capture in the archive that a manifest names as an input."""
    content = {f"{r['name']}#{r['page']}": r["sha256"] for r in used["responses"]}
    return next(
        (
            capture
            for capture in archive.captures(used["source"])
            if capture.content() == content and capture.retrieved_at == used["retrieved_at"]
        ),
        None,
    )


def _laid_out(
    place: Path,
    folder: Path,
    manifest: Mapping[str, Any],
    archive: Archive,
    captures: Mapping[str, Capture | None],
    settings: Settings,
) -> Settings:
    """Folders that hold exactly what the release was made from."""
    copy = place / "state/archive"
    copy.mkdir(parents=True)
    (copy / "objects").symlink_to((archive.root / "objects").resolve())
    # A source that only the checks read is no input of the release; then the newest capture will do.
    others = {source: archive.latest(source) for source in _sources() - captures.keys()}
    lines = [asdict(each) for each in {**captures, **others}.values() if each]
    text = "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines)
    (copy / "log.jsonl").write_text(text, "utf-8")
    data = place / "published/data" / str(manifest["dataset"])
    data.mkdir(parents=True)
    for earlier in folder.resolve().parent.glob(f"*/{edition.MANIFEST}"):
        if order(earlier.parent.name) < order(str(manifest["version"])):
            (data / earlier.parent.name).symlink_to(earlier.parent)
    return replace(settings, state=place / "state", published=str(place / "published"))


def _sources() -> set[str]:
    from assets.registry import sources

    return set(sources())


def _made(settings: Settings, manifest: Mapping[str, Any]) -> tuple[Path | None, str]:
    """The folder of the release made again; or None and why not."""
    import dagster as dg

    from pipelines.definitions import build_defs
    from pipelines.instance import instance
    from pipelines.progress import LOGGERS

    definitions = build_defs(settings, LOGGERS)
    needed = dg.AssetSelection.assets(f"release_{manifest['dataset']}").upstream()
    keys = (needed - dg.AssetSelection.groups("archive")).resolve(definitions.resolve_asset_graph())
    with instance(settings.state) as history:
        result = definitions.resolve_job_def("refresh").execute_in_process(
            instance=history,
            asset_selection=sorted(keys),
            raise_on_error=False,
            # Ours draw nothing when nobody listens; Dagster's own would print every event.
            run_config={"loggers": {name: {} for name in LOGGERS}},
        )
    made = Path(settings.published) / "data" / str(manifest["dataset"]) / str(manifest["version"])
    failed = [str(event.step_key) for event in result.get_step_failure_events()]
    if failed:
        return None, f"{failed[0]} did not succeed"
    if not made.is_dir():
        return None, f"the archive gives no release {manifest['version']}"
    return made, ""


def compared(folder: Path, made: Path) -> Check:
    """Whether two folders of one version hold the same bytes; where not, whether the rows are the same."""
    manifest, again = edition.read_manifest(folder), edition.read_manifest(made)
    reasons = []
    if again.get("signature") != manifest.get("signature"):
        reasons.append("a signature that only its holder can make")
    if again["code"] != manifest["code"]:
        reasons.append("the code, which is another than this")
    # What names the key or the code cannot come out the same; everything else must.
    apart = _NAMING if reasons else frozenset[str]()
    names = (edition.files_of(folder) | edition.files_of(made)) - apart
    problems = list(_differences(folder, made, sorted(names), manifest, again))
    told = f"Made again from the archive, {len(names)} files have the same bytes"
    if reasons:
        told += f"; left out are those that name {' and '.join(reasons)}"
    return Check(_NAME, "failed" if problems else "passed", f"{told}.", tuple(problems))


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
