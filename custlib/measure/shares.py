"""Shares that a ranking's sums tell of, each with its interval, and whether that may be believed."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import ceil, inf, sqrt
from typing import Any

import numpy as np

from custlib.measure.clv.fit import REACH

TOP = (0.01, 0.05, 0.1, 0.2, 0.5)
HOLDING = (0.5, 0.8)
# Below this Hill index the variance of margins has no end, and no interval here holds what it promises.
HEAVY = 2.0
# Fewer customers in the tail say nothing of it.
TAIL_LEAST = 10
# Where the squares of margins are those of fewer equal customers (sum^2 / sum of squares), one or two decide everything: a whale in
# a pond of equals leaves no trace in a Hill index.
FEWEST = 30
# A top 1% of fewer customers than this has an interval that is too short.
MANY = 50_000


@dataclass(frozen=True)
class Measured:
    """A share or a coefficient with its 95% interval.

    Attributes
    ----------
    value, low, high : float or None
        None: not available or not meaningful.
    reliable : bool
        False where the interval is known to hold the truth less often than it says.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    reliable: bool = False


UNKNOWN = Measured(None)


@dataclass(frozen=True)
class Ranking:
    """The engine's sums of one ranking, with the digits that differences of squares need."""

    n: int
    total: Decimal
    squares: Decimal
    marks: dict[int, tuple[Decimal, Decimal, Decimal]]
    hill: float | None
    negative: int

    def error(self, part: Decimal, held: Decimal, rank: int) -> float:
        """Give the standard error of the share `held` by a `part` of the customers, who end at a rank.

        With the margin xi at that rank, u = (v - xi) 1{v >= xi} + part xi - held v has mean zero; the error is the
        root of the sum of u^2, over the total.
        """
        cut, up_to, squares = self.marks[rank]
        above = up_to - rank * cut
        above_squares = squares - 2 * cut * up_to + rank * cut * cut
        level = part * cut
        spread = above_squares + self.n * level**2 + held**2 * self.squares
        spread += 2 * (level * above - held * (squares - cut * up_to) - held * level * self.total)
        return sqrt(max(float(spread), 0.0)) / float(self.total)

    @property
    def light(self) -> bool:
        """Whether the tail of margins is light enough, and carried by enough customers, for any interval."""
        heavy = self.hill is None or self.hill < HEAVY
        return not heavy and self.total**2 >= FEWEST * self.squares

    def reliable(self, part: float) -> bool:
        """Say whether an interval of the top `part` of customers may be believed."""
        return self.light and (part > TOP[0] or self.n >= MANY)

    def top(self, part: float) -> Measured:
        """Measure what the top `part` of customers hold."""
        precise = Decimal(str(part))
        rank = ceil(precise * self.n)
        cut, up_to, _ = self.marks[rank]
        held = (up_to - (rank - precise * self.n) * cut) / self.total
        reach = REACH * self.error(precise, held, rank)
        value = float(held)
        # The top hold their own part at least, and the whole at most unless others lose.
        high = inf if self.negative else 1.0
        return Measured(value, max(value - reach, part), min(value + reach, high), self.reliable(part))

    def holding(self, held: float) -> Measured:
        """Measure the smallest part of customers who hold a share of the total."""
        precise = Decimal(str(held))
        rank = min(rank for rank, (_, up_to, _) in self.marks.items() if up_to >= precise * self.total)
        cut, up_to, _ = self.marks[rank]
        part = (rank - (up_to - precise * self.total) / cut) / self.n
        reach = REACH * self.error(part, precise, rank) / float(cut * self.n / self.total)
        value = float(part)
        return Measured(value, max(value - reach, 0.0), min(value + reach, 1.0), self.reliable(value))


def hill(totals: Mapping[str, Any]) -> float | None:
    """Estimate the index of the tail: chances of more than v fall like v to the power of minus it.

    From the k most profitable of P above zero, with k the largest number whose cube is at most P^2. Where a tail is a power with
    a first-order correction of its own size, as of most models of incomes, that order balances bias and scatter (P. Hall,
    On some simple estimates of an exponent of regular variation, JRSS B 44 (1982) 37-42).

    References
    ----------
    B. M. Hill, A simple general approach to inference about the tail of a distribution, Annals of Statistics 3
    (1975) 1163-1174.
    """
    tail, after = int(totals["hill_customers"]), totals["hill_at"]
    if tail < TAIL_LEAST or after is None or after != after:
        return None
    above = float(totals["hill_logs"]) / tail - float(np.log(float(after)))
    # The engine keeps twelve places of a logarithm.
    return 1 / above if above > 1e-11 else inf


def exact(value: Any) -> Decimal:
    """Give a sum as a decimal; the sum of nobody is nothing."""
    if value is None or value != value:
        return Decimal(0)
    return value if isinstance(value, Decimal) else Decimal(str(value))
