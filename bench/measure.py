"""CPU seconds of a piece of work: the median of a few runs, everything warm."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable


def cpu_seconds(work: Callable[[], object], runs: int = 5) -> float:
    """Median CPU seconds of `work`; the first run warms up and does not count."""
    work()
    taken = []
    for _ in range(runs):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return statistics.median(taken)


def show(rows: list[tuple[str, float]]) -> None:
    """Print seconds and the ratio to the first row, which is the baseline."""
    base = rows[0][1]
    width = max(len(name) for name, _ in rows)
    for name, seconds in rows:
        print(f"{name:<{width}}  {seconds:8.3f} CPU s  {seconds / base:6.2f} x")
