"""Expectations over a share drawn from beta distributions, exact to some ten digits wherever the parameters lie.

Closed forms with the hypergeometric function overflow at a bank's frequencies and lose their digits near a = 1.
The trapezoidal rule on the log-odds of the share has neither trouble: what is integrated there is analytic in a
strip around the real line and falls off exponentially on both sides, so the rule's error falls as
exp(-c / step) (Trefethen & Weideman 2014, SIAM Review 56:3).
"""

from dataclasses import dataclass

import numpy as np
from numpy.polynomial.chebyshev import chebvander
from numpy.typing import NDArray
from scipy.special import betaln, polygamma

Floats = NDArray[np.float64]

# The widest step: exp(-pi^2 / STEP) is below 1e-16. Narrow distributions need shorter ones.
STEP = 0.25
PER_DEVIATION = 0.6
# Tails are followed until they weigh exp(-TAIL) of the middle.
TAIL = 34.0
DEVIATIONS = 7.0
# What interpolation may be wrong by, as a share of the largest value.
FINE = 1e-14


@dataclass(frozen=True)
class Shares:
    """Where, and with what weights, to evaluate functions of a share p ~ Beta(a, b), for one a and several b.

    Attributes
    ----------
    share, rest : ndarray
        p and 1 - p at the nodes, both with all their digits.
    weights : ndarray
        (b, node): density times step. For functions that vanish at both ends; see `mean`.
    centres : ndarray
        a / (a + b).
    """

    share: Floats
    rest: Floats
    weights: Floats
    centres: Floats

    @classmethod
    def of(cls, a: float, b: Floats) -> "Shares":
        """Space nodes evenly in log-odds, from where the leftmost distribution begins to where the last one ends."""
        deviation = np.sqrt(polygamma(1, a + 1) + polygamma(1, b + 1))
        middle = np.log((a + 1) / (b + 1))
        low = (middle - TAIL / (a + 1) - DEVIATIONS * deviation).min()
        high = (middle + TAIL / (b + 1) + DEVIATIONS * deviation).max()
        step = min(STEP, PER_DEVIATION * float(deviation.min()))
        odds = np.arange(low, high + step, step)
        log_share, log_rest = -np.logaddexp(0, -odds), -np.logaddexp(0, odds)
        weights = step * np.exp(a * log_share + np.outer(b, log_rest) - betaln(a, b)[:, None])
        return cls(np.exp(log_share), np.exp(log_rest), weights, a / (a + b))

    def mean(self, which: int, values: Floats, at_zero: Floats, at_one: Floats) -> Floats:
        """Give the expectation of a function under one of the distributions.

        The straight line between its ends is taken out, since its expectation is known: what remains falls
        off as p^(a+1) and (1-p)^(b+1), so that a or b near zero do not need thousands of nodes.

        Parameters
        ----------
        values : ndarray
            Of the function at the nodes, along the last axis.
        at_zero, at_one : ndarray
            Its limits at p = 0 and p = 1, without that axis.
        """
        weight, centre = self.weights[which], self.centres[which]
        line = at_zero * (weight @ self.rest) + at_one * (weight @ self.share)
        return at_zero * (1 - centre) + at_one * centre + (values @ weight - line)


@dataclass(frozen=True)
class Between:
    """Smooth functions of a positive number, known at a few points and so everywhere between.

    Chebyshev points in the logarithm of the number. For functions that are analytic and bounded while the
    number's argument is below pi / 2, the error falls as rho^-count, where rho belongs to the largest ellipse
    around the range that fits in.
    """

    middle: float
    half: float
    count: int

    @classmethod
    def of(cls, low: float, high: float) -> "Between":
        """Choose the points for numbers from `low` to `high`."""
        middle, half = (np.log(low) + np.log(high)) / 2, max((np.log(high) - np.log(low)) / 2, 1e-3)
        count = int(np.ceil(-np.log(FINE) / np.arcsinh(np.pi / 2 / half))) + 2
        return cls(float(middle), float(half), count)

    @property
    def _angles(self) -> Floats:
        return (np.arange(self.count) + 0.5) * np.pi / self.count

    @property
    def points(self) -> Floats:
        """The points at which to evaluate."""
        return np.asarray(np.exp(self.middle + self.half * np.cos(self._angles)), dtype=float)

    def coefficients(self, values: Floats) -> Floats:
        """Turn values at the points, along the last axis, into what `basis` is multiplied by."""
        own = np.cos(np.outer(self._angles, np.arange(self.count))) * (2 / self.count)
        own[:, 0] /= 2
        return values @ own

    def basis(self, numbers: Floats) -> Floats:
        """Give the functions by which a value at each number is made of coefficients: numbers x count."""
        place = np.clip((np.log(numbers) - self.middle) / self.half, -1, 1)
        return np.asarray(chebvander(place, self.count - 1), dtype=float)


def condensed(times: Floats, weights: Floats, plain: int = 48) -> tuple[Floats, Floats]:
    """Give a few times whose weighted sum is that of many, for functions as in `Between`.

    The first `plain` times stay; the others are taken together in blocks in which the time doubles.

    Parameters
    ----------
    times : ndarray
        Increasing and positive.
    """
    nodes, sums = [times[:plain]], [weights[:plain]]
    begin = plain
    while begin < len(times):
        end = max(int(np.searchsorted(times, 2 * times[begin], side="right")), begin + 1)
        block = Between.of(times[begin], times[end - 1])
        nodes.append(block.points)
        sums.append(
            block.coefficients(np.eye(block.count)) @ (weights[begin:end] @ block.basis(times[begin:end]))
        )
        begin = end
    return np.concatenate(nodes), np.concatenate(sums)
