"""Kill publishers in the middle of their work, for real, and look at what is left.

    python -m tests.support.crash.kill_publishers --kills 1000 --folder DIR       (by hand; CI takes a few)
    python -m tests.support.crash.kill_publishers --kills 200 --server moto       (or localbucket)

Two publishers and a doctor that cleans all the time are killed with SIGKILL at random moments and
started again; a reader verifies whatever the catalogue names. A kill keeps what the kernel was told, so
this shows the order of the steps and the races, and `power_cuts.py` shows the syncing.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path

from expectations.errors import VoorkantError
from expectations.paths import ROOT
from pipelines.publish.store import doctor
from pipelines.publish.store.commit import Files, PublishRequest, publish
from pipelines.publish.store.log import MANIFEST, Log, Release
from pipelines.publish.store.open_storage import storage_at
from pipelines.publish.store.storage import Storage, described

DATASETS = ("care", "spuk")


def candidate(who: str, number: int) -> PublishRequest:
    """The n-th content of a publisher: always the same bytes for the same version."""
    rng = random.Random(f"{who} {number}")  # noqa: S311
    dataset, attempt = DATASETS[number % 2], f"{who} {number}"
    bodies = {
        f"part{index}.parquet": rng.randbytes(rng.choice((100, 5_000, 120_000)))
        for index in range(rng.randrange(1, 5))
    }
    content = sha256(b"".join(bodies.values())).hexdigest()

    def make(version: str, after: Release | None) -> Files:
        manifest = {"dataset": dataset, "version": version, "content_sha256": content}
        return bodies | {MANIFEST: json.dumps(manifest).encode()}

    return PublishRequest(dataset, content, "2026-11-21", attempt, make, lambda: None)


def work(place: str, who: str, notes: Path) -> None:
    """What one process does until it is killed: publish what it has not had acknowledged, or clean."""
    storage = storage_at(place)
    notes.with_suffix(".begun").touch()
    if who == "doctor":
        while True:
            doctor.clean(storage)
            time.sleep(0.05)
    number = sum(line.endswith("\n") for line in notes.read_text().splitlines(keepends=True))
    with notes.open("a") as acknowledged:
        while True:
            release = publish(storage, candidate(who, number)).release
            acknowledged.write(f"{release.dataset} {release.version} {number}\n")
            acknowledged.flush()
            number += 1


def read(place: str, notes: Path) -> None:
    """Verify all that the newest entries of the catalogue name, again and again."""
    storage, rng = storage_at(place), random.Random(1)  # noqa: S311
    while True:
        wrong = _half_visible(storage, rng)
        with notes.open("a") as file:
            file.write(f"{wrong}\n")


def _half_visible(storage: Storage, rng: random.Random) -> str:
    try:
        catalogue = json.loads(storage.read("catalog.json"))
    except FileNotFoundError:
        return ""
    except ValueError:
        return "the catalogue is torn"
    for dataset in catalogue["datasets"]:
        newest = dataset["versions"][-1]
        for version in (newest, rng.choice(dataset["versions"])):
            for name, file in version["files"].items():
                try:
                    found = storage.describe(f"{version['path']}{name}")
                except FileNotFoundError:
                    return f"{version['path']}{name} is missing"
                if found.sha256 != file["sha256"]:
                    return f"{version['path']}{name} is not as listed"
    return ""


class Round:
    """One store, its processes, and what they acknowledged."""

    def __init__(self, place: str, notes: Path, seed: int) -> None:
        self.place, self.notes, self.rng = place, notes, random.Random(seed)  # noqa: S311
        self.kills = self.published = self.acknowledged = self.reads = 0
        self.wrong: list[str] = []

    def run(self, kills: int, longest: float) -> None:
        """Kill so often, each at most `longest` seconds after it began to work, then judge."""
        workers = ("one", "two", "doctor")
        with ExitStack() as stack:
            running = {who: self._start(who) for who in (*workers, "reader")}
            stack.callback(lambda: [_kill(each) for each in running.values()])
            while self.kills < kills:
                who = self.rng.choice(("one", "two", "one", "two", "doctor"))
                self._wait_for_begin(who, running[who])
                time.sleep(self.rng.uniform(0, longest))
                if running[who].poll() is not None:
                    self.wrong.append(f"{who} stopped by itself: {self._last_words(who)}")
                    return
                _kill(running[who])
                self.kills += 1
                running[who] = self._start(who)
        self._judge()

    def _wait_for_begin(self, who: str, process: subprocess.Popen[bytes]) -> None:
        """On a busy machine a process that was killed while it started would show nothing."""
        while process.poll() is None and not (self.notes / f"{who}.begun").exists():
            time.sleep(0.005)

    def _start(self, who: str) -> subprocess.Popen[bytes]:
        (self.notes / who).touch()
        (self.notes / f"{who}.begun").unlink(missing_ok=True)
        with (self.notes / f"{who}.err").open("ab") as errors:
            command = [sys.executable, "-m", "tests.support.crash.kill_publishers", "--work", who]
            return subprocess.Popen(  # noqa: S603 (ourselves)
                [*command, "--place", self.place, "--notes", str(self.notes / who)],
                cwd=ROOT,
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )

    def _last_words(self, who: str) -> str:
        return (self.notes / f"{who}.err").read_text()[-600:]

    def _judge(self) -> None:
        storage = storage_at(self.place)
        try:
            left = doctor.clean(storage)
        except VoorkantError as error:
            self.wrong.append(str(error))
            return
        self.wrong += [f"{each.kind} {each.key}" for each in left]
        releases = Log(storage).read().releases()
        self.published = len(releases)
        attempts = {release.attempt: release for release in releases}
        if len(attempts) != len(releases) or len({r.folder for r in releases}) != len(releases):
            self.wrong.append("an attempt or a version occurs twice")
        for release in releases:
            who, number = release.attempt.split()
            made = candidate(who, int(number)).make(release.version, None)
            if {name: described(body) for name, body in made.items()} != release.files:
                self.wrong.append(f"{release.folder} holds other bytes")
        for who in ("one", "two"):
            for line in (self.notes / who).read_text().splitlines():
                dataset, version, number = line.split()
                found = attempts.get(f"{who} {number}")
                if found is None or (found.dataset, found.version) != (dataset, version):
                    self.wrong.append(f"lost: {line}")
                self.acknowledged += 1
        reads = (self.notes / "reader").read_text().splitlines()
        self.reads = len(reads)
        self.wrong += [line for line in reads if line]
        self._again(storage, releases)

    def _again(self, storage: Storage, releases: list[Release]) -> None:
        """Publishing again what is there changes not one byte."""
        before = {key: storage.read(key) for key in storage.list("")}
        for dataset in DATASETS:
            newest = [release for release in releases if release.dataset == dataset][-1:]
            for release in newest:
                who, number = release.attempt.split()
                publish(storage, candidate(who, int(number)))
        if {key: storage.read(key) for key in storage.list("")} != before:
            self.wrong.append("other bytes on the next run")


def _kill(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()


def rounds(kills: int, places: list[str], longest: float, seed: int = 1) -> list[Round]:
    """Spread the kills over places, so that logs stay short and every place is judged."""
    done = []
    with tempfile.TemporaryDirectory() as notes:
        for index, place in enumerate(places):
            folder = Path(notes, str(index))
            folder.mkdir()
            done.append(Round(place, folder, seed + index))
            share = kills // len(places) + (index < kills % len(places))
            done[-1].run(share, longest)
    return done


def main() -> int:
    """Kill, judge, and print what was counted."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument(
        "--per-store", type=int, default=50, help="kills before a new store is begun"
    )
    parser.add_argument("--folder", type=Path, help="a folder on the disk to publish to")
    parser.add_argument("--server", choices=("localbucket", "moto"))
    parser.add_argument("--work", help=argparse.SUPPRESS)
    parser.add_argument("--place", help=argparse.SUPPRESS)
    parser.add_argument("--notes", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        if options.work == "reader":
            read(options.place, options.notes)
        else:
            work(options.place, options.work, options.notes)
        return 0
    stores = -(-options.kills // options.per_store)
    start = time.monotonic()
    with ExitStack() as stack:
        if options.server:
            from tests.support.s3 import S3

            server = stack.enter_context(S3(options.server))
            os.environ |= server.environment
            places = [f"s3://{server.bucket}/{index}" for index in range(stores)]
        else:
            folder = options.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
            places = [str(folder / str(index)) for index in range(stores)]
        done = rounds(options.kills, places, longest=1.0 if options.server else 0.3)
    wrong = [problem for each in done for problem in each.wrong]
    print(
        f"{sum(r.kills for r in done)} kills, {sum(r.published for r in done)} published, "
        f"{sum(r.acknowledged for r in done)} acknowledged, {sum(r.reads for r in done)} verified "
        f"reads, wrong: {wrong[:5] or 0}, {time.monotonic() - start:.0f} s"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
