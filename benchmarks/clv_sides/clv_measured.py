"""Seconds of one piece of work, for programs that have nothing else in common."""

import statistics
import time
from collections.abc import Callable
from typing import Any

# Seconds after which nothing is begun again: what takes long is measured by once.
ENOUGH = 10.0


def measured(make: Callable[[], Any], repeats: int) -> tuple[float, Any]:
    """Do it as often as asked, or until enough time has gone: the median of the seconds, and what was made."""
    seconds = []
    for _ in range(repeats):
        started = time.perf_counter()
        made = make()
        seconds.append(time.perf_counter() - started)
        if sum(seconds) > ENOUGH:
            break
    return statistics.median(seconds), made
