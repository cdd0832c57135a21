"""What models whose clock runs by days share: patterns x, t_x and T in weeks, the months ahead, and the search.

Time is counted in weeks, as days / 7: whole weeks move the parameters.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from custlib.errors import CustlibError
from custlib.measure.clv.fit import Fit, Floats, Parameter, maximise
from custlib.measure.clv.quadrature import condensed

# What makes two lives the same pattern to the likelihood; and to everything else.
SEEN = ["x", "t_x", "T"]
KEYS = [*SEEN, "closed"]
# A month of average length, in weeks.
MONTH = 365.25 / 12 / 7
# What is discounted by more than exp(-FAR) no longer counts.
FAR = 40.0
# With more rows than this the starts of a search compete on a part of them, and only the winner sees all.
MANY = 5_000

# Each row's place among distinct values, and these.
Codes = tuple[NDArray[np.intp], Floats]


def distinct(values: Floats) -> Codes:
    """Give each value's place among the distinct ones, and these in order."""
    codes, found = pd.factorize(values, sort=True)
    return codes, np.asarray(found, dtype=float)


@dataclass(frozen=True)
class Lives:
    """Patterns in one unit of time: x repeat purchase days, the last at t_x, seen until T, of so many customers.

    `closed` are known to have left; to a likelihood they are silent, since no model of days knows of recorded departures.
    """

    x: Floats
    t_x: Floats
    T: Floats
    customers: Floats
    closed: NDArray[np.bool_]

    @classmethod
    def of(cls, patterns: Any) -> Self:
        """Take patterns as they are, after a look whether they can be; without counts they are of one customer each."""
        if isinstance(patterns, cls):
            return patterns
        x, t_x, T = (patterns[name].to_numpy(dtype=float) for name in SEEN)
        size = len(patterns)
        customers = patterns.customers.to_numpy(dtype=float) if "customers" in patterns else np.ones(size)
        closed = patterns.closed.to_numpy(dtype=bool) if "closed" in patterns else np.zeros(size, bool)
        sound = (x >= 0) & (t_x >= 0) & (t_x <= T) & ((x > 0) | (t_x == 0)) & (customers >= 0)
        if not sound.all():
            wrong = patterns[~sound].iloc[0]
            raise CustlibError(
                "a pattern of days needs 0 <= t_x <= T, and t_x = 0 without a repeat purchase\n"
                f"  found {', '.join(f'{name} = {value}' for name, value in wrong.items())}"
            )
        return cls(x, t_x, T, customers, closed)

    def per(self, unit: float) -> Self:
        """Measure time in another unit."""
        return replace(self, t_x=self.t_x / unit, T=self.T / unit)

    @property
    def mean_T(self) -> float:
        """The mean time that customers are seen for; 1 where that is nothing."""
        seen = float(self.customers @ self.T)
        return seen / self.total if seen > 0 else 1.0

    @cached_property
    def total(self) -> float:
        """All customers."""
        return float(self.customers.sum())

    def thinned(self, rows: int) -> Self:
        """Keep every k-th row of repeat buyers, k-fold, and all rows of the others."""
        k = int(np.ceil(len(self.x) / rows))
        order = np.argsort(self.x, kind="stable")
        first = int((self.x == 0).sum())
        keep = np.concatenate([order[:first], order[first::k]])
        times = np.where(np.arange(len(keep)) < first, 1.0, float(k))
        return type(self)(
            self.x[keep], self.t_x[keep], self.T[keep], self.customers[keep] * times, self.closed[keep]
        )


Known = TypeVar("Known", bound=Lives)


def search(
    model: str,
    parameters: Sequence[Parameter],
    likelihood: Callable[[Floats, Known], tuple[float, Floats]],
    lives: Known,
    *,
    usual: Sequence[Sequence[float]],
    starts: Sequence[Sequence[float]] | None,
    times: Sequence[bool],
    hessian: bool,
) -> Fit:
    """Find the most likely parameters in units of the mean observation, so that nothing depends on the unit of time.

    Parameters
    ----------
    likelihood : callable
        Of parameters and lives: the log-likelihood of all customers, and its gradient.
    usual : sequence
        Where the search begins, times in units of the mean T.
    starts : sequence, optional
        Where to begin instead, times in weeks.
    times : sequence of bool
        Which parameters are times.
    """
    unit = lives.mean_T
    units = np.where(times, unit, 1.0)
    scaled = lives.per(unit)

    def run(rows: Known, begin: Sequence[Sequence[float]], hessian: bool) -> Fit:
        return maximise(
            model, parameters, lambda values: likelihood(values, rows),
            starts=begin, customers=round(rows.total), hessian=hessian,
        )  # fmt: skip

    begin = usual
    if starts is not None:
        begin = [tuple(np.asarray(start, dtype=float) / units) for start in starts]
    elif len(lives.x) > MANY:
        begin = [tuple(run(scaled.thinned(MANY), usual, False).values)]
    found = run(scaled, begin, hessian)
    return replace(
        found,
        values=found.values * units,
        log_likelihood=float(found.log_likelihood - lives.customers @ lives.x * np.log(unit)),
    )


def months_seen(patterns: pd.DataFrame) -> int:
    """Give the longest stretch of life that the patterns tell of, in whole months."""
    return int(patterns["T"].max() / MONTH + 1e-9) if len(patterns) else 0


def at_last_activity(patterns: pd.DataFrame) -> pd.DataFrame:
    """Set each customer back to the last purchase, as one who has left is valued."""
    return patterns.assign(T=patterns.t_x, closed=False)


def newcomer() -> pd.DataFrame:
    """Give the pattern of a customer of whom nothing but the first purchase is known."""
    return pd.DataFrame({"x": [0], "t_x": [0.0], "T": [0.0]})


def ends_of(months: int, steps: Sequence[float] | None) -> Floats:
    """Give the ends of the months ahead, in weeks from now.

    Parameters
    ----------
    steps : sequence of float, optional
        Their lengths in weeks, begun again where there are fewer than months; each `MONTH` by default.
    """
    if steps is None:
        return np.asarray(MONTH * np.arange(1, months + 1), dtype=float)
    if len(steps) == 0 or min(steps) <= 0:
        raise CustlibError(f"a month ahead needs a length above 0, not {list(steps)}")
    return np.asarray(np.cumsum(np.resize(np.asarray(steps, dtype=float), months)), dtype=float)


def discounting(
    model: str, rate: float, horizon: int, steps: Sequence[float] | None
) -> tuple[Floats, Floats]:
    """Give times ahead in weeks, and what purchases expected up to each count in the discounted sum of the months.

    That sum is of v^j (G_j - G_j-1), taken by what each G is multiplied by.

    Raises
    ------
    CustlibError
        Without a horizon and without a rate: where some customers leave very slowly the sum has no end.
    """
    if horizon == 0 and rate <= 0:
        raise CustlibError(f"{model}: an unlimited horizon needs a discount rate above 0, not {rate}")
    # Far enough that what follows weighs less than the last digit.
    months = horizon or int(np.ceil(FAR / np.log1p(rate)))
    powers = np.exp(-np.log1p(rate) * np.arange(1, months + 1))
    return condensed(ends_of(months, steps), -np.diff(powers, append=0.0))
