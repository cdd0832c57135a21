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
from scipy.special import digamma, gammaln
from scipy.stats import beta, gamma

from custlib.measure.clv.fit import Fit, Floats, Parameter, maximise, to_own
from custlib.measure.clv.groups import Group
from custlib.measure.rate_mixture import FIFTH, RATES, mixture
from custlib.measure.shares import UNKNOWN, Measured

# Customers in groups with a trusted fit, of all: with fewer nothing is said of all.
COVERED = 0.95
DRAWS = 200


@dataclass(frozen=True)
class Rates:
    """How unequal customers' own rates of activity are.

    Attributes
    ----------
    model : str
        "bgbb" (chances to be active in a month), "bgnbd", "pareto_nbd" (purchase days), "nbd" (purchases); "" where none is trusted.
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
