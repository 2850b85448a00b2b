"""A release in a folder compared with the log above it: whether it is listed, its files, its withdrawal.

A copy of a publication may lack its log; then nothing is compared. What does not belong here: whether the
files agree among themselves (`checks.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipelines.publish.release_reader import MANIFEST
from pipelines.publish.store import legacy_releases
from pipelines.publish.store.local import LocalStorage
from pipelines.publish.store.log import FOLDER, History
from pipelines.publish.store.storage import described, failures
from pipelines.verify.checks import Check


@dataclass(frozen=True, slots=True)
class LogCheck:
    """The comparison with the log, as a check. erased: files removed with a withdrawal."""

    check: Check
    erased: tuple[str, ...] = ()


def check_log(folder: Path) -> LogCheck | None:
    """Compare a release with its log; None without a log above its folder. Raises VK-P001, VK-P004."""
    parts = folder.resolve().parts
    if len(parts) < 4:  # nothing so near the root is <place>/data/<dataset>/<version>
        return None
    *above, data, dataset, version = parts
    history = _history(Path(*above)) if data == "data" else None
    if history is None:
        return None
    release = history.find(dataset, version)
    if release is None:
        sentence = "The log of releases must know the release."
        return LogCheck(Check("log", "failed", sentence, (f"{dataset} {version}: not in the log",)))
    kept = history.kept(release)
    problems = tuple(
        f"{name}: not the bytes of the log" if (folder / name).is_file() else f"{name}: missing"
        for name, expected in kept.items()
        if not (folder / name).is_file() or described(folder / name) != expected
    )
    erased = tuple(sorted(release.files.keys() - kept.keys()))
    sentence = f"The log of releases says the same of these {len(kept)} files."
    if withdrawal := history.withdrawals.get((dataset, version)):
        sentence += f" The version was withdrawn: {withdrawal.reason.rstrip('.')}."
    if erased:
        sentence += f" Erased: {', '.join(erased)}."
    return LogCheck(Check("log", "failed" if problems else "passed", sentence, problems), erased)


def releases(place: Path) -> list[Path]:
    """The folders of all releases in the log or in the place; the place itself if there are none.

    Raises VK-P001 and VK-P004.
    """
    history = _history(place) or History()
    known = {place / release.folder for release in history.releases()}
    found = {path.parent for path in place.glob(f"data/*/*/{MANIFEST}")}
    return sorted(known | found) or [place]


def _history(place: Path) -> History | None:
    if not (place / FOLDER).is_dir():
        return None
    with failures(str(place), "Nothing was changed."):
        return legacy_releases.read(LocalStorage(place))
