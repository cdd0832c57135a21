"""Pareto/NBD: the likelihood of purchase patterns, with what repeats in them worked out once.

A customer silent from t_x to T either left before another purchase would have come, or would come again after T:

    L = Gamma(r + x) / Gamma(r) alpha^r beta^s (W(t_x) e(t_x) + W(T) (1 - e(T))),

where W(t) is up to a factor the chance to be alive and silent until t, and e(t) that one who is alive then leaves before the next
purchase (see `pareto_nbd_cells`). It is eq. 18 of Schmittlein, Morrison & Colombo 1987 without a difference of near numbers.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.special import digamma, expit, gammaln

from custlib.measure.clv import days
from custlib.measure.clv.days import Codes, distinct
from custlib.measure.clv.fit import Floats
from custlib.measure.clv.pareto_nbd_cells import Alive, Cells, Leaving, Places

# Rows of so many distinct x, and of about so many rows, are worked out together.
TOGETHER, ROWS = 256, 20_000


@dataclass(frozen=True)
class Block:
    """Rows whose x are near each other, with their cells by t_x and by T."""

    rows: Places
    t_x: Cells
    T: Cells


@dataclass(frozen=True)
class Lives(days.Lives):
    """Patterns, with what the likelihood needs of them."""

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """All rows, in blocks of neighbouring x."""
        order = np.argsort(self.x, kind="stable")
        xs, firsts = np.unique(self.x[order], return_index=True)
        if not len(xs):
            return ()
        cuts, begin = [], 0
        for i in range(1, len(xs)):
            if i - begin >= TOGETHER or firsts[i] - firsts[begin] >= ROWS:
                cuts.append(firsts[i])
                begin = i
        return tuple(
            Block(rows, Cells.of(self.x[rows], self.t_x[rows]), Cells.of(self.x[rows], self.T[rows]))
            for rows in np.split(order, cuts)
        )

    @cached_property
    def by_x(self) -> Codes:
        """The distinct numbers of purchases, and which of them each row has."""
        return distinct(self.x)


@dataclass(frozen=True)
class Parts:
    """The two parts of the likelihood of a block's rows, as logarithms: left before another purchase, and coming again."""

    block: Block
    t_x: Alive
    T: Alive
    left: Floats
    again: Floats

    @classmethod
    def of(cls, values: Floats, block: Block, *, slopes: bool = False) -> "Parts":
        """Work both out."""
        # Both kinds of times have the same x, and share what is worked out for these.
        first, last = min(block.t_x.times[0], block.T.times[0]), max(block.t_x.times[-1], block.T.times[-1])
        leaving = Leaving.of(values, block.T.xs, first, last, slopes=slopes)
        t_x, T = (Alive.at(cells, leaving) for cells in (block.t_x, block.T))
        left = (t_x.log_seen + np.log(t_x.leaves))[block.t_x.of_row]
        return cls(block, t_x, T, left, (T.log_seen + np.log(T.stays))[block.T.of_row])

    @property
    def gone(self) -> Floats:
        """How much of the likelihood of each row is the first part."""
        return np.asarray(expit(self.left - self.again), dtype=float)


def _parts(values: Floats, lives: Lives, *, slopes: bool = False) -> Iterator[Parts]:
    return (Parts.of(values, block, slopes=slopes) for block in lives.blocks)


def total(values: Floats, lives: Lives, customers: Floats | None = None) -> tuple[float, Floats]:
    """Give the log-likelihood of all customers, or of so many of each row, and its gradient.

    Only the sum of two parts needs every row; what it is made of, and its slopes, are of cells by x and time.
    """
    r, alpha, _, _ = values
    counts = lives.customers if customers is None else customers
    which, xs = lives.by_x
    n = np.bincount(which, weights=counts, minlength=len(xs))
    likelihood = float(n @ _purchases(values, xs))
    slope = np.array([n @ (digamma(r + xs) - digamma(r)), -n @ xs / alpha, 0.0, 0.0])
    for parts in _parts(values, lives, slopes=True):
        number = counts[parts.block.rows]
        likelihood += float(number @ np.logaddexp(parts.left, parts.again))
        gone = number * parts.gone
        left, again = parts.block.t_x.sums(gone), parts.block.T.sums(number - gone)
        slope += parts.t_x.gradient(left, left / parts.t_x.leaves)
        slope += parts.T.gradient(again, -again / parts.T.stays)
    return likelihood, slope


def each(values: Floats, lives: Lives) -> Floats:
    """Give the log-likelihood of one customer of each row."""
    found = _purchases(values, lives.x)
    for parts in _parts(values, lives):
        found[parts.block.rows] += np.logaddexp(parts.left, parts.again)
    return found


def slopes(values: Floats, lives: Lives) -> Floats:
    """Give the derivatives of `each` by the parameters: one row per row."""
    r, alpha, _, _ = values
    found = np.zeros((len(lives.x), 4))
    found[:, 0], found[:, 1] = digamma(r + lives.x) - digamma(r), -lives.x / alpha
    for parts in _parts(values, lives, slopes=True):
        block, gone = parts.block, parts.gone
        left = parts.t_x.slopes(1 / parts.t_x.leaves)[:, block.t_x.of_row]
        again = parts.T.slopes(-1 / parts.T.stays)[:, block.T.of_row]
        found[block.rows] += (gone * left + (1 - gone) * again).T
    return found


def alive(values: Floats, lives: Lives) -> Floats:
    """Give the chance that a customer of each row is alive at T: W(T) over the sum of the two parts."""
    found = np.empty(len(lives.x))
    for parts in _parts(values, lives):
        seen = parts.T.log_seen[parts.block.T.of_row]
        found[parts.block.rows] = np.exp(np.minimum(seen - np.logaddexp(parts.left, parts.again), 0.0))
    return found


def silent(values: Floats, lives: Lives, ahead: float) -> Floats:
    """Give the chance that a customer of each row, alive at T, buys nothing in so many weeks after it."""
    found = np.empty(len(lives.x))
    for block in lives.blocks:
        times = block.T.times
        leaving = Leaving.of(values, block.T.xs, times[0], times[-1] + ahead)
        now, later = (Alive.at(replace(block.T, times=each), leaving) for each in (times, times + ahead))
        chance = now.leaves + later.stays * np.exp(later.log_seen - now.log_seen)
        found[block.rows] = chance[block.T.of_row]
    return found


def _purchases(values: Floats, x: Floats) -> Floats:
    """Give ln of Gamma(r + x) / Gamma(r) / alpha^x."""
    r, alpha, _, _ = values
    return np.asarray(gammaln(r + x) - gammaln(r) - x * np.log(alpha), dtype=float)
