"""Pareto/NBD: the likelihood of purchase patterns, with what repeats in them worked out once.

A customer silent from t_x to T either left before another purchase would have come, or would come again after T:

    L = Gamma(r + x) / Gamma(r) alpha^r beta^s (W(t_x) e(t_x) + W(T) (1 - e(T))),
    W(t) = (alpha + t)^-(r + x) (beta + t)^-s,

where e(t) is the chance that one who is alive at t leaves before the next purchase: the mean of mu / (lambda + mu) over
lambda ~ Gamma(r + x, alpha + t) and mu ~ Gamma(s, beta + t). It is eq. 18 of Schmittlein, Morrison & Colombo 1987 without a
difference of near numbers. With sigma ~ Beta(s, r + x) and rho = (alpha + t) / (beta + t) it is the mean of
rho sigma / (1 - sigma + rho sigma), which is worked out by quadrature over sigma: the closed form with 2F1 overflows at the
frequencies of a bank.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma, expit, gammaln

from custlib.measure.clv import days
from custlib.measure.clv.days import Codes, distinct
from custlib.measure.clv.fit import Floats
from custlib.measure.clv.quadrature import Between, Shares

# So many distinct x are worked out together.
TOGETHER = 64
# Chances stay so far from 0 and 1 that their logarithms are finite.
LEAST, MOST = 1e-300, 1 - 2.0**-53


@dataclass(frozen=True)
class Block:
    """Rows whose x are near each other: these, their t_x and T, and each row's cells in tables by x and time.

    Attributes
    ----------
    rows : ndarray
        Their places among all rows.
    x : Codes
        Each row's place among the distinct x, and these; `t_x` and `T` likewise.
    """

    rows: NDArray[np.intp]
    x: Codes
    t_x: Codes
    T: Codes

    @cached_property
    def left_cells(self) -> NDArray[np.intp]:
        """Each row's cell in a table by x and t_x."""
        return self.x[0] * len(self.t_x[1]) + self.t_x[0]

    @cached_property
    def alive_cells(self) -> NDArray[np.intp]:
        """Each row's cell in a table by x and T."""
        return self.x[0] * len(self.T[1]) + self.T[0]


@dataclass(frozen=True)
class Lives(days.Lives):
    """Patterns, with what the likelihood needs of them."""

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """All rows, in blocks of neighbouring x."""
        codes, xs = distinct(self.x)
        order = np.argsort(codes, kind="stable")
        cuts = np.searchsorted(codes[order], np.arange(0, len(xs), TOGETHER)[1:])
        parts = np.split(order, cuts) if len(order) else []
        return tuple(
            Block(rows, distinct(self.x[rows]), distinct(self.t_x[rows]), distinct(self.T[rows]))
            for rows in parts
        )

    @cached_property
    def by_x(self) -> tuple[Floats, Floats]:
        """The distinct numbers of purchases and their customers."""
        codes, values = distinct(self.x)
        return values, np.asarray(np.bincount(codes, weights=self.customers), dtype=float)


@dataclass(frozen=True)
class Cells:
    """What holds of customers alive at a time, by x and time.

    Attributes
    ----------
    log_seen : ndarray
        ln of W(t) alpha^(r + x) beta^s.
    leaves_first : ndarray
        e(t).
    seen_slopes, leaves_slopes : ndarray
        Derivatives of both by r, alpha, s, beta: (parameter, x, time); empty unless asked for.
    """

    log_seen: Floats
    leaves_first: Floats
    seen_slopes: Floats
    leaves_slopes: Floats

    @classmethod
    def of(cls, values: Floats, xs: Floats, times: Floats, *, slopes: bool = False) -> "Cells":
        """Work both out for every x at every time."""
        r, alpha, s, beta = values
        power, bought, lived = (r + xs)[:, None], np.log1p(times / alpha), np.log1p(times / beta)
        seen = -power * bought - s * lived
        e, by_s, by_p, by_rho = _leaves_first(s, r + xs, (alpha + times) / (beta + times), slopes=slopes)
        if not slopes:
            nothing = np.zeros((0, *seen.shape))
            return cls(seen, e, nothing, nothing)
        same = np.ones_like(power)
        seen_slopes = np.array([
            -same * bought, power * (times / (alpha * (alpha + times))),
            -same * lived, same * (s * times / (beta * (beta + times))),
        ])  # fmt: skip
        # by_rho is of the logarithm of rho.
        leaves = np.array([by_p, by_rho / (alpha + times), by_s, -by_rho / (beta + times)])
        return cls(seen, e, seen_slopes, leaves)

    @property
    def left(self) -> tuple[Floats, Floats]:
        """The logarithm of W e, and its derivatives."""
        return self.log_seen + np.log(
            self.leaves_first
        ), self.seen_slopes + self.leaves_slopes / self.leaves_first

    @property
    def stayed(self) -> tuple[Floats, Floats]:
        """The logarithm of W (1 - e), and its derivatives."""
        stays = np.maximum(1 - self.leaves_first, LEAST)
        return self.log_seen + np.log(stays), self.seen_slopes - self.leaves_slopes / stays


def _leaves_first(
    s: float, powers: Floats, rho: Floats, *, slopes: bool
) -> tuple[Floats, Floats, Floats, Floats]:
    """Give e by power r + x and rho, and its derivatives by s, by the power and by ln(rho).

    It is a smooth function of ln(rho), worked out at a few points of the range where these are fewer than the times; as a
    multiple of rho / (1 + rho), since it vanishes with rho.
    """
    span = Between.of(rho.min(), rho.max())
    few = span.count < len(rho)
    at = span.points if few else rho
    tables = np.array(_averages(s, powers, at, slopes=slopes))
    if few:
        tables = span.coefficients(tables * ((1 + at) / at)) @ span.basis(rho).T * (rho / (1 + rho))
    e = np.clip(tables[0], LEAST, MOST)
    return (e, tables[1], tables[2], tables[3]) if slopes else (e, e, e, e)


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


def _parts(
    values: Floats, block: Block, *, slopes: bool
) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
    """Give the two parts of the likelihood of a block: left before another purchase, by t_x; coming again, by T."""
    _, xs = block.x
    left = Cells.of(values, xs, block.t_x[1], slopes=slopes).left
    return left, Cells.of(values, xs, block.T[1], slopes=slopes).stayed


def total(values: Floats, lives: Lives) -> tuple[float, Floats]:
    """Give the log-likelihood of all customers and its gradient.

    Only the sum of two parts needs every row; what it is made of, and its slopes, are of cells by x and time.
    """
    r, alpha, _, _ = values
    xs, n = lives.by_x
    likelihood = float(n @ _purchases(values, xs))
    slope = np.array([n @ (digamma(r + xs) - digamma(r)), -n @ xs / alpha, 0.0, 0.0])
    for block in lives.blocks:
        (left, by_left), (stays, by_stays) = _parts(values, block, slopes=True)
        one, other = left.ravel()[block.left_cells], stays.ravel()[block.alive_cells]
        customers = lives.customers[block.rows]
        likelihood += float(customers @ np.logaddexp(one, other))
        gone = customers * expit(one - other)
        for cells, weight, by in (
            (block.left_cells, gone, by_left), (block.alive_cells, customers - gone, by_stays)
        ):  # fmt: skip
            slope += by.reshape(4, -1) @ np.bincount(cells, weight, minlength=by[0].size)
    return likelihood, slope


def each(values: Floats, lives: Lives) -> Floats:
    """Give the log-likelihood of one customer of each row."""
    found = _purchases(values, lives.x)
    for block, left, stays in _rows(values, lives):
        found[block.rows] += np.logaddexp(left, stays)
    return found


def slopes(values: Floats, lives: Lives) -> Floats:
    """Give the derivatives of `each` by the parameters: one row per row."""
    r, alpha, _, _ = values
    found = np.zeros((len(lives.x), 4))
    found[:, 0], found[:, 1] = digamma(r + lives.x) - digamma(r), -lives.x / alpha
    for block in lives.blocks:
        (left, by_left), (stays, by_stays) = _parts(values, block, slopes=True)
        gone = expit(left.ravel()[block.left_cells] - stays.ravel()[block.alive_cells])
        one, other = (
            by_left.reshape(4, -1)[:, block.left_cells],
            by_stays.reshape(4, -1)[:, block.alive_cells],
        )
        found[block.rows] += (gone * one + (1 - gone) * other).T
    return found


def alive(values: Floats, lives: Lives) -> Floats:
    """Give the chance that a customer of each row is alive at T: W(T) over the sum of the two parts."""
    found = np.empty(len(lives.x))
    r, alpha, s, beta = values
    for block, left, stays in _rows(values, lives):
        x, T = lives.x[block.rows], lives.T[block.rows]
        seen = -(r + x) * np.log1p(T / alpha) - s * np.log1p(T / beta)
        found[block.rows] = np.exp(np.minimum(seen - np.logaddexp(left, stays), 0.0))
    return found


def silent(values: Floats, lives: Lives, ahead: float) -> Floats:
    """Give the chance that a customer of each row, alive at T, buys nothing in so many weeks after it."""
    found = np.empty(len(lives.x))
    for block in lives.blocks:
        now = Cells.of(values, block.x[1], block.T[1])
        later = Cells.of(values, block.x[1], block.T[1] + ahead)
        chance = now.leaves_first + np.exp(later.stayed[0] - now.log_seen)
        found[block.rows] = chance.ravel()[block.alive_cells]
    return found


def _rows(values: Floats, lives: Lives) -> Iterator[tuple[Block, Floats, Floats]]:
    """Give each block's two parts of the likelihood, by row."""
    for block in lives.blocks:
        (left, _), (stays, _) = _parts(values, block, slopes=False)
        yield block, left.ravel()[block.left_cells], stays.ravel()[block.alive_cells]


def _purchases(values: Floats, x: Floats) -> Floats:
    """Give ln of Gamma(r + x) / Gamma(r) / alpha^x."""
    r, alpha, _, _ = values
    return np.asarray(gammaln(r + x) - gammaln(r) - x * np.log(alpha), dtype=float)
