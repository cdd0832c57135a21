"""BG/NBD: purchases at random moments until a customer silently leaves, for data with dates.

Equations are those of Fader, Hardie & Lee 2005, "Counting your customers" the easy way (Marketing Science
24:2). While alive a customer buys at rate lambda ~ Gamma(r, alpha); after each purchase it leaves with
probability p ~ Beta(a, b). Time is in weeks, as days / 7: whole weeks move the parameters.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from custlib.measure.clv import days
from custlib.measure.clv.bgnbd_likelihood import Lives, each, log_odds_left, slopes, total
from custlib.measure.clv.days import KEYS, MONTH, at_last_activity, distinct, ends_of, months_seen, newcomer
from custlib.measure.clv.fit import Fit, Floats, Parameter, beta_pair
from custlib.measure.clv.quadrature import Between, Shares

__all__ = ["KEYS", "MONTH", "at_last_activity", "months_seen"]

NAME = "bgnbd"
PARAMETERS = (Parameter("r"), Parameter("alpha"), *beta_pair("a", "b"))

# Where the search begins; alpha in units of the mean T.
STARTS = ((1.0, 1.0, 1.0, 1.0), (0.3, 0.2, 0.8, 2.5), (3.0, 0.5, 0.1, 3.0), (0.5, 0.1, 0.3, 0.3))
TIMES = (False, True, False, False)


def fit(
    patterns: pd.DataFrame, *, starts: Sequence[Sequence[float]] | None = None, hessian: bool = True
) -> Fit:
    """Fit the model by maximum likelihood on counted patterns (eq. 6).

    Parameters
    ----------
    patterns : DataFrame
        One row per distinct pattern: ``x`` repeat purchase days, ``t_x`` weeks from the first purchase to the last,
        ``T`` weeks from the first purchase to the end of the data, ``customers`` with it (a count, or a weight).
    starts : sequence of (r, alpha, a, b), optional
        Where to begin instead of the fixed starts; alpha in weeks.
    hessian : bool
        Whether to work out standard errors.

    Returns
    -------
    Fit
        alpha in weeks. Without repeat buyers, or with nobody leaving (a runs to 0), it is not `trusted`.

    Raises
    ------
    CustlibError
        On an impossible pattern, or without customers.
    """
    return days.search(
        NAME, PARAMETERS, total, Lives.of(patterns), usual=STARTS, starts=starts, times=TIMES, hessian=hessian
    )


def prepared(patterns: pd.DataFrame) -> Lives:
    """Take the patterns' columns once, for functions that are asked of the same patterns many times."""
    return Lives.of(patterns)


def log_likelihood(fit: Fit, patterns: Any) -> Floats:
    """Give the log-likelihood of one customer of each row, in weeks (eq. 6)."""
    return each(fit.values, Lives.of(patterns))


def scores(fit: Fit, patterns: Any) -> Floats:
    """Give the derivatives of `log_likelihood` by the parameters: one row per pattern."""
    return slopes(fit.values, Lives.of(patterns))


def gradient(fit: Fit, patterns: Any, customers: Floats) -> Floats:
    """Give the derivatives of the log-likelihood of so many customers of each pattern: their sum over `scores`."""
    return total(fit.values, Lives.of(patterns), customers)[1]


def p_alive(fit: Fit, patterns: Any) -> Floats:
    """Give the probability that a customer of each row has not left at T.

    1 without a repeat purchase: in this model customers leave at purchases after the first only. It is one over
    the denominator of eq. 10. 0 for the ``closed``, where the patterns tell of any: they are known to have left,
    while to the likelihood they are silent, since this model knows of no recorded departure.
    """
    lives = Lives.of(patterns)
    return np.where(lives.closed, 0.0, expit(-log_odds_left(fit.values, lives)))


def expected(fit: Fit, patterns: Any, months: int, *, steps: Sequence[float] | None = None) -> Floats:
    """Give the purchase days expected in each of the next months (eq. 10): rows x months.

    Parameters
    ----------
    months : int
        How many.
    steps : sequence of float, optional
        Their lengths in weeks, begun again where there are fewer than months; each `MONTH` by default.
    """
    ends = ends_of(months, steps)
    lives = Lives.of(patterns)
    grid = _Grid.of(fit, lives, ends)
    until = np.column_stack(
        [np.zeros(len(lives.x)), *(grid.total(ends[i : i + 1], np.ones(1)) for i in range(months))]
    )
    return p_alive(fit, lives)[:, None] * np.diff(until, axis=1)


def p_any(fit: Fit, patterns: Any, months: int, *, steps: Sequence[float] | None = None) -> Floats:
    """Give the chance of at least one purchase in the next months.

    A customer alive buys whatever happens afterwards, so it is P(alive) times one minus the chance that
    lambda ~ Gamma(r + x, alpha + T) brings nothing in that time.
    """
    r, alpha, _, _ = fit.values
    lives = Lives.of(patterns)
    ahead = ends_of(months, steps)[-1] if months else 0.0
    return p_alive(fit, lives) * -np.expm1(-(r + lives.x) * np.log1p(ahead / (alpha + lives.T)))


def discounted(
    fit: Fit, patterns: Any, rate: float, horizon: int = 0, *, steps: Sequence[float] | None = None
) -> Floats:
    """Give the discounted purchase days expected: those of month j are divided by (1 + rate)^j.

    Parameters
    ----------
    rate : float
        Discount rate of a month.
    horizon : int
        Months that count; 0 for all to come, for which the rate must be above 0: where a is below 1 the sum without
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
    return p_alive(fit, lives) * _Grid.of(fit, lives, ends).total(ends, weights)


def expected_since_start(fit: Fit, months: int, before: int = 0) -> Floats:
    """Give the repeat purchase days expected in months before + 1 ... before + months of a life (eq. 9).

    Of a customer of whom nothing but the first purchase is known.
    """
    return expected(fit, newcomer(), before + months)[0, before:]


def expected_by(fit: Fit, weeks: Floats) -> Floats:
    """Give the repeat purchase days expected of a newcomer within each of so many weeks since the first (eq. 9)."""
    ends = np.unique(weeks[weeks > 0])
    if not len(ends):
        return np.zeros(len(weeks))
    grid = _Grid.of(fit, Lives.of(newcomer()), ends)
    z = ends * grid.known[0]
    found = (grid.between.basis(z) @ grid.coefficients[0]) * z
    return np.where(weeks > 0, found[np.searchsorted(ends, weeks).clip(max=len(ends) - 1)], 0.0)


@dataclass(frozen=True)
class _Grid:
    """Purchases expected of customers alive at T, worked out by distinct x and T.

    In a time ahead they are G = E[(1 - (1 + p z)^-(r+x)) / p] over p ~ Beta(a, b + x), where
    z = time / (alpha + T): eq. 9 with the posterior parameters in place of the prior ones, of which eq. 10 is the
    closed form, 2F1 and all. So for each x it is a function of z alone; G / z is kept as a smooth function of ln z.

    Attributes
    ----------
    known : ndarray
        1 / (alpha + T) of the distinct T.
    x_code, T_code : ndarray
        Each row's place among the distinct x and T.
    coefficients : ndarray
        (distinct x, coefficient).
    """

    known: Floats
    x_code: NDArray[np.intp]
    T_code: NDArray[np.intp]
    between: Between
    coefficients: Floats

    @classmethod
    def of(cls, fit: Fit, lives: Lives, ends: Floats) -> "_Grid":
        """Tabulate for times ahead from the shortest to the longest of `ends`."""
        r, alpha, a, b = fit.values
        x_code, xs = distinct(lives.x)
        T_code, Ts = distinct(lives.T)
        known = 1 / (alpha + Ts)
        if not len(xs) or not len(ends):
            return cls(known, x_code, T_code, Between.of(1, 1), np.zeros((len(xs), 3)))
        between = Between.of(ends.min() * known.min(), ends.max() * known.max())
        z, shares = between.points, Shares.of(a, b + xs)
        slowing, slowest = np.log1p(np.multiply.outer(z, shares.share)), np.log1p(z)
        table = np.array([
            shares.mean(i, -np.expm1(-(r + x) * slowing) / shares.share, (r + x) * z, -np.expm1(-(r + x) * slowest)) / z
            for i, x in enumerate(xs)
        ])  # fmt: skip
        return cls(known, x_code, T_code, between, between.coefficients(table))

    def total(self, ends: Floats, weights: Floats) -> Floats:
        """Give each row's sum over `ends` of the weighted purchases up to them.

        Divided by `known`, the sum is as smooth a function of it as each G / z is of z: it is worked out at a few points
        of the range that the rows' `known` span, where these are fewer than the rows' own.
        """
        if not len(self.known):
            return np.zeros(0)
        span = Between.of(self.known.min(), self.known.max())
        few = span.count < len(self.known)
        at = span.points if few else self.known
        basis = self.between.basis(np.multiply.outer(at, ends))
        sums = self.coefficients @ np.einsum("kec,e->ck", basis, weights * ends)
        if few:
            sums = span.coefficients(sums) @ span.basis(self.known).T
        return (sums * self.known)[self.x_code, self.T_code]
