"""What fitted parameters say of customers: how often they are active, how likely they leave, and how they differ."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import beta, gamma

from custlib.measure.clv.fit import Fit
from custlib.measure.clv.groups import DAILY_MODELS

# Models of days count in weeks; a month has so many on average (the Gregorian year has 365.2425 days).
WEEKS = 365.2425 / 12 / 7


@dataclass(frozen=True)
class Habit:
    """Something that differs from customer to customer: its mean, and the ends of the middle half of customers.

    `alike`: the fit found no difference between customers, and the ends say nothing.
    """

    mean: float
    low: float
    high: float
    alike: bool = False


def activity(fit: Fit) -> Habit | None:
    """Say how active customers are while they are customers.

    Returns
    -------
    Habit or None
        BG/BB: the chance to be active in a month, p ~ Beta(alpha, beta). BG/NBD and Pareto/NBD: purchase days in a month, by
        lambda ~ Gamma(r, alpha) a week. None for contracts, which are open whatever is done.
    """
    if fit.model == "bgbb":
        return _beta(fit, "alpha", "beta")
    if fit.model in DAILY_MODELS:
        shape, scale = fit["r"], WEEKS / fit["alpha"]
        low, high = gamma.ppf([0.25, 0.75], shape, scale=scale)
        return Habit(shape * scale, float(low), float(high))
    return None


def leaving(fit: Fit) -> Habit:
    """Say how likely customers are to leave: in a month, theta ~ Beta(gamma, delta); BG/NBD: after a purchase day.

    Pareto/NBD: in a month, 1 - exp(-mu weeks) with mu ~ Gamma(s, beta) a week.
    """
    if fit.model == "pareto_nbd":
        s, rate = fit["s"], WEEKS / fit["beta"]
        low, high = -np.expm1(-gamma.ppf([0.25, 0.75], s, scale=rate))
        return Habit(float(-np.expm1(-s * np.log1p(rate))), float(low), float(high), "s" in fit.alike)
    return _beta(fit, *(("a", "b") if fit.model == "bgnbd" else ("gamma", "delta")))


def _beta(fit: Fit, *names: str) -> Habit:
    first, second = (fit[name] for name in names)
    low, high = beta.ppf([0.25, 0.75], first, second)
    return Habit(first / (first + second), float(low), float(high), names[0] in fit.alike)
