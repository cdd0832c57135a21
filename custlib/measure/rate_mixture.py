"""Rates of several groups of customers put together: how unequal all of them are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import brentq
from scipy.special import betaincc, gammaincc

from custlib.measure.clv.fit import Floats

FIFTH = 0.2
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(10)
# Deviations from a group's mean between which its rates are looked at closely.
_DEVIATIONS = np.array([-8, -4, -2, -1, 0, 1, 2, 4, 8])
# Below e^-30 of the mean, and where as little is left of a chance, there is nothing to add.
_FIRST, _FAR, _LONGEST = -30.0, 40.0, 2.0
# Which parameters of a model are those of its customers' rates, and how they are distributed.
RATES = {
    "bgbb": (("alpha", "beta"), "beta"),
    "bgnbd": (("r", "alpha"), "gamma"),
    "pareto_nbd": (("r", "alpha"), "gamma"),
    "nbd": (("r", "mean"), "mean"),
}


@dataclass(frozen=True)
class Mixture:
    """Rates of several groups of customers together: beta or gamma distributions with weights.

    Attributes
    ----------
    weights : ndarray
        Customers of each group.
    above : callable
        Rates -> (group, rate): the part of each group's customers with a higher one.
    held : callable
        The same of each group's rates added up.
    means, spreads : ndarray
        Mean rate of each group, and the standard deviation of its customers' rates.
    bounded : bool
        Whether no rate exceeds 1.
    """

    weights: Floats
    above: Callable[[Any], Floats]
    held: Callable[[Any], Floats]
    means: Floats
    spreads: Floats
    bounded: bool

    @classmethod
    def of_betas(cls, weights: Any, a: Any, b: Any) -> "Mixture":
        """Mix Beta(a, b) rates, one pair per group."""
        a, b = np.asarray(a, float)[:, None], np.asarray(b, float)[:, None]
        spread = np.sqrt(a * b / (a + b + 1)) / (a + b)
        return cls(
            np.asarray(weights, float) / np.sum(weights),
            lambda x: betaincc(a, b, x), lambda x: betaincc(a + 1, b, x), (a / (a + b))[:, 0],
            spread[:, 0], True,
        )  # fmt: skip

    @classmethod
    def of_gammas(cls, weights: Any, shape: Any, rate: Any) -> "Mixture":
        """Mix Gamma rates of a shape and a rate (one over the scale) per group."""
        shape, scale = np.asarray(shape, float)[:, None], 1 / np.asarray(rate, float)[:, None]
        return cls(
            np.asarray(weights, float) / np.sum(weights),
            lambda x: gammaincc(shape, x / scale), lambda x: gammaincc(shape + 1, x / scale),
            (shape * scale)[:, 0], (np.sqrt(shape) * scale)[:, 0], False,
        )  # fmt: skip

    @property
    def mean(self) -> float:
        """Mean rate of all."""
        return float(self.weights @ self.means)

    def _at(self, place: Any) -> Any:
        """Give the rate at a place of an unbounded scale: its log-odds, or its logarithm in units of the mean."""
        return 1 / (1 + np.exp(-place)) if self.bounded else self.mean * np.exp(place)

    def top_share(self, p: float = FIFTH) -> float:
        """Give the part of all rates that the top `p` of customers hold."""
        cut = self._at(brentq(lambda place: self.weights @ self.above(self._at(place))[:, 0] - p, -700, 36))
        return float(self.weights * self.means @ self.held(cut)[:, 0] / self.mean)

    def gini(self) -> float:
        """Give the Gini of all rates: the integral of F (1 - F), over the mean.

        On the unbounded scale, on which both ends die away, by Gauss's rule between places no further apart than its poles allow,
        and as near as the most alike customers of a group are to their mean.
        """
        ends = self._panels()
        half = np.diff(ends)[:, None] / 2
        places = (ends[:-1, None] + half * (1 + _NODES)).ravel()
        rates = self._at(places)
        above = self.weights @ self.above(rates)
        slopes = rates * np.exp(-np.logaddexp(0, places)) if self.bounded else rates
        return float(np.sum(above * (1 - above) * slopes * (half * _WEIGHTS).ravel()) / self.mean)

    def _panels(self) -> Floats:
        """Give the ends of stretches on which one rule is exact."""
        near = np.multiply.outer(self.spreads, _DEVIATIONS) + self.means[:, None]
        last = (
            _FAR
            if self.bounded
            else np.log(np.max(self.means + 10 * self.spreads + 40 * self._scales) / self.mean)
        )
        wide = np.arange(_FIRST + (np.log(self.mean) if self.bounded else 0), last + _LONGEST, _LONGEST)
        inside = near[(near > 0) & (near < (1 if self.bounded else np.inf))]
        ends = np.concatenate([wide, np.log(inside / (1 - inside) if self.bounded else inside / self.mean)])
        return np.unique(ends[(ends >= wide[0]) & (ends <= wide[-1])])

    @property
    def _scales(self) -> Floats:
        """The distance over which a gamma's tail falls by a factor of e."""
        return self.spreads**2 / self.means


def mixture(
    model: str, weights: Sequence[float], values: Sequence[Floats], names: Sequence[Sequence[str]]
) -> Mixture:
    """Mix the rates of fitted groups.

    Parameters
    ----------
    values, names : sequences
        Each group's parameters and what they are called.
    """
    wanted, kind = RATES[model]
    pairs = zip(values, names, strict=True)
    first, second = zip(
        *([own[list(called).index(name)] for name in wanted] for own, called in pairs), strict=True
    )
    if kind == "beta":
        return Mixture.of_betas(weights, first, second)
    rate = np.divide(first, second) if kind == "mean" else second
    return Mixture.of_gammas(weights, first, rate)
