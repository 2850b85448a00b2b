"""Mutation of guarded lines: a check that no longer notices its fault is found here.

    python -m tests.support.mutants     (`make mutants`, and part of `make prove`)

Each mutant is one changed line in a copy of the tree, and the tests that guard the line must fail on it.
They must pass on the copy as it is first, or a failure would show nothing.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from expectations.paths import ROOT

COPIED = ("assets", "datasets", "expectations", "pipelines", "tests")
FAILED, PASSED = 1, 0  # exit codes of pytest; any other one means that no test was run to its end


@dataclass(frozen=True, slots=True)
class Mutant:
    """One changed line. guard: the pytest id of a test that fails on it; `line` occurs once in `path`."""

    name: str
    path: str
    line: str
    changed: str
    guard: str

    def text(self, original: str) -> str:
        """The module with the changed line. Raises ValueError unless the line occurs exactly once."""
        if original.count(self.line) != 1:
            raise ValueError(
                f"{self.path} holds this {original.count(self.line)} times: {self.line}"
            )
        return original.replace(self.line, self.changed)


_QUARANTINE = "tests/unit/expectations/test_quarantine.py"
_UNIQUENESS = "tests/unit/expectations/test_uniqueness.py"
_ARCHIVE = "tests/unit/assets/ingest/test_archive.py"
_CORRECTIONS = "tests/unit/assets/test_corrections.py"
_AMOUNTS = "tests/unit/assets/calc/test_dutch_amounts.py"

MUTANTS = (
    Mutant(
        "rows that leave are kept too",
        "expectations/quarantine.py",
        "staying = masked.filter(~self.broken(self.leaving))",
        "staying = masked",
        _QUARANTINE,
    ),
    Mutant(
        "nothing is set aside",
        "expectations/quarantine.py",
        "ordered = masked.filter(self.broken(self.leaving)).sort(",
        "ordered = masked.filter(pl.lit(False)).sort(",
        _QUARANTINE,
    ),
    Mutant(
        "rows set aside are counted as kept",
        "expectations/quarantine.py",
        "kept=rows(~self.broken(self.leaving)),",
        "kept=rows(pl.lit(True)),",
        _QUARANTINE,
    ),
    Mutant(
        "key_unique, by hashes: three copies pass for two",
        "expectations/uniqueness.py",
        "filter(pl.col(counted) > 1)",
        "filter(pl.col(counted) == 2)",
        _UNIQUENESS,
    ),
    Mutant(
        "key_unique, by neighbours: the last copy is not marked",
        "expectations/uniqueness.py",
        "pl.col(marked) | pl.col(marked).shift(1, fill_value=False)",
        "pl.col(marked)",
        _UNIQUENESS,
    ),
    Mutant(
        "an altered body is read",
        "assets/ingest/archive.py",
        "if hashlib.sha256(body).hexdigest() != digest:",
        "if not body:",
        _ARCHIVE,
    ),
    Mutant(
        "half a body passes for the body",
        "assets/ingest/archive.py",
        "return self.path(digest).stat().st_size == size",
        "return self.path(digest).stat().st_size >= 0",
        _ARCHIVE,
    ),
    Mutant(
        "a correction without its guard",
        "assets/corrections/__init__.py",
        "if served == correction.before:",
        "if served != correction.after:",
        _CORRECTIONS,
    ),
    Mutant(
        "a correction of any of several rows",
        "assets/corrections/__init__.py",
        "if rows.height != 1:",
        "if rows.height < 1:",
        _CORRECTIONS,
    ),
    Mutant(
        "the thousands point is read as a decimal point",
        "assets/calc/dutch_amounts.py",
        'bare.str.replace_all(".", "", literal=True)',
        'bare.str.replace_all("_", "", literal=True)',
        _AMOUNTS,
    ),
)


def survivors(tree: Path) -> list[Mutant]:
    """The mutants that no test notices. Raises RuntimeError where the tests do not run or pass unchanged."""
    for guard in dict.fromkeys(mutant.guard for mutant in MUTANTS):
        if _exit_code(tree, guard) != PASSED:
            raise RuntimeError(f"{guard} does not pass on the tree without a mutant")
    alive = []
    for mutant in MUTANTS:
        module = tree / mutant.path
        original = module.read_text("utf-8")
        module.write_text(mutant.text(original), "utf-8")
        code = _exit_code(tree, mutant.guard)
        module.write_text(original, "utf-8")
        if code not in (FAILED, PASSED):
            raise RuntimeError(f"{mutant.guard} could not be run on: {mutant.name}")
        print("noticed " if code == FAILED else "SURVIVED", mutant.name, flush=True)
        if code == PASSED:
            alive.append(mutant)
    return alive


def _exit_code(tree: Path, guard: str) -> int:
    # No bytecode: a mutant of the same length in the same second would run as the line before it.
    return subprocess.run(  # noqa: S603 (our own tests)
        [sys.executable, "-B", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", guard],
        cwd=tree,
        capture_output=True,
        check=False,
    ).returncode


def main() -> int:
    """0 when every mutant was noticed, otherwise 1."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder)
        for name in COPIED:
            shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", tree)
        return 1 if survivors(tree) else 0


if __name__ == "__main__":
    sys.exit(main())
