"""Environments beside our own: validators whose pins clash with ours, and another Python.

    python -m tests.support.validators.environments    (part of `make test`; seconds when they exist)

Each is made from a lock by `tools/environment.py`, below `.state/environments/`, and made again only when
that lock changes. A test that finds its environment absent is skipped with the reason; in CI it fails.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from expectations.paths import ROOT

HOME = ROOT / ".state/environments"
LOCK = ROOT / "requirements.lock"
PYTHONS = ("3.13", "3.12", "3.11")  # those the lock is tried with
_MADE_FROM = "made-from.sha256"


@dataclass(frozen=True, slots=True)
class Environment:
    """What it is called, which Python it is of, and the list of what is in it.

    with_us: our own code is importable and has its version there.
    """

    name: str
    python: Path
    packages: Path
    with_us: bool = False

    @property
    def folder(self) -> Path:
        """Where it is, or would be."""
        return HOME / self.name

    @property
    def ready(self) -> bool:
        """Whether it is there, made from this list by this Python."""
        stamp = self.folder / _MADE_FROM
        return stamp.exists() and stamp.read_text("utf-8") == self._origin()

    def program(self, name: str) -> Path:
        """A program of it. Skips the test where the environment is not ready, and fails it in CI."""
        if not self.ready:
            reason = (
                f"no environment {self.name}: run python -m tests.support.validators.environments"
            )
            pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
        return self.folder / "bin" / name

    def make(self) -> None:
        """Make it. Raises CalledProcessError, with the installer's message, where that cannot be done."""
        editable = ("--editable",) if self.with_us else ()
        lock = (self.folder, self.packages, "--python", self.python, *editable)
        _quietly(sys.executable, ROOT / "tools/environment.py", *lock)
        (self.folder / _MADE_FROM).write_text(self._origin(), "utf-8")

    def _origin(self) -> str:
        """What it depends on: its list, the Python it is of and the one that made it, and where it is."""
        around = f"{self.python}\n{sys.version}\n{self.folder}\n"
        return hashlib.sha256(around.encode() + self.packages.read_bytes()).hexdigest()


def _quietly(*command: str | Path) -> str:
    done = subprocess.run(  # noqa: S603 (our own tools)
        [*map(str, command)], cwd=ROOT, capture_output=True, text=True, check=True, timeout=600
    )
    return done.stdout.strip()


def validators() -> list[Environment]:
    """One for each list beside `tests/validators/README.md`."""
    lists = sorted((ROOT / "tests/validators").glob("*.txt"))
    return [Environment(path.stem, Path(sys.executable), path) for path in lists]


def another_python() -> Environment | None:
    """Our own packages for the newest other Python of this machine; None where ours is the only one."""
    ours = f"{sys.version_info.major}.{sys.version_info.minor}"
    for version in PYTHONS:
        if version != ours and (found := next(_pythons(version), None)):
            return Environment(f"python{version}", found, LOCK, with_us=True)
    return None


@cache
def _answers(python: str, version: str) -> bool:
    """Whether that program is that Python: a shim of pyenv is there also when its Python is not."""
    stated = "import sys, venv; print('{}.{}'.format(*sys.version_info))"
    try:
        return _quietly(python, "-c", stated) == version
    except (OSError, subprocess.SubprocessError):
        return False


def _pythons(version: str) -> Iterator[Path]:
    """The Pythons of a version: on the path, and where pyenv and uv keep theirs."""
    kept = (
        (
            Path(os.environ.get("PYENV_ROOT", "~/.pyenv")),
            f"versions/{version}*/bin/python{version}",
        ),
        (Path("~/.local/share/uv/python"), f"cpython-{version}*/bin/python{version}"),
    )
    on_path = filter(None, [shutil.which(f"python{version}")])
    found: Iterable[str | Path] = (
        *on_path,
        *(path for folder, names in kept for path in sorted(folder.expanduser().glob(names))),
    )
    return (Path(each) for each in found if _answers(str(each), version))


# --- for tests -----------------------------------------------------------------------------------


def run_in(name: str, *command: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a program of a validator's environment; `python` is its Python."""
    (environment,) = (each for each in validators() if each.name == name)
    return subprocess.run(  # noqa: S603 (a validator)
        [str(environment.program(command[0])), *command[1:]],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def main() -> int:
    """Make what is missing, side by side. Where that cannot be done, tests do without it, but not in CI."""
    wanted = [*validators(), *filter(None, [another_python()])]
    missing = [each for each in wanted if not each.ready]

    def made(environment: Environment) -> bool:
        start = time.monotonic()
        try:
            environment.make()
        except subprocess.SubprocessError as error:
            stated = str(getattr(error, "stderr", None) or error).strip().splitlines()
            print(f"{environment.name}: could not be made, its tests are skipped. {stated[-1]}")
            return False
        print(f"{environment.name}: made in {time.monotonic() - start:.0f} s")
        return True

    if missing:
        print(f"Making {len(missing)} environments that tests need (once)")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        complete = all(list(pool.map(made, missing)))
    return int(not complete and bool(os.environ.get("CI")))


if __name__ == "__main__":
    sys.exit(main())
