"""One run of a month at a time; who comes second is told who holds the month."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from custlib.errors import RunFailed

# A run that clears up after others holds their months for a moment, which is no reason to give up.
PATIENCE = 2.0


@contextmanager
def alone(lock: Path, month: str, *, patience: float = PATIENCE) -> Iterator[None]:
    """Hold a month's lock; the system lets go of it however this process ends.

    Raises
    ------
    RunFailed
        Naming the process that holds it, when it is not free within `patience` seconds.
    """
    with open(lock, "a+", encoding="utf-8") as file:
        until = time.monotonic() + patience
        while not _taken(file.fileno()):
            if time.monotonic() >= until:
                file.seek(0)
                holder = file.read().strip() or "unknown"
                raise RunFailed(f"another run of {month} is under way ({holder})\n  wait until it ends")
            time.sleep(0.05)
        file.truncate(0)
        file.write(f"process {os.getpid()}, since {datetime.now().astimezone():%Y-%m-%d %H:%M %Z}")
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


def _taken(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
