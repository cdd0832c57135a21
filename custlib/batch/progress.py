"""Say how a run is going: a live display on a terminal, plain lines anywhere else."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn


class Show(Protocol):
    """What a run tells; `PlainProgress` prints it, `LiveProgress` draws it."""

    def say(self, text: str) -> None:
        """Tell that something begins or has happened."""

    def step(self, stage: str, done: int, total: int) -> None:
        """Tell how far a stage of the preparation has come."""

    def cells(self, stem: str, done: int, total: int) -> None:
        """Tell how many cells of a notebook have begun."""


class PlainProgress:
    """One line per event, with the seconds since the start; for logs."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._quarters: dict[str, int] = {}

    def say(self, text: str) -> None:
        """Print a line."""
        sys.stderr.write(f"[{time.monotonic() - self._started:6.1f} s] {text}\n")
        sys.stderr.flush()

    def step(self, stage: str, done: int, total: int) -> None:
        """Print a line at the end of a stage."""
        if done == total:
            self.say(f"{stage}: {done} months")

    def cells(self, stem: str, done: int, total: int) -> None:
        """Print a line at the start, the middle and the end of a notebook, not at every cell."""
        half = 2 * (done + 1) // max(total, 1)
        if half > self._quarters.get(stem, -1):
            self._quarters[stem] = half
            self.say(f"{stem}: cell {min(done + 1, total)} of {total}")


class LiveProgress:
    """A bar per notebook, redrawn in place."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._bars: dict[str, int] = {}

    def say(self, text: str) -> None:
        """Print a line above the bars."""
        self._progress.console.print(text, highlight=False, markup=False)

    def step(self, stage: str, done: int, total: int) -> None:
        """Move a stage's bar."""
        self.cells(stage, done - 1, total)

    def cells(self, stem: str, done: int, total: int) -> None:
        """Move a notebook's bar."""
        if stem not in self._bars:
            self._bars[stem] = self._progress.add_task(stem, total=total)
        self._progress.update(self._bars[stem], completed=min(done + 1, total), total=total)  # type: ignore[arg-type]


@contextmanager
def progress() -> Iterator[Show]:
    """Choose the display that fits where the messages go (standard error)."""
    if not sys.stderr.isatty():
        yield PlainProgress()
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as live:
        yield LiveProgress(live)
