"""Say how a run is going: a live display on a terminal, plain lines anywhere else."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

# Seconds between two lines of one stage in a log.
EVERY = 10.0


class Show(Protocol):
    """What a run tells; `PlainProgress` prints it, `LiveProgress` draws it."""

    def say(self, text: str) -> None:
        """Tell that something begins or has happened."""

    def step(self, stage: str, done: int, total: int, unit: str = "months") -> None:
        """Tell how many months, or whatever it counts, a stage of the preparation has done."""

    def cells(self, stem: str, done: int, total: int) -> None:
        """Tell how many cells of a notebook are done."""

    def month(self, month: str, place: int, total: int) -> None:
        """Tell that a month of a back-fill begins, the `place`-th of `total`; one more than `total` ends it."""


@dataclass
class Pace:
    """How fast one stage goes, measured from the first time it was heard of."""

    started: float
    first: int
    last: int
    told: float = float("-inf")

    def text(self, done: int, total: int, now: float) -> str:
        """Say the rate and what is left, as ", 3.1 a second, 8 s left"; nothing before there is a rate.

        What is left assumes that the rest goes as fast as what is done.
        """
        seconds, count = now - self.started, done - self.first
        if count < 1 or seconds <= 0:
            return ""
        rate = count / seconds
        said = f", {duration(1 / rate)} each" if rate < 1 else f", {_short(rate)} a second"
        return said + (f", {duration((total - done) / rate)} left" if done < total else "")


class Paces:
    """The pace of every stage that was heard of; a stage that begins again is measured anew."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._known: dict[str, Pace] = {}

    def at(self, stage: str, done: int) -> Pace:
        """Give a stage's pace, noting how far it has come."""
        pace = self._known.get(stage)
        if pace is None or done < pace.last:
            pace = self._known[stage] = Pace(self.clock(), done, done)
        pace.last = done
        return pace


def duration(seconds: float) -> str:
    """Write a time as a person says it: 0.4 s, 14 s, 2 min, 3.5 h."""
    if seconds < 100:
        return f"{_short(max(seconds, 0.1))} s"
    return f"{_short(seconds / 60)} min" if seconds < 6000 else f"{_short(seconds / 3600)} h"


def _short(value: float) -> str:
    """Write a number with one decimal while it is small."""
    return f"{value:.0f}" if value >= 9.95 else f"{value:.1f}".removesuffix(".0")


class PlainProgress:
    """One line per event, with the seconds since the start; for logs."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._paces = Paces(clock)
        self._clock, self._started = clock, clock()

    def say(self, text: str) -> None:
        """Print a line."""
        sys.stderr.write(f"[{self._clock() - self._started:6.1f} s] {text}\n")
        sys.stderr.flush()

    def step(self, stage: str, done: int, total: int, unit: str = "months") -> None:
        """Print a line now and then, and at the end of the stage."""
        self._tell(stage, f"{stage}: {done} of {total} {unit}", done, total)

    def cells(self, stem: str, done: int, total: int) -> None:
        """Print a line at the first cell, now and then, and at the last."""
        self._tell(stem, f"{stem}: cell {min(done + 1, total)} of {total}", done + 1, total, begins=True)

    def month(self, month: str, place: int, total: int) -> None:
        """Print which month begins, how long one takes and what is left."""
        pace = self._paces.at("month of a back-fill", place - 1)
        if place > total:
            return
        self.say(f"{month}: month {place} of {total}{pace.text(place - 1, total, self._clock())}")

    def _tell(self, stage: str, text: str, done: int, total: int, *, begins: bool = False) -> None:
        pace, now = self._paces.at(stage, done), self._clock()
        first = pace.told == float("-inf")
        if first:
            # The beginning of a stage that is over in a moment is no news.
            pace.told = now if not begins else pace.told
        if done == total or now - pace.told >= EVERY:
            pace.told = now
            self.say(text + pace.text(done, total, now))


class LiveProgress:
    """A bar per stage, redrawn in place."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._paces = Paces()
        self._bars: dict[str, TaskID] = {}

    def say(self, text: str) -> None:
        """Print a line above the bars."""
        self._progress.console.print(text, highlight=False, markup=False)

    def step(self, stage: str, done: int, total: int, unit: str = "months") -> None:
        """Move a stage's bar."""
        self._move(stage, done, total)

    def cells(self, stem: str, done: int, total: int) -> None:
        """Move a notebook's bar."""
        self._move(stem, min(done + 1, total), total)

    def month(self, month: str, place: int, total: int) -> None:
        """Move the bar of the back-fill, which is full when its last month has been published."""
        if place <= total:
            self.say(f"{month}: month {place} of {total}")
        self._move("months", place - 1, total)

    def _move(self, stage: str, done: int, total: int) -> None:
        pace = self._paces.at(stage, done)
        if stage not in self._bars:
            self._bars[stage] = self._progress.add_task(stage, total=total, pace="")
        elif pace.first == done:
            self._progress.reset(self._bars[stage], total=total)
        said = pace.text(done, total, self._paces.clock()).removeprefix(", ")
        self._progress.update(self._bars[stage], completed=done, total=total, pace=said)


@contextmanager
def progress() -> Iterator[Show]:
    """Choose the display that fits where the messages go (standard error)."""
    if not sys.stderr.isatty():
        yield PlainProgress()
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.0f} of {task.total:.0f}"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[pace]}"),
    )
    with Progress(*columns, console=Console(stderr=True)) as live:
        yield LiveProgress(live)
