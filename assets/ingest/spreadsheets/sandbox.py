"""A reader in a process of its own, which may use only so much; its death is an answer, not an end.

What belongs here: starting that process, its limits, and the translation of every way it can end into
a code. What does not: reading. The limits are on memory, processor, clock, files and what it inherits
(no environment, no open files, no standard input). They do not keep a process from the network or from
files this user may read: a reader here must not have a hole that runs code, so it is plain Python on
Python's own zip and XML parsers.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from assets.ingest.spreadsheets.file_limits import FileLimits, too_large, unreadable
from expectations.errors import VoorkantError
from expectations.paths import ROOT

T = TypeVar("T")

RESULT, ERROR = "result.json", "error.json"

_ANSWER = 16 << 20  # bytes; cells are written elsewhere

# Limits come before anything is imported, so that imports are limited as well.
_CHILD = """
import resource, sys
for name, value in zip(("AS", "CPU", "FSIZE", "CORE", "NOFILE"), map(int, sys.argv[2:7])):
    try:
        # The processor's hard limit is a second later: it kills without saying why.
        resource.setrlimit(getattr(resource, "RLIMIT_" + name), (value, value + (name == "CPU")))
    except (OSError, ValueError):
        pass
sys.path.insert(0, sys.argv[1])
from assets.ingest.spreadsheets.sandbox_child import main
sys.exit(main(sys.argv[7:]))
"""


def run(
    task: str,
    body: bytes,
    file: str,
    collect: Callable[[dict[str, Any], Path], T],
    limits: FileLimits | None = None,
    options: Mapping[str, Any] | None = None,
) -> T:
    """Carry out `module:function` on these bytes, elsewhere, and collect what it left in its folder.

    file: what the file is called to people. collect: gets what the task returned and its folder, before
    that is deleted. Raises VK-F001 (died, or cannot read it), VK-F003 (memory, time, size) and whatever
    code the task itself raises.
    """
    limits = limits or FileLimits()
    if len(body) > limits.bytes:
        raise too_large(file, f"The file has {len(body):,} bytes; {limits.bytes:,} is the most.")
    with tempfile.TemporaryDirectory(prefix="voorkant-file-") as name:
        folder = Path(name)
        given = folder / "given"
        given.write_bytes(body)
        request = {
            "task": task,
            "file": file,
            "limits": asdict(limits),
            "options": dict(options or {}),
        }
        (folder / "request.json").write_text(json.dumps(request), "utf-8")
        last_words = _start(folder, limits, file)
        return collect(_answer(folder, last_words, file), folder)


def _start(folder: Path, limits: FileLimits, file: str) -> str:
    """Run the child to its end; give what it said last. Raises when it did not end by itself."""
    numbers = (limits.memory, limits.cpu_s, limits.output, 0, 64)
    # -I: no environment, no user packages, no current folder on the path. -B: writes no bytecode.
    command = [sys.executable, "-I", "-B", "-c", _CHILD, str(ROOT), *map(str, numbers)]
    with (folder / "stderr").open("wb") as stderr:
        child = subprocess.Popen(  # noqa: S603 (our own interpreter and code)
            [*command, str(folder)],
            cwd=folder,
            env=_environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            start_new_session=True,
        )
        try:
            status = child.wait(timeout=limits.wall_s)
        except subprocess.TimeoutExpired as error:
            why = f"Reading took longer than {limits.wall_s:g} seconds and was stopped."
            raise too_large(file, why) from error
        finally:
            if child.poll() is None:  # also after an interrupt from the keyboard
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
    last_words = _words(folder / "stderr")
    if status < 0:
        raise _killed(-status, last_words, limits, file)
    return last_words


def _environment(folder: Path) -> dict[str, str]:
    """What the child may know: no secrets, no proxies, one thread per library."""
    kept = {k: os.environ[k] for k in ("LD_LIBRARY_PATH", "SYSTEMROOT") if k in os.environ}
    single = dict.fromkeys(("OMP_NUM_THREADS", "POLARS_MAX_THREADS"), "1")
    return {**kept, **single, "LANG": "C.UTF-8", "HOME": str(folder), "TMPDIR": str(folder)}


def _killed(number: int, last_words: str, limits: FileLimits, file: str) -> VoorkantError:
    name = signal.Signals(number).name
    if number == signal.SIGXCPU:
        return too_large(file, f"Reading took more than {limits.cpu_s} seconds of processor time.")
    if number == signal.SIGKILL or "alloc" in last_words or "memory" in last_words.lower():
        most = f"{limits.memory >> 20:,} MB"
        return too_large(file, f"Reading needs more memory or time than it may have ({most}).")
    return unreadable(file, f"The reader's process ended with {name}. {last_words}".strip())


def _answer(folder: Path, last_words: str, file: str) -> dict[str, Any]:
    """What the child wrote. It is not trusted more than the file it read."""
    for name in (ERROR, RESULT):
        path = folder / name
        if path.is_file() and not path.is_symlink() and path.stat().st_size < _ANSWER:
            answer = json.loads(path.read_text("utf-8"))
            if name == ERROR:
                raise VoorkantError(**answer)
            return dict(answer)
    raise unreadable(file, f"The reader stopped without an answer. {last_words}".strip())


def _words(path: Path, size: int = 4000) -> str:
    """The line that says why: the last one of a Python traceback, the first one of anything else."""
    with path.open("rb") as file:
        head = file.read(size).decode("utf-8", "replace").strip().splitlines() or [""]
        file.seek(max(0, path.stat().st_size - size))
        tail = file.read(size).decode("utf-8", "replace").strip().splitlines() or [""]
    return (tail[-1] if head[0].startswith("Traceback") else head[0])[:200]
