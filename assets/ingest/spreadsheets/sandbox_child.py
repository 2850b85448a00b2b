"""The first thing the limited process runs: do the task, leave an answer or a coded error.

What belongs here: that, and nothing that reads a file.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from assets.ingest.spreadsheets.file_limits import FileLimits, too_large, unreadable
from assets.ingest.spreadsheets.sandbox import ERROR, RESULT
from expectations.errors import VoorkantError

Task = Callable[[Path, Path, str, FileLimits, dict[str, Any]], dict[str, Any]]
"""Gets the file, a folder to write in, the file's name for people, the limits and its own options."""


def main(arguments: list[str]) -> int:
    """Exit code 0 with `result.json`, or 1 with `error.json`."""
    folder = Path(arguments[0])
    request = json.loads((folder / "request.json").read_text("utf-8"))
    file, limits = request["file"], FileLimits(**request["limits"])
    try:
        module, _, name = request["task"].partition(":")
        task: Task = getattr(importlib.import_module(module), name)
        answer = task(folder / "given", folder, file, limits, request["options"])
        (folder / RESULT).write_text(json.dumps(answer), "utf-8")
    except VoorkantError as error:
        return _fail(folder, error)
    except MemoryError:
        why = f"Reading needs more than the {limits.memory >> 20:,} MB it may have."
        return _fail(folder, too_large(file, why))
    except Exception as error:
        if "alloc" in str(error).lower():
            return _fail(folder, too_large(file, f"Reading needs too much memory: {error}"))
        return _fail(folder, unreadable(file, f"{type(error).__name__}: {str(error)[:300]}"))
    return 0


def _fail(folder: Path, error: VoorkantError) -> int:
    (folder / ERROR).write_text(json.dumps(error.as_dict()), "utf-8")
    return 1
