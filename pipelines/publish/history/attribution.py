"""Attribute changes to causes when several things differ: build the states between two releases.

    before   the previous release
      |      the code and the contract of now        on the captures and corrections of then
      |      the corrections of now                  on the captures of then
      |      the captures of now                     one source after the other
    after    what is about to be published

What changes in a step was changed by that step. Nothing is built when no or one kind of thing differs,
and a build makes tables only, never a release, so it does not look for causes itself.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import polars as pl

from assets.framework.resources import TableStore
from assets.ingest.archive import Archive, Capture
from expectations.contract import Contract
from pipelines.publish import canonical_files, release_reader
from pipelines.publish.history import causes
from pipelines.publish.history.causes import Factor, Steps
from pipelines.publish.history.changes import TableRows, differences, factors
from pipelines.publish.release_reader import ReleaseData
from pipelines.runtime.table_run import BuildTables, find_capture, seed_archive

ONE_BY_ONE = 3  # sources; more of them are one step together, because every step is a build

Stage = tuple[Factor, ...]


class _Obstacle(Exception):  # noqa: N818
    """The states between two releases cannot be built; the text is the reason."""


def attribute_changes(
    previous: Path | None, after: ReleaseData, archive: Archive, build_tables: BuildTables
) -> Steps:
    """What each factor between two releases changed; nothing when there is no more than one kind.

    previous: the folder of the release before. after: with all rows, made from the newest captures of
    this archive. build_tables: makes the tables of a state that holds other captures.
    """
    if previous is None:
        return Steps()
    before = release_reader.read(previous)
    ordered = stages(factors(before, after))
    if len(ordered) < 2 or len({factor.cause for stage in ordered for factor in stage}) < 2:
        return Steps()
    try:
        then = _captures_of(before, ordered, archive)
        in_between = [
            _built(after.contract, archive, then, ordered[number:], previous, build_tables)
            for number in range(1, len(ordered))
        ]
    except _Obstacle as obstacle:
        return Steps(obstacle=f"they cannot be separated, because {obstacle}")
    states: list[tuple[Contract, TableRows]] = [
        (before.contract, before.rows),
        *((after.contract, rows) for rows in in_between),
        (after.contract, after.rows),
    ]
    claims = [
        causes.claims_of_step(differences(*old, *new), *stage)
        for stage, (old, new) in zip(ordered, pairwise(states), strict=True)
    ]
    return Steps(pl.concat(claims))


def stages(known: Sequence[Factor]) -> list[Stage]:
    """The factors in the order in which they are stepped over, those of one step together.

    A source comes or goes by a change of the contract.
    """
    corrections = tuple(each for each in known if each.cause == "our_correction")
    captures = tuple(each for each in known if each.source)
    program = tuple(each for each in known if each not in (*corrections, *captures))
    program = tuple(sorted(program, key=lambda each: each.cause == "source_revised"))
    one_by_one = [(each,) for each in captures]
    sources = one_by_one if len(captures) <= ONE_BY_ONE else [captures]
    return [stage for stage in (program, corrections, *sources) if stage]


def _captures_of(
    before: ReleaseData, ordered: Iterable[Stage], archive: Archive
) -> dict[str, Capture]:
    """Source -> the capture the previous release was made from, of those that differ now."""
    differing = {factor.source for stage in ordered for factor in stage if factor.source}
    then = {}
    for named in before.manifest["inputs"]:
        if named["source"] in differing:
            capture = find_capture(archive, named)
            if capture is None or not _complete(capture, archive):
                raise _Obstacle(
                    f"the capture of {named['source']} of {named['retrieved_at']} is no longer in "
                    "the archive"
                )
            then[named["source"]] = capture
    return then


def _complete(capture: Capture, archive: Archive) -> bool:
    return all(archive.holds(entry.sha256, entry.bytes) for entry in capture.entries)


def _built(
    contract: Contract,
    archive: Archive,
    then: Mapping[str, Capture],
    ahead: Sequence[Stage],
    previous: Path,
    build_tables: BuildTables,
) -> dict[str, pl.DataFrame]:
    """The published tables as they are while some stages are still ahead: those are as they were then."""
    still = [factor for stage in ahead for factor in stage]
    captures = [then[factor.source] for factor in still if factor.source]
    as_then = any(factor.cause == "our_correction" for factor in still)
    with tempfile.TemporaryDirectory(prefix="voorkant-step-") as place:
        state = Path(place) / "state"
        seed_archive(archive, captures, state)
        corrected = str((previous / release_reader.CORRECTED).resolve()) if as_then else ""
        tables = TableStore(state=str(state), corrected_as=corrected)
        names = [table.asset for table in contract.published]
        failed = build_tables(tables, names)
        if lost := [name for name in names if not tables.path(name).exists()]:
            raise _Obstacle(
                f"the earlier captures give no table {lost[0]} with the code of now: "
                f"{', '.join(failed)} did not succeed"
            )
        return {
            t.name: canonical_files.canonical_rows(t, tables.scan(t.asset).collect())
            for t in contract.published
        }
