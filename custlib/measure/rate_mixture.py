"""Rates of several groups of customers put together: how unequal all of them are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import brentq
from scipy.special import betaincc, gammaincc

from custlib.measure.clv.fit import Floats

FIFTH = 0.2
# Which parameters of a model are those of its customers' rates, and how they are distributed.
RATES = {
    "bgbb": (("alpha", "beta"), "beta"),
    "bgnbd": (("r", "alpha"), "gamma"),
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
    means : ndarray
        Mean rate of each group.
    bounded : bool
        Whether no rate exceeds 1.
    """

    weights: Floats
    above: Callable[[Any], Floats]
    held: Callable[[Any], Floats]
    means: Floats
    bounded: bool

    @classmethod
    def of_betas(cls, weights: Any, a: Any, b: Any) -> "Mixture":
        """Mix Beta(a, b) rates, one pair per group."""
        a, b = np.asarray(a, float)[:, None], np.asarray(b, float)[:, None]
        return cls(
            np.asarray(weights, float) / np.sum(weights),
            lambda x: betaincc(a, b, x), lambda x: betaincc(a + 1, b, x), (a / (a + b))[:, 0], True,
        )  # fmt: skip

    @classmethod
    def of_gammas(cls, weights: Any, shape: Any, rate: Any) -> "Mixture":
        """Mix Gamma rates of a shape and a rate (one over the scale) per group."""
        shape, scale = np.asarray(shape, float)[:, None], 1 / np.asarray(rate, float)[:, None]
        return cls(
            np.asarray(weights, float) / np.sum(weights),
            lambda x: gammaincc(shape, x / scale), lambda x: gammaincc(shape + 1, x / scale),
            (shape * scale)[:, 0], False,
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
        """Give the Gini of all rates: the integral of F (1 - F), over the mean, on a scale on which both ends die away."""
        places = np.linspace(-60, 60, 1201)
        rates = self._at(places)
        above = self.weights @ self.above(rates)
        steps = rates * np.exp(-np.logaddexp(0, places)) if self.bounded else rates
        return float(np.sum(above * (1 - above) * steps) * (places[1] - places[0]) / self.mean)


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
