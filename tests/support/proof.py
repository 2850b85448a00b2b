"""Slow proofs have two sizes: a quick one in every run, and the full one where what they prove was touched.

    python -m tests.support.proof [--touched]     (`make prove`, `make prove-touched`)

Runs the proofs in full: all of them, or those whose subject differs from the commit this work started at.
Where that commit cannot be determined, all of them.
"""

from __future__ import annotations

import os
import subprocess
import sys

from expectations.paths import ROOT

# Test file -> the folders and files it proves something about.
PROOFS = {
    "tests/release/test_power_cuts.py": ("pipelines/publish/", "tests/support/crash/"),
    "tests/release/test_store.py": ("pipelines/publish/store/", "tests/support/s3.py"),
    "tests/release/test_descriptions.py": (
        "datasets/",
        "pipelines/publish/",
        "tests/support/validators/standards.py",
    ),
}
# What every proof depends on.
SHARED = ("requirements.lock", "requirements-test.lock", "tests/support/proof.py")
FULL = os.environ.get("VOORKANT_PROOF") == "full"


def size(quick: int, full: int) -> int:
    """How many examples a proof takes in this run."""
    return full if FULL else quick


def touched(changed: set[str] | None) -> list[str]:
    """The proofs whose subject is among the changed paths; all of them where the changes are unknown."""
    return [
        proof
        for proof, subjects in PROOFS.items()
        if changed is None or any(path.startswith((proof, *subjects, *SHARED)) for path in changed)
    ]


def changes() -> set[str] | None:
    """Paths that differ from where this work left `main`; None where that is unknown."""
    head = _git("rev-parse", "HEAD")
    bases = (_git("merge-base", "HEAD", branch) for branch in ("origin/main", "main"))
    base = next((each for each in bases if each and each != head), None)
    names = _git("diff", "--name-only", base) if base else None
    return None if names is None else set(names.splitlines())


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(  # noqa: S603
            ["git", *arguments],  # noqa: S607
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def main() -> int:
    """Exit code of pytest; 0 where nothing has to be proved."""
    wanted = touched(changes()) if "--touched" in sys.argv[1:] else list(PROOFS)
    print("Proofs in full:", ", ".join(wanted) or "none, their subjects were not touched")
    if not wanted:
        return 0
    command = [sys.executable, "-m", "pytest", "-q", "-n", "auto", "--dist", "loadfile", *wanted]
    return subprocess.run(  # noqa: S603 (our own tests)
        command, cwd=ROOT, env=os.environ | {"VOORKANT_PROOF": "full"}, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
