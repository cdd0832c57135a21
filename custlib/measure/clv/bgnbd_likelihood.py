"""BG/NBD: the likelihood of purchase patterns, with what repeats in them worked out once.

Equation numbers as in `custlib.measure.clv.bgnbd`.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln, digamma, expit, gammaln

from custlib.measure.clv import days
from custlib.measure.clv.days import Codes, distinct
from custlib.measure.clv.fit import Floats


@dataclass(frozen=True)
class Buyers:
    """Rows with a repeat purchase in order of x, with what their x, t_x and T have in common.

    Attributes
    ----------
    order : ndarray
        The rows.
    x : ndarray
        The distinct x; `firsts` and `rows` are their first rows and their numbers of rows.
    t_x, T : tuple
        Each row's place among the distinct values, and these.
    """

    order: NDArray[np.intp]
    x: Floats
    firsts: NDArray[np.intp]
    rows: NDArray[np.intp]
    t_x: Codes
    T: Codes


@dataclass(frozen=True)
class Counts:
    """How many customers there are by distinct x; by distinct T, and their purchases; by row of `Buyers`; and in all."""

    by_x: Floats
    by_T: Floats
    purchases: Floats
    buyers: Floats
    total: float


@dataclass(frozen=True)
class Lives(days.Lives):
    """Patterns, with what the likelihood needs of them."""

    @cached_property
    def by_x(self) -> Codes:
        """The distinct numbers of purchases, and which of them each row has."""
        return distinct(self.x)

    @cached_property
    def by_T(self) -> Codes:
        """The distinct lengths of observation, and which of them each row has."""
        return distinct(self.T)

    @cached_property
    def buyers(self) -> Buyers:
        """The rows with a repeat purchase: the others cannot have left."""
        rows = np.argsort(self.x, kind="stable")[int((self.x == 0).sum()) :]
        x = self.x[rows]
        firsts = np.flatnonzero(np.diff(x, prepend=-1))
        sizes = np.diff(firsts, append=len(x))
        return Buyers(rows, x[firsts], firsts, sizes, distinct(self.t_x[rows]), distinct(self.T[rows]))

    @cached_property
    def counted(self) -> Counts:
        """The customers there are."""
        return self.count(self.customers)

    def count(self, customers: Floats) -> Counts:
        """Add so many customers of each row up."""
        (x_codes, _), (T_codes, _) = self.by_x, self.by_T
        sums = (_sums(x_codes, customers), _sums(T_codes, customers), _sums(T_codes, customers * self.x))
        return Counts(*sums, customers[self.buyers.order], float(customers.sum()))


def _sums(codes: NDArray[np.intp], weights: Floats) -> Floats:
    return np.asarray(np.bincount(codes, weights=weights), dtype=float)


def total(values: Floats, lives: Lives, customers: Floats | None = None) -> tuple[float, Floats]:
    """Give the log-likelihood of all customers, or of so many of each row, and its gradient (eq. 6, in logarithms).

    ln L = A1 + A2 + ln(e^A3 + e^A4). All but the odds of having left depends on x or T alone, and is summed over
    their distinct values.
    """
    r, alpha, a, b = values
    counts = lives.counted if customers is None else lives.count(customers)
    (_, xs), (_, Ts), n, n_T = lives.by_x, lives.by_T, counts.by_x, counts.by_T
    log_T, stays = np.log(alpha + Ts), n_T * r + counts.purchases
    likelihood = n @ _purchases(values, xs) + counts.total * r * np.log(alpha) - stays @ log_T
    both = digamma(a + b) - digamma(a + b + xs)
    slope = np.array([
        n @ (digamma(r + xs) - digamma(r)) + counts.total * np.log(alpha) - n_T @ log_T,
        counts.total * r / alpha - stays @ (1 / (alpha + Ts)),
        n @ both,
        n @ (both + digamma(b + xs) - digamma(b)),
    ])  # fmt: skip
    if len(counts.buyers):
        odds, by_odds = _left(values, lives.buyers, counts.buyers)
        likelihood, slope = likelihood + odds, slope + by_odds
    return float(likelihood), slope


def _left(values: Floats, buyers: Buyers, customers: Floats) -> tuple[float, Floats]:
    """Give the sum of ln(1 + e^(A4 - A3)), and its gradient.

    The only part that needs every row. Its logarithms and fractions are worked out per distinct x, t_x and T.
    """
    r, alpha, a, b = values
    xs, (t_code, ts), (T_code, Ts) = buyers.x, buyers.t_x, buyers.T
    power = np.repeat(r + xs, buyers.rows)
    ratio = np.log(alpha + Ts)[T_code] - np.log(alpha + ts)[t_code]
    odds = power * ratio + np.repeat(np.log(a) - np.log(b + xs - 1), buyers.rows)
    # Below, nothing is left of a chance; and e^700 is about the largest number there is.
    odds = np.maximum(odds, -700)
    stayed = 1 + np.exp(-odds)
    left = customers / stayed
    by_x = np.add.reduceat(left, buyers.firsts)
    slope = np.array([
        left @ ratio,
        (left * power) @ ((1 / (alpha + Ts))[T_code] - (1 / (alpha + ts))[t_code]),
        by_x.sum() / a,
        -by_x @ (1 / (b + xs - 1)),
    ])  # fmt: skip
    return float(customers @ (odds + np.log(stayed))), slope


def each(values: Floats, lives: Lives) -> Floats:
    """Give the log-likelihood of one customer of each row (eq. 6)."""
    r, alpha, _, _ = values
    alive = _purchases(values, lives.x) + r * np.log(alpha) - (r + lives.x) * np.log(alpha + lives.T)
    return alive + np.logaddexp(0, log_odds_left(values, lives))


def slopes(values: Floats, lives: Lives) -> Floats:
    """Give the derivatives of `each` by the parameters: one row per row."""
    r, alpha, a, b = values
    x, left = lives.x, expit(log_odds_left(values, lives))
    both = digamma(a + b) - digamma(a + b + x)
    since, seen = alpha + lives.t_x, alpha + lives.T
    return np.column_stack([
        digamma(r + x) - digamma(r) + np.log(alpha) - (1 - left) * np.log(seen) - left * np.log(since),
        r / alpha - (r + x) * ((1 - left) / seen + left / since),
        both + left / a,
        both + digamma(b + x) - digamma(b) - left / np.where(x > 0, b + x - 1, 1),
    ])  # fmt: skip


def log_odds_left(values: Floats, lives: Lives) -> Floats:
    """Give the log-odds of having left: A4 - A3 of eq. 6; minus infinity without a repeat purchase."""
    r, alpha, a, b = values
    again = lives.x > 0
    odds = np.log(a / np.where(again, b + lives.x - 1, 1)) + (r + lives.x) * np.log(
        (alpha + lives.T) / (alpha + lives.t_x)
    )
    return np.where(again, odds, -np.inf)


def _purchases(values: Floats, x: Floats) -> Floats:
    """Give A1 + A2 of eq. 6, without r ln(alpha)."""
    r, _, a, b = values
    return gammaln(r + x) - gammaln(r) + betaln(a, b + x) - betaln(a, b)
