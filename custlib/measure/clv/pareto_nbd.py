"""Pareto/NBD: purchases at random moments until a customer silently leaves at a random moment, for data with dates.

The model is that of Schmittlein, Morrison & Colombo 1987, "Counting your customers: who are they and what will they do next?"
(Management Science 33:1); equation numbers are those of Fader & Hardie 2005, "A note on deriving the Pareto/NBD model". While
alive a customer buys at rate lambda ~ Gamma(r, alpha), and leaves at rate mu ~ Gamma(s, beta) whether it buys or not: unlike
under BG/NBD one who never came again may have left. Time is in weeks, as days / 7: whole weeks move the parameters.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import exprel

from custlib.measure.clv import days
from custlib.measure.clv.days import KEYS, MONTH, at_last_activity, distinct, ends_of, months_seen, newcomer
from custlib.measure.clv.fit import Fit, Floats, Parameter, gamma_pair
from custlib.measure.clv.pareto_nbd_likelihood import Lives, alive, each, silent, slopes, total

__all__ = ["KEYS", "MONTH", "at_last_activity", "months_seen"]

NAME = "pareto_nbd"
PARAMETERS = (Parameter("r"), Parameter("alpha"), *gamma_pair("s", "beta"))
# Where the search begins; alpha and beta in units of the mean T.
STARTS = ((1.0, 1.0, 1.0, 1.0), (0.5, 0.3, 0.5, 0.4), (3.0, 0.5, 1.0, 10.0), (0.5, 0.1, 0.2, 0.1))
TIMES = (False, True, False, True)


def fit(
    patterns: pd.DataFrame, *, starts: Sequence[Sequence[float]] | None = None, hessian: bool = True
) -> Fit:
    """Fit the model by maximum likelihood on counted patterns.

    Parameters
    ----------
    patterns : DataFrame
        One row per distinct pattern: ``x`` repeat purchase days, ``t_x`` weeks from the first purchase to the last,
        ``T`` weeks from the first purchase to the end of the data, ``customers`` with it (a count, or a weight).
    starts : sequence of (r, alpha, s, beta), optional
        Where to begin instead of the fixed starts; alpha and beta in weeks.
    hessian : bool
        Whether to work out standard errors.

    Returns
    -------
    Fit
        alpha and beta in weeks. Without repeat buyers, or with nobody leaving (s / beta runs to 0), it is not `trusted`.

    Raises
    ------
    CustlibError
        On an impossible pattern, or without customers.
    """
    lives = Lives.of(patterns)
    found = days.search(
        NAME, PARAMETERS, total, lives, usual=STARTS, starts=starts, times=TIMES, hessian=hessian
    )
    # Where not one departure is to be expected in all the time that customers were seen for, nobody has been seen to leave.
    departures = found["s"] / found["beta"] * float(lives.customers @ lives.T)
    known = departures >= 1 or "s" in found.at_bound
    return found if known else replace(found, at_bound=(*found.at_bound, "s"))


def prepared(patterns: pd.DataFrame) -> Lives:
    """Take the patterns' columns once, for functions that are asked of the same patterns many times."""
    return Lives.of(patterns)


def log_likelihood(fit: Fit, patterns: Any) -> Floats:
    """Give the log-likelihood of one customer of each row, in weeks (see `pareto_nbd_likelihood`)."""
    return each(fit.values, Lives.of(patterns))


def scores(fit: Fit, patterns: Any) -> Floats:
    """Give the derivatives of `log_likelihood` by the parameters: one row per pattern."""
    return slopes(fit.values, Lives.of(patterns))


def gradient(fit: Fit, patterns: Any, customers: Floats) -> Floats:
    """Give the derivatives of the log-likelihood of so many customers of each pattern: their sum over `scores`."""
    return total(fit.values, Lives.of(patterns), customers)[1]


def p_alive(fit: Fit, patterns: Any) -> Floats:
    """Give the probability that a customer of each row has not left at T; 0 for the ``closed``.

    These are known to have left, while to the likelihood they are silent, since this model knows of no recorded departure.
    """
    lives = Lives.of(patterns)
    return np.where(lives.closed, 0.0, alive(fit.values, lives))


def expected(fit: Fit, patterns: Any, months: int, *, steps: Sequence[float] | None = None) -> Floats:
    """Give the purchase days expected in each of the next months: rows x months.

    Parameters
    ----------
    months : int
        How many.
    steps : sequence of float, optional
        Their lengths in weeks, begun again where there are fewer than months; each `MONTH` by default.
    """
    lives = Lives.of(patterns)
    codes, Ts = distinct(lives.T)
    until = np.column_stack([np.zeros(len(Ts)), _lasting(fit, Ts, ends_of(months, steps))])
    return (_rate(fit, lives) * p_alive(fit, lives))[:, None] * np.diff(until, axis=1)[codes]


def p_any(fit: Fit, patterns: Any, months: int, *, steps: Sequence[float] | None = None) -> Floats:
    """Give the chance of at least one purchase in the next months: alive, and neither silent nor gone before the first."""
    lives = Lives.of(patterns)
    ahead = float(ends_of(months, steps)[-1]) if months else 0.0
    return p_alive(fit, lives) * np.maximum(1 - silent(fit.values, lives, ahead), 0.0)


def discounted(
    fit: Fit, patterns: Any, rate: float, horizon: int = 0, *, steps: Sequence[float] | None = None
) -> Floats:
    """Give the discounted purchase days expected: those of month j are divided by (1 + rate)^j.

    Parameters
    ----------
    rate : float
        Discount rate of a month.
    horizon : int
        Months that count; 0 for all to come, for which the rate must be above 0: where s is 1 or below the sum without
        discounting has no end.
    steps : sequence of float, optional
        Lengths of the months ahead in weeks, begun again after the last: a year of twelve on a seasonal clock.

    Raises
    ------
    CustlibError
        Without a horizon and without a rate.
    """
    ends, weights = days.discounting(NAME, rate, horizon, steps)
    lives = Lives.of(patterns)
    codes, Ts = distinct(lives.T)
    return p_alive(fit, lives) * _rate(fit, lives) * (_lasting(fit, Ts, ends) @ weights)[codes]


def expected_since_start(fit: Fit, months: int, before: int = 0) -> Floats:
    """Give the repeat purchase days expected in months before + 1 ... before + months of a life (eq. 17).

    Of a customer of whom nothing but the first purchase is known.
    """
    return expected(fit, newcomer(), before + months)[0, before:]


def expected_by(fit: Fit, weeks: Floats) -> Floats:
    """Give the repeat purchase days expected of a newcomer within each of so many weeks since the first (eq. 17)."""
    ends = np.maximum(weeks, 0.0)
    return fit["r"] / fit["alpha"] * _lasting(fit, np.zeros(1), ends)[0]


def _rate(fit: Fit, lives: Lives) -> Floats:
    """Give the purchase days a week expected of a customer of each row while it is one: lambda ~ Gamma(r + x, alpha + T)."""
    return (fit["r"] + lives.x) / (fit["alpha"] + lives.T)


def _lasting(fit: Fit, Ts: Floats, ends: Floats) -> Floats:
    """Give the weeks that one alive at T is expected to remain a customer within each time ahead: T x end (eq. 41).

    The integral of (B / (B + w))^s over the time w ahead, where B = beta + T: B (1 - (B / (B + w))^(s - 1)) / (s - 1),
    written so that s = 1 is a number like any other.
    """
    since = fit["beta"] + Ts[:, None]
    log = np.log1p(ends / since)
    return np.asarray(since * log * exprel((1 - fit["s"]) * log), dtype=float)
