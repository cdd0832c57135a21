"""Pareto/NBD: what holds of customers alive at a time, worked out by number of purchases and time.

    W(t) = (alpha + t)^-(r + x) (beta + t)^-s,

and e(t) is the chance that one alive at t leaves before the next purchase: the mean of mu / (lambda + mu) over
lambda ~ Gamma(r + x, alpha + t) and mu ~ Gamma(s, beta + t). With sigma ~ Beta(s, r + x) and rho = (alpha + t) / (beta + t) it is
the mean of rho sigma / (1 - sigma + rho sigma), which is worked out by quadrature over sigma: the closed form with 2F1
overflows at the frequencies of a bank.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from custlib.measure.clv.days import distinct
from custlib.measure.clv.fit import Floats
from custlib.measure.clv.quadrature import Between, Shares

# Chances stay so far from 0 and 1 that their logarithms are finite.
LEAST, MOST = 1e-300, 1 - 2.0**-53

Places = NDArray[np.intp]


@dataclass(frozen=True)
class Cells:
    """Distinct pairs of x and a time, in order of x.

    Attributes
    ----------
    xs, times : ndarray
        The distinct values of both.
    x, time : ndarray
        Each cell's place among them.
    of_row : ndarray
        The cell of each row.
    """

    xs: Floats
    times: Floats
    x: Places
    time: Places
    of_row: Places

    @classmethod
    def of(cls, x: Floats, times: Floats) -> "Cells":
        """Find the cells of rows."""
        (x_code, xs), (code, values) = distinct(x), distinct(times)
        of_row, keys = pd.factorize(x_code * len(values) + code, sort=True)
        first, second = np.divmod(keys, len(values))
        return cls(xs, values, first, second, of_row)

    def sums(self, weights: Floats) -> Floats:
        """Add weights of rows up by cell."""
        return np.asarray(np.bincount(self.of_row, weights, minlength=len(self.x)), dtype=float)

    def by_x(self, weights: Floats, factors: Floats) -> Floats:
        """Multiply weights of cells by factors of their times (time x factor), and add them up by x."""
        begins = np.searchsorted(self.x, np.arange(len(self.xs) + 1))
        table = csr_array((weights, self.time, begins), shape=(len(self.xs), len(self.times)))
        return np.asarray(table @ factors, dtype=float)


@dataclass(frozen=True)
class Leaving:
    """e(t) and its derivatives for several x and any time between two, as smooth functions of ln(rho).

    Worked out at a few points of the range of rho, as multiples of rho / (1 + rho), since e vanishes with rho.

    Attributes
    ----------
    tables : ndarray
        Coefficients of e and, where asked for, of its derivatives by s, by r and by ln(rho): (table, x, coefficient).
    """

    values: Floats
    span: Between
    tables: Floats

    @classmethod
    def of(cls, values: Floats, xs: Floats, first: float, last: float, *, slopes: bool = False) -> "Leaving":
        """Work the tables out for times from the first to the last."""
        r, alpha, s, beta = values
        ends = [(alpha + time) / (beta + time) for time in (first, last)]
        span = Between.of(min(ends), max(ends))
        at = span.points
        found = np.array(_averages(s, r + xs, at, slopes=slopes))
        return cls(values, span, span.coefficients(found * ((1 + at) / at)))

    def basis(self, times: Floats) -> Floats:
        """Give what makes coefficients values at each time: time x coefficient."""
        _, alpha, _, beta = self.values
        rho = (alpha + times) / (beta + times)
        return np.asarray(self.span.basis(rho) * (rho / (1 + rho))[:, None], dtype=float)


@dataclass(frozen=True)
class Alive:
    """What holds of customers alive at a time, by cell.

    Attributes
    ----------
    log_seen : ndarray
        ln of W(t) alpha^(r + x) beta^s.
    leaves : ndarray
        e(t).
    tables, basis : ndarray
        See `Leaving`.
    """

    values: Floats
    cells: Cells
    log_seen: Floats
    leaves: Floats
    tables: Floats
    basis: Floats

    @classmethod
    def at(cls, cells: Cells, leaving: Leaving) -> "Alive":
        """Work both out for every cell."""
        r, alpha, s, beta = leaving.values
        powers, times = r + cells.xs, cells.times
        seen = -powers[cells.x] * np.log1p(times / alpha)[cells.time] - s * np.log1p(times / beta)[cells.time]
        basis = leaving.basis(times)
        e = (leaving.tables[0] @ basis.T)[cells.x, cells.time]
        return cls(leaving.values, cells, seen, np.clip(e, LEAST, MOST), leaving.tables, basis)

    @property
    def stays(self) -> Floats:
        """1 - e(t)."""
        return np.maximum(1 - self.leaves, LEAST)

    def gradient(self, weights: Floats, by_leaves: Floats) -> Floats:
        """Add up slopes by r, alpha, s, beta: of ln W times weights of cells, and of e times others."""
        r, alpha, s, beta = self.values
        cells, times = self.cells, self.cells.times
        plain = np.bincount(cells.time, weights, minlength=len(times))
        power = np.bincount(cells.time, weights * (r + cells.xs)[cells.x], minlength=len(times))
        over = np.stack([np.ones_like(times), alpha + times, beta + times], axis=1)
        each = self.basis[:, None, :] / over[:, :, None]
        sums = cells.by_x(by_leaves, each.reshape(len(times), -1)).reshape(len(cells.xs), 3, -1)
        _, by_s, by_p, by_rho = self.tables
        return np.array([
            -plain @ np.log1p(times / alpha) + np.sum(sums[:, 0] * by_p),
            power @ (times / (alpha * (alpha + times))) + np.sum(sums[:, 1] * by_rho),
            -plain @ np.log1p(times / beta) + np.sum(sums[:, 0] * by_s),
            s * (plain @ (times / (beta * (beta + times)))) - np.sum(sums[:, 2] * by_rho),
        ])  # fmt: skip

    def slopes(self, by_leaves: Floats) -> Floats:
        """Give slopes of ln W plus those of e times a factor, by parameter and cell."""
        r, alpha, s, beta = self.values
        x, place, times = self.cells.x, self.cells.time, self.cells.times
        by_s, by_p, by_rho = (by_leaves * (table @ self.basis.T)[x, place] for table in self.tables[1:])
        return np.array([
            -np.log1p(times / alpha)[place] + by_p,
            (r + self.cells.xs)[x] * (times / (alpha * (alpha + times)))[place] + by_rho / (alpha + times)[place],
            -np.log1p(times / beta)[place] + by_s,
            s * (times / (beta * (beta + times)))[place] - by_rho / (beta + times)[place],
        ])  # fmt: skip


def _averages(s: float, powers: Floats, rho: Floats, *, slopes: bool) -> list[Floats]:
    """Average over sigma; what is averaged is e less the mean of sigma, so that nothing is left of it at either end.

    e = c + (rho - 1) c p / (s + p + 1) E[1 / (1 - sigma + rho sigma)], where p = r + x, c = s / (s + p), and
    sigma ~ Beta(s + 1, p + 1). Sums over nodes are divided by the sum of the weights, and so are their derivatives: these are
    those of the sums themselves.
    """
    shares = Shares.of(s, powers)
    # Of Beta(s + 1, p + 1): the density of Beta(s, p) times what vanishes at both ends.
    weights = shares.weights * (shares.share * shares.rest)
    weights /= weights.sum(axis=1, keepdims=True)
    inverse = 1 / (shares.rest + np.outer(rho, shares.share))
    mean = weights @ inverse.T
    p = powers[:, None]
    centre, whole = s / (s + p), s * p / ((s + p) * (s + p + 1))
    e = centre + (rho - 1) * whole * mean
    if not slopes:
        return [e]
    by_s, by_p = (
        (weights * (log - (weights @ log)[:, None])) @ inverse.T
        for log in (np.log(shares.share), np.log(shares.rest))
    )
    both = 1 / (s + p) + 1 / (s + p + 1)
    by_rho = -weights @ (inverse**2 * shares.share).T
    return [
        e,
        p / (s + p) ** 2 + (rho - 1) * whole * (by_s + (1 / s - both) * mean),
        -s / (s + p) ** 2 + (rho - 1) * whole * (by_p + (1 / p - both) * mean),
        rho * whole * (mean + (rho - 1) * by_rho),
    ]
