"""Runs one engine in this process: `python -m bench.engines ENGINE FILE` prints one line of JSON.

Imports are timed separately; `peak_mb` is that of the process.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from importlib import import_module
from pathlib import Path


def main() -> None:
    way, file = sys.argv[1], Path(sys.argv[2])
    begun = time.process_time()
    counts = import_module(f"bench.engines.{way}").counts
    imported, started = time.process_time(), time.perf_counter()
    found = counts(file)
    print(
        json.dumps(
            {
                "import_cpu": imported - begun,
                "cpu": time.process_time() - imported,
                "wall": time.perf_counter() - started,
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                "counts": found,
            }
        )
    )


if __name__ == "__main__":
    main()
