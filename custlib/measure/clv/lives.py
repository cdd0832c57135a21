"""The likelihood of lives under BG/BB, and its exact derivatives.

A life of x active months among n, the last of them t_x, is either still going on, with the chance
`alive`, or ended in some month after t_x: `gone` adds these up (Fader, Hardie & Shang 2010, equation 5).
Chances of activity depend on (x, months) only and those of survival on months only, so both are tabulated, and
added up by month once per distinct (before, x).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import betaln, digamma, gammaln

from custlib.measure.clv.fit import Floats
from custlib.measure.clv.survival import leaving, leaving_slopes, survival, survival_slopes

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Lives:
    """Patterns as arrays: see `custlib.measure.clv.bgbb.KEYS`."""

    x: Ints
    t_x: Ints
    n: Ints
    before: Ints
    closed: NDArray[np.bool_]

    @classmethod
    def of(cls, patterns: "pd.DataFrame | Lives") -> "Lives":
        """Take the columns of a frame."""
        if isinstance(patterns, Lives):
            return patterns
        x, t_x, n, before = (patterns[name].to_numpy(np.int64) for name in ("x", "t_x", "n", "before"))
        return cls(x, t_x, n, before, patterns.closed.to_numpy(bool))

    def __len__(self) -> int:
        return len(self.x)

    @cached_property
    def months(self) -> int:
        """The longest stretch of life seen."""
        return int(self.n.max(initial=0))

    @cached_property
    def lived(self) -> Ints:
        """Months of life to n, those before the data included."""
        return self.before + self.n

    @cached_property
    def longest(self) -> int:
        """The longest life, in months."""
        return self.months + int(self.before.max(initial=0))

    @cached_property
    def histories(self) -> Ints:
        """The place of each pattern's n and x in the table of `histories`."""
        return self.n * (self.months + 1) + self.x

    @cached_property
    def columns(self) -> tuple[Ints, Ints, Ints]:
        """The distinct pairs of months before the data and active ones, and which of them each pattern has."""
        pairs, which = np.unique(self.before * (self.months + 1) + self.x, return_inverse=True)
        before, x = np.divmod(pairs, self.months + 1)
        return before, x, which

    @cached_property
    def terms(self) -> tuple[Ints, Ints]:
        """Of each month seen and each column: its place in the table of `histories`, and its months of life."""
        month, (before, x, _) = np.arange(self.months + 1)[:, None], self.columns
        return month * (self.months + 1) + x, month + before

    @cached_property
    def few(self) -> bool:
        """Whether adding each pattern's months up takes less than tabulating all there could be."""
        befores = len(np.unique(self.before))
        return len(self) * self.months < befores * (self.months + 1) ** 2

    @cached_property
    def between(self) -> tuple[Ints, NDArray[np.bool_]]:
        """Months of life at each month seen, and whether that lies after t_x and before n: (pattern, month)."""
        month = np.arange(self.months)
        inside = (month >= self.t_x[:, None]) & (month < self.n[:, None])
        return self.before[:, None] + month, inside

    @cached_property
    def ends(self) -> tuple[Ints, Ints]:
        """The places of each pattern's t_x and n among months and columns."""
        before, _, which = self.columns
        return self.t_x * len(before) + which, self.n * len(before) + which

    @cached_property
    def silent(self) -> "Lives":
        """The pattern of customers older than the data whom the data do not show at all, per month before them.

        All are seen through the same window: every month of the data.
        """
        older = np.unique(self.before[self.before > 0])
        nothing = np.zeros(len(older), np.int64)
        window = int(self.n[self.before > 0].max(initial=0))
        return Lives(nothing, nothing, nothing + window, older, np.zeros(len(older), bool))

    @cached_property
    def own_silence(self) -> Ints:
        """Which of `silent` each pattern would have been; of no meaning for those not older than the data."""
        return np.searchsorted(self.silent.before, np.maximum(self.before, 1)).clip(
            0, max(len(self.silent) - 1, 0)
        )


@dataclass(frozen=True)
class Chances:
    """The three ways a life can look, per pattern, and their derivatives by alpha, beta, gamma, delta (rows)."""

    alive: Floats
    died: Floats
    gone: Floats
    slopes: tuple[Floats, Floats, Floats] | None


def histories(alpha: float, beta: float, months: int) -> tuple[Floats, Floats]:
    """Tabulate B(alpha + x, beta + n - x) / B(alpha, beta), the chance of one order of x active months among n.

    Row n, column x, 0 where x > n; and the slopes of its logarithm by alpha and beta.
    """
    count = np.arange(months + 1)
    x, n = count[None, :], count[:, None]
    rest = np.maximum(n - x, 0)
    up = (gammaln(alpha + x) - betaln(alpha, beta)) + gammaln(beta + count)[rest]
    table = np.where(n >= x, np.exp(up - gammaln(alpha + beta + n)), 0.0)
    both = digamma(alpha + beta) - digamma(alpha + beta + n)
    by_alpha = both + digamma(alpha + x) - digamma(alpha)
    by_beta = both + (digamma(beta + count) - digamma(beta))[rest]
    return table, np.array([by_alpha, by_beta])


def gone(table: Floats, goes: Floats, lives: Lives) -> Floats:
    """Add the chances of having left after t_x and before the end of month n up.

    Parameters
    ----------
    table : ndarray
        (month, x): chance of the activity up to a month.
    goes : ndarray
        Chance of leaving in the month after so many of life.
    """
    if lives.few:
        lived, inside = lives.between
        return np.einsum("cm,cm,cm->c", table[: lives.months].T[lives.x], goes[lived], inside)
    at, lived = lives.terms
    return added(table.take(at) * goes.take(lived), lives)


def added(terms: Floats, lives: Lives) -> Floats:
    """Add terms of months and columns up, for each pattern from t_x to before n."""
    sums = terms.copy()
    # Terms fall from month to month, so adding from the far end loses no digits to a difference of sums.
    for month in range(len(terms) - 1, 0, -1):
        sums[month - 1] += sums[month]
    after, end = lives.ends
    return sums.take(after) - sums.take(end)


def chances(values: Floats, lives: Lives, *, slopes: bool = False) -> Chances:
    """Work out how likely each pattern is for a life that goes on, that ended in month n + 1, or before unseen."""
    alpha, beta, gamma, delta = values[:4]
    table, by_activity = histories(alpha, beta, lives.months)
    stays, goes = survival(gamma, delta, lives.longest), leaving(gamma, delta, lives.longest)
    now = table.take(lives.histories)
    alive, died, left = now * stays[lives.lived], now * goes[lives.lived], gone(table, goes, lives)
    if not slopes:
        return Chances(alive, died, left, None)
    by_stay, by_go = survival_slopes(gamma, delta, lives.longest), leaving_slopes(gamma, delta, lives.longest)
    acted = by_activity.reshape(2, -1).take(lives.histories, axis=1)
    by_gone = [gone(table * by, goes, lives) for by in by_activity] + [
        gone(table, goes * by, lives) for by in by_go
    ]
    return Chances(
        alive, died, left,
        (alive * np.concatenate([acted, by_stay[:, lives.lived]]),
         died * np.concatenate([acted, by_go[:, lives.lived]]), np.array(by_gone)),
    )  # fmt: skip


def likelihood(values: Floats, lives: Lives, *, slopes: bool = False) -> tuple[Floats, Floats]:
    """Give the log-likelihood of each pattern, and its derivatives by the parameters (rows) where wanted.

    Of a customer older than the data it is conditional on having been seen in them: nobody lists those who were not.
    """
    kappa = values[4] if len(values) > 4 else 0.0
    found = chances(values, lives, slopes=slopes)
    total = np.where(lives.closed, kappa * found.died, found.alive + (1 - kappa) * found.gone)
    seen, by_seen = _seen(values, lives, slopes=slopes)
    logs = np.log(total) - np.log(seen)
    if found.slopes is None:
        return logs, np.empty((0, len(lives)))
    by_alive, by_died, by_gone = found.slopes
    rise = np.where(lives.closed, kappa * by_died, by_alive + (1 - kappa) * by_gone) / total - by_seen / seen
    if len(values) > 4:
        rise = np.concatenate([rise, (np.where(lives.closed, found.died, -found.gone) / total)[None]])
    return logs, rise


def unseen(values: Floats, lives: Lives) -> Floats:
    """Give the chance to live when the data begin and never to be active in them, per pattern of `Lives.silent`."""
    found = chances(values, lives)
    return found.alive + found.gone


def _seen(values: Floats, lives: Lives, *, slopes: bool) -> tuple[Floats, Floats]:
    """Give each pattern's chance to be in the data at all, and its derivatives."""
    seen, rise = np.ones(len(lives)), np.zeros((4, len(lives)))
    older, silent = lives.before > 0, lives.silent
    if not older.any():
        return seen, rise
    gamma, delta = values[2:4]
    found = chances(values, silent, slopes=slopes)
    begins = survival(gamma, delta, int(silent.before.max()))[silent.before]
    own = lives.own_silence[older]
    seen[older] = (begins - found.alive - found.gone)[own]
    if found.slopes is not None:
        by_begin = begins * survival_slopes(gamma, delta, int(silent.before.max()))[:, silent.before]
        change = np.concatenate([np.zeros((2, len(silent))), by_begin]) - found.slopes[0] - found.slopes[2]
        rise[:, older] = change[:, own]
    return seen, rise
