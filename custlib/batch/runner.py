"""Run notebooks by papermill, each in a process of its own, at most two at a time.

A process per notebook, because papermill changes the working folder and a hung or dead kernel must
be ended without harm to the rest. Kernels that do not start are tried once more; a cell that fails
is never run again.
"""

import multiprocessing
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from custlib.batch.worker import Limits, work


@dataclass(frozen=True)
class Job:
    """A notebook to run: where it is, where its executed copy goes, and its parameters (all text).

    A notebook has to take every one of `parameters`; of those `offered` it gets the ones it takes.
    """

    notebook: Path
    executed: Path
    parameters: Mapping[str, str]
    offered: Mapping[str, str] = field(default_factory=dict)

    @property
    def stem(self) -> str:
        """Name the notebook as the reader knows it, without its ending."""
        return self.notebook.stem


@dataclass(frozen=True)
class Outcome:
    """How a notebook went; `error` is empty when it succeeded and ready to print when not.

    `raised` names the kind of the error a cell raised, "" where none did.
    """

    stem: str
    seconds: float
    attempts: int = 1
    error: str = ""
    raised: str = ""

    @property
    def ok(self) -> bool:
        """Say whether every cell ran."""
        return not self.error


# No outcome: the kernel did not start, and the notebook is tried once more.
AGAIN = Outcome("", 0.0)


@dataclass
class _Running:
    job: Job
    process: BaseProcess
    pipe: Connection
    attempt: int
    started: float = field(default_factory=time.monotonic)


Tell = Callable[[str, int, int], None]


def run_notebooks(
    jobs: Sequence[Job], *, processes: int = 2, limits: Limits | None = None, tell: Tell | None = None
) -> list[Outcome]:
    """Run notebooks and give their outcomes, in the order of `jobs`.

    All are run, even after one has failed, so that one look at the messages shows all that is wrong.

    Parameters
    ----------
    processes
        How many at once; they share the memory that ``CUSTLIB_MEMORY`` allows.
    tell
        Called with a notebook's name, the cells done and the cells there are.
    """
    limits = limits or Limits()
    waiting = [(job, 1) for job in jobs]
    running: list[_Running] = []
    outcomes: dict[str, Outcome] = {}
    try:
        while waiting or running:
            while waiting and len(running) < processes:
                running.append(_start(*waiting.pop(0), limits, processes))
            wait([one.pipe for one in running], timeout=0.5)
            for one in list(running):
                outcome = _look(one, limits, tell)
                if outcome is None:
                    continue
                running.remove(one)
                if outcome == AGAIN:
                    waiting.insert(0, (one.job, 2))
                else:
                    outcomes[one.job.stem] = outcome
    finally:
        for one in running:
            _end(one)
    return [outcomes[job.stem] for job in jobs]


def _start(job: Job, attempt: int, limits: Limits, among: int) -> _Running:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    job.executed.parent.mkdir(parents=True, exist_ok=True)
    plain = (str(job.notebook), str(job.executed), dict(job.parameters), dict(job.offered))
    process = context.Process(target=work, args=(*plain, limits, theirs, os.getpid(), among), daemon=False)
    process.start()
    theirs.close()
    return _Running(job, process, ours, attempt)


def _look(one: _Running, limits: Limits, tell: Tell | None) -> Outcome | None:
    """Read what a worker said: None while it runs, its outcome when it is done, or `AGAIN`."""
    while one.pipe.poll():
        try:
            kind, *rest = one.pipe.recv()
        except EOFError:
            _end(one)
            code = one.process.exitcode
            return _outcome(one, f"{one.job.stem}.ipynb: its process died (exit code {code}); out of memory?")
        if kind == "cell":
            if tell:
                tell(one.job.stem, *rest)
            continue
        _end(one, grace=10.0)
        return AGAIN if kind == "no kernel" and one.attempt == 1 else _outcome(one, *rest)
    if time.monotonic() - one.started > limits.notebook:
        _end(one)
        return _outcome(one, f"{one.job.stem}.ipynb ran longer than {limits.notebook:.0f} s and was ended")
    return None


def _outcome(one: _Running, error: str = "", raised: str = "") -> Outcome:
    return Outcome(one.job.stem, round(time.monotonic() - one.started, 2), one.attempt, error, raised)


def _end(one: _Running, *, grace: float = 0.0) -> None:
    """End a worker: by itself within `grace` seconds, else asked to, else killed (its kernel follows)."""
    one.process.join(grace)
    if one.process.is_alive():
        one.process.terminate()
        one.process.join(5)
    if one.process.is_alive():
        one.process.kill()
        one.process.join()
    one.pipe.close()


def summary(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Give the outcomes as the manifest records them."""
    return {
        outcome.stem: {
            "status": "ok" if outcome.ok else "failed",
            "seconds": outcome.seconds,
            "attempts": outcome.attempts,
            **({"error": outcome.error} if outcome.error else {}),
        }
        for outcome in outcomes
    }
