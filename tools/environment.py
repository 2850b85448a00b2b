"""Make or extend a virtual environment from a lock with hashes; standard library only.

    python tools/environment.py FOLDER LOCK [--python PATH] [--extend] [--editable]

By uv where it can be had (on the path, as a module, or fetched once by pip into `.state/uv`), else by pip;
the variable VOORKANT_INSTALLER=pip skips uv. Nothing is byte-compiled here: Python compiles a module when it
is first imported, and most of what is installed never is.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
UV_LOCK = ROOT / "requirements-uv.lock"
_INSTALL = ("-qq", "--no-deps", "--require-hashes", "-r")
_EDITABLE = ("-qq", "--no-deps", "--no-build-isolation", "--editable")


def uv() -> Sequence[str] | None:
    """The command that starts uv; None where it cannot be had or is not wanted."""
    if os.environ.get("VOORKANT_INSTALLER", "uv") != "uv":
        return None
    if on_path := shutil.which("uv"):
        return (on_path,)
    if importlib.util.find_spec("uv"):
        return (sys.executable, "-m", "uv")
    key = hashlib.sha256(UV_LOCK.read_bytes()).hexdigest()[:16]
    folder = ROOT / ".state/uv" / key
    program = folder / "bin/uv"
    if not program.exists():
        fetch = ("install", "--no-compile", *_INSTALL, UV_LOCK, "--target", folder)
        if _run((sys.executable, "-m", "pip", *fetch)):
            shutil.rmtree(folder, ignore_errors=True)
            return None
    return (str(program),)


def settings(command: Sequence[str]) -> Mapping[str, str]:
    """The variables uv gets: the index that pip knows from its settings, and a cache that can be written."""
    variables = dict(os.environ)
    variables["UV_PYTHON_DOWNLOADS"] = "never"
    if not {"UV_DEFAULT_INDEX", "UV_INDEX_URL"} & set(variables) and (index := _index_of_pip()):
        variables["UV_DEFAULT_INDEX"] = index
    cache = _output((*command, "cache", "dir"))
    if not cache or not _can_be_written(Path(cache)):
        variables["UV_CACHE_DIR"] = str(ROOT / ".state/uv/cache")
    return variables


def _index_of_pip() -> str:
    """The index in pip's own variable or file; empty where pip uses the public one, or is absent."""
    return os.environ.get("PIP_INDEX_URL") or _output(
        (sys.executable, "-m", "pip", "config", "get", "global.index-url")
    )


def _can_be_written(folder: Path) -> bool:
    existing = next(each for each in (folder, *folder.parents) if each.exists())
    return os.access(existing, os.W_OK)


def with_uv(command: Sequence[str], wanted: argparse.Namespace) -> int:
    """Exit code of uv: 0 when the environment is complete."""
    variables = settings(command)
    if not wanted.extend and (
        failed := _run(
            (*command, "venv", "-q", "--clear", "-p", wanted.python, wanted.folder), variables
        )
    ):
        return failed
    install = (*command, "pip", "install", "--python", wanted.folder)
    failed = _run((*install, *_INSTALL, wanted.lock), variables)
    if wanted.editable and not failed:
        failed = _run((*install, *_EDITABLE, ROOT), variables)
    return failed


def with_pip(wanted: argparse.Namespace) -> int:
    """Exit code of pip: 0 when the environment is complete."""
    python = wanted.folder / "bin/python"
    if not wanted.extend and (
        failed := _run((wanted.python, "-m", "venv", "--clear", wanted.folder))
    ):
        return failed
    if _run((python, "-c", "import pip")):
        _run((python, "-m", "ensurepip"))  # uv made it
    install = (python, "-m", "pip", "install", "--disable-pip-version-check", "--no-compile")
    failed = _run((*install, *_INSTALL, wanted.lock))
    if wanted.editable and not failed:
        failed = _run((*install, *_EDITABLE, ROOT))
    return failed


def _run(command: Sequence[str | Path], variables: Mapping[str, str] | None = None) -> int:
    return subprocess.run([*map(str, command)], env=variables, check=False).returncode  # noqa: S603


def _output(command: Sequence[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    return "" if done.returncode else done.stdout.strip()


def main() -> int:
    """0 when the environment holds what the lock names."""
    parser = argparse.ArgumentParser(description="Make or extend an environment from a lock.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("lock", type=Path)
    parser.add_argument("--python", default=sys.executable, help="the interpreter it is made of")
    parser.add_argument("--extend", action="store_true", help="add to what is there")
    parser.add_argument("--editable", action="store_true", help="also voorkant itself, from here")
    wanted = parser.parse_args()
    if sys.version_info < (3, 11):  # noqa: UP036 (what we are started with, before any check)
        print("voorkant needs Python 3.11 or newer; set PYTHON=…", file=sys.stderr)
        return 2
    command = uv()
    if command and with_uv(command, wanted) == 0:
        return 0
    if command:
        print("uv could not make the environment; pip does it now", file=sys.stderr)
    return with_pip(wanted)


if __name__ == "__main__":
    sys.exit(main())
