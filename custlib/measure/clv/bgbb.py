"""BG/BB: active in a month or not, until the customer leaves unseen (Fader, Hardie & Shang 2010).

A customer is active in each month of life with a chance p ~ Beta(alpha, beta), and before each month leaves
for good with a chance theta ~ Beta(gamma, delta). What matters of a life are x active months among n, the
last of them t_x: equal lives are one pattern, and the model is fitted to the counts of patterns.

Two things are added to the paper. A company may learn of a departure: each one is recorded with the chance
kappa (0: never, the paper; 1: always, a contract). And a customer may be older than the data: of `before`
months of its life nothing is known but that it was seen later.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import betaln, digamma, gammaln

from custlib.measure.clv.fit import Fit, Floats, Parameter, beta_pair, maximise
from custlib.measure.clv.survival import (
    annuity,
    leaving,
    leaving_slopes,
    somebody_leaves,
    survival,
    survival_slopes,
)

NAME = "bgbb"
# What makes two lives the same pattern.
KEYS = ["x", "t_x", "n", "before", "closed"]
PARAMETERS = (*beta_pair("alpha", "beta"), *beta_pair("gamma", "delta"))
# That all departures are recorded, or none, is a fact and no failure of the search.
KAPPA = Parameter("kappa", "share", 1e-6, 1 - 1e-6, may_end="both")
STARTS = ((1.0, 1.0, 1.0, 10.0), (0.5, 0.5, 0.5, 5.0), (3.0, 1.0, 0.5, 40.0), (1.0, 4.0, 1.0, 3.0))


def fit(patterns: pd.DataFrame, *, starts: Any = None, hessian: bool = True) -> Fit:
    """Fit the model to counted patterns.

    Parameters
    ----------
    patterns : DataFrame
        One row per pattern: `KEYS` and ``customers`` (how many). ``n``: months since acquisition, or, for a
        customer known to have left (``closed``), the months survived; ``before``: months of life before the
        data began, 0 where they hold the whole life, and else only for customers with x >= 1.
    starts : sequence, optional
        Where to begin; the paper's parameters, and kappa where anybody is closed.

    Returns
    -------
    Fit
        alpha, beta, gamma, delta; and kappa where anybody is closed.
    """
    cells = _Cells.of(patterns)
    weights = patterns.customers.to_numpy(float)
    parameters = (*PARAMETERS, KAPPA) if cells.closed.any() else PARAMETERS
    more = [0.5] if cells.closed.any() else []

    def objective(values: Floats) -> tuple[float, Floats]:
        logs, slopes = _likelihood(values, cells, slopes=True)
        return float(weights @ logs), slopes @ weights

    found = maximise(
        NAME, parameters, objective,
        starts=starts if starts is not None else [[*start, *more] for start in STARTS],
        customers=max(round(weights.sum()), 0), hessian=hessian,
    )  # fmt: skip
    return somebody_leaves(found, float(weights @ np.maximum(cells.n, 1)))


def months_seen(patterns: pd.DataFrame) -> int:
    """Give the longest stretch of life that the patterns tell of, in months."""
    return int(patterns.n.max()) if len(patterns) else 0


def at_last_activity(patterns: pd.DataFrame) -> pd.DataFrame:
    """Set patterns back to the end of the last active month, as those who have left are valued."""
    return patterns.assign(n=patterns.t_x, closed=False)


def log_likelihood(fit: Fit, patterns: pd.DataFrame) -> Floats:
    """Give the log-likelihood of one customer of each pattern."""
    return _likelihood(fit.values, _Cells.of(patterns))[0]


def scores(fit: Fit, patterns: pd.DataFrame) -> Floats:
    """Give the derivatives of `log_likelihood` by the parameters: one row per pattern."""
    return _likelihood(fit.values, _Cells.of(patterns), slopes=True)[1].T


def p_alive(fit: Fit, patterns: pd.DataFrame) -> Floats:
    """Give the chance that the customer still lives at the end of month n; 0 for the closed.

    The paper's tables show it for month n + 1: times (delta + n) / (gamma + delta + n).
    """
    state = _State.of(fit, patterns)
    chance = state.history * state.alive[state.lived] / state.open
    return np.where(state.cells.closed, 0.0, chance)


def expected(fit: Fit, patterns: pd.DataFrame, months: int) -> Floats:
    """Give the chance to be active in each of the next months: one row per pattern, one column per month."""
    state = _State.of(fit, patterns, ahead=months)
    ahead = state.alive[state.lived[:, None] + np.arange(1, months + 1)]
    chance = (state.active / state.open)[:, None] * ahead
    return np.where(state.cells.closed[:, None], 0.0, chance)


def p_any(fit: Fit, patterns: pd.DataFrame, months: int) -> Floats:
    """Give the chance of at least one active month among the next `months`; 0 for the closed."""
    state = _State.of(fit, patterns, ahead=months)
    # Silence: alive throughout and not active, or gone before its end; no departure to come is recorded yet.
    table, _ = _table(fit["alpha"], fit["beta"], state.cells.months + months)
    ends = state.cells.n + months
    sums = _left(table, leaving(fit["gamma"], fit["delta"], len(state.alive) - 1), state.cells.befores)
    silent = table[ends, state.cells.x] * state.alive[state.lived + months]
    which, x = state.cells.which, state.cells.x
    silent += sums[which, state.cells.n, x] - sums[which, ends, x]
    gone = state.open - state.history * state.alive[state.lived]
    return np.where(state.cells.closed, 0.0, 1 - (silent + gone) / state.open)


def discounted(fit: Fit, patterns: pd.DataFrame, rate: float, horizon: int = 0) -> Floats:
    """Give the discounted expected active months after n (equation 14): month j is divided by (1 + rate)^j.

    Parameters
    ----------
    rate : float
        Discount rate of a month.
    horizon : int
        Months that count; 0 for all to come.
    """
    state = _State.of(fit, patterns)
    gamma, delta = fit["gamma"], fit["delta"]
    sums = annuity(gamma, delta, rate, int(state.lived.max(initial=0)), horizon)
    return np.where(state.cells.closed, 0.0, state.active * sums[state.lived] / state.open)


def expected_since_start(fit: Fit, months: int, before: int = 0) -> Floats:
    """Give the chance to be active in month 1 ... months after the acquisition, when nothing else is known.

    Of a customer older than the data: in the months of the data, given that it was seen in them.
    """
    alpha, beta, gamma, delta = fit.values[:4]
    alive = survival(gamma, delta, before + months)
    chance = alpha / (alpha + beta) * alive[before + 1 :]
    if before and months:
        row = pd.DataFrame([{"x": 0, "t_x": 0, "n": months, "before": before, "closed": False}])
        chance = chance / (alive[before] - _unseen(fit.values, _Cells.of(row))[0][0])
    return chance


@dataclass(frozen=True)
class _Cells:
    """The columns of the patterns, and which months of life before the data they know."""

    x: NDArray[np.int64]
    t_x: NDArray[np.int64]
    n: NDArray[np.int64]
    before: NDArray[np.int64]
    closed: NDArray[np.bool_]
    befores: NDArray[np.int64]
    which: NDArray[np.int64]
    window: int
    months: int

    @classmethod
    def of(cls, patterns: pd.DataFrame) -> "_Cells":
        x, t_x, n, before = (patterns[name].to_numpy(np.int64) for name in KEYS[:4])
        befores, which = np.unique(before, return_inverse=True)
        # All customers older than the data are seen through the same window: all its months.
        window = int(n[before > 0].max(initial=0))
        months = int(n.max(initial=0))
        return cls(x, t_x, n, before, patterns.closed.to_numpy(bool), befores, which, window, months)


def _histories(alpha: float, beta: float, x: Any, n: Any) -> Floats:
    """Give B(alpha + x, beta + n - x) / B(alpha, beta): the chance of one order of x active months among n."""
    logs = gammaln(alpha + x) + gammaln(beta + n - x) - gammaln(alpha + beta + n)
    return np.exp(logs - betaln(alpha, beta))


def _table(alpha: float, beta: float, months: int) -> tuple[Floats, Floats]:
    """Tabulate `_histories`: row n, column x, 0 where x > n; and the slopes of its logarithm by alpha and beta."""
    x, n = np.arange(months + 1)[None, :], np.arange(months + 1)[:, None]
    rest = np.maximum(n - x, 0)
    up = (gammaln(alpha + x) - betaln(alpha, beta)) + gammaln(beta + np.arange(months + 1))[rest]
    table = np.where(n >= x, np.exp(up - gammaln(alpha + beta + n)), 0.0)
    both = digamma(alpha + beta) - digamma(alpha + beta + n)
    by_alpha = both + digamma(alpha + x) - digamma(alpha)
    by_beta = both + (digamma(beta + np.arange(months + 1)) - digamma(beta))[rest]
    return table, np.array([by_alpha, by_beta])


def _left(table: Floats, goes: Floats, befores: NDArray[np.int64]) -> Floats:
    """Sum what follows each month: (before, month t, x) -> the chances of having left after month t or later.

    The difference of two entries is the sum of equation 5. Terms fall with t, so adding from the far end loses nothing.
    """
    months = len(table)
    sums = np.zeros((len(befores), months + 1, table.shape[1]))
    np.multiply(table, goes[befores[:, None] + np.arange(months)][..., None], out=sums[:, :months])
    backwards = sums[:, ::-1]
    np.cumsum(backwards, axis=1, out=backwards)
    return sums


def _likelihood(values: Floats, cells: _Cells, *, slopes: bool = False) -> tuple[Floats, Floats]:
    """Give the log-likelihood of each pattern, and its derivatives by the parameters (rows) where wanted."""
    alpha, beta, gamma, delta = values[:4]
    kappa = values[4] if len(values) > 4 else 0.0
    size, longest = cells.months, cells.months + int(cells.befores.max(initial=0))
    table, by_activity = _table(alpha, beta, size)
    alive, goes = survival(gamma, delta, longest), leaving(gamma, delta, longest)
    lived = cells.before + cells.n
    now = table[cells.n, cells.x]
    alive_term, died_term = now * alive[lived], now * goes[lived]
    sums = _left(table, goes, cells.befores)
    gone = _between(sums, cells)
    total = np.where(cells.closed, kappa * died_term, alive_term + (1 - kappa) * gone)
    older = cells.before > 0
    unseen, seen = np.zeros(len(total)), np.ones(len(total))
    if older.any():
        unseen, unseen_slopes = _unseen(values, cells, table, by_activity, sums)
        seen = np.where(older, alive[cells.before] - unseen[cells.which], 1.0)
    logs = np.log(total) - np.log(seen)
    if not slopes:
        return logs, np.empty((0, len(total)))
    by_alive, by_goes = survival_slopes(gamma, delta, longest), leaving_slopes(gamma, delta, longest)
    gone_slopes = np.array(
        [_between(_left(table * by_activity[i], goes, cells.befores), cells) for i in (0, 1)]
        + [_between(_left(table, goes * by_goes[i], cells.befores), cells) for i in (0, 1)]
    )
    now_slopes = by_activity[:, cells.n, cells.x]
    alive_slopes = alive_term * np.concatenate([now_slopes, by_alive[:, lived]])
    died_slopes = died_term * np.concatenate([now_slopes, by_goes[:, lived]])
    rise = np.where(cells.closed, kappa * died_slopes, alive_slopes + (1 - kappa) * gone_slopes)
    if len(values) > 4:
        rise = np.concatenate([rise, np.where(cells.closed, died_term, -gone)[None]])
    rise = rise / total
    if older.any():
        start = np.concatenate([np.zeros((2, len(total))), by_alive[:, cells.before]]) * alive[cells.before]
        rise[:4] -= np.where(older, (start - unseen_slopes[:, cells.which]) / seen, 0.0)
    return logs, rise


def _between(sums: Floats, cells: _Cells) -> Floats:
    """Give the chance of having left unrecorded after t_x and before the end of month n."""
    return sums[cells.which, cells.t_x, cells.x] - sums[cells.which, cells.n, cells.x]


def _unseen(
    values: Floats,
    cells: _Cells,
    table: Floats | None = None,
    by_activity: Floats | None = None,
    sums: Floats | None = None,
) -> tuple[Floats, Floats]:
    """Give, per `before`, the chance to be alive when the data begin and never active in them, and its slopes."""
    alpha, beta, gamma, delta = values[:4]
    months = cells.window
    longest = cells.months + int(cells.befores.max(initial=0))
    if table is None or by_activity is None or sums is None:
        table, by_activity = _table(alpha, beta, cells.months)
        sums = _left(table, leaving(gamma, delta, longest), cells.befores)
    alive, goes = survival(gamma, delta, longest), leaving(gamma, delta, longest)
    ends = cells.befores + months
    idle = table[months, 0] * alive[ends]
    chance = idle + sums[:, 0, 0] - sums[:, months, 0]
    silent = table[:, :1]
    slopes = []
    for i in (0, 1):
        left = _left(silent * by_activity[i][:, :1], goes, cells.befores)
        slopes.append(idle * by_activity[i][months, 0] + left[:, 0, 0] - left[:, months, 0])
    for i in (0, 1):
        left = _left(silent, goes * leaving_slopes(gamma, delta, longest)[i], cells.befores)
        slopes.append(
            idle * survival_slopes(gamma, delta, longest)[i][ends] + left[:, 0, 0] - left[:, months, 0]
        )
    return chance, np.array(slopes)


@dataclass(frozen=True)
class _State:
    """What the models' answers about open customers are made of, per pattern.

    `history` is B(alpha + x, beta + n - x) / B(alpha, beta), `active` the same with one more active month,
    `alive` the survival curve, `lived` the months of life to n, `open` the likelihood of the pattern.
    """

    cells: _Cells
    history: Floats
    active: Floats
    alive: Floats
    lived: NDArray[np.int64]
    open: Floats

    @classmethod
    def of(cls, fit: Fit, patterns: pd.DataFrame, ahead: int = 0) -> "_State":
        cells = _Cells.of(patterns)
        alpha, beta, gamma, delta = fit.values[:4]
        kappa = fit["kappa"] if "kappa" in fit.names else 0.0
        longest = cells.months + int(cells.befores.max(initial=0)) + ahead
        alive = survival(gamma, delta, longest)
        lived = cells.before + cells.n
        table, _ = _table(alpha, beta, cells.months)
        history = table[cells.n, cells.x]
        sums = _left(table, leaving(gamma, delta, longest), cells.befores)
        likelihood = history * alive[lived] + (1 - kappa) * _between(sums, cells)
        # Who was never seen may have left before the data began; nobody can say whether that was recorded.
        likelihood += np.where(cells.x == 0, 1 - alive[cells.before], 0.0)
        return cls(
            cells, history, _histories(alpha, beta, cells.x + 1, cells.n + 1), alive, lived, likelihood
        )
