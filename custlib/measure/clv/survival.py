"""Months survived when the monthly chance of leaving is beta-distributed: what BG/BB and sBG share.

With theta ~ Beta(gamma, delta), S(j) = B(gamma, delta + j) / B(gamma, delta) is the chance to live through j
months, and B(gamma + 1, delta + j) / B(gamma, delta) = S(j) - S(j + 1) that to leave in the next one
(Fader & Hardie 2007, equations 3 and 5).
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln, digamma

from custlib.measure.clv.fit import Fit

Floats = NDArray[np.float64]

# The fraction is long enough where twice as many terms give the same digits.
_SAME = 1e-15
_MOST_TERMS = 1 << 17


def survival(gamma: float, delta: float, months: int) -> Floats:
    """Give S(0) ... S(months)."""
    j = np.arange(months + 1)
    return np.exp(betaln(gamma, delta + j) - betaln(gamma, delta))


def leaving(gamma: float, delta: float, months: int) -> Floats:
    """Give the chance to leave in month 1 ... months + 1."""
    j = np.arange(months + 1)
    return np.exp(betaln(gamma + 1, delta + j) - betaln(gamma, delta))


def survival_slopes(gamma: float, delta: float, months: int) -> Floats:
    """Give the derivatives of log S(j) by gamma and by delta, one row each."""
    j = np.arange(months + 1)
    both = digamma(gamma + delta) - digamma(gamma + delta + j)
    return np.array([both, both + digamma(delta + j) - digamma(delta)])


def leaving_slopes(gamma: float, delta: float, months: int) -> Floats:
    """Give the derivatives of the logarithm of `leaving` by gamma and by delta, one row each."""
    j = np.arange(months + 1)
    both = digamma(gamma + delta) - digamma(gamma + delta + j + 1)
    # digamma(gamma + 1) - digamma(gamma) = 1 / gamma
    return np.array([both + 1 / gamma, both + digamma(delta + j) - digamma(delta)])


def somebody_leaves(fit: Fit, months: float) -> Fit:
    """Mark a fit under which not one departure is to be expected in all the months that customers have lived.

    Nobody has been seen to leave then, and how long customers stay is anybody's guess: gamma is at its bound.
    """
    mean = fit["gamma"] / (fit["gamma"] + fit["delta"])
    return (
        fit
        if mean * months >= 1 or "gamma" in fit.at_bound
        else replace(fit, at_bound=(*fit.at_bound, "gamma"))
    )


def annuity(gamma: float, delta: float, rate: float, lived: int, horizon: int = 0) -> Floats:
    """Give the sum over j >= 1 of S(s + j) / (1 + rate)^j for s = 0 ... lived.

    Parameters
    ----------
    rate : float
        Discount rate of a month, above 0 where the horizon is unlimited.
    horizon : int
        Months that count; 0 for all to come.

    Returns
    -------
    ndarray
        ``lived + 1`` sums. Unlimited, the last is v S(lived + 1) 2F1(1, delta + lived + 1; gamma + delta + lived + 1; v)
        with v = 1 / (1 + rate) (Fader, Hardie & Shang 2010, equation 14, without the activity), and the others follow
        from it: A(s) = v (S(s + 1) + A(s + 1)).
    """
    v = 1 / (1 + rate)
    if horizon:
        alive = survival(gamma, delta, lived + horizon)
        weights = v ** np.arange(1, horizon + 1)
        return np.array([alive[s + 1 : s + 1 + horizon] @ weights for s in range(lived + 1)])
    alive = survival(gamma, delta, lived + 1)
    sums = np.empty(lived + 1)
    sums[lived] = _last(gamma, delta, v, lived, alive[lived + 1])
    for s in range(lived - 1, -1, -1):
        sums[s] = v * (alive[s + 1] + sums[s + 1])
    return sums


def _last(gamma: float, delta: float, v: float, lived: int, alive: float) -> float:
    return v * alive * _gauss(delta + lived + 1, gamma + delta + lived + 1, v)


def _gauss(a: float, c: float, z: float) -> float:
    """Give 2F1(1, a; c; z) for 0 <= z < 1 and 0 < a < c by Gauss's continued fraction (DLMF 15.7.5).

    scipy's hyp2f1 loses seven digits where gamma, which is c - a, is close to a whole number.
    """
    before, terms = np.nan, 64
    while terms <= _MOST_TERMS:
        n = np.arange(terms, dtype=float)
        odd = (a + n) * (c - 1 + n) / ((c - 1 + 2 * n) * (c + 2 * n))
        even = (n + 1) * (c - a + n) / ((c + 2 * n) * (c + 1 + 2 * n))
        found = 1.0
        for first, second in zip(odd[::-1].tolist(), even[::-1].tolist(), strict=True):
            found = 1 - first * z / (1 - second * z / found)
        if abs(1 / found - before) <= _SAME * abs(before):
            break
        before, terms = 1 / found, 2 * terms
    return 1 / found
