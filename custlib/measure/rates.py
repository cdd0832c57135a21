"""Concentration that does not depend on the window: of the rates at which customers buy, not of what they happened to.

Counts of a short window are more unequal than the customers are: chance makes some of them heavy buyers and leaves others
without a purchase. What a fitted model says of the rates themselves is free of it. These are rates of everybody ever
acquired, so they are never to be drawn beside the margin of a window's buyers as if they were the same thing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import digamma, gammaln
from scipy.stats import beta, gamma

from custlib.measure.clv.fit import Fit, Floats, Parameter, maximise, to_own
from custlib.measure.clv.groups import Group
from custlib.measure.concentration import UNKNOWN, Measured

FIFTH = 0.2
# Customers in groups with a trusted fit, of all: with fewer nothing is said of all.
COVERED = 0.95
DRAWS = 200
# Which parameters of a model are those of its customers' rates, and how they are distributed.
RATES = {
    "bgbb": (("alpha", "beta"), "beta"),
    "bgnbd": (("r", "alpha"), "gamma"),
    "nbd": (("r", "mean"), "mean"),
}


@dataclass(frozen=True)
class Rates:
    """How unequal customers' own rates of activity are.

    Attributes
    ----------
    model : str
        "bgbb" (chances to be active in a month), "bgnbd", "nbd" (purchase days and purchases); "" where none is trusted.
    customers : int
        Everybody acquired whom it speaks of.
    top_fifth : Measured
        The part of all activity to be expected, while all are customers, from the fifth with the highest rates.
    gini : Measured
        Of the rates.
    """

    model: str = ""
    customers: int = 0
    top_fifth: Measured = UNKNOWN
    gini: Measured = UNKNOWN


def beta_top_share(a: float, b: float, p: float = FIFTH) -> float:
    """Give the part of Beta(a, b) rates that their top `p` hold: 1 - F_{a+1,b}(F^-1_{a,b}(1 - p))."""
    return float(beta.sf(beta.isf(p, a, b), a + 1, b))


def gamma_top_share(r: float, p: float = FIFTH) -> float:
    """Give the part of Gamma(r) rates that their top `p` hold: 1 - F_{r+1}(F_r^-1(1 - p)), whatever their scale."""
    return float(gamma.sf(gamma.isf(p, r), r + 1))


def gamma_gini(r: float) -> float:
    """Give the Gini of Gamma(r) rates, whatever their scale: Gamma(r + 1/2) / (sqrt(pi) Gamma(r + 1))."""
    return float(np.exp(gammaln(r + 0.5) - gammaln(r + 1)) / np.sqrt(np.pi))


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
            lambda x: beta.sf(x, a, b), lambda x: beta.sf(x, a + 1, b), (a / (a + b))[:, 0], True,
        )  # fmt: skip

    @classmethod
    def of_gammas(cls, weights: Any, shape: Any, rate: Any) -> "Mixture":
        """Mix Gamma rates of a shape and a rate (one over the scale) per group."""
        shape, scale = np.asarray(shape, float)[:, None], 1 / np.asarray(rate, float)[:, None]
        return cls(
            np.asarray(weights, float) / np.sum(weights),
            lambda x: gamma.sf(x, shape, scale=scale), lambda x: gamma.sf(x, shape + 1, scale=scale),
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
        places = np.linspace(-60, 60, 4801)
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


def activity_concentration(
    groups: Sequence[Group], drawn: Sequence[Floats] | None = None, *, p: float = FIFTH, draws: int = DRAWS
) -> Rates:
    """Measure how unequal the rates of everybody acquired are, by the fitted purchase model.

    Parameters
    ----------
    groups : sequence of Group
        Of all kinds; only those known by what they do have rates.
    drawn : sequence of ndarray, optional
        Of each trusted group of these, in order, (draw, parameter): see `custlib.measure.clv.resample.draws`. Without it
        parameters are drawn from the normal distribution of the estimates, on the scale on which they were searched.

    Returns
    -------
    Rates
        With 95% intervals from the parameters' draws. Not available where groups with a trusted fit are less than
        `COVERED` of the customers.
    """
    used = [group for group in groups if group.kind == "use" and group.model in RATES]
    fitted = [(group, group.fit) for group in used if group.trusted and group.fit is not None]
    everybody, known = sum(group.customers for group in used), sum(group.customers for group, _ in fitted)
    if not known or known < COVERED * everybody:
        return Rates()
    model, weights = fitted[0][0].model, [group.customers for group, _ in fitted]
    names = [fit.names for _, fit in fitted]
    if drawn is None:
        rng = np.random.default_rng(len(fitted))
        drawn = [_drawn(fit, rng, draws) for _, fit in fitted]
    found = mixture(model, weights, [fit.values for _, fit in fitted], names)
    each = [mixture(model, weights, values, names) for values in zip(*drawn, strict=True)]
    return Rates(
        model,
        known,
        _between(found.top_share(p), [other.top_share(p) for other in each]),
        _between(found.gini(), [other.gini() for other in each]),
    )


def _drawn(fit: Fit, rng: np.random.Generator, count: int) -> Floats:
    """Draw parameters from the normal distribution of the estimates; none where it is not known."""
    if not np.isfinite(fit.covariance).all():
        return np.empty((0, len(fit.values)))
    low, high = np.array([parameter.ends for parameter in fit.parameters]).T
    free = rng.multivariate_normal(fit.free, fit.covariance, size=count, method="eigh")
    return np.array([to_own(fit.parameters, np.clip(each, low, high))[0] for each in free])


def _between(value: float, draws: Sequence[float]) -> Measured:
    if not len(draws):
        return Measured(value)
    low, high = np.percentile(draws, (2.5, 97.5))
    return Measured(value, float(min(low, value)), float(max(high, value)), True)


# The NBD by its mean count per unit of exposure and the shape of the rates; without a limit to the shape all are alike.
PARAMETERS = (Parameter("r", low=1e-4, high=1e4, may_end="high"), Parameter("mean", low=1e-8, high=1e8))
STARTS = ((0.5, 1.0), (5.0, 1.0))


def fit_counts(counts: Any, customers: Any, exposure: Any = 1.0) -> Fit:
    """Fit gamma rates to counts of purchases: the negative binomial distribution, by maximum likelihood.

    Parameters
    ----------
    counts, customers : array-like
        Purchases, and how many customers had so many; those without one are rows like the others.
    exposure : float or array-like
        Time in which they were counted, of all or of each row.

    Returns
    -------
    Fit
        ``r``, the shape of the rates, and ``mean``, purchases per unit of exposure. A shape that runs to its end (``ended``) says that
        customers are all alike.

    References
    ----------
    A. S. C. Ehrenberg, The pattern of consumer purchases, Applied Statistics 8 (1959) 26-41.
    """
    k, weights = np.asarray(counts, float), np.asarray(customers, float)
    time = np.broadcast_to(np.asarray(exposure, float), k.shape)
    size = weights.sum()
    level = float(weights @ k / (weights @ time)) if size else 1.0

    def objective(values: Floats) -> tuple[float, Floats]:
        r, mean = values
        both = r + mean * time
        # What is small beside r is not taken from it: of nearly equal customers the shape is very large.
        chances = gammaln(r + k) - gammaln(r) - gammaln(k + 1)
        log = chances - r * np.log1p(mean * time / r) + k * np.log(mean * time / both)
        by_r = digamma(r + k) - digamma(r) - np.log1p(mean * time / r) + (mean * time - k) / both
        by_mean = k / mean - (r + k) * time / both
        return float(weights @ log), np.array([weights @ by_r, weights @ by_mean])

    begin = max(level, 1e-7)
    return maximise(
        "nbd", PARAMETERS, objective,
        starts=[(r, begin * factor) for r, factor in STARTS], customers=round(size),
    )  # fmt: skip


def counted(fit: Fit, *, p: float = FIFTH) -> Rates:
    """Give the concentration of rates that counts tell of; both fall as the shape grows, so its interval is theirs."""
    if not fit.trusted:
        return Rates()
    (low, high), shape = fit.intervals()[0], fit["r"]
    known = bool(np.isfinite([low, high]).all()) and low < high

    def measure(of: Callable[[float], float]) -> Measured:
        return Measured(of(shape), of(high), of(low), True) if known else Measured(of(shape))

    return Rates("nbd", fit.customers, measure(lambda r: gamma_top_share(r, p)), measure(gamma_gini))


def observed(counts: Any, customers: Any, *, p: float = FIFTH) -> tuple[float, float]:
    """Give the part of purchases that the top `p` of the buyers made, and the Gini over buyers; NaN without any.

    Buyers are those with a purchase: what a company sees of a window, and what the window's length decides.
    """
    frame = pd.DataFrame({"count": np.asarray(counts, float), "customers": np.asarray(customers, float)})
    frame = frame[(frame["count"] > 0) & (frame.customers > 0)].sort_values("count", ascending=False)
    if not len(frame):
        return np.nan, np.nan
    people = np.append(0.0, frame.customers.cumsum())
    held = np.append(0.0, (frame["count"] * frame.customers).cumsum())
    people, held = people / people[-1], held / held[-1]
    area = float(np.sum(np.diff(people) * (held[1:] + held[:-1]))) - 1
    return float(np.interp(p, people, held)), area
