"""BG/BB: active in a month or not, until the customer leaves unseen (Fader, Hardie & Shang 2010).

A customer is active in each month of life with a chance p ~ Beta(alpha, beta), and before each month leaves
for good with a chance theta ~ Beta(gamma, delta). What matters of a life are x active months among n, the
last of them t_x: equal lives are one pattern, and the model is fitted to the counts of patterns.

Two things are added to the paper. A company may learn of a departure: each one is recorded with the chance
kappa (0: never, the paper; 1: always, a contract). And a customer may be older than the data: of `before`
months of its life nothing is known but that it was seen later.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from custlib.measure.clv.fit import Fit, Floats, Parameter, beta_pair, maximise
from custlib.measure.clv.lives import Lives, gone, histories, likelihood, unseen
from custlib.measure.clv.lives_together import total
from custlib.measure.clv.survival import annuity, leaving, somebody_leaves, survival

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
    lives = Lives.of(patterns)
    weights = patterns.customers.to_numpy(float)
    parameters = (*PARAMETERS, KAPPA) if lives.closed.any() else PARAMETERS
    more = [0.5] if lives.closed.any() else []

    def objective(values: Floats) -> tuple[float, Floats]:
        logs, slopes = likelihood(values, lives, slopes=True)
        return float(weights @ logs), slopes @ weights

    found = maximise(
        NAME, parameters, objective,
        starts=starts if starts is not None else [[*start, *more] for start in STARTS],
        customers=max(round(weights.sum()), 0), hessian=hessian,
    )  # fmt: skip
    return somebody_leaves(found, float(weights @ np.maximum(lives.n, 1)))


def months_seen(patterns: pd.DataFrame) -> int:
    """Give the longest stretch of life that the patterns tell of, in months."""
    return int(patterns.n.max()) if len(patterns) else 0


def at_last_activity(patterns: pd.DataFrame) -> pd.DataFrame:
    """Set patterns back to the end of the last active month, as those who have left are valued."""
    return patterns.assign(n=patterns.t_x, closed=False)


def log_likelihood(fit: Fit, patterns: Any) -> Floats:
    """Give the log-likelihood of one customer of each pattern."""
    return likelihood(fit.values, Lives.of(patterns))[0]


def prepared(patterns: pd.DataFrame) -> Lives:
    """Take the patterns' columns once, for functions that are asked of the same patterns many times."""
    return Lives.of(patterns)


def scores(fit: Fit, patterns: Any) -> Floats:
    """Give the derivatives of `log_likelihood` by the parameters: one row per pattern."""
    return likelihood(fit.values, Lives.of(patterns), slopes=True)[1].T


def gradient(fit: Fit, patterns: Any, customers: Floats) -> Floats:
    """Give the derivatives of the log-likelihood of so many customers of each pattern: their sum over `scores`."""
    return total(fit.values, Lives.of(patterns), customers)[1]


def p_alive(fit: Fit, patterns: Any) -> Floats:
    """Give the chance that the customer still lives at the end of month n; 0 for the closed.

    The paper's tables show it for month n + 1: times (delta + n) / (gamma + delta + n).
    """
    state = _State.of(fit, patterns)
    chance = state.history * state.alive[state.lives.lived] / state.open
    return np.where(state.lives.closed, 0.0, chance)


def expected(fit: Fit, patterns: Any, months: int) -> Floats:
    """Give the chance to be active in each of the next months: one row per pattern, one column per month."""
    state = _State.of(fit, patterns, ahead=months)
    ahead = state.alive[state.lives.lived[:, None] + np.arange(1, months + 1)]
    chance = (state.active / state.open)[:, None] * ahead
    return np.where(state.lives.closed[:, None], 0.0, chance)


def p_any(fit: Fit, patterns: Any, months: int) -> Floats:
    """Give the chance of at least one active month among the next `months`; 0 for the closed."""
    state = _State.of(fit, patterns, ahead=months)
    lives = state.lives
    # Silence: alive throughout and not active, or gone before its end; no departure to come is recorded yet.
    later = replace(lives, t_x=lives.n, n=lives.n + months)
    table, _ = histories(fit["alpha"], fit["beta"], later.months)
    silent = table[later.n, later.x] * state.alive[later.lived]
    silent += gone(table, leaving(fit["gamma"], fit["delta"], later.longest), later)
    before = state.open - state.history * state.alive[lives.lived]
    return np.where(lives.closed, 0.0, 1 - (silent + before) / state.open)


def discounted(fit: Fit, patterns: Any, rate: float, horizon: int = 0) -> Floats:
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
    sums = annuity(gamma, delta, rate, int(state.lives.lived.max(initial=0)), horizon)
    return np.where(state.lives.closed, 0.0, state.active * sums[state.lives.lived] / state.open)


def expected_since_start(fit: Fit, months: int, before: int = 0) -> Floats:
    """Give the chance to be active in month 1 ... months after the acquisition, when nothing else is known.

    Of a customer older than the data: in the months of the data, given that it was seen in them.
    """
    alpha, beta, gamma, delta = fit.values[:4]
    alive = survival(gamma, delta, before + months)
    chance = alpha / (alpha + beta) * alive[before + 1 :]
    if before and months:
        nothing, window = np.zeros(1, np.int64), np.full(1, months)
        silent = Lives(nothing, nothing, window, np.full(1, before), np.zeros(1, bool))
        chance = chance / (alive[before] - unseen(fit.values, silent)[0])
    return chance


@dataclass(frozen=True)
class _State:
    """What the model's answers about open customers are made of, per pattern.

    `history` is B(alpha + x, beta + n - x) / B(alpha, beta), `active` the same with one more active month,
    `alive` the survival curve, `open` the likelihood of the pattern.
    """

    lives: Lives
    history: Floats
    active: Floats
    alive: Floats
    open: Floats

    @classmethod
    def of(cls, fit: Fit, patterns: Any, ahead: int = 0) -> "_State":
        lives = Lives.of(patterns)
        alpha, beta, gamma, delta = fit.values[:4]
        kappa = fit["kappa"] if "kappa" in fit.names else 0.0
        alive = survival(gamma, delta, lives.longest + ahead)
        table, _ = histories(alpha, beta, lives.months + 1)
        history = table[lives.n, lives.x]
        left = gone(table[:-1, :-1], leaving(gamma, delta, lives.longest), lives)
        likelihood = history * alive[lives.lived] + (1 - kappa) * left
        # Who was never seen may have left before the data began; nobody can say whether that was recorded.
        likelihood += np.where(lives.x == 0, 1 - alive[lives.before], 0.0)
        return cls(lives, history, table[lives.n + 1, lives.x + 1], alive, likelihood)
