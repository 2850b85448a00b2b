"""Whatever happens to a reader happens elsewhere: the process that asked gets a code and lives on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from assets.ingest.spreadsheets import sandbox
from assets.ingest.spreadsheets.file_limits import FileLimits
from expectations.errors import VoorkantError
from expectations.paths import ROOT
from tests.support.forms import made_files as made

MB = 1 << 20


def tasks(folder: Path, text: str) -> Path:
    """A module that only the child can find, by its folder."""
    (folder / "task_of_test.py").write_text(text, "utf-8")
    return folder


def run(monkeypatch: pytest.MonkeyPatch, folder: Path, text: str, **limits: Any) -> Any:
    tasks(folder, "def do(given, folder, file, limits, options):\n" + text)
    # The child gets the project's root as its only extra place to import from.
    start = f"import sys; sys.path.append({str(folder)!r})\n"
    monkeypatch.setattr(
        sandbox, "_CHILD", sandbox._CHILD.replace("from assets", start + "from assets")
    )
    return sandbox.run(
        "task_of_test:do", b"body", "some.xlsx", lambda found, _: found, FileLimits(**limits)
    )


def code(*arguments: Any, **limits: Any) -> VoorkantError:
    with pytest.raises(VoorkantError) as error:
        run(*arguments, **limits)
    return error.value


def test_a_task_gets_the_bytes_and_gives_an_answer(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    answer = run(monkeypatch, tmp_path, "    return {'given': given.read_text(), 'file': file}")
    assert answer == {"given": "body", "file": "some.xlsx"}


ENDS = {
    "abort": ("import os; os.abort()", "VK-F001", "SIGABRT"),
    "segmentation fault": (
        "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
        "VK-F001",
        "SIGSEGV",
    ),
    "killed from outside": ("import os; os.kill(os.getpid(), 9)", "VK-F003", "more memory or time"),
    "leaves without a word": ("import os; os._exit(7)", "VK-F001", "without an answer"),
    "any exception": ("raise KeyError('row 7')", "VK-F001", "KeyError: 'row 7'"),
    "too much memory": ("bytearray(1 << 40)", "VK-F003", "2,048 MB"),
    "memory bit by bit": ("x = [bytes(1 << 20) for _ in range(4000)]", "VK-F003", "2,048 MB"),
    "a file that is too large": (
        "(folder / 'x').open('wb').write(bytes(9 << 20))",
        "VK-F001",
        "File too large",
    ),
    "many open files": (
        "x = [open('/dev/null') for _ in range(100)]",
        "VK-F001",
        "Too many open files",
    ),
}


@pytest.mark.parametrize("name", ENDS)
def test_every_end_has_a_code(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    text, expected, words = ENDS[name]
    error = code(monkeypatch, tmp_path, f"    {text}", output=8 * MB)
    assert (error.code, error.where) == (expected, "some.xlsx")
    assert words in error.problem


def test_processor_and_clock_are_limited(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = time.monotonic()
    error = code(monkeypatch, tmp_path, "    while True: pass", cpu_s=1)
    assert (error.code, "1 seconds of processor" in error.problem) == ("VK-F003", True)
    sleeper = "    import os, time; (os.fork(), time.sleep(60))"
    error = code(monkeypatch, tmp_path, sleeper, wall_s=1.5)
    assert (error.code, "longer than 1.5 seconds" in error.problem) == ("VK-F003", True)
    assert time.monotonic() - before < 20


def test_nothing_is_inherited(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("A_TOKEN", "secret")
    with (tmp_path / "open").open("w") as held:
        os.set_inheritable(held.fileno(), True)
        answer = run(
            monkeypatch,
            tmp_path,
            "    import os, sys\n"
            "    return {'env': sorted(os.environ), 'cwd': os.getcwd(), 'in': sys.stdin.read(),"
            " 'files': sorted(int(n) for n in os.listdir('/proc/self/fd')), 'folder': str(folder)}",
        )
    assert "A_TOKEN" not in answer["env"]
    assert answer["cwd"] == answer["folder"]
    assert answer["in"] == ""
    assert held.name and max(answer["files"]) <= 4


def test_the_folder_of_a_task_is_gone_afterwards(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    answer = run(monkeypatch, tmp_path, "    return {'folder': str(folder)}")
    assert not Path(answer["folder"]).exists()


def test_a_file_over_the_limit_starts_no_process() -> None:
    error = made.refused(b"x" * 101, bytes=100)
    assert (error.code, "101 bytes" in error.problem) == ("VK-F003", True)


def test_the_bomb_that_kills_a_reader_kills_only_its_process(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """1.4 KB that make calamine ask for 549 GB: it aborts, which no `except` can stop."""
    pytest.importorskip("fastexcel")
    bomb = made.packed(made.parts(made.SPARSE))
    assert len(bomb) < 2_000
    (tmp_path / "bomb.xlsx").write_bytes(bomb)
    text = (
        "    import fastexcel\n"
        f"    fastexcel.read_excel({str(tmp_path / 'bomb.xlsx')!r}).load_sheet(0, header_row=None)\n"
        "    return {}"
    )
    error = code(monkeypatch, tmp_path, text)
    assert error.code == "VK-F003"
    # Our own reader does not build a grid; it refuses at the address that is too far.
    error = made.refused(bomb)
    assert (error.code, error.where) == ("VK-F003", "file.xlsx, sheet s cell XFD1048576")


def test_a_workbook_of_a_million_rows_is_read_within_bounds() -> None:
    """Of the child: far less than the 2 GB it may have. Of cells: as many as the limit says."""
    # In a process of its own: what is measured is the largest child a process ever had.
    program = (
        "import resource; from tests.support.forms import made_files as made; "
        "file = made.read(made.packed(made.parts(made.rows(1_000_000, 'A'))), cells=1_000_000); "
        "print(file.cells.height, file.cells['text'].cast(int).sum(), file.cells['_locator'][-1], "
        "resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10, sep=';')"
    )
    found = subprocess.run(  # noqa: S603 (this program)
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    height, total, last, most = found.stdout.strip().split(";")
    assert (height, total, last) == ("1000000", "500000500000", "sheet s cell A1000000")
    assert int(most) < 1_500
    body = made.packed(made.parts(made.rows(1_000_000, "A")))
    error = made.refused(body, cells=50_000)
    assert (error.code, error.where) == ("VK-F003", "file.xlsx, sheet s cell A50001")


def test_an_interrupt_ends_the_child_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pid = tmp_path / "pid"

    def interrupted(*_: object, **__: object) -> int:
        for _ in range(200):
            if pid.exists() and pid.read_text():
                raise KeyboardInterrupt
            time.sleep(0.05)
        raise AssertionError("the child never started")

    popen = sandbox.subprocess.Popen

    class Started(popen):  # type: ignore[misc, valid-type]
        waits = 0

        def wait(self, timeout: float | None = None) -> int:
            self.waits += 1
            return interrupted() if self.waits == 1 else super().wait(timeout)

    monkeypatch.setattr(sandbox.subprocess, "Popen", Started)
    text = f"    import os, time; open({str(pid)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    with pytest.raises(KeyboardInterrupt):
        run(monkeypatch, tmp_path, text)
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), signal.SIGCONT)
