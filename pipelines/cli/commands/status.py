"""`voorkant status`: what was captured and published, what warned, and whether it is intact."""

from __future__ import annotations

from assets.ingest.archive import Capture
from pipelines.cli.commands import pick_version
from pipelines.cli.console import console, print_json, print_table, release_cells
from pipelines.cli.options.status import StatusOptions
from pipelines.status import Status, status

_SOURCES = ("source", "captured", "origin", "answers", "bytes")
_DATASETS = ("dataset", "version", "rows", "passed", "warned", "quarantined")


def run(options: StatusOptions) -> int:
    """`voorkant status`: exit code 1 when a file is not as it was stored."""
    found = status(pick_version.publications(options), options.state)
    if options.json:
        print_json(found.as_dict())
    else:
        _print(found)
    return found.exit_code


def _print(found: Status) -> None:
    captures = [(name, *_capture_cells(each)) for name, each in found.captured.items()]
    print_table(_SOURCES, captures, numbers=2)
    releases = []
    for name, release in found.newest.items():
        none = "all withdrawn" if name in found.all_withdrawn else "never published"
        cells = release_cells(release) if release else (none, "–", "–", "–", "–")
        releases.append((name, *cells))
    print_table(_DATASETS, releases, numbers=4)
    lines = [f"{name}: {line}" for name, lines in found.warnings.items() for line in lines]
    lines += [
        f"{dataset} {version} was withdrawn: {reason}"
        for dataset, version, reason in found.withdrawn
    ]
    lines += [f"\n{error}" for error in found.altered]
    for line in lines:
        console.print(line, markup=False, soft_wrap=True)
    if not found.altered and any(found.newest.values()):
        console.print(
            "\nEvery file of the newest captures and releases has the sha256 it was stored with."
        )


def _capture_cells(capture: Capture | None) -> tuple[str, ...]:
    if capture is None:
        return ("never", "–", "–", "–")
    size = sum(entry.bytes for entry in capture.entries)
    return (capture.retrieved_at, capture.origin, f"{len(capture.entries):,}", f"{size:,}")
