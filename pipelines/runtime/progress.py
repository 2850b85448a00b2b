"""Progress of a run on the terminal: one line with what is being captured or made.

What belongs here: turning Dagster's events, and the arrival of answers, into a `rich` progress bar.
Without a terminal nothing is drawn, so that logs stay readable.
"""

from __future__ import annotations

import logging
from types import TracebackType
from typing import Self

import dagster as dg
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from assets.ingest.capture_fetch import Progress as Arrived

_NAME = "voorkant.progress"


class ProgressHandler(logging.Handler):
    """Draws the events of the runs inside its `with` block."""

    def __init__(self, console: Console) -> None:
        super().__init__()
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("starting", total=None)

    def emit(self, record: logging.LogRecord) -> None:
        """Draw an event of a run; anything else that is logged is not progress."""
        event = getattr(record, "dagster_meta", {}).get("dagster_event")
        if event is None:
            return
        if event.event_type_value == "STEP_START":
            self._bar.update(self._task, description=f"{event.step_key:<48}")
        elif event.event_type_value in ("STEP_SUCCESS", "STEP_FAILURE", "STEP_SKIPPED"):
            self._bar.advance(self._task)

    def expect(self, steps: int) -> None:
        """A run of so many steps is about to start."""
        self._bar.update(self._task, description="starting", completed=0, total=steps)

    def __enter__(self) -> Self:
        logging.getLogger(_NAME).addHandler(self)
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()
        logging.getLogger(_NAME).removeHandler(self)


class Arriving:
    """Shows, inside its `with` block, what arrives from a source; lines that stay go to `out`."""

    def __init__(self, console: Console, out: Console) -> None:
        self._bar = Progress(
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("starting", total=None)
        self._out = out

    def on_progress(self, progress: Arrived) -> None:
        """Draw how far a capture is; called from several threads."""
        request = progress.request
        page = f", page {request.page}" if request.page > 1 else ""
        self._bar.update(
            self._task,
            description=f"{progress.source}  {progress.answers:,} answers, {progress.bytes:,} bytes"
            f"  {request.name}{page}",
        )

    def print(self, *lines: str) -> None:
        """Print lines above the progress."""
        for line in lines:
            self._out.print(line, markup=False, soft_wrap=True)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()


@dg.logger
def _progress(_: dg.InitLoggerContext) -> logging.Logger:
    """Hands the events of a run to the progress display."""
    listener = logging.getLogger(_NAME)
    listener.setLevel(logging.DEBUG)
    listener.propagate = False
    return listener


LOGGERS = {"progress": _progress}
