"""The score above which another point no longer lowers loss measurably."""

import numpy as np

from custlib.measure.clv.fit import REACH
from custlib.measure.worth.cells import Groups
from custlib.measure.worth.fits import Adjusted
from custlib.measure.worth.found import CeilingState, Floats, Verdict
from custlib.surveying import FIRST_PROMOTER, Scale

# Standard errors below zero from which on a slope is called falling (one-sided 2.5%), and one steeper than the other (1%: the stretch
# was chosen for its flatness).
FALLING, STEEPER = REACH, 2.326348


def ceiling(
    found: Adjusted, groups: Groups, scale: Scale, verdict: Verdict
) -> tuple[int | None, CeilingState]:
    """Say from which score on another point changes nothing that can be measured.

    Where the shape is judged, it says so itself: NPS classes end at the first promoter's score, the middle ground one above its last, a
    straight line nowhere. Where loss rises with the score, or does not depend on it, there is nothing to have a ceiling. Else it is searched.
    """
    if verdict == "extremes":
        return FIRST_PROMOTER, "found"
    if verdict == "middle":
        return scale.middle[1] + 1, "found"
    if verdict == "every point":
        return None, "none found"
    return (None, "cannot tell") if verdict in ("nothing", "reversed") else searched(found, groups)


def searched(found: Adjusted, groups: Groups) -> tuple[int | None, CeilingState]:
    """Look from the top down for scores among which another point changes nothing.

    Straight lines through the groups' adjusted log-odds are compared. From the two highest groups downwards, the stretch grows for as long
    as loss does not fall along it measurably (one-sided, 2.5%). Falls it among the two highest already, there is no ceiling: "none found".
    That it does not fall *measurably* may be for want of customers; so a ceiling is only "found" where loss falls measurably below
    it, and measurably faster than above it (1%); else "cannot tell".

    Returns
    -------
    int or None, str
        The lowest score of the stretch's lowest group.
    """
    count = len(groups.spans)
    if count < 3:
        return None, "cannot tell"
    start = count - 1
    while start > 0 and not _falls(*_slope(_line(found, groups, start - 1, count), found)):
        start -= 1
    if start == count - 1:
        return None, "none found"
    if start == 0:
        return None, "cannot tell"
    above, below = _line(found, groups, start, count), _line(found, groups, 0, start + 1)
    if _falls(*_slope(below, found)) and _falls(*_slope(below - above, found), beyond=STEEPER):
        return groups.spans[start][0], "found"
    return None, "cannot tell"


def _line(found: Adjusted, groups: Groups, first: int, end: int) -> Floats:
    """Give the weights by which log-odds of groups make the slope of a straight line through them.

    Least squares weighted by 1 / the variance of each group's own log-odds of retention, so that thin groups say little.
    """
    means = np.array(groups.means)
    size = len(means)
    spread = np.diag(found.covariance)[:size] / (found.retention * (1 - found.retention)) ** 2
    weights = np.zeros(size)
    weights[first:end] = 1 / spread[first:end]
    away = np.where(weights > 0, means - np.average(means, weights=weights), 0.0)
    return weights * away / (weights @ away**2)


def _slope(weights: Floats, found: Adjusted) -> tuple[float, float]:
    return float(weights @ found.steps), max(float(weights @ found.steps_covariance @ weights), 0.0) ** 0.5


def _falls(slope: float, error: float, *, beyond: float = FALLING) -> bool:
    return error > 0 and slope / error < -beyond
