"""Cut the power at every operation of a history of releases, and look at what is left.

    python -m tests.support.crash.power_cuts --states 500      (by hand; CI takes 100 per operation)

After each cut, for each of many states the disk may be in:

* the log reads without a complaint, and holds everything that was acknowledged;
* the catalogue is absent or one of the old ones or the new one, every file it names is there and exact,
  and it is no older than what was acknowledged;
* a folder with a manifest holds the whole release;
* running the same history again gives the same bytes as if the power had never failed, and the doctor
  finds nothing.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256

from expectations.errors import VoorkantError
from pipelines.publish.store import doctor
from pipelines.publish.store.commit import Files, PublishRequest, publish, withdraw
from pipelines.publish.store.index_files import pointers
from pipelines.publish.store.local import LocalStorage
from pipelines.publish.store.log import MANIFEST, History, Log, Release
from pipelines.publish.store.storage import described
from tests.support.crash.disk import PowerCut, SimulatedDisk

ROOT = "/srv/published"
Opened = Callable[[SimulatedDisk], LocalStorage]
Mutant = tuple[Callable[[], SimulatedDisk], Opened]


def candidate(
    dataset: str, word: str, month: int = 11, attempt: str | None = None
) -> PublishRequest:
    """Content made from a word: the same word, the same files for the same version."""
    moment = f"2026-{month:02d}-21T00:00:00+00:00"
    content = sha256(f"{dataset} {word}".encode()).hexdigest()

    def make(version: str, after: Release | None) -> Files:
        data = {f"{name}.parquet": f"{dataset} {word} {name} ".encode() * 9 for name in "ab"}
        manifest = {
            "dataset": dataset,
            "version": version,
            "content_sha256": content,
            "published_at": moment,
            "title": {"nl": dataset, "en": dataset},
            "rows": {"a": len(word)},
            "after": after.version if after else None,
            "files": {
                name: {"sha256": described(body).sha256, "bytes": len(body)}
                for name, body in data.items()
            },
        }
        return data | {MANIFEST: json.dumps(manifest).encode()}

    return PublishRequest(
        dataset,
        content,
        moment,
        attempt or f"{dataset} {word}",
        make,
        lambda: None,
    )


STEPS: dict[str, Callable[[LocalStorage], object]] = {
    "first": lambda storage: publish(storage, candidate("care", "one")),
    "second": lambda storage: publish(storage, candidate("care", "two")),
    "other dataset": lambda storage: publish(storage, candidate("spuk", "one")),
    "withdraw": lambda storage: withdraw(storage, "care", "2026.11.1", "wrong", ("a.parquet",)),
    "doctor": lambda storage: doctor.clean(storage),
    "older input": lambda storage: publish(storage, candidate("care", "three", month=10)),
}


def history(storage: LocalStorage, done: list[str]) -> list[doctor.StorageFinding]:
    """Everything in order, each step acknowledged when it returns. Run again, it changes nothing.

    Gives what the doctor leaves for a person in the end.
    """
    for name, step in STEPS.items():
        step(storage)
        done.append(name)
    return doctor.clean(storage)


def published(disk: SimulatedDisk) -> dict[str, bytes]:
    """What readers see: data, catalogue and latest; not the log, which names attempts."""
    return {
        path: content
        for path, content in disk.tree(ROOT).items()
        if not path.startswith((f"{ROOT}/log/", f"{ROOT}/staging/"))
    }


@dataclass
class Tally:
    """How many states were looked at, how many of them differ, and what was wrong with which."""

    states: int = 0
    distinct: int = 0
    wrong: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)


class Examiner:
    """Compares states after a cut with a run that was never cut."""

    def __init__(self) -> None:
        disk = SimulatedDisk()
        self.acknowledged: dict[str, History] = {}
        storage = LocalStorage(ROOT, disk)
        for name, step in STEPS.items():
            step(storage)
            self.acknowledged[name] = Log(storage).read()
        doctor.clean(storage)
        self.operations = disk.operations
        self.expected = published(disk)
        everything = Log(storage).read()
        lengths = range(1, len(everything.changes) + 1)
        self.catalogues = [pointers(History(everything.changes[:n])) for n in lengths]
        assert not doctor.examine(storage)

    def problems(self, disk: SimulatedDisk, done: list[str]) -> list[str]:
        """What is wrong with a disk that came back after `done` was acknowledged."""
        storage = LocalStorage(ROOT, disk)
        try:
            return self._before(storage, disk, done) or self._after(storage, disk)
        except VoorkantError as error:
            return [f"{error.code} {error.problem}"]

    def _before(self, storage: LocalStorage, disk: SimulatedDisk, done: list[str]) -> list[str]:
        seen = published(disk)
        found = []
        known = Log(storage).read()
        releases = {release.folder: release for release in known.releases()}
        promised = self.acknowledged[done[-1]] if done else History()
        for change in promised.changes:
            same = [c for c in known.changes if _meaning(c) == _meaning(change)]
            if len(same) != 1:
                found.append("acknowledged and lost")
        shown = {key: seen.get(f"{ROOT}/{key}") for key in ("catalog.json", "latest.json")}
        least = len(promised.changes)
        for key, content in shown.items():
            ages = [n for n, one in enumerate(self.catalogues, 1) if one[key] == content]
            if content is None and least:
                found.append(f"{key} lost")
            elif content is not None and not ages:
                found.append(f"{key} torn or of no history")
            elif content is not None and max(ages) < least:
                found.append(f"{key} older than acknowledged")
        if not found and shown["catalog.json"]:
            for dataset in json.loads(shown["catalog.json"])["datasets"]:
                for version in dataset["versions"]:
                    for name, file in version["files"].items():
                        body = seen.get(f"{ROOT}/{version['path']}{name}")
                        if body is None or sha256(body).hexdigest() != file["sha256"]:
                            found.append("half visible in the catalogue")
        for path in seen:
            if path.endswith(f"/{MANIFEST}"):
                release = releases.get(path.removeprefix(f"{ROOT}/").rpartition("/")[0])
                if release is None or any(
                    described(seen.get(f"{ROOT}/{release.folder}/{name}", b"")) != expected
                    for name, expected in known.kept(release).items()
                ):
                    found.append("half visible as a folder")
        return found

    def _after(self, storage: LocalStorage, disk: SimulatedDisk) -> list[str]:
        left = history(storage, [])
        if published(disk) != self.expected:
            return ["other bytes on the next run"]
        return ["leftovers that the doctor does not clear"] if left else []


def _meaning(change: object) -> object:
    """A change without the random name of its staging."""
    return (change.attempt, change.version, change.files) if isinstance(change, Release) else change


def cut_everywhere(
    examiner: Examiner,
    states: int,
    mutant: Mutant | None = None,
    killed_before: bool = False,
    seed: int = 1,
    enough: int | None = None,
) -> Tally:
    """Cut at every operation and draw so many states after each.

    killed_before: another process was killed first, at a random operation, with the power still on:
    what it did not sync is seen by the next one. enough: stop after so many wrong states.
    """
    new_disk, opened = mutant or (SimulatedDisk, lambda disk: LocalStorage(ROOT, disk))
    tally = Tally()
    for cut_at in range(1, examiner.operations + 2):
        rng = random.Random(f"{seed} {cut_at}")  # noqa: S311
        disk, done = new_disk(), list[str]()
        if killed_before:
            disk.cut_at = rng.randrange(1, examiner.operations)
            _run(opened(disk), done)
            # An operation that the killed process had begun is complete or absent, not pending.
            disk.operations = 0
        disk.cut_at, done = cut_at, []
        _run(opened(disk), done)
        seen: set[int] = set()
        for _ in range(states):
            after = disk.restarted(rng)
            tally.states += 1
            if (state := after.fingerprint()) in seen:
                continue
            seen.add(state)
            tally.distinct += 1
            for problem in set(examiner.problems(after, done)):
                tally.wrong[problem] += 1
                tally.examples.setdefault(problem, f"operation {cut_at} after {done[-1:]}")
        if enough is not None and tally.wrong.total() >= enough:
            break
    return tally


def _run(storage: LocalStorage, done: list[str]) -> None:
    try:
        history(storage, done)
    except PowerCut:
        pass
    except VoorkantError:
        pass  # a mutant stumbled over its own mess; what it left is examined


# --- mutants: what the simulator must catch ------------------------------------------------------


class NoFileSync(SimulatedDisk):
    def _sync_file(self, number: int) -> None: ...


class NoFolderSync(SimulatedDisk):
    def _sync_folder(self, path: str) -> None: ...


class ReleasedFirst(LocalStorage):
    """Adds to the log before the files are staged."""

    def stage(self, key: str, content: object) -> None:
        if "." not in key:
            return super().stage(key, content)  # type: ignore[arg-type]
        self.__dict__.setdefault("_late", {})[key] = content
        return None

    def describe(self, key: str) -> object:  # type: ignore[override]
        late = self.__dict__.get("_late", {})
        return described(late[key]) if key in late else super().describe(key)

    def create(self, key: str, content: bytes) -> None:
        super().create(key, content)
        for late, body in self.__dict__.pop("_late", {}).items():
            super().stage(late, body)
            super().settle("staging")


class ManifestPromotedFirst(LocalStorage):
    """Lays out the manifest before the data it describes."""

    def promote(self, staged: str, key: str) -> None:
        if key.startswith("data/") and not key.endswith(MANIFEST):
            self.__dict__.setdefault("_late", []).append((staged, key))
            return
        super().promote(staged, key)
        for each in self.__dict__.pop("_late", []):
            super().promote(*each)


class PointerInPlace(LocalStorage):
    """Overwrites the catalogue where it is."""

    def replace(self, key: str, content: bytes) -> None:
        path = f"{self.place}/{key}"
        if key in {name for name, _ in self._disk.names(self.place)}:
            self._disk.unlink(path)
        self._disk.write(path, content)
        self._disk.sync(path)
        self._disk.sync(self.place)


class StagingNotSettled(LocalStorage):
    """Lays out without settling first, and clears the staging."""

    def settle(self, folder: str) -> None:
        if not folder.startswith("data/"):
            super().settle(folder)


class CatalogueNotSettled(LocalStorage):
    """Replaces the catalogue, but does not bring its name to disk."""

    def settle(self, folder: str) -> None:
        if folder:
            super().settle(folder)


class FoldersAboveNotSettled(LocalStorage):
    """Settles the folder itself, and forgets those above it."""

    def _make_folder_of(self, key: str) -> None:
        self._ready = True
        parts = f"{self.place}/{key}".split("/")[1:-1]
        for end in range(1, len(parts) + 1):
            self._disk.make_folder("/" + "/".join(parts[:end]))

    def settle(self, folder: str) -> None:
        self._settle_below(folder) if folder else self._sync_folder(self.place)


def _of(kind: type[LocalStorage]) -> Mutant:
    return SimulatedDisk, lambda disk: kind(ROOT, disk)


MUTANTS: dict[str, Mutant] = {
    "no sync of files": (NoFileSync, lambda disk: LocalStorage(ROOT, disk)),
    "no sync of folders": (NoFolderSync, lambda disk: LocalStorage(ROOT, disk)),
    "released before staged": _of(ReleasedFirst),
    "manifest laid out first": _of(ManifestPromotedFirst),
    "catalogue overwritten in place": _of(PointerInPlace),
    "staging cleared before laying out is safe": _of(StagingNotSettled),
    "name of the catalogue not synced": _of(CatalogueNotSettled),
    "folders above not synced": _of(FoldersAboveNotSettled),
}


def main() -> int:
    """Every operation, so many states each, whole and after a kill; then every mutant."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--states", type=int, default=500, help="states per operation")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    examiner = Examiner()
    failed = False
    for name, killed in (("power cut", False), ("a kill, then a power cut", True)):
        start = time.monotonic()
        tally = cut_everywhere(examiner, options.states, killed_before=killed, seed=options.seed)
        failed |= bool(tally.wrong)
        print(
            f"{name}: {examiner.operations} operations, {tally.states:,} states "
            f"({tally.distinct:,} distinct), wrong: {dict(tally.wrong) or 0}, "
            f"{time.monotonic() - start:.0f} s {tally.examples or ''}"
        )
    for name, mutant in MUTANTS.items():
        tally = cut_everywhere(examiner, 10, mutant, enough=1)
        failed |= not tally.wrong
        print(f"mutant {name}: {dict(tally.wrong) or 'NOT CAUGHT'} {tally.examples}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
