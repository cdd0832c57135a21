"""The likelihood of all lives together under BG/BB, and its gradient: what a fit, and each draw of a bootstrap, is found by.

The same as `custlib.measure.clv.lives.likelihood` added up over customers, at a fraction of its cost: slopes are not worked out
pattern by pattern, but what patterns weigh is added up by what they have in common, and that is multiplied by the slopes of it.
"""

import numpy as np

from custlib.measure.clv.fit import Floats
from custlib.measure.clv.lives import Lives, added, chances, histories
from custlib.measure.clv.survival import leaving, leaving_slopes, survival, survival_slopes


def total(values: Floats, lives: Lives, customers: Floats) -> tuple[float, Floats]:
    """Give the log-likelihood of so many customers of each pattern, and its gradient.

    A pattern that cannot be at these parameters makes the likelihood minus infinity, and has no part in the gradient.
    """
    kappa = values[4] if len(values) > 4 else 0.0
    alpha, beta, gamma, delta = values[:4]
    table, by_activity = histories(alpha, beta, lives.months)
    stays, goes = survival(gamma, delta, lives.longest), leaving(gamma, delta, lives.longest)
    at, lived = lives.terms
    terms = table.take(at) * goes.take(lived)
    now = table.take(lives.histories)
    alive, died, gone = now * stays.take(lives.lived), now * goes.take(lives.lived), added(terms, lives)
    whole = np.where(lives.closed, kappa * died, alive + (1 - kappa) * gone)
    # How the sum of logarithms rises with each of the three.
    rises = np.divide(customers, whole, out=np.zeros_like(whole), where=whole > 0)
    by_died, by_alive = np.where(lives.closed, (rises, np.zeros_like(rises)), (np.zeros_like(rises), rises))
    by_gone = (1 - kappa) * by_alive
    weighed = terms * _covered(by_gone, lives)
    acted = np.bincount(lives.histories, kappa * by_died * died + by_alive * alive, minlength=table.size)
    acted += np.bincount(at.ravel(), weighed.ravel(), minlength=table.size)
    stayed = np.bincount(lives.lived, by_alive * alive, minlength=len(stays))
    went = np.bincount(lives.lived, kappa * by_died * died, minlength=len(goes))
    went += np.bincount(lived.ravel(), weighed.ravel(), minlength=len(goes))
    by_stay, by_go = survival_slopes(gamma, delta, lives.longest), leaving_slopes(gamma, delta, lives.longest)
    slope = np.concatenate([by_activity.reshape(2, -1) @ acted, by_stay @ stayed + by_go @ went])
    with np.errstate(divide="ignore"):
        logs = float(customers @ np.log(whole))
    seen, by_seen = _seen(values, lives, customers)
    slope -= by_seen
    if len(values) > 4:
        slope = np.append(slope, by_died @ died - by_alive @ gone)
    return logs - seen, slope


def _covered(weights: Floats, lives: Lives) -> Floats:
    """Add weights of patterns up by month and column: of those whose months from t_x to before n hold it."""
    after, end = lives.ends
    shape = lives.terms[0].shape
    size = shape[0] * shape[1]
    change = np.bincount(after, weights, minlength=size) - np.bincount(end, weights, minlength=size)
    sums = change.reshape(shape)
    for month in range(1, len(sums)):
        sums[month] += sums[month - 1]
    return np.asarray(sums, dtype=float)


def _seen(values: Floats, lives: Lives, customers: Floats) -> tuple[float, Floats]:
    """Give the same of the chance of customers older than the data to be in them at all."""
    older, silent = lives.before > 0, lives.silent
    if not len(silent):
        return 0.0, np.zeros(4)
    found = chances(values, silent, slopes=True)
    assert found.slopes is not None
    gamma, delta = values[2:4]
    longest = int(silent.before.max())
    begins = survival(gamma, delta, longest)[silent.before]
    by_begin = begins * survival_slopes(gamma, delta, longest)[:, silent.before]
    seen = begins - found.alive - found.gone
    rise = np.concatenate([np.zeros((2, len(silent))), by_begin]) - found.slopes[0] - found.slopes[2]
    weights = np.bincount(lives.own_silence[older], customers[older], minlength=len(silent))
    with np.errstate(divide="ignore"):
        return float(weights @ np.log(seen)), rise @ (weights / seen)
