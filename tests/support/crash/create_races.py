"""Many at once create the same object: one must win.

python -m tests.support.crash.create_races --rounds 200      (by hand, on the disk and on both servers)
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from pipelines.publish.store.open_storage import storage_at
from pipelines.publish.store.storage import Storage
from tests.support.s3 import MODULES, S3, available


def race(storage: Storage, rounds: int, ways: int = 16) -> Counter[str]:
    """How many rounds had exactly one winner whose bytes stayed, and how many did not."""
    start = Barrier(ways)
    outcomes: Counter[str] = Counter()
    with ThreadPoolExecutor(ways) as pool:
        for number in range(rounds):
            key = f"log/race{number}"

            def run(runner: int, key: str = key) -> bytes | None:
                mine = str(runner).encode()
                start.wait()
                try:
                    storage.create(key, mine)
                except FileExistsError:
                    return None
                return mine

            winners = [won for won in pool.map(run, range(ways)) if won is not None]
            outcomes["one winner" if winners == [storage.read(key)] else str(winners)] += 1
    return outcomes


def main() -> int:
    """Race on each storage that is available."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        results = {"disk": race(storage_at(folder), rounds)}
    for name in filter(available, MODULES):
        with S3(name) as server:
            os.environ |= server.environment
            results[name] = race(storage_at(f"s3://{server.bucket}/race"), rounds)
    for name, outcomes in results.items():
        print(f"{name}: {dict(outcomes)}")
    return int(any(outcomes["one winner"] != rounds for outcomes in results.values()))


if __name__ == "__main__":
    sys.exit(main())
