"""Run a command and watch it: seconds, seconds of processors, and the peak memory of its whole process tree (Linux)."""

import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

EVERY = 0.5
PROCESSES = Path("/proc")


@dataclass(frozen=True)
class Watched:
    """What a command took.

    Attributes
    ----------
    seconds, processors : float
        On the clock, and of all processors together.
    peak : int
        Bytes of memory of the command and all its children at the same moment, pages they share counted once.
    largest : int
        Bytes of the largest single process.
    """

    seconds: float
    processors: float
    peak: int
    largest: int
    output: str


def run(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Watched:
    """Run a command to its end; what it prints comes back, and an error of it is raised."""
    started, before = time.perf_counter(), os.times()
    process = subprocess.Popen(
        command,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    peaks, over = [0, 0], threading.Event()

    def watch() -> None:
        while not over.wait(EVERY):
            sizes = [proportional(pid) for pid in family(process.pid)]
            peaks[:] = max(peaks[0], sum(sizes)), max(peaks[1], max(sizes, default=0))

    watcher = threading.Thread(target=watch)
    watcher.start()
    output, _ = process.communicate()
    over.set()
    watcher.join()
    if process.returncode:
        raise SystemExit(f"{' '.join(command)}\n{output}")
    after = os.times()
    taken = (after.children_user + after.children_system) - (before.children_user + before.children_system)
    return Watched(time.perf_counter() - started, taken, *peaks, output)


def family(process: int) -> list[int]:
    """List a process and all that came of it."""
    parents = {}
    for folder in PROCESSES.iterdir():
        if folder.name.isdigit():
            try:
                parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    found = [process]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found


def proportional(process: int) -> int:
    """Give a process's memory, of pages that several share its part; 0 when it has ended."""
    try:
        for line in (PROCESSES / str(process) / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0
