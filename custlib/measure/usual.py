"""Is a change usual? A census has no sampling error, so a change is judged against its own past."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import SupportsFloat

import numpy as np

LONGEST, FEWEST = 24, 12
# Scales the median absolute deviation to a standard deviation under a normal law.
NORMAL_SCALE = 1.4826
LIMIT = 3


@dataclass(frozen=True)
class Verdict:
    """What the past says of the latest change.

    Attributes
    ----------
    change : float or None
        Latest value less the one before; None where either is missing.
    median, spread : float or None
        Median and scaled median absolute deviation of the earlier changes.
    changes : int
        How many earlier changes there are (24 at most).
    verdict : str
        "usual", "unusual" or "cannot tell" (fewer than 12 earlier changes, or none of them differ).
    """

    change: float | None
    median: float | None
    spread: float | None
    changes: int
    verdict: str


def judge(values: Sequence[SupportsFloat | None]) -> Verdict:
    """Judge the last change of a monthly series against up to 24 changes before it.

    Parameters
    ----------
    values : sequence of numbers or None
        Consecutive months, oldest first; None where not available.

    Notes
    -----
    Unusual: \\|change - median\\| > 3 x 1.4826 x MAD, with at least 12 earlier changes.
    """
    series = np.array([np.nan if value is None else float(value) for value in values], dtype=float)
    changes = np.diff(series)
    latest = float(changes[-1]) if len(changes) and np.isfinite(changes[-1]) else None
    past = changes[:-1][-LONGEST:]
    past = past[np.isfinite(past)]
    if latest is None or len(past) < FEWEST:
        return Verdict(latest, None, None, len(past), "cannot tell")
    median = float(np.median(past))
    spread = NORMAL_SCALE * float(np.median(np.abs(past - median)))
    if spread == 0:
        return Verdict(latest, median, spread, len(past), "cannot tell")
    unusual = abs(latest - median) > LIMIT * spread
    return Verdict(latest, median, spread, len(past), "unusual" if unusual else "usual")
